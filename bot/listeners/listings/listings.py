"""From a state to a listing: fetch, pick, render, respond; shared by every way to ask for one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from bot.blocks.cards.card import CardLook
from bot.blocks.failures import failure_message
from bot.blocks.ids import FILTERED
from bot.blocks.limits import PAGE_SIZE
from bot.blocks.listings.listing import Listing, listing_message
from bot.blocks.message import Message
from bot.blocks.notices import expired_listing_message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.blocks.triage.notices import untold_block
from bot.errors import ScpError, SlackError, StoreError
from bot.images import NONE_SEEN, FirstSeen, PendingImage, PendingImages
from bot.listeners.listings.told import ToldTriages
from bot.oncall.values import NOTHING_DONE, Triages
from bot.pick import Facet, facet_order, facets, paginate, pick
from bot.query import Query, ServerFilter, folded, server_filter
from bot.slack import TOO_OLD, Slack

log = structlog.get_logger(__name__)

RECENT_SECONDS = 300
"""How old an unfiltered answer may be for the menus to offer what SCP's own filter hides."""

NO_FILTER = ServerFilter(None, None)


class ImageSource(Protocol):
    """Where pending images come from: ``bot.scp.cache.PendingImageCache``."""

    async def get(
        self,
        image_type: str | None = None,
        original_image_type: str | None = None,
        *,
        fresh: bool = False,
    ) -> PendingImages:
        """Return the pending images; ``fresh`` bypasses the cache. Raise ``ScpError``."""

    def kept(self) -> PendingImages | None:
        """Return the unfiltered answer that ``get`` would return without asking SCP."""

    def recent(self, max_age_seconds: float) -> PendingImages | None:
        """Return the last unfiltered answer, if it is no older."""


class Asked(msgspec.Struct, frozen=True):
    """Who asked, and where the answer goes."""

    user_id: str
    channel_id: str
    response_url: str


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What the bot knows besides what SCP says, and who asks."""

    first_seen: FirstSeen = NONE_SEEN
    triages: Triages = NOTHING_DONE
    me: str | None = None
    decisions: bool = False
    """Whether images can be accepted and rejected at all."""


NOTHING_KNOWN = Knowledge()


class Fetched(msgspec.Struct, frozen=True):
    """A listing, and why it tells nothing of on-call where it does not."""

    listing: Listing
    untold: StoreError | None = None

    def noted(self, message: Message) -> Message:
        """Return the listing's message with a line that says so."""
        if self.untold is None:
            return message
        blocks = [*message.blocks, untold_block(self.untold)]
        return msgspec.structs.replace(message, blocks=blocks)


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """All images that a query matches, and what is known of them."""

    images: Sequence[PendingImage]
    look: CardLook
    fetched_at: datetime
    cut_at: int | None
    """How many images SCP sent, where it may have cut its list there."""


class Listings:
    """Fetches what a state asks for and answers with it."""

    def __init__(
        self,
        *,
        images: ImageSource,
        slack: Slack,
        origin: Origin,
        now: Callable[[], datetime],
        first_seen: Callable[[], FirstSeen],
        told: ToldTriages,
    ) -> None:
        self._images = images
        self._slack = slack
        self._origin = origin
        self._now = now
        self._first_seen = first_seen
        self._told = told
        self._turn = asyncio.Lock()

    async def fetch(self, state: ListingState, me: str, *, fresh: bool = False) -> Fetched:
        """Return the listing of a state for ``me``, the person who asks.

        Raise ``ScpError``; ``StoreError`` where the query asks for what the database alone knows.
        """
        wanted = server_filter(state.query)
        answer = await self._images.get(wanted.image_type, wanted.original_image_type, fresh=fresh)
        told = await self._told.of(answer.images, state.query)
        everything: PendingImages | None = answer
        older: PendingImages | None = None
        if wanted != NO_FILTER:
            # Refresh promises what is so now: an answer kept from before tells no total.
            everything = None if fresh else self._images.kept()
            older = self._images.recent(RECENT_SECONDS)
        async with self._turn:
            # A list of thousands takes milliseconds to pick from: between two of them the loop
            # is free for acks.
            await asyncio.sleep(0)
            listing = compose(
                state,
                answer,
                total_of(answer, everything),
                older,
                self._origin,
                self._now(),
                knowledge=Knowledge(
                    first_seen=self._first_seen(),
                    triages=told.triages,
                    me=me,
                    decisions=self._told.decisions,
                ),
            )
        return Fetched(listing, told.failure)

    async def matching(self, state: ListingState, me: str) -> Matching:
        """Return all that a state's query matches. Raise ``ScpError``, ``StoreError``."""
        answer = await self._images.get()
        told = await self._told.of(answer.images, state.query)
        if told.failure is not None:
            raise told.failure
        now, first_seen = self._now(), self._first_seen()
        look = CardLook(
            now=now,
            first_seen=first_seen,
            triages=told.triages,
            decisions=self._told.decisions,
            listed_at=answer.fetched_at,
        )
        return Matching(
            images=pick(answer.images, state.query, now, first_seen, told.triages, me),
            look=look,
            fetched_at=answer.fetched_at,
            cut_at=answer.total if answer.possibly_cut else None,
        )

    async def answer(
        self,
        asked: Asked,
        state: ListingState,
        *,
        replace_original: bool = False,
        fresh: bool = False,
    ) -> None:
        """Show a state to whoever asked; or why that failed, beside what they see already.

        Raise ``SlackError``.
        """
        try:
            await self.show(asked, state, replace_original=replace_original, fresh=fresh)
        except (ScpError, StoreError) as error:
            log.warning("no listing", error=type(error).__name__, what=str(error))
            await self._slack.respond(asked.response_url, failure_message(error, state))

    async def show(
        self, asked: Asked, state: ListingState, *, replace_original: bool, fresh: bool
    ) -> None:
        """Show a state to whoever asked. Raise ``ScpError``, ``StoreError``, ``SlackError``."""
        fetched = await self.fetch(state, asked.user_id, fresh=fresh)
        message = fetched.noted(listing_message(fetched.listing, self._now()))
        try:
            await self._slack.respond(
                asked.response_url, message, replace_original=replace_original
            )
        except SlackError as error:
            if error.code not in TOO_OLD:
                raise
            log.info("listing too old to change", code=error.code)
            await self._tell_expired(asked, state)

    async def _tell_expired(self, asked: Asked, state: ListingState) -> None:
        message = expired_listing_message(state)
        try:
            await self._slack.post_ephemeral(asked.channel_id, asked.user_id, message)
        except SlackError as error:
            log.info("told directly instead", channel=asked.channel_id, code=error.code)
            await self._slack.post(asked.user_id, message)


def total_of(answer: PendingImages, everything: PendingImages | None) -> int | None:
    """Return how many images are pending in all; None where SCP filtered and it is not known."""
    if everything is None or everything.total < answer.total:
        return None
    return everything.total


def compose(
    state: ListingState,
    answer: PendingImages,
    total: int | None,
    older: PendingImages | None,
    origin: Origin,
    now: datetime,
    *,
    knowledge: Knowledge = NOTHING_KNOWN,
) -> Listing:
    """Return the listing that a state makes of SCP's answer.

    ``older`` is an unfiltered answer of before, where SCP filtered this one: so that the menus
    still offer what the filter hides.
    """
    first_seen, triages = knowledge.first_seen, knowledge.triages
    picked = pick(answer.images, state.query, now, first_seen, triages, knowledge.me)
    hidden = server_filter(state.query)
    values = {"type": hidden.image_type, "original": hidden.original_image_type}
    return Listing(
        query=state.query,
        page=paginate(picked, state.page, PAGE_SIZE),
        matched=len(picked),
        total=total,
        facets=_menus(answer, older, values) | _statuses(answer, state.query, picked),
        unreadable=answer.unreadable,
        origin=origin,
        api_version=answer.api_version,
        fetched_at=answer.fetched_at,
        cut_at=answer.total if answer.possibly_cut else None,
        first_seen=first_seen,
        triages=triages,
        decisions=knowledge.decisions,
    )


def _menus(
    answer: PendingImages, older: PendingImages | None, hidden: Mapping[str, str | None]
) -> dict[str, list[Facet]]:
    menus = {field: facets(answer.images, field) for field in FILTERED}
    for field, value in hidden.items():
        if older is not None and value is not None:
            known = {folded(value), *(folded(facet.value) for facet in menus[field])}
            others = facets(older.images, field)
            menus[field] += [facet for facet in others if folded(facet.value) not in known]
            menus[field].sort(key=facet_order)
    return menus


def _statuses(
    answer: PendingImages, query: Query, picked: Sequence[PendingImage]
) -> dict[str, list[Facet]]:
    """Return the statuses there are, where a query asks for one in vain; no menu has them."""
    asked_in_vain = query.values("status") and not picked
    return {"status": facets(answer.images, "status")} if asked_in_vain else {}

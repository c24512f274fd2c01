"""From a state to a listing: fetch, pick, render, respond; shared by every way to ask for one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from bot.blocks.failures import failure_message
from bot.blocks.listing import PAGE_SIZE, Listing, listing_message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.errors import ScpError
from bot.images import PendingImage, PendingImages
from bot.pick import Facet, facets, paginate, pick
from bot.query import ServerFilter, server_filter
from bot.slack import Slack

log = structlog.get_logger(__name__)

MENU_FIELDS = ("type", "original", "os", "owner")

RECENT_SECONDS = 300
"""How old an unfiltered answer may be to tell the total and the menus of a filtered one."""


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

    def recent(self, max_age_seconds: float) -> PendingImages | None:
        """Return the last unfiltered answer, if it is no older."""


class Listings:
    """Fetches what a state asks for and answers with it."""

    def __init__(
        self, images: ImageSource, slack: Slack, origin: Origin, now: Callable[[], datetime]
    ) -> None:
        self._images = images
        self._slack = slack
        self._origin = origin
        self._now = now

    async def fetch(self, state: ListingState, *, fresh: bool = False) -> Listing:
        """Return the listing of a state. Raise ``ScpError``."""
        wanted = server_filter(state.query)
        answer = await self._images.get(wanted.image_type, wanted.original_image_type, fresh=fresh)
        everything = answer if wanted == ServerFilter(None, None) else self.recent()
        return compose(state, answer, everything, self._origin, self._now())

    def recent(self) -> PendingImages | None:
        """Return what was lately pending in all, if that is known."""
        return self._images.recent(RECENT_SECONDS)

    async def answer(
        self,
        response_url: str,
        state: ListingState,
        *,
        replace_original: bool = False,
        fresh: bool = False,
    ) -> None:
        """Show a state to whoever asked; or why that failed, beside what they see already.

        Raise ``SlackError``.
        """
        try:
            await self.show(response_url, state, replace_original=replace_original, fresh=fresh)
        except ScpError as error:
            log.warning("no listing", error=type(error).__name__, what=str(error))
            await self._slack.respond(response_url, failure_message(error, state))

    async def show(
        self, response_url: str, state: ListingState, *, replace_original: bool, fresh: bool
    ) -> None:
        """Show a state to whoever asked. Raise ``ScpError``, ``SlackError``."""
        listing = await self.fetch(state, fresh=fresh)
        message = listing_message(listing, self._now())
        await self._slack.respond(response_url, message, replace_original=replace_original)


def compose(
    state: ListingState,
    answer: PendingImages,
    everything: PendingImages | None,
    origin: Origin,
    now: datetime,
) -> Listing:
    """Return the listing that a state makes of SCP's answer.

    ``everything`` is the whole list where SCP filtered the answer: for the total, and so that the
    menus still offer what the filter hides.
    """
    picked = pick(answer.images, state.query, now)
    page = paginate(picked, state.page, PAGE_SIZE)
    known = everything is not None and everything.total >= answer.total
    offered = everything.images if everything is not None and known else answer.images
    return Listing(
        query=state.query,
        page=page,
        matched=len(picked),
        total=everything.total if everything is not None and known else None,
        facets=menus(offered),
        unreadable=answer.unreadable,
        origin=origin,
        api_version=answer.api_version,
        fetched_at=answer.fetched_at,
    )


def menus(images: Sequence[PendingImage]) -> Mapping[str, Sequence[Facet]]:
    """Return what the menus over a listing offer."""
    return {field: facets(images, field) for field in MENU_FIELDS}

"""What approvers decide: what is at stake, and what became of each wish."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import structlog

from bot.blocks.cards.card import value_text
from bot.blocks.origin import Origin
from bot.blocks.triage.stakes import Stakes
from bot.errors import BotError, NotAllowed, ScpError
from bot.images import FirstSeen, PendingImage
from bot.listeners.listings.known_images import Known, KnownImages
from bot.listeners.meant import SEVERAL
from bot.listeners.refusals import Refusals
from bot.listeners.together import all_of
from bot.oncall.objecting import objection, settled_already
from bot.oncall.provenance import Kin, provenance
from bot.oncall.values import ACTIONS, UNTOUCHED, Asked, MemberStatus, Result, Triage
from bot.store import Store
from bot.triage.access import Access
from bot.triage.deciding import Deciding

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""Decisions of one person that SCP is told at a time; as many as the bot has connections to it."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to decide, as a card has offered it."""

    ref: str
    """Which image: see ``card.details_value``."""
    round: int
    status: MemberStatus
    expected: MemberStatus = "pending"
    by: str
    channel: str
    """Empty for the App Home."""
    reason: str = ""
    proposal_seen: bool = False
    """See ``Asked``."""


class Decided(msgspec.Struct, frozen=True):
    """What became of it."""

    image: PendingImage
    result: Result


class Decisions:
    """Decides as approvers want; whoever is none is refused, and that is recorded."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        *,
        known: KnownImages,
        store: Store,
        access: Access,
        deciding: Deciding,
        refusals: Refusals,
        origin: Origin,
        first_seen: Callable[[], FirstSeen],
        now: Callable[[], datetime],
    ) -> None:
        self._known = known
        self._store = store
        self._access = access
        self._deciding = deciding
        self._refusals = refusals
        self._origin = origin
        self._first_seen = first_seen
        self._now = now

    async def check_several(self, user_id: str, channel: str) -> None:
        """Raise ``NotAllowed``, and record that, where the person may not decide now."""
        try:
            await self._access.check_approver(user_id)
        except NotAllowed as why:
            await self._refusals.record(SEVERAL, None, user_id, channel, why)
            raise

    async def stakes(self, wanted: Wanted) -> Stakes | Decided:
        """Return what there is to decide on, or why there is nothing any more.

        Raise ``NotAllowed``, ``ScpError`` or ``StoreError``.
        """
        try:
            await self._access.check_approver(wanted.by)
        except NotAllowed as why:
            await self._record(wanted, self._known.resolved(wanted.ref), why)
            raise
        [found] = await self._stakes([wanted])
        return found

    async def stakes_of_all(
        self, all_wanted: Sequence[Wanted]
    ) -> tuple[list[Stakes], list[Decided]]:
        """Return what there is to decide on, and of what there is nothing any more.

        Raise ``ScpError`` or ``StoreError``.
        """
        found = await self._stakes(all_wanted)
        stakes = [each for each in found if isinstance(each, Stakes)]
        return stakes, [each for each in found if isinstance(each, Decided)]

    async def decide(self, wanted: Wanted) -> Decided:
        """Decide, and return what became of it. Raise ``NotAllowed`` or ``StoreError``.

        ``ScpError`` where SCP would have to say what a card too odd to name its image means.
        """
        image = await self._image(wanted)
        asked = Asked(
            image=image,
            status=wanted.status,
            round=wanted.round,
            expected=wanted.expected,
            by=wanted.by,
            channel=wanted.channel,
            reason=wanted.reason,
            proposal_seen=wanted.proposal_seen,
        )
        try:
            return Decided(image, await self._deciding.decide(asked))
        except NotAllowed as why:
            await self._record(wanted, image, why)
            raise

    async def decide_all(self, all_wanted: Sequence[Wanted]) -> list[Decided]:
        """Decide each by itself, a few at a time; a failure of one is what became of that one."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def decide(wanted: Wanted) -> Decided:
            async with turns:
                try:
                    return await self.decide(wanted)
                except BotError as error:
                    log.warning("not decided", error=type(error).__name__, what=str(error))
                    failed = Result(kind="refused", problem=str(error), remedy=error.remedy)
                    return Decided(self._known.named(wanted.ref), failed)

        return await all_of(map(decide, all_wanted))

    async def _stakes(self, all_wanted: Sequence[Wanted]) -> list[Stakes | Decided]:
        looked = await all_of(map(self._look, all_wanted))
        kin = await self._known.kin([known.image for known, _ in looked], self._first_seen())
        return await all_of(
            self._stakes_of(wanted, known, triage, kin[known.image.id])
            for wanted, (known, triage) in zip(all_wanted, looked, strict=True)
        )

    async def _look(self, wanted: Wanted) -> tuple[Known, Triage]:
        known = await self._find(wanted)
        return known, await self._triage(known.image)

    async def _stakes_of(
        self, wanted: Wanted, known: Known, triage: Triage, kin: Kin
    ) -> Stakes | Decided:
        image = known.image
        if over := _already(wanted, known, triage, self._now()):
            return Decided(image, over)
        return Stakes(
            image=image,
            status=wanted.status,
            provenance=provenance(image, kin),
            triage=triage,
            first_seen=self._first_seen().get(image.id),
            needs_second=await self._deciding.needs_second(image, wanted.status),
            origin=self._origin,
            api_version=known.api_version,
        )

    async def _find(self, wanted: Wanted) -> Known:
        find = self._known.find if wanted.expected == "pending" else self._known.seen_first
        return await find(wanted.ref) or Known(self._known.named(wanted.ref), pending=False)

    async def _image(self, wanted: Wanted) -> PendingImage:
        """Return the image to decide on: its id is enough, for SCP is asked of that in any case."""
        try:
            return (await self._find(wanted)).image
        except ScpError as error:
            if value_text(wanted.ref) == wanted.ref:  # not an id
                raise
            log.info("decided by the id alone", error=type(error).__name__)
            return self._known.named(wanted.ref)

    async def _triage(self, image: PendingImage) -> Triage:
        return (await self._store.triage.of([image.id])).get(image.id, UNTOUCHED)

    async def _record(self, wanted: Wanted, image: PendingImage | None, why: NotAllowed) -> None:
        action = ACTIONS[wanted.status]
        await self._refusals.record(action, image, wanted.by, wanted.channel, why)


def _already(wanted: Wanted, known: Known, triage: Triage, now: datetime) -> Result | None:
    """Return why there is nothing to decide any more, as far as that is known without SCP."""
    if why_not := objection(wanted, triage, now):
        return why_not
    if wanted.expected == "pending" and not known.pending:
        return settled_already(triage) or _gone(known)
    return None


def _gone(known: Known) -> Result | None:
    """Return what became of an image that has gone, where that is known; else SCP will tell."""
    how = known.sighting.how if known.sighting else None
    if how is None:
        return None
    return Result(kind="withdrawn") if how == "withdrawn" else Result(kind="elsewhere", status=how)

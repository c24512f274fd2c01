"""One decision, from the wish to its record: may? -> claim -> re-read -> write -> verify -> record.

The compare-and-set in the database (``Decisions.begin``) lets one wish through. What the database
does not take, or a stop cuts off, is recorded later (``bot.triage.in_hand``); what a process that
dies leaves behind on its way is ended by ``bot.triage.reconciling``.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeAlias

import msgspec
import structlog

from bot.background.elapsed import elapsed
from bot.errors import ScpError, StoreError
from bot.images import PendingImage
from bot.oncall.values import ACTIONS, UNTOUCHED, Asked, MemberStatus, Result
from bot.store import Begun, Store
from bot.triage.access import Access
from bot.triage.in_hand import Hand, InHand
from bot.triage.membership import Membership, Told, refused

LEASE = timedelta(seconds=90)
"""Of one decision: longer than all its steps together (``SEND_WITHIN``, SCP's time to be told, that
to show it, ``RECORD_WITHIN``), lest another ends it while SCP has not answered yet."""

SEND_WITHIN = 40.0
"""Seconds since it was begun: a process held up for longer does not tell SCP. Behind hundreds of
others at the database some may well pass."""

RECORD_WITHIN = 15.0
"""Seconds that the person waits for the database; after that it is recorded without them."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 3.0
"""Seconds between attempts at the database."""

TwoPerson: TypeAlias = Literal["first-owner", "always", "never"]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of decisions."""

    two_person: TwoPerson = "never"
    undo_for: timedelta = timedelta(minutes=15)


class Deciding:
    """Decides, as approvers ask.

    ``membership`` is None where our account's id is not known: then nobody can. ``wake`` has copies
    repainted; ``observe`` counts each wish by its action and what became of it.
    """

    def __init__(
        self,
        *,
        access: Access,
        store: Store,
        membership: Membership | None,
        rules: Rules,
        in_hand: InHand,
        wake: Callable[[], None],
        observe: Callable[[str, str], None],
    ) -> None:
        self._access = access
        self._store = store
        self._membership = membership
        self._rules = rules
        self._in_hand = in_hand
        self._wake = wake
        self._observe = observe

    async def decide(self, asked: Asked) -> Result:
        """Set a membership as one person wishes, if they may, and nobody else was faster.

        Raise ``NotAllowed``, which whoever answers the person records (but for ``NotKnown``), and
        ``StoreError`` where the database failed before anything was done.
        """
        await self._access.check_approver(asked.by)
        if self._membership is None:
            raise AssertionError("without an account nobody is an approver")
        result = await self._decide(asked, self._membership)
        log.info(
            "asked to decide",
            action=ACTIONS[asked.status],
            image=asked.image.id,
            user=asked.by,
            result=result.kind,
        )
        self._observe(ACTIONS[asked.status], result.kind)
        self._wake()
        return result

    async def needs_second(self, image: PendingImage, status: MemberStatus) -> bool:
        """Tell whether two approvers have to agree. Raise ``StoreError``."""
        if status != "accepted" or self._rules.two_person == "never":
            return False
        if self._rules.two_person == "always":
            return True
        # Nobody knows what an unknown owner has shared before.
        return not image.owner or not await self._store.sightings.ever_accepted(image.owner)

    async def _decide(self, asked: Asked, membership: Membership) -> Result:
        second = await self.needs_second(asked.image, asked.status)
        not_by = await self._proposer_who_was(asked) if second else None
        ends = elapsed() + SEND_WITHIN
        with self._in_hand.beginning() as name:
            begun = await self._store.decisions.begin(
                asked,
                name,
                LEASE,
                needs_second=second,
                undo_for=self._rules.undo_for,
                not_by=not_by,
            )
        if isinstance(begun, Result):
            return begun
        with self._in_hand.holding(begun) as hand:
            hand.told = await self._tell_scp(hand, membership, ends)
            return await self._record(hand, hand.told)

    async def _proposer_who_was(self, asked: Asked) -> str | None:
        """Return who has proposed it and is no approver any more; None where there is nobody such.

        Raise ``NotKnown`` where Slack does not tell.
        """
        triages = await self._store.triage.of([asked.image.id])
        proposal = triages.get(asked.image.id, UNTOUCHED).proposal
        if proposal is None or proposal.by == asked.by:
            return None
        return None if await self._access.may_approve(proposal.by) else proposal.by

    async def _tell_scp(self, hand: Hand, membership: Membership, ends: float) -> Told:
        """Re-read the member, and set it if it is still as the card said, and before ``ends``."""
        asked = hand.begun.asked
        try:
            status = await membership.read(asked.image.id)
        except ScpError as error:
            return Told(result=refused(error), request_id=error.request_id or "")
        if status is None:
            return Told(result=Result(kind="withdrawn"))
        if status != asked.expected:
            elsewhere = Result(kind="elsewhere", status=status)
            return Told(result=elsewhere, before=status, after=status)
        if not await self._may_send(hand.begun) or elapsed() > ends:
            return Told(result=Result(kind="interrupted"), before=status, after=status)
        hand.told = None
        return await membership.set(asked.image.id, status, asked.status)

    async def _may_send(self, begun: Begun) -> bool:
        """Mark the decision as perhaps told, unless it is not ours any more or time is up."""
        try:
            return await self._store.decisions.sending(begun)
        except StoreError as error:
            log.warning("not decided: the database fails", what=str(error), remedy=error.remedy)
            return False

    async def _record(self, hand: Hand, told: Told) -> Result:
        """Record what became of it; where the database fails for long, later."""
        begun, began, wait = hand.begun, elapsed(), FIRST_WAIT
        while True:
            try:
                ended = await self._store.decisions.finish(
                    begun.decision,
                    told.result,
                    before=told.before,
                    after=told.after,
                    request_id=told.request_id,
                )
            except StoreError as error:
                if elapsed() - began + wait > RECORD_WITHIN:
                    log.error("a decision is to be recorded later", what=str(error))
                    hand.heard = True
                    return _unrecorded(begun, told.result)
            else:
                hand.told = None
                return ended
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)


def _unrecorded(begun: Begun, result: Result) -> Result:
    """Return what the person hears while the record cannot tell."""
    if result.kind != "done":
        return result
    return Result(kind="unrecorded", status=result.status, by=begun.asked.by)

"""The buttons on a card that act at once: Claim, Release, Wake and Undo."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.blocks.cards.value import CardValue, from_card_value
from bot.blocks.triage.deciding import result_message
from bot.blocks.triage.notices import done_message, not_done_message
from bot.listeners.boundary import Ack
from bot.listeners.payloads import Click
from bot.listeners.triage.decisions import Decisions, Wanted
from bot.listeners.triage.oncall import OnCall, Outcome, Wish
from bot.listeners.triage.redrawing import Redrawing, Where, where_of
from bot.listeners.windows import midway


class TriageClicks:
    """Answers what people press."""

    def __init__(
        self,
        oncall: OnCall,
        decisions: Decisions,
        redrawing: Redrawing,
        now: Callable[[], datetime],
    ) -> None:
        self._oncall = oncall
        self._decisions = decisions
        self._redrawing = redrawing
        self._now = now

    async def claim(self, ack: Ack, click: Click) -> None:
        """Claim."""
        await ack()
        await self._do(click, self._oncall.claim)

    async def release(self, ack: Ack, click: Click) -> None:
        """Release."""
        await ack()
        await self._do(click, self._oncall.release)

    async def wake(self, ack: Ack, click: Click) -> None:
        """Wake."""
        await ack()
        await self._do(click, self._oncall.rouse)

    async def undo(self, ack: Ack, click: Click) -> None:
        """Undo: what became of it is told in any case."""
        await ack()
        value = from_card_value(click.action.chosen)
        where = where_of(click, value)
        wanted = Wanted(
            ref=value.ref,
            round=value.round,
            status="pending",
            expected=value.expected,
            by=where.user_id,
            channel=where.channel_id,
        )
        async with midway():
            decided = await self._decisions.decide(wanted)
        # Where SCP takes nothing back, the opposite decision may be what is wanted.
        again = value if decided.result.kind == "refused" else None
        said = result_message(decided.image, decided.result, self._now(), again)
        await self._redrawing.tell(where, said)
        await self._redrawing.show(where)

    async def _do(self, click: Click, deed: Callable[[Wish], Awaitable[Outcome]]) -> None:
        value = from_card_value(click.action.chosen)
        where = where_of(click, value)
        outcome = await deed(_wish(where, value))
        image, triage, now = outcome.image, outcome.triage, self._now()
        if not outcome.done:
            await self._redrawing.tell(where, not_done_message(image, triage, now))
        seen = await self._redrawing.show(where)
        if outcome.done and triage is not None and not seen:
            await self._redrawing.tell(where, done_message(image, triage, now))


def _wish(where: Where, value: CardValue) -> Wish:
    return Wish(value.ref, where.user_id, where.channel_id)

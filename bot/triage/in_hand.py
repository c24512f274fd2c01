"""The decisions that a process ends by itself: those it is at, and what it could not record.

A process that dies loses them: what it leaves behind is ended by ``bot.triage.reconciling``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import structlog

from bot.blocks.message import Message
from bot.blocks.triage.deciding import result_message
from bot.errors import SlackError, StoreError
from bot.oncall.values import ACTIONS, Asked, Result
from bot.store import Begun, Decisions
from bot.triage.membership import Told

RECORD_PAUSE = 1.0
"""Seconds between looks whether the database answers again."""

TELL_WITHIN = 1.5
"""Seconds for telling people what became of decisions that were cut off: a stop waits for it."""

Tell = Callable[[str, Message], Awaitable[object]]
"""Sends a person a direct message; raises ``SlackError``."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Hand:
    """A decision that this process is at; ``heard``: who asked knows how it ended for them."""

    def __init__(self, begun: Begun, *, heard: bool = False) -> None:
        self.begun = begun
        self.told: Told | None = _not_sent(begun.asked)
        """What became of it, should it be cut off now; None where that is recorded, or SCP alone
        knows."""
        self.heard = heard


class InHand:
    """Those of the process ``owner``; ``tell``: who was cut off hears the end, if Slack takes it.

    Nothing is ever recorded twice: who comes late, after another process, changes nothing.
    """

    def __init__(self, decisions: Decisions, owner: str, tell: Tell) -> None:
        self._decisions = decisions
        self._names = (f"{owner}/{number}" for number in count(1))
        self._tell = tell
        self._held: set[int] = set()
        self._unrecorded: list[Hand] = []
        self._lost: dict[str, bool] = {}
        """By name, whether who asked knows, of what has perhaps begun: the database did not say."""

    def __contains__(self, decision: object) -> bool:
        return decision in self._held

    def left(self) -> float:
        """Return for how many seconds to wait for the database; 0 where nothing is to be recorded.

        ``record`` records it.
        """
        return RECORD_PAUSE if self._unrecorded or self._lost else 0.0

    @contextmanager
    def beginning(self) -> Iterator[str]:
        """Yield a name under which one decision is begun, to be found by it if that is cut off."""
        name = next(self._names)
        try:
            yield name
        except (StoreError, asyncio.CancelledError) as error:
            self._lost[name] = isinstance(error, StoreError)
            raise

    @contextmanager
    def holding(self, begun: Begun) -> Iterator[Hand]:
        """Hold a decision until it is recorded, or SCP alone knows what became of it."""
        hand = Hand(begun)
        self._held.add(begun.decision)
        try:
            yield hand
        finally:
            if hand.told is None:
                self._held.discard(begun.decision)
            else:
                self._unrecorded.append(hand)

    async def record(self) -> bool:
        """Record what could not be; return whether there was anything. Raise ``StoreError``."""
        await self._find()
        left = tuple(self._unrecorded)
        unheard: list[tuple[Hand, Result]] = []
        failure: StoreError | None = None
        for hand in left:
            try:
                await self._record(hand, unheard)
            except StoreError as error:
                failure = error
                if error.passing:  # the others would fail alike
                    break
        await self._tell_all(unheard)
        if failure:
            raise failure
        return bool(left)

    async def _find(self) -> None:
        """Find what has begun though the database did not say so. Raise ``StoreError``."""
        names = dict(self._lost)
        if not names:
            return
        for begun in await self._decisions.begun_as(names):
            self._held.add(begun.decision)
            self._unrecorded.append(Hand(begun, heard=names[begun.owner]))
        for name in names:
            del self._lost[name]

    async def _record(self, hand: Hand, unheard: list[tuple[Hand, Result]]) -> None:
        """Record an end, unless another process has; add it to ``unheard`` where it is news."""
        begun, told = hand.begun, hand.told
        if told is None:
            raise AssertionError("what is not known is not kept")
        ended = await self._decisions.end_left(
            begun.decision,
            told.result,
            before=told.before,
            after=told.after,
            request_id=told.request_id,
        )
        self._unrecorded.remove(hand)
        self._held.discard(begun.decision)
        log.info("recorded late how a decision ended", image=begun.asked.image.id)
        if ended is not None and not hand.heard:
            unheard.append((hand, ended))

    async def _tell_all(self, ended: Sequence[tuple[Hand, Result]]) -> None:
        try:
            async with asyncio.timeout(TELL_WITHIN):
                telling = (tell_who_asked(self._tell, hand.begun, how) for hand, how in ended)
                await asyncio.gather(*telling)
        except TimeoutError:
            log.warning("nobody was told how a decision ended", code="timeout")


async def tell_who_asked(tell: Tell, begun: Begun, ended: Result) -> None:
    """Tell who asked for a decision how it ended, if Slack takes it."""
    asked = begun.asked
    log.info(
        "ended a decision that was left open",
        action=ACTIONS[asked.status],
        image=asked.image.id,
        user=asked.by,
        result=ended.kind,
    )
    try:
        await tell(asked.by, result_message(asked.image, ended, ended.at or begun.began_at))
    except SlackError as error:
        log.warning("nobody was told how a decision ended", user=asked.by, code=error.code)


def _not_sent(asked: Asked) -> Told:
    """Return what is so of a decision of which SCP was not told."""
    return Told(result=Result(kind="interrupted"), before=asked.expected, after=asked.expected)

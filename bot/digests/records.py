"""Writing down what became of a delivery, however long the database takes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
import structlog

from bot.background.elapsed import elapsed
from bot.background.outage import Outage
from bot.blocks.message import Message
from bot.errors import StoreError
from bot.schedule import Delivery, DeliveryState
from bot.store import Copies, Deliveries

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between attempts."""

PUT_BACK_WITHIN = 60.0
"""Seconds: after that the lease has run out, and says as much."""

KEEP_WITHIN = 10.0
"""Seconds: a digest that is never painted again is a smaller loss than one recorded late."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

T = TypeVar("T")


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery ended."""

    state: DeliveryState
    ts: str | None = None
    outcome: str = ""
    """What happened and what to do, where it did not end well."""
    refused: bool = False
    """Whether Slack refused it for good."""
    late: bool = False
    """Whether the digest said that it was late."""


class Records:
    """The records of the deliveries that this process has taken up.

    ``copies`` are the messages that show cards, to be painted again when something changes;
    ``observe`` counts each one that ended, by its state and whether it said that it was late.
    """

    def __init__(
        self, deliveries: Deliveries, copies: Copies, observe: Callable[[str, bool], None]
    ) -> None:
        self._deliveries = deliveries
        self._copies = copies
        self._observe = observe
        self._outage = Outage("recording deliveries")
        self._unrecorded: dict[int, Ending] = {}

    def unrecorded(self, delivery: Delivery) -> Ending | None:
        """Return how a delivery has ended here, if nobody else can know it yet."""
        return self._unrecorded.get(delivery.id)

    async def keep(
        self, delivery: Delivery, ts: str, message: Message, composed_at: datetime
    ) -> None:
        """Keep what was posted, if it shows cards; where the database fails, it stays as it is."""
        if not message.cards:
            return
        await self._patiently(
            lambda: self._copies.keep(
                delivery.channel, ts, message.text, message.blocks, message.cards, composed_at
            ),
            KEEP_WITHIN,
        )

    async def finish(self, delivery: Delivery, ending: Ending) -> None:
        """Record how a delivery ended, and do not give up as long as the process lives."""
        self._unrecorded[delivery.id] = ending
        kept = await self._patiently(
            lambda: self._deliveries.finish(
                delivery.id,
                delivery.owner,
                ending.state,
                ts=ending.ts,
                outcome=ending.outcome,
                refused=ending.refused,
            )
        )
        said = {"occurrence": delivery.occurrence, "state": ending.state.value, "ts": ending.ts}
        if kept is None:
            log.warning("digest ended, but was taken over meanwhile", **said)
            return
        del self._unrecorded[delivery.id]
        self._observe(ending.state.value, ending.late)
        log.info("digest ended", outcome=ending.outcome, **said)

    async def put_back(
        self,
        delivery: Delivery,
        seconds: float,
        delay: str,
        *,
        sent: bool = False,
        scp_failed: bool = False,
        hold: bool = False,
    ) -> None:
        """Have a delivery taken up again later; ``sent`` where it has perhaps arrived.

        ``hold``: nobody posts to its channel meanwhile.
        """
        log.info("digest put back", occurrence=delivery.occurrence, seconds=seconds, why=delay)
        await self._patiently(
            lambda: self._deliveries.put_back(
                delivery.id,
                delivery.owner,
                timedelta(seconds=seconds),
                delay,
                sent=sent,
                scp_failed=scp_failed,
                hold=hold,
            ),
            PUT_BACK_WITHIN,
        )

    async def _patiently(
        self, write: Callable[[], Awaitable[T]], within: float = float("inf")
    ) -> T | None:
        """Write until the database takes it; None where it did not ``within`` so many seconds."""
        began, wait = elapsed(), FIRST_WAIT
        while True:
            try:
                written = await write()
            except StoreError as error:
                self._outage.met(error)
            else:
                self._outage.over()
                return written
            if elapsed() - began + wait > within:
                return None
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

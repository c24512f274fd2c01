"""The post itself: claimed once more right before it is sent, and sent once."""

from datetime import datetime

import msgspec
import structlog

from bot import sending
from bot.background.elapsed import elapsed
from bot.background.pace import Pace
from bot.blocks.message import Message
from bot.digests.records import Ending, Records
from bot.digests.telling import Telling
from bot.digests.waits import pause_after_post, why
from bot.errors import SlackError
from bot.schedule import Delivery, DeliveryState, Schedule
from bot.sending import PostOnce, held_up_since, is_unsure
from bot.slack import NOT_ACCEPTED, PASSING, RATE_LIMITED
from bot.store import Deliveries, Go, Shown

EVENT_TYPE = "pending_images_digest"
"""Of the message metadata, by which a delivery can be found again (design 2.7)."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Prepared(msgspec.Struct, frozen=True):
    """What is to be posted."""

    message: Message
    shown: Shown
    state: DeliveryState
    """POSTED, or NOTICE where it tells that SCP failed."""
    composed_at: datetime
    """By the database's clock."""
    late: bool = False
    """Whether it says that it is late."""


class Posting:
    """Posts what deliveries have prepared."""

    def __init__(
        self,
        *,
        post: PostOnce,
        deliveries: Deliveries,
        records: Records,
        telling: Telling,
        pace: Pace,
    ) -> None:
        self._post = post
        self._deliveries = deliveries
        self._records = records
        self._telling = telling
        self._pace = pace

    async def post(self, delivery: Delivery, schedule: Schedule, prepared: Prepared) -> None:
        """Post it and record it, or put it back. Raise ``StoreError`` where nothing was sent."""
        looked = delivery.state is DeliveryState.POSTING  # it may have arrived: look again later
        if wait := self._pace.left():
            await self._records.put_back(delivery, wait, "Slack asked to wait", sent=looked)
            return
        asked = elapsed()
        go = await self._deliveries.begin_posting(
            delivery.id, delivery.owner, sending.POSTING_LEASE, prepared.shown
        )
        if go is Go.LOST:
            log.warning("digest left to who took it over", occurrence=delivery.occurrence)
        elif go is Go.CROWDED:
            log.info("digest waits for its channel's turn", occurrence=delivery.occurrence)
        else:
            await self._send(delivery, schedule, prepared, asked)

    async def _send(
        self, delivery: Delivery, schedule: Schedule, prepared: Prepared, asked: float
    ) -> None:
        """Send it, unless it was held up since ``asked``, when the database let it go."""
        payload = {"occurrence": delivery.occurrence, "schedule": str(schedule.id)}
        metadata = {"event_type": EVENT_TYPE, "event_payload": payload}
        try:
            ts = await self._post(
                delivery.channel,
                prepared.message,
                metadata,
                unless=held_up_since(asked),
            )
        except SlackError as error:
            if error.code in PASSING | NOT_ACCEPTED:
                await self._wait(delivery, error)
            else:
                await self._refused(delivery, schedule, error)
            return
        self._pace.posted()
        await self._records.keep(delivery, ts, prepared.message, prepared.composed_at)
        await self._records.finish(
            delivery, Ending(state=prepared.state, ts=ts, late=prepared.late)
        )

    async def _wait(self, delivery: Delivery, error: SlackError) -> None:
        looked = delivery.state is DeliveryState.POSTING
        seconds = pause_after_post(delivery, error)
        limited = error.code in RATE_LIMITED
        if limited:
            self._pace.limited(delivery.channel, seconds)
        sent = is_unsure(error) or looked
        await self._records.put_back(delivery, seconds, why(error), sent=sent, hold=limited)

    async def _refused(self, delivery: Delivery, schedule: Schedule, error: SlackError) -> None:
        outcome = f"{error} {error.remedy}".strip()
        await self._records.finish(
            delivery, Ending(state=DeliveryState.FAILED, outcome=outcome, refused=True)
        )
        log.error(
            "Slack refuses a digest",
            schedule=schedule.id,
            channel=delivery.channel,
            error=str(error),
            remedy=error.remedy,
        )
        await self._telling.tell()

"""One delivery, from being claimed to its end: look, compose, post, record (design 2.6, 2.7)."""

import structlog

from bot.blocks.digests.digest import digest_failure_message
from bot.blocks.origin import Origin
from bot.digests.composing import Composer
from bot.digests.looking import Looking
from bot.digests.posting import Posting, Prepared
from bot.digests.records import Ending, Records
from bot.digests.waits import outage_pause, too_late
from bot.errors import (
    BodyUnreadable,
    RateLimited,
    ScpError,
    ServerFailed,
    StoreError,
    TimedOut,
    Unavailable,
    Unreachable,
)
from bot.schedule import Delivery, DeliveryState, Schedule
from bot.store import Shown, Store

SCP_WAITS = (5.0, 15.0, 40.0)
"""Seconds before each further try: a minute is nothing to a digest."""

TRANSIENT = (RateLimited, Unavailable, TimedOut, Unreachable, ServerFailed, BodyUnreadable)
"""What may be over by the next try; a refused signature or permission will not."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class DigestDelivery:
    """Brings claimed deliveries to their ends, or puts them back to be taken up again later."""

    def __init__(
        self,
        *,
        store: Store,
        composer: Composer,
        looking: Looking,
        posting: Posting,
        records: Records,
        origin: Origin,
    ) -> None:
        self._store = store
        self._composer = composer
        self._looking = looking
        self._posting = posting
        self._records = records
        self._origin = origin

    async def deliver(self, delivery: Delivery) -> None:
        """Deliver it as far as that can be done now.

        Raise ``StoreError`` where the database failed before anything was sent.
        """
        if ending := self._records.unrecorded(delivery):
            await self._records.finish(delivery, ending)
            return
        try:
            await self._deliver(delivery)
        except StoreError:
            sent = delivery.state is DeliveryState.POSTING
            await self._records.put_back(
                delivery, outage_pause(delivery), "the database could not be reached", sent=sent
            )
            raise

    async def _deliver(self, delivery: Delivery) -> None:
        schedule = await self._store.schedules.get(delivery.schedule_id)
        if schedule is None:
            log.info("digest deleted meanwhile", occurrence=delivery.occurrence)
            return
        may_have_arrived = delivery.state is DeliveryState.POSTING
        if may_have_arrived and not await self._looking.may_repeat(delivery, schedule):
            return
        if unwanted := _why_unwanted(delivery, schedule):
            await self._end(delivery, DeliveryState.SKIPPED, unwanted)
            return
        if too_late(delivery, schedule, await self._store.now()):
            await self._give_up(delivery)
            return
        prepared = await self._prepare(delivery, schedule)
        if prepared is not None:
            await self._posting.post(delivery, schedule, prepared)

    async def _give_up(self, delivery: Delivery) -> None:
        if delivery.delay:
            outcome = f"Not within the time that it is worth: {delivery.delay}."
            await self._end(delivery, DeliveryState.FAILED, outcome)
        else:
            await self._end(delivery, DeliveryState.SKIPPED)

    async def _end(self, delivery: Delivery, state: DeliveryState, outcome: str = "") -> None:
        await self._records.finish(delivery, Ending(state=state, outcome=outcome))

    async def _prepare(self, delivery: Delivery, schedule: Schedule) -> Prepared | None:
        """Return what to post; None where there is nothing, or nothing yet."""
        baseline = await self._store.deliveries.baseline(schedule.id)
        try:
            composed = await self._composer.compose(schedule, delivery, baseline)
        except ScpError as error:
            return await self._prepare_notice(delivery, schedule, error)
        if composed.message is None:
            await self._end(delivery, DeliveryState.SILENT)
            return None
        return Prepared(
            composed.message, composed.shown, DeliveryState.POSTED, composed.at, composed.late
        )

    async def _prepare_notice(
        self, delivery: Delivery, schedule: Schedule, error: ScpError
    ) -> Prepared | None:
        """Return the notice that SCP failed; None where it is asked once more first."""
        log.warning(
            "digest without SCP",
            occurrence=delivery.occurrence,
            error=str(error),
            remedy=error.remedy,
        )
        if isinstance(error, TRANSIENT) and delivery.refused < len(SCP_WAITS):
            await self._records.put_back(
                delivery,
                SCP_WAITS[delivery.refused],
                "Samsung Cloud did not answer",
                sent=delivery.state is DeliveryState.POSTING,
                scp_failed=True,
            )
            return None
        now = await self._store.now()
        notice = digest_failure_message(error, schedule, self._origin, now)
        return Prepared(notice, NOTHING_SHOWN, DeliveryState.NOTICE, now)


def _why_unwanted(delivery: Delivery, schedule: Schedule) -> str:
    """Return why nobody wants a delivery any more, which was planned before a change; or nothing.

    The channel that a schedule has left has no digest of that number, nobody to change it, and
    perhaps no right to see what it now asks for.
    """
    if schedule.channel != delivery.channel:
        return "The digest was moved to another channel."
    if schedule.paused_at is not None and delivery.asked_by is None:
        return "The digest was paused."
    return ""


NOTHING_SHOWN = Shown(ids=(), total=None, matched=None, data_at=None)
"""By a notice."""

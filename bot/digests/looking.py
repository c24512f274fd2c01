"""Looking in the channel before a delivery is repeated (design 2.7)."""

import structlog

from bot.blocks.cards.card import cards_in
from bot.blocks.message import Message
from bot.digests.posting import EVENT_TYPE
from bot.digests.records import Ending, Records
from bot.digests.waits import pause, too_late, why
from bot.errors import SlackError
from bot.schedule import Delivery, DeliveryState, Schedule
from bot.sending import BEFORE_PLANNED, Find, unseen
from bot.slack import NOT_ACCEPTED, PASSING, Found
from bot.store import Store

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Looking:
    """Decides over deliveries that may have arrived, though nobody recorded it."""

    def __init__(self, find: Find, store: Store, records: Records) -> None:
        self._find = find
        self._store = store
        self._records = records

    async def may_repeat(self, delivery: Delivery, schedule: Schedule) -> bool:
        """Return whether to post it (again); where not, its end or its delay is recorded."""
        # Planned before it was ever posted; the last try may not have been the first.
        oldest = delivery.planned_at - BEFORE_PLANNED
        try:
            found = await self._find(delivery.channel, EVENT_TYPE, delivery.occurrence, oldest)
        except SlackError as error:
            return await self._may_repeat_unseen(delivery, schedule, error)
        if found is None:
            return True
        await self._keep(delivery, found)
        # A notice has no data of SCP's.
        state = DeliveryState.NOTICE if delivery.data_at is None else DeliveryState.POSTED
        await self._records.finish(delivery, Ending(state=state, ts=found.ts))
        return False

    async def _keep(self, delivery: Delivery, found: Found) -> None:
        """Have its cards painted again when something changes. Raise ``StoreError``."""
        past = await self._store.sightings.past(delivery.planned_at)
        cards = cards_in(found.blocks, [sighting.image for sighting in past.sightings])
        message = Message(found.text, list(found.blocks), cards)
        await self._records.keep(delivery, found.ts, message, delivery.planned_at)

    async def _may_repeat_unseen(
        self, delivery: Delivery, schedule: Schedule, error: SlackError
    ) -> bool:
        passing = error.code in PASSING | NOT_ACCEPTED
        if passing and not too_late(delivery, schedule, await self._store.now()):
            await self._records.put_back(delivery, pause(delivery, error), why(error), sent=True)
            return False
        if not passing and schedule.if_unsure == "never_lost":
            log.warning("digest repeated unseen", occurrence=delivery.occurrence, why=str(error))
            return True
        ending = Ending(state=DeliveryState.UNSURE, outcome=unseen(error))
        await self._records.finish(delivery, ending)
        return False

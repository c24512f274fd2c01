"""The digests' clock: looks at what is due by the database's time, and has it done."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from bot.background.outage import Outage
from bot.background.pace import Pace
from bot.digests.alarms import Alarms
from bot.digests.crew import Crew
from bot.digests.first_seen import FirstSeenBoard
from bot.digests.telling import Telling
from bot.digests.watch import Watch
from bot.errors import StoreError
from bot.schedule import DeliveryState
from bot.sending import CROWDED_WAIT
from bot.store import Agenda, Store
from bot.tasks import Again, Spawn

SOONEST_SECONDS = 0.05

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class DigestClock:
    """Has due digests delivered and pending images watched, once among all replicas.

    ``spawn`` runs work as a task that the caller drains at the end. Nothing runs before
    ``start``; ``look`` may be called without.
    """

    def __init__(  # noqa: PLR0913  what it has done, and by whom
        self,
        *,
        store: Store,
        crew: Crew,
        watch: Watch,
        telling: Telling,
        board: FirstSeenBoard,
        pace: Pace,
        outage: Outage,
        settings_ids: Collection[int],
        spawn: Spawn,
        observe: Callable[[str, bool], None],
    ) -> None:
        self._store = store
        self._crew = crew
        self._watch = watch
        self._telling = telling
        self._board = board
        self._pace = pace
        self._outage = outage
        self._settings_ids = settings_ids
        self._spawn = spawn
        self._observe = observe
        self._alarms = Alarms(self.wake)
        self._watching = False
        self._tells = False
        self._looks = Again(self.look, spawn)
        self._stopping = False
        crew.rested = self.wake

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._alarms.start()
        self.wake()

    async def stop(self) -> None:
        """Begin nothing more; what is under way goes on."""
        self._stopping = True
        self._looks.forget()
        self._crew.stop()
        await self._alarms.stop()

    def wake(self) -> None:
        """Look soon."""
        if not self._stopping:
            self._looks.ask()

    async def look(self) -> None:
        """Plan what is due, have it delivered, watch if it is time, and set the next alarm."""
        try:
            agenda = await self._store.agenda(self._settings_ids)
            while _is_due(agenda.next_due, agenda) and await self._plan():
                agenda = await self._store.agenda(self._settings_ids)
            await self._board.follow(agenda.sightings_version)
        except StoreError as error:
            self._outage.met(error)
            return
        self._outage.over()
        if _is_due(agenda.next_delivery, agenda):
            self._crew.call()
        if _is_due(agenda.next_telling, agenda):
            self._begin_telling()
        if self._watch.ready and _is_due(agenda.watch_due, agenda):
            self._begin_watch()
        self._set_alarm(agenda)

    async def _plan(self) -> bool:
        """Plan a part of what is due; return whether there was anything."""
        planned = await self._store.deliveries.plan_due(self._settings_ids)
        for delivery in planned:
            log.info("digest due", occurrence=delivery.occurrence)
            if delivery.state is DeliveryState.SKIPPED:
                log.warning(
                    "digests skipped: too late", last=delivery.occurrence, missed=delivery.missed
                )
                self._observe(delivery.state.value, False)
        if planned:
            self._crew.call()
        return bool(planned)

    def _set_alarm(self, agenda: Agenda) -> None:
        """Convert the next moment by the database's clock into so many seconds from now."""
        moments = (
            agenda.next_due,
            agenda.next_delivery,
            agenda.next_telling,
            agenda.watch_due,
        )
        waits = [(moment - agenda.now).total_seconds() for moment in moments if moment]
        waits = [wait for wait in waits if wait > 0]
        if left := self._pace.left():
            waits.append(left)
        if _is_due(agenda.next_telling, agenda):
            waits.append(CROWDED_WAIT)  # then somebody may be told more
        if waits and not self._stopping:
            self._alarms.ring_in(max(SOONEST_SECONDS, min(waits)))

    def _begin_telling(self) -> None:
        if not self._tells and not self._stopping:
            self._tells = True
            self._spawn(self._tell())

    async def _tell(self) -> None:
        try:
            await self._telling.tell()
        except StoreError as error:
            self._outage.met(error)
        finally:
            self._tells = False

    def _begin_watch(self) -> None:
        if not self._watching and not self._stopping:
            self._watching = True
            self._spawn(self._look_at_images())

    async def _look_at_images(self) -> None:
        looked = False
        try:
            looked = await self._watch.look()
        except StoreError as error:
            self._outage.met(error)
        finally:
            self._watching = False
            if looked:
                self.wake()  # for the moment of the next


def _is_due(moment: datetime | None, agenda: Agenda) -> bool:
    return moment is not None and moment <= agenda.now

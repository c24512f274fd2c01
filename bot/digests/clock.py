"""The edge to APScheduler: it only wakes us, the wall clock decides (design 2.6)."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.schedule import Occurrence, Schedule, next_occurrence

GRACE = timedelta(hours=1)
"""How late a digest is still worth delivering, after a sleep of the machine for example."""

LOOK_SECONDS = 30
"""How often to look at the wall clock besides: timers do not notice when it is set."""

Deliver: TypeAlias = Callable[[Schedule, Occurrence], Coroutine[None, None, object]]
Spawn: TypeAlias = Callable[[Coroutine[None, None, object]], object]

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class DigestClock:
    """Delivers each occurrence of a schedule when it is due, once a process.

    ``spawn`` runs a delivery as a task that the caller drains at the end; ``now`` is the wall
    clock, aware. Nothing runs before ``start``; what came due before it is not caught up.
    """

    def __init__(
        self, schedule: Schedule, *, deliver: Deliver, spawn: Spawn, now: Callable[[], datetime]
    ) -> None:
        self._schedule = schedule
        self._deliver = deliver
        self._spawn = spawn
        self._now = now
        self._looked_at: datetime | None = None
        # Against a clock that is set back; a short text a day need not be forgotten.
        self._begun: set[str] = set()
        self._alarms = _scheduler()

    def start(self) -> None:
        """Begin, on the running event loop."""
        self.look()
        self._alarms.add_job(
            self._wake,
            IntervalTrigger(seconds=LOOK_SECONDS, timezone=UTC),
            id="look",
        )
        self._alarms.start()

    async def stop(self) -> None:
        """Begin no more deliveries; those that run go on."""
        self._alarms.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler shuts down in the loop's next round

    def look(self) -> None:
        """Look at the wall clock, begin what came due since the last look, set the next alarm."""
        now = self._now()
        since = min(self._looked_at or now, now)  # a clock that was set back begins anew
        self._looked_at = now
        occurrence = next_occurrence(self._schedule, since)
        if occurrence.due <= now - GRACE:
            log.warning("digests skipped: too late", first=occurrence.id)
            occurrence = next_occurrence(self._schedule, now - GRACE)
        while occurrence.due <= now:
            self._begin(occurrence)
            occurrence = next_occurrence(self._schedule, occurrence.due)
        self._alarms.add_job(
            self._wake,
            DateTrigger(occurrence.due, timezone=UTC),
            id="due",
            replace_existing=True,
        )

    async def _wake(self) -> None:
        # A coroutine, because APScheduler would run a plain function in a thread.
        self.look()

    def _begin(self, occurrence: Occurrence) -> None:
        if occurrence.id in self._begun:
            return
        self._begun.add(occurrence.id)
        log.info("digest due", occurrence=occurrence.id)
        self._spawn(self._deliver(self._schedule, occurrence))


def _scheduler() -> AsyncIOScheduler:
    """Return a scheduler with every default written out.

    APScheduler's own would drop a wake that is a second late, and one that a wake still running
    has just set: hence no grace of its own and two instances.
    """
    return AsyncIOScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        executors={"default": AsyncIOExecutor()},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
    )

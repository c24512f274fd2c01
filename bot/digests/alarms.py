"""The edge to APScheduler: it only wakes us, a row of the database decides (design 2.6)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

LOOK_SECONDS = 5.0
"""How often to look besides: another replica may have changed what is due."""

OVERSLEPT_SECONDS = 3 * LOOK_SECONDS


class Alarms:
    """Calls ``ring`` every ``LOOK_SECONDS``, and once more when it was asked to."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._scheduler = _scheduler()
        self._guard: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._tick()
        self._scheduler.start()

    async def stop(self) -> None:
        """Ring no more."""
        if self._guard is None:
            return
        self._guard.cancel()
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler shuts down in the loop's next round

    def ring_in(self, seconds: float) -> None:
        """Ring once more, so many seconds from now, instead of when it was asked last."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        self._scheduler.add_job(
            self._once, DateTrigger(at, timezone=UTC), id="once", replace_existing=True
        )

    # Coroutines, because APScheduler would run plain functions in a thread.

    async def _once(self) -> None:
        self._ring()

    async def _again(self) -> None:
        self._watch_over()
        self._ring()

    def _tick(self) -> None:
        self._scheduler.add_job(
            self._again,
            IntervalTrigger(seconds=LOOK_SECONDS, timezone=UTC),
            id="again",
            replace_existing=True,
        )
        self._watch_over()

    def _watch_over(self) -> None:
        # APScheduler reckons by the wall clock: set back by an hour, it would sleep for an hour.
        if self._guard:
            self._guard.cancel()
        loop = asyncio.get_running_loop()
        self._guard = loop.call_later(OVERSLEPT_SECONDS, self._overslept)

    def _overslept(self) -> None:
        self._tick()
        self._ring()


def _scheduler() -> AsyncIOScheduler:
    """Return a scheduler with every default written out.

    APScheduler's own would drop a wake that is a second late: hence no grace of its own.
    """
    return AsyncIOScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        executors={"default": AsyncIOExecutor()},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
    )

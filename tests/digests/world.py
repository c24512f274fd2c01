"""Replicas that deliver digests on one database, between an SCP and a Slack."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.app import Edges, digests_of, open_edges
from bot.metrics import Metrics
from bot.schedule import Delivery, Draft, Schedule, Timetable, parse_days
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Message, SlackSim
from bot.store import Store
from bot.tasks import RunningTasks
from tests.digests.clocks import Clock
from tests.listeners.scene import AT_ONCE, CHANNEL, shown

postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADA = "U0SIM0001"
SOMEBODY_ELSE = "somebody else"
"""Who has the watch where a test does not want it."""
MINE = f"D{ADA[1:]}"
"""Ada's direct messages with the bot."""


class Replica:
    """What delivers digests in one process, looked for when the test says so."""

    def __init__(self, settings: Settings, edges: Edges, metrics: Metrics) -> None:
        self.tasks = RunningTasks()
        self.digests = digests_of(settings, edges, metrics, self.tasks.start)
        self.store = edges.store
        self.metrics = metrics

    async def look(self) -> None:
        """Let the clock look, and wait until all is done that came of it."""
        await self.digests.clock.look()
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while len(self.tasks):
            assert not await self.tasks.drain(20)

    def counted(self, metric: str) -> dict[str, float]:
        """What one of its counters shows, by labels."""
        pattern = rf"^{metric}_total\{{(.*)\}} (.*)$"
        found = re.findall(pattern, self.metrics.text().decode(), re.MULTILINE)
        return {labels: float(value) for labels, value in found}


class World:
    """The far ends, the database, and the replicas that are started."""

    def __init__(
        self, scp: ScpSim, slack: SlackSim, clock: Clock, store: Store, settings: Settings
    ) -> None:
        self.scp = scp
        self.slack = slack
        self.clock = clock
        self.store = store
        self.settings = settings
        self.processes = AsyncExitStack()

    async def replica(
        self, now: Callable[[], datetime] | None = None, **changes: object
    ) -> Replica:
        """Start one more process, with a wall clock and settings of its own if need be."""
        settings = self.settings.model_copy(update=changes)
        metrics = Metrics()
        opening = open_edges(settings, metrics, now=now or self.clock.now, retries=AT_ONCE)
        edges = await self.processes.enter_async_context(opening)
        replica = Replica(settings, edges, metrics)
        self.processes.push_async_callback(replica.tasks.drain, 0.1)
        await replica.digests.prepare()
        return replica

    async def release_watch(self) -> None:
        """Let any replica watch, at once."""
        await self.store.sightings.end_watch(SOMEBODY_ELSE, timedelta())

    async def schedule(self, made_by: str | None = ADA, **named: Any) -> Schedule:
        """Make a schedule, daily at nine in Seoul."""
        return await self.store.schedules.add(draft(**named), made_by)

    async def history(self, channel: str = CHANNEL) -> list[Delivery]:
        """The records of a channel, the newest first."""
        return await self.store.deliveries.history(channel, limit=1000)

    async def record(self, channel: str = CHANNEL) -> Delivery:
        """The newest record of a channel."""
        return (await self.history(channel))[0]

    def posts(self, channel: str = CHANNEL) -> list[Message]:
        """What everybody sees in a channel, oldest first."""
        return self.slack.messages(channel)

    def occurrences(self, channel: str = CHANNEL) -> list[str]:
        """Which occurrences were posted to a channel, in order."""
        return [str((m.metadata or {})["event_payload"]["occurrence"]) for m in self.posts(channel)]

    def last(self, channel: str = CHANNEL) -> str:
        """All text of the last post of a channel."""
        return shown(self.posts(channel)[-1])

    def calls(self, method: str) -> int:
        """How often a method of Slack was called, in vain or not."""
        return sum(call.method == method for call in self.slack.calls)


def draft(
    days: str = "daily",
    times: tuple[time, ...] = (time(9),),
    timezone: str = "Asia/Seoul",
    **named: Any,
) -> Draft:
    """Return what somebody asks for."""
    timetable = Timetable(times, parse_days(days), timezone)
    return Draft(**{"channel": CHANNEL, "timetable": timetable, **named})


class Meanwhile:
    """Lets something happen, once, at the moment when a process calls or has called a method."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def before(self, owner: object, name: str, do: Callable[[], Awaitable[object]]) -> None:
        """Let it happen right before the next call."""
        self._at(owner, name, do, None)

    def after(self, owner: object, name: str, do: Callable[[], Awaitable[object]]) -> None:
        """Let it happen when the next call has returned."""
        self._at(owner, name, None, do)

    def _at(
        self,
        owner: object,
        name: str,
        before: Callable[[], Awaitable[object]] | None,
        after: Callable[[], Awaitable[object]] | None,
    ) -> None:
        original = getattr(owner, name)

        async def call(*args: Any, **named: Any) -> Any:
            self._patch.setattr(owner, name, original)
            if before:
                await before()
            result = await original(*args, **named)
            if after:
                await after()
            return result

        self._patch.setattr(owner, name, call)

"""One chaos run: so many occurrences, so much mischief, and the count of what arrived."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from time import time as time_now
from typing import TypeVar

from bot.app import utc_now
from bot.errors import StoreError
from bot.query import Query
from bot.schedule import OPEN_STATES, Draft, Timetable
from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.slack import SlackSim
from bot.store import Store, open_store
from tests.chaos.replicas import Replica
from tests.databases import PostgresServer, ShiftedClock

REPLICAS = 3
HURRY = 5.0
"""The replicas' leases and timeouts are shorter by this: 6 seconds for a post."""
STOPPED_SECONDS = 9.0
"""How long SIGSTOP lasts: longer than a post's lease."""
ROUND_SECONDS = 240.0
"""A round that takes longer has lost something."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Mischief:
    """What is done to the replicas, and how often."""

    kill: float = 0.006
    """Chance that a replica dies at a marked point."""
    drop_after: float = 0.05
    """Chance that Slack accepts a post and breaks the connection."""
    drop_before: float = 0.03
    """Chance that Slack breaks the connection before it reads anything."""
    stops: bool = False
    """Whether replicas are stopped for longer than their leases."""
    restarts: bool = True
    """Whether PostgreSQL is restarted once a round."""


@dataclass
class Outcome:
    """What arrived, and through what."""

    planned: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: Counter[str] = field(default_factory=Counter)
    unrecorded: list[str] = field(default_factory=list)
    """Occurrences whose record names no message, or another than the one that is there."""
    killed: Counter[str] = field(default_factory=Counter)
    """Deaths by point."""
    stopped: int = 0
    database_restarts: int = 0

    def __str__(self) -> str:
        """Return the figures as a report."""
        return "\n".join(
            [
                f"occurrences {self.planned}: lost {len(self.lost)}",
                f"duplicated {len(self.duplicated)}, recorded wrongly {len(self.unrecorded)}",
                f"replicas killed {self.killed.total()} times at {len(self.killed)} points",
                f"replicas stopped {self.stopped} times",
                f"PostgreSQL restarted {self.database_restarts} times",
                *(f"lost: {occurrence}" for occurrence in self.lost),
                *(f"{count} times: {occurrence}" for occurrence, count in self.duplicated.items()),
                *(f"  {count:4} {point}" for point, count in sorted(self.killed.items())),
            ]
        )


class WorldClock:
    """Moves the clocks of the database and of Slack together: both have the right time."""

    def __init__(self, database: ShiftedClock) -> None:
        self._database = database
        self._by = 0.0

    def __call__(self) -> float:
        """Return Slack's time, in seconds of the epoch."""
        return time_now() + self._by

    def shift(self, by: timedelta) -> None:
        """Move both."""
        self._by += by.total_seconds()
        self._database.shift(by)


class Chaos:
    """The far ends, the replicas, and what is done to them."""

    def __init__(
        self,
        slack: SlackSim,
        store: Store,
        clock: WorldClock,
        postgres: PostgresServer,
        replicas: Sequence[Replica],
        mischief: Mischief,
    ) -> None:
        self.outcome = Outcome()
        self._slack = slack
        self._store = store
        self._clock = clock
        self._postgres = postgres
        self._replicas = replicas
        self._mischief = mischief
        self._dice = random.Random(1)  # noqa: S311 - mischief, not cryptography
        self._wanted: list[tuple[str, str]] = []

    async def subscribe(self, count: int) -> None:
        """Make a schedule in each of ``count`` channels, daily at 09:00 UTC."""
        timetable = Timetable((time(9),), frozenset(range(7)), "UTC")
        for number in range(count):
            channel = self._slack.channel(f"C0CHAOS{number:04}", f"chaos-{number}")
            draft = Draft(channel=channel.id, timetable=timetable, query=Query())
            await self._store.schedules.add(draft, "U0SIM0001")

    def begin(self) -> None:
        """Start the replicas."""
        for replica in self._replicas:
            replica.start()

    async def round(self, ids: range) -> None:
        """Let the next nine o'clock come, make mischief, and wait until all are at an end."""
        day = await self._nine_o_clock()
        wanted = [(f"C0CHAOS{n - 1:04}", f"{n}/{day:%Y-%m-%d}T09:00/UTC") for n in ids]
        self._wanted += wanted
        mischief = asyncio.create_task(self._make_mischief())
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                await self._all_ended(wanted)
        finally:
            mischief.cancel()
            for replica in self._replicas:
                replica.send(signal.SIGCONT)

    async def _nine_o_clock(self) -> datetime:
        now = await patiently(self._store.now)
        nine = now.replace(hour=9, minute=0, second=2, microsecond=0)
        nine += DAY if nine <= now else timedelta()
        await asyncio.to_thread(self._clock.shift, nine - now)
        return nine

    async def _all_ended(self, wanted: list[tuple[str, str]]) -> None:
        for channel, occurrence in wanted:
            while not await self._ended(channel, occurrence):
                await asyncio.sleep(0.5)

    async def _ended(self, channel: str, occurrence: str) -> bool:
        history = await patiently(lambda: self._store.deliveries.history(channel, limit=3))
        states = [d.state for d in history if d.occurrence == occurrence]
        return bool(states) and states[0] not in OPEN_STATES

    async def _make_mischief(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.5, 2))
        if self._mischief.restarts:
            await asyncio.to_thread(self._postgres.restart)
            self.outcome.database_restarts += 1
        while self._mischief.stops:
            replica = self._dice.choice(self._replicas)
            await asyncio.sleep(self._dice.uniform(0, 1.5))
            replica.send(signal.SIGSTOP)
            self.outcome.stopped += 1
            await asyncio.sleep(STOPPED_SECONDS)
            replica.send(signal.SIGCONT)

    async def count(self) -> Outcome:
        """Compare what was wanted with what stands in the channels and in the records."""
        await asyncio.sleep(STOPPED_SECONDS if self._mischief.stops else 1)
        self.outcome.planned = len(self._wanted)
        for channel, occurrence in self._wanted:
            posted = [m.ts for m in self._slack.messages(channel) if _is(m.metadata, occurrence)]
            if not posted:
                self.outcome.lost.append(occurrence)
            if len(posted) > 1:
                self.outcome.duplicated[occurrence] = len(posted)
            history = await self._store.deliveries.history(channel, limit=1000)
            recorded = {delivery.occurrence: delivery.ts for delivery in history}
            if recorded[occurrence] not in posted:
                self.outcome.unrecorded.append(occurrence)
        for replica in self._replicas:
            if replica.diary.exists():
                self.outcome.killed.update(replica.diary.read_text().splitlines())
        return self.outcome


def _is(metadata: dict[str, object] | None, occurrence: str) -> bool:
    payload = (metadata or {}).get("event_payload")
    return isinstance(payload, dict) and payload.get("occurrence") == occurrence


Answer = TypeVar("Answer")


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask a database that may be restarting."""
    async with asyncio.timeout(ROUND_SECONDS):
        while True:
            with suppress(StoreError):
                return await ask()
            await asyncio.sleep(0.2)


async def run_chaos(
    occurrences: int,
    channels: int,
    mischief: Mischief,
    directory: Path,
    tell: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Run rounds of a digest in each of the channels until there were so many occurrences."""
    async with chaos(mischief, directory) as world:
        await world.subscribe(channels)
        world.begin()
        done = 0
        while done < occurrences:
            wanted = range(1, min(channels, occurrences - done) + 1)
            await world.round(wanted)
            done += channels
            tell(f"{min(done, occurrences)} of {occurrences} occurrences are at an end")
        return await world.count()


@asynccontextmanager
async def chaos(mischief: Mischief, directory: Path) -> AsyncIterator[Chaos]:
    """Start the far ends and a database; replicas begin when they are told to."""
    postgres = PostgresServer()
    try:
        await asyncio.to_thread(postgres.start)
        database = ShiftedClock(postgres.url(postgres.create()))
        clock = WorldClock(database)
        async with (
            ScpSim(images=list(sample_images(23))) as scp,
            SlackSim(clock=clock) as slack,
            open_store(database.url, now=utc_now) as store,
        ):
            await store.migrate()
            slack.user()
            slack.mode = "socket"
            slack.unreliable(
                drop_after=mischief.drop_after,
                drop_before=mischief.drop_before,
                seed=1,
                methods=["chat.postMessage"],
            )
            replicas = _replicas(scp, slack, database.url, mischief, directory)
            try:
                yield Chaos(slack, store, clock, postgres, replicas, mischief)
            finally:
                await asyncio.gather(*(replica.stop() for replica in replicas))
    finally:
        await asyncio.to_thread(postgres.remove)


def _replicas(
    scp: ScpSim, slack: SlackSim, database_url: str, mischief: Mischief, directory: Path
) -> Sequence[Replica]:
    environment = {
        "HOME": str(directory),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "SCP_ACCESS_KEY": scp.access_key,
        "SCP_SECRET_KEY": scp.secret_key,
        "SCP_ENDPOINT": scp.base_url,
        "SCP_ACCOUNT_ID": scp.account_id,
        "DATABASE_URL": database_url,
        "WATCH_SECONDS": "10",
        "PORT": "0",
        "CHAOS_HURRY": str(HURRY),
        "CHAOS_KILL": str(mischief.kill),
    }
    return [Replica(number, environment, directory) for number in range(REPLICAS)]

"""The far ends of the replicas: a simulated Slack and SCP, a real PostgreSQL, and their clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from time import time as time_now
from typing import TypeVar

from psycopg import sql

from bot.app import utc_now
from bot.errors import StoreError
from bot.query import Query
from bot.schedule import Delivery, Draft, Timetable
from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.slack import SlackSim
from bot.store import Store, open_store
from tests.chaos.counting import Post, Tally, Wanted, tally
from tests.chaos.replica import SLACK_ACCEPTS_AFTER, SLACK_ANSWERS_AFTER
from tests.databases import PostgresServer, ShiftedClock

NINE = time(9)
DAY = timedelta(days=1)
PATIENCE_SECONDS = 60.0
"""A database that is restarted answers within."""

Answer = TypeVar("Answer")


class WorldClock:
    """The clock of the database and of Slack, which have the right time: moved together."""

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


@dataclass
class World:
    """All that the replicas work with, and what was wanted of them."""

    slack: SlackSim
    scp: ScpSim
    store: Store
    clock: WorldClock
    postgres: PostgresServer
    database_url: str
    schedules: list[int] = field(default_factory=list)
    """Numbers of those that are subscribed; each has a channel of its own."""
    made: int = 0
    """How many there ever were."""
    wanted: list[Wanted] = field(default_factory=list)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of a replica."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "SCP_ACCESS_KEY": self.scp.access_key,
            "SCP_SECRET_KEY": self.scp.secret_key,
            "SCP_ENDPOINT": self.scp.base_url,
            "SCP_ACCOUNT_ID": self.scp.account_id,
            "DATABASE_URL": self.database_url,
            "PORT": "0",
        }

    async def subscribe(self, count: int) -> None:
        """Make so many more schedules, daily at 09:00 UTC, each in a channel of its own."""
        timetable = Timetable((NINE,), frozenset(range(7)), "UTC")
        for _ in range(count):
            self.made += 1
            number = self.made
            channel = self.slack.channel(_channel(number), f"chaos-{number}")
            draft = Draft(channel=channel.id, timetable=timetable, query=Query())
            schedule = await self.store.schedules.add(draft, "U0SIM0001")
            assert schedule.id == number
            self.schedules.append(number)

    async def approach_nine(self, after: timedelta) -> list[Wanted]:
        """Move to the next nine o'clock, and so much ``after`` it (before, where negative).

        Return the occurrences of all schedules, which are wanted from now.
        """
        now = await patiently(self.store.now)
        nine = now.replace(hour=NINE.hour, minute=0, second=0, microsecond=0)
        nine += DAY if nine <= now else timedelta()
        await asyncio.to_thread(self.clock.shift, nine + after - now)
        wanted = [
            Wanted(_channel(number), f"{number}/{nine:%Y-%m-%d}T09:00/UTC", nine)
            for number in self.schedules
        ]
        self.wanted += wanted
        return wanted

    async def record_of(self, want: Wanted) -> Delivery | None:
        """Return the newest record of an occurrence."""
        history = await patiently(lambda: self.store.deliveries.history(want.channel, limit=5))
        return next((d for d in history if d.occurrence == want.occurrence), None)

    async def has_ended(self, wanted: Sequence[Wanted], check: Callable[[], None]) -> None:
        """Wait until all are at an end, by the records; ``check`` may raise."""
        for want in wanted:
            while not ((record := await self.record_of(want)) and record.finished_at):
                check()
                await asyncio.sleep(0.25)

    async def count(self) -> Tally:
        """Compare what was wanted with what stands in all channels, and with the records."""
        posts = [
            Post(message.channel_id, message.ts, message.metadata)
            for message in self.slack.workspace.posts
            if not message.deleted
        ]
        records = []
        for channel in sorted({want.channel for want in self.wanted}):
            records += await self.store.deliveries.history(channel, limit=100_000)
        return tally(self.wanted, posts, records)

    def looked_up(self) -> int:
        """Return how often Slack was asked whether a post had arrived, as far as it remembers."""
        return sum(call.method == "conversations.history" for call in self.slack.calls)


def _channel(number: int) -> str:
    return f"C0CHAOS{number:04}"


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Start the far ends and a database, of which it is noon."""
    postgres = PostgresServer()
    try:
        await asyncio.to_thread(postgres.start)
        name = postgres.create()
        # A server that crashes keeps what it has committed, as everybody's does.
        keep = sql.SQL("ALTER DATABASE {} SET synchronous_commit = on")
        postgres.execute(keep.format(sql.Identifier(name)))
        database = ShiftedClock(postgres.url(name))
        clock = WorldClock(database)
        async with (
            ScpSim(images=list(sample_images(23))) as scp,
            SlackSim(clock=clock) as slack,
            open_store(database.url, now=utc_now) as store,
        ):
            await store.migrate()
            slack.user()
            slack.mode = "socket"
            now = await store.now()
            clock.shift(now.replace(hour=12, minute=0) + DAY - now)
            yield World(slack, scp, store, clock, postgres, database.url)
    finally:
        await asyncio.to_thread(postgres.remove)


def slow_down(slack: SlackSim) -> None:
    """Let Slack take its time for posts, lest nobody ever dies between two of its steps."""
    slack.delay("chat.postMessage", SLACK_ANSWERS_AFTER, accepting=SLACK_ACCEPTS_AFTER)


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask a database that may be restarting."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(StoreError):
                return await ask()
            await asyncio.sleep(0.1)

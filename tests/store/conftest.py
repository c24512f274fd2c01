"""Stores on both databases, with clocks that the tests move.

Making a database takes longer than most tests: SQLite's file is copied from one that has its
tables, and PostgreSQL's is emptied.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from bot.store import Store, open_store
from tests.databases import PostgresServer, ShiftedClock
from tests.store.raw import run

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
"""Nine o'clock in Seoul, when the tests begin."""


class Clock(Protocol):
    """A database's clock."""

    url: str

    def now(self) -> datetime:
        """Return what it shows."""

    def shift(self, by: timedelta) -> None:
        """Move it."""


class HandClock:
    """A clock for SQLite that stands still between two moves, but for a microsecond a look."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._now = MONDAY

    def now(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return self._now

    def shift(self, by: timedelta) -> None:
        self._now += by


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database that has its tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "bot.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def shifted_clock(postgres: PostgresServer) -> Iterator[ShiftedClock]:
    """The clock of a PostgreSQL database that has its tables."""
    name = postgres.create()
    _migrate(postgres.url(name))
    yield ShiftedClock(postgres.url(name))
    postgres.drop(name)


@pytest.fixture
def emptied_clock(shifted_clock: ShiftedClock) -> ShiftedClock:
    """The clock of a PostgreSQL database as it is right after its migration."""
    run(
        shifted_clock.url,
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "TRUNCATE schedules, deliveries, posts, sightings, triage, notes, decisions, audit, copies,"
        " copy_cards, outbox, card_posts RESTART IDENTITY",
        "ALTER TABLE audit ENABLE TRIGGER audit_append_only",
        "ALTER TABLE audit_head DISABLE TRIGGER audit_head_goes_on",
        "UPDATE audit_head SET number = 0, hash = repeat('0', 64)",
        "ALTER TABLE audit_head ENABLE TRIGGER audit_head_goes_on",
        "UPDATE watch SET version = 0, began_at = NULL, observed_at = NULL, owner = NULL,"
        " due = '2000-01-01Z'",
    )
    shifted_clock.set(MONDAY)
    return shifted_clock


@pytest.fixture(params=["sqlite", "postgresql"])
def clock(request: pytest.FixtureRequest, tmp_path: Path) -> Clock:
    """The clock, at ``MONDAY``, of a database that has its tables, and nothing in them."""
    if request.param == "postgresql":
        clock: Clock = request.getfixturevalue("emptied_clock")
        return clock
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "bot.db")
    return HandClock(f"sqlite:///{tmp_path / 'bot.db'}")


@pytest.fixture
async def store(clock: Clock) -> AsyncIterator[Store]:
    """A store whose tables are there."""
    async with open_store(clock.url, now=clock.now) as store:
        yield store


@pytest.fixture
async def other(clock: Clock) -> AsyncIterator[Store]:
    """Another replica's store on the same database."""
    async with open_store(clock.url, now=clock.now) as other:
        yield other


def _migrate(url: str) -> None:
    async def migrate() -> None:
        async with open_store(url, now=lambda: MONDAY) as store:
            await store.migrate()

    asyncio.run(migrate())

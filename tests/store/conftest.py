"""Stores on both databases, with clocks that the tests move."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from bot.store import Store, open_store
from tests.databases import ShiftedClock

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


@pytest.fixture
def clock(database_url: str) -> Clock:
    """The database's clock, at ``MONDAY``."""
    if database_url.startswith("sqlite"):
        return HandClock(database_url)
    shifted = ShiftedClock(database_url)
    shifted.set(MONDAY)
    return shifted


@pytest.fixture
async def store(clock: Clock) -> AsyncIterator[Store]:
    """A store whose tables are there."""
    async with open_store(clock.url, now=clock.now) as store:
        await store.migrate()
        yield store


@pytest.fixture
async def other(clock: Clock, store: Store) -> AsyncIterator[Store]:  # noqa: ARG001  migrated first
    """Another replica's store on the same database."""
    async with open_store(clock.url, now=clock.now) as other:
        yield other

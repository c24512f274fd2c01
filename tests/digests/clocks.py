"""Time as the tests of digests have it: one for the database, Slack and every process."""

import time
from datetime import UTC, datetime, timedelta

from tests.databases import ShiftedClock

NINE = datetime(2026, 11, 23, tzinfo=UTC)
"""A Monday, nine o'clock in Seoul."""

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Elapsed:
    """In place of ``time`` in ``bot.background.elapsed``: goes on by itself, and as a test says."""

    CLOCK_MONOTONIC = time.CLOCK_MONOTONIC

    def __init__(self) -> None:
        self.by = 0.0

    def clock_gettime(self, clock: int) -> float:
        return time.clock_gettime(clock) + self.by


class Clock:
    """The right time. That of SQLite stands still between two moves, but for a microsecond a look.

    It begins an hour before ``NINE``.
    """

    def __init__(self, url: str, elapsed: Elapsed) -> None:
        self._elapsed = elapsed
        self._now = NINE - HOUR
        self._by = self._now - datetime.now(UTC)
        self._shifted = None if url.startswith("sqlite") else ShiftedClock(url)
        self.url = self._shifted.url if self._shifted else url
        if self._shifted:
            self._shifted.shift(self._by)

    def now(self) -> datetime:
        """Return the database's time, as SQLite is given it."""
        if self._shifted:
            return datetime.now(UTC) + self._by
        self._now += timedelta(microseconds=1)
        return self._now

    def __call__(self) -> float:
        """Return Slack's time."""
        return self.now().timestamp()

    def shift(self, by: timedelta) -> None:
        """Let time pass, for the database, for Slack, and for every process that runs."""
        self._elapsed.by += by.total_seconds()
        self.misplace(by)

    def misplace(self, by: timedelta) -> None:
        """Let the clocks on the walls go on while a process notices nothing."""
        self._now += by
        self._by += by
        if self._shifted:
            self._shifted.shift(by)

    def set(self, moment: datetime) -> None:
        """Let time pass until a moment."""
        self.shift(moment - self.now())

"""The demo's clock: it goes as every clock does, and can be set forward to the next morning."""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

from bot.schedule import Timetable, next_occurrence

_MORNINGS = Timetable((time_of_day(9),), frozenset({1, 2, 3, 4}), "Asia/Seoul", "KR")
"""Of the story's digest, but for Mondays: the night before is one night."""
_NIGHT = timedelta(hours=17)


def opening(now: datetime) -> datetime:
    """Return the next afternoon that a morning with a digest follows."""
    return next_occurrence(0, _MORNINGS, now + _NIGHT).due - _NIGHT


class DemoClock:
    """What the bot, its database and both simulators take for the time."""

    def __init__(self, behind: timedelta = timedelta(0)) -> None:
        self._ahead = -behind.total_seconds()

    def time(self) -> float:
        """Return seconds of the epoch."""
        return time.time() + self._ahead

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.fromtimestamp(self.time(), UTC)

    def set(self, moment: datetime) -> None:
        """Go on from a moment; the clock never goes back."""
        self._ahead += max(0.0, (moment - self.now()).total_seconds())

"""What the clocks of a zone show, found by watching them, and when they are changed."""

import bisect
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
ZONES = sorted(zoneinfo.available_timezones())
PLACES = [zone for zone in ZONES if zone not in {"Factory", "localtime", "posixrules"}]
"""What people may name."""
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
"""The years of which every change of clocks is tested."""

_WATCHED = timedelta(hours=2, minutes=30)
"""Around a change the clocks are watched for every minute, and for every quarter hour beyond."""


def distinct_zones() -> dict[str, list[datetime]]:
    """One zone of each set whose clocks show the same at all times of the years, and its changes.

    Two zones are of one set if they start with the same offset, and change to the same offsets at
    the same moments: then no moment of these years tells them apart.
    """
    histories: dict[tuple[object, ...], tuple[str, list[datetime]]] = {}
    for zone in ZONES:
        key = zoneinfo.ZoneInfo(zone)
        changes = list(_changes(key))
        offsets = tuple((moment, _offset(key, moment)) for moment in (START, *changes))
        histories.setdefault(offsets, (zone, changes))
    return dict(histories.values())


class Watched:
    """The faces of a zone's clocks for some days around a change, each with when it was first."""

    def __init__(self, zone: str, change: datetime) -> None:
        self._key = zoneinfo.ZoneInfo(zone)
        touched = [self._face(change - MINUTE).date(), self._face(change).date()]
        self.days = [min(touched) - DAY, *sorted({*touched}), max(touched) + DAY]
        """The dates that the change touches, and one before and after."""
        self._first_shown: dict[datetime, datetime] = {}
        for moment in self._moments(change):
            self._first_shown.setdefault(self._face(moment), moment)
        self._faces = sorted(self._first_shown)

    def due(self, day: date, at: time) -> datetime:
        """Return when the clocks first show a time of a day, or where they skip it a later one."""
        wanted = datetime.combine(day, at)
        return self._first_shown[self._faces[bisect.bisect_left(self._faces, wanted)]]

    def _face(self, moment: datetime) -> datetime:
        return moment.astimezone(self._key).replace(tzinfo=None, fold=0)

    def _moments(self, change: datetime) -> Iterator[datetime]:
        moment, end = (change - 50 * HOUR).replace(minute=0), change + 50 * HOUR
        while moment < end:
            yield moment
            near = abs(moment - change) <= _WATCHED
            moment += MINUTE if near or moment.minute % 15 else QUARTER


def _changes(key: zoneinfo.ZoneInfo) -> Iterator[datetime]:
    """Yield the moments, to the minute, at which the offset changes; none lasts but two weeks."""
    low = START
    while low < END:
        high = low + 14 * DAY
        before, after = _offset(key, low), _offset(key, high)
        while before != after and high - low > MINUTE:
            middle = low + (high - low) // 2 // MINUTE * MINUTE
            low, high = (middle, high) if _offset(key, middle) == before else (low, middle)
        if before != after:
            yield high
        low = high


def _offset(key: zoneinfo.ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(key).utcoffset()

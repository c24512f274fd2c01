"""When a digest is due: pure calendar arithmetic over time zones.

A *schedule* says when and what; an *occurrence* is one of its moments, with an identity that
stays the same whoever computes it. The clock is an argument.
"""

import difflib
import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from bot.query import Query

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``date.weekday()``: Monday is 0."""

_ABBREVIATED = {"KST": "Asia/Seoul", "JST": "Asia/Tokyo"}
"""What people of the regions write; the tz database does not have them."""
_ABBREVIATION_MAX = 4
"""An abbreviation is spelled nearly as any other, and says nothing by that."""

DAY_GROUPS = {"daily": "mon-sun", "weekdays": "mon-fri", "weekend": "sat-sun"}

SEARCHED_DAYS = 9
"""Today, the same weekday in a week, and one more for a calendar that repeats a day."""


class Schedule(msgspec.Struct, frozen=True):
    """A digest's when, where and what."""

    id: str
    channels: tuple[str, ...]
    """Slack's channel ids."""
    time: time
    """By the wall clock of ``timezone``; whole minutes."""
    days: frozenset[int]
    """Weekdays, Monday 0 to Sunday 6; at least one."""
    timezone: str
    """A key of the tz database, such as ``Asia/Seoul``."""
    query: Query


class Occurrence(msgspec.Struct, frozen=True):
    """One moment of a schedule.

    Date and time are the ones asked for: where the clocks skip them, ``due`` reads differently.
    """

    schedule_id: str
    date: date
    time: time
    timezone: str
    due: datetime
    """Aware, in UTC."""

    @property
    def id(self) -> str:
        """A stable name: ``settings/2026-11-23T09:00/Asia/Seoul``."""
        wall = datetime.combine(self.date, self.time).isoformat(timespec="minutes")
        return f"{self.schedule_id}/{wall}/{self.timezone}"


def next_occurrence(schedule: Schedule, after: datetime) -> Occurrence:
    """Return the first occurrence that is due strictly after an aware moment.

    Each date of the calendar has one occurrence. A time that occurs twice runs the first time;
    one that the clocks skip runs at the first whole minute after the gap, also where the gap is a
    whole day. Should two occurrences become due together by that, only the later date runs.
    """
    zone = zoneinfo.ZoneInfo(schedule.timezone)
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=n) for n in range(SEARCHED_DAYS))
    occurrences = (
        _occurrence(schedule, day, zone) for day in days if day.weekday() in schedule.days
    )
    return min(
        (o for o in occurrences if o.due > after), key=lambda o: (o.due, -o.date.toordinal())
    )


def parse_time(text: str) -> time:
    """Return the time of day that ``09:00`` or ``9:00`` names; raise ValueError for others."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text.strip())
    if match:
        hour, minute = int(match[1]), int(match[2])
        if hour < 24 and minute < 60:  # noqa: PLR2004 - what a day and an hour have
            return time(hour, minute)
    raise ValueError(f'"{text}" is not a time of day: write 00:00 to 23:59, such as 09:00.')


def parse_days(text: str) -> frozenset[int]:
    """Return the weekdays that ``mon-fri``, ``mon,wed,fri``, ``daily`` and the like name.

    Case is ignored and a range may pass the week's end (``fri-mon``). Raises ValueError.
    """
    return frozenset(day for part in text.casefold().split(",") for day in _days(part.strip()))


def parse_timezone(text: str) -> str:
    """Return the name if the tz database knows it; raise ValueError with the nearest one if not."""
    name = text.strip()
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError, OSError):
        remedy = _zone_suggestion(name) or "Write a name of the tz database, such as Asia/Seoul."
        raise ValueError(f'"{text}" is not a known time zone. {remedy}') from None
    return name


def _occurrence(schedule: Schedule, day: date, zone: zoneinfo.ZoneInfo) -> Occurrence:
    due = _first_moment(datetime.combine(day, schedule.time), zone)
    return Occurrence(schedule.id, day, schedule.time, schedule.timezone, due)


def _first_moment(wall: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return when the clocks of the zone first show a naive time, or the next minute they show."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment
    # In a gap, fold 1 counts with the offset after it and so lies before it, fold 0 lies after it
    # (PEP 495): halve the way between the two down to the second at which the clocks jump.
    before, jumped = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    while seconds := (jumped - before) // timedelta(seconds=2):
        middle = before + timedelta(seconds=seconds)
        before, jumped = (middle, jumped) if _wall(middle, zone) < wall else (before, middle)
    # Old offsets had odd seconds: a gap may end within a minute.
    return jumped + timedelta(seconds=-_wall(jumped, zone).second % 60)


def _wall(moment: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _days(part: str) -> list[int]:
    first, dash, last = DAY_GROUPS.get(part, part).partition("-")
    start = _day(first.strip())
    end = _day(last.strip()) if dash else start
    return [(start + n) % 7 for n in range((end - start) % 7 + 1)]


def _day(name: str) -> int:
    if name in DAY_NAMES:
        return DAY_NAMES.index(name)
    near = difflib.get_close_matches(name, [*DAY_NAMES, *DAY_GROUPS], n=1, cutoff=0.5)
    hint = f'Did you mean "{near[0]}"? ' if near else ""
    raise ValueError(
        f'"{name}" is not a day. {hint}Write mon, tue, wed, thu, fri, sat, sun, a range such as'
        " mon-fri, several with commas, or daily, weekdays, weekend."
    )


def _zone_suggestion(name: str) -> str:
    """Return a question naming the nearest zone, by its whole name or by its city alone."""
    if zone := _ABBREVIATED.get(name.upper()):
        return f'Did you mean "{zone}"?'
    if len(name) <= _ABBREVIATION_MAX:
        return ""
    zones = sorted(zoneinfo.available_timezones())
    known = {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    known |= {zone.casefold(): zone for zone in zones}
    near = difflib.get_close_matches(name.casefold().replace(" ", "_"), known, n=1)
    return f'Did you mean "{known[near[0]]}"?' if near else ""

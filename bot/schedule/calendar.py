"""When a digest is due: pure calendar arithmetic over time zones.

A *timetable* says when; an *occurrence* is one of its moments, with an identity that stays the
same whoever computes it. The clock is an argument.
"""

import itertools
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from bot.errors import ScheduleError
from bot.schedule.public_holidays import public_holidays
from bot.schedule.values import Occurrence, Schedule, Timetable

SEARCHED_DAYS = 366
"""No country's holidays take the same weekday, week after week, for as long as that."""

MISSED_MAX = 1000
"""Occurrences missed beyond it are not counted: who was away for years is told 1000+."""

_INSTANT = timedelta(microseconds=1)


class Plan(msgspec.Struct, frozen=True):
    """What to do about a schedule that has come due."""

    deliver: Occurrence | None
    """The latest, where it is within the grace."""
    skipped: Occurrence | None
    """The latest of the others."""
    missed: int
    """How many are skipped; ``MISSED_MAX`` stands for that many or more."""
    next_due: datetime
    """Aware, in UTC; strictly after now."""


def next_occurrence(schedule_id: int, timetable: Timetable, after: datetime) -> Occurrence:
    """Return the first occurrence that is due strictly after an aware moment.

    Each date of the calendar has one occurrence for each time of day, unless it is a holiday. A
    time that occurs twice runs the first time; one that the clocks skip runs at the first whole
    minute after the gap, also where the gap is a whole day. Of several that become due together
    by that, only the latest runs. Raises ``ScheduleError`` for a timetable that has none in
    ``SEARCHED_DAYS``.
    """
    found = next(_after(schedule_id, timetable, after, SEARCHED_DAYS), None)
    if found is None:
        raise ScheduleError(
            "This digest would never run: no day that it asks for is a working day.",
            "Choose more days, or do not skip holidays.",
            field="days",
        )
    return found


def late_occurrences(
    schedule_id: int,
    timetable: Timetable,
    first_due: datetime,
    now: datetime,
    limit: int = MISSED_MAX,
) -> list[Occurrence]:
    """Return the first ``limit`` of those due from ``first_due`` to ``now``, both included."""
    days = (now - first_due).days + SEARCHED_DAYS
    found = _after(schedule_id, timetable, first_due - _INSTANT, days)
    late = itertools.takewhile(lambda occurrence: occurrence.due <= now, found)
    return list(itertools.islice(late, limit))


def plan(schedule: Schedule, now: datetime) -> Plan:
    """Return what of the schedule is to be delivered now, what is skipped, and what comes next.

    Everything due from ``schedule.next_due`` on is undone. A paused schedule, which has no
    ``next_due``, has no plan: ValueError.
    """
    first = schedule.next_due
    if first is None:
        raise ValueError("a paused schedule has no plan")
    if first > now:
        return Plan(None, None, 0, first)
    worth = now - timedelta(seconds=schedule.grace)
    timetable = schedule.timetable
    deliver = _last(schedule.id, timetable, max(first, worth), now)
    before = deliver.due - _INSTANT if deliver else now
    skipped = _last(schedule.id, timetable, first, before)
    return Plan(
        deliver=deliver,
        skipped=skipped,
        missed=len(late_occurrences(schedule.id, timetable, first, skipped.due)) if skipped else 0,
        next_due=next_occurrence(schedule.id, timetable, now).due,
    )


def first_moment(wall: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
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


def _after(
    schedule_id: int, timetable: Timetable, moment: datetime, days: int
) -> Iterator[Occurrence]:
    """Yield the occurrences that are due strictly after a moment, of so many days at most.

    Of several that become due together, the latest.
    """
    zone = zoneinfo.ZoneInfo(timetable.timezone)
    today = moment.astimezone(zone).date()
    dates = (today + timedelta(days=n) for n in range(days))
    occurrences = (o for day in dates for o in _on(schedule_id, timetable, day, zone))
    for due, together in itertools.groupby(occurrences, key=lambda occurrence: occurrence.due):
        if due > moment:
            yield list(together)[-1]


def _last(
    schedule_id: int, timetable: Timetable, earliest: datetime, latest: datetime
) -> Occurrence | None:
    """Return the latest occurrence between two moments, both included."""
    zone = zoneinfo.ZoneInfo(timetable.timezone)
    # Clocks that go back over midnight have shown a part of tomorrow already.
    tomorrow = latest.astimezone(zone).date() + timedelta(days=1)
    for n in range(SEARCHED_DAYS):
        for occurrence in reversed(_on(schedule_id, timetable, tomorrow - timedelta(days=n), zone)):
            if occurrence.due <= latest:
                return occurrence if occurrence.due >= earliest else None
    return None


def _on(
    schedule_id: int, timetable: Timetable, day: date, zone: zoneinfo.ZoneInfo
) -> list[Occurrence]:
    """Return the occurrences of one date, earliest first."""
    if day.weekday() not in timetable.days or _is_holiday(timetable, day):
        return []
    return [
        Occurrence(
            schedule_id, day, at, timetable.timezone, first_moment(datetime.combine(day, at), zone)
        )
        for at in timetable.times
    ]


def _is_holiday(timetable: Timetable, day: date) -> bool:
    return timetable.holidays is not None and day in public_holidays(timetable.holidays, day.year)


def _wall(moment: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)

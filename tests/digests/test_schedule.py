"""When an occurrence is due, against an oracle that only looks at clocks."""

import bisect
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.query import Query
from bot.schedule import Occurrence, Schedule, next_occurrence

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
DAILY = frozenset(range(7))
QUARTER_HOURS = [time(n // 4, n % 4 * 15) for n in range(96)]
ZONES = sorted(zoneinfo.available_timezones())


def schedule(zone: str, at: time, days: frozenset[int] = DAILY) -> Schedule:
    return Schedule("settings", ("C1",), at, days, zone, Query())


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(occurrence: Occurrence) -> str:
    """What the clocks of the zone show when it is due."""
    shown = occurrence.due.astimezone(zoneinfo.ZoneInfo(occurrence.timezone))
    return shown.strftime("%Y-%m-%d %H:%M:%S")


def run(plan: Schedule, after: datetime, count: int) -> list[Occurrence]:
    found: list[Occurrence] = []
    for _ in range(count):
        found.append(next_occurrence(plan, found[-1].due if found else after))
    return found


def test_an_occurrence_has_a_name_that_tells_when() -> None:
    occurrence = next_occurrence(schedule("Asia/Seoul", time(9)), utc("2026-11-22T12:00"))
    assert occurrence.id == "settings/2026-11-23T09:00/Asia/Seoul"
    assert occurrence.due == utc("2026-11-23T00:00")
    assert occurrence.due.tzinfo is UTC


def test_the_next_one_is_strictly_after() -> None:
    plan = schedule("Asia/Seoul", time(9))
    due = utc("2026-11-23T00:00")
    assert next_occurrence(plan, due - timedelta(microseconds=1)).due == due
    assert next_occurrence(plan, due).due == due + DAY


def test_after_may_be_given_in_any_zone() -> None:
    plan = schedule("Asia/Seoul", time(9))
    after = utc("2026-11-22T23:59").astimezone(zoneinfo.ZoneInfo("America/New_York"))
    assert next_occurrence(plan, after).due == utc("2026-11-23T00:00")


def test_only_the_days_asked_for_occur() -> None:
    plan = schedule("Asia/Seoul", time(9), frozenset({0, 4}))
    dates = [o.date for o in run(plan, utc("2026-11-21T00:00"), 4)]
    assert dates == [date(2026, 11, d) for d in (23, 27, 30)] + [date(2026, 12, 4)]


def test_a_weekly_one_waits_a_whole_week() -> None:
    plan = schedule("Asia/Seoul", time(9), frozenset({0}))
    assert next_occurrence(plan, utc("2026-11-23T00:00")).date == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("zone", "at", "day", "shown"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "02:00", "2026-03-29", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "01:59", "2026-03-29", "2026-03-29 01:59:00"),
        ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04 01:00:00"),  # at midnight
        ("Africa/Cairo", "00:45", "2026-04-24", "2026-04-24 01:00:00"),  # at midnight
        ("America/Scoresbysund", "23:30", "2026-03-28", "2026-03-29 00:00:00"),  # into the next day
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-04 02:30:00"),  # half an hour
        ("Antarctica/Troll", "02:15", "2026-03-29", "2026-03-29 03:00:00"),  # two hours
        ("Africa/Monrovia", "00:10", "1972-01-07", "1972-01-07 00:45:00"),  # up to 00:44:30
        ("Africa/Monrovia", "00:44", "1972-01-07", "1972-01-07 00:45:00"),
        ("Asia/Pyongyang", "23:45", "2018-05-04", "2018-05-05 00:00:00"),
        ("Pacific/Apia", "09:00", "2011-12-30", "2011-12-31 00:00:00"),  # a whole day
        ("Pacific/Kwajalein", "09:00", "1993-08-21", "1993-08-22 00:00:00"),
        ("Pacific/Kiritimati", "09:00", "1994-12-31", "1995-01-01 00:00:00"),
    ],
)
def test_a_time_that_is_skipped_runs_at_the_first_minute_after(
    zone: str, at: str, day: str, shown: str
) -> None:
    before = utc(day) - 2 * DAY
    found = {o.date.isoformat(): o for o in run(schedule(zone, time.fromisoformat(at)), before, 5)}
    assert wall(found[day]) == shown
    assert found[day].id == f"settings/{day}T{at}/{zone}"


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("Europe/Berlin", time(2, 30), "2026-10-25T00:30"),
        ("Australia/Lord_Howe", time(1, 45), "2026-04-04T14:45"),
        ("America/Havana", time(0, 30), "2026-11-01T04:30"),  # back to midnight
        ("America/Juneau", time(9), "1867-10-18T17:57:41"),  # a whole day, twice
    ],
)
def test_a_time_that_occurs_twice_runs_the_first_time_alone(zone: str, at: time, due: str) -> None:
    moment = utc(due)
    found = run(schedule(zone, at), moment - MINUTE, 2)
    assert found[0].due == moment
    assert found[1].date == found[0].date + DAY


def test_a_weekly_one_is_found_beyond_a_day_that_the_calendar_repeats() -> None:
    """Alaska went back a day on Saturday, 19 October 1867, after that day's 09:00."""
    plan = schedule("America/Juneau", time(9), frozenset({5}))
    assert next_occurrence(plan, utc("1867-10-19T03:00")).date == date(1867, 10, 26)


def test_of_two_that_become_due_together_the_later_date_runs() -> None:
    """Samoa had no 30 December 2011: its midnight and the next one are the same moment."""
    found = run(schedule("Pacific/Apia", time(0)), utc("2011-12-29T00:00"), 3)
    assert [o.date.day for o in found] == [29, 31, 1]


def test_around_every_clock_change_of_every_zone_the_oracle_agrees() -> None:
    for zone, changes in distinct_zones().items():
        for change in changes[::3]:  # every third: forward and back by turns, in under 3 seconds
            assert_like_the_clocks(zone, change)


@given(
    zone=st.sampled_from(ZONES),
    at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    after=st.datetimes(datetime(1970, 1, 8), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by hypothesis' rule
)
def test_occurrences_follow_each_other_without_a_gap_or_a_repetition(
    zone: str, at: time, days: frozenset[int], after: datetime
) -> None:
    plan = schedule(zone, at, days)
    first, second = run(plan, after, 2)
    assert after < first.due < second.due
    assert first.date < second.date
    assert {first.date.weekday(), second.date.weekday()} <= days
    assert next_occurrence(plan, first.due - timedelta(microseconds=1)) == first
    assert next_occurrence(plan, second.due - timedelta(microseconds=1)) == second


def assert_like_the_clocks(zone: str, change: datetime) -> None:
    """Compare the quarter hours of the days touched by a change with what the clocks show."""
    margin = timedelta(hours=26)
    first_shown = clock_faces(zone, change - margin, change + margin)
    shown = sorted(first_shown)
    touched = {(change + d).astimezone(zoneinfo.ZoneInfo(zone)).date() for d in (-MINUTE, MINUTE)}
    for day in touched:
        for at in QUARTER_HOURS:
            expected = first_shown[shown[bisect.bisect_left(shown, datetime.combine(day, at))]]
            plan = schedule(zone, at, frozenset({day.weekday()}))
            found = next_occurrence(plan, expected - MINUTE)
            assert (found.date, found.due) == (day, expected), (zone, day, at)


def clock_faces(zone: str, start: datetime, end: datetime) -> dict[datetime, datetime]:
    """Watch the clocks of a zone for each minute of UTC: what they show -> when first."""
    faces: dict[datetime, datetime] = {}
    key = zoneinfo.ZoneInfo(zone)
    moment = start.replace(second=0)
    while moment < end:
        faces.setdefault(moment.astimezone(key).replace(tzinfo=None, fold=0), moment)
        moment += MINUTE
    return faces


def distinct_zones() -> dict[str, list[datetime]]:
    """One zone of each set that changes its clocks alike in 2025 to 2035, and when it does."""
    histories: dict[tuple[object, ...], tuple[str, list[datetime]]] = {}
    for zone in ZONES:
        key = zoneinfo.ZoneInfo(zone)
        changes = list(clock_changes(key))
        offsets = tuple((c, (c - MINUTE).astimezone(key).utcoffset()) for c in changes)
        histories.setdefault(offsets, (zone, changes))
    return dict(histories.values())


def clock_changes(key: zoneinfo.ZoneInfo) -> Iterator[datetime]:
    """Yield the moments, to the minute, between 2025 and 2035 at which the offset changes."""
    step = timedelta(days=6)
    start, end = utc("2025-01-01"), utc("2036-01-01")
    while start < end:
        low, high = start, start + step
        if low.astimezone(key).utcoffset() != high.astimezone(key).utcoffset():
            while high - low > MINUTE:
                middle = low + (high - low) // 2 // MINUTE * MINUTE
                same = middle.astimezone(key).utcoffset() == low.astimezone(key).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            yield high
        start += step

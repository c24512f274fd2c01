"""When an occurrence is due, against an oracle that only looks at clocks."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ScheduleError
from bot.schedule import Occurrence, Timetable, late_occurrences, next_occurrence
from tests.schedule.clocks import DAY, MINUTE, ZONES, Watched, distinct_zones

DAILY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
QUARTER_HOURS = [time(n // 4, n % 4 * 15) for n in range(96)]
INSTANT = timedelta(microseconds=1)
times_of_day = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def timetable(
    zone: str, *times: time, days: frozenset[int] = DAILY, holidays: str | None = None
) -> Timetable:
    return Timetable(times, days, zone, holidays)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(occurrence: Occurrence) -> str:
    """What the clocks of the zone show when it is due."""
    shown = occurrence.due.astimezone(zoneinfo.ZoneInfo(occurrence.timezone))
    return shown.strftime("%Y-%m-%d %H:%M:%S")


def run(when: Timetable, after: datetime, count: int) -> list[Occurrence]:
    found: list[Occurrence] = []
    for _ in range(count):
        found.append(next_occurrence(3, when, found[-1].due if found else after))
    return found


def test_an_occurrence_has_a_name_that_tells_when() -> None:
    occurrence = next_occurrence(3, timetable("Asia/Seoul", time(9)), utc("2026-11-22T12:00"))
    assert occurrence.id == "3/2026-11-23T09:00/Asia/Seoul"
    assert occurrence.due == utc("2026-11-23T00:00")
    assert occurrence.due.tzinfo is UTC


def test_the_next_one_is_strictly_after() -> None:
    when = timetable("Asia/Seoul", time(9))
    due = utc("2026-11-23T00:00")
    assert next_occurrence(3, when, due - timedelta(microseconds=1)).due == due
    assert next_occurrence(3, when, due).due == due + DAY


def test_after_may_be_given_in_any_zone() -> None:
    when = timetable("Asia/Seoul", time(9))
    after = utc("2026-11-22T23:59").astimezone(zoneinfo.ZoneInfo("America/New_York"))
    assert next_occurrence(3, when, after).due == utc("2026-11-23T00:00")


def test_only_the_days_asked_for_occur() -> None:
    when = timetable("Asia/Seoul", time(9), days=frozenset({0, 4}))
    dates = [o.date for o in run(when, utc("2026-11-21T00:00"), 4)]
    assert dates == [date(2026, 11, d) for d in (23, 27, 30)] + [date(2026, 12, 4)]


def test_a_weekly_one_waits_a_whole_week() -> None:
    when = timetable("Asia/Seoul", time(9), days=frozenset({0}))
    assert next_occurrence(3, when, utc("2026-11-23T00:00")).date == date(2026, 11, 30)


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
    found = {o.date.isoformat(): o for o in run(timetable(zone, time.fromisoformat(at)), before, 5)}
    assert wall(found[day]) == shown
    assert found[day].id == f"3/{day}T{at}/{zone}"


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
    found = run(timetable(zone, at), moment - MINUTE, 2)
    assert found[0].due == moment
    assert found[1].date == found[0].date + DAY


def test_a_weekly_one_is_found_beyond_a_day_that_the_calendar_repeats() -> None:
    """Alaska went back a day on Saturday, 19 October 1867, after that day's 09:00."""
    when = timetable("America/Juneau", time(9), days=frozenset({5}))
    assert next_occurrence(3, when, utc("1867-10-19T03:00")).date == date(1867, 10, 26)


def test_of_two_that_become_due_together_the_later_date_runs() -> None:
    """Samoa had no 30 December 2011: its midnight and the next one are the same moment."""
    found = run(timetable("Pacific/Apia", time(0)), utc("2011-12-29T00:00"), 3)
    assert [o.date.day for o in found] == [29, 31, 1]


def test_around_every_clock_change_of_every_zone_each_day_has_one_at_the_first_moment() -> None:
    """Every zone, every change from 2025 to 2035, every quarter hour of the days around it.

    Zones that no moment of these years tells apart are tested as one.
    """
    for zone, changes in distinct_zones().items():
        for change in changes:
            watched = Watched(zone, change)
            for at in QUARTER_HOURS:
                yesterday, *expected = [(day, watched.due(day, at)) for day in watched.days]
                found = run(Timetable((at,), DAILY, zone), yesterday[1], len(expected))
                assert [(o.date, o.due) for o in found] == expected, (zone, at)


@given(
    zone=st.sampled_from(ZONES),
    at=times_of_day,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    after=st.datetimes(datetime(1970, 1, 8), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by hypothesis' rule
)
def test_occurrences_follow_each_other_without_a_gap_or_a_repetition(
    zone: str, at: time, days: frozenset[int], after: datetime
) -> None:
    when = timetable(zone, at, days=days)
    first, second = run(when, after, 2)
    assert after < first.due < second.due
    assert first.date < second.date
    assert {first.date.weekday(), second.date.weekday()} <= days
    assert next_occurrence(3, when, first.due - timedelta(microseconds=1)) == first
    assert next_occurrence(3, when, second.due - timedelta(microseconds=1)) == second


@given(
    zone=st.sampled_from(ZONES),
    times=st.sets(times_of_day, min_size=2, max_size=5),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    after=st.datetimes(datetime(2015, 1, 8), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by hypothesis' rule
)
def test_several_times_a_day_run_as_each_of_them_would(
    zone: str, times: set[time], days: frozenset[int], after: datetime
) -> None:
    """Of those that a gap makes due together, only the latest runs."""
    alone = [o for at in times for o in run(timetable(zone, at, days=days), after, 4)]
    alone.sort(key=lambda o: (o.due, o.date, o.time))
    last_of_each_moment = list({o.due: o for o in alone}.values())
    found = run(timetable(zone, *sorted(times), days=days), after, 4)
    assert found == last_of_each_moment[:4]


def test_of_several_times_in_a_gap_the_latest_runs_once() -> None:
    when = timetable("Europe/Berlin", time(2), time(2, 30), time(3), time(9))
    found = run(when, utc("2026-03-28T12:00"), 3)
    assert [(o.date.day, o.time) for o in found] == [(29, time(3)), (29, time(9)), (30, time(2))]


def test_a_public_holiday_has_no_occurrence() -> None:
    when = timetable("Asia/Seoul", time(9), time(17), days=WEEKDAYS, holidays="KR")
    found = run(when, utc("2026-09-23T12:00"), 3)
    assert [(o.date, o.time) for o in found] == [  # Chuseok is 24 to 26 September
        (date(2026, 9, 28), time(9)),
        (date(2026, 9, 28), time(17)),
        (date(2026, 9, 29), time(9)),
    ]


def test_a_holiday_is_one_by_the_date_that_was_asked_for() -> None:
    """The gap moves Saturday's occurrence to Sunday, which is no reason to leave it out."""
    when = timetable("America/Scoresbysund", time(23, 30), holidays="GL")
    days = [o.date for o in run(when, utc("2027-03-25T12:00"), 4)]
    assert days == [date(2027, 3, d) for d in (27, 30, 31)] + [date(2027, 4, 1)]


def test_holidays_of_the_next_year_count_before_it_begins() -> None:
    when = timetable("Asia/Seoul", time(9), days=frozenset({4}), holidays="KR")
    assert next_occurrence(3, when, utc("2026-12-18T12:00")).date == date(2027, 1, 8)


def test_a_weekly_one_is_found_beyond_several_holidays() -> None:
    when = timetable("Asia/Seoul", time(9), days=frozenset({0}), holidays="KR")
    mondays = [o.date for o in run(when, utc("2027-02-01T12:00"), 2)]
    assert mondays == [date(2027, 2, 15), date(2027, 2, 22)]  # the 8th stands in for the 7th


def test_one_day_a_week_is_found_however_many_holidays_a_country_has() -> None:
    for country, year in (("SE", 2026), ("IN", 2036), ("LK", 2030), ("JP", 2030)):
        for day in range(7):
            when = timetable("UTC", time(9), days=frozenset({day}), holidays=country)
            assert next_occurrence(3, when, utc(f"{year}-01-01T00:00")).date.weekday() == day


def test_a_country_that_is_not_known_any_more_has_no_holidays() -> None:
    when = timetable("UTC", time(9), holidays="XX")
    assert next_occurrence(3, when, utc("2026-12-24T12:00")).date == date(2026, 12, 25)


def test_a_timetable_without_a_day_is_refused_and_not_searched_for_ever() -> None:
    with pytest.raises(ScheduleError, match="never run") as caught:
        next_occurrence(3, timetable("UTC", time(9), days=frozenset()), utc("2026-01-01T00:00"))
    assert caught.value.field == "days"


def test_late_occurrences_are_those_between_two_moments_both_included() -> None:
    when = timetable("Asia/Seoul", time(9))
    first = utc("2026-11-23T00:00")
    late = late_occurrences(3, when, first, first + 2 * DAY)
    assert [o.due for o in late] == [first, first + DAY, first + 2 * DAY]
    assert late_occurrences(3, when, first, first + 2 * DAY, limit=2) == late[:2]
    assert late_occurrences(3, when, first, first - INSTANT) == []


def test_nothing_but_a_timetable_with_holidays_loads_their_package() -> None:
    """It takes nearly half a second."""
    code = (
        "import sys, datetime as d, bot.schedule as s;"
        "s.parse_country('South Korea'); s.countries();"
        "t = s.Timetable((d.time(9),), frozenset({1}), 'UTC');"
        "s.next_occurrence(1, t, d.datetime.now(d.UTC));"
        "assert 'holidays' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words

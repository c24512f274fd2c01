"""When on-call is called: lengths of time, working hours, and what is due."""

from datetime import UTC, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.escalating import (
    CardPost,
    WorkingHours,
    escalation_due,
    parse_duration,
    parse_working_hours,
    working_time,
)
from bot.oncall.values import Claim, Proposal, Settled, Snooze, Triage, Underway
from tests.schedule.clocks import PLACES

WEEKDAYS = frozenset(range(5))
DAILY = frozenset(range(7))
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(first: str, last: str) -> st.SearchStrategy[datetime]:
    bounds = (datetime.fromisoformat(text) for text in (first, last))
    return st.datetimes(*bounds, timezones=st.just(UTC))


# ---- lengths of time


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("24h", timedelta(hours=24)),
        ("90m", timedelta(minutes=90)),
        ("30s", timedelta(seconds=30)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1.5h", timedelta(minutes=90)),
        (".5d", timedelta(hours=12)),
        (" 2 H ", timedelta(hours=2)),
        ("\uff12\uff14\uff48", timedelta(hours=24)),
        ("1s", timedelta(seconds=1)),
        ("365d", timedelta(days=365)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    assert parse_duration(text) == meant


@pytest.mark.parametrize("text", ["", "h", "24", "24x", "1h30m", "-1h", "1e3h", "1,5h", "nanh"])
def test_what_is_no_length_of_time_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a length of time\. Write a number and s \(sec"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "how"),
    [("0h", "short"), ("0.5s", "short"), ("366d", "long"), ("999999999w", "long")],
)
def test_nobody_waits_for_no_time_or_more_than_a_year(text: str, how: str) -> None:
    with pytest.raises(ValueError, match=f'^"{text}" is too {how}. Write 1s to 365d, such as'):
        parse_duration(text)


@given(st.integers(1, 365 * 86_400))
def test_every_number_of_seconds_can_be_written(seconds: int) -> None:
    assert parse_duration(f"{seconds}s") == timedelta(seconds=seconds)


# ---- working hours


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mon-fri 09:00-18:00", WorkingHours(WEEKDAYS, time(9), time(18), "Asia/Seoul")),
        ("weekdays 9:00-18:00 UTC", WorkingHours(WEEKDAYS, time(9), time(18), "UTC")),
        ("Mon, wed 09:30 - 12:15 Europe/Berlin",
         WorkingHours(frozenset({0, 2}), time(9, 30), time(12, 15), "Europe/Berlin")),
        ("fri-mon 22:00\u201306:00",
         WorkingHours(frozenset({4, 5, 6, 0}), time(22), time(6), "Asia/Seoul")),
        ("daily 00:00-24:00", WorkingHours(DAILY, time(0), time(0), "Asia/Seoul")),
        ("\uff4don\uff0dfri \uff10\uff19:00\uff5e18:00",
         WorkingHours(WEEKDAYS, time(9), time(18), "Asia/Seoul")),
    ],
)  # fmt: skip
def test_working_hours_are_days_times_and_perhaps_a_zone(text: str, meant: WorkingHours) -> None:
    assert parse_working_hours(text, "Asia/Seoul") == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", '"" are no working hours. Write days, from when to when, and perhaps a time zone'),
        ("mon-fri", "such as mon-fri 09:00-18:00 Asia/Seoul."),
        ("09:00-18:00", "Write days"),
        ("mon-fri 9-18", "Write days"),
        ("mon-fry 09:00-18:00", '"fry" is not a day. Did you mean "fri"?'),
        ("mon 09:00-25:00", '"25:00" is not a time of day.'),
        ("mon 24:00-09:00", '"24:00" is not a time of day.'),
        ("mon 09:00-18:00 Asia/Soul", 'Did you mean "Asia/Seoul"?'),
        ("mon 09:00-18:00 KST", 'Did you mean "Asia/Seoul"?'),
        ("mon 09:00-09:00", "begin when they end. For whole days write 00:00-24:00."),
        ("mon 00:00-00:00", "begin when they end. For whole days write 00:00-24:00."),
    ],
)
def test_what_are_no_working_hours_is_told_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\.") as caught:
        parse_working_hours(text, "Asia/Seoul")
    assert said in str(caught.value)


# ---- working time


BERLIN = parse_working_hours("mon-fri 09:00-18:00 Europe/Berlin", "UTC")


@pytest.mark.parametrize(
    ("since", "until", "worked"),
    [
        ("2026-11-23T08:00", "2026-11-23T17:00", 9 * HOUR),  # Monday, in Berlin 9:00 to 18:00
        ("2026-11-23T08:30", "2026-11-23T08:45", HOUR / 4),
        ("2026-11-23T07:00", "2026-11-23T08:00", 0 * HOUR),  # before work
        ("2026-11-20T16:00", "2026-11-23T09:00", 2 * HOUR),  # over a weekend
        ("2026-11-21T00:00", "2026-11-22T23:00", 0 * HOUR),  # a weekend
        ("2026-11-23T00:00", "2026-11-30T00:00", 45 * HOUR),
        ("2026-11-23T09:00", "2026-11-23T09:00", 0 * HOUR),
        ("2026-11-23T10:00", "2026-11-23T09:00", 0 * HOUR),  # not yet
        ("2026-03-27T16:00", "2026-03-30T08:00", 2 * HOUR),  # summer time begins meanwhile
        ("2026-10-23T15:00", "2026-10-26T09:00", 2 * HOUR),  # and ends
    ],
)
def test_waiting_counts_in_working_hours_alone(since: str, until: str, worked: timedelta) -> None:
    assert working_time(utc(since), utc(until), BERLIN) == worked


@pytest.mark.parametrize(
    ("hours", "day", "worked"),
    [
        ("sun 01:00-05:00", "2026-03-29", 3 * HOUR),  # clocks go from 2 to 3
        ("sun 02:15-02:45", "2026-03-29", 0 * HOUR),  # which nobody has
        ("sun 02:30-05:00", "2026-03-29", 2 * HOUR),
        ("sun 01:00-05:00", "2026-10-25", 5 * HOUR),  # clocks go back from 3 to 2
        ("sun 02:30-05:00", "2026-10-25", 3.5 * HOUR),  # from the first half past two
        ("sun 01:00-02:30", "2026-10-25", 1.5 * HOUR),  # to it
        ("sun 00:00-24:00", "2026-10-25", 25 * HOUR),
        ("sat 22:00-06:00", "2026-03-29", 7 * HOUR),
        ("sun 22:00-06:00", "2026-03-29", 8 * HOUR),
    ],
)
def test_working_hours_last_as_long_as_they_really_do(
    hours: str, day: str, worked: timedelta
) -> None:
    read = parse_working_hours(hours, "Europe/Berlin")
    noon = utc(f"{day}T12:00")
    assert working_time(noon - 36 * HOUR, noon + 36 * HOUR, read) == worked


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    friday_nights = parse_working_hours("fri 22:00-06:00 UTC", "UTC")
    assert working_time(utc("2026-11-28T05:00"), utc("2026-11-28T12:00"), friday_nights) == HOUR
    assert working_time(utc("2026-11-27T00:00"), utc("2026-11-27T06:00"), friday_nights) == 0 * HOUR


def test_a_day_that_has_begun_before_the_clocks_go_back_over_midnight_counts() -> None:
    """In Newfoundland clocks went back at 00:01, to 23:01 of the day before, until 2011."""
    sundays = parse_working_hours("sun 00:00-24:00 America/St_Johns", "UTC")
    went_back = utc("2006-10-29T02:31")
    assert working_time(went_back - HOUR, went_back + HOUR / 4, sundays) == HOUR * 16 / 60


@given(moments("1971-01-01", "2099-01-01"), moments("1971-01-01", "2099-01-01"))
def test_without_hours_all_time_counts(since: datetime, until: datetime) -> None:
    assert working_time(since, until, None) == max(until - since, timedelta())


@given(
    moments("1995-01-01", "2035-01-01"),
    moments("1995-01-01", "2035-01-01"),
    st.sampled_from(PLACES),
)
def test_hours_of_all_days_and_nights_are_all_time_in_every_zone(
    since: datetime, until: datetime, zone: str
) -> None:
    always = WorkingHours(DAILY, time(0), time(0), zone)
    assert working_time(since, until, always) == max(until - since, timedelta())


hours_of_a_week = st.builds(
    WorkingHours,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([time(6), time(9), time(22, 30)]),
    st.sampled_from([time(5), time(12, 15), time(18)]),
    st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
)
"""No clocks of these zones are changed at a time at which the hours begin or end."""


def clocks_show_work(moment: datetime, hours: WorkingHours) -> bool:
    """Tell by looking at the clock on the wall and the calendar beside it."""
    local = moment.astimezone(ZoneInfo(hours.timezone))
    yesterday = (local.weekday() - 1) % 7 in hours.days
    today = local.weekday() in hours.days
    if hours.start < hours.end:
        return today and hours.start <= local.time() < hours.end
    return (today and local.time() >= hours.start) or (yesterday and local.time() < hours.end)


@given(moments("2026-01-01", "2027-01-01"), st.integers(0, 15 * 96), hours_of_a_week)
def test_working_time_is_what_the_clocks_on_the_wall_show(
    start: datetime, quarters: int, hours: WorkingHours
) -> None:
    since = start.replace(minute=0, second=0, microsecond=0)
    shown = [since + n * HOUR / 4 for n in range(quarters)]
    worked = sum(clocks_show_work(moment, hours) for moment in shown) * HOUR / 4
    assert working_time(since, since + quarters * HOUR / 4, hours) == worked


@given(st.tuples(*[moments("1990-01-01", "2060-01-01")] * 3).map(sorted), hours_of_a_week)
def test_working_time_adds_up_over_years(three: list[datetime], hours: WorkingHours) -> None:
    first, second, third = three
    parts = working_time(first, second, hours) + working_time(second, third, hours)
    assert parts == working_time(first, third, hours)


def test_an_image_that_waits_for_twenty_years_takes_no_time_to_count() -> None:
    since = utc("2006-01-01")
    began = process_time()
    worked = [working_time(since, utc("2026-01-01") + n * HOUR, BERLIN) for n in range(2_000)]
    assert process_time() - began < 5  # a step for each day of them would take a minute
    assert worked == sorted(worked)


# ---- what is due

NOW = utc("2026-11-26T12:00")
POST = CardPost("C1", "1.0", NOW - 24 * HOUR, 0, None)
UNDO = NOW + HOUR


def due(
    post: CardPost = POST, triage: Triage | None = None, *, again: timedelta | None = 24 * HOUR
) -> int | None:
    untouched = Triage() if triage is None else triage
    return escalation_due(post, untouched, NOW, after=24 * HOUR, again=again, hours=None)


def escalated(times: int, ago: timedelta) -> CardPost:
    return msgspec.structs.replace(
        POST, since=NOW - 99 * HOUR, escalations=times, escalated_at=NOW - ago
    )


def test_the_first_call_is_due_when_an_image_has_waited_so_long() -> None:
    assert due() == 1
    later = msgspec.structs.replace(POST, since=POST.since + timedelta(seconds=1))
    assert due(later) is None


@pytest.mark.parametrize(
    ("times", "ago", "number"),
    [(1, 23 * HOUR, None), (1, 24 * HOUR, 2), (2, 25 * HOUR, 3), (2, HOUR, None)],
)
def test_the_next_call_is_due_so_long_after_the_one_before(
    times: int, ago: timedelta, number: int | None
) -> None:
    assert due(escalated(times, ago)) == number


def test_where_nobody_is_to_be_called_again_one_call_is_all() -> None:
    assert due(again=None) == 1
    assert due(escalated(1, 99 * HOUR), again=None) is None


@pytest.mark.parametrize(
    "triage",
    [
        Triage(claim=Claim("U1", NOW)),
        Triage(snooze=Snooze(NOW + HOUR, "U1", NOW)),
        Triage(underway=Underway("accepted", "U1", NOW)),
        Triage(settled=Settled(decision=1, status="accepted", by="U1", at=NOW, undo_until=UNDO)),
    ],
)
def test_nobody_is_called_for_what_somebody_does_something_about(triage: Triage) -> None:
    assert due(triage=triage) is None
    assert due(escalated(1, 99 * HOUR), triage) is None


@pytest.mark.parametrize(
    "triage",
    [
        Triage(snooze=Snooze(NOW, "U1", NOW - HOUR)),  # just over
        Triage(proposal=Proposal("U1", NOW)),  # another has to agree
        Triage(notes=3, round=2),
        Triage(
            settled=Settled(  # SCP lists it as pending still: somebody made it so again
                decision=1, status="rejected", by="U1", at=NOW - HOUR, undo_until=UNDO
            )
        ),
    ],
)
def test_everything_else_has_to_be_looked_after(triage: Triage) -> None:
    assert due(triage=triage) == 1


def test_with_working_hours_a_night_is_no_waiting() -> None:
    post = CardPost("C1", "1.0", utc("2026-11-26T16:00"), 0, None)  # 17:00 in Berlin

    def due_at(text: str, post: CardPost = post) -> int | None:
        return escalation_due(post, Triage(), utc(text), after=2 * HOUR, again=HOUR, hours=BERLIN)

    assert due_at("2026-11-27T08:59") is None
    assert due_at("2026-11-27T09:00") == 1
    again = msgspec.structs.replace(post, escalations=1, escalated_at=utc("2026-11-27T16:30"))
    assert due_at("2026-11-30T08:29", again) is None
    assert due_at("2026-11-30T08:30", again) == 2

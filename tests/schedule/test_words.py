"""What may be written in the settings for times, days and time zones."""

from collections.abc import Callable
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import (
    DAY_NAMES,
    NotUnderstood,
    days_text,
    parse_days,
    parse_grace,
    parse_span,
    parse_time,
    parse_times,
    parse_timezone,
    span_text,
    times_text,
)
from tests.schedule.clocks import PLACES

DAYS = st.sampled_from(DAY_NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("09:00", time(9)), ("9:05", time(9, 5)), (" 23:59 ", time(23, 59)), ("00:00", time(0))],
)
def test_a_time_is_hours_and_minutes(text: str, expected: time) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "9am",
        "24:00",
        "12:60",
        "09:00:00",
        "9:5",
        "-1:00",
        "\u0660\u0669:\u0660\u0660",
        "09:00\n10:00",
    ],
)
def test_another_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day") as caught:
        parse_time(text)
    assert f'"{text}"' in str(caught.value)


@given(st.times())
def test_every_minute_of_the_day_can_be_written(moment: time) -> None:
    assert parse_time(f"{moment:%H:%M}") == moment.replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon,wed,fri", {0, 2, 4}),
        ("mon, Wed , FRI", {0, 2, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("sun", {6}),
        ("tue - thu", {1, 2, 3}),
        ("mon-tue,sat-sun", {0, 1, 5, 6}),
        ("Daily", {0, 1, 2, 3, 4, 5, 6}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekend,mon", {5, 6, 0}),
        ("wed-wed", {2}),
        ("\uff4d\uff4f\uff4e\uff0dfri", {0, 1, 2, 3, 4}),
    ],
)
def test_days_are_names_ranges_and_groups(text: str, expected: set[int]) -> None:
    assert parse_days(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("monday", '"monday" is not a day. Did you mean "mon"? Write mon, tue'),
        ("mon-fry", '"fry" is not a day. Did you mean "fri"?'),
        ("weekday", '"weekday" is not a day. Did you mean "weekdays"?'),
        ("mon,,fri", '"" is not a day. Write mon'),
        ("", '"" is not a day. Write mon'),
        ("mon-", '"" is not a day.'),
        ("-fri", '"" is not a day.'),
        ("mon-wed-fri", '"wed-fri" is not a day.'),
        ("5", '"5" is not a day. Write mon'),
    ],
)
def test_another_day_is_refused_with_the_nearest_one(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="is not a day") as caught:
        parse_days(text)
    assert str(caught.value).startswith(message)


@given(DAYS, DAYS)
def test_a_range_and_its_complement_make_the_week(first: str, last: str) -> None:
    inside = parse_days(f"{first}-{last}")
    assert {DAY_NAMES.index(first), DAY_NAMES.index(last)} <= inside
    after, before = (DAY_NAMES.index(last) + 1) % 7, (DAY_NAMES.index(first) - 1) % 7
    outside = frozenset(range(7)) - inside
    if outside:
        assert parse_days(f"{DAY_NAMES[after]}-{DAY_NAMES[before]}") == outside


@given(st.lists(DAYS, min_size=1))
def test_a_list_of_days_is_their_set(names: list[str]) -> None:
    assert parse_days(",".join(names)) == {DAY_NAMES.index(name) for name in names}


@given(st.text())
def test_any_other_text_is_a_value_error_and_no_other(text: str) -> None:
    for parse in (parse_days, parse_time):
        try:
            parse(text)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - most texts raise, and the few that do not are right


def test_every_zone_of_the_database_is_known() -> None:
    for zone in PLACES:
        assert parse_timezone(f" {zone} ") == zone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Asia/Soul", 'Did you mean "Asia/Seoul"?'),
        ("KST", 'Did you mean "Asia/Seoul"?'),
        ("Asia", "Write a name of the tz database, such as Asia/Seoul."),
        ("Asia/SEUOL", 'Did you mean "Asia/Seoul"?'),
        ("Seoul", 'Did you mean "Asia/Seoul"?'),
        ("America/New York", 'Did you mean "America/New_York"?'),
        ("", "Write a name of the tz database, such as Asia/Seoul."),
        ("localtime", ""),  # each machine's own
        ("/etc/localtime", ""),
        ("../Asia/Seoul", 'Did you mean "Asia/Seoul"?'),
        ("Asia/Seoul\0", 'Did you mean "Asia/Seoul"?'),
        ("x" * 5000, "Write a name of the tz database"),
        ("\ud800", "Write a name of the tz database"),
    ],
)
def test_another_zone_is_refused_with_the_nearest_one(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="is not a known time zone") as caught:
        parse_timezone(text)
    assert f'"{text}" is not a known time zone. ' in str(caught.value)
    assert message in str(caught.value)


# ---- several times, spans, and what is written back


def test_times_are_ascending_and_each_once() -> None:
    assert parse_times("17:30, 9:00,09:00") == (time(9), time(17, 30))


@pytest.mark.parametrize(
    "text",
    ["09:00 17:30", "09:00\u300117:30", "09:00\uff0c\uff11\uff17\uff1a30", "17:30 ,\n9:00",
     "\u300009:00\u300017:30,"],
)  # fmt: skip
def test_commas_of_any_keyboard_and_blanks_separate_times(text: str) -> None:
    assert parse_times(text) == (time(9), time(17, 30))


def test_times_are_written_with_commas() -> None:
    assert times_text((time(9), time(17, 30))) == "09:00, 17:30"


def test_more_than_a_time_an_hour_is_refused() -> None:
    hourly = ",".join(f"{hour}:00" for hour in range(24))
    assert len(parse_times(hourly)) == 24
    with pytest.raises(NotUnderstood, match="25 times a day are too many"):
        parse_times(f"{hourly},00:30")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("9am", "09:00"), ("5.30  pm", "17:30"), ("0900", "09:00"), ("12am", "00:00"), ("9", "09:00"),
     ("25", None), ("noon", None)],
)  # fmt: skip
@pytest.mark.parametrize("parse", [parse_time, parse_times])
def test_a_time_in_another_form_has_a_nearest(
    parse: Callable[[str], object], text: str, nearest: str | None
) -> None:
    with pytest.raises(NotUnderstood) as caught:
        parse(text)
    assert caught.value.suggestion == nearest


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ({0, 1, 2, 3, 4}, "weekdays"),
        ({5, 6}, "weekend"),
        ({0, 1, 2, 3, 4, 5, 6}, "daily"),
        ({0, 2}, "mon, wed"),
        ({0, 1, 2, 3}, "mon-thu"),
        ({0, 1}, "mon, tue"),
        ({6, 0, 4, 5}, "mon, fri-sun"),
        ({3}, "thu"),
    ],
)
def test_days_are_written_as_people_say_them(days: set[int], text: str) -> None:
    assert days_text(days) == text


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_survive_their_text(days: frozenset[int]) -> None:
    assert parse_days(days_text(days)) == days


@given(st.lists(st.times(), min_size=1, max_size=24))
def test_times_survive_their_text(times: list[time]) -> None:
    whole = sorted({at.replace(second=0, microsecond=0) for at in times})
    assert parse_times(times_text(whole)) == tuple(whole)


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("30m", 1800, "30m"),
        ("4h", 14_400, "4h"),
        ("2d", 172_800, "2d"),
        ("1w", 604_800, "1w"),
        ("90m", 5400, "90m"),
        ("120 M", 7200, "2h"),
        (" 7D ", 604_800, "1w"),
        ("0h", 0, "0m"),
        ("365d", 31_536_000, "365d"),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: int, written: str) -> None:
    assert parse_span(text) == seconds
    assert span_text(seconds) == written


@pytest.mark.parametrize("text", ["", "4", "h", "4 hours", "-4h", "1.5h", "366d", "999999999w"])
def test_another_span_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r"is not a length of time|is too long") as caught:
        parse_span(text)
    assert "Write" in caught.value.remedy


@given(st.integers(0, 365 * 24 * 60))
def test_whole_minutes_survive_their_text(minutes: int) -> None:
    assert parse_span(span_text(minutes * 60)) == minutes * 60


def test_a_grace_is_at_least_a_minute_and_at_most_a_week() -> None:
    assert (parse_grace("1m"), parse_grace("1w")) == (60, 604_800)
    for text in ("0m", "8d", "soon"):
        with pytest.raises(NotUnderstood):
            parse_grace(text)

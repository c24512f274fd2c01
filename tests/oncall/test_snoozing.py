"""Until when an image can be snoozed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.snoozing import choices, until_of
from tests.schedule.clocks import PLACES

NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)  # a Thursday, in Seoul 21:30


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_choices_name_the_day_and_the_time_in_the_zone_of_whoever_chooses() -> None:
    assert [(c.value, c.label, c.until) for c in choices(NOW, "Asia/Seoul")] == [
        ("1h", "For an hour: Thu 26 Nov 2026, 22:30", utc("2026-11-26T13:30")),
        ("tomorrow", "Until tomorrow: Fri 27 Nov 2026, 09:00", utc("2026-11-27T00:00")),
        ("monday", "Until next Monday: Mon 30 Nov 2026, 09:00", utc("2026-11-30T00:00")),
        ("date", "Until a date, 09:00", None),
    ]


@pytest.mark.parametrize(
    ("now", "timezone", "tomorrow"),
    [
        ("2026-11-26T14:59", "Asia/Seoul", "2026-11-27T00:00"),
        ("2026-11-26T15:00", "Asia/Seoul", "2026-11-28T00:00"),  # midnight there
        ("2026-11-26T23:00", "America/New_York", "2026-11-27T14:00"),
        ("2026-03-28T12:00", "Europe/Berlin", "2026-03-29T07:00"),  # summer time begins that night
        ("2026-10-24T12:00", "Europe/Berlin", "2026-10-25T08:00"),  # and ends
    ],
)
def test_tomorrow_is_nine_in_the_morning_of_the_next_day_by_the_clocks_there(
    now: str, timezone: str, tomorrow: str
) -> None:
    assert until_of("tomorrow", None, utc(now), timezone) == utc(tomorrow)


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-29T23:59", "2026-11-30T09:00"),  # Sunday
        ("2026-11-30T00:00", "2026-12-07T09:00"),  # Monday, before nine
        ("2026-11-30T12:00", "2026-12-07T09:00"),
        ("2026-12-01T12:00", "2026-12-07T09:00"),
        ("2026-12-28T12:00", "2027-01-04T09:00"),
    ],
)
def test_next_monday_is_never_today(now: str, monday: str) -> None:
    assert until_of("monday", None, utc(now), "UTC") == utc(monday)


@pytest.mark.parametrize(
    ("now", "timezone", "day", "until"),
    [
        ("2011-12-29T12:00", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
        ("1993-08-20T12:00", "Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00"),
    ],
)
def test_where_the_clocks_skip_nine_an_image_wakes_when_they_go_on(
    now: str, timezone: str, day: str, until: str
) -> None:
    """Only where the calendar skipped a whole day did the clocks ever skip nine."""
    assert until_of("date", day, utc(now), timezone) == utc(until)


def test_where_the_clocks_show_nine_twice_an_image_wakes_at_the_first() -> None:
    """Kwajalein had two mornings of 30 September 1969, a day apart."""
    first = until_of("date", "1969-09-30", utc("1969-09-28T12:00"), "Pacific/Kwajalein")
    assert first == utc("1969-09-29T22:00")


@pytest.mark.parametrize("day", ["2026-11-27", "2027-01-31", "2027-11-26", "2027-11-27"])
def test_a_date_is_nine_in_the_morning_of_that_day(day: str) -> None:
    assert until_of("date", day, NOW, "UTC") == utc(f"{day}T09:00")


def test_a_date_may_be_today_where_nine_is_yet_to_come() -> None:
    early = utc("2026-11-26T08:59")
    assert until_of("date", "2026-11-26", early, "UTC") == utc("2026-11-26T09:00")


def test_nine_itself_is_past() -> None:
    with pytest.raises(ValueError, match="is past"):
        until_of("date", "2026-11-26", utc("2026-11-26T09:00"), "UTC")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-26", "2026-11-26 09:00 is past. Choose 2026-11-27 or a later date."),
        ("2026-11-25", "2026-11-25 09:00 is past. Choose 2026-11-27 or a later date."),
        ("0001-01-01", "0001-01-01 09:00 is past. Choose 2026-11-27 or a later date."),
        (
            "2027-11-28",
            "2027-11-28 is more than a year ahead. Choose 2027-11-27 or an earlier date.",
        ),
        (
            "9999-12-31",
            "9999-12-31 is more than a year ahead. Choose 2027-11-27 or an earlier date.",
        ),
        (None, "Choose the date until which the image sleeps."),
        ("", "Choose the date until which the image sleeps."),
        ("2026-02-30", "Choose the date until which the image sleeps."),
    ],
)
def test_a_date_that_will_not_do_is_told_which_will(day: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=r"\.") as caught:
        until_of("date", day, NOW, "UTC")
    assert str(caught.value) == said


def test_what_is_no_choice_has_to_be_chosen() -> None:
    with pytest.raises(ValueError, match=r"^Choose until when the image sleeps\.$"):
        until_of("never", None, NOW, "UTC")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by hypothesis' rule
    st.sampled_from(PLACES),
)
def test_every_choice_lies_ahead_within_eight_days_and_reads_as_it_is(
    now: datetime, timezone: str
) -> None:
    for choice in choices(now, timezone)[:-1]:
        assert choice.until is not None
        assert now < choice.until <= now + timedelta(days=9)
        local = choice.until.astimezone(ZoneInfo(timezone))
        assert choice.label.endswith(f"{local:%b %Y, %H:%M}")
        assert len(choice.label) <= 75  # an option's text, by Slack's rule
        assert until_of(choice.value, None, now, timezone) == choice.until


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by hypothesis' rule
    st.sampled_from(PLACES),
    st.integers(1, 366),
)
def test_any_day_of_the_year_ahead_can_be_named(now: datetime, timezone: str, days: int) -> None:
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date() + timedelta(days=days)
    local = until_of("date", str(day), now, timezone).astimezone(zone)
    assert (local.date(), local.time()) == (day, time(9))

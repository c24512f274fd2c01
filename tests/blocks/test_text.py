from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import message, text
from bot.query import utf16_units
from tests.blocks.limits import escaped, units


@pytest.mark.parametrize(
    "sly",
    [
        *"\n\t\x00\x85\u00ad\u200b\u200d\u2028\u202e\u2066\u2069",
        *"\u3164\ufeff\ud83d\udc00\U000e0041",
    ],
)
def test_a_character_that_hides_or_reorders_becomes_visible(sly: str) -> None:
    assert text.inert(f"a{sly}b") == "a\ufffdb"
    assert not text.is_inert(f"a{sly}b")


def test_ordinary_korean_and_emoji_stay() -> None:
    assert text.inert("한국어 이미지 😀 ❤\ufe0f é") == "한국어 이미지 😀 ❤\ufe0f é"


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_clipped_text_fits_and_keeps_its_start(whole: str, limit: int) -> None:
    shown = text.clip(whole, limit)
    assert escaped(shown) <= limit
    assert text.width(shown) == escaped(shown)
    assert utf16_units(shown) == units(shown)
    if escaped(whole) <= limit:
        assert shown == whole
    else:
        assert shown.endswith("…")
        assert whole.startswith(shown[:-1])


def test_clipping_counts_what_slack_will_escape() -> None:
    assert text.clip("&&&", 15) == "&&&"
    assert text.clip("&&&", 14) == "&&…"
    assert text.clip("😀😀😀", 5) == "😀😀…"


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1049, "1 kB"),
        (1050, "1.1 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1 MB"),
        (2_400_000_000, "2.4 GB"),
        (10**21, "1000 EB"),
        (10**400, "1" + "0" * 382 + " EB"),
    ],
)
def test_bytes_are_shown_in_decimal_units(size: int, shown: str) -> None:
    assert text.human_bytes(size) == shown


def test_exact_bytes_tell_both() -> None:
    assert text.exact_bytes(2_400_000_001) == "2.4 GB (2,400,000,001 bytes)"


def test_a_date_is_a_token_with_a_fallback_in_utc() -> None:
    seoul = datetime(2025, 7, 22, 18, 0, 59, tzinfo=timezone(timedelta(hours=9)))
    assert text.slack_date(seoul) == (
        "<!date^1753174859^{date_short_pretty} {time}|2025-07-22 09:00 UTC>"
    )


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime.fromtimestamp(2**33, UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
def test_a_date_that_slack_may_refuse_is_plain_text_in_utc(moment: datetime) -> None:
    assert text.slack_date(moment) == text.utc_text(moment)
    assert message.date(moment) == message.words(text.utc_text(moment))


def test_the_first_and_the_last_date_for_slack_are_dates() -> None:
    for seconds in (1, 2**33 - 1):
        moment = datetime.fromtimestamp(seconds, UTC)
        assert text.slack_date(moment).startswith(f"<!date^{seconds}^")
        assert message.date(moment)["timestamp"] == seconds


def test_a_date_long_ago_has_four_digits() -> None:
    assert text.utc_text(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01 00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 seconds"),
        (0.9, "0 seconds"),
        (1, "1 second"),
        (119, "1 minute"),
        (7200, "2 hours"),
        (259_200, "3 days"),
        (86_400 * 4000, "4,000 days"),
    ],
)
def test_a_duration_is_said_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert text.duration_words(seconds) == shown


@pytest.mark.parametrize(
    ("numbers", "drawn"),
    [
        ([], ""),
        ([None, 0, 0], "·▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0, 1, 1000], "▁▂█"),
        ([5], "█"),
        ([None, 23, 22, None], "·██·"),
    ],
)
def test_a_sparkline_stands_on_zero_and_only_zero_lies_there(
    numbers: list[int | None], drawn: str
) -> None:
    assert text.sparkline(numbers) == drawn

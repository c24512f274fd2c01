from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images import (
    PendingImage,
    PendingImages,
    UnreadableImage,
    parse_timestamp,
    parse_volumes,
)

NINE = datetime(2025, 7, 22, 9, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001  hypothesis wants naive bounds


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-22T09:00:00Z",
        "2025-07-22T09:00:00z",
        "2025-07-22t09:00:00z",
        "2025-07-22T09:00:00",
        "2025-07-22 09:00:00",
        "2025-07-22T09:00:00.000000",
        "2025-07-22T09:00:00.000Z",
        "2025-07-22T09:00:00.000000000Z",
        "2025-07-22T18:00:00+09:00",
        "2025-07-22T18:00:00+0900",
        "2025-07-22T04:00:00-05:00",
        "20250722T090000Z",
        " 2025-07-22T09:00:00Z\n",
    ],
)
def test_every_form_of_a_timestamp_is_the_same_moment_in_utc(text: str) -> None:
    moment = parse_timestamp(text)
    assert moment == NINE
    assert moment is not None
    assert moment.tzinfo is UTC


@given(MOMENTS)
def test_timestamp_with_offset_and_fraction_keeps_its_moment(moment: datetime) -> None:
    assert parse_timestamp(moment.isoformat()) == moment
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    assert parse_timestamp(naive.isoformat(" ")) == moment


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "soon",
        "2025-13-01T00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "9" * 5000,
        "\uff11\uff12",
    ],
)
def test_what_is_no_timestamp_is_none(text: str | None) -> None:
    assert parse_timestamp(text) is None


@given(st.text(st.characters()))
def test_any_text_is_a_moment_in_utc_or_none(text: str) -> None:
    moment = parse_timestamp(text)
    assert moment is None or moment.tzinfo is UTC


def test_volumes_are_the_mappings_in_the_string() -> None:
    text = '[{"device_name": "/dev/vda", "volume_size": 104, "boot_index": 0, "tag": null}]'
    volumes = parse_volumes(text)
    assert volumes is not None
    assert volumes[0]["volume_size"] == 104
    assert parse_volumes("[]") == []


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "volumes",
        "null",
        "{}",
        "[1]",
        '[{"a": 1}, null]',
        '[{"a": NaN}]',
        '[{"a": 1e999}]',
        '[{"a": ' + "9" * 5000 + "}]",
        '[{"a": "\\ud800"}]',
        '[{"a": "\ud800"}]',
        "[" * 100_000,
        '[{"a":' * 100_000,
        "[{'a': 1}]",
        '[{"a": 1}',
    ],
)
def test_volumes_that_cannot_be_read_are_none(text: str | None) -> None:
    assert parse_volumes(text) is None


@given(st.text(st.characters()))
def test_any_text_is_volumes_or_none(text: str) -> None:
    volumes = parse_volumes(text)
    assert volumes is None or isinstance(volumes, list)


def test_total_counts_unreadable_images_too() -> None:
    images = PendingImages([PendingImage(id="a")], [UnreadableImage("b", "bad")], NINE, "1.0")
    assert images.total == 2


@pytest.mark.parametrize("total", [0, 1, 19, 20, 21, 25, 100, 999, 1000, 1001])
def test_a_list_of_a_round_length_is_possibly_cut(total: int) -> None:
    unreadable = [UnreadableImage(None, "bad")] if total else []
    listed = [PendingImage(id=str(number)) for number in range(total - len(unreadable))]
    cut = PendingImages(listed, unreadable, NINE, "1.0").possibly_cut
    assert cut == (total in {20, 25, 100, 1000})

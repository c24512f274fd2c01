"""What the bot has seen: images that come, change, go and come back, and what digests say of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images import PendingImage, PendingImages, UnreadableImage
from bot.pick import pick
from bot.query import Query, parse_query
from bot.sightings import BACK_WITHIN, How, Sighting, days_until, observe, trend

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def image(image_id: str, name: str | None = None) -> PendingImage:
    return PendingImage(id=image_id, name=name, scp_image_type="custom")


A, B, C = image("a"), image("b"), image("c")


def answer_of(*images: PendingImage, unreadable: Sequence[str | None] = ()) -> PendingImages:
    broken = [UnreadableImage(image_id, "?") for image_id in unreadable]
    return PendingImages(images, broken, NOW, "1.3")


def observed(
    known: dict[str, Sighting], answer: PendingImages, at: datetime
) -> dict[str, Sighting]:
    """Return what is known after the answer, kept as a store keeps it."""
    return known | {sighting.image.id: sighting for sighting in observe(known, answer, at)}


def seen(
    shown: PendingImage,
    at: datetime = NOW,
    gone_at: datetime | None = None,
    how: How | None = None,
) -> dict[str, Sighting]:
    return {shown.id: Sighting(image=shown, first_seen=at, gone_at=gone_at, how=how)}


# ---- observing


def test_an_image_is_first_seen_when_it_is_first_listed() -> None:
    assert observe({}, answer_of(A, B), NOW) == [*seen(A).values(), *seen(B).values()]


def test_an_image_that_waits_unchanged_is_no_news() -> None:
    assert observe(seen(A), answer_of(A), NOW + DAY) == []


def test_an_image_that_changed_is_kept_as_it_is_listed_now() -> None:
    renamed = image("a", "renamed")
    assert observe(seen(A), answer_of(renamed), NOW + DAY) == [*seen(renamed).values()]


def test_an_image_that_is_missed_is_gone_from_then_on() -> None:
    known = seen(A) | seen(B)
    assert observe(known, answer_of(B), NOW + HOUR) == [*seen(A, gone_at=NOW + HOUR).values()]
    known = observed(known, answer_of(B), NOW + HOUR)
    assert observe(known, answer_of(B), NOW + DAY) == []


@pytest.mark.parametrize(("away", "since"), [(BACK_WITHIN - MINUTE, NOW), (BACK_WITHIN, None)])
def test_an_image_that_is_back_within_the_hour_never_left(
    away: timedelta, since: datetime | None
) -> None:
    left, back = NOW + DAY, NOW + DAY + away
    known = seen(A, gone_at=left, how="rejected")
    assert observe(known, answer_of(A), back) == [*seen(A, since or back).values()]


def test_an_image_back_after_long_waits_anew_as_it_is_now() -> None:
    renamed = image("a", "renamed")
    known = seen(A, gone_at=NOW + HOUR, how="withdrawn")
    assert observe(known, answer_of(renamed), NOW + DAY) == [*seen(renamed, NOW + DAY).values()]


def test_an_image_that_cannot_be_read_counts_as_listed() -> None:
    assert observe(seen(A), answer_of(unreadable=["a"]), NOW + DAY) == []
    back = observe(seen(A, gone_at=NOW + HOUR), answer_of(unreadable=["a"]), NOW + HOUR + MINUTE)
    assert back == [*seen(A).values()]


def test_an_image_waits_from_when_it_was_listed_unreadable() -> None:
    known = observed({}, answer_of(unreadable=["a"]), NOW)
    assert known["a"].image == PendingImage(id="a")
    assert observed(known, answer_of(A), NOW + DAY) == seen(A)


def test_an_answer_that_may_be_cut_makes_nothing_gone() -> None:
    known = seen(A)
    others = [image(f"{number}") for number in range(20)]
    assert {sighting.image.id for sighting in observe(known, answer_of(*others), NOW + DAY)} == {
        other.id for other in others
    }
    assert observed(known, answer_of(*others[:19]), NOW + DAY)["a"].gone_at == NOW + DAY


def test_an_answer_with_an_image_without_a_readable_id_makes_nothing_gone() -> None:
    assert observe(seen(A), answer_of(unreadable=[None]), NOW + DAY) == []


def test_an_id_listed_twice_is_one_image() -> None:
    renamed = image("a", "renamed")
    known = observed({}, answer_of(A, renamed, unreadable=["a"]), NOW)
    assert known == seen(renamed)
    assert observe(known, answer_of(A, renamed), NOW + DAY) == []


_LISTED = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(("x", "y")), max_size=6).map(
    lambda names: [image(image_id, name) for image_id, name in names.items()]
)
_CROWD = [image(f"crowd {number}") for number in range(20)]
_ANSWERS = st.builds(
    lambda listed, unreadable, crowd: answer_of(*listed, *crowd, unreadable=unreadable),
    _LISTED,
    st.lists(st.sampled_from([*"abcdef", None]), max_size=2, unique=True),
    st.sampled_from(([], [], _CROWD[:13], _CROWD[:19], _CROWD)),
)
_STEPS = st.lists(
    st.tuples(_ANSWERS, st.sampled_from((timedelta(), MINUTE, HOUR, DAY))), max_size=12
)


def _is_complete(answer: PendingImages) -> bool:
    return not answer.possibly_cut and all(entry.id is not None for entry in answer.unreadable)


def _listed(answer: PendingImages) -> set[str]:
    named = {entry.id for entry in answer.unreadable if entry.id is not None}
    return named | {shown.id for shown in answer.images}


@given(_STEPS)
def test_what_waits_is_what_was_listed_since_the_last_complete_answer(
    steps: list[tuple[PendingImages, timedelta]],
) -> None:
    known: dict[str, Sighting] = {}
    pending: set[str] = set()
    at = NOW
    for answer, later in steps:
        at += later
        known = observed(known, answer, at)
        pending = _listed(answer) if _is_complete(answer) else pending | _listed(answer)
        assert {key for key, sighting in known.items() if sighting.gone_at is None} == pending


@given(_STEPS)
def test_no_sighting_is_of_the_future_and_none_goes_before_it_came(
    steps: list[tuple[PendingImages, timedelta]],
) -> None:
    known: dict[str, Sighting] = {}
    at = NOW
    for answer, later in steps:
        at += later
        known = observed(known, answer, at)
        for key, sighting in known.items():
            assert key == sighting.image.id
            assert sighting.first_seen <= at
            assert sighting.gone_at is None or sighting.first_seen <= sighting.gone_at <= at


@given(_STEPS, st.sampled_from((timedelta(), DAY)))
def test_the_same_answer_again_is_no_news(
    steps: list[tuple[PendingImages, timedelta]], later: timedelta
) -> None:
    known: dict[str, Sighting] = {}
    at = NOW
    for answer, pause in steps:
        at += pause
        known = observed(known, answer, at)
        assert observe(known, answer, at + later) == []


# ---- the trend


def test_the_trend_counts_what_waited_at_each_moment() -> None:
    sightings = [
        *seen(A, NOW).values(),
        *seen(B, NOW + DAY, gone_at=NOW + 3 * DAY).values(),
        *seen(C, NOW + 2 * DAY).values(),
    ]
    moments = [NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY]
    assert trend(sightings, Query(), moments, NOW) == [None, 1, 2, 3, 2]
    assert trend(sightings, parse_query("b"), moments, NOW) == [None, 0, 1, 1, 0]


def test_before_the_bot_watched_nothing_is_known() -> None:
    assert trend([], Query(), [NOW, NOW + DAY], None) == [None, None]
    assert trend([], Query(), [NOW, NOW + DAY], NOW + HOUR) == [None, 0]


def test_the_trend_judges_ages_and_waiting_at_each_moment() -> None:
    dated = msgspec.structs.replace(A, created_at="2026-11-20T09:00:00Z")
    moments = [NOW, NOW + 2 * DAY, NOW + 4 * DAY]
    assert trend(seen(dated).values(), parse_query("waiting:>1d"), moments, NOW) == [0, 1, 1]
    assert trend(seen(dated).values(), parse_query("created:<4d"), moments, NOW) == [1, 0, 0]


@given(st.lists(st.integers(0, 9), max_size=6), st.sampled_from(("", "waiting:>3h", "a", "-a")))
def test_the_trend_of_now_is_what_a_list_of_now_counts(hours: list[int], text: str) -> None:
    sightings = [
        Sighting(image=image("abcdef"[place]), first_seen=NOW - since * HOUR)
        for place, since in enumerate(hours)
    ]
    query = parse_query(text)
    first_seen = {sighting.image.id: sighting.first_seen for sighting in sightings}
    listed = pick([sighting.image for sighting in sightings], query, NOW, first_seen)
    assert trend(sightings, query, [NOW], NOW - DAY) == [len(listed)]


def test_a_trend_is_of_the_ends_of_days_by_the_clocks_of_a_zone_and_of_now() -> None:
    moments = days_until(datetime(2026, 11, 23, 0, 0, 10, tzinfo=UTC), "Asia/Seoul", 3)
    assert [moment.astimezone(UTC).isoformat() for moment in moments] == [
        "2026-11-21T15:00:00+00:00",
        "2026-11-22T15:00:00+00:00",
        "2026-11-23T00:00:10+00:00",
    ]


def test_days_of_a_trend_end_at_midnight_though_clocks_change() -> None:
    moments = days_until(datetime(2026, 10, 26, 12, tzinfo=UTC), "Europe/Berlin", 3)
    assert [moment.astimezone(UTC).hour for moment in moments] == [22, 23, 12]

"""What was seen of pending images is kept as SCP said it; one process watches at a time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.images import PendingImage, PendingImages, UnreadableImage
from bot.sightings import BACK_WITHIN, Sighting
from bot.store import Past, Store
from tests.store.conftest import MONDAY, Clock
from tests.store.steps import DAY, HOUR, LEASE, MINUTE

NOW = timedelta()
HOSTILE = "a\x00\u202e<!channel>'; DROP TABLE sightings;--\U0001f4a5"


def image(image_id: str, name: str | None = None) -> PendingImage:
    return PendingImage(id=image_id, name=name, size=2**63 - 1)


def answer_of(*images: PendingImage, unreadable: Sequence[str | None] = ()) -> PendingImages:
    broken = [UnreadableImage(image_id, "?") for image_id in unreadable]
    return PendingImages(images, broken, MONDAY, "1.3")


A, B, C = image("a", "one"), image("b"), image("c")


async def seen(store: Store, clock: Clock, *images: PendingImage) -> datetime:
    """Have just these listed, some time after the last answer; return about when."""
    clock.shift(MINUTE)
    await store.sightings.observe(answer_of(*images), NOW)
    return clock.now()


def about(moment: datetime | None, expected: datetime) -> bool:
    """Whether it is the moment, as near as a clock that goes on can tell."""
    return moment is not None and abs(moment - expected) < timedelta(seconds=30)


async def sighting_of(store: Store, image_id: str) -> Sighting:
    return (await store.sightings.of([image_id]))[image_id]


# ---- observed


async def test_nothing_was_seen_at_first(store: Store) -> None:
    assert await store.sightings.first_seen() == {}
    assert await store.sightings.past(MONDAY) == Past(None, [])
    assert await store.sightings.of(["a"]) == {}
    assert await store.sightings.of([]) == {}


async def test_an_image_is_first_seen_when_scp_first_listed_it(store: Store, clock: Clock) -> None:
    first = await seen(store, clock, A)
    clock.shift(HOUR)
    second = await seen(store, clock, A, B)
    found = await store.sightings.first_seen()
    assert found.keys() == {"a", "b"}
    assert about(found["a"], first)
    assert about(found["b"], second)


async def test_an_answer_counts_from_when_scp_gave_it(store: Store, clock: Clock) -> None:
    await store.sightings.observe(answer_of(A), HOUR)
    assert about((await store.sightings.first_seen())["a"], clock.now() - HOUR)
    past = await store.sightings.past(MONDAY)
    assert about(past.began_at, clock.now() - HOUR)


async def test_whatever_has_gone_was_found_to_be_gone_when_scp_was_asked_last_or_before(
    store: Store, clock: Clock
) -> None:
    """What is found later bears a later moment: so nothing is told twice, and nothing missed."""
    await seen(store, clock, A, B)
    moments = []
    for left in ((A,), ()):
        await seen(store, clock, *left)
        past = await store.sightings.past(MONDAY)
        moments.append(past.observed_at)
        assert past.observed_at == max(s.gone_at for s in past.sightings if s.gone_at)
    first, second = moments
    assert first is not None
    assert second is not None
    assert first < second


async def test_an_answer_that_is_older_than_the_last_one_is_dropped(
    store: Store, clock: Clock
) -> None:
    await seen(store, clock, A)
    clock.shift(HOUR)
    await seen(store, clock, A)
    before = await store.sightings.past(MONDAY)
    for age in (MINUTE, DAY):
        await store.sightings.observe(answer_of(B), age)
    assert await store.sightings.past(MONDAY) == before
    assert (await store.agenda([])).sightings_version == 1


async def test_replicas_that_observe_together_lose_and_double_nothing(
    store: Store, other: Store
) -> None:
    images = [image(f"i{n}") for n in range(20)]
    stores = (store, other) * 3
    await asyncio.gather(*(s.sightings.observe(answer_of(*images), NOW) for s in stores))
    found = await store.sightings.first_seen()
    assert found.keys() == {image.id for image in images}
    assert len(set(found.values())) == 1


async def test_an_image_that_changed_is_kept_as_it_is_now(store: Store, clock: Clock) -> None:
    first = await seen(store, clock, A)
    await seen(store, clock, image("a", "renamed"))
    found = await sighting_of(store, "a")
    assert found.image == image("a", "renamed")
    assert about(found.first_seen, first)


async def test_an_image_that_is_missed_has_gone(store: Store, clock: Clock) -> None:
    await seen(store, clock, A, B)
    missed = await seen(store, clock, B)
    await seen(store, clock, B)
    assert (await store.sightings.first_seen()).keys() == {"b"}
    assert about((await sighting_of(store, "a")).gone_at, missed)


@pytest.mark.parametrize(("away", "anew"), [(HOUR / 2, False), (BACK_WITHIN, True)])
async def test_an_image_that_is_back_soon_never_left(
    store: Store, clock: Clock, away: timedelta, anew: bool
) -> None:
    first = await seen(store, clock, A)
    await seen(store, clock)
    clock.shift(away)
    back = await seen(store, clock, A)
    found = await sighting_of(store, "a")
    assert found.gone_at is None
    assert about(found.first_seen, back if anew else first)


async def test_what_could_not_be_read_stays_as_it_was(store: Store, clock: Clock) -> None:
    await seen(store, clock, A)
    clock.shift(MINUTE)
    await store.sightings.observe(answer_of(unreadable=["a", "new"]), NOW)
    assert (await sighting_of(store, "a")).image == A
    assert (await store.sightings.first_seen()).keys() == {"a", "new"}


async def test_an_unreadable_image_that_had_gone_is_back_as_it_was(
    store: Store, clock: Clock
) -> None:
    await seen(store, clock, A)
    await seen(store, clock)
    clock.shift(MINUTE)
    await store.sightings.observe(answer_of(unreadable=["a"]), NOW)
    found = await sighting_of(store, "a")
    assert (found.image, found.gone_at) == (A, None)


async def test_the_version_grows_with_what_changes_and_only_then(
    store: Store, clock: Clock
) -> None:
    versions = [(await store.agenda([])).sightings_version]
    for images in ((), (), (A,), (A,), (A, B), (B,)):
        await seen(store, clock, *images)
        versions.append((await store.agenda([])).sightings_version)
    assert versions == [0, 1, 1, 2, 2, 3, 4]


@pytest.mark.parametrize("text", [HOSTILE, "\x00", "'", "그림", "x" * 10_000])
async def test_whatever_scp_says_is_read_back_as_it_said_it(
    store: Store, clock: Clock, text: str
) -> None:
    strange = image(text, text)
    await seen(store, clock, strange)
    assert (await sighting_of(store, text)).image == strange
    assert [s.image for s in (await store.sightings.past(MONDAY)).sightings] == [strange]


async def test_an_image_with_an_id_that_no_database_keeps_waits_like_any_other(
    store: Store, clock: Clock
) -> None:
    strange = image("a\x00b")
    first = await seen(store, clock, strange, A)
    clock.shift(HOUR)
    await seen(store, clock, strange, A)
    assert (await store.agenda([])).sightings_version == 1
    found = await sighting_of(store, "a\x00b")
    assert found.gone_at is None
    assert about(found.first_seen, first)
    await seen(store, clock, A)
    assert (await sighting_of(store, "a\x00b")).gone_at is not None


async def test_very_many_images_are_kept(store: Store, clock: Clock) -> None:
    many = [PendingImage(id=f"i{n:04}") for n in range(2500)]
    await seen(store, clock, *many)
    await seen(store, clock)
    assert len(await store.sightings.of([image.id for image in many])) == len(many)
    await seen(store, clock, *many)
    assert len(await store.sightings.first_seen()) == len(many)


# ---- the past


async def test_the_past_has_what_waits_and_what_has_gone_since(store: Store, clock: Clock) -> None:
    began = await seen(store, clock, A, B, C)
    await seen(store, clock, B, C)
    since = clock.now()
    await seen(store, clock, C)
    past = await store.sightings.past(since)
    assert about(past.began_at, began)
    assert [(s.image.id, s.gone_at is None) for s in past.sightings] == [("b", False), ("c", True)]


async def test_the_watch_began_with_the_first_answer_be_it_empty(
    store: Store, clock: Clock
) -> None:
    began = await seen(store, clock)
    clock.shift(DAY)
    await seen(store, clock, A)
    assert about((await store.sightings.past(MONDAY)).began_at, began)


# ---- explained


async def test_what_has_gone_is_asked_about_the_last_gone_first(store: Store, clock: Clock) -> None:
    await seen(store, clock, A, B, C)
    await seen(store, clock, A, B)
    await seen(store, clock, B)
    assert await store.sightings.unexplained(10) == ["a", "c"]
    assert await store.sightings.unexplained(1) == ["a"]


async def test_what_became_of_an_image_is_kept_and_not_asked_again(
    store: Store, clock: Clock
) -> None:
    await seen(store, clock, A)
    await seen(store, clock)
    await store.sightings.explain("a", "rejected")
    assert (await sighting_of(store, "a")).how == "rejected"
    assert await store.sightings.unexplained(10) == []


async def test_what_nobody_knows_is_not_asked_again(store: Store, clock: Clock) -> None:
    await seen(store, clock, A)
    await seen(store, clock)
    await store.sightings.explain("a", None)
    assert (await sighting_of(store, "a")).how is None
    assert await store.sightings.unexplained(10) == []


async def test_an_image_that_waits_is_not_explained(store: Store, clock: Clock) -> None:
    await seen(store, clock, A)
    await store.sightings.explain("a", "accepted")
    await store.sightings.explain("unknown", "accepted")
    assert (await sighting_of(store, "a")).how is None


async def test_an_image_that_leaves_again_is_asked_about_again(store: Store, clock: Clock) -> None:
    await seen(store, clock, A)
    await seen(store, clock)
    await store.sightings.explain("a", "accepted")
    await seen(store, clock, A)
    assert (await sighting_of(store, "a")).how is None
    await seen(store, clock)
    assert await store.sightings.unexplained(10) == ["a"]


# ---- who watches


async def test_one_process_watches_at_a_time(store: Store, other: Store) -> None:
    claims = [s.sightings.claim_watch(f"p{n}", LEASE) for n, s in enumerate((store, other) * 3)]
    assert sorted(await asyncio.gather(*claims)) == [False] * 5 + [True]


async def test_who_has_watched_lets_anybody_watch_after_a_time(
    store: Store, other: Store, clock: Clock
) -> None:
    assert await store.sightings.claim_watch("p1", LEASE)
    before = clock.now()
    await store.sightings.end_watch("p1", 2 * MINUTE)
    due = (await store.agenda([])).watch_due
    assert due is not None
    assert before + 2 * MINUTE <= due <= clock.now() + 2 * MINUTE
    assert not await other.sightings.claim_watch("p2", LEASE)
    clock.shift(2 * MINUTE)
    assert await other.sightings.claim_watch("p2", LEASE)


async def test_who_renews_the_watch_keeps_it_and_who_has_lost_it_cannot(
    store: Store, other: Store, clock: Clock
) -> None:
    assert await store.sightings.claim_watch("p1", LEASE)
    clock.shift(LEASE - MINUTE)
    assert await store.sightings.renew_watch("p1", LEASE)
    clock.shift(LEASE - MINUTE)
    assert not await other.sightings.claim_watch("p2", LEASE)
    clock.shift(MINUTE)
    assert await other.sightings.claim_watch("p2", LEASE)
    due = (await store.agenda([])).watch_due
    assert not await store.sightings.renew_watch("p1", LEASE)
    assert (await store.agenda([])).watch_due == due


async def test_who_does_not_come_back_is_taken_over_from_and_ends_nothing(
    store: Store, other: Store, clock: Clock
) -> None:
    assert await store.sightings.claim_watch("p1", LEASE)
    clock.shift(LEASE - MINUTE)
    assert not await other.sightings.claim_watch("p2", LEASE)
    clock.shift(MINUTE)
    assert await other.sightings.claim_watch("p2", LEASE)
    agenda = await store.agenda([])
    await store.sightings.end_watch("p1", NOW)
    assert (await store.agenda([])).watch_due == agenda.watch_due

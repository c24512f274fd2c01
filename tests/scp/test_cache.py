import asyncio
from datetime import UTC, datetime

import pytest

from bot.errors import Unavailable
from bot.images import PendingImage, PendingImages
from bot.scp.cache import MAX_KEPT, PendingImageCache


class Far:
    """Answers when told to; each answer carries the number of its request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str | None]] = []
        self.open: list[asyncio.Future[Exception | None]] = []
        self.now = 100.0

    async def fetch(self, image_type: str | None, original: str | None) -> PendingImages:
        self.asked.append((image_type, original))
        number = len(self.asked)
        gate = asyncio.get_running_loop().create_future()
        self.open.append(gate)
        error = await gate
        if error is not None:
            raise error
        images = [PendingImage(id=str(number))]
        return PendingImages(images, [], datetime.now(UTC), "1.0")

    async def answer(self, error: Exception | None = None) -> None:
        await settle()
        self.open.pop(0).set_result(error)
        await settle()

    def cache(self, seconds: float = 15) -> PendingImageCache:
        return PendingImageCache(self.fetch, seconds, clock=lambda: self.now)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def number(images: PendingImages | None) -> int | None:
    return None if images is None else int(images.images[0].id)


def start(cache: PendingImageCache, *filters: str, fresh: bool = False) -> "asyncio.Task[object]":
    return asyncio.create_task(cache.get(*filters, fresh=fresh))


async def numbers(*tasks: "asyncio.Task[object]") -> list[int | None]:
    results = await asyncio.gather(*tasks)
    return [number(each) for each in results if isinstance(each, PendingImages)]


async def test_two_hundred_at_once_are_one_fetch() -> None:
    far = Far()
    cache = far.cache()
    tasks = [start(cache) for _ in range(200)]
    await far.answer()
    assert await numbers(*tasks) == [1] * 200
    assert far.asked == [(None, None)]


async def test_answer_is_kept_for_the_given_seconds_and_no_longer() -> None:
    far = Far()
    cache = far.cache(15)
    first = start(cache)
    await far.answer()
    far.now += 14.9
    assert await numbers(first, start(cache)) == [1, 1]
    far.now += 0.1
    late = start(cache)
    await far.answer()
    assert await numbers(late) == [2]


async def test_zero_seconds_keep_nothing_but_still_share_a_flight() -> None:
    far = Far()
    cache = far.cache(0)
    tasks = [start(cache), start(cache)]
    await far.answer()
    assert await numbers(*tasks) == [1, 1]
    again = start(cache)
    await far.answer()
    assert await numbers(again) == [2]


async def test_each_pair_of_filters_has_its_own_flight() -> None:
    far = Far()
    cache = far.cache()
    tasks = [start(cache), start(cache, "custom"), start(cache, "custom", "standard")]
    for _ in range(3):
        await far.answer()
    assert await numbers(*tasks) == [1, 2, 3]
    assert far.asked == [(None, None), ("custom", None), ("custom", "standard")]


async def test_who_goes_away_does_not_cancel_the_others() -> None:
    far = Far()
    cache = far.cache()
    first, second = start(cache), start(cache)
    await settle()
    first.cancel()
    await far.answer()
    assert await numbers(second) == [1]
    assert first.cancelled()


async def test_flight_that_everyone_left_still_lands_in_the_cache() -> None:
    far = Far()
    cache = far.cache()
    task = start(cache)
    await settle()
    task.cancel()
    await far.answer()
    assert number(cache.recent(15)) == 1


async def test_failure_reaches_everyone_and_is_not_kept() -> None:
    far = Far()
    cache = far.cache()
    tasks = [start(cache) for _ in range(3)]
    await far.answer(Unavailable("down"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    again = start(cache)
    await far.answer()
    assert await numbers(again) == [2]


async def test_failure_of_a_flight_that_everyone_left_is_quiet() -> None:
    far = Far()
    cache = far.cache()
    task = start(cache)
    await settle()
    task.cancel()
    await far.answer(Unavailable("down"))
    assert cache.recent(15) is None


async def test_fresh_does_not_take_what_is_kept() -> None:
    far = Far()
    cache = far.cache()
    first = start(cache)
    await far.answer()
    fresh = start(cache, fresh=True)
    await far.answer()
    assert await numbers(first, fresh, start(cache)) == [1, 2, 2]


async def test_fresh_ones_during_a_flight_share_one_that_follows_it() -> None:
    far = Far()
    cache = far.cache()
    first = start(cache)
    await settle()
    fresh = [start(cache, fresh=True) for _ in range(5)]
    joined = start(cache)
    await far.answer()
    assert await numbers(first, joined) == [1, 1]
    assert len(far.asked) == 2
    await far.answer()
    assert await numbers(*fresh) == [2] * 5


async def test_fresh_during_the_following_flight_gets_another_one() -> None:
    far = Far()
    cache = far.cache()
    first = start(cache)
    await settle()
    second = start(cache, fresh=True)
    await far.answer()
    third = start(cache, fresh=True)
    await far.answer()
    await far.answer()
    assert await numbers(first, second, third) == [1, 2, 3]


async def test_fresh_after_a_failing_flight_is_still_fetched() -> None:
    far = Far()
    cache = far.cache()
    first = start(cache)
    await settle()
    fresh = start(cache, fresh=True)
    await far.answer(Unavailable("down"))
    joined = start(cache)
    await far.answer()
    assert await numbers(fresh, joined) == [2, 2]
    with pytest.raises(Unavailable):
        await first
    assert len(far.asked) == 2


async def test_recent_is_the_last_unfiltered_answer_of_that_age() -> None:
    far = Far()
    cache = far.cache(1)
    assert cache.recent(1000) is None
    tasks = [start(cache), start(cache, "custom")]
    await far.answer()
    await far.answer()
    assert await numbers(*tasks) == [1, 2]
    far.now += 600
    assert number(cache.recent(601)) == 1
    assert cache.recent(600) is None


async def test_number_of_kept_answers_is_bounded_but_the_unfiltered_one_stays() -> None:
    far = Far()
    cache = far.cache(15)
    filters: list[tuple[str, ...]] = [(), *((f"type-{n}",) for n in range(MAX_KEPT + 1))]
    for each in filters:
        task = start(cache, *each)
        await far.answer()
        await task
    assert number(cache.recent(15)) == 1
    kept = [start(cache, *each) for each in filters[2:]]
    await settle()
    assert all(task.done() for task in kept)
    dropped = start(cache, *filters[1])
    await far.answer()
    assert await numbers(dropped) == [len(filters) + 1]


async def test_expired_answers_are_dropped_when_another_comes() -> None:
    far = Far()
    cache = far.cache(15)
    old = start(cache, "old")
    await far.answer()
    far.now += 15
    new = start(cache, "new")
    await far.answer()
    far.now -= 15
    again = start(cache, "old")
    await far.answer()
    assert await numbers(old, new, again) == [1, 2, 3]


async def test_closing_cancels_what_is_under_way() -> None:
    far = Far()
    cache = far.cache()
    tasks = [start(cache), start(cache, "custom"), start(cache, fresh=True)]
    await settle()
    tasks.append(start(cache, fresh=True))
    await settle()
    await cache.aclose()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {asyncio.CancelledError}
    assert len(far.asked) == 2

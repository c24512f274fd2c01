"""After downtime there is one late digest that says why, or none and the next says so."""

import asyncio
from datetime import time, timedelta

import pytest

from bot.schedule import DeliveryState
from tests.digests.clocks import DAY, HOUR, MINUTE, NINE, SECOND
from tests.digests.world import Meanwhile, World, sqlite_only
from tests.listeners.scene import CHANNEL, ELSEWHERE

EVERY_QUARTER = (time(9), time(9, 15), time(9, 30))


async def test_what_was_missed_within_the_grace_is_posted_late_and_says_so(world: World) -> None:
    await world.schedule()
    world.clock.set(NINE + 47 * MINUTE)
    replica = await world.replica()
    await replica.look()
    assert "47 minutes late: restarted" in world.last()
    assert "47 minutes late." in world.posts()[0].text
    assert len(world.posts()) == 1
    assert replica.counted("pending_images_digests") == {'late="yes",outcome="posted"': 1.0}


async def test_what_died_in_the_hand_of_a_process_says_that_it_was_restarted(
    world: World, meanwhile: Meanwhile
) -> None:
    """Though it was planned in time: nobody could write down why it is late."""

    async def dies() -> None:
        raise asyncio.CancelledError

    await world.schedule()
    first = await world.replica()
    world.clock.set(NINE + SECOND)
    meanwhile.before(first.store.deliveries, "begin_posting", dies)
    await first.look()
    world.clock.set(NINE + 47 * MINUTE)
    await (await world.replica()).look()
    assert "47 minutes late: restarted" in world.last()


@sqlite_only
async def test_what_died_in_the_hand_of_a_process_is_skipped_beyond_the_grace(
    world: World, meanwhile: Meanwhile
) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    await world.schedule()
    first = await world.replica()
    world.clock.set(NINE + SECOND)
    meanwhile.before(first.store.deliveries, "begin_posting", dies)
    await first.look()
    world.clock.set(NINE + 5 * HOUR)
    await (await world.replica()).look()
    assert world.posts() == []
    record = await world.record()
    assert (record.state, record.outcome) == (DeliveryState.SKIPPED, "")


async def test_one_catches_up_for_all_that_were_missed(world: World) -> None:
    """It is the latest of them."""
    schedule = await world.schedule(times=EVERY_QUARTER)
    world.clock.set(NINE + 47 * MINUTE)
    await (await world.replica()).look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:30/Asia/Seoul"]
    assert "17 minutes late: restarted" in world.last()
    _, skipped = await world.history()
    assert (skipped.state, skipped.missed) == (DeliveryState.SKIPPED, 2)
    assert "2 earlier digests were skipped" in world.last()


@sqlite_only
async def test_who_runs_and_was_held_up_does_not_say_that_it_restarted(world: World) -> None:
    await world.schedule()
    replica = await world.replica()
    world.clock.set(NINE + 47 * MINUTE)
    await replica.look()
    assert "47 minutes late: the bot or its database was not running" in world.last()


@pytest.mark.parametrize("late", [timedelta(), MINUTE - 2 * SECOND])
@sqlite_only
async def test_less_than_a_minute_is_not_worth_telling(world: World, late: timedelta) -> None:
    await world.schedule()
    world.clock.set(NINE + late + SECOND)
    await (await world.replica()).look()
    assert "late" not in world.last()


async def test_what_was_missed_beyond_the_grace_is_skipped_and_the_next_digest_says_so(
    world: World,
) -> None:
    await world.schedule(grace=1800)
    world.clock.set(NINE + 47 * MINUTE)
    replica = await world.replica()
    await replica.look()
    assert world.posts() == []
    skipped = await world.record()
    assert (skipped.state, skipped.due, skipped.missed) == (DeliveryState.SKIPPED, NINE, 1)
    assert replica.counted("pending_images_digests") == {'late="no",outcome="skipped"': 1.0}
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert "An earlier digest, due" in world.last()
    assert "was skipped" in world.last()
    world.clock.set(NINE + 2 * DAY + SECOND)
    await replica.look()
    assert "skipped" not in world.last(), "it is told once"


async def test_many_that_were_skipped_are_one_line(world: World) -> None:
    schedule = await world.schedule(times=EVERY_QUARTER)
    world.clock.set(NINE + 3 * DAY + 20 * MINUTE)
    await (await world.replica()).look()
    posted, skipped = await world.history()
    assert posted.occurrence == f"{schedule.id}/2026-11-26T09:15/Asia/Seoul"
    assert (skipped.state, skipped.missed) == (DeliveryState.SKIPPED, 10)
    assert "10 earlier digests were skipped" in world.last()


@sqlite_only
async def test_what_waits_beyond_the_grace_fails_and_the_next_digest_says_why(
    world: World,
) -> None:
    await world.schedule(grace=600)
    world.clock.set(NINE + SECOND)
    replica = await world.replica()
    world.slack.fail("chat.postMessage", retry_after=700)
    await replica.look()
    world.clock.shift(timedelta(seconds=701))
    await replica.look()
    record = await world.record()
    assert record.state is DeliveryState.FAILED
    assert "Slack asked to wait" in record.outcome
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert "Slack asked to wait" in world.last()
    assert "was not posted" in world.last()


@sqlite_only
async def test_a_digest_that_had_to_wait_says_for_what(world: World) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    replica = await world.replica()
    world.slack.fail("chat.postMessage", retry_after=300)
    await replica.look()
    world.clock.shift(301 * SECOND)
    await replica.look()
    assert "5 minutes late: Slack asked to wait" in world.last()


async def test_a_replica_added_or_removed_changes_nothing(world: World) -> None:
    """Whoever is there brings what is due."""
    await world.schedule()
    await world.schedule(channel=ELSEWHERE)
    first = await world.replica()
    world.clock.set(NINE + SECOND)
    await first.look()
    second = await world.replica()
    await second.look()
    world.clock.set(NINE + DAY + SECOND)
    await second.look()
    for channel, number in ((CHANNEL, 1), (ELSEWHERE, 2)):
        days = [f"{number}/2026-11-{day}T09:00/Asia/Seoul" for day in (23, 24)]
        assert world.occurrences(channel) == days
    assert "late" not in world.last()
    world.clock.shift(HOUR)
    await first.look()
    assert len(world.posts()) == 2

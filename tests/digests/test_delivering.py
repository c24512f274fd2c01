"""A digest that is due arrives once, whichever replica brings it, by the database's time."""

import asyncio
from datetime import time, timedelta

import pytest

from bot.digests.crew import WORKERS
from bot.schedule import DeliveryState
from tests.digests.clocks import HOUR, MINUTE, NINE, SECOND
from tests.digests.world import ADA, Replica, World, postgresql_only, sqlite_only
from tests.listeners.scene import CHANNEL, ELSEWHERE, title


async def test_what_is_due_is_posted_once_and_can_be_found_again(
    world: World, replica: Replica
) -> None:
    """It has text, blocks, and metadata that name its occurrence."""
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    await replica.look()
    await replica.look()
    (post,) = world.posts()
    occurrence = f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"
    payload = {"occurrence": occurrence, "schedule": str(schedule.id)}
    assert post.metadata == {"event_type": "pending_images_digest", "event_payload": payload}
    assert post.text.startswith("Digest: 3 pending images wait for a decision.")
    assert title(post) == "3 pending images wait for a decision"
    assert not post.unfurl_links
    assert not post.unfurl_media


async def test_a_delivery_leaves_a_record(world: World, replica: Replica) -> None:
    """It says when each step was, what became of it, and what it counted."""
    await world.schedule(query=world.settings.digest_query)
    world.clock.set(NINE + SECOND)
    await replica.look()
    record = await world.record()
    assert record.state is DeliveryState.POSTED
    assert record.due == NINE
    assert record.started_at
    assert record.data_at
    assert record.posting_at
    assert record.finished_at
    steps = [record.planned_at, record.started_at, record.posting_at, record.finished_at]
    assert steps[0] > NINE
    assert steps == sorted(steps)
    assert record.started_at <= record.data_at <= record.posting_at
    assert record.ts == world.posts()[0].ts
    assert (record.outcome, record.delay, record.attempts) == ("", "", 1)
    assert (record.total, record.matched) == (3, 3)
    assert (record.owner, record.lease_until) == (None, None)


@sqlite_only
async def test_ended_digests_are_counted(world: World, replica: Replica) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    await replica.look()
    assert replica.counted("pending_images_digests") == {'late="no",outcome="posted"': 1.0}


async def test_before_it_is_due_nothing_happens(world: World, replica: Replica) -> None:
    await world.schedule()
    world.clock.set(NINE - 5 * SECOND)
    await replica.look()
    assert await world.history() == []
    assert world.slack.calls == []


@sqlite_only
async def test_each_of_several_schedules_gets_its_own(world: World, replica: Replica) -> None:
    """Also where one answer of SCP serves all that are due at one moment."""
    channels = [f"C0MANY{number:04}" for number in range(20)]
    for channel in channels:
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel)
    world.clock.set(NINE + SECOND)
    await replica.look()
    for number, channel in enumerate(channels, 1):
        assert world.occurrences(channel) == [f"{number}/2026-11-23T09:00/Asia/Seoul"]
    lists = [seen for seen in world.scp.requests if seen.target == "/v1/pending-images"]
    assert len(lists) <= WORKERS


async def test_many_replicas_bring_each_occurrence_once(world: World) -> None:
    channels = [f"C0MANY{number:04}" for number in range(8)]
    for channel in channels:
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel, times=(time(9), time(9, 15)))
    replicas = [await world.replica() for _ in range(3)]
    for moment in (NINE + SECOND, NINE + 15 * MINUTE + SECOND):
        world.clock.set(moment)
        await asyncio.gather(*(replica.look() for replica in replicas))
    for number, channel in enumerate(channels, 1):
        days = [f"{number}/2026-11-23T09:{minute}/Asia/Seoul" for minute in ("00", "15")]
        assert world.occurrences(channel) == days
        assert [record.attempts for record in await world.history(channel)] == [1, 1]


@postgresql_only
@pytest.mark.parametrize("off", [10 * MINUTE, -10 * MINUTE])
async def test_a_replica_whose_wall_clock_is_wrong_is_neither_early_nor_twice(
    world: World, off: timedelta
) -> None:
    """PostgreSQL's clock decides, whatever a host believes."""
    right = await world.replica()
    wrong = await world.replica(now=lambda: world.clock.now() + off)
    await world.schedule()
    world.clock.set(NINE - 5 * SECOND)
    await asyncio.gather(wrong.look(), right.look())
    assert world.posts() == []
    world.clock.set(NINE + SECOND)
    await asyncio.gather(wrong.look(), right.look())
    await asyncio.gather(wrong.look(), right.look())
    assert len(world.posts()) == 1
    assert "late" not in world.last()
    record = await world.record()
    assert record.posting_at is not None
    assert NINE < record.posting_at < NINE + MINUTE


async def test_the_digests_of_the_settings_are_delivered(world: World) -> None:
    """One for each channel that they name; who is started again does not repeat them."""
    for _ in range(2):
        replica = await world.replica(digest_channels=(CHANNEL, ELSEWHERE))
        world.clock.set(max(NINE + SECOND, world.clock.now()))
        await replica.look()
    assert len(world.posts(CHANNEL)) == len(world.posts(ELSEWHERE)) == 1
    assert "from the bot's settings" in world.last()


@sqlite_only
async def test_digests_that_the_settings_name_no_more_rest(world: World) -> None:
    await world.replica(digest_channels=(CHANNEL,))
    replica = await world.replica()
    world.clock.set(NINE + SECOND)
    await replica.look()
    assert await world.history() == []


async def test_send_now_brings_one_at_any_time(world: World, replica: Replica) -> None:
    """And the next that is due is none the less."""
    schedule = await world.schedule()
    assert await world.store.deliveries.plan_now(schedule.id, ADA)
    assert await world.store.deliveries.plan_now(schedule.id, ADA) is None
    await replica.look()
    assert f"asked for by <@{ADA}> with Send now" in world.last()
    world.clock.shift(HOUR + SECOND)
    await replica.look()
    assert world.occurrences()[0].startswith(f"{schedule.id}/now/")
    assert world.occurrences()[1:] == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]

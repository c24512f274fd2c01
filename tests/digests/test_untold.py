"""Makers who could not be told when their digests failed, since Slack took no message at all."""

import asyncio
from datetime import timedelta

import pytest

from bot.digests.telling import LEASE
from bot.schedule import Schedule
from tests.digests.clocks import DAY, NINE
from tests.digests.world import MINE, Meanwhile, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL, Alarms, shown


@pytest.fixture
async def paused(world: World, replica: Replica, alarms: Alarms) -> Schedule:
    """A digest that has paused itself while the bot's token was revoked."""
    alarms.expect("bot: (Slack refuses a digest|the digest's maker could not be told)")
    schedule = await world.schedule()
    world.slack.fail("chat.postMessage", error="token_revoked", times=6)
    for days in range(3):
        world.clock.set(NINE + days * DAY + timedelta(seconds=1))
        await replica.look()
    kept = await world.store.schedules.get(schedule.id)
    assert kept is not None
    assert kept.paused_at is not None
    assert world.posts() == world.posts(MINE) == []
    return kept


async def started(world: World) -> None:
    """Start one more process a second later, let it begin its work, and stop it."""
    world.clock.shift(timedelta(seconds=1))
    replica = await world.replica()
    replica.digests.start()
    await replica.digests.clock.stop()
    await replica.rest()


async def test_is_told_once_at_the_next_start(world: World, paused: Schedule) -> None:
    await started(world)
    await started(world)
    (told,) = world.posts(MINE)
    assert f"Digest #{paused.id} has paused itself" in told.text
    assert f"Digest #{paused.id} to <#{CHANNEL}> has paused itself" in shown(told)
    assert "reinstall the app and set SLACK_BOT_TOKEN" in shown(told)


async def test_is_told_at_a_later_start_where_slack_still_refuses(
    world: World, paused: Schedule
) -> None:
    world.slack.fail("chat.postMessage", error="token_revoked")
    await started(world)
    assert world.posts(MINE) == []
    await started(world)
    assert f"#{paused.id}" in shown(world.posts(MINE)[0])


async def test_is_not_told_of_what_somebody_has_paused(world: World) -> None:
    schedule = await world.schedule()
    await world.store.schedules.pause(schedule.id, "U0SIM0002")
    await started(world)
    assert world.posts(MINE) == []


async def test_is_told_soon_where_slack_asked_to_wait(
    world: World, replica: Replica, alarms: Alarms
) -> None:
    alarms.expect("bot: Slack refuses a digest")
    await world.schedule()
    world.slack.archive(CHANNEL)
    world.slack.fail("chat.postMessage", error="is_archived")
    world.slack.fail("chat.postMessage", retry_after=60)
    world.clock.set(NINE + timedelta(seconds=1))
    await replica.look()
    assert world.posts(MINE) == []
    world.clock.shift(timedelta(seconds=55))
    await replica.look()
    assert world.posts(MINE) == []
    world.clock.shift(timedelta(seconds=5))
    await replica.look()
    assert len(world.posts(MINE)) == 1


@sqlite_only
async def test_is_told_of_many_that_fail_together_in_few_messages(
    world: World, replica: Replica, alarms: Alarms
) -> None:
    alarms.expect("bot: Slack refuses a digest")
    channels = [f"C0MANY{number:04}" for number in range(15)]
    for channel in channels:
        world.slack.channel(channel, channel.lower())
        world.slack.archive(channel)
    made = [await world.schedule(channel=channel) for channel in channels]
    world.clock.set(NINE + timedelta(seconds=1))
    for _ in range(4):
        await replica.look()
        world.clock.shift(timedelta(seconds=1))
    told = [shown(post) for post in world.posts(MINE)]
    assert len(told) <= 4, "one a second"
    for schedule in made:
        assert sum(f"*Digest #{schedule.id} " in text for text in told) == 1


async def test_is_told_where_a_process_died_over_telling(
    world: World, replica: Replica, alarms: Alarms, meanwhile: Meanwhile
) -> None:
    alarms.expect("bot: Slack refuses a digest")
    await world.schedule()
    world.slack.archive(CHANNEL)
    world.clock.set(NINE + timedelta(seconds=1))
    meanwhile.before(replica.store.schedules, "claim_telling", dies)
    await replica.look()
    await (await world.replica()).look()
    assert len(world.posts(MINE)) == 1


async def test_is_told_after_the_lease_of_who_died_with_it_in_hand(
    world: World, replica: Replica, alarms: Alarms, meanwhile: Meanwhile
) -> None:
    alarms.expect("bot: Slack refuses a digest")
    await world.schedule()
    world.slack.archive(CHANNEL)
    world.clock.set(NINE + timedelta(seconds=1))
    meanwhile.after(replica.store.schedules, "claim_telling", dies)
    await replica.look()
    other = await world.replica()
    await other.look()
    assert world.posts(MINE) == []
    world.clock.shift(LEASE + timedelta(seconds=1))
    await other.look()
    assert len(world.posts(MINE)) == 1
    await other.look()
    assert len(world.posts(MINE)) == 1


async def dies() -> None:
    """End the task that tells, as ``kill -9`` ends all."""
    raise asyncio.CancelledError

"""A whole bot: its clock wakes by itself, and its stop leaves to others what it had in hand."""

import asyncio

import pytest

from bot.app import build
from bot.digests import alarms as alarms_module
from bot.schedule import DeliveryState
from tests.digests.clocks import HOUR, NINE, SECOND
from tests.digests.world import Meanwhile, Replica, World, draft
from tests.listeners.scene import AT_ONCE, Alarms


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot looks often, for the tests move the clocks under its feet."""
    monkeypatch.setattr(alarms_module, "LOOK_SECONDS", 0.05)


async def test_a_bot_that_runs_delivers_what_comes_due(world: World) -> None:
    schedule = await world.schedule()
    async with build(world.settings, now=world.clock.now, retries=AT_ONCE) as bot:
        await bot.start()
        world.clock.set(NINE + SECOND)
        await world.slack.wait_for(world.posts)
        await bot.stop()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    assert (await world.record()).state is DeliveryState.POSTED


async def test_the_bot_wakes_when_the_next_one_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not look in between."""
    monkeypatch.setattr(alarms_module, "LOOK_SECONDS", 3600.0)
    await world.schedule()
    world.clock.set(NINE - SECOND / 4)
    async with build(world.settings, now=world.clock.now, retries=AT_ONCE) as bot:
        await bot.start()
        if world.clock.url.startswith("sqlite"):
            await asyncio.sleep(0)
            world.clock.misplace(SECOND / 2)  # a clock that stands still
        await world.slack.wait_for(world.posts)
        await bot.stop()
    record = await world.record()
    assert record.posting_at is not None
    assert record.posting_at >= NINE


async def test_what_is_in_hand_at_a_stop_is_finished(world: World, meanwhile: Meanwhile) -> None:
    await world.schedule()
    replica = await world.replica()
    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", replica.digests.clock.stop)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTED


async def test_after_the_stop_nothing_is_begun(world: World, replica: Replica) -> None:
    await world.schedule()
    await replica.digests.clock.stop()
    world.clock.set(NINE + SECOND)
    replica.digests.clock.wake()
    await replica.rest()
    await replica.look()
    assert world.posts() == []
    assert (await world.record()).state is DeliveryState.WAITING


async def asked(world: World) -> None:
    """Wait until SCP is asked and does not answer."""
    async with asyncio.timeout(10):
        while not any(seen.failure for seen in world.scp.requests):  # noqa: ASYNC110  the simulator tells nobody
            await asyncio.sleep(0.01)


async def test_what_could_not_be_finished_is_left_to_others_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    """Without waiting for any lease."""
    monkeypatch.setattr("bot.lifecycle.DRAIN_SECONDS", 0.05)
    alarms.expect("stopped in the middle of work")
    schedule = await world.schedule()
    other = await world.replica()
    world.scp.fail("slow", 1)
    async with build(world.settings, now=world.clock.now, retries=AT_ONCE) as bot:
        await bot.start()
        world.clock.set(NINE + SECOND)
        await asked(world)
        assert (await world.record()).state is DeliveryState.PREPARING
        await bot.stop()
    assert (await world.record()).state is DeliveryState.WAITING
    await other.look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    assert (await world.record()).attempts == 2


async def test_what_was_being_posted_at_a_stop_is_not_left_to_others_at_once(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """It may arrive yet: the lease has to run out."""
    await world.schedule()
    other = await world.replica()

    async def stopped() -> None:
        raise asyncio.CancelledError

    world.clock.set(NINE + SECOND)
    meanwhile.after(replica.store.deliveries, "begin_posting", stopped)
    await replica.look()
    await replica.digests.release()
    await other.look()
    assert world.posts() == []
    assert (await world.record()).state is DeliveryState.POSTING


async def test_a_schedule_made_meanwhile_is_planned_when_it_wakes(
    world: World, replica: Replica
) -> None:
    """As commands have it do."""
    world.clock.set(NINE + HOUR)
    await replica.look()
    schedule = await replica.store.schedules.add(draft(), "U0SIM0001")
    await replica.store.deliveries.plan_now(schedule.id, "U0SIM0001")
    replica.digests.clock.wake()
    await replica.rest()
    assert len(world.posts()) == 1

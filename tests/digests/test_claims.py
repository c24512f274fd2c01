"""Who has lost a claim does not post; nor who is told meanwhile that nobody wants it."""

from datetime import timedelta

import msgspec
import pytest

from bot.digests.crew import PREPARING_LEASE
from bot.query import parse_query
from bot.schedule import DeliveryState, draft_of
from bot.sending import POSTING_LEASE, SEND_WITHIN
from tests.digests.clocks import DAY, MINUTE, NINE, SECOND
from tests.digests.world import ADA, Meanwhile, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL, ELSEWHERE

HELD_UP = timedelta(seconds=SEND_WITHIN) + SECOND


async def test_who_was_held_up_leaves_it_to_who_took_it_over(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    schedule = await world.schedule()
    other = await world.replica()

    async def take_over() -> None:
        world.clock.shift(PREPARING_LEASE + SECOND)
        await other.look()
        assert len(world.posts()) == 1

    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", take_over)
    await replica.look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    record = await world.record()
    assert (record.state, record.attempts) == (DeliveryState.POSTED, 2)


async def test_who_outlived_its_lease_begins_again(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """Also where nobody else has taken it over: nobody can know."""
    await world.schedule()

    async def sleep() -> None:
        world.clock.shift(PREPARING_LEASE + SECOND)

    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", sleep)
    await replica.look()
    await replica.look()
    assert len(world.posts()) == 1
    assert (await world.record()).attempts == 2


async def test_who_was_held_up_right_before_the_post_does_not_send_it(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """It claims it once more first."""
    await world.schedule()

    async def sleep() -> None:
        world.clock.shift(HELD_UP)

    world.clock.set(NINE + SECOND)
    meanwhile.after(replica.store.deliveries, "begin_posting", sleep)
    await replica.look()
    record = await world.record()
    assert (record.state, record.attempts) == (DeliveryState.POSTED, 2)
    assert record.delay == "the bot was held up"
    assert len(world.posts()) == 1


async def test_who_was_held_up_after_the_claim_does_not_post_what_another_has_posted(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    await world.schedule()
    other = await world.replica()

    async def take_over() -> None:
        world.clock.shift(POSTING_LEASE + SECOND)
        await other.look()
        assert len(world.posts()) == 1

    world.clock.set(NINE + SECOND)
    meanwhile.after(replica.store.deliveries, "begin_posting", take_over)
    await replica.look()
    assert len(world.posts()) == 1
    record = await world.record()
    assert (record.state, record.attempts) == (DeliveryState.POSTED, 2)


async def test_a_process_that_wakes_does_not_take_its_next_claim_for_the_first(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """The same process has taken it over: its own later self has the say."""
    await world.schedule()

    async def take_over() -> None:
        world.clock.shift(PREPARING_LEASE + SECOND)
        await replica.digests.clock.look()
        await world.slack.wait_for(world.posts)

    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", take_over)
    await replica.look()
    assert len(world.posts()) == 1


async def test_what_was_deleted_meanwhile_is_not_posted(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    schedule = await world.schedule()

    async def delete() -> None:
        await world.store.schedules.delete(schedule.id)

    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", delete)
    await replica.look()
    await replica.look()
    assert world.posts() == []
    record = await world.record()
    assert (record.state, record.outcome) == (DeliveryState.SKIPPED, "The digest was deleted.")


async def test_what_was_paused_meanwhile_is_not_posted(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    schedule = await world.schedule()

    async def pause() -> None:
        await world.store.schedules.pause(schedule.id, ADA)

    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "begin_posting", pause)
    await replica.look()
    await replica.look()
    assert world.posts() == []
    record = await world.record()
    assert (record.state, record.outcome) == (DeliveryState.SKIPPED, "The digest was paused.")


async def test_what_was_deleted_while_it_was_posted_keeps_its_end(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """It may have arrived, and nobody looks any more."""
    schedule = await world.schedule()

    async def delete() -> None:
        await world.store.schedules.delete(schedule.id)

    world.clock.set(NINE + SECOND)
    meanwhile.after(replica.store.deliveries, "begin_posting", delete)
    await replica.look()
    world.clock.shift(MINUTE)
    await replica.look()
    assert len(world.posts()) == 1
    assert (await world.record()).state is DeliveryState.UNSURE


@sqlite_only
async def test_send_now_reaches_a_channel_whose_schedule_is_paused(
    world: World, replica: Replica
) -> None:
    schedule = await world.schedule()
    await world.store.schedules.pause(schedule.id, ADA)
    await world.store.deliveries.plan_now(schedule.id, ADA)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTED


@pytest.mark.usefixtures("scp_fails_once")
@sqlite_only
async def test_what_waits_is_posted_as_it_was_edited_last(world: World, replica: Replica) -> None:
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    await replica.look()
    edited = msgspec.structs.replace(draft_of(schedule), query=parse_query("type:k8s"))
    await world.store.schedules.change(schedule.id, 1, edited)
    world.clock.shift(6 * SECOND)
    await replica.look()
    assert "type:k8s" in world.last()


@pytest.mark.usefixtures("scp_fails_once")
async def test_what_waits_is_not_posted_to_a_channel_that_the_schedule_has_left(
    world: World, replica: Replica
) -> None:
    """Nobody there could find the digest that it names; the next one says what was skipped."""
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    await replica.look()
    moved = msgspec.structs.replace(draft_of(schedule), channel=ELSEWHERE)
    await world.store.schedules.change(schedule.id, 1, moved)
    world.clock.shift(6 * SECOND)
    await replica.look()
    assert world.posts(CHANNEL) == []
    record = await world.record()
    assert record.state is DeliveryState.SKIPPED
    assert record.outcome == "The digest was moved to another channel."
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert len(world.posts(ELSEWHERE)) == 1
    said = " ".join(world.last(ELSEWHERE).split())
    assert "was skipped: The digest was moved to another channel." in said

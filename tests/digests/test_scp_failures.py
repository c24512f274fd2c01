"""Where SCP fails it is asked again for a minute; then there is a notice, and never silence."""

from datetime import timedelta

import pytest

from bot.digests.delivery import SCP_WAITS
from bot.schedule import DeliveryState
from bot.sending import UNANSWERED_WAIT
from tests.digests.clocks import DAY, NINE, SECOND
from tests.digests.world import Replica, World, sqlite_only
from tests.listeners.scene import title


@pytest.mark.parametrize("kind", ["server_500", "drop", "unavailable_503", "not_json"])
@sqlite_only
async def test_scp_is_asked_again_after_growing_waits(
    world: World, replica: Replica, kind: str
) -> None:
    """A digest that arrives within the minute says nothing of it."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.scp.fail(kind)
    await replica.look()
    for wait in SCP_WAITS:
        before = len(world.scp.requests)
        world.clock.shift(timedelta(seconds=wait - 2))
        await replica.look()
        assert len(world.scp.requests) == before
        if wait == SCP_WAITS[-1]:
            world.scp.heal()
        world.clock.shift(3 * SECOND)
        await replica.look()
        assert len(world.scp.requests) > before
    assert title(world.posts()[0]) == "3 pending images wait for a decision"
    assert "1 minute late: Samsung Cloud did not answer" in world.last()
    record = await world.record()
    assert (record.state, record.refused) == (DeliveryState.POSTED, len(SCP_WAITS))


async def test_after_the_last_wait_there_is_one_notice_and_the_next_digest_says_so(
    world: World, replica: Replica
) -> None:
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    world.scp.fail("server_500")
    for wait in (*SCP_WAITS, 3600):
        await replica.look()
        world.clock.shift(timedelta(seconds=wait + 1))
    (notice,) = world.posts()
    assert title(notice) == "No digest this time"
    assert "The next one is due" in world.last()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    record = await world.record()
    assert record.state is DeliveryState.NOTICE
    assert record.ts == notice.ts
    assert (record.data_at, record.total, record.matched) == (None, None, None)
    world.scp.heal()
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert "Instead of the digest due" in world.last()
    assert "there was only a notice" in world.last()
    assert "This is the first digest here" in world.last()


@pytest.mark.parametrize("kind", ["hmac", "iam", "not_entitled"])
@sqlite_only
async def test_what_waiting_cannot_mend_is_told_at_once(
    world: World, replica: Replica, kind: str
) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.scp.fail(kind)
    await replica.look()
    assert title(world.posts()[0]) == "No digest this time"
    assert (await world.record()).state is DeliveryState.NOTICE


@sqlite_only
async def test_an_interrupted_notice_is_looked_for_like_a_digest(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.scp.fail("hmac")
    world.slack.fail("chat.postMessage", drop="after")
    await replica.look()
    world.scp.heal()
    world.clock.shift(UNANSWERED_WAIT * SECOND + SECOND)
    await replica.look()
    record = await world.record()
    assert (record.state, record.ts) == (DeliveryState.NOTICE, world.posts()[0].ts)
    assert len(world.posts()) == 1


@sqlite_only
async def test_a_notice_that_slack_never_took_may_become_a_digest(
    world: World, replica: Replica
) -> None:
    """Where SCP answers again."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.scp.fail("hmac")
    world.slack.fail("chat.postMessage", drop="before")
    await replica.look()
    world.scp.heal()
    world.clock.shift(UNANSWERED_WAIT * SECOND + SECOND)
    await replica.look()
    record = await world.record()
    assert (record.state, record.total) == (DeliveryState.POSTED, 3)
    assert len(world.posts()) == 1


@sqlite_only
async def test_a_lasting_failure_of_scp_does_not_pause_a_schedule(
    world: World, replica: Replica
) -> None:
    """Slack took the notice: nothing is wrong with the channel."""
    schedule = await world.schedule()
    world.scp.fail("hmac")
    for day in range(4):
        world.clock.set(NINE + day * DAY + SECOND)
        await replica.look()
    assert len(world.posts()) == 4
    kept = await world.store.schedules.get(schedule.id)
    assert kept
    assert (kept.failures, kept.paused_at) == (0, None)

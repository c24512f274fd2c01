"""A delivery interrupted between Slack's answer and the record is looked for, then repeated."""

import asyncio
from datetime import timedelta

import pytest

from bot.digests.crew import PREPARING_LEASE
from bot.schedule import DeliveryState
from bot.sending import POSTING_LEASE, UNANSWERED_WAIT, UNSURE_WAIT
from tests.digests.clocks import DAY, HOUR, MINUTE, NINE, SECOND
from tests.digests.world import ADA, Meanwhile, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL

POST, HISTORY = "chat.postMessage", "conversations.history"
UNSURE = timedelta(seconds=UNANSWERED_WAIT)
"""Where Slack has not answered."""


async def dies() -> None:
    """End the task that delivers, as ``kill -9`` ends all."""
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("lost", "unsure"), [("answer", UNSURE), ("HTTP 500", timedelta(seconds=UNSURE_WAIT))]
)
async def test_what_slack_took_before_the_connection_broke_is_found_and_not_repeated(
    world: World, replica: Replica, lost: str, unsure: timedelta
) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    if lost == "answer":
        world.slack.fail(POST, drop="after")
    else:
        world.slack.fail(POST, status=500, accepted=True)
    await replica.look()
    world.clock.shift(unsure / 2)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTING
    assert world.calls(HISTORY) == 0, "Slack may take a moment to show it"
    world.clock.shift(unsure / 2 + SECOND)
    await replica.look()
    record = await world.record()
    assert (record.state, record.ts) == (DeliveryState.POSTED, world.posts()[0].ts)
    world.clock.shift(HOUR)
    await replica.look()
    assert world.calls(POST) == 1


@sqlite_only
async def test_the_digest_that_was_found_is_what_the_next_one_is_compared_with(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    await replica.look()
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert "nothing new or gone" in world.last()


async def test_what_slack_never_took_is_posted_again_once(world: World, replica: Replica) -> None:
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="before")
    await replica.look()
    assert world.posts() == []
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    assert world.calls(HISTORY) == 1
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    record = await world.record()
    assert (record.state, record.attempts) == (DeliveryState.POSTED, 2)


@sqlite_only
async def test_what_was_looked_for_in_vain_is_looked_for_again_before_every_try(
    world: World, replica: Replica
) -> None:
    """Slack may show it late: meanwhile SCP failed, or Slack asked to wait."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="before")
    await replica.look()
    world.scp.fail("server_500", 1)
    world.clock.shift(UNSURE + SECOND)  # what SCP said before the post is no longer good
    await replica.look()
    world.slack.fail(POST, retry_after=5)
    for looks in (2, 3):
        assert (await world.record()).state is DeliveryState.POSTING
        world.clock.shift(6 * SECOND)
        await replica.look()
        assert world.calls(HISTORY) == looks
    assert len(world.posts()) == 1


@sqlite_only
async def test_it_is_found_behind_other_messages(world: World, replica: Replica) -> None:
    """However few of them Slack shows at a time."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    await replica.look()
    for number in range(5):
        world.slack.plant(CHANNEL, f"chatter {number}", [])
    world.slack.limit_history(2)
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    assert world.calls(HISTORY) == 3
    assert (await world.record()).ts == world.posts()[0].ts
    assert len(world.posts()) == 6


@sqlite_only
async def test_another_digest_of_the_channel_is_not_taken_for_it(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="before")
    for _ in range(4):
        await replica.look()
        world.clock.shift(UNSURE + SECOND)
    numbers = sorted(occurrence.split("/")[0] for occurrence in world.occurrences())
    assert numbers == ["1", "2"]


@pytest.mark.parametrize(
    ("point", "when", "lease"),
    [
        ("begin_posting", "before", PREPARING_LEASE),
        ("begin_posting", "after", POSTING_LEASE),
        ("finish", "before", POSTING_LEASE),
        ("finish", "after", timedelta()),
    ],
)
async def test_what_a_dead_process_had_in_hand_arrives_once(
    world: World, replica: Replica, meanwhile: Meanwhile, point: str, when: str, lease: timedelta
) -> None:
    """Another takes it over when the lease has run out, and no sooner."""
    schedule = await world.schedule()
    other = await world.replica()
    world.clock.set(NINE + SECOND)
    getattr(meanwhile, when)(replica.store.deliveries, point, dies)
    await replica.look()
    before = len(world.posts())
    world.clock.shift(lease - 5 * SECOND)
    await other.look()
    assert len(world.posts()) == before
    world.clock.shift(10 * SECOND)
    await other.look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    record = await world.record()
    assert (record.state, record.ts) == (DeliveryState.POSTED, world.posts()[0].ts)


@pytest.mark.parametrize("arrived", [True, False])
async def test_unseen_and_never_twice_it_is_not_repeated_and_says_so(
    world: World, replica: Replica, arrived: bool
) -> None:
    """Without the scope the bot cannot look: the record and the next digest say what that means."""
    world.slack.scopes.remove("channels:history")
    await world.schedule(if_unsure="never_twice")
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after" if arrived else "before")
    await replica.look()
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    record = await world.record()
    assert record.state is DeliveryState.UNSURE
    assert "cannot look" in record.outcome
    assert "missing_scope" in record.outcome
    assert "apply manifest.yaml" in record.outcome
    assert world.calls(POST) == 1
    world.clock.set(NINE + DAY + SECOND)
    await replica.look()
    assert "may not have arrived, and was not repeated" in world.last()


@sqlite_only
async def test_unseen_and_never_lost_it_is_repeated(world: World, replica: Replica) -> None:
    world.slack.scopes.remove("channels:history")
    schedule = await world.schedule(if_unsure="never_lost")
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="before")
    await replica.look()
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    await replica.look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    assert (await world.record()).state is DeliveryState.POSTED


@pytest.mark.parametrize("policy", ["never_lost", "never_twice"])
@sqlite_only
async def test_a_look_that_fails_for_a_while_is_repeated(
    world: World, replica: Replica, policy: str
) -> None:
    """Neither policy applies to what passes by itself."""
    await world.schedule(if_unsure=policy)
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    world.slack.fail(HISTORY, error="internal_error")
    world.slack.fail(HISTORY, drop="before")
    for _ in range(2):
        await replica.look()
        world.clock.shift(UNSURE + SECOND)
        assert (await world.record()).state is DeliveryState.POSTING
    await replica.look()
    world.clock.shift(MINUTE)
    await replica.look()
    assert (await world.record()).ts == world.posts()[0].ts
    assert (world.calls(POST), world.calls(HISTORY)) == (1, 3)


@pytest.mark.parametrize("policy", ["never_lost", "never_twice"])
@pytest.mark.parametrize("code", ["tls_failed", "internal_error"])
@sqlite_only
async def test_whatever_may_pass_by_itself_is_waited_for_in_a_look_as_in_a_post(
    world: World, replica: Replica, policy: str, code: str
) -> None:
    """Also what is ours to mend, such as a certificate: a post would wait for it too."""
    await world.schedule(if_unsure=policy)
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    world.slack.fail(HISTORY, error=code)
    await replica.look()
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTING
    world.clock.shift(MINUTE)
    await replica.look()
    assert (await world.record()).ts == world.posts()[0].ts
    assert world.calls(POST) == 1


@sqlite_only
async def test_a_look_waits_as_long_as_slack_says(world: World, replica: Replica) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    world.slack.fail(HISTORY, retry_after=90)
    await replica.look()
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    world.clock.shift(85 * SECOND)
    await replica.look()
    assert world.calls(HISTORY) == 1
    world.clock.shift(6 * SECOND)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTED


@sqlite_only
async def test_who_cannot_look_until_it_is_too_late_is_unsure(
    world: World, replica: Replica
) -> None:
    """Whatever the policy: a digest beyond its grace is not repeated."""
    await world.schedule(grace=600)
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    world.slack.fail(HISTORY, error="internal_error", times=100)
    await replica.look()
    world.clock.shift(11 * MINUTE)
    await replica.look()
    record = await world.record()
    assert record.state is DeliveryState.UNSURE
    assert "internal_error" in record.outcome
    assert world.calls(POST) == 1


async def test_a_paused_schedules_digest_is_still_looked_for(
    world: World, replica: Replica
) -> None:
    """It may stand in the channel: its record says where."""
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, drop="after")
    await replica.look()
    await world.store.schedules.pause(schedule.id, ADA)
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    assert (await world.record()).ts == world.posts()[0].ts

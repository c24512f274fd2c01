"""Slack's pace: as it asks to wait, a channel's own, and the whole workspace's."""

import asyncio
from datetime import datetime, time
from itertools import pairwise, takewhile

from hypothesis import given
from hypothesis import strategies as st

from bot.background.pace import Pace
from bot.digests.crew import WORKERS
from bot.schedule import DeliveryState
from tests.digests.clocks import MINUTE, NINE, SECOND
from tests.digests.world import Meanwhile, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL, ELSEWHERE

POST = "chat.postMessage"


@sqlite_only
async def test_slack_is_asked_again_when_it_said_and_not_before(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, retry_after=37)
    await replica.look()
    world.clock.shift(36 * SECOND)
    await replica.look()
    assert world.calls(POST) == 1
    world.clock.shift(SECOND)
    await replica.look()
    assert world.calls(POST) == 2
    record = await world.record()
    assert (record.state, record.attempts) == (DeliveryState.POSTED, 2)
    assert world.calls("conversations.history") == 0, "Slack took nothing"


async def test_other_channels_do_not_wait_for_a_slow_one(world: World, replica: Replica) -> None:
    await world.schedule(channel=CHANNEL)
    await world.schedule(channel=ELSEWHERE)
    world.clock.set(NINE + SECOND)
    world.slack.fail(POST, retry_after=60)
    await replica.look()
    assert len(world.posts(CHANNEL)) + len(world.posts(ELSEWHERE)) == 1
    world.clock.shift(61 * SECOND)
    await replica.look()
    assert len(world.posts(CHANNEL)) == len(world.posts(ELSEWHERE)) == 1


async def test_nothing_is_posted_to_a_channel_before_slack_said(world: World) -> None:
    """By no replica; and other channels do not wait."""
    for _ in range(3):
        await world.schedule()
    await world.schedule(channel=ELSEWHERE, times=(time(9, 1),))
    replicas = [await world.replica() for _ in range(2)]
    world.slack.fail(POST, retry_after=120)
    world.clock.set(NINE + SECOND)
    await replicas[0].look()
    await replicas[1].look()
    world.clock.shift(2 * SECOND)
    for replica in replicas:
        await replica.look()
    world.clock.shift(MINUTE)
    for replica in replicas:
        await replica.look()
    assert (world.calls(POST), len(world.posts()), len(world.posts(ELSEWHERE))) == (2, 0, 1)
    world.clock.shift(MINUTE)
    for _ in range(5):
        for replica in replicas:
            await replica.look()
        world.clock.shift(SECOND)
    assert len(world.posts()) == 3
    assert world.calls(POST) == 5, "none was refused again"


async def test_a_channel_gets_one_a_second_from_all_replicas_together(world: World) -> None:
    """Slack need not say so first."""
    world.slack.limit_messages(1, burst=1)
    for _ in range(4):
        await world.schedule()
    replicas = [await world.replica() for _ in range(3)]
    world.clock.set(NINE + SECOND)
    for _ in range(8):
        await asyncio.gather(*(replica.look() for replica in replicas))
        world.clock.shift(SECOND)
    assert len(set(world.occurrences())) == len(world.posts()) == 4
    assert world.calls(POST) == 4, "none was refused"
    begun = sorted(_posting(record.posting_at) for record in await world.history())
    assert all(later - earlier >= SECOND for earlier, later in pairwise(begun))


async def test_where_the_workspace_is_busy_all_channels_wait(
    world: World, replica: Replica
) -> None:
    """Two channels in a row that are told to wait tell as much; nothing is lost by it."""
    channels = [f"C0MANY{number:04}" for number in range(20)]
    for channel in channels:
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel)
    world.slack.limit_messages(None, per_workspace=0.1, workspace_burst=2)
    world.clock.set(NINE + SECOND)
    await replica.look()
    refused = sum(call.error == "ratelimited" for call in world.slack.calls)
    assert 2 <= refused <= WORKERS, "those in hand, and none after them"
    records = [await world.record(channel) for channel in channels]
    assert any(record.attempts == 0 for record in records), "nor are others taken up"
    world.slack.limit_messages(None)
    world.clock.shift(11 * SECOND)
    await replica.look()
    assert [len(world.posts(channel)) for channel in channels] == [1] * 20


@sqlite_only
async def test_what_is_in_hand_is_not_sent_to_a_busy_workspace(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """It waits for the end of the pause without asking Slack."""
    channels = ("C0BUSY1", "C0BUSY2", "C0BUSY3")
    for channel in channels:
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel)

    async def two_are_told_to_wait() -> None:
        async with asyncio.timeout(10):
            while await waiting() < 2:  # noqa: ASYNC110  the database tells nobody
                await asyncio.sleep(0.01)

    async def waiting() -> int:
        records = [await world.history(channel) for channel in channels]
        return sum(record[0].delay == "Slack asked to wait" for record in records)

    world.slack.fail(POST, retry_after=30, times=2)
    world.clock.set(NINE + SECOND)
    meanwhile.before(replica.store.deliveries, "baseline", two_are_told_to_wait)
    await replica.look()
    assert world.calls(POST) == 2
    assert await waiting() == 3
    world.clock.shift(31 * SECOND)
    await replica.look()
    assert [len(world.posts(channel)) for channel in channels] == [1, 1, 1]


@sqlite_only
async def test_channels_that_are_slow_each_by_themselves_do_not_make_others_wait(
    world: World, replica: Replica
) -> None:
    """One that was posted in between tells that the workspace is not busy."""
    channels = [f"C0SLOW{number}" for number in range(4)]
    for number, channel in enumerate(channels):
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel, times=(time(9, number),))
    for number, slow in enumerate((True, False, True, False)):
        world.clock.set(NINE + number * MINUTE + SECOND)
        if slow:
            world.slack.fail(POST, retry_after=300)
        await replica.look()
    assert [len(world.posts(channel)) for channel in channels] == [0, 1, 0, 1]


@sqlite_only
async def test_long_waits_of_two_channels_are_no_reason_for_others_to_wait_as_long(
    world: World, replica: Replica
) -> None:
    channels = [f"C0LONG{number}" for number in range(3)]
    for number, channel in enumerate(channels):
        world.slack.channel(channel, channel.lower())
        await world.schedule(channel=channel, times=(time(9, number // 2),))
    world.slack.fail(POST, retry_after=140, times=2)
    world.clock.set(NINE + SECOND)
    await replica.look()
    world.clock.shift(MINUTE)
    await replica.look()
    assert [len(world.posts(channel)) for channel in channels] == [0, 0, 1]


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


Answer = tuple[str, int]
"""A channel, and for how many seconds Slack asked it to wait; 0 took the post."""

answers = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 60)), max_size=12)


@given(answers)
def test_all_wait_only_after_two_channels_in_a_row(given_answers: list[Answer]) -> None:
    clock = Hand()
    pace = Pace(clock)
    for channel, seconds in given_answers:
        if seconds:
            pace.limited(channel, seconds)
        else:
            pace.posted()
    since_the_last_post = list(takewhile(lambda answer: answer[1], reversed(given_answers)))
    in_a_row = any(a[0] != b[0] for a, b in pairwise(since_the_last_post))
    assert (pace.left() > 0) == in_a_row
    assert pace.left() <= max([seconds for _, seconds in since_the_last_post], default=0)
    clock.now = 10.0
    assert pace.left() == 0


def test_a_wait_that_is_over_says_nothing_of_the_workspace() -> None:
    clock = Hand()
    pace = Pace(clock)
    pace.limited("A", 5)
    clock.now = 6.0
    pace.limited("B", 5)
    assert pace.left() == 0


def _posting(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment

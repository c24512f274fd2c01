"""Where Slack refuses for good, the maker is told once, and the third time the schedule pauses."""

from collections.abc import Callable
from typing import Literal

import pytest

from bot.schedule import DeliveryState
from bot.sim.slack import Actor
from tests.digests.clocks import DAY, HOUR, NINE, SECOND
from tests.digests.world import ADA, MINE, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL, Alarms, shown

Revoked = Literal["token_revoked", "invalid_auth", "account_inactive"]

refusals = pytest.mark.parametrize(
    ("code", "happens", "remedy"),
    [
        ("is_archived", lambda slack: slack.archive(CHANNEL), "The channel is archived"),
        ("not_in_channel", lambda slack: slack.remove_bot(CHANNEL), "Invite the bot"),
        ("channel_not_found", lambda slack: slack.delete_channel(CHANNEL), "Invite the bot"),
    ],
)
Happens = Callable[[object], None]


@pytest.fixture(autouse=True)
def the_log_says_it(alarms: Alarms) -> None:
    """Each refusal is an error of the log."""
    alarms.expect("bot: Slack refuses a digest")


async def days(world: World, replica: Replica, *numbers: int) -> None:
    """Let the digests of these days come due."""
    for number in numbers:
        world.clock.set(NINE + number * DAY + SECOND)
        await replica.look()


@refusals
async def test_the_maker_is_told_once_and_at_the_third_time_it_pauses(
    world: World, replica: Replica, code: str, happens: Happens, remedy: str
) -> None:
    schedule = await world.schedule()
    happens(world.slack)
    await days(world, replica, 0, 1)
    (told,) = world.posts(MINE)
    assert f"could not be posted to <#{CHANNEL}>" in shown(told)
    assert code in shown(told)
    assert remedy in shown(told)
    record = await world.record()
    assert record.state is DeliveryState.FAILED
    assert code in record.outcome
    assert remedy in record.outcome
    running = await world.store.schedules.get(schedule.id)
    assert running
    assert (running.failures, running.paused_at) == (2, None)
    await days(world, replica, 2, 3)
    paused = await world.store.schedules.get(schedule.id)
    assert paused
    assert paused.paused_at
    assert paused.paused_by is None
    assert code in paused.pause_reason
    assert remedy in paused.pause_reason
    assert len(await world.history()) == 3
    assert len(world.posts(MINE)) == 1


@sqlite_only
async def test_a_digest_that_arrives_ends_the_failures(world: World, replica: Replica) -> None:
    """The next refusal is the first again, and its maker is told anew."""
    schedule = await world.schedule()
    world.slack.archive(CHANNEL)
    await days(world, replica, 0, 1)
    world.slack.unarchive(CHANNEL)
    await days(world, replica, 2)
    assert len(world.posts()) == 1
    assert "was not posted" in world.last()
    world.slack.archive(CHANNEL)
    await days(world, replica, 3, 4)
    kept = await world.store.schedules.get(schedule.id)
    assert kept
    assert (kept.failures, kept.paused_at) == (2, None)
    assert len(world.posts(MINE)) == 2


@sqlite_only
async def test_a_schedule_resumed_after_its_channel_came_back_goes_on(
    world: World, replica: Replica
) -> None:
    schedule = await world.schedule()
    world.slack.archive(CHANNEL)
    await days(world, replica, 0, 1, 2)
    world.slack.unarchive(CHANNEL)
    await world.store.schedules.resume(schedule.id)
    await days(world, replica, 3)
    assert world.occurrences() == [f"{schedule.id}/2026-11-26T09:00/Asia/Seoul"]


async def test_who_could_not_be_told_is_told_the_next_time(
    world: World, replica: Replica, alarms: Alarms
) -> None:
    alarms.expect("the digest's maker could not be told")
    await world.schedule()
    world.slack.fail("chat.postMessage", error="is_archived")
    world.slack.fail("chat.postMessage", error="internal_error")
    await days(world, replica, 0)
    assert world.posts(MINE) == []
    world.slack.archive(CHANNEL)
    await days(world, replica, 1, 2)
    assert len(world.posts(MINE)) == 1


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
@sqlite_only
async def test_a_token_that_is_no_good_pauses_it_visibly(
    world: World, replica: Replica, alarms: Alarms, code: Revoked
) -> None:
    """There is nobody whom the bot could tell: the schedule and the log say it."""
    alarms.expect("the digest's maker could not be told")
    schedule = await world.schedule()
    world.slack.revoke(code)
    await days(world, replica, 0, 1, 2)
    paused = await world.store.schedules.get(schedule.id)
    assert paused
    assert paused.paused_at
    assert code in paused.pause_reason
    assert [record.state for record in await world.history()] == [DeliveryState.FAILED] * 3


@sqlite_only
async def test_a_digest_of_the_settings_has_nobody_to_tell(world: World) -> None:
    """The log says it, and the record."""
    world.slack.archive(CHANNEL)
    replica = await world.replica(digest_channels=(CHANNEL,))
    await days(world, replica, 0, 1, 2)
    assert {call.arguments["channel"] for call in world.slack.calls} == {CHANNEL}
    assert "is_archived" in (await world.record()).outcome
    (paused,) = await world.store.schedules.of_channel(CHANNEL, {1})
    assert "is_archived" in paused.schedule.pause_reason


@sqlite_only
async def test_a_refusal_is_not_repeated(world: World, replica: Replica) -> None:
    """Before the next digest is due."""
    await world.schedule()
    world.slack.archive(CHANNEL)
    await days(world, replica, 0)
    world.clock.shift(HOUR)
    await replica.look()
    to_channel = [c for c in world.slack.calls if c.arguments["channel"] == CHANNEL]
    assert len(to_channel) == 1


@pytest.mark.parametrize(("admins", "told"), [({ADA, "U0SIM0002"}, 2), (set(), 0)])
@sqlite_only
async def test_of_a_digest_of_the_settings_its_admins_are_told(
    world: World,
    bob: Actor,  # noqa: ARG001  who must be there to be told
    admins: set[str],
    told: int,
) -> None:
    replica = await world.replica(digest_channels=(CHANNEL,), digest_admins=frozenset(admins))
    world.slack.archive(CHANNEL)
    await days(world, replica, 0, 1)
    posts = [post for user in ("0001", "0002") for post in world.posts(f"D0SIM{user}")]
    assert len(posts) == told
    assert all("of the bot's settings" in shown(post) for post in posts)

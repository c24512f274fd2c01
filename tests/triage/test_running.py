"""Triage runs by itself: woken by what is done, by moments that come, and stopped in the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog

from bot.digests import watch
from bot.errors import StoreError
from bot.store import Deed
from bot.store.triage import copies
from bot.triage import runtime
from bot.triage.reconciling import QUIET
from tests.digests.world import Meanwhile, sqlite_only
from tests.listeners.scene import CHANNEL, Alarms, labels, running, shown
from tests.store.raw import connected
from tests.triage.test_painting import post
from tests.triage.world import ADA, BOB, Replica, World

pytestmark = sqlite_only

UNREADABLE = """
INSERT INTO outbox (key, kind, channel, image_ids, detail, state, not_before, claims, failures,
    planned_at, outcome)
VALUES ('unreadable', 'escalate', 'C0SIM0001', '?', '', 'waiting', '2999-01-01 00:00:00.000000',
    0, 0, '2026-01-01 00:00:00.000000', '')
"""


@pytest.fixture
async def started(world: World) -> AsyncIterator[Replica]:
    """One process that has seen the images, and runs."""
    replica = await world.replica(watch_channel=None)
    await replica.digests.watch.look()
    replica.triage.start()
    yield replica
    await replica.triage.stop()
    await replica.rest()


async def test_a_decision_is_painted_at_once(world: World, started: Replica) -> None:
    copy = await post(world, world.image())
    await started.decide(world.asked())
    await world.slack.wait_for(lambda: f"Accepted* by <@{ADA}>" in shown(copy))


async def test_whoever_has_done_something_wakes_it(world: World, started: Replica) -> None:
    copy = await post(world, world.image())
    await started.rest()
    await world.claim(BOB)
    started.triage.wake()
    await world.slack.wait_for(lambda: "Release" in labels(copy.blocks))


async def test_what_another_replica_has_done_is_seen_at_the_next_look(
    world: World, started: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "LOOK_SECONDS", 0.05)
    started.triage.wake()
    copy = await post(world, world.image())
    await started.rest()
    await world.claim(BOB)
    await world.slack.wait_for(lambda: "Release" in labels(copy.blocks))


async def test_it_wakes_for_a_moment_that_comes(
    world: World, started: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before it would look anyway."""
    moment = timedelta(seconds=0.3)
    monkeypatch.setattr(copies, "APART", moment)
    monkeypatch.setattr(runtime, "LOOK_SECONDS", 3600.0)
    copy = await post(world, world.image())
    until = await world.store.now() + moment
    await world.store.triage.snooze(Deed(world.image(), ADA, copy.channel_id), until, "")
    started.triage.wake()
    await world.slack.wait_for(lambda: "Wake" in labels(copy.blocks))
    await started.rest()
    world.clock.shift(2 * moment)
    await world.slack.wait_for(lambda: "Snooze" in labels(copy.blocks))


async def test_what_was_left_open_is_ended_at_the_start(world: World, meanwhile: Meanwhile) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    first = await world.replica()
    meanwhile.before(first.store.decisions, "finish", dies)
    with pytest.raises(asyncio.CancelledError):
        await first.decide(world.asked())
    world.clock.shift(QUIET)
    second = await world.replica()
    second.triage.start()
    await second.triage.stop()
    await second.rest()
    assert await world.ended() == [("accept", "done")]


async def test_stopped_it_begins_nothing_more(world: World, started: Replica) -> None:
    await started.rest()
    await started.triage.stop()
    copy = await post(world, world.image())
    await world.claim()
    started.triage.wake()
    await started.rest()
    assert "Claim" in labels(copy.blocks)


async def test_a_database_that_is_away_is_an_outage_and_no_more(
    world: World,
    started: Replica,
    logs: list[structlog.typing.EventDict],
) -> None:
    copy = await post(world, world.image())
    await started.rest()
    with connected(world.clock.url) as database:
        database.do("ALTER TABLE copies RENAME TO away")
        for _ in range(3):
            await started.triage.look()
        database.do("ALTER TABLE away RENAME TO copies")
    await world.claim()
    await started.triage.look()
    await started.rest()
    assert "Release" in labels(copy.blocks)
    about = [e["event"] for e in logs if e.get("what") == "triage's database"]
    assert about == ["it fails", "it works again"]


async def test_a_look_that_fails_for_another_reason_is_not_the_last(
    world: World, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    """Here a call that somebody has planned by hand, and that nobody can read."""
    alarms.expect("a task failed")
    monkeypatch.setattr(runtime, "LOOK_SECONDS", 0.05)
    replica = await world.replica()
    await replica.digests.watch.look()
    with connected(world.clock.url) as database:
        database.do(UNREADABLE)
        replica.triage.start()
        await replica.rest()
        assert world.posts() == []
        database.do("DELETE FROM outbox WHERE key = 'unreadable'")
    await world.slack.wait_for(world.posts)
    await replica.triage.stop()
    await replica.rest()


async def test_what_was_claimed_and_not_posted_is_left_to_others_at_the_end(
    world: World, meanwhile: Meanwhile
) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    del world.scp.images[1:]
    first, second = await world.replica(), await world.replica()
    await first.digests.watch.look()
    meanwhile.after(first.store.outbox, "claim", dies)
    await first.look()
    await second.look()
    assert world.posts() == []
    await first.triage.release()
    await second.look()
    assert len(world.posts()) == 1


async def test_posts_are_left_to_others_though_a_decision_cannot_be_recorded(
    world: World, meanwhile: Meanwhile
) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    async def fails() -> None:
        raise StoreError("Nothing can be recorded.")

    del world.scp.images[1:]
    first, second = await world.replica(), await world.replica()
    await first.digests.watch.look()
    meanwhile.after(first.store.outbox, "claim", dies)
    await first.look()
    meanwhile.before(first.store.decisions, "sending", dies)
    with pytest.raises(asyncio.CancelledError):
        await first.decide(world.asked())
    meanwhile.before(first.store.decisions, "end_left", fails)
    await first.triage.release()
    await second.look()
    assert len(world.posts()) == 1


async def test_a_started_bot_posts_what_is_new_and_admits_its_own_workspace_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it as it is built and started for people."""
    monkeypatch.setattr(watch, "FIRST_AFTER", 0.0)
    stranger = world.slack.stranger()
    world.slack.workspace.channels[CHANNEL].members.add(stranger.id)
    async with running(world.settings, world.slack, world.clock.now):
        await world.slack.wait_for(world.posts)
        await world.slack.user(ADA).press(world.posts()[0], label="Claim")
        await world.slack.wait_for(lambda: f"<@{ADA}>" in shown(world.posts()[0]))
        world.clock.shift(timedelta(seconds=4))
        await stranger.press(world.posts()[0], label="Release")
        told = await world.slack.wait_for(
            lambda: [
                message
                for message in world.slack.messages(CHANNEL, stranger.id)
                if message.ephemeral_to == stranger.id
            ]
        )
        assert "own workspace" in shown(told[0])
    assert f"<@{ADA}>" in shown(world.posts()[0])
    assert (await world.triage()).claim is not None

"""Starting, losing the connection, and stopping, with people at work meanwhile."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot import lifecycle, sockets
from bot.digests import alarms as digest_alarms
from bot.lifecycle import Bot
from bot.listeners.listings import options
from bot.sim.slack import SlackSim
from bot.tasks import RunningTasks
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Alarms,
    Scene,
    both_modes,
    fetch,
    image,
    images,
    menu,
    running,
    settings_for,
    shown,
    socket_mode,
    title,
)


@both_modes
async def test_a_stop_lets_running_answers_finish(scene: Scene, bot: Bot) -> None:
    scene.scp.images = images(3)
    await scene.unanswered(scene.ada.command(COMMAND, "", CHANNEL))
    assert scene.ada.messages(CHANNEL) == []
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0)  # it has begun
    scene.scp.answering.set()
    await stopping
    assert title(scene.ada.messages(CHANNEL)[0]) == "3 pending images"


async def test_a_stop_does_not_wait_for_ever(
    scene: Scene, bot: Bot, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms.expect("bot: stopped in the middle of work")
    monkeypatch.setattr(lifecycle, "DRAIN_SECONDS", 0.05)
    scene.scp.fail("slow")
    await scene.ada.command(COMMAND, "", CHANNEL)
    await bot.stop()
    (message,) = scene.ada.messages(CHANNEL)
    assert "being restarted" in message.text


async def test_a_view_that_a_stop_cuts_off_says_so(
    scene: Scene, bot: Bot, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms.expect("bot: stopped in the middle of work")
    monkeypatch.setattr(lifecycle, "DRAIN_SECONDS", 0.05)
    scene.scp.images = [image("one")]
    settings = settings_for(scene.scp, scene.slack, scp_cache_seconds=0)
    async with running(settings, scene.slack) as other:
        message = await scene.command()
        await scene.unanswered(scene.ada.press(message, label="Details"))
        await other.stop()
        scene.scp.answering.set()
        (view,) = scene.slack.views_of(scene.ada.id)
        assert "The bot is being restarted" in shown(view)
    await bot.stop()


async def test_a_failed_task_is_logged(alarms: Alarms, logs: object) -> None:
    async def work() -> None:
        raise RuntimeError("a bug")

    assert logs == []
    alarms.expect("bot: a task failed")
    tasks = RunningTasks()
    tasks.start(work())
    assert await tasks.drain(1) == 0


async def test_what_a_task_starts_while_a_stop_waits_for_it_is_waited_for() -> None:
    """Else it would run on beside what a stop does when nothing runs."""
    tasks, done = RunningTasks(), asyncio.Event()

    async def later() -> None:
        for _ in range(9):
            await asyncio.sleep(0)
        done.set()

    async def work() -> None:
        await asyncio.sleep(0)
        tasks.start(later())

    tasks.start(work())
    assert await tasks.drain(60) == 0
    assert done.is_set()


async def test_a_digest_is_posted_when_it_is_due_and_counted(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_alarms, "LOOK_SECONDS", 0.02)
    scene.scp.images = images(3)
    settings = settings_for(
        scene.scp,
        scene.slack,
        digest_channels=CHANNEL,
        digest_time="09:00",
        digest_timezone="UTC",
    )
    clock = [datetime(2024, 1, 8, 8, 59, tzinfo=UTC)]
    async with running(settings, scene.slack, lambda: clock[-1]) as bot:
        assert scene.ada.messages(CHANNEL) == []
        clock.append(datetime(2024, 1, 8, 9, 0, tzinfo=UTC))
        (message,) = await scene.slack.wait_for(lambda: scene.ada.messages(CHANNEL))
        assert title(message) == "3 pending images wait for a decision"
        posted = 'pending_images_digests_total{late="no",outcome="posted"} 1.0'
        while posted not in (await fetch(bot.port, "/metrics"))[1]:
            pass  # counted as soon as Slack's answer is read


@socket_mode
async def test_a_bot_that_slack_cannot_reach_is_not_ready(
    scene: Scene, bot: Bot, slack: SlackSim, alarms: Alarms
) -> None:
    alarms.expect("Failed to (retrieve WSS URL|receive or enqueue|check the current session)")
    assert await fetch(bot.port, "/readyz") == (200, "ready\n")
    slack.fail("apps.connections.open", times=1_000)
    await slack.sockets.aclose()
    while (answer := await fetch(bot.port, "/readyz")) == (200, "ready\n"):
        pass  # the connection is not yet noticed to be lost
    assert answer == (503, "Socket Mode is not connected\n")
    while not alarms.texts:  # noqa: ASYNC110  a logger tells nobody
        await asyncio.sleep(0.01)
    assert scene.ada.messages(CHANNEL) == []


@socket_mode
async def test_a_connection_that_slack_renews_stays_in_service(
    scene: Scene, slack: SlackSim
) -> None:
    first = slack.sockets.connections[0]
    await slack.disconnect("refresh_requested")
    await slack.wait_for(lambda: [c for c in slack.sockets.connections if c is not first])
    assert title(await scene.command()) == "No pending images"


@socket_mode
async def test_a_connection_that_breaks_is_made_anew(
    scene: Scene, bot: Bot, slack: SlackSim, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms.expect("Failed to (retrieve WSS URL|receive or enqueue|check the current session)")
    await bot.stop()
    monkeypatch.setattr(sockets, "PING_SECONDS", 1.0)  # a pong may take half of it
    monkeypatch.setattr(sockets, "FRESH_ADDRESS_SECONDS", 0.02)
    async with running(scene.settings, slack):
        first = slack.sockets.connections[-1]
        slack.fail("apps.connections.open", times=2)
        await slack.sockets.aclose()
        await slack.wait_for(lambda: [c for c in slack.sockets.connections if c is not first])
        assert title(await scene.command()) == "No pending images"


async def test_a_menu_offers_what_was_there_lately_while_scp_is_slow(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.scp.images = [image(owner=f"id-{n:03}") for n in range(150)]
    settings = settings_for(scene.scp, scene.slack, scp_cache_seconds=0)
    async with running(settings, scene.slack):
        message = await scene.command()
        monkeypatch.setattr(options, "PATIENCE_SECONDS", 0.02)
        scene.scp.latency_seconds = 0.1
        offered = await scene.ada.suggest(message, menu(message, "owner")["action_id"], "id-149")
        assert [option["text"]["text"] for option in offered] == ["AccountName id-149 (1)"]

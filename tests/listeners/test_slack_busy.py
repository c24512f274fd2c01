"""Where Slack asks to slow down, or is slow: what need not be known holds nothing up."""

import time

import pytest

from bot.listeners import places
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.digest_scene import NINE, added, rows, typed
from tests.listeners.scene import CHANNEL, COMMAND, Mode, Scene, settings_for, shown

SOON = 5
"""Seconds, on a busy machine; Slack's trouble lasts longer."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What need not be known is waited for shorter than people would."""
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.1)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode) -> Settings:
    slack.mode = mode
    return settings_for(scp, slack, mode)


def trouble(scene: Scene, method: str, kind: str) -> None:
    """Let a method fail for long."""
    if kind == "429":
        scene.slack.fail(method, retry_after=30, times=9)
    else:
        scene.slack.delay(method, 8)


async def seen(scene: Scene, who: Actor | None = None) -> None:
    """Let the bot know somebody: of whom Slack has never told, nobody may change a digest."""
    await typed(scene, "list", who)


slow = pytest.mark.parametrize("kind", ["429", "slow"])


@slow
async def test_a_form_opens_soon_without_what_slack_does_not_tell(scene: Scene, kind: str) -> None:
    await seen(scene)
    started = time.monotonic()
    for method in ("users.info", "usergroups.list"):
        trouble(scene, method, kind)
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    view = await scene.filled()
    assert time.monotonic() - started < SOON
    assert "user groups are not known" in shown(view)
    assert "Asia/Seoul" in str(view.blocks)


@slow
async def test_a_typed_digest_is_set_up_soon_by_the_usual_clock_and_says_so(
    scene: Scene, kind: str
) -> None:
    await seen(scene)
    started = time.monotonic()
    trouble(scene, "users.info", kind)
    message = await typed(scene, "add 09:00")
    assert time.monotonic() - started < SOON
    assert "09:00 weekdays, Asia/Seoul" in rows(message)[0]
    assert "Slack does not tell the bot your time zone" in message.text


@slow
async def test_whoever_is_not_known_to_be_an_administrator_is_told_that_soon(
    scene: Scene, kind: str
) -> None:
    admin = scene.slack.user("U0ADMIN01", "dora", admin=True)
    number = await added(scene, NINE)
    await seen(scene, admin)
    started = time.monotonic()
    trouble(scene, "users.info", kind)
    answer = shown(await typed(scene, f"pause {number}", admin))
    assert time.monotonic() - started < SOON
    assert "Slack does not tell the bot who is an administrator: it did not answer" in answer
    assert "Ask the one who made it, or an administrator." in answer


@slow
async def test_a_form_is_saved_in_time_where_slack_does_not_tell_of_the_channel(
    scene: Scene, kind: str
) -> None:
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    view = await scene.filled()
    trouble(scene, "conversations.info", kind)
    answer = await scene.answer(scene.ada.submit(view))
    assert "Digest *#1* is set up. Slack did not tell the bot whether it is in" in shown(answer)


async def test_without_the_scope_the_refusal_names_it(scene: Scene) -> None:
    admin = scene.slack.user("U0ADMIN01", "dora", admin=True)
    number = await added(scene, NINE)
    await seen(scene, admin)
    scene.slack.scopes.remove("users:read")
    answer = shown(await typed(scene, f"pause {number}", admin))
    assert "who is an administrator: the app lacks the scope users:read" in answer


async def test_whoever_is_known_to_be_none_hears_nothing_of_it(scene: Scene) -> None:
    other = scene.slack.user("U0OTHER01", "fred")
    answer = shown(await typed(scene, f"pause {await added(scene, NINE)}", other))
    assert "somebody else's." in answer
    assert "who is an administrator" not in answer


@pytest.mark.parametrize("by", ["button", "command"])
async def test_a_window_that_slack_is_too_busy_to_open_is_asked_for_once(
    scene: Scene, by: str
) -> None:
    message = await typed(scene, "list")
    scene.slack.fail("views.open", retry_after=5)
    started = time.monotonic()
    if by == "button":
        told = await scene.press(message, "Add")
    else:
        told = await typed(scene, "add")
    assert time.monotonic() - started < SOON
    assert told is not message
    assert told.ephemeral_to == scene.ada.id
    assert "Slack asks the bot to slow down" in shown(told)
    assert "press the button or type the command again" in shown(told)
    assert len([call for call in scene.slack.calls if call.method == "views.open"]) == 1
    await scene.ada.press(message, label="Add")
    assert (await scene.filled()).content["title"]["text"] == "New digest"

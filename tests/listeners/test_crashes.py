"""A crash, or a click that lacks something: acknowledged, told, and logged."""

import json
from urllib.parse import urlencode

import pytest
import structlog

from bot.lifecycle import Bot
from tests.listeners.scene import CHANNEL, COMMAND, Alarms, Json, Scene, shown

USER = {"id": "U0SIM0001"}
ENTRY = structlog.typing.EventDict


def click(**fields: object) -> Json:
    """A click that lacks what a listener needs, but for what a test gives it."""
    return {"type": "block_actions", "actions": [{"action_id": "listing.show"}], **fields}


async def test_a_crash_is_told_with_a_reference_and_logged(
    scene: Scene, alarms: Alarms, logs: list[ENTRY]
) -> None:
    alarms.expect("bot: listener failed")
    message = await scene.command()
    url = (await scene.ada.press(message, label="Refresh")).payload["response_url"]
    await scene.slack.wait_for(lambda: message.edits)
    before = len(scene.slack.workspace.posts)
    status, answer = await scene.post_payload("interactive", click(response_url=url))
    assert (status, answer) == (200, "")
    await scene.slack.wait_for(lambda: len(scene.slack.workspace.posts) > before)
    told = scene.slack.workspace.posts[-1]
    (entry,) = [entry for entry in logs if entry["event"] == "listener failed"]
    assert entry["listener"] == "show"
    assert entry["exc_info"]
    assert entry["reference"] in shown(told)
    assert "not your fault" in shown(told)
    assert (told.ephemeral_to, message.edits) == (scene.ada.id, 1)


async def test_a_crash_without_a_response_url_is_told_directly(
    scene: Scene, alarms: Alarms
) -> None:
    alarms.expect("bot: listener failed")
    status, _ = await scene.post_payload("interactive", click(user=USER, response_url=5))
    assert status == 200
    (told,) = await scene.slack.wait_for(lambda: scene.ada.messages("D0SIM0001"))
    assert "not your fault" in shown(told)


@pytest.mark.parametrize("user", [None, "U0SIM0001", [1], {}, {"id": 5}])
async def test_a_crash_with_nobody_to_tell_is_logged(
    scene: Scene, alarms: Alarms, logs: list[ENTRY], bot: Bot, user: object
) -> None:
    alarms.expect("bot: listener failed")
    alarms.expect("bot: nobody to tell")
    status, _ = await scene.post_payload("interactive", click(user=user))
    assert status == 200
    await bot.stop()
    assert [e["event"] for e in logs if e["log_level"] == "error"] == [
        "listener failed",
        "nobody to tell",
    ]


async def test_a_command_without_its_fields_is_acknowledged_and_told(
    scene: Scene, alarms: Alarms
) -> None:
    alarms.expect("bot: listener failed")
    body = urlencode({"command": COMMAND, "user_id": "U0SIM0001"}).encode()
    assert await scene.post(body) == (200, "")
    await scene.slack.wait_for(lambda: scene.ada.messages("D0SIM0001"))


async def test_a_submission_without_its_fields_is_acknowledged_and_told(
    scene: Scene, alarms: Alarms
) -> None:
    alarms.expect("bot: listener failed")
    view = {"type": "modal", "callback_id": "filters"}
    payload = {"type": "view_submission", "view": view, "user": USER}
    assert await scene.post_payload("interactive", payload) == (200, "")
    await scene.slack.wait_for(lambda: scene.ada.messages("D0SIM0001"))


async def test_a_lone_surrogate_in_a_click_is_told(scene: Scene) -> None:
    url = (await scene.ada.command(COMMAND, "", CHANNEL)).payload["response_url"]
    await scene.slack.wait_for(lambda: scene.ada.messages(CHANNEL))
    payload = click(user=USER, response_url=url)
    payload["actions"][0]["value"] = "pi1~1~\ud800"
    assert (await scene.post_payload("interactive", json.loads(json.dumps(payload))))[0] == 200
    await scene.slack.wait_for(lambda: len(scene.ada.messages(CHANNEL)) == 2)


@pytest.mark.parametrize(
    ("action_id", "place"),
    [
        ("listing.share", {}),
        ("listing.more", {}),
        ("listing.show", {}),
        ("listing.show", {"channel": {"id": CHANNEL}}),
    ],
)
async def test_a_click_without_the_place_it_came_from_is_told_directly(
    scene: Scene, action_id: str, place: Json
) -> None:
    payload = click(user=USER, trigger_id="none", **place)
    payload["actions"] = [{"action_id": action_id, "value": "pi1~1~"}]
    assert await scene.post_payload("interactive", payload) == (200, "")
    (told,) = await scene.slack.wait_for(lambda: scene.ada.messages("D0SIM0001"))
    assert told.text

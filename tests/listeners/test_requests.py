"""The door: signatures, odd requests, and what no listener knows."""

import time
from urllib.parse import quote, urlencode

import pytest

from bot.sim.slack import Message, NotAcknowledged
from bot.sim.slack.delivery import signature_headers
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Alarms,
    Json,
    Scene,
    both_modes,
    images,
    shown,
    socket_mode,
    title,
)

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
USER = {"id": "U0SIM0001"}


def old_button(scene: Scene, action_id: str, value: str) -> Message:
    """A message of an earlier release."""
    text = {"type": "plain_text", "text": "Go"}
    button = {"type": "button", "text": text, "action_id": action_id, "value": value}
    blocks = [{"type": "actions", "elements": [button]}]
    return scene.slack.plant(CHANNEL, "old", blocks, ephemeral_to=scene.ada.id)


def nothing_done(scene: Scene) -> bool:
    return [c.method for c in scene.slack.calls] == ["auth.test"] and not scene.scp.requests


async def test_a_wrong_signature_gets_401_and_nothing_is_done(scene: Scene) -> None:
    body = urlencode({"command": COMMAND, "user_id": "U0SIM0001"}).encode()
    status, answer = await scene.post(body, X_Slack_Signature="v0=" + "0" * 64)
    assert status == 401
    assert "Traceback" not in answer
    assert nothing_done(scene)


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_stale_timestamp_gets_401_however_well_signed(scene: Scene, seconds: int) -> None:
    body = urlencode({"command": COMMAND, "user_id": "U0SIM0001"}).encode()
    signed = signature_headers(scene.slack.signing_secret, body, time.time() + seconds)
    headers = {name.replace("-", "_"): value for name, value in signed.items()}
    status, _ = await scene.post(body, **headers)
    assert status == 401
    assert nothing_done(scene)


async def test_a_signature_of_another_body_gets_401(scene: Scene) -> None:
    signed = signature_headers(scene.slack.signing_secret, b"command=%2Fother", time.time())
    status, _ = await scene.post(
        b"command=%2Fpending-images", X_Slack_Signature=signed["X-Slack-Signature"]
    )
    assert status == 401
    assert nothing_done(scene)


@pytest.mark.parametrize("signature", ["v0=" + "0" * 64, None], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"payload=notjson"),
        (FORM, b"payload=[]"),
        (FORM, b"payload=5"),
        (FORM, b"payload=null"),
        (FORM, b"text=\xff\xfe"),
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b'{"a":' * 100_000),
        (JSON, b'{"a":' + b"9" * 10_000 + b"}"),
        (JSON, b'{"authorizations":5}'),
        ("application/json; charset=nope", b"{}"),
    ],
    ids=range(11),
)
async def test_a_body_that_is_none_of_slacks_gets_400(
    scene: Scene, content_type: str, body: bytes, signature: str | None
) -> None:
    wrong = {"X_Slack_Signature": signature} if signature else {}
    status, answer = await scene.post(body, Content_Type=content_type, **wrong)
    assert (status, answer) == (400, "not a request of Slack's\n")
    assert nothing_done(scene)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X_Slack_Signature", "v0=00"),
        ("X_Slack_Signature", "v0=\xe9"),
        ("X_Slack_Request_Timestamp", "abc"),
        ("X_Slack_Request_Timestamp", "1.5"),
        ("X_Slack_Request_Timestamp", "9" * 400),
        ("X_Slack_Request_Timestamp", ""),
    ],
)
async def test_headers_that_are_no_signature_get_401_and_no_traceback(
    scene: Scene, name: str, value: str
) -> None:
    status, answer = await scene.post(b"command=%2Fpending-images", **{name: value})
    assert (status, answer) == (401, "not signed by Slack\n")
    assert nothing_done(scene)


async def test_a_body_larger_than_any_of_slacks_gets_413(scene: Scene) -> None:
    status, _ = await scene.post(b"text=" + b"x" * 2**20)
    assert status == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b""),
        ("text/plain", b"hello"),
        (FORM, b"command=%2Fother"),
        (JSON, b'{"type":"event_callback","event":{"type":"message"}}'),
        (JSON, b'{"type":"event_callback"}'),
    ],
)
async def test_what_nobody_asked_for_gets_404(
    scene: Scene, alarms: Alarms, content_type: str, body: bytes
) -> None:
    alarms.expect("Unhandled request")
    status, answer = await scene.post(body, Content_Type=content_type)
    assert (status, answer) == (404, '{"error": "unhandled request"}')
    assert nothing_done(scene)


@pytest.mark.parametrize("kind", ["shortcut", "message_action", "view_closed", 5, None, "new"])
async def test_an_unknown_interaction_gets_404(scene: Scene, alarms: Alarms, kind: object) -> None:
    alarms.expect("Unhandled request")
    payload = {"type": kind, "callback_id": "x", "user": USER, "view": {"callback_id": "x"}}
    status, _ = await scene.post_payload("interactive", payload)
    assert status == 404
    assert nothing_done(scene)


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": ["x"]},
        {"type": "block_actions", "actions": [{}]},
        {"type": "block_actions", "actions": [{"action_id": 5}]},
        {"type": "view_submission", "view": {"callback_id": "filters"}},
    ],
    ids=range(5),
)
async def test_a_payload_that_bolt_cannot_match_gets_an_empty_500(
    scene: Scene, alarms: Alarms, payload: Json
) -> None:
    alarms.expect("Failed to run a middleware function")
    assert await scene.post_payload("interactive", payload) == (500, "")
    assert nothing_done(scene)


async def test_slacks_own_checks_are_answered(scene: Scene) -> None:
    assert await scene.post(b"ssl_check=1&token=x") == (200, "")
    challenge = b'{"type":"url_verification","challenge":"abc"}'
    assert await scene.post(challenge, Content_Type=JSON) == (200, '{"challenge": "abc"}')


async def test_other_paths_and_methods_serve_nothing(scene: Scene) -> None:
    scene.slack.events_url = scene.slack.events_url.replace("/slack/events", "/slack/other")
    assert (await scene.post(b""))[0] == 404
    scene.slack.events_url = scene.slack.events_url.replace("/slack/other", "/healthz")
    assert (await scene.post(b""))[0] == 405


@both_modes
@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("listing.of.old", "whatever"),
        ("listing.show", "pi0~1~"),
        ("listing.show", "pi1~x~"),
        ("listing.refresh", "pi1~1~tpye:custom"),
        ("listing.open", "pi1"),
        ("listing.share", "~"),
        ("listing.more", "pi1~-1~"),
        ("listing.next", "pi1~" + "9" * 1900 + "x~"),
    ],
)
async def test_a_button_of_another_release_is_told_to_be_out_of_date(
    scene: Scene, action_id: str, value: str
) -> None:
    message = old_button(scene, action_id, value)
    answer = await scene.press(message, "Go")
    assert answer.ephemeral_to == scene.ada.id
    assert "These buttons are out of date" in shown(answer)
    assert "/pending-images" in shown(answer)
    assert message.edits == 0


async def test_details_of_another_release_say_that_the_image_is_gone(scene: Scene) -> None:
    await scene.ada.press(old_button(scene, "image.details", "old"), label="Go")
    assert "no longer pending" in shown(await scene.filled())


async def test_a_page_beyond_all_numbers_is_the_last(scene: Scene) -> None:
    message = old_button(scene, "listing.show", "pi1~" + "9" * 400 + "~")
    assert await scene.press(message, "Go") is message
    assert title(message) == "No pending images"


@socket_mode
async def test_an_odd_envelope_is_not_acknowledged_and_the_next_is(
    scene: Scene, alarms: Alarms
) -> None:
    alarms.expect("Failed to run a middleware function")
    scene.slack.ack_seconds = 0.1
    with pytest.raises(NotAcknowledged):
        await scene.slack.deliver("interactive", {"type": "block_actions", "actions": []})
    scene.slack.ack_seconds = 3
    assert title(await scene.command()) == "No pending images"


@socket_mode
async def test_an_envelope_that_nobody_asked_for_is_not_acknowledged(
    scene: Scene, alarms: Alarms
) -> None:
    alarms.expect("Unhandled request")
    scene.slack.ack_seconds = 0.1
    with pytest.raises(NotAcknowledged):
        await scene.slack.deliver("interactive", {"type": "shortcut", "callback_id": "x"})
    scene.slack.ack_seconds = 3
    assert title(await scene.command()) == "No pending images"


async def test_odd_characters_in_a_command_are_text(scene: Scene) -> None:
    for text in ("\x00", "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace")):
        assert title(await scene.command(text)) == "No pending images"


async def test_bytes_that_are_no_text_are_read_as_replacements(scene: Scene) -> None:
    form = {"command": COMMAND, "user_id": "U0SIM0001", "channel_id": CHANNEL}
    message = await scene.command()
    url = (await scene.ada.press(message, label="Refresh")).payload["response_url"]
    await scene.slack.wait_for(lambda: message.edits)
    body = urlencode({**form, "response_url": url}).encode() + b"&text=%FF%00" + quote("ä").encode()
    assert await scene.post(body) == (200, "")
    await scene.slack.wait_for(lambda: len(scene.ada.messages(CHANNEL)) == 2)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        '"' * 10_001,
        "os:" + "a," * 3000,
        "tpye" * 2500 + ":x",
        "created:>" + "9" * 350 + "d updated:<" + "9" * 20 + "w",
        "size:>0." + "0" * 380 + "1B",
        "\U0001f680" * 5000,
        "<&>" * 3000,
    ],
    ids=range(8),
)
async def test_a_huge_command_is_answered(scene: Scene, text: str) -> None:
    scene.scp.images = images(3)
    message = await scene.command(text)
    assert (message.ephemeral_to, bool(message.text)) == (scene.ada.id, True)

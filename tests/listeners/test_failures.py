"""Failures of SCP and of Slack: each is told in its own words, and destroys nothing."""

import itertools

import pytest
import structlog

from bot.sim.scp_errors import Failure
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Alarms,
    Scene,
    both_modes,
    elements,
    images,
    labels,
    names,
    running,
    settings_for,
    shown,
    title,
)

TOLD = {
    Failure.HEADER_STRIPPED: ("saw no credentials", "proxy"),
    Failure.HMAC: ("refused the bot's signature", "SCP_ACCESS_KEY"),
    Failure.NOT_ENTITLED: ("not open to this account", "SCP_REGION"),
    Failure.IAM: ("lacks a permission", "virtualserver:ListPendingImages"),
    Failure.BAD_PARAMETER: ("did not accept the request", "scp_image_type is not valid"),
    Failure.NOT_FOUND: ("does not know what was asked for", "SCP_ENDPOINT"),
    Failure.SERVER_500: ("failed inside", "support"),
    Failure.UNAVAILABLE_502: ("unavailable right now", "502"),
    Failure.UNAVAILABLE_503: ("unavailable right now", "503"),
    Failure.UNAVAILABLE_504: ("unavailable right now", "504"),
    Failure.RATE_LIMITED: ("asks for fewer requests", "Try again"),
    Failure.PORTAL_HTML: ("Something other than the API", "SCP_ENDPOINT"),
    Failure.DROP: ("cannot be reached", "SCP"),
    Failure.TRUNCATED: ("cannot be read", ""),
    Failure.NOT_JSON: ("cannot be read", ""),
    Failure.WRONG_SHAPE: ("cannot be read", ""),
    Failure.OVERSIZED: ("larger than the bot accepts", "image type"),
    Failure.REDIRECT: ("Something other than the API", "/v1/elsewhere"),
    Failure.GARBAGE_GZIP: ("cannot be read", ""),
}


@pytest.mark.parametrize("kind", TOLD)
async def test_each_failure_of_scp_is_told_in_its_own_words(scene: Scene, kind: Failure) -> None:
    scene.scp.fail(kind)
    message = await scene.command()
    assert message.ephemeral_to == scene.ada.id
    for words in TOLD[kind]:
        assert words in shown(message)
    assert labels(message.blocks) == ["Try again"]


@both_modes
async def test_a_failure_leaves_the_list_and_try_again_finds_the_way_back(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command("image")
    scene.scp.fail("iam")
    answer = await scene.press(message, "Refresh")
    assert answer is not message
    assert message.edits == 0
    scene.scp.heal()
    await scene.press(answer, "Try again")
    assert names(answer) == names(message)


async def test_trying_again_in_vain_replaces_the_failure_and_adds_none(scene: Scene) -> None:
    scene.scp.fail("iam")
    message = await scene.command()
    scene.scp.heal()
    scene.scp.fail("hmac")
    assert await scene.press(message, "Try again") is message
    assert "refused the bot's signature" in shown(message)
    assert scene.ada.messages(message.channel_id) == [message]


@both_modes
async def test_a_menu_while_scp_fails_leaves_the_list(scene: Scene) -> None:
    scene.scp.images = images(2)
    message = await scene.command()
    async with running(scene.settings, scene.slack):
        scene.scp.fail("hmac")
        answer = await scene.choose(message, "os", "Any OS")
    assert "refused the bot's signature" in shown(answer)
    assert message.edits == 0
    assert names(message) == ["image-001", "image-002"]


async def test_the_request_id_is_told_for_support(scene: Scene) -> None:
    scene.scp.fail("server_500")
    assert "req-6f2c8f2e-5c0e-4b58-9a51-2f1f8f6c7a10" in shown(await scene.command())


async def test_a_passing_failure_is_not_noticed(scene: Scene) -> None:
    scene.scp.images = images(2)
    for kind in (Failure.UNAVAILABLE_503, Failure.RATE_LIMITED, Failure.DROP):
        scene.scp.fail(kind, 1)
    assert title(await scene.command()) == "2 pending images"


async def test_a_wrong_clock_is_corrected_once(scene: Scene) -> None:
    scene.scp.images = images(2)
    behind = scene.scp.clock() - 3600
    seconds = itertools.count()
    scene.scp.clock = lambda: behind + next(seconds) / 100
    assert title(await scene.command()) == "2 pending images"


async def test_wrong_keys_are_told_with_what_to_do(scene: Scene) -> None:
    scene.scp.secret_key = "another"
    said = shown(await scene.command())
    assert "refused the bot's signature" in said
    assert "SCP_SECRET_KEY" in said


async def test_no_scp_at_all_is_told(scene: Scene) -> None:
    settings = settings_for(scene.scp, scene.slack, scp_endpoint="http://127.0.0.1:9")
    async with running(settings, scene.slack):
        assert "cannot be reached" in shown(await scene.command())


async def test_a_retry_after_of_slack_is_honoured(scene: Scene) -> None:
    scene.slack.fail("response_url", retry_after=1)
    await scene.command()
    refused, answered = [c for c in scene.slack.calls if c.method == "response_url"]
    assert refused.error == "ratelimited"
    assert answered.at - refused.at >= 1


async def test_a_slack_that_stays_busy_is_told_otherwise(scene: Scene) -> None:
    scene.slack.fail("response_url", retry_after=0, times=8)
    answer = await scene.command()
    assert answer.channel_id == "D0SIM0001"
    assert "Slack asks for fewer messages" in shown(answer)


async def test_an_answer_that_slack_loses_is_told_otherwise(scene: Scene) -> None:
    scene.slack.fail("response_url", drop="before", times=2)
    answer = await scene.command()
    assert answer.channel_id == "D0SIM0001"
    assert "look before you repeat" in shown(answer)


async def test_an_expired_answer_is_told_directly(scene: Scene) -> None:
    """As when a person presses a button, and the bot comes to it half an hour later."""
    scene.slack.fail("response_url", error="expired_url", status=404, times=2)
    answer = await scene.command("type:custom", channel=ELSEWHERE)
    assert answer.channel_id == "D0SIM0001"
    assert "too old for Slack to change" in shown(answer)
    assert [e["value"] for e in elements(answer.blocks)] == ["pi1~1~type:custom"]


async def test_a_user_who_cannot_be_told_is_logged(
    scene: Scene, alarms: Alarms, logs: list[structlog.typing.EventDict]
) -> None:
    alarms.expect("could not tell the user")
    scene.slack.fail("response_url", status=403, times=2)
    scene.slack.fail("chat.postMessage", error="account_inactive")
    await scene.ada.command("/pending-images", "", CHANNEL)
    await scene.slack.wait_for(lambda: scene.slack.calls[-1].method == "chat.postMessage")
    await scene.command()
    (entry,) = [e for e in logs if e["event"] == "could not tell the user"]
    assert entry["code"] == "account_inactive"

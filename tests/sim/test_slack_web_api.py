"""The simulated Web API but chat.* and views.*, driven with slack_sdk."""

import json
from pathlib import Path

import aiohttp
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    client,
    post_json,
    refused,
    section,
)

MANIFEST = Path(__file__).parents[2] / "manifest.yaml"


async def test_a_token_tells_whose_it_is(slack: SlackSim, api: AsyncWebClient) -> None:
    answer = await api.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.bot_user_id, slack.team_id)
    scopes = yaml.safe_load(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"]
    assert sorted(answer.headers["x-oauth-scopes"].split(",")) == sorted(scopes)


async def test_tokens_are_checked(slack: SlackSim) -> None:
    assert (await refused(client(slack, "xoxb-other").auth_test()))["error"] == "invalid_auth"
    app = client(slack, slack.app_token)
    assert (await refused(app.auth_test()))["error"] == "not_allowed_token_type"
    bot = client(slack).apps_connections_open(app_token=slack.bot_token)
    assert (await refused(bot))["error"] == "not_allowed_token_type"
    status, text = await post_json(f"{slack.api_url}auth.test", {})
    assert (status, json.loads(text)["error"]) == (200, "not_authed")
    status, text = await post_json(f"{slack.api_url}auth.test", {"token": slack.bot_token})
    assert json.loads(text)["ok"] is True


async def test_api_test_needs_no_token_and_echoes(slack: SlackSim) -> None:
    answer = await client(slack).api_test(foo="bar")
    assert answer["args"] == {"foo": "bar"}
    assert (await refused(client(slack).api_test(error="bad")))["error"] == "bad"


async def test_an_unknown_method_is_refused(api: AsyncWebClient) -> None:
    assert (await refused(api.api_call("chat.shout")))["error"] == "unknown_method"


async def test_a_missing_scope_says_what_is_needed(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.scopes.remove("chat:write")
    body = await refused(api.chat_postMessage(channel=CHANNEL, text="hi"))
    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")
    assert body["provided"].startswith("commands,channels:read,groups:read,")


async def test_arguments_come_as_form_or_as_json(slack: SlackSim, api: AsyncWebClient) -> None:
    blocks = [section()]
    form = {"channel": CHANNEL, "text": "form", "blocks": json.dumps(blocks)}
    await api.api_call("chat.postMessage", data=form)
    await api.api_call("chat.postMessage", json={"channel": CHANNEL, "text": "json"})
    posted = slack.messages(CHANNEL)
    assert [message.text for message in posted] == ["form", "json"]
    assert posted[0].blocks[0]["text"] == {"type": "mrkdwn", "text": "text", "verbatim": False}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("blocks", "invalid_blocks_format"),
        ("metadata", "invalid_metadata_format"),
        ("view", "invalid_arguments"),
    ],
)
async def test_json_within_a_form_must_be_json(api: AsyncWebClient, name: str, error: str) -> None:
    form = {"channel": CHANNEL, "text": "a", name: "["}
    assert (await refused(api.api_call("chat.postMessage", data=form)))["error"] == error


@pytest.mark.parametrize(("body", "error"), [("[", "invalid_json"), ("[]", "json_not_object")])
async def test_a_json_body_must_be_an_object(slack: SlackSim, body: str, error: str) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {slack.bot_token}"}
    url = f"{slack.api_url}auth.test"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        assert (await answer.json())["error"] == error


async def test_what_a_channel_tells(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.channel("C1", "other", bot=False, archived=True)
    channel = (await api.conversations_info(channel="C1"))["channel"]
    assert (channel["name"], channel["is_member"], channel["is_archived"]) == ("other", False, True)
    slack.channel("G1", "secret", bot=False, private=True)
    assert (await refused(api.conversations_info(channel="G1")))["error"] == "channel_not_found"
    slack.channel("G1", "secret", private=True)
    assert (await api.conversations_info(channel="G1"))["channel"]["is_private"] is True
    slack.scopes.remove("groups:read")
    assert (await refused(api.conversations_info(channel="G1")))["needed"] == "groups:read"


async def test_a_direct_message_is_opened_for_a_user(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.scopes.remove("im:write")
    assert (await refused(api.conversations_open(users=ADA)))["needed"] == "im:write"
    slack.scopes.extend(["im:write", "im:read"])
    answer = await api.conversations_open(users=ADA)
    assert "already_open" not in answer.data
    opened = answer["channel"]["id"]
    again = await api.conversations_open(users=ADA)
    assert (again["channel"]["id"], again["already_open"]) == (opened, True)
    assert (await api.conversations_info(channel=opened))["channel"]["is_im"] is True
    assert (await refused(api.conversations_open(users="U1")))["error"] == "user_not_found"
    nobody = api.api_call("conversations.open", json={"users": ""})
    assert (await refused(nobody))["error"] == "users_list_not_supplied"
    assert (await refused(api.conversations_open(users=[ADA, "U1"])))["needed"] == "mpim:write"
    slack.user(ADA).person.deleted = True
    assert (await refused(api.conversations_open(users=ADA)))["error"] == "user_disabled"


async def test_messages_are_limited_per_channel() -> None:
    clock = Clock()
    async with SlackSim(clock=clock, message_rate=1.0, message_burst=2) as slack:
        slack.channel("C1")
        slack.channel("C2")
        api = client(slack)
        for _ in range(2):
            await api.chat_postMessage(channel="C1", text="a")
        body = await refused(api.chat_postMessage(channel="C1", text="a"))
        assert body == {"ok": False, "error": "ratelimited"}
        await api.chat_postMessage(channel="C2", text="a")
        clock.now += 1
        await api.chat_postMessage(channel="C1", text="a")
        assert [call.error for call in slack.calls] == ["", "", "ratelimited", "", ""]


async def test_methods_have_rates_and_say_how_long_to_wait() -> None:
    async with SlackSim(clock=Clock(), method_rates={"auth.test": 0.1}) as slack:
        await client(slack).auth_test()
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{slack.api_url}auth.test", headers=headers) as answer,
        ):
            assert (answer.status, answer.headers["Retry-After"]) == (429, "10")


async def test_a_method_fails_as_often_as_told(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.fail("auth.test", error="token_revoked", times=2)
    slack.fail("chat.postMessage", retry_after=7)
    slack.fail("users.info", status=503)
    for _ in range(2):
        assert (await refused(api.auth_test()))["error"] == "token_revoked"
    assert (await api.auth_test())["ok"]
    url = f"{slack.api_url}chat.postMessage"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert (await answer.json())["error"] == "ratelimited"
    status, text = await post_json(f"{slack.api_url}users.info", {})
    assert (status, json.loads(text)["error"]) == (503, "internal_error")


async def test_a_connection_lost_before_or_after(slack: SlackSim) -> None:
    # By default slack_sdk itself repeats a call once when the connection is lost.
    api = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    slack.fail("chat.postMessage", drop="before")
    slack.fail("chat.postMessage", drop="after")
    for posted in (0, 1):
        with pytest.raises(aiohttp.ClientError):
            await api.chat_postMessage(channel=CHANNEL, text="a")
        assert len(slack.messages(CHANNEL)) == posted
    assert [call.error for call in slack.calls] == ["dropped", ""]


async def test_waiting_ends_with_the_change_or_with_the_time(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    with pytest.raises(TimeoutError):
        await slack.wait_for(lambda: slack.messages(CHANNEL), timeout=0.001)
    await api.chat_postMessage(channel=CHANNEL, text="a")
    [message] = await slack.wait_for(lambda: slack.messages(CHANNEL))
    assert message.text == "a"

"""The simulated Web API, driven with slack_sdk."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    actions,
    button,
    client,
    post_json,
    refused,
    section,
    select,
)

METADATA = {"event_type": "digest", "event_payload": {"occurrence": "1"}}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim(clock=Clock()) as running:
        running.user(ADA)
        running.channel(CHANNEL, members=[ADA])
        yield running


@pytest.fixture
def api(slack: SlackSim) -> AsyncWebClient:
    return client(slack)


async def test_a_token_tells_whose_it_is(slack: SlackSim, api: AsyncWebClient) -> None:
    answer = await api.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.bot_user_id, slack.team_id)
    assert answer.headers["x-oauth-scopes"] == "commands,chat:write,channels:read,groups:read"


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
    assert body["provided"] == "commands,channels:read,groups:read"


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


async def test_a_posted_message_is_kept_as_sent(slack: SlackSim, api: AsyncWebClient) -> None:
    answer = await api.chat_postMessage(
        channel=CHANNEL,
        text="hi",
        blocks=[actions(button())],
        metadata=METADATA,
        unfurl_links=False,
        unfurl_media=False,
    )
    [message] = slack.messages(CHANNEL)
    assert (message.ts, message.text, message.metadata) == (answer["ts"], "hi", METADATA)
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert (message.author, message.ephemeral) == (slack.bot_user_id, False)
    assert message.blocks[0]["block_id"]
    assert slack.calls[-1].ok
    assert slack.calls[-1].arguments["text"] == "hi"


async def test_where_the_bot_may_post(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.channel("C1", bot=False)
    slack.channel("G1", bot=False, private=True)
    slack.channel("C2", archived=True)

    async def error(channel: str) -> str:
        body = await refused(api.chat_postMessage(channel=channel, text="hi"))
        return str(body["error"])

    assert await error("C1") == "not_in_channel"
    assert await error("G1") == "channel_not_found"
    assert await error("C2") == "is_archived"
    assert await error("C3") == "channel_not_found"
    assert await error("U0NOBODY") == "channel_not_found"
    slack.scopes.append("chat:write.public")
    assert (await api.chat_postMessage(channel="C1", text="hi"))["ok"]
    assert slack.messages("C1")[0].text == "hi"
    assert slack.calls[0].error == "not_in_channel"


async def test_a_user_id_opens_the_direct_message(slack: SlackSim, api: AsyncWebClient) -> None:
    answer = await api.chat_postMessage(channel=ADA, text="hi")
    assert answer["channel"].startswith("D")
    assert slack.messages(answer["channel"])[0].text == "hi"
    body = await refused(api.chat_update(channel=ADA, ts=answer["ts"], text="ho"))
    assert body["error"] == "channel_not_found"


async def test_a_message_has_text_or_blocks(slack: SlackSim, api: AsyncWebClient) -> None:
    call = api.api_call("chat.postMessage", json={"channel": CHANNEL})
    assert (await refused(call))["error"] == "no_text"
    blocks = [section()]
    await api.api_call("chat.postMessage", json={"channel": CHANNEL, "blocks": blocks})
    assert slack.complaints == ["chat.postMessage: blocks without text, so nothing to notify with"]
    both = api.chat_postMessage(channel=CHANNEL, text="a", markdown_text="b")
    assert (await refused(both))["error"] == "markdown_text_conflict"


async def test_invalid_blocks_name_the_place(api: AsyncWebClient) -> None:
    body = await refused(
        api.chat_postMessage(channel=CHANNEL, text="a", blocks=[section("x" * 3001)])
    )
    assert body["error"] == "invalid_blocks"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters, is 3001 [json-pointer:/blocks/0/text]"
    ]


async def test_the_text_of_all_blocks_is_limited(slack: SlackSim, api: AsyncWebClient) -> None:
    blocks = [section("x" * 2500) for _ in range(4)]
    await api.chat_postMessage(channel=CHANNEL, text="a", blocks=blocks)
    menu = actions(select())
    too_long = api.chat_postMessage(channel=CHANNEL, text="a", blocks=[*blocks, menu])
    assert (await refused(too_long))["error"] == "msg_blocks_too_long"
    [message] = slack.messages(CHANNEL)
    await api.chat_update(channel=CHANNEL, ts=message.ts, text="a", blocks=[*blocks, menu])
    assert slack.complaints == ["chat.update: more than 10000 characters"]


async def test_the_sizes_of_text_and_attachments(slack: SlackSim, api: AsyncWebClient) -> None:
    too_long = api.chat_postMessage(channel=CHANNEL, text="x" * 40_001)
    assert (await refused(too_long))["error"] == "msg_too_long"
    await api.chat_postMessage(channel=CHANNEL, text="x" * 4_001)
    assert slack.complaints == ["chat.postMessage: more than 4000 characters in text"]
    many = api.chat_postMessage(channel=CHANNEL, text="a", attachments=[{"text": "a"}] * 101)
    assert (await refused(many))["error"] == "too_many_attachments"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "a"}, "invalid_metadata_format"),
        ({"event_type": "a", "event_payload": []}, "invalid_metadata_schema"),
    ],
)
async def test_metadata_has_a_type_and_a_payload(
    api: AsyncWebClient, metadata: dict[str, object], error: str
) -> None:
    call = api.chat_postMessage(channel=CHANNEL, text="a", metadata=metadata)
    assert (await refused(call))["error"] == error


async def test_an_update_changes_the_message_in_place(slack: SlackSim, api: AsyncWebClient) -> None:
    posted = await api.chat_postMessage(
        channel=CHANNEL, text="a", blocks=[section()], metadata=METADATA
    )
    [message] = slack.messages(CHANNEL)
    at = {"channel": CHANNEL, "ts": posted["ts"]}
    await api.api_call("chat.update", json=at)
    assert (message.text, len(message.blocks), message.edits) == ("a", 1, 1)
    await api.api_call("chat.update", json={**at, "text": "b"})
    assert (message.text, message.blocks, message.metadata) == ("b", [], METADATA)
    new = {"text": "c", "blocks": [section("new")], "metadata": {}}
    await api.api_call("chat.update", json={**at, **new})
    assert (message.blocks[0]["text"]["text"], message.metadata) == ("new", None)
    await api.api_call("chat.update", json={**at, "text": "c", "blocks": []})
    assert message.blocks == []


async def test_what_cannot_be_updated_or_deleted(slack: SlackSim, api: AsyncWebClient) -> None:
    hers = slack.plant(CHANNEL, "mine", [])
    hers.author = ADA
    at = {"channel": CHANNEL, "ts": hers.ts}
    update = api.api_call("chat.update", json={**at, "text": "a"})
    assert (await refused(update))["error"] == "cant_update_message"
    delete = api.api_call("chat.delete", json=at)
    assert (await refused(delete))["error"] == "cant_delete_message"
    secret = slack.plant(CHANNEL, "psst", [], ephemeral_to=ADA)
    call = api.chat_update(channel=CHANNEL, ts=secret.ts, text="a")
    assert (await refused(call))["error"] == "message_not_found"
    ours = slack.plant(CHANNEL, "ours", [])
    long = api.chat_update(channel=CHANNEL, ts=ours.ts, text="x" * 4_001)
    assert (await refused(long))["error"] == "msg_too_long"
    await api.chat_delete(channel=CHANNEL, ts=ours.ts)
    gone = api.chat_update(channel=CHANNEL, ts=ours.ts, text="a")
    assert (await refused(gone))["error"] == "message_not_found"
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["mine", "psst"]


async def test_an_ephemeral_is_for_one_member(slack: SlackSim, api: AsyncWebClient) -> None:
    await api.chat_postEphemeral(channel=CHANNEL, user=ADA, text="psst")
    assert slack.messages(CHANNEL) == []
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["psst"]
    call = api.chat_postEphemeral(channel=CHANNEL, user="U0OTHER", text="psst")
    assert (await refused(call))["error"] == "user_not_in_channel"


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
    assert (await refused(api.conversations_open(users=ADA)))["needed"] == "im:write"
    slack.scopes.extend(["im:write", "im:read"])
    opened = (await api.conversations_open(users=ADA))["channel"]["id"]
    assert (await api.conversations_info(channel=opened))["channel"]["is_im"] is True
    assert (await refused(api.conversations_open(users="U1")))["error"] == "user_not_found"


async def test_the_history_is_newest_first_in_pages(slack: SlackSim, api: AsyncWebClient) -> None:
    assert (await refused(api.conversations_history(channel=CHANNEL)))["needed"] == (
        "channels:history"
    )
    slack.scopes.append("channels:history")
    for text in ("a", "b", "c"):
        await api.chat_postMessage(channel=CHANNEL, text=text, metadata=METADATA)
    slack.plant(CHANNEL, "psst", [], ephemeral_to=ADA)
    slack.plant(CHANNEL, "gone", []).deleted = True
    first = await api.conversations_history(channel=CHANNEL, limit=2)
    assert [message["text"] for message in first["messages"]] == ["c", "b"]
    assert "metadata" not in first["messages"][0]
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    last = await api.conversations_history(
        channel=CHANNEL, cursor=cursor, include_all_metadata=True
    )
    assert [message["metadata"] for message in last["messages"]] == [METADATA]
    oldest = slack.messages(CHANNEL)[0].ts
    later = await api.conversations_history(channel=CHANNEL, oldest=oldest)
    assert [message["text"] for message in later["messages"]] == ["c", "b"]
    slack.channel("C1", bot=False)
    assert (await refused(api.conversations_history(channel="C1")))["error"] == "not_in_channel"


async def test_a_thread_reply_is_not_in_the_history(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.scopes.append("channels:history")
    root = await api.chat_postMessage(channel=CHANNEL, text="root")
    reply = await api.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=root["ts"])
    assert reply["message"]["thread_ts"] == root["ts"]
    history = await api.conversations_history(channel=CHANNEL)
    assert [message["text"] for message in history["messages"]] == ["root"]


async def test_a_user_has_a_name_and_a_zone(slack: SlackSim, api: AsyncWebClient) -> None:
    assert (await refused(api.users_info(user=ADA)))["needed"] == "users:read"
    slack.scopes.append("users:read")
    assert (await api.users_info(user=ADA))["user"]["tz"] == "Asia/Seoul"
    assert (await refused(api.users_info(user="U1")))["error"] == "user_not_found"


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

"""The chat.* methods of the simulated Slack, driven with slack_sdk."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    actions,
    button,
    refused,
    section,
    select,
)

METADATA = {"event_type": "digest", "event_payload": {"occurrence": "1"}}


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
    assert slack.complaints == ["chat.update: more than 10000 characters of text"]


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


async def test_a_direct_message_stays_one_channel(slack: SlackSim, api: AsyncWebClient) -> None:
    first = await api.chat_postMessage(channel=ADA, text="a")
    second = await api.chat_postMessage(channel=ADA, text="b")
    assert first["channel"] == second["channel"]
    assert [message.text for message in slack.messages(first["channel"])] == ["a", "b"]


async def test_a_message_may_be_updated_for_a_while_only(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    message = slack.plant(CHANNEL, "a", [])
    slack.close_edits(60)
    clock.now += 60
    await api.chat_update(channel=CHANNEL, ts=message.ts, text="b")
    clock.now += 1
    late = api.chat_update(channel=CHANNEL, ts=message.ts, text="c")
    assert (await refused(late))["error"] == "edit_window_closed"
    slack.close_edits(None)
    await api.chat_update(channel=CHANNEL, ts=message.ts, text="c")
    assert message.text == "c"


async def test_nothing_is_updated_where_the_channel_is_archived_or_secret(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    message = slack.plant(CHANNEL, "a", [])
    slack.archive(CHANNEL)
    call = api.chat_update(channel=CHANNEL, ts=message.ts, text="b")
    assert (await refused(call))["error"] == "is_inactive"
    slack.channel("G1", "secret", private=True)
    message = slack.plant("G1", "a", [])
    slack.remove_bot("G1")
    call = api.chat_update(channel="G1", ts=message.ts, text="b")
    assert (await refused(call))["error"] == "channel_not_found"

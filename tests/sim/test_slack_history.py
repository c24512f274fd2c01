"""conversations.history and chat.getPermalink of the simulated Slack, driven with slack_sdk."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import ADA, CHANNEL, Clock, refused

METADATA = {"event_type": "digest", "event_payload": {"occurrence": "1"}}


async def posted(api: AsyncWebClient, *texts: str) -> list[str]:
    """Post texts; return their ts."""
    answers = [
        await api.chat_postMessage(channel=CHANNEL, text=text, metadata=METADATA) for text in texts
    ]
    return [str(answer["ts"]) for answer in answers]


async def texts(api: AsyncWebClient, **arguments: object) -> list[str]:
    """The texts that one call returns."""
    answer = await api.api_call("conversations.history", json={"channel": CHANNEL, **arguments})
    return [message["text"] for message in answer["messages"]]


async def test_the_history_is_newest_first(slack: SlackSim, api: AsyncWebClient) -> None:
    await posted(api, "a", "b", "c")
    slack.plant(CHANNEL, "psst", [], ephemeral_to=ADA)
    slack.plant(CHANNEL, "gone", []).deleted = True
    answer = await api.conversations_history(channel=CHANNEL)
    assert [message["text"] for message in answer["messages"]] == ["c", "b", "a"]
    assert (answer["has_more"], answer.get("response_metadata")) == (False, None)


async def test_metadata_comes_when_asked_for(slack: SlackSim, api: AsyncWebClient) -> None:
    await posted(api, "a")
    [message] = (await api.conversations_history(channel=CHANNEL))["messages"]
    assert "metadata" not in message
    [message] = (await api.conversations_history(channel=CHANNEL, include_all_metadata=True))[
        "messages"
    ]
    assert message["metadata"] == METADATA
    assert message["ts"] == slack.messages(CHANNEL)[0].ts


async def test_pages_do_not_shift_when_messages_come_between(api: AsyncWebClient) -> None:
    await posted(api, "a", "b", "c")
    first = await api.conversations_history(channel=CHANNEL, limit=2)
    assert [message["text"] for message in first["messages"]] == ["c", "b"]
    assert first["has_more"] is True
    await posted(api, "d")
    cursor = first["response_metadata"]["next_cursor"]
    assert await texts(api, cursor=cursor) == ["a"]


async def test_a_page_may_be_smaller_than_asked(slack: SlackSim, api: AsyncWebClient) -> None:
    await posted(api, "a", "b")
    slack.limit_history(1)
    answer = await api.conversations_history(channel=CHANNEL, limit=100)
    assert [message["text"] for message in answer["messages"]] == ["b"]
    cursor = answer["response_metadata"]["next_cursor"]
    answer = await api.conversations_history(channel=CHANNEL, limit=100, cursor=cursor)
    assert ([message["text"] for message in answer["messages"]], answer["has_more"]) == (
        ["a"],
        False,
    )


async def test_ends_are_left_out_unless_inclusive(slack: SlackSim, api: AsyncWebClient) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    first, second, third = await posted(api, "a", "b", "c")
    assert float(second) - float(first) == pytest.approx(1e-6, rel=0.5)
    assert await texts(api, oldest=first) == ["c", "b"]
    assert await texts(api, latest=third) == ["b", "a"]
    assert await texts(api, oldest=first, latest=third) == ["b"]
    assert await texts(api, oldest=first, latest=third, inclusive=True) == ["c", "b", "a"]
    assert await texts(api, oldest=str(int(clock.now) + 1)) == []
    assert await texts(api, inclusive=True) == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": 1000}, "invalid_limit"),
        ({"limit": 0}, "invalid_limit"),
        ({"limit": "many"}, "invalid_limit"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"oldest": "-1"}, "invalid_ts_oldest"),
        ({"latest": "2026-11-24"}, "invalid_ts_latest"),
        ({"cursor": "2"}, "invalid_cursor"),
        ({"cursor": "bmV4dA=="}, "invalid_cursor"),
        ({"channel": "C9"}, "channel_not_found"),
    ],
)
async def test_wrong_arguments_are_refused(
    api: AsyncWebClient, arguments: dict[str, object], error: str
) -> None:
    call = api.api_call("conversations.history", json={"channel": CHANNEL, **arguments})
    assert (await refused(call))["error"] == error


async def test_each_kind_of_channel_has_its_scope(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.channel("G1", "secret", private=True)
    direct = slack.workspace.direct_channel(ADA).id
    assert (await api.conversations_history(channel="G1"))["messages"] == []
    slack.scopes.remove("groups:history")
    slack.scopes.remove("channels:history")
    for channel, scope in ((CHANNEL, "channels"), ("G1", "groups"), (direct, "im")):
        body = await refused(api.conversations_history(channel=channel))
        assert (body["error"], body["needed"]) == ("missing_scope", f"{scope}:history")
        assert "chat:write" in body["provided"]


async def test_the_bot_must_be_in_the_channel(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.remove_bot(CHANNEL)
    assert (await refused(api.conversations_history(channel=CHANNEL)))["error"] == "not_in_channel"
    slack.channel("G1", "secret", private=True, bot=False)
    assert (await refused(api.conversations_history(channel="G1")))["error"] == "channel_not_found"


async def test_a_thread_reply_is_not_in_the_history(api: AsyncWebClient) -> None:
    [root] = await posted(api, "root")
    reply = await api.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=root)
    assert reply["message"]["thread_ts"] == root
    assert await texts(api) == ["root"]


async def test_a_message_has_an_address(slack: SlackSim, api: AsyncWebClient) -> None:
    [root] = await posted(api, "root")
    link = (await api.chat_getPermalink(channel=CHANNEL, message_ts=root))["permalink"]
    assert link == f"https://sim-team.slack.com/archives/{CHANNEL}/p{root.replace('.', '')}"
    reply = (await api.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=root))["ts"]
    link = (await api.chat_getPermalink(channel=CHANNEL, message_ts=reply))["permalink"]
    assert link.endswith(f"?thread_ts={root}&cid={CHANNEL}")
    psst = slack.plant(CHANNEL, "psst", [], ephemeral_to=ADA)
    for ts in ("1.000001", psst.ts):
        call = api.chat_getPermalink(channel=CHANNEL, message_ts=ts)
        assert (await refused(call))["error"] == "message_not_found"


async def test_every_ts_is_greater_than_the_one_before(slack: SlackSim) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    first = [float(slack.workspace.next_ts()) for _ in range(3)]
    clock.now += 0.5
    later = float(slack.workspace.next_ts())
    clock.now -= 3600
    assert first == sorted(set(first))
    assert first[-1] < later < float(slack.workspace.next_ts())

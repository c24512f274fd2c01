"""Threads of the simulated Slack: answers in them, and conversations.replies."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import ADA, CHANNEL, Json, refused, section

METADATA = {"event_type": "card", "event_payload": {"id": "1"}}


@pytest.fixture
async def root(api: AsyncWebClient) -> str:
    """The ts of a message with three answers."""
    ts = str((await api.chat_postMessage(channel=CHANNEL, text="root"))["ts"])
    for text in ("a", "b", "c"):
        await reply(api, ts, text)
    return ts


async def reply(api: AsyncWebClient, thread_ts: str, text: str, **arguments: object) -> Json:
    body = {"channel": CHANNEL, "text": text, "thread_ts": thread_ts, **arguments}
    answer = await api.api_call("chat.postMessage", json=body)
    message: Json = answer["message"]
    return message


async def replies(api: AsyncWebClient, ts: str, **arguments: object) -> Json:
    body = {"channel": CHANNEL, "ts": ts, **arguments}
    answer = (await api.api_call("conversations.replies", json=body)).data
    assert isinstance(answer, dict)
    return answer


def texts(answer: Json) -> list[str]:
    return [message["text"] for message in answer["messages"]]


async def test_a_thread_is_its_first_message_and_the_answers_oldest_first(
    slack: SlackSim, api: AsyncWebClient, root: str
) -> None:
    answer = await replies(api, root)
    assert texts(answer) == ["root", "a", "b", "c"]
    assert answer["has_more"] is False
    first, *others = answer["messages"]
    assert (first["thread_ts"], first["reply_count"]) == (root, 3)
    assert first["latest_reply"] == others[-1]["ts"]
    assert {message["thread_ts"] for message in others} == {root}
    assert [message.text for message in slack.thread(CHANNEL, root)] == ["a", "b", "c"]


async def test_the_history_tells_that_a_message_has_answers(api: AsyncWebClient, root: str) -> None:
    [message] = (await api.conversations_history(channel=CHANNEL))["messages"]
    assert (message["thread_ts"], message["reply_count"]) == (root, 3)


async def test_of_an_answer_or_a_lone_message_it_is_that_one(
    api: AsyncWebClient, root: str
) -> None:
    an_answer = (await replies(api, root))["messages"][2]
    assert texts(await replies(api, an_answer["ts"])) == ["b"]
    lone = await api.chat_postMessage(channel=CHANNEL, text="lone")
    assert texts(await replies(api, str(lone["ts"]))) == ["lone"]


async def test_pages_go_on_and_begin_with_the_first_message(
    slack: SlackSim, api: AsyncWebClient, root: str
) -> None:
    first = await replies(api, root, limit=2)
    assert (texts(first), first["has_more"]) == (["root", "a", "b"], True)
    await reply(api, root, "d")
    cursor = first["response_metadata"]["next_cursor"]
    assert texts(await replies(api, root, cursor=cursor)) == ["root", "c", "d"]
    slack.limit_history(1)
    assert texts(await replies(api, root, limit=100)) == ["root", "a"]


async def test_ends_are_left_out_unless_inclusive(api: AsyncWebClient, root: str) -> None:
    _, a, _, c = [message["ts"] for message in (await replies(api, root))["messages"]]
    assert texts(await replies(api, root, oldest=a)) == ["root", "b", "c"]
    assert texts(await replies(api, root, oldest=a, latest=c)) == ["root", "b"]
    assert texts(await replies(api, root, oldest=c, inclusive=True)) == ["root", "c"]


async def test_metadata_of_answers_comes_when_asked_for(api: AsyncWebClient, root: str) -> None:
    await reply(api, root, "card", metadata=METADATA)
    assert "metadata" not in (await replies(api, root))["messages"][-1]
    answer = await replies(api, root, include_all_metadata=True)
    assert answer["messages"][-1]["metadata"] == METADATA


async def test_replies_are_read_as_the_history_is(
    slack: SlackSim, api: AsyncWebClient, root: str
) -> None:
    assert (await refused(replies(api, "1.000001")))["error"] == "thread_not_found"
    assert (await refused(replies(api, root, limit=1001)))["error"] == "invalid_limit"
    assert (await refused(replies(api, root, cursor="2")))["error"] == "invalid_cursor"
    assert (await refused(replies(api, root, oldest="x")))["error"] == "invalid_ts_oldest"
    psst = slack.plant(CHANNEL, "psst", [], ephemeral_to=ADA)
    assert (await refused(replies(api, psst.ts)))["error"] == "thread_not_found"
    slack.scopes.remove("channels:history")
    assert (await refused(replies(api, root)))["needed"] == "channels:history"
    slack.scopes.append("channels:history")
    slack.remove_bot(CHANNEL)
    assert (await refused(replies(api, root)))["error"] == "not_in_channel"


async def test_a_deleted_first_message_stays_as_a_tombstone(api: AsyncWebClient, root: str) -> None:
    await api.chat_delete(channel=CHANNEL, ts=root)
    answer = await replies(api, root)
    assert (answer["messages"][0]["subtype"], len(answer["messages"])) == ("tombstone", 4)
    assert (await reply(api, root, "d"))["thread_ts"] == root
    for message in (await replies(api, root))["messages"][1:]:
        await api.chat_delete(channel=CHANNEL, ts=message["ts"])
    assert (await refused(replies(api, root)))["error"] == "thread_not_found"


async def test_an_answer_to_what_is_gone_goes_into_the_channel(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    lone = str((await api.chat_postMessage(channel=CHANNEL, text="lone"))["ts"])
    await api.chat_delete(channel=CHANNEL, ts=lone)
    assert "thread_ts" not in await reply(api, lone, "late")
    [message] = slack.messages(CHANNEL)
    assert (message.text, message.thread_ts) == ("late", None)


async def test_an_answer_to_an_answer_goes_into_the_thread(
    slack: SlackSim, api: AsyncWebClient, root: str
) -> None:
    an_answer = slack.thread(CHANNEL, root)[0]
    assert (await reply(api, an_answer.ts, "d"))["thread_ts"] == root
    assert slack.complaints == ["thread_ts is that of a reply, not of the message that began it"]


@pytest.mark.parametrize("ts", ["0", "yesterday", "1800000000.1", 1800000000.1])
async def test_a_thread_ts_has_six_digits(api: AsyncWebClient, ts: str) -> None:
    body = await refused(reply(api, ts, "a"))
    assert body["error"] == "invalid_thread_ts"
    assert body["response_metadata"]["messages"] == [f"[ERROR] {ts} is not a valid thread_ts"]


async def test_an_answer_may_be_shown_in_the_channel_too(api: AsyncWebClient, root: str) -> None:
    await reply(api, root, "d", reply_broadcast=True)
    answer = await api.conversations_history(channel=CHANNEL)
    assert [message["text"] for message in answer["messages"]] == ["d", "root"]
    assert answer["messages"][0]["subtype"] == "thread_broadcast"
    assert texts(await replies(api, root)) == ["root", "a", "b", "c", "d"]


async def test_an_answer_is_updated_like_any_message(
    slack: SlackSim, api: AsyncWebClient, root: str
) -> None:
    an_answer = slack.thread(CHANNEL, root)[0]
    await api.chat_update(channel=CHANNEL, ts=an_answer.ts, text="new", blocks=[section()])
    assert (an_answer.text, an_answer.thread_ts) == ("new", root)

"""Rates, failures, lost connections and slowness of the simulated Slack."""

import asyncio
import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, SlackSim
from tests.sim.slack_app import CHANNEL, Clock, client, post_json, refused

ELSEWHERE = "C0SIM0002"


@pytest.fixture
def once(slack: SlackSim) -> AsyncWebClient:
    """A client that never repeats a call; slack_sdk does once when the connection is lost."""
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def wait_of(slack: SlackSim, channel: str) -> str | None:
    """Post; return Retry-After if refused for it."""
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    body = {"channel": channel, "text": "a"}
    url = f"{slack.api_url}chat.postMessage"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=headers) as answer,
    ):
        assert answer.status in {200, 429}
        return answer.headers.get("Retry-After")


async def test_a_workspace_has_a_limit_for_all_channels(slack: SlackSim) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    slack.channel(ELSEWHERE)
    slack.limit_messages(None, per_workspace=0.5, workspace_burst=2)
    assert [await wait_of(slack, channel) for channel in (CHANNEL, ELSEWHERE)] == [None, None]
    assert [await wait_of(slack, channel) for channel in (CHANNEL, ELSEWHERE)] == ["2", "2"]
    clock.now += 2
    assert [await wait_of(slack, channel) for channel in (CHANNEL, ELSEWHERE)] == [None, "2"]
    slack.limit_messages(None)
    assert await wait_of(slack, CHANNEL) is None


async def test_a_post_refused_for_its_channel_costs_the_workspace_nothing(
    slack: SlackSim,
) -> None:
    slack.channel(ELSEWHERE)
    slack.limit_messages(1.0, burst=1, per_workspace=0.1, workspace_burst=2)
    assert await wait_of(slack, CHANNEL) is None
    assert [await wait_of(slack, CHANNEL) for _ in range(3)] == ["1", "1", "1"]
    assert await wait_of(slack, ELSEWHERE) is None
    assert await wait_of(slack, ELSEWHERE) == "10"


async def test_the_same_seed_loses_the_same_calls(slack: SlackSim, once: AsyncWebClient) -> None:
    async def outcomes() -> str:
        slack.unreliable(drop_after=0.3, drop_before=0.2, error_after=0.2, seed=7)
        before, found = len(slack.messages(CHANNEL)), ""
        for _ in range(30):
            try:
                await once.chat_postMessage(channel=CHANNEL, text="a")
            except aiohttp.ClientError:
                found += "d"
            except SlackApiError:
                found += "e"
            else:
                found += "."
            posted = len(slack.messages(CHANNEL)) - before
            found += str(posted)
            before += posted
        return found

    first = await outcomes()
    assert first == await outcomes()
    kinds = {first[index : index + 2] for index in range(0, len(first), 2)}
    assert kinds == {".1", "d0", "d1", "e1"}
    slack.unreliable()
    for _ in range(30):
        await once.auth_test()


async def test_only_the_named_methods_are_unreliable(slack: SlackSim, once: AsyncWebClient) -> None:
    slack.unreliable(drop_before=1.0, methods=["chat.postMessage"])
    await once.auth_test()
    with pytest.raises(aiohttp.ClientError):
        await once.chat_postMessage(channel=CHANNEL, text="a")
    assert [(call.method, call.error) for call in slack.calls] == [
        ("auth.test", ""),
        ("chat.postMessage", "dropped"),
    ]


async def test_an_error_may_come_after_the_effect(slack: SlackSim, once: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", status=503, accepted=True)
    assert (await refused(once.chat_postMessage(channel=CHANNEL, text="a")))["error"] == (
        "internal_error"
    )
    assert len(slack.messages(CHANNEL)) == 1
    [call] = slack.calls
    assert (call.ok, call.error) == (True, "internal_error")


async def test_a_response_url_may_fail_after_the_effect(slack: SlackSim, ada: Actor) -> None:
    url = (await ada.command("/x", "", CHANNEL)).payload["response_url"]
    slack.fail("response_url", accepted=True)
    status, text = await post_json(url, {"text": "a", "response_type": "in_channel"})
    assert (status, json.loads(text)["error"]) == (500, "internal_error")
    assert len(slack.messages(CHANNEL)) == 1


async def test_an_answer_may_come_late_though_the_call_was_accepted(
    slack: SlackSim, once: AsyncWebClient
) -> None:
    slack.delay("chat.postMessage", 60)
    posting = asyncio.create_task(once.chat_postMessage(channel=CHANNEL, text="a"))
    await slack.wait_for(lambda: slack.messages(CHANNEL))
    assert not posting.done()
    posting.cancel()
    assert len(slack.messages(CHANNEL)) == 1
    slack.delay("chat.postMessage", 0)
    await once.chat_postMessage(channel=CHANNEL, text="a")


async def test_a_call_may_be_accepted_late(slack: SlackSim, once: AsyncWebClient) -> None:
    slack.delay("*", 0, accepting=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await once.chat_postMessage(channel=CHANNEL, text="a")
    assert slack.messages(CHANNEL) == []
    slack.delay("*", 0)
    await once.chat_postMessage(channel=CHANNEL, text="a")


async def test_calls_of_long_ago_have_no_arguments(slack: SlackSim) -> None:
    api = client(slack)
    await api.chat_postMessage(channel=CHANNEL, text="first")
    first = slack.calls[0]
    assert first.arguments["text"] == "first"
    slack.calls[1:] = [first] * 1_999
    await api.auth_test()
    assert (len(slack.calls), first.arguments) == (2_001, {})


async def test_a_method_may_be_limited(slack: SlackSim, once: AsyncWebClient) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    message = slack.plant(CHANNEL, "a", [])
    slack.limit_method("chat.update", 0.5, burst=2)
    for text in ("b", "c"):
        await once.chat_update(channel=CHANNEL, ts=message.ts, text=text)
    with pytest.raises(SlackApiError) as caught:
        await once.chat_update(channel=CHANNEL, ts=message.ts, text="d")
    assert (caught.value.response.headers["Retry-After"], message.text) == ("2", "c")
    clock.now += 2
    await once.chat_update(channel=CHANNEL, ts=message.ts, text="d")
    slack.limit_method("chat.update", None)
    await once.chat_update(channel=CHANNEL, ts=message.ts, text="e")
    assert message.text == "e"

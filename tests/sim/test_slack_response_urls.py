"""response_urls of the simulated Slack: who may post what, how often, and what it changes."""

import json

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sim.slack import Actor, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    actions,
    button,
    post_json,
    section,
)


@pytest.fixture
async def url(ada: Actor) -> str:
    """The response_url of a command."""
    return str((await ada.command("/x", "", CHANNEL)).payload["response_url"])


async def url_of_press(slack: SlackSim, ada: Actor, *, ephemeral: bool) -> str:
    blocks = [actions(button())]
    message = slack.plant(CHANNEL, "list", blocks, ephemeral_to=ADA if ephemeral else None)
    return str((await ada.press(message, "go")).payload["response_url"])


async def test_a_post_is_ephemeral_by_default(slack: SlackSim, url: str) -> None:
    answer = await AsyncWebhookClient(url).send(text="hi", blocks=[section()])
    assert (answer.status_code, answer.body) == (200, "ok")
    assert slack.messages(CHANNEL) == []
    [message] = slack.messages(CHANNEL, ADA)
    assert (message.text, message.ephemeral) == ("hi", True)
    assert slack.calls[-1].ok


async def test_in_channel_publishes_even_where_the_bot_is_no_member(
    slack: SlackSim, ada: Actor
) -> None:
    slack.channel("C1", bot=False)
    sent = await ada.command("/x", "", "C1")
    client = AsyncWebhookClient(sent.payload["response_url"])
    await client.send(text="hi", response_type="in_channel", unfurl_links=False)
    [message] = slack.messages("C1")
    assert (message.text, message.unfurl_links, message.unfurl_media) == ("hi", False, True)


async def test_five_posts_and_no_more(slack: SlackSim, url: str) -> None:
    for _ in range(5):
        assert (await post_json(url, {"text": "hi"}))[0] == 200
    status, text = await post_json(url, {"text": "hi"})
    assert (status, json.loads(text)["error"]) == (404, "used_url")
    assert slack.calls[-1].error == "used_url"


async def test_half_an_hour_and_no_longer(slack: SlackSim, url: str) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    clock.now += 1800
    assert (await post_json(url, {"text": "hi"}))[0] == 200
    clock.now += 1
    status, text = await post_json(url, {"text": "hi"})
    assert (status, json.loads(text)["error"]) == (404, "expired_url")


async def test_an_unknown_url_is_as_good_as_expired(url: str) -> None:
    assert (await post_json(url + "x", {"text": "hi"}))[0] == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ([], "invalid_payload"),
        ({"text": "a", "blocks": [{"type": "nothing"}]}, "invalid_blocks"),
    ],
)
async def test_what_cannot_be_posted_is_refused(url: str, body: object, error: str) -> None:
    status, text = await post_json(url, body)
    assert (status, json.loads(text)["error"]) == (400, error)


async def test_a_body_that_is_not_json_is_refused(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(url, data="hi") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("ephemeral", [True, False])
async def test_replacing_keeps_the_kind_of_the_message(
    slack: SlackSim, ada: Actor, *, ephemeral: bool
) -> None:
    url = await url_of_press(slack, ada, ephemeral=ephemeral)
    await AsyncWebhookClient(url).send(text="new", replace_original=True)
    [message] = slack.messages(CHANNEL, ADA)
    assert (message.text, message.ephemeral, message.edits) == ("new", ephemeral, 1)
    assert slack.complaints == []
    other = "in_channel" if ephemeral else "ephemeral"
    await AsyncWebhookClient(url).send(text="x", replace_original=True, response_type=other)
    assert message.ephemeral is ephemeral
    assert slack.complaints == ["response: a message cannot change between ephemeral and public"]


async def test_without_replace_original_a_message_is_added(slack: SlackSim, ada: Actor) -> None:
    url = await url_of_press(slack, ada, ephemeral=False)
    await AsyncWebhookClient(url).send(text="more")
    seen = [(message.text, message.ephemeral) for message in slack.messages(CHANNEL, ADA)]
    assert seen == [("list", False), ("more", True)]


async def test_a_command_has_no_original(slack: SlackSim, url: str) -> None:
    await AsyncWebhookClient(url).send(text="first", replace_original=True)
    await AsyncWebhookClient(url).send(text="", delete_original=True)
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["first"]
    assert slack.complaints == [
        "response: replace_original without an original message",
        "response: delete_original without an original message",
    ]


async def test_deleting_and_deleting_with_a_successor(slack: SlackSim, ada: Actor) -> None:
    url = await url_of_press(slack, ada, ephemeral=True)
    assert (await post_json(url, {"delete_original": True}))[0] == 200
    assert slack.messages(CHANNEL, ADA) == []
    url = await url_of_press(slack, ada, ephemeral=False)
    await post_json(url, {"delete_original": True, "text": "new"})
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["new"]


async def test_a_thread_needs_in_channel_and_no_replacing(slack: SlackSim, ada: Actor) -> None:
    url = await url_of_press(slack, ada, ephemeral=False)
    ts = slack.messages(CHANNEL)[0].ts
    await post_json(url, {"text": "a", "thread_ts": ts})
    good = {"response_type": "in_channel", "replace_original": False}
    await post_json(url, {"text": "b", "thread_ts": ts, **good})
    threads = {message.text: message.thread_ts for message in slack.messages(CHANNEL, ADA)}
    assert threads == {"list": None, "a": None, "b": ts}
    assert slack.complaints == ["response: thread_ts needs in_channel and replace_original false"]


async def test_questionable_posts_are_taken_and_recorded(slack: SlackSim, url: str) -> None:
    blocks = [section("x" * 2_501) for _ in range(4)]
    await post_json(url, {"blocks": blocks, "response_type": "loud", "colour": "red"})
    assert len(slack.messages(CHANNEL, ADA)) == 1
    assert slack.complaints == [
        "response: unknown keys ['colour']",
        "response: blocks without text, so nothing for screen readers",
        "response: more than 10000 characters of text",
        "response: unknown response_type loud",
    ]


async def test_a_response_url_fails_as_told(slack: SlackSim, url: str) -> None:
    slack.fail("response_url")
    slack.fail("response_url", retry_after=3)
    slack.fail("response_url", drop="before")
    assert (await post_json(url, {"text": "a"}))[0] == 500
    assert (await post_json(url, {"text": "a"}))[0] == 429
    with pytest.raises(aiohttp.ClientConnectionError):
        await post_json(url, {"text": "a"})
    slack.fail("response_url", drop="after")
    with pytest.raises(aiohttp.ClientConnectionError):
        await post_json(url, {"text": "accepted"})
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["accepted"]

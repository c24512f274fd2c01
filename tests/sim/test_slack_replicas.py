"""The simulated Slack before several replicas of an app, in this process and in others."""

import asyncio
import sys

import pytest

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import ADA, CHANNEL, FakeApp, button, fake_app, section

DOWN = "http://127.0.0.1:1/slack/events"
POSTER = """
import json, os, urllib.request

for number in range(20):
    body = json.dumps({"channel": os.environ["CHANNEL"], "text": str(number)}).encode()
    headers = {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"}
    url = os.environ["API"] + "chat.postMessage"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        assert json.load(answer)["ok"]
"""


async def pressed(slack: SlackSim, ada: Actor, times: int) -> None:
    message = slack.plant(CHANNEL, "list", [section(accessory=button())])
    for _ in range(times):
        await ada.press(message, "go")


async def test_a_payload_goes_to_any_one_replica(slack: SlackSim) -> None:
    async with fake_app(slack) as one:
        first = slack.events_url
        async with fake_app(slack) as other:
            slack.events_urls = [first, slack.events_url]
            await pressed(slack, slack.user(ADA), 4)
    assert (len(one.payloads), len(other.payloads)) == (2, 2)
    assert slack.events_urls[0] == slack.events_url == first


async def test_a_replica_that_is_down_is_passed_over(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    slack.events_urls = [DOWN, slack.events_url]
    await pressed(slack, ada, 3)
    assert len(app.payloads) == 3
    assert slack.complaints == []


@pytest.mark.parametrize("urls", [[], [DOWN], [DOWN, DOWN]])
async def test_an_app_without_a_running_replica_is_not_reached(
    slack: SlackSim, urls: list[str]
) -> None:
    slack.events_urls = urls
    with pytest.raises(NotAcknowledged, match="dispatch_failed"):
        await slack.user(ADA).command("/x", "", CHANNEL)


async def test_other_processes_post_at_once(slack: SlackSim) -> None:
    environment = {"API": slack.api_url, "TOKEN": slack.bot_token, "CHANNEL": CHANNEL}
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", POSTER, env=environment)
        for _ in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    texts = [message.text for message in slack.messages(CHANNEL)]
    assert sorted(texts) == sorted(str(number) for number in range(20) for _ in range(3))


async def test_old_posts_are_kept_small_and_whole(slack: SlackSim) -> None:
    planted = [slack.plant(CHANNEL, str(n), [section(f"*{n}*")]) for n in range(30)]
    for number, message in enumerate(planted):
        assert slack.workspace.find(CHANNEL, message.ts) is message
        assert message.blocks[0]["text"]["text"] == f"*{number}*"
    held = [type(vars(message)["_blocks"]) for message in planted]
    assert (held[0], held[-1]) == (bytes, list)


async def test_an_old_post_can_be_pressed_and_updated(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    old = slack.plant(CHANNEL, "old", [section(accessory=button(value="1"))])
    for _ in range(30):
        slack.plant(CHANNEL, "new", [])
    await ada.press(old, "go")
    assert app.payloads[-1]["actions"][0]["value"] == "1"
    old.blocks = [section("changed")]
    assert old.blocks[0]["text"]["text"] == "changed"


async def test_a_post_is_found_by_channel_and_ts(slack: SlackSim) -> None:
    message = slack.plant(CHANNEL, "a", [])
    for channel, ts in (("C0SIM0002", message.ts), (CHANNEL, "1.000001"), (CHANNEL, "no ts")):
        assert slack.workspace.find(channel, ts) is None
    assert slack.workspace.find(CHANNEL, message.ts) is message
    message.deleted = True
    assert slack.workspace.find(CHANNEL, message.ts) is None

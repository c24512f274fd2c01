"""Whom a message of the simulated Slack notifies: only where a mention is live."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Json,
    actions,
    button,
    mrkdwn,
    option,
    plain,
    section,
)
from tests.sim.slack_blocks import CONFIRM, rich, rich_section

GROUP = "S0SIM0001"
BOTH = [ADA, GROUP]
LIVE: list[tuple[str, list[Json], list[str]]] = [
    ("section", [section(f"<@{ADA}> <!subteam^{GROUP}>")], BOTH),
    ("with names", [section(f"<@{ADA}|ada> <!subteam^{GROUP}|@on-call>")], BOTH),
    ("verbatim", [{"type": "section", "text": {**mrkdwn(f"<@{ADA}>"), "verbatim": True}}], [ADA]),
    ("fields", [{"type": "section", "fields": [mrkdwn(f"<@{ADA}>")]}], [ADA]),
    ("context", [{"type": "context", "elements": [mrkdwn(f"<!subteam^{GROUP}>")]}], [GROUP]),
    (
        "rich text",
        [
            rich(
                rich_section(
                    {"type": "usergroup", "usergroup_id": GROUP},
                    {"type": "user", "user_id": ADA},
                    {"type": "broadcast", "range": "here"},
                )
            )
        ],
        [GROUP, ADA, "here"],
    ),
    ("broadcast", [section("<!here> and @channel")], ["here", "channel"]),
    ("twice", [section(f"<@{ADA}>"), section(f"<@{ADA}>")], [ADA]),
]
DEAD: list[tuple[str, list[Json]]] = [
    ("plain text", [{"type": "section", "text": plain(f"<@{ADA}>")}]),
    ("header", [{"type": "header", "text": plain(f"<!subteam^{GROUP}>")}]),
    ("escaped", [section(f"&lt;@{ADA}&gt;")]),
    ("code", [section(f"`<@{ADA}>`")]),
    ("code block", [section(f"```<@{ADA}>```")]),
    ("nobody", [section("<@U9> <!subteam^S9>")]),
    ("a name", [section("@ada @on-call")]),
    ("verbatim here", [{"type": "section", "text": {**mrkdwn("@here"), "verbatim": True}}]),
    ("a button", [actions(button(text=f"<@{ADA}>"))]),
    ("a dialog", [actions(button(confirm={**CONFIRM, "text": mrkdwn(f"<@{ADA}>")}))]),
    (
        "an option",
        [
            actions(
                {
                    "type": "radio_buttons",
                    "action_id": "r",
                    "options": [{**option("a"), "text": mrkdwn(f"<@{ADA}>")}],
                }
            )
        ],
    ),
]


@pytest.fixture(autouse=True)
def group(slack: SlackSim) -> None:
    slack.user_group(GROUP, users=[ADA])


@pytest.mark.parametrize(
    ("blocks", "whom"), [row[1:] for row in LIVE], ids=[row[0] for row in LIVE]
)
async def test_a_live_mention_is_recorded(
    slack: SlackSim, api: AsyncWebClient, blocks: list[Json], whom: list[str]
) -> None:
    await api.chat_postMessage(channel=CHANNEL, text="a", blocks=blocks)
    assert slack.messages(CHANNEL)[0].mentions == whom


@pytest.mark.parametrize("blocks", [row[1] for row in DEAD], ids=[row[0] for row in DEAD])
async def test_what_is_not_live_mentions_nobody(
    slack: SlackSim, api: AsyncWebClient, blocks: list[Json]
) -> None:
    await api.chat_postMessage(channel=CHANNEL, text="a", blocks=blocks)
    assert slack.messages(CHANNEL)[0].mentions == []


async def test_the_text_counts_only_where_there_are_no_blocks(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    await api.chat_postMessage(channel=CHANNEL, text=f"<@{ADA}> `<!here>`")
    await api.chat_postMessage(channel=CHANNEL, text=f"<@{ADA}>", blocks=[section("a")])
    assert [message.mentions for message in slack.messages(CHANNEL)] == [[ADA], []]


async def test_neither_an_update_nor_an_ephemeral_message_notifies(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    message = slack.plant(CHANNEL, "a", [])
    await api.chat_update(channel=CHANNEL, ts=message.ts, text=f"<@{ADA}>")
    psst = slack.plant(CHANNEL, f"<@{ADA}>", [], ephemeral_to=ADA)
    assert (message.mentions, psst.mentions) == ([], [])

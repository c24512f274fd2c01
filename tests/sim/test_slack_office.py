"""What administrators do to the simulated workspace, and how the Web API answers then."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from bot.sim.slack.office import Revoked
from tests.sim.slack_app import CHANNEL, client, refused


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_revoked_token_is_refused_everywhere(
    slack: SlackSim, api: AsyncWebClient, error: Revoked
) -> None:
    slack.revoke(error)
    for method in ("auth.test", "chat.postMessage", "conversations.history", "no.such.method"):
        assert (await refused(api.api_call(method, json={"channel": CHANNEL})))["error"] == error
    assert (await client(slack).apps_connections_open(app_token=slack.app_token))["ok"]
    slack.reinstate()
    assert (await api.auth_test())["ok"]


async def test_a_removed_bot_may_neither_post_nor_read(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    slack.remove_bot(CHANNEL)
    post = api.chat_postMessage(channel=CHANNEL, text="a")
    assert (await refused(post))["error"] == "not_in_channel"
    assert (await api.conversations_info(channel=CHANNEL))["channel"]["is_member"] is False
    slack.invite_bot(CHANNEL)
    assert (await api.chat_postMessage(channel=CHANNEL, text="a"))["ok"]


async def test_an_archived_channel_takes_no_posts_until_it_is_back(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    slack.archive(CHANNEL)
    post = api.chat_postMessage(channel=CHANNEL, text="a")
    assert (await refused(post))["error"] == "is_archived"
    assert (await api.conversations_info(channel=CHANNEL))["channel"]["is_archived"] is True
    slack.unarchive(CHANNEL)
    assert (await api.chat_postMessage(channel=CHANNEL, text="a"))["ok"]


async def test_a_deleted_channel_is_not_found(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.delete_channel(CHANNEL)
    post = api.chat_postMessage(channel=CHANNEL, text="a")
    assert (await refused(post))["error"] == "channel_not_found"

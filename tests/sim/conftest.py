"""The simulated Slack with a made-up app behind it: no code of the bot."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, SlackSim
from tests.sim.slack_app import ADA, CHANNEL, Clock, FakeApp, client, fake_app


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    """A workspace whose clock stands still until a test moves it."""
    async with SlackSim(clock=Clock()) as running:
        running.user(ADA)
        running.channel(CHANNEL, members=[ADA])
        yield running


@pytest.fixture
async def app(slack: SlackSim) -> AsyncIterator[FakeApp]:
    async with fake_app(slack) as running:
        yield running


@pytest.fixture
def ada(slack: SlackSim, app: FakeApp) -> Actor:
    assert app.payloads == []
    return slack.user(ADA)


@pytest.fixture
def api(slack: SlackSim) -> AsyncWebClient:
    return client(slack)

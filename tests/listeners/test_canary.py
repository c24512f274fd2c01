"""No secret ever reaches the log: not even the log as it is before anything is cut out of it."""

import io
import logging
import re
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from bot.app import open_images, open_slack, origin_of, schedule_of
from bot.digests.delivery import DigestDelivery
from bot.logs import configure_logging
from bot.metrics import Metrics
from bot.schedule import Occurrence
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.scp_errors import Failure
from bot.sim.slack import Actor, SlackSim
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Alarms,
    Mode,
    Scene,
    both_modes,
    images,
    running,
    settings_for,
)

LEAKS = re.compile(
    r"/response/"  # response_urls
    r"|/link/|ticket"  # addresses of Socket Mode
    r"|\d+\.\d+\.[0-9a-f]{32}"  # trigger ids
    r"|v0=[0-9a-f]{8}"  # signatures of Slack's requests
    r"|canary-",
    re.IGNORECASE,
)


class Raw(logging.Handler):
    """Every record in full, before any redaction."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{vars(record)} {record.getMessage()}")
        given = record.msg.get("exc_info") if isinstance(record.msg, dict) else record.exc_info
        if given:
            error = given if isinstance(given, BaseException) else sys.exception()
            self.lines += traceback.format_exception(error)


@pytest.fixture
def log(restored_logging: None) -> io.StringIO:  # noqa: ARG001  by its effect
    """The stream of a log at level debug."""
    stream = io.StringIO()
    configure_logging("debug", stream=stream)  # no secret is named to it, so none is cut out
    return stream


@pytest.fixture
def raw(log: io.StringIO) -> Iterator[Raw]:  # noqa: ARG001  a fixture that must come first
    handler = Raw()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode) -> Settings:
    slack.mode = mode
    scp.access_key, scp.secret_key = "canary-access-key", "canary-secret-key"
    return settings_for(scp, slack, mode, digest_channels=f"{CHANNEL},{ELSEWHERE}")


@pytest.fixture
async def scene(
    scp: ScpSim,
    slack: SlackSim,
    ada: Actor,
    settings: Settings,
    raw: Raw,  # noqa: ARG001  a fixture that must come first
) -> AsyncIterator[Scene]:
    async with running(settings, slack):
        yield Scene(scp, slack, ada, settings)


@both_modes
async def test_no_secret_is_logged(
    scene: Scene, log: io.StringIO, raw: Raw, alarms: Alarms, mode: Mode
) -> None:
    scene.scp.images = images(23)
    await use_everything(scene)
    await fail_everything(scene)
    await digest(scene)
    if mode == "http":
        alarms.expect("Unhandled request")
        await knock(scene)
    else:
        await reconnect(scene)
    headers = [request.headers for request in scene.scp.requests]
    signatures = [sent["Scp-Signature"] for sent in headers if "Scp-Signature" in sent]
    slack = scene.slack
    secrets = [slack.bot_token, slack.app_token, slack.signing_secret, *signatures]
    for text in (log.getvalue(), "\n".join(raw.lines)):
        assert "listener told a user" in text
        assert [secret for secret in secrets if secret in text] == []
        assert [line for line in text.splitlines() if LEAKS.search(line)] == []


async def use_everything(scene: Scene) -> None:
    """Ask, filter, page, look, filter more, and share where it is and is not possible."""
    message = await scene.command("image sort:name")
    await scene.press(message, "Next")
    await scene.choose(message, "sort", "Name Z to A")
    await scene.ada.close(await scene.opened(message, "Details", 0))
    view = await scene.opened(message, "More filters")
    await scene.answer(scene.ada.submit(view, {"name": "image-0"}))
    await scene.press(message, "Share to channel")
    await scene.command("tpye:wrong")
    elsewhere = await scene.command(channel=ELSEWHERE)
    await scene.ada.press(elsewhere, label="Share to channel")
    await scene.slack.wait_for(lambda: len(scene.ada.messages(ELSEWHERE)) == 3)


async def fail_everything(scene: Scene) -> None:
    """Let SCP and Slack fail in every way that is quick."""
    message = await scene.command()
    for kind in Failure:
        if kind not in {Failure.SLOW, Failure.OVERSIZED}:
            scene.scp.fail(kind, 10)
            await scene.press(message, "Refresh")
            scene.scp.heal()
    echo = {"errors": [{"detail": f"{scene.scp.access_key} {scene.scp.secret_key}"}]}
    scene.scp.fail("wrong_shape", 1, body=echo)
    await scene.press(message, "Refresh")
    # each is told a second time through the response_url, then directly
    scene.slack.fail("response_url", drop="before", times=2)
    await scene.command()
    scene.slack.fail("response_url", error="expired_url", times=2)
    await scene.command()
    scene.slack.fail("response_url", retry_after=0, times=8)
    await scene.command()
    for error in ("expired_trigger_id", "internal_error", "invalid_auth"):
        scene.slack.fail("views.open", error=error)
        await scene.press(message, "More filters")
    scene.slack.fail("views.open", drop="before")
    await scene.press(message, "More filters")


async def digest(scene: Scene) -> None:
    """Deliver to a channel with the bot and to one without it; then while SCP is down."""
    schedule, now = schedule_of(scene.settings), datetime.now(UTC)
    occurrence = Occurrence("settings", now.date(), now.time(), "UTC", now)
    async with (
        open_slack(scene.settings) as slack,
        open_images(scene.settings, Metrics()) as source,
    ):
        delivery = DigestDelivery(
            fetch=source.get,
            post=slack.post,
            origin=origin_of(scene.settings),
            clock=lambda: now,
            observe=lambda _: None,
            waits=(),
        )
        await delivery.deliver(schedule, occurrence)
        scene.scp.fail("hmac", 1)
        await delivery.deliver(schedule, occurrence)


async def knock(scene: Scene) -> None:
    """Send what nobody should."""
    await scene.post(b"command=%2Fother&response_url=https://hooks.slack.com/commands/T/1/canary-1")
    await scene.post(b"payload=canary-2")
    await scene.post(b"text=canary-3", X_Slack_Signature="v0=0123456789abcdef")
    odd = {"type": "block_actions", "actions": [{"action_id": "x"}], "trigger_id": "canary-4"}
    await scene.post_payload("interactive", odd)
    await scene.command()


async def reconnect(scene: Scene) -> None:
    """Lose the connection and come back."""
    first = scene.slack.sockets.connections[0]
    await scene.slack.disconnect()
    await scene.slack.wait_for(
        lambda: [c for c in scene.slack.sockets.connections if c is not first]
    )
    await scene.command()

"""No secret ever reaches the log: not even the log as it is before anything is cut out of it."""

import io
import logging
import re
import sys
import traceback
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.logs import configure_logging
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.scp_errors import Failure
from bot.sim.slack import Actor, Message, SlackSim
from bot.sim.slack.markup import active_markup
from tests.listeners.digest_scene import NINE, pressed, typed
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Alarms,
    Mode,
    Scene,
    both_modes,
    image,
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


HOSTILE = "hostile-name <!channel> @here <http://evil.example|ok>"
"""What another account may call an image: no business of the log's."""


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


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest waits neither for SCP nor until it looks whether it has arrived."""
    monkeypatch.setattr("bot.digests.delivery.SCP_WAITS", ())
    monkeypatch.setattr("bot.sending.UNANSWERED_WAIT", 0.0)
    monkeypatch.setattr("bot.sending.FIRST_WAIT", 0.05)


@both_modes
@pytest.mark.usefixtures("hurried")
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
        assert "Slack refuses a digest" in text
        assert [secret for secret in secrets if secret in text] == []
        assert [line for line in text.splitlines() if LEAKS.search(line)] == []
        assert [line for line in text.splitlines() if quotes_others(line)] == []


def quotes_others(line: str) -> bool:
    """Tell whether a line says what another account wrote."""
    return "hostile-name" in line


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
    """Have digests sent where all is well and where it is not: SCP fails, or Slack does."""
    scene.scp.images.append(image(HOSTILE, owner_account_name=HOSTILE))
    message = await sent(scene, "C0DIGEST1")
    assert "24 pending images" in message.text
    assert message.mentions == [scene.ada.id], "who asked for it, and nobody else"
    live = [found.source for found in active_markup(message.blocks, message.text)]
    assert [source for source in live if "evil.example" in source] == []
    scene.scp.fail("hmac", 1)
    assert "No digest" in (await sent(scene, "C0DIGEST2")).text
    echo = {"errors": [{"detail": f"{scene.scp.access_key} {scene.scp.secret_key}"}]}
    scene.scp.fail("wrong_shape", 1, body=echo)
    assert "No digest" in (await sent(scene, "C0DIGEST3")).text
    scene.slack.fail("chat.postMessage", drop="after")
    scene.slack.fail("conversations.history", drop="before")
    await sent(scene, "C0DIGEST4")
    await scene.slack.wait_for(lambda: scene.calls("conversations.history"))
    told = await sent(scene, "C0DIGEST5", f"D{scene.ada.id[1:]}")
    assert "could not be posted" in told.text


async def sent(scene: Scene, channel: str, where: str = "") -> Message:
    """Set a digest up in a new channel and press Send now; return what is posted then.

    ``where`` is the channel to look at in place of the digest's, which is archived first.
    """
    scene.slack.channel(channel, channel.lower(), members=[scene.ada.id])
    await typed(scene, f"add {NINE}", channel=channel)
    manager = await typed(scene, "", channel=channel)
    if where:
        scene.slack.archive(channel)
    before = len(scene.slack.messages(where or channel))
    await pressed(scene, manager, "Send now")
    posted = await scene.slack.wait_for(lambda: scene.slack.messages(where or channel)[before:])
    return posted[0]


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

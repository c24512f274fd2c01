"""A bot between the simulators, and alarms: no warning passes that a test does not expect."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bot.lifecycle import Bot
from bot.logs import QUIET
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.databases import database_url, postgres, postgres_url, sqlite_url  # noqa: F401  fixtures
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    MALFORMED,
    Alarms,
    Mode,
    Scene,
    running,
    settings_for,
)

# Property tests draw the same examples on every machine, and do not fail on a busy one.
hypothesis_settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("same")


@pytest.fixture(autouse=True)
def alarms() -> Iterator[Alarms]:
    """What Bolt, Slack's SDK and asyncio (failed tasks among it) warn of."""
    alarms = Alarms()
    loggers = [logging.getLogger(name) for name in ("slack_bolt", "slack_sdk", "asyncio")]
    for logger in loggers:
        logger.addHandler(alarms)
    yield alarms
    gc.collect(1)  # a failed task that nobody awaited speaks up when it is collected
    for logger in loggers:
        logger.removeHandler(alarms)
    alarms.check()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a proxy nor the files of Samsung's tools on this machine take part."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    empty = str(tmp_path_factory.getbasetemp())
    monkeypatch.setenv("HOME", empty)
    monkeypatch.setenv("SSL_CERT_DIR", empty)  # reading all authorities takes long


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """A whole program sets up logging, which the next test must not inherit."""
    root = logging.getLogger()
    handlers, structured = root.handlers[:], structlog.get_config()
    levels = {logger: logger.level for logger in [root, *map(logging.getLogger, QUIET)]}
    root.handlers.clear()  # lest the program closes them
    yield
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    structlog.configure(**structured)


@pytest.fixture
def logs(alarms: Alarms) -> Iterator[list[structlog.typing.EventDict]]:
    """What the bot logs; an error is an alarm."""
    with structlog.testing.capture_logs() as entries:
        yield entries
    alarms.texts += [f"bot: {e['event']}" for e in entries if e["log_level"] == "error"]


@pytest.fixture
async def scp(no_proxy: None) -> AsyncIterator[ScpSim]:  # noqa: ARG001  a fixture that must come first
    """A simulated SCP, with which no client may take a liberty."""
    async with ScpSim() as scp:
        yield scp
        assert scp.complaints == []


@pytest.fixture
async def slack(no_proxy: None) -> AsyncIterator[SlackSim]:  # noqa: ARG001  a fixture that must come first
    """A simulated Slack with two channels, of which the bot is in the first."""
    async with SlackSim() as slack:
        slack.user()
        slack.channel(CHANNEL, "general", members=["U0SIM0001", "U0SIM0002"])
        slack.channel(ELSEWHERE, "elsewhere", members=["U0SIM0001", "U0SIM0002"], bot=False)
        yield slack
        assert slack.complaints == []
        assert [call for call in slack.calls if call.error in MALFORMED] == []


@pytest.fixture
def ada(slack: SlackSim) -> Actor:
    return slack.user("U0SIM0001", "ada")


@pytest.fixture
def bob(slack: SlackSim) -> Actor:
    return slack.user("U0SIM0002", "bob", "Europe/Berlin")


@pytest.fixture
def mode() -> Mode:
    """How Slack reaches the bot; tests parametrize it."""
    return "http"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode) -> Settings:
    slack.mode = mode
    return settings_for(scp, slack, mode)


@pytest.fixture
async def bot(
    settings: Settings,
    slack: SlackSim,
    logs: list[structlog.typing.EventDict],  # noqa: ARG001  a fixture that must come first
) -> AsyncIterator[Bot]:
    """The bot, running; all that it started must end well."""
    async with running(settings, slack) as bot:
        yield bot


@pytest.fixture
def scene(
    scp: ScpSim,
    slack: SlackSim,
    ada: Actor,
    settings: Settings,
    bot: Bot,  # noqa: ARG001  a fixture that must come first
) -> Scene:
    """The running bot between both simulators, and ada."""
    return Scene(scp, slack, ada, settings)

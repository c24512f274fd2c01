"""manifest.yaml is valid, asks for what the code needs, and for nothing more."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import build
from bot.errors import BotError
from bot.manifest import bot_scopes, read_manifest
from bot.settings import GivenSettings

CHECKOUT = Path(__file__).parents[1]
BOT = CHECKOUT / "bot"
DATA = Path(__file__).parent / "data"
NEEDED = "commands"
"""The scope that a slash command needs, without any method."""

SCOPES_OF: dict[str, set[str]] = {
    "apps_connections_open": set(),  # connections:write, of the app-level token
    "auth_test": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history"},
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
"""What Slack's reference demands of a bot token for each Web API method that the bot calls."""

Decorator = Callable[..., Any]


class Recorder(AsyncApp):
    """Bolt's app, which also remembers what was registered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.registered: list[tuple[str, object]] = []

    def command(self, command: Any, *rest: Any, **named: Any) -> Decorator:
        self.registered.append(("command", command))
        return super().command(command, *rest, **named)

    def action(self, constraints: Any, *rest: Any, **named: Any) -> Decorator:
        self.registered.append(("action", constraints))
        return super().action(constraints, *rest, **named)

    def event(self, event: Any, *rest: Any, **named: Any) -> Decorator:
        self.registered.append(("event", event))
        return super().event(event, *rest, **named)

    def options(self, constraints: Any, *rest: Any, **named: Any) -> Decorator:
        self.registered.append(("options", constraints))
        return super().options(constraints, *rest, **named)

    def view(self, constraints: Any, *rest: Any, **named: Any) -> Decorator:
        self.registered.append(("view", constraints))
        return super().view(constraints, *rest, **named)

    @property
    def kinds(self) -> set[str]:
        # A kind of listener that this class does not know would make the numbers differ.
        assert len(self.registered) == len(self._async_listeners)
        return {kind for kind, _ in self.registered}


@pytest.fixture
async def registered(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What the bot's own code registers when it is built."""
    apps: list[Recorder] = []

    def recorder(**options: Any) -> Recorder:
        apps.append(Recorder(**options))
        return apps[-1]

    monkeypatch.setattr("bot.app.AsyncApp", recorder)
    settings = GivenSettings(
        bot_mode="http",
        slack_bot_token="xoxb-made-up",
        slack_signing_secret="made-up",
        scp_access_key="key",
        scp_secret_key="secret",
        database_url="sqlite://",
    )
    async with build(settings):
        return apps[0]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_the_manifest_is_valid_by_slacks_schema(version: str) -> None:
    schema = json.loads((DATA / f"manifest.schema.{version}.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(read_manifest())] == []


def test_the_slash_commands_are_those_that_the_code_registers(registered: Recorder) -> None:
    commands = {name for kind, name in registered.registered if kind == "command"}
    declared = read_manifest()["features"]["slash_commands"]
    assert {command["command"] for command in declared} == commands


def test_interactivity_is_on_since_the_code_listens_to_clicks(registered: Recorder) -> None:
    assert {"action", "view"} <= registered.kinds
    interactivity = read_manifest()["settings"]["interactivity"]
    assert interactivity["is_enabled"] is True
    assert interactivity["request_url"]


def test_menus_have_an_options_url_since_the_code_suggests_options(registered: Recorder) -> None:
    assert "options" in registered.kinds
    assert read_manifest()["settings"]["interactivity"]["message_menu_options_url"]


def test_no_shortcut_is_declared_as_none_is_registered(registered: Recorder) -> None:
    assert registered.kinds <= {"command", "action", "options", "view", "event"}
    assert "shortcuts" not in read_manifest()["features"]


def test_the_events_are_those_that_the_code_listens_to(registered: Recorder) -> None:
    events = {name for kind, name in registered.registered if kind == "event"}
    subscribed = read_manifest()["settings"]["event_subscriptions"]
    assert subscribed["request_url"]
    assert set(subscribed["bot_events"]) == events


def test_the_home_is_shown_since_the_bot_is_told_that_it_was_opened() -> None:
    manifest = read_manifest()
    assert "app_home_opened" in manifest["settings"]["event_subscriptions"]["bot_events"]
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True


def test_every_url_is_the_one_path_that_the_bot_serves() -> None:
    urls = set(_urls(read_manifest()))
    assert len(urls) == 1
    assert urls.pop().endswith("/slack/events")


def test_the_scopes_are_those_of_the_methods_that_the_code_calls() -> None:
    called = set(_called_methods())
    assert called == SCOPES_OF.keys(), "say here which scopes a new method needs"
    assert bot_scopes() == {NEEDED}.union(*SCOPES_OF.values())


def test_no_user_scope_is_asked_for() -> None:
    assert set(read_manifest()["oauth_config"]["scopes"]) == {"bot"}


@pytest.mark.parametrize("scope", sorted(bot_scopes()))
def test_the_readme_gives_the_reason_for_each_scope(scope: str) -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in readme if line.startswith(f"| `{scope}` |")]
    assert len(rows) == 1
    assert rows[0].split("|")[2].strip()


def test_an_installed_package_reads_the_manifest_within_it(tmp_path: Path) -> None:
    package = tmp_path / "bot"
    package.mkdir()
    (tmp_path / "manifest.yaml").write_text("of: a neighbour", encoding="utf-8")
    assert read_manifest(package) == {"of": "a neighbour"}
    (package / "manifest.yaml").write_text("of: the package", encoding="utf-8")
    assert read_manifest(package) == {"of": "the package"}


def test_a_missing_manifest_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BotError, match=r"manifest\.yaml is missing") as raised:
        read_manifest(tmp_path / "bot")
    assert raised.value.remedy


def test_the_wheel_has_the_manifest_where_the_package_reads_it() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"manifest.yaml" = "bot/manifest.yaml"' in project


def test_the_manifest_in_the_checkout_is_the_one_read() -> None:
    text = (CHECKOUT / "manifest.yaml").read_text(encoding="utf-8")
    assert read_manifest() == yaml.safe_load(text)


def _called_methods() -> Iterator[str]:
    """Yield the Web API methods whose names the bot's source mentions."""
    methods = {name for name in vars(AsyncWebClient) if not name.startswith("_")}
    for path in BOT.rglob("*.py"):
        if "sim" in path.relative_to(BOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {*methods, "api_call"}:
                yield node.attr


def _urls(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for held in value:
            yield from _urls(held)
    elif isinstance(value, str) and value.startswith("http"):
        yield value

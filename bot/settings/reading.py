"""Reading the settings from where the process runs, and naming all that is not right at once."""

import functools
import os
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.errors import SettingsError
from bot.settings.model import Settings
from bot.settings.scpconf import ScpConfFiles, json_object

DEFAULT_SECRETS_DIR = "/run/secrets"
"""Where container engines put secrets; ``SECRETS_DIR`` names another directory."""


class Need(StrEnum):
    """What a command of ``python -m bot`` cannot work without."""

    SCP = "scp"
    SLACK = "slack"
    """The Web API: a bot token."""
    EVENTS = "events"
    """Commands and clicks: the app token, or in HTTP mode the signing secret."""
    CHANNELS = "channels"
    """Where a digest goes."""


class Problem(msgspec.Struct, frozen=True):
    """What is not right with one setting, or with a place that settings come from."""

    name: str
    """The setting in capitals, or the file."""
    kind: Literal["missing", "wrong"]
    hint: str
    """What it should be; never the value, which may be a secret."""

    def __str__(self) -> str:
        return f"{self.name} is {self.kind}: {self.hint}"


def load_settings(*needs: Need) -> Settings:
    """Read the settings from where the process runs.

    Raises ``SettingsError``, with every problem named, where one is wrong or where something
    that ``needs`` ask for is missing.
    """
    settings, problems = read_settings(*needs)
    if problems:
        raise SettingsError([str(problem) for problem in problems])
    return settings


def read_settings(*needs: Need) -> tuple[Settings, list[Problem]]:
    """Read the settings as far as they are right, with the default for what is not.

    Returns every problem beside them: what is wrong, and what ``needs`` ask for and is missing.
    """
    problems = _unreadable()
    broken = {problem.name for problem in problems}
    secrets_dir = _secrets_dir()
    read = functools.partial(
        Settings,
        _env_file=None if ".env" in broken else ".env",
        _env_file_encoding="utf-8",
        _secrets_dir=secrets_dir if secrets_dir.is_dir() and not broken & _SECRETS else None,
    )
    wrong: dict[str, Any] = {}
    try:
        settings = read()
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            name = str(detail["loc"][0])
            wrong[name] = Settings.model_fields[name].default
            problems.append(Problem(name.upper(), "wrong", _sentence(_words(detail))))
        # What is wrong stands aside so that what is missing can be named in the same breath.
        settings = read(**wrong)
    problems += [
        Problem(name.upper(), "missing", hint)
        for name, hint in _required(settings.bot_mode, needs).items()
        if not getattr(settings, name) and name not in wrong
    ]
    return settings, problems


_SECRETS = {"SECRETS_DIR", "A secret file"}


def _secrets_dir() -> Path:
    return Path(os.environ.get("SECRETS_DIR") or DEFAULT_SECRETS_DIR)


def _unreadable() -> list[Problem]:
    """Return a problem for each place of settings that is there and cannot be read."""
    problems = []
    secrets_dir = _secrets_dir()
    if os.environ.get("SECRETS_DIR") and not secrets_dir.is_dir():
        problems.append(Problem("SECRETS_DIR", "wrong", f"{secrets_dir} is not a directory."))
    for name in Settings.model_fields:
        path = secrets_dir / name.upper()
        if why := _why_unreadable(functools.partial(path.read_text, "utf-8")):
            problems.append(Problem("A secret file", "wrong", f"{path.name} {why}."))
    if why := _why_unreadable(lambda: Path(".env").read_text("utf-8")):
        problems.append(Problem(".env", "wrong", f"it {why}."))
    for path, _ in ScpConfFiles.files():
        if why := _why_unreadable(functools.partial(json_object, path)):
            problems.append(Problem(f"~/.scpconf/{path.name}", "wrong", f"it {why}."))
    return problems


def _why_unreadable(read: Callable[[], object]) -> str:
    try:
        read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    except msgspec.DecodeError:
        return "is not a JSON object"
    return ""


def _required(bot_mode: str, needs: tuple[Need, ...]) -> dict[str, str]:
    required: dict[str, str] = {}
    if Need.SLACK in needs:
        required["slack_bot_token"] = (
            "the bot token (xoxb-…) of your Slack app, under OAuth & Permissions."
        )
    if Need.EVENTS in needs and bot_mode == "socket":
        required["slack_app_token"] = (
            "an app-level token (xapp-…) with connections:write, under Basic Information. "
            "For HTTP instead of Socket Mode set BOT_MODE=http."
        )
    if Need.EVENTS in needs and bot_mode == "http":
        required["slack_signing_secret"] = (
            "the signing secret of your Slack app, under Basic Information."
        )
    if Need.SCP in needs:
        required["scp_access_key"] = (
            "an access key of Samsung Cloud Platform, from the console's access key management."
        )
        required["scp_secret_key"] = "the secret key that belongs to SCP_ACCESS_KEY."
    if Need.CHANNELS in needs:
        required["digest_channels"] = "channel ids, with commas between."
    return required


def _words(detail: ErrorDetails) -> str:
    """Return what a validator said, or our own words where pydantic's are a programmer's."""
    return _NUMBERS.get(detail["type"], detail["msg"])


_NUMBERS = {
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number, and not so large",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
}
"""Kind of an error of pydantic's to our words."""


def _sentence(message: str) -> str:
    """Return a validator's words as what follows a colon: small at the start, a mark at the end."""
    text = message.removeprefix("Value error, ").rstrip(".")
    if not _STAYS_CAPITAL.match(text):
        text = f"{text[:1].lower()}{text[1:]}"
    return text if text.endswith(("?", "!")) else f"{text}."


_STAYS_CAPITAL = re.compile(r"I\b|[A-Z]{2}")
"""The word "I", and abbreviations."""

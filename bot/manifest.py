"""The Slack app's manifest, ``manifest.yaml``: what the bot expects to be allowed."""

from pathlib import Path
from typing import Any

import yaml

from bot.errors import BotError

FILE_NAME = "manifest.yaml"
PACKAGE = Path(__file__).parent


def read_manifest(package: Path = PACKAGE) -> dict[str, Any]:
    """Return the manifest: in the package where that was installed, else above it in a checkout.

    Raise ``BotError`` where neither has it.
    """
    for directory in (package, package.parent):
        path = directory / FILE_NAME
        if path.is_file():
            manifest: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return manifest
    raise BotError(f"{FILE_NAME} is missing.", "The bot is incomplete: install it again.")


def bot_scopes() -> frozenset[str]:
    """Return the scopes that the manifest asks for the bot's token. Raise ``BotError``."""
    return frozenset(read_manifest()["oauth_config"]["scopes"]["bot"])

"""What Slack tells the bot, as values."""

from typing import Any

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Who the bot's token belongs to."""

    team: str
    team_id: str
    user_id: str
    scopes: frozenset[str] = frozenset()
    """What the token may do; empty where Slack does not tell."""


class ChannelState(msgspec.Struct, frozen=True):
    """What Slack tells the bot of a channel."""

    name: str
    is_member: bool
    is_archived: bool
    kind: str = "channels"
    """What scopes call its like: ``channels``, ``groups`` (private), ``mpim`` or ``im``."""


class Person(msgspec.Struct, frozen=True):
    """Somebody of the workspace."""

    id: str
    timezone: str | None
    """A key of the tz database; None where Slack does not tell."""
    is_admin: bool
    """An administrator or an owner of the workspace."""
    name: str
    """What others call this person; the id where Slack does not tell."""
    team_id: str | None
    """The workspace, or where Slack has several of one organization the organization's home."""
    teams: frozenset[str]
    """The workspaces of one organization that this person is of; empty outside of one."""
    is_guest: bool
    is_stranger: bool
    """Of another workspace, and in no channel that the bot can see."""
    deleted: bool
    is_bot: bool


class UserGroup(msgspec.Struct, frozen=True):
    """People who are mentioned together."""

    id: str
    handle: str
    """What follows the @, such as ``cloud-ops``."""
    name: str


class Found(msgspec.Struct, frozen=True):
    """A message of the bot's that was looked for."""

    ts: str
    text: str
    blocks: list[dict[str, Any]]

"""What Slack tells the bot, as values."""

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Who the bot's token belongs to."""

    team: str
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


class UserGroup(msgspec.Struct, frozen=True):
    """People who are mentioned together."""

    id: str
    handle: str
    """What follows the @, such as ``cloud-ops``."""
    name: str

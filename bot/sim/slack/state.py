"""What a simulated workspace is made of: people, user groups, channels, messages and views."""

import copy
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

from bot.sim.slack.packing import Blocks
from bot.sim.slack.structure import elements_of

Json: TypeAlias = dict[str, Any]
"""A JSON object as it is on Slack's wire."""

TEAM_ID = "T0SIMTEAM"
TEAM_DOMAIN = "sim-team"
ENTERPRISE_ID = "E0SIMORG"
BOT_USER_ID = "U0SIMBOT"
BOT_ID = "B0SIMBOT"
APP_ID = "A0SIMAPP"
VERIFICATION_TOKEN = "sim-verification-token"  # noqa: S105 - a made-up one; Slack deprecated them


@dataclass
class Person:
    """Somebody of the workspace."""

    id: str
    name: str
    tz: str | None
    """An IANA zone; None: Slack tells none."""
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    """Whether a guest."""
    is_ultra_restricted: bool = False
    """Whether a guest of one channel, who is restricted too."""
    is_bot: bool = False
    deleted: bool = False
    """Whether deactivated."""
    team_id: str = TEAM_ID
    """The workspace; another one than the app's with Slack Connect."""
    is_stranger: bool = False
    """Whether somebody of another workspace with whom the app shares no channel (users.info)."""
    teams: Sequence[str] = ()
    """Of an Enterprise Grid: the workspaces of the organisation that the person is in."""


@dataclass
class UserGroup:
    """A user group, such as @on-call; ``users`` are user ids."""

    id: str
    handle: str
    name: str
    users: Sequence[str] = ()
    disabled: bool = False


@dataclass
class Channel:
    """A channel or a direct message; ``members`` are user ids."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False

    @property
    def kind(self) -> str:
        """The word in the names of scopes: channels, groups or im."""
        return "im" if self.is_im else "groups" if self.is_private else "channels"


@dataclass(eq=False)
class StoredFile:
    """A file from getting its upload URL on; it is shared once its upload is completed."""

    id: str
    name: str
    length: int
    """Bytes, as announced."""
    title: str = ""
    content: bytes | None = None
    """What was uploaded; None: nothing yet."""
    channels: list[str] = field(default_factory=list)
    """Where it is shared; nowhere: private to the app."""
    completed: bool = False


@dataclass(eq=False)
class Message:
    """A message as it is now; an update changes it in place."""

    ts: str
    channel_id: str
    author: str
    text: str
    blocks: Blocks = Blocks()  # noqa: RUF009 - a descriptor, not a default
    ephemeral_to: str | None = None
    """The one user who sees it, None for everybody."""
    thread_ts: str | None = None
    broadcast: bool = False
    """Whether a reply that is shown in the channel too (``reply_broadcast``)."""
    files: Sequence[StoredFile] = ()
    metadata: Json | None = None
    unfurl_links: bool = True
    unfurl_media: bool = True
    mentions: Sequence[str] = ()
    """Whom Slack notified when it was posted: ids of users and groups, here, channel, everyone."""
    edits: int = 0
    deleted: bool = False
    choices: dict[str, dict[tuple[str, str], Json]] = field(default_factory=dict)
    """By user id, then (block_id, action_id): what a user has chosen and a client still shows."""

    def choices_of(self, user_id: str) -> dict[tuple[str, str], Json]:
        """Return what one user has chosen in it, to read or to add to."""
        return self.choices.setdefault(user_id, {})

    def snapshot(self) -> Self:
        """Return it as a client shows it now, which updates have not reached: to press too late."""
        kept = copy.copy(self)
        kept.blocks = copy.deepcopy(self.blocks)
        return kept

    @property
    def owner(self) -> str | None:
        """The one user who sees it, None for everybody."""
        return self.ephemeral_to

    @property
    def gone(self) -> bool:
        """Whether nobody sees it any more."""
        return self.deleted

    @property
    def is_reply(self) -> bool:
        """Whether an answer in a thread, not the message that began it."""
        return self.thread_ts not in {None, self.ts}

    @property
    def ephemeral(self) -> bool:
        """Whether one user alone sees it."""
        return self.ephemeral_to is not None


@dataclass(eq=False)
class OpenView:
    """A modal or a Home as it is now; an update changes it in place."""

    id: str
    user_id: str
    content: Json
    """The view as the app sent it, with ids given to what had none."""
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    team_id: str = TEAM_ID
    """The workspace of its user."""
    opened_in: Channel | None = None
    """The channel where its user was when the first modal of its stack opened."""
    closed: bool = False
    edits: int = 0
    choices: dict[tuple[str, str], Json] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The one user who sees it."""
        return self.user_id

    @property
    def gone(self) -> bool:
        """Whether nobody sees it any more."""
        return self.closed

    def choices_of(self, _user_id: str) -> dict[tuple[str, str], Json]:
        """Return what its user has entered or chosen, to read or to add to."""
        return self.choices

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        blocks: list[Json] = self.content["blocks"]
        return blocks


def microseconds(ts: str) -> int:
    """Return a ts as a number: seconds with up to six digits after the point, 0 if it is none."""
    seconds, _, rest = ts.partition(".")
    digits = seconds + rest.ljust(6, "0")
    return int(digits) if digits.isdecimal() else 0


def new_hash() -> str:
    """Return a view hash that nobody has seen."""
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return blocks as Slack keeps them: ids for what had none, defaults of text objects spelt."""
    kept = [_spelt(block) for block in blocks]
    for block in kept:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements_of(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return kept


def _spelt(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelt(item) for item in value]
    if not isinstance(value, dict):
        return value
    spelt = {key: _spelt(held) for key, held in value.items()}
    if spelt.get("type") == "plain_text":
        spelt.setdefault("emoji", True)
    if spelt.get("type") == "mrkdwn":
        spelt.setdefault("verbatim", False)
    return spelt

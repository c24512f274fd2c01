"""What the simulated workspace holds: channels, people, messages, views, and who waits for them."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from bot.sim.slack.structure import elements_of

Json: TypeAlias = dict[str, Any]
"""A JSON object as it is on Slack's wire."""

Found = TypeVar("Found")

TEAM_ID = "T0SIMTEAM"
TEAM_DOMAIN = "sim-team"
BOT_USER_ID = "U0SIMBOT"
BOT_ID = "B0SIMBOT"
APP_ID = "A0SIMAPP"
VERIFICATION_TOKEN = "sim-verification-token"  # noqa: S105 - a made-up one; Slack deprecated them


@dataclass
class Person:
    """Somebody of the workspace."""

    id: str
    name: str
    tz: str


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
class Message:
    """A message as it is now; an update changes it in place."""

    ts: str
    channel_id: str
    author: str
    text: str
    blocks: list[Json]
    ephemeral_to: str | None = None
    """The one user who sees it, None for everybody."""
    thread_ts: str | None = None
    metadata: Json | None = None
    unfurl_links: bool = True
    unfurl_media: bool = True
    edits: int = 0
    deleted: bool = False
    choices: dict[str, dict[tuple[str, str], Json]] = field(default_factory=dict)
    """By user id, then (block_id, action_id): what a user has chosen and a client still shows."""

    def choices_of(self, user_id: str) -> dict[tuple[str, str], Json]:
        """Return what one user has chosen in it, to read or to add to."""
        return self.choices.setdefault(user_id, {})

    @property
    def owner(self) -> str | None:
        """The one user who sees it, None for everybody."""
        return self.ephemeral_to

    @property
    def gone(self) -> bool:
        """Whether nobody sees it any more."""
        return self.deleted

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


class Workspace:
    """Everything that a simulated Slack remembers; each change wakes who waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: list[Message] = []
        self.stacks: dict[str, list[OpenView]] = {}
        """Modals by user id, the topmost last."""
        self.homes: dict[str, OpenView] = {}
        self.complaints: list[str] = []
        """What the real Slack lets pass and an app should not do."""
        self._serial = itertools.count(1)
        self._waiting: set[asyncio.Future[None]] = set()

    def next_ts(self) -> str:
        """Return a message ts, greater than every one before."""
        return f"{int(self.clock())}.{next(self._serial):06d}"

    def next_id(self, letter: str) -> str:
        """Return a new id such as V0SIM00012."""
        return f"{letter}0SIM{next(self._serial):05d}"

    def complain(self, what: str) -> None:
        """Record what the real Slack would let pass."""
        self.complaints.append(what)
        self.changed()

    def add(self, message: Message) -> Message:
        """Keep a new message."""
        message.blocks = with_ids(message.blocks)
        self.posts.append(message)
        self.changed()
        return message

    def find(self, channel_id: str, ts: str) -> Message | None:
        """Return a message that is not deleted."""
        for message in self.posts:
            if (message.channel_id, message.ts, message.deleted) == (channel_id, ts, False):
                return message
        return None

    def direct_channel(self, user_id: str) -> Channel:
        """Return the direct message between the bot and a user, opened if need be."""
        channel_id = f"D{user_id[1:]}"
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(
                channel_id, "directmessage", {user_id, BOT_USER_ID}, is_private=True, is_im=True
            )
        return self.channels[channel_id]

    def view(self, view_id: str) -> OpenView | None:
        """Return an open modal or a Home by its id."""
        stacked = [view for stack in self.stacks.values() for view in stack]
        return next((v for v in [*stacked, *self.homes.values()] if v.id == view_id), None)

    def view_by_external_id(self, external_id: str) -> OpenView | None:
        """Return an open modal by the id that the app gave it."""
        stacked = [view for stack in self.stacks.values() for view in stack]
        return next((v for v in stacked if v.content.get("external_id") == external_id), None)

    def changed(self) -> None:
        """Wake everybody who waits for a change."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def wait_for(self, predicate: Callable[[], Found], timeout: float) -> Found:  # noqa: ASYNC109 - one deadline over many waits
        """Return what the predicate returns as soon as that is true; raise TimeoutError after."""
        async with asyncio.timeout(timeout):
            while not (found := predicate()):
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.add(waiting)
                try:
                    await waiting
                finally:
                    self._waiting.discard(waiting)
            return found


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

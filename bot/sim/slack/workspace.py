"""Everything that a simulated Slack remembers, and who waits for it to change."""

import asyncio
import itertools
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.sim.slack.mentions import mentions_in
from bot.sim.slack.packing import pack
from bot.sim.slack.state import (
    BOT_USER_ID,
    Channel,
    Message,
    OpenView,
    Person,
    UserGroup,
    microseconds,
    with_ids,
)

Found = TypeVar("Found")

_MICROSECONDS = 1_000_000
_RECENT = 10
"""Posts of a channel whose blocks are not packed."""


class Workspace:
    """A workspace with its people, channels, posts and views; each change wakes who waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.user_groups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: list[Message] = []
        """Every message in the order of posting; ``add`` them."""
        self.stacks: dict[str, list[OpenView]] = {}
        """Modals by user id, the topmost last."""
        self.homes: dict[str, OpenView] = {}
        self.complaints: list[str] = []
        """What the real Slack lets pass and an app should not do."""
        self._by_channel: dict[str, list[Message]] = {}
        self._replies: dict[tuple[str, str | None], list[Message]] = {}
        self._last_ts = 0
        self._serial = itertools.count(1)
        self._waiting: set[asyncio.Future[None]] = set()

    def next_ts(self) -> str:
        """Return a message ts, greater than every one before: seconds and microseconds."""
        self._last_ts = max(int(self.clock() * _MICROSECONDS), self._last_ts + 1)
        seconds, rest = divmod(self._last_ts, _MICROSECONDS)
        return f"{seconds}.{rest:06d}"

    def next_id(self, letter: str) -> str:
        """Return a new id such as V0SIM00012."""
        return f"{letter}0SIM{next(self._serial):05d}"

    def complain(self, what: str) -> None:
        """Record what the real Slack would let pass."""
        self.complaints.append(what)
        self.changed()

    def add(self, message: Message) -> Message:
        """Keep a new message, and note whom it mentions."""
        message.blocks = with_ids(message.blocks)
        message.mentions = self._mentioned(message)
        self.posts.append(message)
        here = self._by_channel.setdefault(message.channel_id, [])
        insort(here, message, key=lambda one: microseconds(one.ts))
        if message.is_reply and not message.ephemeral:
            self._replies.setdefault((message.channel_id, message.thread_ts), []).append(message)
        if len(here) > _RECENT:
            pack(here[-_RECENT - 1])
        self.changed()
        return message

    def replies_to(self, channel_id: str, ts: str) -> list[Message]:
        """Return the answers in a thread that are not deleted, oldest first."""
        replies = self._replies.get((channel_id, ts), [])
        return [message for message in replies if not message.deleted]

    def find(self, channel_id: str, ts: str, *, deleted: bool = False) -> Message | None:
        """Return a message, one that is not deleted unless told otherwise."""
        here = self.posts_in(channel_id)
        at = bisect_left(here, microseconds(ts), key=lambda message: microseconds(message.ts))
        found = here[at] if at < len(here) else None
        if found is None or found.ts != ts:
            return None
        return None if found.deleted and not deleted else found

    def posts_in(self, channel_id: str) -> Sequence[Message]:
        """Return all messages of a channel, deleted and ephemeral ones too, oldest first."""
        return self._by_channel.get(channel_id, ())

    def seen_in(self, channel_id: str, user_id: str | None) -> list[Message]:
        """Return what a user sees in a channel, oldest first; without a user what all see."""
        return [
            message
            for message in self.posts_in(channel_id)
            if not message.deleted and message.ephemeral_to in {None, user_id}
        ]

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

    def _mentioned(self, message: Message) -> list[str]:
        if message.ephemeral:
            return []
        known = self.people.keys() | self.user_groups.keys() | {BOT_USER_ID}
        return mentions_in(message.blocks, message.text, known)

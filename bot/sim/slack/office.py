"""What a workspace's administrators do, at any moment, and what can be seen of it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.sim.slack.state import (
    BOT_USER_ID,
    Channel,
    Json,
    Message,
    OpenView,
    StoredFile,
    UserGroup,
)
from bot.sim.slack.workspace import Workspace
from bot.sim.slack.world import World

Revoked = Literal["token_revoked", "account_inactive", "invalid_auth"]


class Office:
    """The workspace from above: channels, groups, the app's rights, posts and views."""

    workspace: Workspace
    _world: World

    def channel(
        self,
        channel_id: str = "C0SIM0001",
        name: str = "general",
        *,
        members: Iterable[str] = (),
        bot: bool = True,
        private: bool = False,
        archived: bool = False,
    ) -> Channel:
        """Make or replace a channel; ``bot`` says whether the bot is a member."""
        everybody = {*members, BOT_USER_ID} if bot else set(members)
        made = Channel(channel_id, name, everybody, is_private=private, is_archived=archived)
        self.workspace.channels[channel_id] = made
        return made

    def user_group(
        self,
        group_id: str = "S0SIM0001",
        handle: str = "on-call",
        name: str = "On-call",
        *,
        users: Sequence[str] = (),
        disabled: bool = False,
    ) -> UserGroup:
        """Make or replace a user group; ``handle`` is what follows the @."""
        made = UserGroup(group_id, handle, name, tuple(users), disabled)
        self.workspace.user_groups[group_id] = made
        return made

    def invite_bot(self, channel_id: str) -> None:
        """Make the bot a member of a channel."""
        self.workspace.channels[channel_id].members.add(BOT_USER_ID)

    def remove_bot(self, channel_id: str) -> None:
        """Remove the bot from a channel."""
        self.workspace.channels[channel_id].members.discard(BOT_USER_ID)

    def archive(self, channel_id: str) -> None:
        """Archive a channel. Members stay: what Slack tells of them then is not documented."""
        self.workspace.channels[channel_id].is_archived = True

    def unarchive(self, channel_id: str) -> None:
        """Bring an archived channel back."""
        self.workspace.channels[channel_id].is_archived = False

    def delete_channel(self, channel_id: str) -> None:
        """Delete a channel with all that was said in it."""
        del self.workspace.channels[channel_id]

    def revoke(self, error: Revoked = "token_revoked") -> None:
        """Make the bot token useless: every call that has it is refused with ``error``.

        ``account_inactive``: the app was removed from the workspace.
        """
        self._world.revoked = error

    def reinstate(self) -> None:
        """Make the bot token good again, as when the app is installed anew."""
        self._world.revoked = None

    def limit_history(self, page: int | None) -> None:
        """Let conversations.history return ``page`` messages at most, as Slack says it may."""
        self._world.history_page = page

    def close_edits(self, after: float | None) -> None:
        """Let messages be updated for so many seconds only (``edit_window_closed``)."""
        self._world.edit_window = after

    @property
    def files(self) -> list[StoredFile]:
        """Every file whose upload was completed, with its content, oldest first."""
        return [file for file in self._world.files.values() if file.completed]

    def thread(self, channel_id: str, ts: str) -> list[Message]:
        """Return the answers in a thread, oldest first, without the message that began it."""
        return self.workspace.replies_to(channel_id, ts)

    def plant(
        self,
        channel_id: str,
        text: str,
        blocks: list[Json],
        *,
        ephemeral_to: str | None = None,
        age: float = 0.0,
    ) -> Message:
        """Put a message of the bot into a channel unchecked, as if of an earlier release.

        ``age``: so many seconds ago.
        """
        ts = self.workspace.next_ts()
        if age:
            ts = f"{self.workspace.clock() - age:.6f}"
        message = Message(ts, channel_id, BOT_USER_ID, text, blocks, ephemeral_to=ephemeral_to)
        return self.workspace.add(message)

    def messages(self, channel_id: str, user_id: str | None = None) -> list[Message]:
        """Return what a user sees in a channel, oldest first; without a user what all see."""
        return self.workspace.seen_in(channel_id, user_id)

    def views_of(self, user_id: str) -> list[OpenView]:
        """Return the modals of a user, the topmost last."""
        return list(self.workspace.stacks.get(user_id, []))

    def home_of(self, user_id: str) -> OpenView | None:
        """Return what the app published to a user's Home."""
        return self.workspace.homes.get(user_id)

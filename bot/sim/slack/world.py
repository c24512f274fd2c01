"""What every Web API method needs: the workspace, the app's rights, and the tickets given out."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.sim.slack.numbers import MESSAGE_TEXT_TOTAL
from bot.sim.slack.problems import Problem
from bot.sim.slack.state import BOT_USER_ID, Channel, Json, Message, StoredFile
from bot.sim.slack.workspace import Workspace

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


class ApiError(Exception):
    """Slack answers ``ok: false`` with this code and these further fields."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


@dataclass
class Trigger:
    """Leave to open one view, for three seconds."""

    user_id: str
    issued: float
    view_id: str | None
    """The modal that the interaction came from."""
    channel_id: str | None
    """The channel where the person was."""
    used: bool = False


@dataclass
class ResponseUrl:
    """Leave to answer one interaction, five times within half an hour."""

    user_id: str
    channel_id: str
    issued: float
    source: Message | None
    """The message that was clicked; None for a slash command."""
    thread_ts: str | None = None
    uses: int = 0


@dataclass
class World:
    """One workspace and one app installed in it."""

    workspace: Workspace
    clock: Callable[[], float]
    scopes: list[str]
    bot_token: str
    app_token: str
    count_options: bool = True
    """Whether menus' options count towards the text of a message."""
    text_total: int = MESSAGE_TEXT_TOTAL
    history_page: int | None = None
    """conversations.history may answer fewer than asked for; None: it does not."""
    edit_window: float | None = None
    """For so many seconds a message may be updated (``edit_window_closed``); None: for ever."""
    revoked: str | None = None
    """The error that every call with the bot token gets, if the token is no longer good."""
    base_url: str = ""
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    files: dict[str, StoredFile] = field(default_factory=dict)
    """By id: those being uploaded too."""
    uploads: dict[str, StoredFile] = field(default_factory=dict)
    """By the secret of the upload URL, until it is used."""

    def need(self, scope: str) -> None:
        """Refuse what the bot token may not do."""
        if scope not in self.scopes:
            raise ApiError("missing_scope", needed=scope, provided=",".join(self.scopes))

    def channel(self, channel_id: object) -> Channel:
        """Return a channel that exists, whether the bot is in it or not."""
        found = self.workspace.channels.get(str(channel_id))
        if found is None:
            raise ApiError("channel_not_found")
        return found

    def visible_channel(self, arguments: Json) -> Channel:
        """Return a channel that exists for the bot: private ones only if it is a member."""
        channel = self.channel(arguments.get("channel"))
        if channel.is_private and BOT_USER_ID not in channel.members:
            raise ApiError("channel_not_found")
        return channel

    def issue_trigger(
        self, user_id: str, view_id: str | None = None, channel_id: str | None = None
    ) -> str:
        """Return a new trigger_id."""
        trigger_id = (
            f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        )
        self.triggers[trigger_id] = Trigger(user_id, self.clock(), view_id, channel_id)
        return trigger_id

    def redeem_trigger(self, trigger_id: object) -> Trigger:
        """Use a trigger_id up."""
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock() - trigger.issued > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def issue_response_url(
        self, user_id: str, channel_id: str, source: Message | None = None
    ) -> str:
        """Return a new response_url, which nobody could guess."""
        secret = secrets.token_urlsafe(18)
        thread_ts = source.thread_ts if source else None
        leave = ResponseUrl(user_id, channel_id, self.clock(), source, thread_ts)
        self.response_urls[secret] = leave
        return f"{self.base_url}/response/{secret}"

    def redeem_response_url(self, secret: str) -> ResponseUrl:
        """Use a response_url once."""
        leave = self.response_urls.get(secret)
        if leave is None or self.clock() - leave.issued > RESPONSE_SECONDS:
            raise ApiError("expired_url")
        if leave.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        leave.uses += 1
        return leave


def refuse(code: str, problems: Sequence[Problem]) -> None:
    """Raise the error as Slack words it, if there is a problem."""
    if problems:
        lines = [str(problem) for problem in problems]
        raise ApiError(
            code,
            errors=[problem.what for problem in problems],
            response_metadata={"messages": lines},
        )

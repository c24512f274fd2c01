"""What Slack sends, as typed values: only the fields that the listeners use.

Unknown fields are ignored. An ephemeral message's clicks carry no ``message``, so everything a
listener needs of a message is in the clicked element (design 2.4).
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec


class Payload(Protocol):
    """What every payload tells."""

    @property
    def sender(self) -> "Sender":
        """Who did it."""

    @property
    def place(self) -> str:
        """The id of the channel where they did; empty in a view."""


AnyPayload = TypeVar("AnyPayload", bound=Payload)


class Named(msgspec.Struct, frozen=True):
    """Anything that Slack names by an id: a user, a channel."""

    id: str


class Sender(Named, frozen=True):
    """Who did it."""

    team_id: str | None = None
    """The workspace that they belong to: another one's where a channel is shared."""


class Command(msgspec.Struct, frozen=True):
    """A slash command; in Slack's form its fields are flat."""

    user_id: str
    channel_id: str
    response_url: str
    text: str = ""
    trigger_id: str = ""
    team_id: str | None = None

    @property
    def sender(self) -> Sender:
        """Who typed it."""
        return Sender(self.user_id, self.team_id)

    @property
    def place(self) -> str:
        """The id of the channel where they did."""
        return self.channel_id

    @property
    def typed(self) -> str:
        """What the person typed: Slack sends ``&``, ``<`` and ``>`` as entities."""
        return html.unescape(self.text) if "&" in self.text else self.text


class Option(msgspec.Struct, frozen=True):
    """A choice of a menu."""

    value: str


class Action(msgspec.Struct, frozen=True):
    """The pressed or chosen element."""

    action_id: str
    block_id: str = ""
    value: str | None = None
    selected_option: Option | None = None
    action_ts: str = ""
    """When; as text it sorts by time."""

    @property
    def chosen(self) -> str:
        """The button's value, or the value of the chosen option."""
        return self.selected_option.value if self.selected_option else self.value or ""


class SubmittedState(msgspec.Struct, frozen=True):
    """What a submitted view holds, by block id and action id."""

    values: Mapping[str, Mapping[str, Mapping[str, Any]]]


class ShownView(msgspec.Struct, frozen=True):
    """A view as it is on the screen."""

    id: str
    private_metadata: str = ""
    blocks: Sequence[dict[str, Any]] = ()
    hash: str = ""
    """Of what it showed when this was sent."""


class SubmittedView(ShownView, frozen=True, kw_only=True):
    """The view of a submission, or the one in which somebody types."""

    state: SubmittedState
    previous_view_id: str | None = None
    """The view below it, which is seen again when it closes."""


class ClickedView(ShownView, frozen=True, kw_only=True):
    """The view in which a button was pressed."""

    type: str = "modal"
    """``modal`` or ``home``."""
    callback_id: str = ""


class Container(msgspec.Struct, frozen=True):
    """What a button stands in."""

    message_ts: str = ""
    is_ephemeral: bool = False


class Sent(msgspec.Struct, frozen=True):
    """What every interaction tells of who did it."""

    user: Sender

    @property
    def sender(self) -> Sender:
        """Who did it."""
        return self.user


class Click(Sent, frozen=True, kw_only=True):
    """A ``block_actions`` payload: a button pressed or a menu used."""

    actions: list[Action]
    trigger_id: str = ""
    response_url: str | None = None
    channel: Named | None = None
    view: ClickedView | None = None
    """None where it was pressed in a message."""
    container: Container = Container()

    @property
    def action(self) -> Action:
        """Slack sends one action a click."""
        return self.actions[0]

    @property
    def place(self) -> str:
        """The id of the channel where it was pressed; empty in a view, which is in none."""
        return self.channel.id if self.channel else ""


class Suggestion(Sent, frozen=True, kw_only=True):
    """A ``block_suggestion`` payload: somebody types into a menu that asks us for options."""

    action_id: str
    block_id: str = ""
    value: str = ""
    channel: Named | None = None

    @property
    def place(self) -> str:
        """The id of the channel where the menu is; empty in a view."""
        return self.channel.id if self.channel else ""


class Submission(Sent, frozen=True, kw_only=True):
    """A ``view_submission`` payload."""

    view: SubmittedView
    trigger_id: str = ""

    @property
    def place(self) -> str:
        """Views are in no channel."""
        return ""


class Typing(Sent, frozen=True, kw_only=True):
    """A ``block_actions`` payload of a view: somebody types into one of its inputs."""

    actions: list[Action]
    view: SubmittedView

    @property
    def action(self) -> Action:
        """Slack sends one action at a time."""
        return self.actions[0]

    @property
    def place(self) -> str:
        """Views are in no channel."""
        return ""


class HomeOpened(msgspec.Struct, frozen=True):
    """The event ``app_home_opened``; ``tab`` is ``home`` or ``messages``."""

    user: str
    tab: str = "home"


class Event(msgspec.Struct, frozen=True):
    """An event of the Events API."""

    event: HomeOpened

    @property
    def sender(self) -> Sender:
        """Who opened it; of which team, the event does not tell."""
        return Sender(self.event.user)

    @property
    def place(self) -> str:
        """The App Home is no channel."""
        return ""


def read_payload(body: Mapping[str, Any], kind: type[AnyPayload]) -> AnyPayload:
    """Convert a request body of Bolt's. Raise ``msgspec.ValidationError`` if it is none."""
    return msgspec.convert(body, kind)

"""What Slack sends, as typed values: only the fields that the listeners use.

Unknown fields are ignored. An ephemeral message's clicks carry no ``message``, so everything a
listener needs of a message is in the clicked element (design 2.4).
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

Payload = TypeVar("Payload", bound=msgspec.Struct)


class Named(msgspec.Struct, frozen=True):
    """Anything that Slack names by an id: a user, a channel."""

    id: str


class Command(msgspec.Struct, frozen=True):
    """A slash command; in Slack's form its fields are flat."""

    user_id: str
    channel_id: str
    response_url: str
    text: str = ""
    trigger_id: str = ""

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


class Click(msgspec.Struct, frozen=True):
    """A ``block_actions`` payload: a button pressed or a menu used."""

    user: Named
    actions: list[Action]
    trigger_id: str = ""
    response_url: str | None = None
    channel: Named | None = None

    @property
    def action(self) -> Action:
        """Slack sends one action a click."""
        return self.actions[0]


class Suggestion(msgspec.Struct, frozen=True):
    """A ``block_suggestion`` payload: somebody types into a menu that asks us for options."""

    action_id: str
    block_id: str = ""
    value: str = ""


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


class Submission(msgspec.Struct, frozen=True):
    """A ``view_submission`` payload."""

    user: Named
    view: SubmittedView


class Typing(msgspec.Struct, frozen=True):
    """A ``block_actions`` payload of a view: somebody types into one of its inputs."""

    user: Named
    actions: list[Action]
    view: SubmittedView

    @property
    def action(self) -> Action:
        """Slack sends one action at a time."""
        return self.actions[0]


def read_payload(body: Mapping[str, Any], kind: type[Payload]) -> Payload:
    """Convert a request body of Bolt's. Raise ``msgspec.ValidationError`` if it is none."""
    return msgspec.convert(body, kind)

"""Finding an element in a message or a view, and what a user's choice in it becomes on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.sim.slack.state import Json, Message, OpenView
from bot.sim.slack.structure import elements_of, offered_options

Choice: TypeAlias = "str | Sequence[str] | None"
"""The value or the label of an option, several of them, or what is typed or picked."""

_SELECTED_KEYS: Mapping[str, tuple[str, str]] = {
    # type: (key of the choice, key of what the element starts with)
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
}
_STATELESS = {"overflow"}
_ECHOED = ("text", "style", "placeholder", "initial_option", "initial_options", "confirm")


@dataclass
class Element:
    """An element and the block that it is in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """The id of its block."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """Its own id."""
        return str(self.element["action_id"])

    @property
    def kind(self) -> str:
        """Its type, such as button."""
        return str(self.element["type"])

    @property
    def label(self) -> str:
        """What is written on it, or before it."""
        written = [self.block.get("label"), self.element.get("text")]
        return next((str(text["text"]) for text in written if text), "")

    @property
    def key(self) -> tuple[str, str]:
        """Its place in ``state.values``."""
        return self.block_id, self.action_id


def elements_in(target: Message | OpenView) -> list[Element]:
    """Return every element that a user can act on, in the order of the screen."""
    return [Element(block, element) for block in target.blocks for element in elements_of(block)]


def find_element(
    target: Message | OpenView,
    action_id: str | None = None,
    *,
    label: str | None = None,
    block_id: str | None = None,
) -> Element:
    """Return the one element that fits; raise LookupError naming what there is otherwise."""
    fitting = [
        found
        for found in elements_in(target)
        if action_id in {None, found.action_id}
        and label in {None, found.label}
        and block_id in {None, found.block_id}
    ]
    if len(fitting) != 1:
        there = [(found.block_id, found.action_id, found.label) for found in elements_in(target)]
        wanted = (block_id, action_id, label)
        raise LookupError(f"{len(fitting)} elements are {wanted}; there are {there}")
    return fitting[0]


def chosen(found: Element, choice: Choice, options: Sequence[object] | None = None) -> Json:
    """Return the choice as on the wire; raise LookupError if it is not offered."""
    if found.kind not in _SELECTED_KEYS:
        raise LookupError(f"nothing to choose in {found.action_id}, a {found.kind}")
    key, _ = _SELECTED_KEYS[found.kind]
    if not key.startswith("selected_option"):
        return {key: choice if choice is None or isinstance(choice, str) else list(choice)}
    offered = offered_options(found.element) if options is None else options
    if key == "selected_options":
        picks = [choice] if isinstance(choice, str) else list(choice or [])
        return {key: [_option(offered, pick) for pick in picks]}
    return {key: None if choice is None else _option(offered, str(choice))}


def action_json(found: Element, choice: Json, action_ts: str) -> Json:
    """Return one entry of ``actions``."""
    echoed = {key: found.element[key] for key in _ECHOED if key in found.element}
    if found.kind == "button" and "value" in found.element:
        echoed["value"] = found.element["value"]
    return {
        "type": found.kind,
        "action_id": found.action_id,
        "block_id": found.block_id,
        **echoed,
        **choice,
        "action_ts": action_ts,
    }


def state_values(target: Message | OpenView, user_id: str) -> Json:
    """Return ``state.values``: what each stateful element shows this user now.

    A choice outlives an update that keeps block_id and action_id, whatever the element then starts
    with, unless its option is gone (slack/facts.md: a new block_id on each update).
    """
    choices = target.choices_of(user_id)
    values: Json = {}
    for found in elements_in(target):
        if found.kind in _STATELESS or found.kind not in _SELECTED_KEYS:
            continue
        state = choices.get(found.key)
        if state is None or not _is_offered(found, state):
            state = _initial(found)
        values.setdefault(found.block_id, {})[found.action_id] = {"type": found.kind, **state}
    return values


def is_empty(state: Json) -> bool:
    """Whether an element's state holds no choice."""
    return all(value in (None, "", []) for key, value in state.items() if key != "type")


def _initial(found: Element) -> Json:
    key, initial = _SELECTED_KEYS[found.kind]
    several = key.endswith("s") and key.startswith("selected_")
    return {key: found.element.get(initial, [] if several else None)}


def _is_offered(found: Element, state: Json) -> bool:
    if "external" in found.kind:
        return True
    one = [state["selected_option"]] if state.get("selected_option") else []
    offered = offered_options(found.element)
    return all(option in offered for option in [*one, *state.get("selected_options", [])])


def _option(offered: Sequence[object], wanted: str) -> Json:
    options = [option for option in offered if isinstance(option, dict)]
    by_value = [option for option in options if option["value"] == wanted]
    by_label = [option for option in options if option["text"]["text"] == wanted]
    fitting = by_value or by_label
    if len(fitting) != 1:
        there = [(option["value"], option["text"]["text"]) for option in options]
        raise LookupError(f"{len(fitting)} options are {wanted!r}; there are {there}")
    found: Json = fitting[0]
    return found

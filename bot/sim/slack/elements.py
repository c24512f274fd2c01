"""Finding an element in a message or a view, and what a user's choice in it becomes on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.sim.slack.menus import is_date, is_time, offered_options
from bot.sim.slack.problems import as_list, as_object
from bot.sim.slack.state import BOT_USER_ID, Channel, Json, Message, OpenView
from bot.sim.slack.structure import elements_of

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
_ECHOED = {
    *("text", "style", "placeholder", "confirm", "timezone"),
    *(initial for _, initial in _SELECTED_KEYS.values() if initial != "initial_value"),
}
"""Keys of an element that come back in an action (those of Slack's own SDK for Java)."""


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
    if key.endswith("s"):
        return {key: _several(found, choice, options)}
    if choice is None or isinstance(choice, str):
        return {key: _one(found, choice, options)}
    raise LookupError(f"{found.action_id} takes one choice: {choice!r}")


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
            state = _initial(found, target, user_id)
        values.setdefault(found.block_id, {})[found.action_id] = {"type": found.kind, **state}
    return values


def is_empty(state: Json) -> bool:
    """Whether an element's state holds no choice."""
    return all(value in (None, "", []) for key, value in state.items() if key != "type")


def is_listed(channel: Channel, user_id: str, element: Mapping[str, object]) -> bool:
    """Whether a menu of conversations or channels offers this one to a person."""
    if channel.is_archived or (channel.is_private and user_id not in channel.members):
        return False
    if "channels" in str(element["type"]):
        return not channel.is_private
    wanted = as_object(element.get("filter"))
    if channel.is_im and wanted.get("exclude_bot_users") and BOT_USER_ID in channel.members:
        return False
    kind = "im" if channel.is_im else "private" if channel.is_private else "public"
    return kind in as_list(wanted.get("include", [kind]))


def forget_gone(view: OpenView) -> None:
    """Forget what was entered where the view has no element of the same ids and sort any more."""
    keys = {found.key: _SELECTED_KEYS.get(found.kind, ("", ""))[0] for found in elements_in(view)}
    for place, held in list(view.choices.items()):
        if keys.get(place) not in held:
            del view.choices[place]


def _initial(found: Element, target: Message | OpenView, user_id: str) -> Json:
    key, initial = _SELECTED_KEYS[found.kind]
    several = key.endswith("s")
    held = found.element.get(initial, [] if several else None)
    here = _here(found, target, user_id)
    if here is not None and (several or held is None):
        held = [here] if several else here
    return {key: held}


def _here(found: Element, target: Message | OpenView, user_id: str) -> str | None:
    """Return the conversation of ``default_to_current_conversation``: for modals alone."""
    if not found.element.get("default_to_current_conversation"):
        return None
    channel = target.opened_in if isinstance(target, OpenView) else None
    listed = channel is not None and is_listed(channel, user_id, found.element)
    return channel.id if channel is not None and listed else None


def _is_offered(found: Element, state: Json) -> bool:
    if _SELECTED_KEYS[found.kind][0] not in state:
        return False
    if "external" in found.kind:
        return True
    one = [state["selected_option"]] if state.get("selected_option") else []
    offered = offered_options(found.element)
    return all(option in offered for option in [*one, *state.get("selected_options", [])])


def _several(found: Element, choice: Choice, options: Sequence[object] | None) -> list[object]:
    picks = [choice] if isinstance(choice, str) else list(choice or [])
    most = found.element.get("max_selected_items", len(picks))
    if len(picks) > most:
        raise LookupError(f"{found.action_id} takes {most} at most, not {len(picks)}")
    return [_one(found, pick, options) for pick in picks]


def _one(found: Element, pick: str | None, options: Sequence[object] | None) -> object:
    if not pick:
        return None
    if _SELECTED_KEYS[found.kind][0].startswith("selected_option"):
        return _option(offered_options(found.element) if options is None else options, pick)
    if found.kind == "datepicker" and not is_date(pick):
        raise LookupError(f"no date: {pick!r}, Slack has YYYY-MM-DD")
    if found.kind == "timepicker" and not is_time(pick):
        raise LookupError(f"no time: {pick!r}, Slack has HH:mm")
    return int(pick) if found.kind == "datetimepicker" else pick


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

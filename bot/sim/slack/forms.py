"""What a client checks before it sends: who and what a menu lists, and what a form must hold."""

from collections.abc import Iterable, Mapping

from bot.sim.slack.elements import Choice, Element, elements_in, find_element, is_empty, is_listed
from bot.sim.slack.problems import length_of
from bot.sim.slack.state import BOT_USER_ID, Json, OpenView
from bot.sim.slack.world import World

_MAX_TYPED = 3000


def listed(world: World, user_id: str, found: Element, choice: Choice) -> Choice:
    """Return ids for names of people and channels; raise LookupError for whom no menu lists."""
    if found.kind.endswith("users_select"):
        people = [person for person in world.workspace.people.values() if not person.deleted]
        names = {person.id: person.name for person in people} | {BOT_USER_ID: "pending-images"}
    elif found.kind.endswith(("conversations_select", "channels_select")):
        channels = world.workspace.channels.values()
        mine = [channel for channel in channels if is_listed(channel, user_id, found.element)]
        names = {channel.id: channel.name for channel in mine}
    else:
        return choice
    if choice is None or isinstance(choice, str):
        return _id(names, choice) if choice else None
    return [_id(names, one) for one in choice]


def input_of(view: OpenView, name: str) -> Element:
    """Return a field by its block_id or action_id; raise LookupError if there is none."""
    in_block = [found for found in elements_in(view) if found.block_id == name]
    if len(in_block) == 1:
        return in_block[0]
    return find_element(view, name)


def check_inputs(view: OpenView, state: Json) -> None:
    """Raise LookupError where a client would not let a person submit."""
    for found in elements_in(view):
        if found.block["type"] != "input":
            continue
        held = state.get(found.block_id, {}).get(found.action_id, {})
        if not is_empty(held):
            _check_typed(found, held.get("value"))
        elif not found.block.get("optional"):
            raise LookupError(f"{found.label!r} is required")


def triggers_of(found: Element) -> Iterable[str]:
    """Return upon what a text input sends an action: Enter, unless it is told otherwise."""
    if found.block["type"] == "input" and not found.block.get("dispatch_action"):
        return ()
    config = found.element.get("dispatch_action_config", {})
    triggers: Iterable[str] = config.get("trigger_actions_on", ("on_enter_pressed",))
    return triggers


def _check_typed(found: Element, typed: object) -> None:
    if not isinstance(typed, str):
        return
    if found.kind == "plain_text_input":
        least = found.element.get("min_length", 0)
        most = found.element.get("max_length", _MAX_TYPED)
        if not least <= length_of(typed) <= most:
            raise LookupError(f"{found.label!r} takes {least} to {most} characters")
        if "\n" in typed and not found.element.get("multiline"):
            raise LookupError(f"{found.label!r} takes one line")
    if found.kind == "number_input":
        _check_number(found, typed)


def _check_number(found: Element, typed: str) -> None:
    try:
        number = float(typed)
    except ValueError:
        raise LookupError(f"{found.label!r} takes a number") from None
    if not (found.element["is_decimal_allowed"] or number.is_integer()):
        raise LookupError(f"{found.label!r} takes a whole number")
    least = float(found.element.get("min_value", "-inf"))
    most = float(found.element.get("max_value", "inf"))
    if not least <= number <= most:
        raise LookupError(f"{found.label!r} takes {least:g} to {most:g}")


def _id(names: Mapping[str, str], wanted: str) -> str:
    if wanted in names:
        return wanted
    fitting = [key for key, name in names.items() if name == wanted.lstrip("@#")]
    if len(fitting) != 1:
        raise LookupError(f"the menu does not list {wanted!r}; there are {names}")
    return fitting[0]

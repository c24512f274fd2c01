"""What a person can press, choose or fill in, numbered in reading order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from bot.sim.terminal_text import plain

Choosing = Literal["select", "external_select", "multi_select", "overflow", "pick", "multi_pick"]
Kind = Choosing | Literal["button", "input", "submit", "close"]
"""``pick`` and ``multi_pick`` are menus of people and channels, chosen by their names."""
Place = tuple[int, int]
"""Index of the block and of the element within it; block -1 is the foot of a modal."""
CLOSE: Place = (-1, 0)
SUBMIT: Place = (-1, 1)
KINDS: Mapping[str, Kind] = {
    "button": "button",
    "overflow": "overflow",
    "static_select": "select",
    "users_select": "pick",
    "channels_select": "pick",
    "conversations_select": "pick",
    "radio_buttons": "select",
    "external_select": "external_select",
    "multi_static_select": "multi_select",
    "multi_external_select": "multi_select",
    "multi_users_select": "multi_pick",
    "multi_channels_select": "multi_pick",
    "multi_conversations_select": "multi_pick",
    "checkboxes": "multi_select",
    "plain_text_input": "input",
    "email_text_input": "input",
    "url_text_input": "input",
    "number_input": "input",
    "datepicker": "input",
    "timepicker": "input",
    "datetimepicker": "input",
}
"""Elements that act, by what a person does with them (``slack/limits.json``, elements)."""


class Control(msgspec.Struct, frozen=True):
    """One thing to press, choose from or fill in."""

    number: int
    place: Place
    kind: Kind
    type: str
    """Slack's own word, such as ``multi_static_select``; ``submit`` and ``close`` in a modal."""
    label: str
    action_id: str = ""
    block_id: str = ""
    options: Sequence[Mapping[str, Any]] = ()
    """Option objects as sent, those of groups in one list: an action must quote them exactly."""
    value: str | None = None
    """A button's value, or what a field holds now."""
    chosen: Sequence[str] = ()
    """The values of the options chosen now."""
    url: str | None = None
    """Where a link button leads."""
    confirm: Mapping[str, Any] | None = None
    """The dialog that asks before anything is sent."""


def controls(shown: Mapping[str, Any], first: int = 1) -> list[Control]:
    """Return the controls of a message or view in reading order, numbered from ``first``."""
    places = [*_elements(shown.get("blocks") or ()), *_foot(shown)]
    return [
        _control(number, place, block, element, shown)
        for number, (place, block, element) in enumerate(places, first)
    ]


def numbers_of(found: Iterable[Control]) -> dict[Place, int]:
    """Return where to print which number, as the drawing functions ask for it."""
    return {control.place: control.number for control in found}


def options_of(element: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return an element's options, those of its groups in one list."""
    groups: Sequence[Mapping[str, Any]] = element.get("option_groups") or ()
    return [*(element.get("options") or ()), *(o for group in groups for o in group["options"])]


def present(
    element: Mapping[str, Any], block: Mapping[str, Any], shown: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return what the element holds now, in the form of ``state.values`` of Slack's payloads.

    A message or view that carries ``state`` shows what a person chose; any other what the
    element starts with (``initial_...``).
    """
    values = (shown.get("state") or {}).get("values") or {}
    entered: Mapping[str, Any] | None = values.get(block.get("block_id"), {}).get(
        element.get("action_id")
    )
    if entered is not None:
        return entered
    return {
        "value" if key == "initial_value" else key.replace("initial_", "selected_"): initial
        for key, initial in element.items()
        if key.startswith("initial_")
    }


def chosen_options(held: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the options chosen now, given what ``present`` returned."""
    one = held.get("selected_option")
    return [one] if one else list(held.get("selected_options") or ())


def field_value(held: Mapping[str, Any]) -> str | None:
    """Return the text, date, time or id held now, given what ``present`` returned."""
    for key in ("value", "selected_date", "selected_time", "selected_date_time"):
        if held.get(key) is not None:
            return str(held[key])
    return None


Placed = tuple[Place, Mapping[str, Any], Mapping[str, Any]]


def _elements(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Placed]:
    for row, block in enumerate(blocks):
        kind = block.get("type")
        if kind == "actions":
            elements = block["elements"]
        elif kind in {"section", "input"}:
            element = block.get("accessory" if kind == "section" else "element")
            elements = [element] if element else []
        else:
            elements = []
        for column, element in enumerate(elements):
            if element.get("type") in KINDS:
                yield (row, column), block, element


def _foot(shown: Mapping[str, Any]) -> Iterator[Placed]:
    if shown.get("type") != "modal":
        return
    yield CLOSE, {}, {"type": "close", "text": close_text(shown)}
    if shown.get("submit"):
        yield SUBMIT, {}, {"type": "submit", "text": shown["submit"]}


def close_text(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the text of the button that closes a modal, which Slack adds where none is given."""
    default = {"type": "plain_text", "text": "Cancel" if view.get("submit") else "Close"}
    given: Mapping[str, Any] | None = view.get("close")
    return given or default


def _control(
    number: int,
    place: Place,
    block: Mapping[str, Any],
    element: Mapping[str, Any],
    shown: Mapping[str, Any],
) -> Control:
    kind = element["type"]
    held = present(element, block, shown)
    return Control(
        number=number,
        place=place,
        kind=KINDS.get(kind, kind),
        type=kind,
        label=_label(block, element),
        action_id=element.get("action_id", ""),
        block_id=block.get("block_id", ""),
        options=options_of(element),
        value=element.get("value") or field_value(held),
        chosen=[option["value"] for option in chosen_options(held) if "value" in option],
        url=element.get("url"),
        confirm=element.get("confirm"),
    )


def _label(block: Mapping[str, Any], element: Mapping[str, Any]) -> str:
    """Return what a person would call it: its text, its field's label or its placeholder."""
    named = element.get("text") or block.get("label") or element.get("placeholder")
    if named is None:
        return "More actions" if element["type"] == "overflow" else str(element["type"])
    return plain(named["text"], emoji=named.get("emoji") is not False)

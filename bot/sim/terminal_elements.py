"""Block elements as terminal text: buttons, menus, fields."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.sim.terminal_controls import Place, chosen_options, field_value, options_of, present
from bot.sim.terminal_layout import Prefixed
from bot.sim.terminal_text import Reader, object_text, visible

LABEL_WIDTH = 30
"""Cells of a button's or menu's label; Slack shows about so many characters (``facts.md``)."""
BUTTONS = {"primary": "bold white on dark_green", "danger": "bold white on dark_red"}
BUTTON = "bold reverse"
MENU = "bold"
NUMBER = "bold magenta"
PLACEHOLDER = "dim"
FIELDS = {
    "plain_text_input": "",
    "email_text_input": "name@example.com",
    "url_text_input": "https://",
    "number_input": "",
    "datepicker": "Select a date",
    "timepicker": "Select a time",
    "datetimepicker": "Select a date and time",
}
"""Elements with a field, and what an empty one says."""
MENUS = {
    "users_select": "Choose a person",
    "multi_users_select": "Choose people",
    "channels_select": "Choose a channel",
    "multi_channels_select": "Choose channels",
    "conversations_select": "Choose a conversation",
    "multi_conversations_select": "Choose conversations",
}
"""What an empty menu says, where not "Choose an option"."""


class Screen(msgspec.Struct, frozen=True):
    """One message or view being drawn: by whom it is read, what it holds, how it is numbered."""

    reader: Reader
    shown: Mapping[str, Any]
    numbers: Mapping[Place, int] = {}
    errors: Mapping[str, str] = {}
    """What a modal's submission was refused for, by block id."""


def draw_label(
    element: Mapping[str, Any], block: Mapping[str, Any], place: Place, screen: Screen
) -> Text:
    """Return a button or menu in one line, with its number where numbers are asked for."""
    kind = element.get("type", "")
    if kind == "image":
        return image_text(element)
    if kind == "button":
        style = BUTTONS.get(element.get("style", ""), BUTTON)
        label = boxed(object_text(element["text"], screen.reader), style)
    elif kind == "overflow":
        label = boxed(Text("⋯"), MENU)
    elif kind in FIELDS:
        label = boxed(_field_text(element, block, screen), MENU)
    elif kind.endswith("_select"):
        label = boxed(_menu_text(element, block, screen), MENU, " ▾")
    else:
        return unsupported(kind)
    return Text.assemble(number(place, screen), label)


def draw_field(
    element: Mapping[str, Any], block: Mapping[str, Any], place: Place, screen: Screen
) -> RenderableType:
    """Return an element as it stands in a form: fields and menus as wide boxes, choices as lists.

    Of an element that stands in a line elsewhere the line.
    """
    kind = element.get("type", "")
    if kind in {"checkboxes", "radio_buttons"}:
        return Group(*_choices(element, block, place, screen))
    if kind in FIELDS:
        text = Text.assemble(number(place, screen), _field_text(element, block, screen))
        height = 5 if element.get("multiline") else None
        return Panel(text, border_style=PLACEHOLDER, height=height)
    if kind.endswith("_select"):
        text = Text.assemble(number(place, screen), _menu_text(element, block, screen))
        grid = Table.grid(expand=True)
        grid.add_column(ratio=1)
        grid.add_row(text, Text("▾", style=MENU))
        return Panel(grid, border_style=PLACEHOLDER)
    return draw_label(element, block, place, screen)


def boxed(label: Text, style: str, mark: str = "") -> Text:
    """Return a label between brackets, cut to the width that Slack shows."""
    one_line = Text(" ").join(label.split("\n"))
    one_line.truncate(LABEL_WIDTH, overflow="ellipsis")
    return Text.assemble("[ ", one_line, f"{mark} ]", style=style)


def number(place: Place, screen: Screen) -> Text:
    """Return the number to print before a control, or nothing."""
    if place not in screen.numbers:
        return Text()
    return Text.assemble((f"{screen.numbers[place]}·", NUMBER))


def image_text(image: Mapping[str, Any]) -> Text:
    """Return what stands for an image."""
    return Text(f"[image: {visible(image.get('alt_text') or 'no description')}]", style="dim")


def unsupported(kind: object) -> Text:
    """Return what stands for anything that these drawings do not know."""
    return Text(f"[unsupported: {visible(str(kind))}]", style="dim red")


def _menu_text(element: Mapping[str, Any], block: Mapping[str, Any], screen: Screen) -> Text:
    held = present(element, block, screen.shown)
    chosen = [object_text(option["text"], screen.reader) for option in chosen_options(held)]
    chosen += [Text(name) for name in _chosen_names(held, screen.reader)]
    if chosen:
        return Text(", ").join(chosen)
    default = {"type": "plain_text", "text": MENUS.get(element["type"], "Choose an option")}
    text = object_text(element.get("placeholder") or default, screen.reader)
    text.stylize(PLACEHOLDER)
    return text


def _chosen_names(held: Mapping[str, Any], reader: Reader) -> Iterator[str]:
    """Give the names of the people and channels chosen in a menu of those."""
    for kind in ("user", "channel", "conversation"):
        one = held.get(f"selected_{kind}")
        for ident in [one] if one else held.get(f"selected_{kind}s") or ():
            channel = reader.channels.get(ident)
            yield visible(f"#{channel}" if channel else reader.people.get(ident, ident))


def _field_text(element: Mapping[str, Any], block: Mapping[str, Any], screen: Screen) -> Text:
    value = field_value(present(element, block, screen.shown))
    if value:
        zone = f" ({visible(element['timezone'])})" if element.get("timezone") else ""
        return Text.assemble(visible(value), (zone, PLACEHOLDER))
    default = {"type": "plain_text", "text": FIELDS[element["type"]]}
    text = object_text(element.get("placeholder") or default, screen.reader)
    text.stylize(PLACEHOLDER)
    return text


def _choices(
    element: Mapping[str, Any], block: Mapping[str, Any], place: Place, screen: Screen
) -> Iterator[RenderableType]:
    held = present(element, block, screen.shown)
    values = {option.get("value") for option in chosen_options(held)}
    marks = ("☐ ", "☑ ") if element["type"] == "checkboxes" else ("○ ", "● ")
    yield from [number(place, screen)] if place in screen.numbers else []
    for option in options_of(element):
        label = object_text(option["text"], screen.reader)
        yield Text.assemble(marks[option.get("value") in values], label)
        if described := object_text(option.get("description"), screen.reader):
            described.stylize(PLACEHOLDER)
            yield Prefixed(described, Text("  "))

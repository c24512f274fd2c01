"""Block Kit blocks as terminal drawings (``slack/limits.json``, surfaces)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from rich import box
from rich.console import Group, JustifyMethod, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.sim.terminal_elements import (
    Screen,
    draw_field,
    draw_label,
    image_text,
    number,
    unsupported,
)
from bot.sim.terminal_layout import Flow
from bot.sim.terminal_rich_text import draw_rich_text
from bot.sim.terminal_text import Reader, draw_object, object_text, visible

ATTACHED = {"context", "actions", "divider"}
"""Blocks that stand close under the one before."""


def draw_blocks(screen: Screen) -> list[RenderableType]:
    """Return the blocks of a message or view from top to bottom, spaced as Slack spaces them."""
    drawn: list[RenderableType] = []
    before: str | None = None
    for row, block in enumerate(screen.shown.get("blocks") or ()):
        kind = block.get("type")
        if before is not None and before != "divider" and kind not in ATTACHED:
            drawn.append(Text())
        drawn.append(_BLOCKS.get(kind, _unknown)(block, row, screen))
        before = kind
    return drawn


def _header(block: Mapping[str, Any], _row: int, screen: Screen) -> RenderableType:
    text = object_text(block["text"], screen.reader)
    text.stylize("bold")
    return text


def _section(block: Mapping[str, Any], row: int, screen: Screen) -> RenderableType:
    parts: list[RenderableType] = []
    if text := block.get("text"):
        parts.append(draw_object(text, screen.reader))
    if fields := block.get("fields"):
        parts.append(_fields(fields, screen.reader))
    if not (accessory := block.get("accessory")):
        return Group(*parts)
    if accessory.get("type") in {"checkboxes", "radio_buttons"}:
        return Group(*parts, draw_field(accessory, block, (row, 0), screen))
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True, overflow="ellipsis")
    grid.add_row(Group(*parts), draw_label(accessory, block, (row, 0), screen))
    return grid


def _fields(fields: Sequence[Mapping[str, Any]], reader: Reader) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    for index in range(0, len(fields), 2):
        grid.add_row(*(draw_object(field, reader) for field in fields[index : index + 2]))
    return grid


def _context(block: Mapping[str, Any], _row: int, screen: Screen) -> RenderableType:
    shown = [
        image_text(element)
        if element.get("type") == "image"
        else object_text(element, screen.reader)
        for element in block["elements"]
    ]
    line = Text("  ").join(shown)
    line.stylize_before("dim")
    return line


def _actions(block: Mapping[str, Any], row: int, screen: Screen) -> RenderableType:
    rows: list[RenderableType] = []
    labels: list[Text] = []
    for column, element in enumerate(block["elements"]):
        if element.get("type") in {"checkboxes", "radio_buttons"}:
            rows.append(draw_field(element, block, (row, column), screen))
        else:
            labels.append(draw_label(element, block, (row, column), screen))
    return Group(Flow(labels), *rows)


def _divider(_block: Mapping[str, Any], _row: int, _screen: Screen) -> RenderableType:
    return Rule(style="dim")


def _rich_text(block: Mapping[str, Any], _row: int, screen: Screen) -> RenderableType:
    return draw_rich_text(block, screen.reader)


def _image(block: Mapping[str, Any], _row: int, screen: Screen) -> RenderableType:
    title = object_text(block.get("title"), screen.reader)
    return Group(*([title] if title else []), image_text(block))


def _input(block: Mapping[str, Any], row: int, screen: Screen) -> RenderableType:
    label = object_text(block["label"], screen.reader)
    label.stylize("bold")
    if block.get("optional"):
        label.append(" (optional)", style="not bold dim")
    unnumbered = msgspec.structs.replace(screen, numbers={})
    parts: list[RenderableType] = [
        Text.assemble(number((row, 0), screen), label),
        draw_field(block["element"], block, (row, 0), unnumbered),
    ]
    if error := screen.errors.get(block.get("block_id", "")):
        parts.append(Text(visible(error), style="bold red"))
    if hint := block.get("hint"):
        shown = object_text(hint, screen.reader)
        shown.stylize("dim")
        parts.append(shown)
    if _waits_for_enter(block):
        parts.append(Text("Press Enter to submit", style="dim italic"))
    return Group(*parts)


def _waits_for_enter(block: Mapping[str, Any]) -> bool:
    """Whether Slack tells a person that Enter sends what is typed."""
    config = block["element"].get("dispatch_action_config") or {}
    triggers = config.get("trigger_actions_on") or ["on_enter_pressed"]
    typed = str(block["element"].get("type")).endswith("_input")
    return bool(block.get("dispatch_action")) and typed and "on_enter_pressed" in triggers


def _table(block: Mapping[str, Any], _row: int, screen: Screen) -> RenderableType:
    """Return a table whose first row is its header, as Slack shows it."""
    header, *rows = block["rows"]
    settings = block.get("column_settings") or []
    table = Table(box=box.ROUNDED, border_style="dim")
    for index, cell in enumerate(header):
        setting = (settings[index] if index < len(settings) else None) or {}
        align = _ALIGN.get(setting.get("align"), "left")
        table.add_column(_cell(cell, screen.reader), justify=align)
    for row in rows:
        table.add_row(*(_cell(cell, screen.reader) for cell in row))
    return table


def _cell(cell: Mapping[str, Any], reader: Reader) -> RenderableType:
    if cell.get("type") == "rich_text":
        return draw_rich_text(cell, reader)
    return Text(visible(str(cell.get("text", ""))))


def _unknown(block: Mapping[str, Any], _row: int, _screen: Screen) -> RenderableType:
    return unsupported(block.get("type"))


_ALIGN: dict[object, JustifyMethod] = {"center": "center", "right": "right"}
_BLOCKS: dict[object, Callable[[Mapping[str, Any], int, Screen], RenderableType]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "rich_text": _rich_text,
    "image": _image,
    "input": _input,
    "table": _table,
}

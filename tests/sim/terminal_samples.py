"""Payloads and screens for the tests of the terminal drawings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType

from bot.sim.terminal import draw_message, draw_view
from bot.sim.terminal_controls import Place

NOW = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
PEOPLE = {"U1": "mina", "S1": "on-call"}
CHANNELS = {"C1": "cloud-ops"}

Json = dict[str, Any]


def text_of(drawing: RenderableType, width: int = 80) -> str:
    """Return what a person reads, without colours and without spaces at line ends."""
    console = Console(file=StringIO(), width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(drawing)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def bytes_of(drawing: RenderableType, encoding: str) -> bytes:
    out = BytesIO()
    file = TextIOWrapper(out, encoding=encoding)
    Console(file=file, width=80, force_terminal=False).print(drawing)
    file.flush()
    return out.getvalue()


def coloured(drawing: RenderableType) -> str:
    console = Console(
        file=StringIO(), width=80, force_terminal=True, color_system="truecolor", no_color=False
    )
    with console.capture() as capture:
        console.print(drawing)
    return capture.get()


def message(
    *blocks: Json, numbers: Mapping[Place, int] | None = None, **fields: object
) -> RenderableType:
    return draw_message(
        {"text": "fallback", "blocks": list(blocks), **fields},
        people=PEOPLE,
        channels=CHANNELS,
        zone=SEOUL,
        now=NOW,
        author="p",
        numbers=numbers,
    )


def view(
    given: Json,
    numbers: Mapping[Place, int] | None = None,
    errors: Mapping[str, str] | None = None,
) -> RenderableType:
    return draw_view(
        given,
        people=PEOPLE,
        channels=CHANNELS,
        zone=SEOUL,
        now=NOW,
        numbers=numbers,
        errors=errors,
    )


def body_of(drawing: RenderableType, width: int = 80) -> list[str]:
    """Return a message's lines below its author, without their margin."""
    return [line[4:] for line in text_of(drawing, width).splitlines()[1:]]


def plain(text: str, **fields: object) -> Json:
    return {"type": "plain_text", "text": text, **fields}


def mrkdwn(text: str, **fields: object) -> Json:
    return {"type": "mrkdwn", "text": text, **fields}


def section(text: str, **fields: object) -> Json:
    return {"type": "section", "text": mrkdwn(text), **fields}


def button(label: str, **fields: object) -> Json:
    return {"type": "button", "action_id": f"press-{label}", "text": plain(label), **fields}


def option(label: str, value: str) -> Json:
    return {"text": plain(label), "value": value}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "actions", "elements": list(elements)}


def field(element: Json, label: str = "Label", **fields: object) -> Json:
    return {
        "type": "input",
        "block_id": "field",
        "label": plain(label),
        "element": {"action_id": "a", **element},
        **fields,
    }


def modal(*blocks: Json, **fields: object) -> Json:
    return {"type": "modal", "title": plain("More filters"), "blocks": list(blocks), **fields}

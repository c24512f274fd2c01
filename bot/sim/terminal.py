"""Slack messages and views drawn in a terminal, as a person would see them in Slack."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from rich.align import Align
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.sim.terminal_blocks import draw_blocks
from bot.sim.terminal_controls import CLOSE, SUBMIT, Place, close_text
from bot.sim.terminal_dates import clock
from bot.sim.terminal_elements import BUTTON, BUTTONS, Screen, boxed, number
from bot.sim.terminal_layout import Flow, Prefixed, Printable
from bot.sim.terminal_text import (
    QUOTE_BAR,
    Reader,
    draw_mrkdwn,
    draw_object,
    object_text,
    visible,
)

AVATAR = "bold white on dark_magenta"
BADGE = "dim reverse"
DIALOG = 60
"""Cells of a confirmation dialog, which is narrower than a modal."""
MARGIN = 4
"""Cells that a message's blocks stand to the right of its avatar."""


def draw_message(  # noqa: PLR0913 - what a reader knows, each by its name
    message: Mapping[str, Any],
    *,
    people: Mapping[str, str],
    channels: Mapping[str, str],
    zone: tzinfo,
    now: datetime,
    author: str = "pending-images",
    ephemeral: bool = False,
    numbers: Mapping[Place, int] | None = None,
) -> RenderableType:
    """Return a message of the bot as its reader sees it at ``now`` (aware).

    ``people`` (user groups too) and ``channels`` name ids; dates are shown in ``zone``;
    ``numbers`` (of ``terminal_controls.numbers_of``) are printed before the controls. A message
    without blocks shows its text; files stand below.
    """
    reader = Reader(people=people, channels=channels, zone=zone, now=now)
    body = draw_blocks(Screen(reader, message, numbers or {}))
    if not body:
        body = [draw_mrkdwn(message.get("text") or "", reader)]
    body += [_file(file) for file in message.get("files") or ()]
    parts: list[RenderableType] = [_byline(author, _sent(message, reader))]
    if ephemeral:
        parts.insert(0, Text(" " * MARGIN + "Only visible to you", style="dim italic"))
    return Printable(*parts, Padding(Group(*body), (0, 0, 0, MARGIN)))


def draw_thread(message: RenderableType, replies: Sequence[RenderableType]) -> RenderableType:
    """Return a message (``draw_message``) with the replies to it below, indented."""
    if not replies:
        return message
    count = "1 reply" if len(replies) == 1 else f"{len(replies)} replies"
    bar = Text.assemble(" " * MARGIN, QUOTE_BAR)
    below = [part for reply in replies for part in (Text(), reply)]
    head = Text(" " * MARGIN + count, style="dim")
    return Printable(message, Text(), head, Prefixed(Group(*below[1:]), bar))


def draw_view(
    view: Mapping[str, Any],
    *,
    people: Mapping[str, str],
    channels: Mapping[str, str],
    zone: tzinfo,
    now: datetime,
    numbers: Mapping[Place, int] | None = None,
    errors: Mapping[str, str] | None = None,
) -> RenderableType:
    """Return a modal or App Home in a frame; ``errors`` (by block id) stand under their fields.

    The other arguments are those of ``draw_message``.
    """
    reader = Reader(people=people, channels=channels, zone=zone, now=now)
    screen = Screen(reader, view, numbers or {}, errors or {})
    body = draw_blocks(screen)
    title = Text("Home")
    if view.get("type") == "modal":
        title = object_text(view.get("title"), reader)
        body += [Text(), Align.right(_foot(screen))]
    title.stylize("bold")
    return Printable(
        Panel(Group(*body), title=title, title_align="left", border_style="dim", padding=(1, 2))
    )


def draw_dialog(
    confirm: Mapping[str, Any],
    *,
    people: Mapping[str, str],
    channels: Mapping[str, str],
    zone: tzinfo,
    now: datetime,
) -> RenderableType:
    """Return a confirmation dialog: its question, and its buttons from left to right."""
    reader = Reader(people=people, channels=channels, zone=zone, now=now)
    title = object_text(confirm["title"], reader)
    title.stylize("bold")
    agree = boxed(object_text(confirm["confirm"], reader), BUTTONS[confirm.get("style", "primary")])
    buttons = Flow([boxed(object_text(confirm["deny"], reader), BUTTON), agree])
    body = Group(draw_object(confirm["text"], reader), Text(), Align.right(buttons))
    frame = Panel(
        body, title=title, title_align="left", border_style="dim", padding=(1, 2), width=DIALOG
    )
    return Printable(frame)


def _file(file: Mapping[str, Any]) -> Text:
    title, name = visible(file.get("title") or ""), visible(file["name"])
    return Text.assemble((f"[file: {name}]", "bold"), " ", (title, "dim"))


def _byline(author: str, sent: datetime) -> Text:
    name = visible(author)
    return Text.assemble(
        (f" {name[:1].upper()} ", AVATAR),
        " ",
        (name, "bold"),
        " ",
        (" APP ", BADGE),
        (f"  {clock(sent)}", "dim"),
    )


def _sent(message: Mapping[str, Any], reader: Reader) -> datetime:
    """Return when the message was sent, by its ``ts``; an ephemeral one has just come."""
    stamp = message.get("ts")
    moment = reader.now if stamp is None else datetime.fromtimestamp(float(stamp), UTC)
    return moment.astimezone(reader.zone)


def _foot(screen: Screen) -> Flow:
    close = boxed(object_text(close_text(screen.shown), screen.reader), BUTTON)
    buttons = [Text.assemble(number(CLOSE, screen), close)]
    if submit := screen.shown.get("submit"):
        label = boxed(object_text(submit, screen.reader), BUTTONS["primary"])
        buttons.append(Text.assemble(number(SUBMIT, screen), label))
    return Flow(buttons)

"""What the demo prints: sentences, messages and windows as people see them, and the bot's log."""

import io
import logging
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.logs import configure_logging
from bot.sim.slack import Actor, Message, OpenView
from bot.sim.slack.elements import state_values
from bot.sim.slack.state import Json
from bot.sim.slack.workspace import Workspace
from bot.sim.terminal import draw_message, draw_thread, draw_view
from bot.sim.terminal_controls import Control, Place, controls, numbers_of
from bot.sim.terminal_text import visible

MIN_WIDTH, MAX_WIDTH = 80, 100
"""In cells. Slack's own column is about as wide as the latter."""


class Screen:
    """Prints to a console what happens in a workspace."""

    def __init__(self, console: Console, workspace: Workspace) -> None:
        self._console = console
        self._workspace = workspace

    def title(self, text: str, *lines: str) -> None:
        """Begin: a title, and what there is to know."""
        self._console.rule(Text(text, style="bold"), characters="━")
        for line in lines:
            self.note(line)

    def step(self, number: int, sentence: str) -> None:
        """Announce what happens next, in a plain sentence."""
        head = Text.assemble((f"{number}. ", "bold cyan"), (sentence, "bold"))
        self._console.print()
        self._console.rule(style="cyan")
        self._console.print(head)

    def say(self, sentence: str) -> None:
        """Tell what happens, or answer a person."""
        self._console.print(Text(sentence, style="bold"))

    def note(self, text: str) -> None:
        """Add what is worth knowing, in small print."""
        self._console.print(Text(visible(text), style="dim"))

    def table(self, rows: Mapping[str, str]) -> None:
        """Show words and what they mean."""
        grid = Table.grid(padding=(0, 2))
        for word, meaning in rows.items():
            grid.add_row(Text(visible(word), style="bold"), Text(visible(meaning)))
        self._console.print(Padding(grid, (0, 0, 0, 2)))

    def show(
        self,
        target: Message | OpenView,
        reader: Actor,
        *,
        numbered: bool = False,
        cards: int | None = None,
        card: str | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> list[Control]:
        """Draw a message with its thread, or a window, as ``reader`` sees it.

        Return what can be pressed in it. ``numbered`` prints the controls' numbers, ``cards`` is
        how many images are drawn (None: all), ``card`` the block id of the only one, ``errors``
        are those of a refused window.
        """
        shown = _as_seen(target, reader)
        if card is not None:
            shown["blocks"] = _card_alone(shown["blocks"], card)
        shown["blocks"] = _shortened(shown["blocks"], cards)
        found = controls(shown)
        numbers = numbers_of(found) if numbered else {}
        self._console.print()
        drawing = self._drawing(target, shown, reader, numbers, errors)
        self._console.print(draw_thread(drawing, self._replies(target, reader)))
        return found

    def _replies(self, target: Message | OpenView, reader: Actor) -> list[RenderableType]:
        if isinstance(target, OpenView):
            return []
        replies = self._workspace.replies_to(target.channel_id, target.ts)
        return [self._drawing(one, _as_seen(one, reader), reader, {}, None) for one in replies]

    def _drawing(
        self,
        target: Message | OpenView,
        shown: Json,
        reader: Actor,
        numbers: Mapping[Place, int],
        errors: Mapping[str, str] | None,
    ) -> RenderableType:
        people = {one.id: one.name for one in self._workspace.people.values()}
        people |= {group.id: group.handle for group in self._workspace.user_groups.values()}
        channels = {one.id: one.name for one in self._workspace.channels.values()}
        zone = ZoneInfo(reader.person.tz or "UTC")
        now = datetime.fromtimestamp(self._workspace.clock(), UTC)
        if isinstance(target, OpenView):
            return draw_view(
                shown,
                people=people,
                channels=channels,
                zone=zone,
                now=now,
                numbers=numbers,
                errors=errors,
            )
        return draw_message(
            shown,
            people=people,
            channels=channels,
            zone=zone,
            now=now,
            numbers=numbers,
            ephemeral=target.ephemeral,
        )


def open_console() -> Console:
    """Return a console on standard output: colours on a terminal alone, and no encoding errors."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    columns = shutil.get_terminal_size((MAX_WIDTH, 24)).columns
    return Console(
        file=sys.stdout,
        force_terminal=sys.stdout.isatty(),
        width=min(max(columns, MIN_WIDTH), MAX_WIDTH),
        highlight=False,
    )


def send_log_to(console: Console) -> None:
    """Print the bot's warnings and errors between the drawings, dimmed."""
    configure_logging("warning", stream=_LogLines(console))


def hush_log(*, trouble_expected: bool) -> None:
    """Leave warnings out as long as somebody makes trouble on purpose; errors still show."""
    level = logging.ERROR if trouble_expected else logging.WARNING
    for lines in logging.getLogger().handlers:
        lines.setLevel(level)


class _LogLines(io.StringIO):
    """A stream whose lines appear dimmed on a console."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def isatty(self) -> bool:
        """Ask for lines that are made for people."""
        return True

    def write(self, text: str) -> int:
        """Print the lines without their own colours."""
        for line in text.rstrip("\n").splitlines():
            plain = Text.from_ansi(line).plain
            self._console.print(Text(f"the bot's log │ {plain}", style="dim"))
        return len(text)


def _shortened(blocks: Sequence[Json], cards: int | None) -> list[Json]:
    """Return the blocks with that many images' cards, and how many were left out."""
    # a card is a section with a Details button, and what bears its block id
    starts = [n for n, b in enumerate(blocks) if b.get("accessory", {}).get("type") == "button"]
    if cards is None or len(starts) <= cards + 1:
        return list(blocks)
    last = str(blocks[starts[-1]]["block_id"])
    after = [block for block in blocks[starts[-1] :] if not _is_of(block, last)]
    gap = _gap(f"( … {len(starts) - cards} more images, not drawn here … )")
    return [*blocks[: starts[cards]], gap, *after]


def _card_alone(blocks: Sequence[Json], card: str) -> list[Json]:
    """Return the blocks of one card, and that there is more."""
    alone = [block for block in blocks if _is_of(block, card)]
    return list(blocks) if alone == blocks else [*alone, _gap("( … the rest is not drawn here … )")]


def _is_of(block: Json, card: str) -> bool:
    block_id = str(block["block_id"])
    return block_id == card or block_id.startswith(f"{card}.")


def _gap(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "plain_text", "text": text}]}


def _as_seen(target: Message | OpenView, reader: Actor) -> Json:
    state = {"values": state_values(target, reader.id)}
    if isinstance(target, OpenView):
        return {**target.content, "state": state}
    files = [{"name": file.name, "title": file.title} for file in target.files]
    seen = {"text": target.text, "blocks": target.blocks, "ts": target.ts, "files": files}
    return {**seen, "state": state}

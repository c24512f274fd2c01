"""How drawings fit on a terminal: bars at the left, rows of labels, and encodings without boxes."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

LOOK_ALIKES = dict(zip("▾⋯…•◦▪▌·»«●○☐☑─", "v=~*o-|-><*oox-", strict=True))
"""One-cell stand-ins for what an ASCII terminal cannot print."""


class Prefixed:
    """A drawing whose first line starts with one label and its other lines with another."""

    def __init__(self, inner: RenderableType, first: Text, rest: Text | None = None) -> None:
        self.inner = inner
        self.first = first
        self.rest = first if rest is None else rest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(1, options.max_width - self.first.cell_len)
        lines = console.render_lines(self.inner, options.update(width=width), pad=False)
        for index, line in enumerate(lines):
            label = self.rest if index else self.first
            yield from label.render(console)
            yield from line
            yield Segment.line()


class Flow:
    """Labels side by side, in as many lines as they need; none is broken, as buttons are not."""

    def __init__(self, items: Iterable[Text], gap: int = 1) -> None:
        self.items = list(items)
        self.gap = gap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for row in self._rows(options.max_width):
            yield Text(" " * self.gap).join(row)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widths = [item.cell_len for item in self.items] or [0]
        line = sum(widths) + self.gap * (len(widths) - 1)
        return Measurement(max(widths), line).with_maximum(options.max_width)

    def _rows(self, width: int) -> list[list[Text]]:
        rows: list[list[Text]] = []
        used = width
        for item in self.items:
            used += self.gap + item.cell_len
            if used > width:
                rows.append([])
                used = item.cell_len
            rows[-1].append(item)
        return rows


class Printable:
    """A drawing that any output encoding can carry: what it lacks is replaced, width for width."""

    def __init__(self, *parts: RenderableType) -> None:
        self.parts: Sequence[RenderableType] = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in self.parts:
            for text, style, control in console.render(part, options):
                yield Segment(in_encoding(text, options.encoding), style, control)


def in_encoding(text: str, encoding: str) -> str:
    """Return the text with every character that the encoding lacks replaced by a stand-in."""
    if encoding.startswith("utf") or text.isascii():
        return text
    return "".join(_in_encoding(character, encoding) for character in text)


def _in_encoding(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return LOOK_ALIKES.get(character) or "?" * cell_len(character)
    return character

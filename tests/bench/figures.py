"""What the bench found, as values, and how it is printed. Pure."""

import statistics
from collections.abc import Sequence

import msgspec


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing measured: the median over the rounds, and where 80 % of them lie."""

    what: str
    unit: str
    """``x`` for a ratio."""
    median: float
    low: float
    """Of 10 % of the rounds."""
    high: float
    """Of 90 % of the rounds."""
    goal: float | None = None
    """At most this; None where the figure is for information."""
    note: str = ""

    @property
    def verdict(self) -> str:
        """``ok`` or ``over``; nothing where there is no goal."""
        if self.goal is None:
            return ""
        return "ok" if self.median <= self.goal else "over"


class Pair(msgspec.Struct, frozen=True):
    """One round: floor and subject, in seconds (or any unit of both), measured alternately."""

    floor: float
    subject: float


def pair_of(floors: Sequence[float], subjects: Sequence[float]) -> Pair:
    """Return the round that alternate samples make."""
    return Pair(statistics.median(floors), statistics.median(subjects))


def ratio_line(what: str, pairs: Sequence[Pair], goal: float | None = None) -> Line:
    """Return the line of subject to floor, with both times in milliseconds beside it."""
    floor = statistics.median(pair.floor for pair in pairs)
    subject = statistics.median(pair.subject for pair in pairs)
    note = f"{subject * 1e3:.2f} ms to {floor * 1e3:.2f} ms"
    return value_line(what, "x", [pair.subject / pair.floor for pair in pairs], goal, note)


def value_line(
    what: str, unit: str, values: Sequence[float], goal: float | None = None, note: str = ""
) -> Line:
    """Return the line of one value a round."""
    low, high = _spread(values)
    return Line(
        what=what,
        unit=unit,
        median=statistics.median(values),
        low=low,
        high=high,
        goal=goal,
        note=note,
    )


def table(lines: Sequence[Line]) -> str:
    """Return the lines as text in columns."""
    rows = [("what", "median", "10-90 %", "goal", "", "in numbers"), *map(_row, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_json(lines: Sequence[Line]) -> str:
    """Return the lines as a JSON array."""
    rows = [{**msgspec.to_builtins(line), "verdict": line.verdict} for line in lines]
    return msgspec.json.format(msgspec.json.encode(rows)).decode()


def _row(line: Line) -> tuple[str, ...]:
    goal = "" if line.goal is None else f"<= {line.goal:g}"
    median = f"{line.median:.2f} {line.unit}"
    return (line.what, median, f"{line.low:.2f}-{line.high:.2f}", goal, line.verdict, line.note)


def _spread(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]

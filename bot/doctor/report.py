"""The doctor's report: a table for people, JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.blocks.text import inert
from bot.doctor.check import Check
from bot.logs import REDACTED, SECRET_SHAPES, SHORTEST

_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def fit_to_show(check: Check, secrets: Iterable[str]) -> Check:
    """Return the check without terminal controls, and without secrets should one have got in."""
    found, remedy = (_cut(inert(text), secrets) for text in (check.found, check.remedy))
    return Check(check.name, check.status, found, remedy)


def draw(checks: Sequence[Check], console: Console) -> None:
    """Draw the table and, below it, how many checks came to what."""
    table = Table(show_lines=True)
    table.add_column("", overflow="fold")
    table.add_column("Check", overflow="fold")
    table.add_column("Found, and what to do", overflow="fold")
    for check in checks:
        told = Text(check.found)
        if check.remedy:
            told.append(f"\n> {check.remedy}", style="bold")
        style = _STYLES[check.status]
        table.add_row(Text(check.status, style=style), Text(check.name), told)
    console.print(table)
    counts = Counter[str](check.status for check in checks)
    console.print(", ".join(f"{counts[status]} {status}" for status in _STYLES), highlight=False)


def to_json(checks: Sequence[Check]) -> str:
    """Return ``{"ok": …, "checks": […]}``; ok means that no check failed."""
    report = {
        "ok": all(c.status != "failed" for c in checks),
        "checks": msgspec.to_builtins(checks),
    }
    return json.dumps(report, indent=2)


def _cut(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, REDACTED)
    return SECRET_SHAPES.sub(REDACTED, text)

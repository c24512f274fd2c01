"""The record as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import msgspec

from bot.blocks.text import is_visible
from bot.oncall.values import AuditEntry

_BREAKS = ("\t", "\r", "\n")
_FORMULA = ("=", "+", "-", "@")
"""What makes a spreadsheet compute a cell instead of showing it (OWASP, CSV injection); some read
full-width signs as these, or drop what nobody sees before them."""


def csv_rows(entries: Iterable[AuditEntry]) -> str:
    """Return entries as lines of CSV (RFC 4180).

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    return _csv(map(_cell, msgspec.structs.astuple(entry)) for entry in entries)


def _csv(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    text = str(value).encode(errors="replace").decode()  # half a surrogate cannot be written
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    if text.startswith(_BREAKS):
        return True
    first = next(filter(is_visible, text), "")
    return normalize("NFKC", first).startswith(_FORMULA)


CSV_HEAD = _csv([AuditEntry.__struct_fields__])
"""The line above all entries, which names the fields."""

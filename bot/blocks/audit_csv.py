"""The record as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.oncall.values import AuditEntry

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet compute a cell instead of showing it (OWASP, CSV injection)."""


def audit_csv(entries: Iterable[AuditEntry]) -> str:
    """Return the entries as CSV (RFC 4180), with the names of the fields above them.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(AuditEntry.__struct_fields__)
    for entry in entries:
        writer.writerow(map(_cell, msgspec.structs.astuple(entry)))
    return written.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    text = str(value).encode(errors="replace").decode()  # half a surrogate cannot be written
    return f"'{text}" if text.startswith(_FORMULA) else text

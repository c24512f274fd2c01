"""Quoting the cloud in an error: short, printable, and never with a secret in it."""

import unicodedata
from collections.abc import Iterable

MAX_QUOTE = 300
"""Characters of a server's text that an error repeats."""
_MAX_READ = 4000
"""Characters looked at: enough for the quote after white space is folded."""


def quote_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text on one line, without control characters or secrets, cut to ``MAX_QUOTE``."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    # Category C: controls, format characters (they reverse text), surrogates, unassigned.
    letters = (" " if unicodedata.category(x).startswith("C") else x for x in text[:_MAX_READ])
    line = " ".join("".join(letters).split())
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1] + "…"

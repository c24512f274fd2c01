"""The canonical text of a query: the form that travels in Slack's messages."""

from bot.errors import QueryError
from bot.query.folding import folded
from bot.query.values import Query

MAX_QUERY_LENGTH = 400
"""Longest canonical text in UTF-16 units: it must travel in a block_id and an action_id."""

QUOTES = '"“”„\uff02'
"""What opens and closes a quotation: Slack's clients and phones make curly ones of straight."""

DASHES = "-\u2013\u2014\u2212\uff0d"
"""Hyphen, en dash, em dash, minus sign, wide hyphen: phones make longer ones of a hyphen."""

WIDE_SIGNS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width letters, digits and signs, as East Asian input methods type them, to ASCII."""

_HELP = "help"
"""Alone after the command it asks for the help text, so that the word itself needs quotes."""

_SUBCOMMANDS = frozenset({"audit", "digest", "handoff", "history"})
"""What the first word after the command may be besides the beginning of a query, so that the word
itself needs quotes there."""

_SPECIAL = frozenset(QUOTES + ",:\uff0c\uff1a\\")


def format_query(query: Query) -> str:
    """Return the query as text that parses to the same query; empty for the empty query."""
    parts = [_sign(word.exclude) + quote_if_needed(word.text) for word in query.words]
    for terms in query.terms:
        values = ",".join(map(quote_if_needed, terms.values))
        parts.append(f"{_sign(terms.exclude)}{terms.field}:{values}")
    parts += [f"{b.field}:{b.op}{b.amount}{b.unit}" for b in query.bounds]
    if query.sort is not None:
        parts.append(f"sort:{query.sort}")
    if parts and folded(parts[0]) in _SUBCOMMANDS:
        parts[0] = quote(parts[0])
    text = " ".join(parts)
    return quote(text) if folded(text) == _HELP else text


def check_length(query: Query, typed: str | None = None) -> None:
    """Raise ``QueryError`` if the canonical text is longer than ``MAX_QUERY_LENGTH``.

    Where something else was ``typed`` the error says so: that may well be shorter.
    """
    text = format_query(query)
    excess = utf16_units(text) - MAX_QUERY_LENGTH
    if excess <= 0:
        return
    limit = f"may have {MAX_QUERY_LENGTH} characters: leave out some words or values."
    if typed is None or typed.strip() == text:
        raise QueryError(f"The query is too long by {excess}.", f"It {limit}")
    raise QueryError(
        f"Written out in full, with every quote that it needs, the query is too long by {excess}.",
        f"So written it {limit}",
    )


def utf16_units(text: str) -> int:
    """Return the length as Slack's JavaScript clients count it; lone surrogates count one."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def quote_if_needed(text: str) -> str:
    """Return the text, not empty, as a word or value of a query: in quotes where they matter."""
    if text[0] in DASHES or any(c in _SPECIAL or c.isspace() for c in text):
        return quote(text)
    return text


def quote(text: str) -> str:
    """Return the text in double quotes."""
    return '"' + "".join("\\" + c if c in QUOTES or c == "\\" else c for c in text) + '"'


def _sign(exclude: bool) -> str:
    return "-" if exclude else ""

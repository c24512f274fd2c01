"""Queries: what somebody types after ``/pending-images``, as a value and as text.

::

    text --parse_query--> Query --format_query--> canonical text --parse_query--> the same Query
"""

from bot.query.canonical import (
    MAX_QUERY_LENGTH,
    WIDE_SIGNS,
    check_length,
    format_query,
    utf16_units,
)
from bot.query.folding import folded
from bot.query.grammar import HELP_EXAMPLES, HelpRow
from bot.query.parser import parse_query
from bot.query.values import (
    AGE_UNITS,
    BOUNDED,
    KEYED,
    NONE,
    SIZE_UNITS,
    SORTS,
    Bound,
    Query,
    ServerFilter,
    Terms,
    Word,
    server_filter,
)

__all__ = [
    "AGE_UNITS",
    "BOUNDED",
    "HELP_EXAMPLES",
    "KEYED",
    "MAX_QUERY_LENGTH",
    "NONE",
    "SIZE_UNITS",
    "SORTS",
    "WIDE_SIGNS",
    "Bound",
    "HelpRow",
    "Query",
    "ServerFilter",
    "Terms",
    "Word",
    "check_length",
    "folded",
    "format_query",
    "parse_query",
    "server_filter",
    "utf16_units",
]

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
    ANYBODY,
    BOUNDED,
    CLAIMED,
    KEYED,
    KEYS,
    ME,
    NO,
    NONE,
    SIZE_UNITS,
    SNOOZED,
    SORTS,
    TRIAGED,
    YES,
    Bound,
    Query,
    ServerFilter,
    Terms,
    Word,
    server_filter,
)

__all__ = [
    "AGE_UNITS",
    "ANYBODY",
    "BOUNDED",
    "CLAIMED",
    "HELP_EXAMPLES",
    "KEYED",
    "KEYS",
    "MAX_QUERY_LENGTH",
    "ME",
    "NO",
    "NONE",
    "SIZE_UNITS",
    "SNOOZED",
    "SORTS",
    "TRIAGED",
    "WIDE_SIGNS",
    "YES",
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

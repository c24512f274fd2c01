"""The pieces of a typed schedule: how each is told from words of a query, and how it is read."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from bot.query import KEYS, Query, folded
from bot.query.canonical import DASHES, QUOTES
from bot.schedule.countries import parse_country
from bot.schedule.words import (
    DAY_GROUPS,
    DAY_NAMES,
    DAYS_MEANT,
    NARROW,
    NO_PLACES,
    OFFSET,
    ZONE_ABBREVIATIONS,
    NotUnderstood,
    is_city,
    is_zone,
    parse_days,
    parse_grace,
    parse_span,
    parse_times,
    parse_timezone,
)

MAX_MENTIONS = 20
"""People and groups; whoever needs more needs a user group."""

_NONE = "none"
_ITEM = re.compile(
    rf"(?:[{QUOTES}](?:\\.|[^{QUOTES}\\])*(?:[{QUOTES}]|\\?$)"
    rf"|<(?:@|!subteam\^)[A-Z0-9]+(?:\|[^<>{QUOTES}]*)?>|[^\s{QUOTES}])+",
    re.DOTALL,
)
"""An item of a query (``bot.query.parser``), or a mention as Slack writes it, blanks and all."""

_NARROW = NARROW | dict.fromkeys(map(ord, DASHES), "-")
"""What phones and East Asian keyboards make of signs, to ASCII."""

_OPTION = re.compile(r"([a-z]+(?:-[a-z]+)*)(?::(.*))?", re.DOTALL | re.IGNORECASE)
_TIMES = re.compile(r"[0-9]{1,2}:[0-9].*|[0-9]{1,2}(:[0-9]{2})?[ap]m", re.DOTALL | re.IGNORECASE)
_TIME_MEANT = re.compile(r"[0-9]{3,4}|[0-9]{1,2}([.h][0-9]{2}|h)", re.IGNORECASE)
_FULL_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ABBREVIATIONS = frozenset(
    {"AEDT", "AEST", "BST", "CDT", "CEST", "CST", "EDT", "IST", "MDT", "NZST", "PDT", "PST", "SGT"}
)
"""Of time zones, in capitals; the tz database does not have them, and some mean several zones."""

_MENTION = re.compile(
    r"(?:<@|<!subteam\^|@)?([UWS](?:(?=[A-Z]*[0-9])[A-Z0-9]+|[A-Z]{8,}))(?:(?:\|.*)?>)?"
)
"""An id as it is, after ``@``, or as Slack writes mentions. A short one without any digit is none:
that is how people write the names of groups."""

_QUOTE = frozenset(QUOTES)

_BARE = frozenset({"only-changes"})
"""Options that need no value."""

_ALSO_CALLED = {"holiday": "skip", "holidays": "skip"}


class Piece(msgspec.Struct, frozen=True):
    """Something that can be typed of a schedule, other than its query."""

    field: str
    """The field of the draft or its timetable."""
    read: Callable[[str], Any]
    """Text to value; raises ``NotUnderstood``."""


def items(text: str) -> list[str]:
    """Split at white space outside of quotes and mentions; quotes stay where they are."""
    return _ITEM.findall(text)


def option(item: str) -> tuple[Piece, str] | None:
    """Return what an item such as ``skip:KR`` sets, and its value without quotes; else None."""
    matched = _OPTION.fullmatch(item.translate(_NARROW))
    if matched is None or (matched[2] is None and matched[1].lower() not in _BARE):
        return None
    piece = _OPTIONS.get(matched[1].lower())
    return None if piece is None else (piece, item[matched.end(1) + 1 :].strip(QUOTES))


def option_meant(item: str) -> tuple[Piece, str] | None:
    """Return what an item that is nearly an option should set, and how to write it; else None."""
    matched = _OPTION.fullmatch(item.translate(_NARROW).replace("_", "-"))
    if matched is None or matched[1].lower() in _QUERY_KEYS:
        return None
    typed = matched[1].lower()
    if matched[2] is None:
        bare = difflib.get_close_matches(typed[:40], _BARE, n=1, cutoff=0.85)
        return (_OPTIONS[bare[0]], bare[0]) if bare else None
    near = difflib.get_close_matches(typed[:40], _OPTIONS, n=1, cutoff=0.7)
    name = _ALSO_CALLED.get(typed) or (near[0] if near else None)
    return None if name is None else (_OPTIONS[name], f"{name}:{matched[2]}")


def leading(item: str) -> tuple[Piece, str] | None:
    """Return what an item before the query sets, and its value; None where the query begins."""
    if not _QUOTE.isdisjoint(item):
        return None
    narrow = item.translate(_NARROW).strip(",")
    piece = next((piece for fits, piece in _LEADING if fits(narrow)), None)
    return None if piece is None else (piece, narrow)


def is_separator(item: str) -> bool:
    """Whether an item is nothing but commas, as between two times."""
    return not item.translate(_NARROW).strip(",")


def time_meant(item: str) -> Piece | None:
    """Return how an item is read that is a time of day but for how it is written: ``0900``."""
    is_meant = _TIME_MEANT.fullmatch(item.translate(_NARROW)) is not None
    return _LEADING[0][1] if is_meant else None


def is_dash(item: str) -> bool:
    """Whether an item is nothing but a dash, as in a range with blanks: ``mon - fri``."""
    return item.translate(_NARROW) == "-"


def is_late_time(item: str) -> bool:
    """Whether an item behind the beginning of the query is a time of day: no query has any."""
    return _looks_like_times(item.translate(_NARROW).strip(","))


def is_late_day(item: str) -> bool:
    """Whether an item behind the beginning of the query ends what means days: business days."""
    return folded(item) in {"day", "days"}


def _looks_like_times(text: str) -> bool:
    return _TIMES.fullmatch(text) is not None


def _begins_like_times(text: str) -> bool:
    return _looks_like_times(text) or text.lower() in {"am", "pm"}


def _looks_like_days(text: str) -> bool:
    """Whether the text begins with a day or group of days, or nearly."""
    first = re.split("[-,]", folded(text), maxsplit=1)[0]
    known = [*DAY_GROUPS, *_FULL_DAY_NAMES]
    if first in DAY_NAMES or first in DAYS_MEANT:
        return True
    return bool(difflib.get_close_matches(first[:20], known, n=1, cutoff=0.8))


def _looks_like_zone(text: str) -> bool:
    if OFFSET.fullmatch(text) or text in NO_PLACES or text in _ABBREVIATIONS:
        return True
    if ":" in text or text.startswith("-"):
        return False
    if "," in text:
        return any(map(is_zone, text.split(",")))
    return "/" in text or is_zone(text) or text.upper() in ZONE_ABBREVIATIONS or is_city(text)


def _yes_or_no(text: str) -> bool:
    known = {"": True, "yes": True, "no": False}
    return known[_one_of("only-changes", text, known)]


def _policy(text: str) -> str:
    known = ("never-lost", "never-twice")
    return _one_of("if-unsure", text.replace("_", "-"), known).replace("-", "_")


def _one_of(name: str, text: str, known: Iterable[str]) -> str:
    typed = text.translate(_NARROW).strip().lower()
    if typed in known:
        return typed
    words = [word for word in known if word]
    near = difflib.get_close_matches(typed[:40], words, n=1, cutoff=0.6)
    raise NotUnderstood(
        f'I do not understand "{name}:{text}".',
        f"Write {' or '.join(f'{name}:{word}' for word in words)}.",
        f"{name}:{near[0]}" if near else None,
    )


def _country(text: str) -> str | None:
    return None if _is_none(text) else parse_country(text)


def _mention_after(text: str) -> int:
    return 0 if _is_none(text) else parse_span(text)


def _mentions(text: str) -> tuple[str, ...]:
    if _is_none(text):
        return ()
    ids = dict.fromkeys(_mention(part.strip()) for part in text.translate(NARROW).split(","))
    if len(ids) > MAX_MENTIONS:
        raise NotUnderstood(
            f"{len(ids)} mentions are too many.",
            f"Write at most {MAX_MENTIONS}: a user group mentions all of its members.",
        )
    return tuple(ids)


def _mention(text: str) -> str:
    matched = _MENTION.fullmatch(text)
    if matched is None:
        raise NotUnderstood(
            f'"{text}" is not the id of a person or a user group.',
            "Write ids such as U0123456789 or S0123456789, which Slack shows in the profile of a "
            "person or a group; or choose by name: press Edit in /pending-images digest.",
        )
    return matched[1]


def _no_query(text: str) -> Query:
    if _is_none(text):
        return Query()
    raise NotUnderstood(
        f'I do not understand "query:{text}".',
        'Write the query as it is, such as "type:custom"; "query:none" clears it.',
    )


def _is_none(text: str) -> bool:
    return folded(text.strip()) == _NONE


_QUERY_KEYS = frozenset(KEYS)

_LEADING = (
    (_begins_like_times, Piece("times", parse_times)),
    (_looks_like_days, Piece("days", parse_days)),
    (_looks_like_zone, Piece("timezone", parse_timezone)),
)
"""Whether an item is meant for a field, and how it is read."""

_OPTIONS: Mapping[str, Piece] = {
    "only-changes": Piece("only_changes", _yes_or_no),
    "skip": Piece("holidays", _country),
    "mention": Piece("mentions", _mentions),
    "mention-after": Piece("mention_after", _mention_after),
    "grace": Piece("grace", parse_grace),
    "if-unsure": Piece("if_unsure", _policy),
    "query": Piece("query", _no_query),
}

"""Typed text -> query.

A query is a row of items between white space. An item is a word, ``key:value`` or
``key:value,value``, perhaps after ``-``. Quotes take everything between them literally, but for
a backslash, which takes the next character literally. A mention, as Slack writes it, is taken
literally, too: a name in it may have blanks.
"""

import re
from itertools import pairwise

import msgspec

from bot.query import mistakes
from bot.query.canonical import DASHES, QUOTES, WIDE_SIGNS, check_length, quote_if_needed
from bot.query.folding import folded
from bot.query.values import (
    BOUNDED,
    CLAIMED,
    KEYED,
    KEYS,
    SORTS,
    TRIAGED,
    Bound,
    Query,
    Terms,
    Word,
    unit_named,
)

_USER_ID = "[UW](?:(?=[A-Z]*[0-9])[A-Z0-9]+|[A-Z]{8,})"
"""Of a Slack user; a short word without any digit is none, but somebody's name."""

_USER = re.compile(f"@?({_USER_ID})")
_MENTION = re.compile(rf"<@({_USER_ID})(?:\|[^<>{QUOTES}]*)?>")

_BOUND = re.compile(r"([<>])\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(\w*)")


def parse_query(text: str) -> Query:
    """Return the query that the text means.

    Raises ``QueryError`` for a text that means none, with the nearest that does.
    """
    parts = _Parts()
    for item, following in pairwise([*_items(text), _Item("", "")]):
        _read_item(parts, item, following)
    query = Query(tuple(parts.words), tuple(parts.terms), tuple(parts.bounds.values()), parts.sort)
    check_length(query, text)
    return query


class _Parts:
    """What was read so far."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.terms: list[Terms] = []
        self.bounds: dict[tuple[str, str], Bound] = {}
        self.sort: str | None = None


class _Item(msgspec.Struct, frozen=True):
    """One item: its text without quotes, and the same with literal characters blotted out.

    Signs that matter are looked for in ``shape``, where quoted ones cannot be found; both are
    of one length.
    """

    text: str
    shape: str

    def tail(self, start: int) -> "_Item":
        return _Item(self.text[start:], self.shape[start:])


_BLOT = "\0"


def _items(text: str) -> list[_Item]:
    """Split at white space outside of quotes."""
    items: list[_Item] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        item, position = _item(text, position)
        items.append(item)
    return items


def _item(text: str, start: int) -> tuple[_Item, int]:
    """Read the item at ``start``; return it, and where it ends."""
    literal: list[str] = []
    shape: list[str] = []
    position = start
    while position < len(text) and not text[position].isspace():
        if text[position] in QUOTES:
            quoted, position = _quoted(text, position)
            literal.append(quoted)
            shape.append(_BLOT * len(quoted))
        elif text[position] == "<" and (mention := _MENTION.match(text, position)):
            literal.append(mention[0])
            shape.append(_BLOT * len(mention[0]))
            position = mention.end()
        else:
            literal.append(text[position])
            shape.append(text[position])
            position += 1
    return _Item("".join(literal), "".join(shape)), position


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Read the quotation that opens at ``start``; return its content, and where it ends."""
    content: list[str] = []
    position = start + 1
    while position < len(text):
        if text[position] in QUOTES:
            return "".join(content), position + 1
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        content.append(text[position])
        position += 1
    raise mistakes.unclosed_quote(text[start:])


def _read_item(parts: _Parts, item: _Item, following: _Item) -> None:
    exclude, item = _split_sign(item)
    key = _key(item.shape)
    if not key or _BLOT in key:
        _read_word(parts, item, exclude)
        return
    name = key.lower()
    rest = item.tail(len(key) + 1)
    if name in KEYED:
        parts.terms.append(Terms(name, _values(name, rest), exclude))
    elif name in TRIAGED:
        values = tuple(_triage_value(name, typed) for typed in _values(name, rest))
        parts.terms.append(Terms(name, values, exclude))
    elif name in BOUNDED:
        _read_bound(parts, name, rest.text, exclude, following.text)
    elif name == "sort":
        _read_sort(parts, rest.text, exclude)
    else:
        value = ",".join(map(quote_if_needed, filter(None, _split(rest))))
        raise mistakes.unknown_key(key, value, item.text, exclude)


def _split_sign(item: _Item) -> tuple[bool, _Item]:
    """Take a leading ``-`` off; a longer dash counts only before a key that we know."""
    if item.shape[:1].translate(WIDE_SIGNS) == "-":
        return True, item.tail(1)
    if item.shape[:1] in DASHES and _key(item.shape[1:]).lower() in KEYS:
        return True, item.tail(1)
    return False, item


def _key(shape: str) -> str:
    """Return what stands before a colon, plain where it is a key that we know.

    Only after such a key does a full-width colon count.
    """
    key, colon, _ = shape.partition(":")
    narrowed, narrow_colon, _ = key.translate(WIDE_SIGNS).partition(":")
    if (colon or narrow_colon) and narrowed.lower() in KEYS:
        return narrowed
    return key if colon else ""


def _read_word(parts: _Parts, item: _Item, exclude: bool) -> None:
    if not item.text:
        raise mistakes.empty_word(exclude)
    parts.words.append(Word(item.text, exclude))


def _values(field: str, rest: _Item) -> tuple[str, ...]:
    values = _split(rest)
    if not all(values):
        raise mistakes.empty_value(field, values)
    return tuple(values)


def _triage_value(field: str, typed: str) -> str:
    word = folded(typed)
    if word in TRIAGED[field]:
        return word
    plain = typed.translate(WIDE_SIGNS)
    if field == CLAIMED and (user := _MENTION.fullmatch(plain) or _USER.fullmatch(plain)):
        return user[1]
    usual = plain.upper()
    is_user = field == CLAIMED and _USER.fullmatch(usual) is not None
    raise mistakes.unknown_triage_value(field, typed, usual if is_user else None)


def _split(rest: _Item) -> list[str]:
    """Split at commas outside of quotes, full-width ones included."""
    values: list[str] = []
    start = 0
    for piece in rest.shape.replace("\uff0c", ",").split(","):
        values.append(rest.text[start : start + len(piece)])
        start += len(piece) + 1
    return values


def _read_bound(parts: _Parts, field: str, text: str, exclude: bool, following: str) -> None:
    text, following = text.translate(WIDE_SIGNS), following.translate(WIDE_SIGNS)
    if text in {"", "<", ">"} and _BOUND.fullmatch(text + following):
        raise mistakes.blank_in_bound(field, text + following)
    bound = _bound(field, text)
    if exclude:
        raise mistakes.excluded_bound(bound)
    earlier = parts.bounds.setdefault((field, bound.op), bound)
    if earlier != bound:
        raise mistakes.second_bound(earlier, bound)


def _bound(field: str, text: str) -> Bound:
    matched = _BOUND.fullmatch(text)
    if matched is None:
        raise mistakes.malformed_bound(field, text)
    op, amount, unit = matched.groups()
    amount = _plain_decimal(amount)
    known = unit_named(field, unit)
    if known is None:
        raise mistakes.unknown_unit(field, f"{op}{amount}", unit)
    return Bound(field, op, amount, known)


def _plain_decimal(digits: str) -> str:
    """Return the number without needless zeros: ``007.50`` is ``7.5``."""
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _read_sort(parts: _Parts, text: str, exclude: bool) -> None:
    text = text.translate(WIDE_SIGNS)
    reverse = text.startswith(tuple(DASHES))
    typed = text[1:] if reverse else text
    name = typed.lower()
    if exclude:
        raise mistakes.excluded_sort(name)
    if name not in SORTS:
        raise mistakes.unknown_sort(typed, reverse)
    sort = f"-{name}" if reverse else name
    if parts.sort is not None and parts.sort != sort:
        raise mistakes.second_sort(parts.sort, sort)
    parts.sort = sort

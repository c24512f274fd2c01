"""What is wrong with a typed query, and the nearest that is right."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bot.errors import QueryError
from bot.query.canonical import DASHES, WIDE_SIGNS, quote, quote_if_needed
from bot.query.values import (
    AGE_UNITS,
    CLAIMED,
    KEYS,
    SIZE_UNITS,
    SORTS,
    TRIAGED,
    Bound,
    unit_named,
)

_ALSO_CALLED = {
    "account": "owner",
    "age": "created",
    "assigned": "claimed",
    "assignee": "claimed",
    "distro": "os",
    "first_seen": "waiting",
    "image_type": "type",
    "order": "sort",
    "original_image_type": "original",
    "os_distro": "os",
    "scp_image_type": "type",
    "scp_original_image_type": "original",
    "seen": "waiting",
    "since": "waiting",
    "sleeping": "snoozed",
    "state": "status",
}
"""Names that people take for our keys, the API's own among them."""

_EXAMPLES = {
    "type": "type:custom",
    "original": "original:standard",
    "os": "os:ubuntu",
    "owner": "owner:acme",
    "status": "status:active",
    "claimed": "claimed:none",
    "snoozed": "snoozed:yes",
}

_VALUES_MEANT = {
    "anybody": "any",
    "anyone": "any",
    "false": "no",
    "mine": "me",
    "nobody": "none",
    "true": "yes",
}
"""What people take for the words of ``TRIAGED``."""

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_USUAL_NUMBER = {"created": "30", "updated": "7", "waiting": "3", "size": "10"}
_USUAL_UNIT = {"created": "d", "updated": "d", "waiting": "d", "size": "GB"}

_LONGEST = 60  # characters of what was typed that an error repeats

_AGES = {">": "older", "<": "younger"}
_SIGNS = {
    "created": _AGES,
    "updated": _AGES,
    "waiting": {">": "longer", "<": "shorter"},
    "size": {">": "larger", "<": "smaller"},
}
"""What the signs of a bound mean."""


def unclosed_quote(rest: str) -> QueryError:
    """Return the mistake of a quotation that never ends."""
    content = rest[1:].rstrip()
    return QueryError(
        f"The quote before {_cited(content)} is never closed."
        if content
        else "The last quote is never closed.",
        'Close it, as in "my image". A quote inside of quotes is written \\".',
    )


def empty_word(exclude: bool) -> QueryError:
    """Return the mistake of a word without a letter."""
    if exclude:
        return QueryError(
            'There is nothing after "-".',
            "Write it right before what you want to leave out: -test, -type:custom. "
            'If you meant the sign itself, quote it: "-".',
        )
    return QueryError('There is nothing between the quotes in "".', "Leave them out.")


def unknown_key(key: str, value: str, text: str, exclude: bool) -> QueryError:
    """Return the mistake of a filter that does not exist.

    ``value`` is what follows it, as a query writes that; ``text`` is both, without quotes.
    """
    what = f'I do not know the filter "{_clipped(key)}:".'
    sign = "-" if exclude or key[0] in DASHES else ""
    literal = f"If you meant the word itself, quote it: {_clipped(sign + quote(text))}."
    bare = key.translate(WIDE_SIGNS).lower().lstrip(DASHES)
    if bare in {"name", "id"}:
        word = sign + (value or "ubuntu")
        remedy = f"A word without a filter is looked for in names and ids: {_clipped(word)}."
        return QueryError(what, f"{remedy} {literal}", suggestion=_if_short(word))
    nearest = _ALSO_CALLED.get(bare) or _nearest(bare, KEYS)
    if nearest is None:
        known = ", ".join(f"{name}:" for name in KEYS)
        return QueryError(what, f"The filters are {known}. {literal}")
    meant = _cited(f"{sign}{nearest}:{value}")
    return QueryError(what, f"Did you mean {meant}? {literal}", suggestion=f"{nearest}:")


def empty_value(field: str, values: Sequence[str]) -> QueryError:
    """Return the mistake of a filter with no value, or with none beside a comma."""
    given = [quote_if_needed(value) for value in values if value]
    if not given:
        example = _EXAMPLES[field]
        return QueryError(
            f'There is no value after "{field}:".',
            f'Write it right after the colon, without a space: "{example}". '
            + (_known_values(field) or f'"{field}:none" finds images without one.'),
            suggestion=example,
        )
    meant = f"{field}:{','.join(given)}"
    return QueryError(
        f'A value is missing beside a comma of "{field}:".',
        f"Write the values without spaces between them: {_cited(meant)}.",
        suggestion=_if_short(meant),
    )


def unknown_triage_value(field: str, typed: str, user: str | None) -> QueryError:
    """Return the mistake of a value that a filter of on-call's doings does not have.

    ``user`` is the id of a Slack user that the value nearly is.
    """
    what = f'"{field}:" does not know {_cited(typed)}.'
    words = TRIAGED[field]
    bare = typed.translate(WIDE_SIGNS).lower()
    usual = _VALUES_MEANT.get(bare, bare)
    nearest = user or _nearest(usual, words)
    if nearest is None:
        return QueryError(what, _known_values(field))
    meant = f"{field}:{nearest}"
    return QueryError(
        what, f"Did you mean {_cited(meant)}? {_known_values(field)}", suggestion=_if_short(meant)
    )


def malformed_bound(field: str, text: str) -> QueryError:
    """Return the mistake of a bound that is no ``>`` or ``<`` with a number and a unit."""
    words = _SIGNS[field]
    amount = _amount_meant(field, text)
    over, under = f"{field}:>{amount}", f"{field}:<{amount}"
    return QueryError(
        f"I do not understand {_cited(f'{field}:{text}')}.",
        f"Write {_cited(over)} ({words['>']}) or {_cited(under)} ({words['<']}).",
        suggestion=_if_short(under if text.startswith("<") else over),
    )


def blank_in_bound(field: str, text: str) -> QueryError:
    """Return the mistake of a blank after the colon or the sign; ``text`` is without it."""
    meant = f"{field}:{text}"
    return QueryError(
        f"There is a blank within {_cited(meant)}.",
        f"Write it without one: {_cited(meant)}.",
        suggestion=_if_short(meant),
    )


def unknown_unit(field: str, number: str, unit: str) -> QueryError:
    """Return the mistake of a bound with a strange unit, or with none."""
    known = (
        ", ".join(SIZE_UNITS) if field == "size" else "m (minutes), h (hours), d (days), w (weeks)"
    )
    typed = f"{field}:{number}{unit}"
    if not unit:
        nearest: str | None = _USUAL_UNIT[field]
        what = f"{_cited(typed)} has no unit."
    else:
        nearest = _nearest_size_unit(unit) if field == "size" else _nearest_age_unit(unit)
        what = f'I do not know the unit "{_clipped(unit)}" of {_cited(typed)}.'
    if nearest is None:
        month = "; a month is 30d" if field != "size" and unit[0] in "mM" else ""
        return QueryError(what, f"The units are {known}{month}.")
    meant = _cited(f"{field}:{number}{nearest}")
    return QueryError(what, f"Did you mean {meant}? The units are {known}.", suggestion=nearest)


def excluded_bound(bound: Bound) -> QueryError:
    """Return the mistake of ``-`` before a bound."""
    other = "<" if bound.op == ">" else ">"
    amount = f"{bound.amount}{bound.unit}"
    meant = f"{bound.field}:{other}{amount}"
    return QueryError(
        f'"{bound.field}:" takes no "-".',
        f"Turn the sign around: {_cited(meant)}.",
        suggestion=meant,
    )


def second_bound(earlier: Bound, later: Bound) -> QueryError:
    """Return the mistake of two different bounds in one direction."""
    first = f"{earlier.field}:{earlier.op}{earlier.amount}{earlier.unit}"
    second = f"{later.field}:{later.op}{later.amount}{later.unit}"
    what = f"{_cited(first)} and {_cited(second)} set the same bound twice."
    return QueryError(what, "Keep one of them.")


def excluded_sort(name: str) -> QueryError:
    """Return the mistake of ``-`` before ``sort:``."""
    meant = f"sort:-{name if name in SORTS else _nearest(name, SORTS) or 'created'}"
    return QueryError(
        'The "-" that reverses an order belongs after "sort:".',
        f'Write "{meant}".',
        suggestion=meant,
    )


def unknown_sort(name: str, reverse: bool) -> QueryError:
    """Return the mistake of an order that does not exist."""
    sign = "-" if reverse else ""
    known = ", ".join(SORTS)
    what = f'I cannot sort by "{_clipped(name)}".' if name else 'There is nothing after "sort:".'
    nearest = _nearest(name, SORTS)
    if nearest is None:
        return QueryError(what, f'I can sort by {known}; "sort:-size" reverses.')
    return QueryError(
        what,
        f'Did you mean "sort:{sign}{nearest}"? I can sort by {known}.',
        suggestion=nearest,
    )


def second_sort(earlier: str, later: str) -> QueryError:
    """Return the mistake of two orders."""
    return QueryError(
        f'"sort:{earlier}" and "sort:{later}" ask for two orders.', "Keep one of them."
    )


def _known_values(field: str) -> str:
    """Return a sentence of the values that a filter of on-call's doings has; empty for others."""
    if field not in TRIAGED:
        return ""
    words = TRIAGED[field]
    if field != CLAIMED:
        return f"The values are {' and '.join(words)}."
    return (
        f"The values are {', '.join(words)} and a member's id such as U0123456789:"
        ' "Copy member ID" in the menu of a profile.'
    )


def _nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    # difflib takes long over long words, and no key is near to one
    matches = get_close_matches(word[:40].lower(), list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def _nearest_size_unit(unit: str) -> str | None:
    # "XB" is nearer to a unit of two letters than to the bare "B", which difflib prefers
    if usual := {"b": "GB", "ib": "GiB"}.get(unit[1:].lower()):
        return usual
    by_lower = {name.lower(): name for name in SIZE_UNITS}
    nearest = _nearest(unit, by_lower, cutoff=0.4)
    return by_lower[nearest] if nearest else None


def _nearest_age_unit(unit: str) -> str | None:
    """Guess by the first letter, but never minutes for months."""
    letter = unit[0].lower()
    if letter == "m":
        return "m" if unit.lower().startswith("mi") else None
    return letter if letter in AGE_UNITS else None


def _amount_meant(field: str, text: str) -> str:
    """Return the first amount in the text with a unit that the field has, or an example."""
    number, unit = "", ""
    text = _DECIMAL_COMMA.sub(".", _THOUSANDS.sub("", text))
    if matched := _AMOUNT.search(text):
        number, unit = matched.groups()
    if number and unit_named(field, unit):
        return number + unit
    return (number or _USUAL_NUMBER[field]) + _USUAL_UNIT[field]


def _cited(text: str) -> str:
    return f'"{_clipped(text)}"'


def _clipped(text: str) -> str:
    """Cut to what one can read in an error."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _if_short(text: str) -> str | None:
    """Return the text if a person would have it suggested."""
    return text if len(text) <= _LONGEST else None

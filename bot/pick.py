"""From all pending images to those that a query wants: filtered, sorted, counted, by pages."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter, eq
from typing import Any, TypeAlias

import msgspec

from bot.images import NONE_SEEN, FirstSeen, PendingImage, parse_timestamp
from bot.oncall.values import NOTHING_DONE, UNTOUCHED, Triages
from bot.query import (
    AGE_UNITS,
    ANYBODY,
    CLAIMED,
    NO,
    NONE,
    SIZE_UNITS,
    SNOOZED,
    YES,
    Bound,
    Query,
    Terms,
    Word,
    folded,
)

_Test: TypeAlias = Callable[[PendingImage], bool]
_SortKey: TypeAlias = Callable[[PendingImage], Any]  # values of one sortable type, or None

NONE_LABEL = "(none)"
"""What people read for an absent value."""


class Facet(msgspec.Struct, frozen=True):
    """One value that occurs in a field, to choose from."""

    value: str
    """What a query calls it."""
    label: str
    """What people call it."""
    count: int


class Page(msgspec.Struct, frozen=True):
    """One page of a list."""

    number: int
    """From 1."""
    count: int
    """How many pages there are, at least 1."""
    images: Sequence[PendingImage]
    first: int
    """Place of its first image in the whole list, from 1; 0 on an empty page."""


def pick(
    images: Sequence[PendingImage],
    query: Query,
    now: datetime,
    first_seen: FirstSeen = NONE_SEEN,
    triages: Triages = NOTHING_DONE,
    me: str | None = None,
) -> list[PendingImage]:
    """Return the images that the query wants, in its order.

    Newest first where it names none. Images without the value come last in either direction;
    equal ones are sorted by name, then id. An image that is not in ``first_seen`` counts as first
    seen now. ``me`` is the Slack user who asks; where nobody does, nothing is claimed by them.
    """
    sort = query.sort or "-created"
    key = _reader(sort.removeprefix("-"), now, first_seen)
    found = wanted(images, query, now, first_seen, triages, me)
    return _sorted(found, key, reverse=sort.startswith("-"))


def wanted(
    images: Iterable[PendingImage],
    query: Query,
    now: datetime,
    first_seen: FirstSeen = NONE_SEEN,
    triages: Triages = NOTHING_DONE,
    me: str | None = None,
) -> list[PendingImage]:
    """Return the images that the query wants in the order given, else as ``pick``."""
    found = list(images)
    asked = query if me is None else query.resolved(me)
    for test in _tests(asked, now, first_seen, triages):
        found = [image for image in found if test(image)]
    return found


def facets(images: Iterable[PendingImage], field: str) -> list[Facet]:
    """Return the values of a keyed field, the most frequent first, then by label.

    Values that differ in case, width or composition alone are one, under the most frequent
    spelling, because a query cannot tell them apart.
    """
    spellings: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for texts, count in Counter(map(_COUNTED[field], images)).items():
        pair = _value_and_label(texts)
        united = spellings[folded(pair[0])]
        united[pair] = united.get(pair, 0) + count
    found = [_facet(counts) for counts in spellings.values()]
    return sorted(found, key=facet_order)


def facet_order(facet: Facet) -> tuple[int, str, str]:
    """Return what facets are sorted by: the most frequent first, then by label."""
    return -facet.count, folded(facet.label), facet.value


def paginate(images: Sequence[PendingImage], number: int, size: int) -> Page:
    """Return the page of that number, or the nearest there is, at ``size`` images a page."""
    count = max(1, math.ceil(len(images) / size))
    number = min(max(1, number), count)
    start = (number - 1) * size
    shown = images[start : start + size]
    return Page(number, count, shown, start + 1 if shown else 0)


_READ: dict[str, Callable[[PendingImage], tuple[str | None, ...]]] = {
    "type": lambda image: (image.scp_image_type,),
    "original": lambda image: (image.scp_original_image_type,),
    "os": attrgetter("os_distro", "scp_os_version"),
    "owner": attrgetter("owner", "owner_account_name"),
    "status": lambda image: (image.status,),
}
"""What a keyed filter looks at."""

_COUNTED: dict[str, Callable[[PendingImage], str | tuple[str | None, str | None] | None]] = {
    "type": attrgetter("scp_image_type"),
    "original": attrgetter("scp_original_image_type"),
    "os": attrgetter("os_distro"),
    "owner": attrgetter("owner", "owner_account_name"),
    "status": attrgetter("status"),
}
"""What the facets of a keyed field count: a value, or the owner's id and name."""


def _tests(query: Query, now: datetime, first_seen: FirstSeen, triages: Triages) -> list[_Test]:
    """Compile the query, its cheapest tests first."""
    return [
        *(_terms_test(terms, now, triages) for terms in query.terms),
        *map(_word_test, query.words),
        *(_bound_test(bound, now, first_seen) for bound in query.bounds),
    ]


def _terms_test(terms: Terms, now: datetime, triages: Triages) -> _Test:
    if terms.field == CLAIMED:
        return _claimed_test(terms, triages)
    if terms.field == SNOOZED:
        return _snoozed_test(terms, now, triages)
    return _field_test(terms)


def _claimed_test(terms: Terms, triages: Triages) -> _Test:
    names_wanted = frozenset(terms.values)

    def test(image: PendingImage) -> bool:
        claim = triages.get(image.id, UNTOUCHED).claim
        names = {ANYBODY, claim.by} if claim else {NONE}
        return names_wanted.isdisjoint(names) == terms.exclude

    return test


def _snoozed_test(terms: Terms, now: datetime, triages: Triages) -> _Test:
    def test(image: PendingImage) -> bool:
        sleeps = triages.get(image.id, UNTOUCHED).sleeps(now)
        return ((YES if sleeps else NO) in terms.values) != terms.exclude

    return test


def _field_test(terms: Terms) -> _Test:
    names_wanted = frozenset(map(folded, terms.values))
    read = _READ[terms.field]
    verdicts: dict[tuple[str | None, ...], bool] = {}  # few values fill a long list

    def test(image: PendingImage) -> bool:
        texts = read(image)
        verdict = verdicts.get(texts)
        if verdict is None:
            names = _called(terms.field, texts)
            verdict = verdicts[texts] = names_wanted.isdisjoint(names) == terms.exclude
        return verdict

    return test


def _called(field: str, texts: tuple[str | None, ...]) -> set[str]:
    """Return every name, folded, that a query may use for what the image has."""
    if field == "os":
        distro, version = texts
        texts = (distro, f"{distro} {version}" if distro and version else None)
    return {folded(text) for text in texts if text} or {NONE}


def _word_test(word: Word) -> _Test:
    text = folded(word.text)

    def test(image: PendingImage) -> bool:
        name = image.name or ""
        # nearly every name is ASCII, and a call for each of a long list would take its time
        plain = name.casefold() if name.isascii() else folded(name)
        return (text in plain or text in folded(image.id)) != word.exclude

    return test


def _bound_test(bound: Bound, now: datetime, first_seen: FirstSeen) -> _Test:
    if bound.field == "size":
        return _size_test(bound)
    return _age_test(bound, now, _reader(bound.field, now, first_seen))


def _size_test(bound: Bound) -> _Test:
    limit = Fraction(bound.amount) * SIZE_UNITS[bound.unit]
    if bound.op == ">":
        most = math.floor(limit)  # whole numbers compare much faster than fractions
        return lambda image: image.size is not None and image.size > most
    least = math.ceil(limit)
    return lambda image: image.size is not None and 0 <= image.size < least


def _age_test(bound: Bound, now: datetime, moment: _SortKey) -> _Test:
    # as a number of seconds: no calendar reaches as far as somebody may type
    limit = now.timestamp() - float(bound.amount) * AGE_UNITS[bound.unit]
    if bound.op == ">":
        return lambda image: (at := moment(image)) is not None and at.timestamp() < limit
    return lambda image: (at := moment(image)) is not None and at.timestamp() > limit


def _created(image: PendingImage) -> datetime | None:
    return parse_timestamp(image.created_at)


def _updated(image: PendingImage) -> datetime | None:
    return parse_timestamp(image.updated_at)


def _size(image: PendingImage) -> int | None:
    return None if image.size is None or image.size < 0 else image.size


def _name(image: PendingImage) -> str | None:
    return folded(image.name) if image.name else None


def _owner(image: PendingImage) -> str | None:
    owner = image.owner_account_name or image.owner
    return folded(owner) if owner else None


_SORT_KEYS: dict[str, _SortKey] = {
    "created": _created,
    "updated": _updated,
    "name": _name,
    "owner": _owner,
    "size": _size,
}


def _reader(field: str, now: datetime, first_seen: FirstSeen) -> _SortKey:
    """Return what reads the field that a bound or an order names."""
    if field == "waiting":
        return lambda image: first_seen.get(image.id, now)
    return _SORT_KEYS[field]


def _sorted(images: Sequence[PendingImage], key: _SortKey, *, reverse: bool) -> list[PendingImage]:
    keys = list(map(key, images))
    places = [place for place, value in enumerate(keys) if value is not None]
    places.sort(key=keys.__getitem__, reverse=reverse)
    ordered = [images[place] for place in places]
    values = [keys[place] for place in places]
    if any(map(eq, values, values[1:])):  # rarely so for moments: much faster than to look for runs
        for start, end in _ties(values):
            ordered[start:end] = _by_name(ordered[start:end])
    absent = [image for image, value in zip(images, keys, strict=True) if value is None]
    return ordered + _by_name(absent)


def _ties(keys: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each run of two or more equal keys."""
    start = 0
    for end, (key, following) in enumerate(pairwise(keys), 1):
        if key != following:
            if end - start > 1:
                yield start, end
            start = end
    yield start, len(keys)


def _by_name(images: Iterable[PendingImage]) -> list[PendingImage]:
    return sorted(images, key=lambda image: (_name(image) or "", image.id))


def _value_and_label(texts: str | tuple[str | None, str | None] | None) -> tuple[str, str]:
    if isinstance(texts, tuple):
        owner, name = texts
        value = owner or name
        label = name or owner
    else:
        value = label = texts
    return (value, label) if value and label else (NONE, NONE_LABEL)


def _facet(counts: dict[tuple[str, str], int]) -> Facet:
    """Unite the spellings of one value; of labels a name goes before the bare value."""
    best = max(counts, key=lambda pair: (pair[0] != pair[1], counts[pair], pair))
    return Facet(best[0], best[1], sum(counts.values()))

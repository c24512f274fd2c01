"""A query as a value: what somebody wants to see of the pending images."""

from collections.abc import Iterable, Sequence

import msgspec

from bot.query.folding import folded

KEYED = ("type", "original", "os", "owner", "status")
"""The filters that take any of some values."""

CLAIMED = "claimed"
SNOOZED = "snoozed"

ME = "me"
ANYBODY = "any"
YES = "yes"
NO = "no"

TRIAGED = {CLAIMED: (ME, "none", ANYBODY), SNOOZED: (YES, NO)}
"""The filters of what on-call has done with an image -> the words that each takes. Who has claimed
it may be given by the id of a Slack user, too."""

BOUNDED = ("created", "updated", "waiting", "size")
"""The filters that take a bound: ages relative to now, and bytes. Waiting is counted from when the
bot first saw the image."""

SORTS = ("name", "owner", "size", "created", "updated", "waiting")
"""What a list can be sorted by; a leading ``-`` reverses. By ``waiting`` the longest comes first:
like the others of time it goes from the earliest moment, here the one first seen."""

NONE = "none"
"""The value of a keyed filter that matches an image without one."""

KEYS = (*KEYED, *TRIAGED, *BOUNDED, "sort")
"""What may stand before a colon."""

AGE_UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Unit of an age -> seconds."""

SIZE_UNITS = {
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
"""Unit of a size -> bytes."""

UNITS = {field: SIZE_UNITS if field == "size" else AGE_UNITS for field in BOUNDED}
"""Field of a bound -> its units."""


def unit_named(field: str, typed: str) -> str | None:
    """Return the unit of a bound whatever its case; but ``M`` is no minute: it may mean a month."""
    if typed == "M" and field != "size":
        return None
    return {name.lower(): name for name in UNITS[field]}.get(typed.lower())


class Word(msgspec.Struct, frozen=True):
    """A text that the name or the id contains, or with ``exclude`` does not."""

    text: str
    exclude: bool = False


class Terms(msgspec.Struct, frozen=True):
    """A keyed filter: the field has any of the values, or with ``exclude`` none of them."""

    field: str
    """One of ``KEYED`` or ``TRIAGED``."""
    values: tuple[str, ...]
    """As typed; ``none`` stands for an absent value. Of ``TRIAGED``: its words and users' ids."""
    exclude: bool = False


class Bound(msgspec.Struct, frozen=True):
    """A limit: older (``>``) or younger (``<``), waiting longer or shorter, larger or smaller."""

    field: str
    """One of ``BOUNDED``."""
    op: str
    amount: str
    """A decimal number without needless zeros, such as ``1.5``."""
    unit: str
    """A key of ``AGE_UNITS`` or ``SIZE_UNITS``."""


class Query(msgspec.Struct, frozen=True):
    """What to show, and in which order; the empty query shows everything.

    However it was built, a query is in canonical order and without repetitions (as ``folded``),
    so that the same question is the same value.
    """

    words: tuple[Word, ...] = ()
    terms: tuple[Terms, ...] = ()
    """At most one including and one excluding entry a field."""
    bounds: tuple[Bound, ...] = ()
    """At most one for each field and direction."""
    sort: str | None = None
    """One of ``SORTS``, perhaps after ``-``; None is newest first."""

    def __post_init__(self) -> None:
        """Bring the parts into canonical order."""
        # msgspec's own way to set a field of a frozen struct in __post_init__
        msgspec.structs.force_setattr(self, "words", _arranged_words(self.words))
        msgspec.structs.force_setattr(self, "terms", _arranged_terms(self.terms))
        msgspec.structs.force_setattr(self, "bounds", _arranged_bounds(self.bounds))

    @property
    def narrows(self) -> bool:
        """Whether the query leaves anything out."""
        return bool(self.words or self.terms or self.bounds)

    def values(self, field: str, exclude: bool = False) -> tuple[str, ...]:
        """Return the values that a keyed filter includes, or excludes."""
        for terms in self.terms:
            if (terms.field, terms.exclude) == (field, exclude):
                return terms.values
        return ()

    def with_values(self, field: str, values: Sequence[str]) -> "Query":
        """Return the query with other included values of a keyed filter; none remove it."""
        others = tuple(t for t in self.terms if t.exclude or t.field != field)
        terms = (*others, Terms(field, tuple(values)))
        return msgspec.structs.replace(self, terms=terms)

    @property
    def mentions_me(self) -> bool:
        """Whether it depends on who asks."""
        return any(t.field == CLAIMED and ME in t.values for t in self.terms)

    @property
    def awake_only(self) -> bool:
        """Whether a digest of it leaves out what is snoozed: where it asks so, or says nothing."""
        asked = [t for t in self.terms if t.field == SNOOZED]
        takes = {word: all((word in t.values) != t.exclude for t in asked) for word in (YES, NO)}
        return not asked or (takes[NO] and not takes[YES])

    def with_snoozed(self) -> "Query":
        """Return the query that does not ask whether an image is snoozed."""
        terms = tuple(t for t in self.terms if t.field != SNOOZED)
        return msgspec.structs.replace(self, terms=terms)

    def resolved(self, me: str) -> "Query":
        """Return the query that asks of everybody what this one asks of the user ``me``."""
        if not self.mentions_me:
            return self
        terms = tuple(_resolved(t, me) if t.field == CLAIMED else t for t in self.terms)
        return msgspec.structs.replace(self, terms=terms)

    def with_sort(self, sort: str | None) -> "Query":
        """Return the query in another order."""
        return msgspec.structs.replace(self, sort=sort)


class ServerFilter(msgspec.Struct, frozen=True):
    """The part of a query that SCP itself can filter by: one exact string each (facts.md)."""

    image_type: str | None
    original_image_type: str | None


def server_filter(query: Query) -> ServerFilter:
    """Return what SCP may filter without hiding an image that the query wants."""
    return ServerFilter(_server_value(query, "type"), _server_value(query, "original"))


_TERMS = (*KEYED, *TRIAGED)
"""Fields of ``Terms`` in canonical order."""


def _arranged_words(words: Iterable[Word]) -> tuple[Word, ...]:
    unique: dict[tuple[bool, str], Word] = {}
    for word in words:
        if word.text:
            unique.setdefault((word.exclude, folded(word.text)), word)
    return tuple(sorted(unique.values(), key=lambda word: word.exclude))


def _resolved(terms: Terms, me: str) -> Terms:
    values = tuple(me if value == ME else value for value in terms.values)
    return msgspec.structs.replace(terms, values=values)


def _arranged_terms(terms: Iterable[Terms]) -> tuple[Terms, ...]:
    united: dict[tuple[int, bool], dict[str, str]] = {}
    for entry in terms:
        values = united.setdefault((_TERMS.index(entry.field), entry.exclude), {})
        for value in filter(None, entry.values):
            values.setdefault(folded(value), value)
    return tuple(
        Terms(_TERMS[number], tuple(values.values()), exclude)
        for (number, exclude), values in sorted(united.items(), key=lambda item: item[0])
        if values
    )


def _arranged_bounds(bounds: Iterable[Bound]) -> tuple[Bound, ...]:
    unique: dict[tuple[int, bool], Bound] = {}
    for bound in bounds:
        unique.setdefault((BOUNDED.index(bound.field), bound.op == "<"), bound)
    return tuple(unique[key] for key in sorted(unique))


def _server_value(query: Query, field: str) -> str | None:
    """Return the only value wanted of a field.

    SCP compares exactly while we ignore case, width and how letters are composed, so a value with
    capitals, full-width or decomposed letters stays our business; and so does one that cannot be
    sent as it is.
    """
    values = query.values(field)
    if len(values) != 1 or query.values(field, exclude=True):
        return None
    value = values[0]
    exact = value != NONE and value == folded(value) and value.isprintable()
    return value if exact else None

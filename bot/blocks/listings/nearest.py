"""What there is that is spelled nearly as what a query asks for in vain."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.pick import Facet
from bot.query import NONE, Query, Terms, folded, format_query

_COMPARED = 300
"""Of a field the most frequent values are compared: difflib takes its time."""
_LONGEST = 60
"""Nobody mistypes a longer name: it is copied."""


def nearest_there(query: Query, facets: Mapping[str, Sequence[Facet]]) -> list[str]:
    """Return for each wanted value that is not there the nearest that is, as a filter's text.

    ``facets`` are the values there are, by field; owners are called by name or id.
    """
    found = [
        format_query(Query(terms=(Terms(field, (near,)),)))
        for field, there in facets.items()
        for value in query.values(field)
        if (near := _nearest(value, _names(there[:_COMPARED]))) is not None
    ]
    return list(dict.fromkeys(found))


def _names(facets: Sequence[Facet]) -> dict[str, str]:
    """Return every name of the values, folded, with the name as it is."""
    return {
        folded(name): name
        for facet in facets
        if facet.value != NONE
        for name in (facet.value, facet.label)
        if len(name) <= _LONGEST
    }


def _nearest(value: str, names: Mapping[str, str]) -> str | None:
    wanted = folded(value)
    # a system's version is not among the facets, so that it may be there all the same
    known = wanted in names or wanted.rpartition(" ")[0] in names
    if known or wanted == NONE or len(wanted) > _LONGEST:
        return None
    near = get_close_matches(wanted, names, n=1)
    return names[near[0]] if near else None

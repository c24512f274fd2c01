"""The menus over a listing: what they offer, and what follows from a choice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from bot.blocks.ids import FILTERED
from bot.blocks.limits import (
    MESSAGE_TEXT_MAX,
    OPTION_TEXT_MAX,
    OPTION_VALUE_MAX,
    OPTIONS_MAX,
)
from bot.blocks.message import Block, actions, option, text_width
from bot.blocks.state import (
    ListingState,
    StaleMessage,
    cut_for_menus,
    menu_action_id,
    swap_signs,
)
from bot.blocks.text import clip, is_inert, width
from bot.errors import QueryError
from bot.pick import Facet
from bot.query import MAX_QUERY_LENGTH, Query, check_length, folded, format_query, utf16_units

_ANY = "any"
_KEEP = "keep"
_REST = "rest"
"""The values of options that only tell how things are: choosing them changes nothing."""
_IS = "="

_ANY_LABELS = {
    "type": "Any image type",
    "original": "Any original type",
    "os": "Any OS",
    "owner": "Any owner",
}
_ORDERS = {
    None: option("Newest first", _ANY),
    "created": option("Oldest first", "=created"),
    "-updated": option("Last changed first", "=-updated"),
    "updated": option("Longest unchanged first", "=updated"),
    "name": option("Name A to Z", "=name"),
    "-name": option("Name Z to A", "=-name"),
    "-size": option("Largest first", "=-size"),
    "size": option("Smallest first", "=size"),
    "owner": option("Owner A to Z", "=owner"),
    "-owner": option("Owner Z to A", "=-owner"),
    "waiting": option("Longest waiting first", "=waiting"),
    "-waiting": option("Shortest waiting first", "=-waiting"),
}
"""The orders to choose from: what a query calls each, and its option."""
_SHORT_ID = 8
_REST_TEXT_MAX = 1_000
"""Of the row itself (placeholders, what is chosen, and the orders), and of the line under a list
that tells nothing of on-call (``oncall_notices.untold_block``)."""


def menu_row(
    state: ListingState,
    facets: Mapping[str, Sequence[Facet]],
    nonce: str,
    beside: Sequence[Block],
) -> Block:
    """Return the row of menus: four filters, and the order.

    A menu with too many options for Slack, or for the message that the blocks ``beside`` share
    with it, has none: Slack asks for them while somebody types (``menu_options``).
    """
    block_id, carried = cut_for_menus(state, nonce)
    filters = [_filter_menu(field, state.query, facets.get(field, ())) for field in FILTERED]
    menus = [*_made_to_fit(filters, beside), _order_menu(state.query.sort)]
    for field, menu in zip((*FILTERED, "sort"), menus, strict=True):
        menu["action_id"] = menu_action_id(field, carried)
    return actions(block_id, menus)


def menu_options(field: str, facets: Sequence[Facet], typed: str) -> Block:
    """Return the answer to Slack asking what a large menu offers for the text typed so far."""
    wanted = folded(typed.strip())
    matching = [
        facet
        for facet in told_apart(facets)
        if wanted in folded(facet.label) or wanted == folded(facet.value)
    ]
    found = _offered(field, matching, Query())
    rest = _rest_option(len(matching) - len(found))
    options = [] if wanted else [option(_ANY_LABELS[field], _ANY)]
    room = OPTIONS_MAX - len(options) - len(rest)
    shown = found if len(found) <= room else found[: room - 1]
    options += map(_facet_option, shown)
    if more := len(found) - len(shown):
        options.append(option(f"… {more:,} more: type to narrow", _KEEP))
    return {"options": options + rest}


def choose(state: ListingState, field: str, option_value: str) -> ListingState:
    """Return the state after a choice in the menu of a field, or of ``sort``.

    Raise StaleMessage if the value is none of ours, QueryError if the query becomes too long.
    """
    if option_value in (_KEEP, _REST):
        return state
    if option_value != _ANY and not option_value.startswith(_IS):
        raise StaleMessage
    value = None if option_value == _ANY else read_value(option_value)
    if field == "sort":
        if value not in _ORDERS:
            raise StaleMessage
        return ListingState(state.query.with_sort(value))
    chosen = _with_only(state.query, field, value)
    check_length(chosen)
    return ListingState(chosen)


def value_option(text: str, value: str) -> Block:
    """Return an option that stands for exactly this value of a field."""
    return option(text, _IS + swap_signs(value))


def read_value(option_value: str) -> str:
    """Return the value that such an option stands for."""
    return swap_signs(option_value.removeprefix(_IS))


def is_offerable(value: str) -> bool:
    """Tell whether an option can stand for the value and bring it back unharmed."""
    return 0 < utf16_units(value) <= OPTION_VALUE_MAX - len(_IS) and is_inert(value)


def facet_text(facet: Facet) -> str:
    """Return a value with its count, which is never cut off."""
    count = f" ({facet.count:,})"
    return clip(facet.label, OPTION_TEXT_MAX - len(count)) + count


def told_apart(facets: Sequence[Facet]) -> list[Facet]:
    """Return the values with a piece of the id added to labels that several share."""
    shared = Counter(folded(facet.label) for facet in facets)
    if len(shared) == len(facets):
        return list(facets)
    return [
        Facet(facet.value, f"{facet.label} {facet.value[:_SHORT_ID]}", facet.count)
        if shared[folded(facet.label)] > 1
        else facet
        for facet in facets
    ]


def _with_only(query: Query, field: str, value: str | None) -> Query:
    """Return the query with one value of a field in place of all included and excluded ones."""
    others = tuple(terms for terms in query.terms if terms.field != field)
    bare = msgspec.structs.replace(query, terms=others)
    return bare if value is None else bare.with_values(field, (value,))


def _filter_menu(field: str, query: Query, facets: Sequence[Facet]) -> Block:
    offered = told_apart(_offered(field, facets, query))
    current = _current(field, query, facets, offered)
    options = [option(_ANY_LABELS[field], _ANY), *map(_facet_option, offered)]
    options += _rest_option(len(facets) - len(offered))
    if current not in options:
        options.insert(1, current)
    return {
        "type": "static_select",
        "placeholder": {"type": "plain_text", "text": _ANY_LABELS[field], "emoji": False},
        "initial_option": current,
        "options": options,
    }


def _rest_option(count: int) -> list[Block]:
    """Return the option that tells of values which no option can stand for; none without them."""
    return [option(f"{count:,} more cannot be offered here", _REST)] if count else []


def _made_to_fit(menus: Sequence[Block], beside: Sequence[Block]) -> list[Block]:
    """Return the menus, the widest of them without options where they would not all fit."""
    fitting = [m if len(m["options"]) <= OPTIONS_MAX else _asking(m) for m in menus]
    widths = [_options_width(menu) for menu in fitting]
    room = MESSAGE_TEXT_MAX - text_width(beside) - _REST_TEXT_MAX
    while any(widths) and sum(widths) > room:
        widest = widths.index(max(widths))
        fitting[widest], widths[widest] = _asking(fitting[widest]), 0
    return fitting


def _options_width(menu: Block) -> int:
    return sum(width(shown["text"]["text"]) for shown in menu.get("options", ()))


def _asking(menu: Block) -> Block:
    """Return a menu that asks for its options instead."""
    kept = {key: part for key, part in menu.items() if key != "options"}
    return kept | {"type": "external_select", "min_query_length": 0}


def _order_menu(sort: str | None) -> Block:
    shown = sort if sort in _ORDERS else None  # -created is what newest first means
    return {
        "type": "static_select",
        "placeholder": {"type": "plain_text", "text": "Order", "emoji": False},
        "initial_option": _ORDERS[shown],
        "options": list(_ORDERS.values()),
    }


def _current(field: str, query: Query, facets: Sequence[Facet], offered: Sequence[Facet]) -> Block:
    """Return the option that tells what the query says of the field."""
    included, excluded = query.values(field), query.values(field, exclude=True)
    if not included and not excluded:
        return option(_ANY_LABELS[field], _ANY)
    if len(included) == 1 and not excluded:
        return _current_value(field, included[0], facets, offered)
    labels = {folded(facet.value): facet.label for facet in facets}
    any_of = " or ".join(labels.get(folded(value), value) for value in included)
    none_of = [f"not {labels.get(folded(value), value)}" for value in excluded]
    return option(", ".join(filter(None, [any_of, *none_of])), _KEEP)


def _current_value(
    field: str, value: str, facets: Sequence[Facet], offered: Sequence[Facet]
) -> Block:
    """Return the option of the only value wanted; one that only tells, if there is none."""
    wanted = folded(value)
    for facet in offered:
        if folded(facet.value) == wanted:
            return _facet_option(facet)
    named = [facet for facet in facets if wanted in (folded(facet.value), folded(facet.label))]
    if field == "os" and not named:  # may be a name with a version, which is not counted apart
        return option(value, _KEEP)
    count = sum(facet.count for facet in named)
    return option(facet_text(Facet(value, named[0].label if named else value, count)), _KEEP)


def _offered(field: str, facets: Iterable[Facet], query: Query) -> list[Facet]:
    """Return the values that can be chosen: those that fit into an option and into the query."""
    room = MAX_QUERY_LENGTH - utf16_units(format_query(query)) - len(f" {field}:")
    return [
        facet
        for facet in facets
        if is_offerable(facet.value)
        # quoted, a value at most doubles
        and (
            2 * utf16_units(facet.value) + 2 <= room or _fits(_with_only(query, field, facet.value))
        )
    ]


def _fits(query: Query) -> bool:
    try:
        check_length(query)
    except QueryError:
        return False
    return True


@lru_cache(maxsize=1024)  # the same few values come again with every list
def _facet_option(facet: Facet) -> Block:
    return value_option(facet_text(facet), facet.value)

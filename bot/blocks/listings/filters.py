"""The modal of further filters: name, status, created, updated, waiting, size."""

import json
import re
from collections.abc import Sequence

import msgspec

from bot.blocks.ids import FILTERS
from bot.blocks.inputs import (
    FormErrors,
    Values,
    error_text,
    input_block,
    state_of,
    text_element,
    typed,
)
from bot.blocks.limits import (
    MODAL_TITLE_MAX,
    OPTIONS_MAX,
    PLACEHOLDER_MAX,
)
from bot.blocks.listings.menus import facet_text, is_offerable, read_value, value_option
from bot.blocks.message import Block, View, plain
from bot.blocks.state import ListingState, StaleMessage, from_value, to_value
from bot.errors import QueryError
from bot.pick import Facet
from bot.query import (
    BOUNDED,
    MAX_QUERY_LENGTH,
    WIDE_SIGNS,
    Query,
    check_length,
    folded,
    format_query,
    parse_query,
)

FILTERS_TITLE = "More filters"

_NAME = "name"
_STATUS = "status"
_HINTS = {
    "created": "Older than 30 days: >30d. Younger than a day: <24h. Both: >1d <30d. "
    "Units: m, h, d, w.",
    "updated": "Unchanged for 30 days: >30d. Changed within a day: <24h. Units: m, h, d, w.",
    "waiting": "Waiting longer than 3 days: >3d. Less than an hour: <1h. Units: m, h, d, w. "
    "Counted since the bot first saw the image: SCP does not say when it was shared.",
    "size": "Larger than 10 GB: >10GB. Smaller: <500MB. Units: B, kB, MB, GB, TB, KiB to TiB.",
}
_EXAMPLES = {"created": ">30d", "updated": "<24h", "waiting": ">3d", "size": ">10GB"}


class FiltersMetadata(msgspec.Struct, frozen=True):
    """What the modal must remember: the listing it was opened over, and how to update that."""

    state: ListingState
    channel_id: str
    response_url: str

    def encode(self) -> str:
        """Return the text for ``private_metadata``."""
        # the standard library's JSON, because it escapes all that Slack may not bring back
        return json.dumps([to_value(self.state), self.channel_id, self.response_url])

    @classmethod
    def decode(cls, text: str) -> "FiltersMetadata":
        """Return what ``encode`` wrote; raise StaleMessage if it did not."""
        try:
            state, channel_id, response_url = msgspec.json.decode(text, type=tuple[str, str, str])
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise StaleMessage from error
        return cls(from_value(state), channel_id, response_url)


def filters_view(metadata: FiltersMetadata, statuses: Sequence[Facet]) -> View:
    """Return the modal, filled with what the listing's query says."""
    query = metadata.state.query
    blocks = [_name_input(query), *_status_input(query, statuses)]
    blocks += [_bound_input(field, query) for field in BOUNDED]
    return {
        "type": "modal",
        "callback_id": FILTERS,
        "title": plain(FILTERS_TITLE, MODAL_TITLE_MAX),
        "submit": plain("Apply", MODAL_TITLE_MAX),
        "close": plain("Cancel", MODAL_TITLE_MAX),
        "private_metadata": metadata.encode(),
        "blocks": blocks,
    }


def read_filters(values: Values, query: Query) -> Query:
    """Return the query with what was submitted (``view.state.values``); raise FormErrors.

    Menus' filters, excluded statuses and the order stay as they are in ``query``.
    """
    errors: dict[str, str] = {}
    parts: dict[str, Query] = {}
    for field in (_NAME, *BOUNDED):
        try:
            parts[field] = _read_input(field, typed(values, field))
        except QueryError as error:
            errors[field] = error_text(error)
    if errors:
        raise FormErrors(errors)
    bounds = tuple(bound for field in BOUNDED for bound in parts[field].bounds)
    changed = msgspec.structs.replace(query, words=parts[_NAME].words, bounds=bounds)
    changed = changed.with_values(_STATUS, _chosen_statuses(values, query))
    try:
        check_length(changed)
    except QueryError as error:
        raise FormErrors({_NAME: error_text(error)}) from error
    return changed


def _name_input(query: Query) -> Block:
    shown = format_query(Query(query.words))
    element = text_element(_NAME, shown, 'ubuntu "web server" -test', MAX_QUERY_LENGTH)
    hint = "All words must match. A minus before a word leaves its images out."
    return input_block(_NAME, "Words in the name or id", element, hint)


def _status_input(query: Query, statuses: Sequence[Facet]) -> list[Block]:
    """Return the menu of statuses; nothing where there is none to choose."""
    chosen = {folded(value): value for value in _shown_statuses(query)}
    facets = {folded(facet.value): facet for facet in statuses if is_offerable(facet.value)}
    options = {
        key: value_option(facet_text(facets.get(key, Facet(value, value, 0))), value)
        for key, value in chosen.items()
    }
    for key, facet in facets.items():
        options.setdefault(key, value_option(facet_text(facet), facet.value))
    if not options:
        return []
    element: Block = {
        "type": "multi_static_select",
        "action_id": _STATUS,
        "placeholder": plain("Any status", PLACEHOLDER_MAX),
        "options": list(options.values())[:OPTIONS_MAX],
    }
    if chosen:
        element["initial_options"] = [options[key] for key in chosen]
    hint = "Images with any of these; none chosen means any status."
    if excluded := query.values(_STATUS, exclude=True):
        hint += f" Left out by the query: {', '.join(excluded)}."
    if rest := len(statuses) - len(facets) + max(0, len(options) - OPTIONS_MAX):
        hint += f" {rest:,} more cannot be offered here."
    return [input_block(_STATUS, "Status", element, hint)]


def _bound_input(field: str, query: Query) -> Block:
    bounds = [bound for bound in query.bounds if bound.field == field]
    value = " ".join(f"{bound.op}{bound.amount}{bound.unit}" for bound in bounds)
    element = text_element(field, value, _EXAMPLES[field], MAX_QUERY_LENGTH)
    return input_block(field, field.capitalize(), element, _HINTS[field])


def _read_input(field: str, text: str) -> Query:
    """Return a query of what one input says."""
    if field == _NAME:
        read = parse_query(text)
        if read != Query(read.words):
            raise QueryError(
                "Only words go here.", "For filters there are the menus and the fields below."
            )
        return read
    pieces = re.split("(?=[<>])", "".join(text.translate(WIDE_SIGNS).split()))
    bounds = [piece.removeprefix(f"{field}:") for piece in pieces]
    return parse_query(" ".join(f"{field}:{bound}" for bound in bounds if bound))


def _shown_statuses(query: Query) -> list[str]:
    """Return the included statuses that the menu shows as chosen."""
    return [value for value in query.values(_STATUS) if is_offerable(value)][:OPTIONS_MAX]


def _chosen_statuses(values: Values, query: Query) -> list[str]:
    """Return the statuses submitted, and those of the query that the menu could not show."""
    if _STATUS not in values:
        return list(query.values(_STATUS))
    options = state_of(values, _STATUS).get("selected_options") or []
    shown = set(_shown_statuses(query))
    kept = [value for value in query.values(_STATUS) if value not in shown]
    return [*(read_value(option["value"]) for option in options), *kept]

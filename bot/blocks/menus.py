"""The menus over a listing: what they offer, and what follows from a choice."""

from collections.abc import Mapping, Sequence

from bot.blocks.message import Block
from bot.blocks.state import ListingState
from bot.pick import Facet


def menu_row(state: ListingState, facets: Mapping[str, Sequence[Facet]], nonce: str) -> Block:
    """Return the row of menus: four filters, and the order."""
    raise NotImplementedError


def menu_options(field: str, facets: Sequence[Facet], typed: str) -> Block:
    """Return the answer to Slack asking what a large menu offers for the text typed so far."""
    raise NotImplementedError


def choose(state: ListingState, field: str, option_value: str) -> ListingState:
    """Return the state after a choice in the menu of a field, or of ``sort``.

    Raise StaleMessage if the value is none of ours, QueryError if the query becomes too long.
    """
    raise NotImplementedError

"""The list of pending images, for one person and for a channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bot.blocks.limits import PAGE_SIZE
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.images import UnreadableImage
from bot.pick import Facet, Page
from bot.query import Query

__all__ = ["PAGE_SIZE", "Listing", "listing_message", "shared_message"]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing shows."""

    query: Query
    page: Page
    """Of at most PAGE_SIZE images."""
    matched: int
    """How many images the query matches."""
    total: int | None
    """How many images SCP has pending; None where SCP itself filtered and so it is not known."""
    facets: Mapping[str, Sequence[Facet]]
    """What there is to choose, by field: type, original, os, owner."""
    unreadable: Sequence[UnreadableImage]
    origin: Origin
    api_version: str
    fetched_at: datetime


def listing_message(listing: Listing, now: datetime) -> Message:
    """Return the listing with its menus and buttons, for an ephemeral answer."""
    raise NotImplementedError


def shared_message(listing: Listing, user_id: str, now: datetime) -> Message:
    """Return a public copy, which says who shared it, to be posted to a channel."""
    raise NotImplementedError

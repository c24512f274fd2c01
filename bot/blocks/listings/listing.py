"""The list of pending images, for one person and for a channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, card_ids, cards, cards_width
from bot.blocks.limits import (
    MESSAGE_TEXT_MAX,
    NEAREST_MAX,
    NOTICE_LEAVES_MENUS,
    NOTICE_MAX,
    NOTICE_SURE,
)
from bot.blocks.listings.menus import menu_row
from bot.blocks.listings.nearest import nearest_there
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    header,
    mrkdwn,
    plain,
    section,
    text_width,
)
from bot.blocks.origin import Origin, age_text, cut_blocks, origin_text, query_text, waiting_text
from bot.blocks.state import ListingState, to_value
from bot.blocks.text import counted, match_verb
from bot.blocks.unreadable import unreadable_blocks
from bot.images import NONE_SEEN, FirstSeen, UnreadableImage
from bot.oncall.values import NOTHING_DONE, Triages
from bot.pick import Facet, Page
from bot.query import Query

_NOTHING_WAITS = (
    "Nothing waits for a decision: every image shared with this account is accepted or rejected."
)
_FRAME_TEXT_MAX = 1_450
"""Of all in a listing but cards, notice and what the filter menus offer."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a listing shows."""

    query: Query
    page: Page
    """Of at most PAGE_SIZE images."""
    matched: int
    """How many images the query matches."""
    total: int | None
    """How many images SCP has pending, unreadable ones included; None where SCP itself filtered
    and so it is not known."""
    facets: Mapping[str, Sequence[Facet]]
    """What there is to choose, by field: type, original, os, owner; status where no image
    has the one asked for."""
    unreadable: Sequence[UnreadableImage]
    origin: Origin
    api_version: str
    fetched_at: datetime
    cut_at: int | None = None
    """How many images SCP sent, where it may have cut its list there."""
    first_seen: FirstSeen = NONE_SEEN
    """Of images that are not in it nothing is claimed."""
    triages: Triages = NOTHING_DONE
    decisions: bool = False
    """Whether images can be accepted and rejected here at all."""


def listing_message(listing: Listing, now: datetime) -> Message:
    """Return the listing with its menus and buttons, for an ephemeral answer."""
    state = ListingState(listing.query, listing.page.number)
    stamp = ids.nonce(now)
    title = _title(listing)
    above = [header(title), context(*_about(listing, now)), *cut_blocks(listing.cut_at)]
    look = _look(listing, now, state)
    below = [actions(f"tools.{stamp}", _tools(state, listing)), divider()]
    below += _images(listing, look, "Press *Clear* to see {}, or choose differently above.")
    if listing.page.count > 1:
        below += [actions(f"pages.{stamp}", _page_buttons(listing)), context(_place(listing))]
    if listing.total != 0 or listing.query != Query():
        above.append(menu_row(state, listing.facets, stamp, [*above, *below]))
    return Message(
        _spoken(title, listing.page), [*above, *below], card_ids(listing.page.images, stamp)
    )


def shared_message(listing: Listing, user_id: str, now: datetime) -> Message:
    """Return a public copy, which says who shared it, to be posted to a channel."""
    state = ListingState(listing.query, listing.page.number)
    stamp = ids.nonce(now)
    title = _title(listing)
    blocks = [
        context(mrkdwn(f"Shared by <@{user_id}>")),
        header(title),
        context(*_about(listing, now)),
        *cut_blocks(listing.cut_at),
        divider(),
        *_images(listing, _look(listing, now), "Open the list and press *Clear* to see {}."),
    ]
    if listing.page.count > 1:
        blocks.append(context(_place(listing)))
    whole = button("Open this list", ids.OPEN, to_value(state))
    blocks.append(actions(f"open.{stamp}", [whole, _make_digest(state)]))
    return Message(_spoken(title, listing.page), blocks, card_ids(listing.page.images, stamp))


def _title(listing: Listing) -> str:
    matched, total = listing.matched, listing.total
    if total == 0:
        return "No pending images"
    if not listing.query.narrows:
        return counted(matched if total is None else total, "pending image")
    if total is None:
        if not matched:
            return "No pending image matches"
        return f"{counted(matched, 'pending image')} {match_verb(matched)}"
    return f"{f'{matched:,}' if matched else 'None'} of {total:,} {match_verb(matched)}"


def _spoken(title: str, page: Page) -> str:
    """Return what notifications and screen readers say."""
    return f"{title} - list of pending images, page {page.number:,} of {page.count:,}"


def _about(listing: Listing, now: datetime) -> list[Block]:
    return [
        origin_text(listing.origin, listing.api_version),
        age_text(listing.fetched_at, now),
        query_text(listing.query),
        *([waiting_text()] if _tells_waiting(listing) else []),
    ]


def _tells_waiting(listing: Listing) -> bool:
    return any(image.id in listing.first_seen for image in listing.page.images)


def _look(listing: Listing, now: datetime, state: ListingState | None = None) -> CardLook:
    return CardLook(
        now=now,
        first_seen=listing.first_seen,
        triages=listing.triages,
        decisions=listing.decisions,
        state=state,
        listed_at=listing.fetched_at,
    )


def _tools(state: ListingState, listing: Listing) -> list[Block]:
    value = to_value(state)
    several = [button("Select several", ids.BULK, value)]
    clear = [button("Clear", ids.SHOW, to_value(ListingState()))]
    return [
        button("More filters", ids.MORE, value),
        *(clear if state.query != Query() else []),
        button("Refresh", ids.REFRESH, value),
        *(several if listing.decisions and listing.page.images else []),
        button("Share to channel", ids.SHARE, value),
        _make_digest(state),
    ]


def _make_digest(state: ListingState) -> Block:
    return button("Make this a digest", ids.DIGEST_MAKE, to_value(state))


def _images(listing: Listing, look: CardLook, hint: str) -> list[Block]:
    """Return the cards and what could not be made one, or why there are none."""
    if not listing.page.images:
        why = section(mrkdwn(_why_empty(listing, hint)))
        return [why, *_nearest_blocks(listing), *unreadable_blocks(listing.unreadable)]
    shown = cards(listing.page.images, ids.nonce(look.now), look)
    if not listing.unreadable:  # as nearly always: then the cards need no measuring
        return shown
    # Beside the cards stand menus, or else the cards may be painted anew.
    taken = max(cards_width(shown), text_width(shown) + NOTICE_LEAVES_MENUS)
    room = MESSAGE_TEXT_MAX - _FRAME_TEXT_MAX - taken
    limit = min(max(NOTICE_SURE, room), NOTICE_MAX)
    return [*shown, *unreadable_blocks(listing.unreadable, limit)]


def _why_empty(listing: Listing, hint: str) -> str:
    """Return why there are no cards; ``hint`` has a gap for what would be seen without filters."""
    if listing.total == 0:
        return _NOTHING_WAITS
    if not listing.query.narrows:
        return "None of them can be read."
    everything = "everything" if listing.total is None else f"all {listing.total:,}"
    return f"No pending image matches these filters. {hint.format(everything)}"


def _nearest_blocks(listing: Listing) -> list[Block]:
    """Return the line of values that may have been meant; nothing where none is near."""
    near = nearest_there(listing.query, listing.facets)
    if not near:
        return []
    return [context(plain(f"Did you mean {', '.join(near)}?", NEAREST_MAX))]


def _page_buttons(listing: Listing) -> list[Block]:
    number, count = listing.page.number, listing.page.count
    targets = [
        ("First", ids.FIRST, 1, number - 1 > 1),
        ("Previous", ids.PREVIOUS, number - 1, number > 1),
        ("Next", ids.NEXT, number + 1, number < count),
        ("Last", ids.LAST, count, number + 1 < count),
    ]
    return [
        button(text, action_id, to_value(ListingState(listing.query, target)))
        for text, action_id, target, useful in targets
        if useful
    ]


def _place(listing: Listing) -> Block:
    page = listing.page
    last = page.first + len(page.images) - 1
    return mrkdwn(
        f"Page {page.number:,} of {page.count:,} · "
        f"images {page.first:,} to {last:,} of {listing.matched:,}"
    )

"""What one shift leaves to the next: claims, what rests, and the oldest that nobody has claimed."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, card_ids, cards
from bot.blocks.limits import HANDOFF_SHOWN, OLDEST_SHOWN
from bot.blocks.message import (
    Block,
    Message,
    actions,
    bullets,
    button,
    context,
    header,
    mrkdwn,
    section,
    words,
)
from bot.blocks.origin import Origin, age_text, cut_blocks, origin_text
from bot.blocks.schedule_words import mention_tokens
from bot.blocks.state import ListingState, to_value
from bot.blocks.triage.lists import (
    by_what_was_done,
    claimed_line,
    longest_words,
    sleeping_line,
)
from bot.images import PendingImage

_Line = Callable[[PendingImage, CardLook], list[Block]]


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """What a handoff is made of."""

    images: Sequence[PendingImage]
    """All that SCP lists as pending and that can be read."""
    look: CardLook
    """Without a listing state: everybody sees the cards."""
    by: str
    """The user who asked for it."""
    origin: Origin
    fetched_at: datetime
    cut_at: int | None = None
    """How many images SCP sent, where it may have cut its list there."""


def handoff_message(handoff: Handoff) -> Message:
    """Return the handoff, to be posted to a channel."""
    look = handoff.look
    found = by_what_was_done(handoff.images, look)
    oldest, stamp = found.free[:OLDEST_SHOWN], ids.nonce(look.now)
    numbers = (
        f"{len(found.claimed):,} claimed, {len(found.sleeping):,} snoozed, "
        f"{len(found.free):,} that nobody has claimed"
    )
    by = f"By {mention_tokens([handoff.by])}"
    blocks = [
        header("Shift handoff"),
        context(mrkdwn(by), origin_text(handoff.origin), age_text(handoff.fetched_at, look.now)),
        *cut_blocks(handoff.cut_at),
        *_listed("claimed", found.claimed, claimed_line, look),
        *_listed("snoozed", found.sleeping, sleeping_line, look),
        section(mrkdwn(f"*{len(found.free):,} that nobody has claimed*{_oldest(oldest, look)}")),
        *cards(oldest, stamp, look),
        actions(f"open.{stamp}", [button("Open the list", ids.OPEN, to_value(ListingState()))]),
    ]
    return Message(f"Shift handoff: {numbers}.", blocks, card_ids(oldest, stamp))


def _listed(what: str, images: Sequence[PendingImage], line: _Line, look: CardLook) -> list[Block]:
    heading = section(mrkdwn(f"*{len(images):,} {what}*"))
    if not images:
        return [heading]
    lines = [line(image, look) for image in images[:HANDOFF_SHOWN]]
    if more := len(images) - len(lines):
        lines.append([words(f"and {more:,} more")])
    return [heading, bullets(lines)]


def _oldest(oldest: Sequence[PendingImage], look: CardLook) -> str:
    return f"{longest_words(oldest, look)}; the oldest below" if oldest else ""

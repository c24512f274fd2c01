"""What a digest says of single images: the new, the gone, and those that still wait."""

from collections.abc import Sequence

import msgspec

from bot.blocks.cards.card import card_ids, cards, shown_name
from bot.blocks.cards.state import GONE_ELSEWHERE, CardLook
from bot.blocks.digests.content import DigestContent
from bot.blocks.limits import GONE_NAME_MAX, GONE_SHOWN, NEW_SHOWN, OWNER_MAX, PAGE_SIZE
from bot.blocks.message import (
    NO_CARDS,
    Block,
    Cards,
    bullets,
    mrkdwn,
    person,
    section,
    text_width,
    words,
)
from bot.blocks.schedule_words import USER_ID
from bot.blocks.text import clip, slack_date
from bot.changes import Changes
from bot.images import PendingImage
from bot.sightings import Sighting

LONGEST_WAITING = "waiting"
"""A digest's order where its query names none: how ``sort:`` calls it."""


def since_block(content: DigestContent) -> Block:
    """Return the sentence that says what has changed since the last digest, and when that was."""
    changes = content.changes
    if changes is None:
        what = "This is the first digest here: from the next on it says what is new and gone."
        return section(mrkdwn(what))
    last = slack_date(changes.since)
    if content.still_watching:
        silent = "This digest speaks when something changes, or else once a week."
        what = f":eyes: *Nothing has changed since {last}. The bot is still watching.* {silent}"
    else:
        what = f"Since the last digest, {last}: *{changed_words(changes)}*."
    return section(mrkdwn(what + _left(changes.left)))


def changed_words(changes: Changes) -> str:
    """Return the numbers of what has changed: ``2 new, 1 gone``, or ``nothing new or gone``."""
    woken = f"{len(changes.woken):,} awake again, " if changes.woken else ""
    if not (changes.new or woken or changes.gone):
        return "nothing new or gone"
    return f"{len(changes.new):,} new, {woken}{len(changes.gone):,} gone"


class Shown(msgspec.Struct, frozen=True):
    """Images under a heading."""

    blocks: list[Block]
    cards: Cards


def waiting_cards(content: DigestContent, stamp: str, room: int) -> tuple[Shown, Shown, Shown]:
    """Return the cards of the new images, of those awake again, and of the others.

    Each under a heading. They are ``room`` and PAGE_SIZE at most together; the new and those awake
    again leave room, but for what the others do not need.
    """
    room = min(room, PAGE_SIZE)
    new = content.changes.new if content.changes else []
    woken = content.changes.woken if content.changes else []
    news = {image.id for image in (*new, *woken)}
    old = [image for image in content.picked if image.id not in news]
    sure = max(NEW_SHOWN, room - len(old))
    shown_new = new[: sure - bool(woken)]
    shown_woken = woken[: sure - len(shown_new)]
    shown_old = old[: room - len(shown_new) - len(shown_woken)]
    new_heading = f":new: *{len(new):,} new*{_how_many(shown_new, new)}"
    woken_heading = f":alarm_clock: *{len(woken):,} awake again*{_how_many(shown_woken, woken)}"
    still = "still waiting" if content.changes else "waiting"
    old_heading = f"*{len(old):,} {still}*{_how_many(shown_old, old)}{_order(content)}"
    return (
        _under(new_heading, shown_new, content, f"new.{stamp}"),
        _under(woken_heading, shown_woken, content, f"woken.{stamp}"),
        _under(old_heading, shown_old, content, stamp),
    )


def gone_blocks(gone: Sequence[Sighting], room: int) -> list[Block]:
    """Return a line for each image that is gone, as many as fit into the width ``room``."""
    if not gone:
        return []
    heading = section(mrkdwn(f"*{len(gone):,} gone*"))
    lines = [_gone_line(sighting) for sighting in gone[:GONE_SHOWN]]
    while lines:
        more = len(gone) - len(lines)
        rest = [[words(f"and {more:,} more")]] if more else []
        blocks = [heading, bullets([*lines, *rest])]
        if text_width(blocks) <= room:
            return blocks
        lines.pop()
    return [heading]


def _under(
    heading: str, shown: Sequence[PendingImage], content: DigestContent, stamp: str
) -> Shown:
    if not shown:
        return Shown([], NO_CARDS)
    look = CardLook(
        now=content.now,
        first_seen=content.first_seen,
        triages=content.triages,
        decisions=content.decisions,
    )
    blocks = [section(mrkdwn(heading)), *cards(shown, stamp, look)]
    return Shown(blocks, card_ids(shown, stamp))


def _how_many(shown: Sequence[PendingImage], every: Sequence[PendingImage]) -> str:
    return "" if len(shown) == len(every) else f", the first {len(shown)} below"


def _order(content: DigestContent) -> str:
    if (content.schedule.query.sort or LONGEST_WAITING) == LONGEST_WAITING:
        return ", the longest first (counted since the bot first saw them)"
    return ", in the query's order"


def _left(left: int) -> str:
    if not left:
        return ""
    waits, matches = ("waits", "matches") if left == 1 else ("wait", "match")
    return f" {left:,} more still {waits} and {matches} the query no longer."


def _gone_line(sighting: Sighting) -> list[Block]:
    image = sighting.image
    owner = clip(image.owner_account_name or image.owner or "owner unknown", OWNER_MAX)
    line = [
        words(clip(shown_name(image), GONE_NAME_MAX), bold=True),
        words(f" · {owner} · {sighting.how or GONE_ELSEWHERE}"),
    ]
    if sighting.by is not None and USER_ID.fullmatch(sighting.by):
        line += [words(" by "), person(sighting.by)]
    return line

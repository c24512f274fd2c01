"""A digest as it is posted, and the notice in its place where there is none."""

from collections.abc import Iterable
from datetime import datetime

from bot.blocks import ids
from bot.blocks.cards.card import cards_width
from bot.blocks.digests.changes import (
    LONGEST_WAITING,
    changed_words,
    gone_blocks,
    since_block,
    waiting_cards,
)
from bot.blocks.digests.content import DigestContent
from bot.blocks.digests.footer import failure_footer, footer_blocks
from bot.blocks.digests.mentions import mention_blocks, mentions_due
from bot.blocks.digests.numbers import number_blocks
from bot.blocks.failures import failure_blocks, spoken
from bot.blocks.limits import (
    CARD_BLOCKS,
    MESSAGE_BLOCKS_MAX,
    MESSAGE_TEXT_MAX,
    NOTICE_MAX,
    NOTICE_SURE,
    SPOKEN_MAX,
)
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    header,
    mrkdwn,
    section,
    text_width,
)
from bot.blocks.origin import Origin, age_text, cut_blocks, origin_text, query_text
from bot.blocks.schedule_words import is_late, late_words
from bot.blocks.state import ListingState, to_value
from bot.blocks.text import clip, counted, match_verb, width
from bot.blocks.unreadable import unreadable_blocks
from bot.errors import BotError
from bot.query import Query
from bot.schedule import Draft

__all__ = [
    "LONGEST_WAITING",
    "DigestContent",
    "digest_failure_message",
    "digest_message",
    "mentions_due",
]

_SIGN_WIDTH = len(":warning:")
"""Before the notice of unreadable entries."""


def digest_message(content: DigestContent) -> Message:
    """Return the digest: what is new, gone and waiting, how many, and why one sees it."""
    stamp = ids.nonce(content.now)
    text, above, footer = _spoken(content), _above(content), footer_blocks(content)
    numbers = number_blocks(content.picked, content.trend)
    whole = [_open(content.schedule.query, stamp)] if content.answer.total else []
    beside = len([*above, *numbers, *whole, *footer])
    new, woken, old = waiting_cards(content, stamp, _room_for_cards(content, beside))
    shown = [*new.blocks, *woken.blocks, *old.blocks]
    # What names many images gets the room that all else leaves.
    room = MESSAGE_TEXT_MAX - width(text) - _SIGN_WIDTH - cards_width(shown)
    room -= text_width([above, numbers, whole, footer])
    left = gone_blocks(content.changes.gone if content.changes else [], room - NOTICE_SURE)
    room -= text_width(left)
    unreadable = unreadable_blocks(content.answer.unreadable, min(room, NOTICE_MAX))
    waiting = old.blocks if content.picked else _empty(content)
    below = [*numbers, *unreadable, *whole]
    blocks = _divided([above, new.blocks, woken.blocks, left, waiting, below, footer])
    return Message(text, blocks, {**new.cards, **woken.cards, **old.cards})


def digest_failure_message(
    error: BotError, schedule: Draft, origin: Origin, now: datetime
) -> Message:
    """Return the one notice that there is no digest this time, why, and when the next one is."""
    return Message(
        clip(f"No digest of pending images this time. {spoken(error)}", SPOKEN_MAX),
        [
            header("No digest this time"),
            context(origin_text(origin)),
            *failure_blocks(error),
            _open(schedule.query, ids.nonce(now)),
            *failure_footer(schedule, now),
        ],
    )


def _room_for_cards(content: DigestContent, beside: int) -> int:
    """Return how many cards have room beside so many blocks, whatever on-call will do with them."""
    changes = content.changes
    # headings of cards, each after a thin line
    beside += 2 * bool(changes and changes.new) + 2 * bool(changes and changes.woken) + 2
    beside += 3 * bool(changes and changes.gone) + bool(content.answer.unreadable)
    beside += 2  # thin lines before the numbers and before the footer
    return (MESSAGE_BLOCKS_MAX - beside) // CARD_BLOCKS


def _title(content: DigestContent) -> str:
    total, picked = content.answer.total, len(content.picked)
    if not total:
        return "Nothing is waiting"
    if content.schedule.query.narrows:
        return f"{picked:,} of {counted(total, 'pending image')} {match_verb(picked)}"
    of = f"{total - content.sleeping:,} of " if content.sleeping else ""
    verb = "waits" if total - content.sleeping == 1 else "wait"
    return f"{of}{counted(total, 'pending image')} {verb} for a decision"


def _spoken(content: DigestContent) -> str:
    """Return what notifications and screen readers say."""
    said = [f"{'Preview of a digest' if content.preview else 'Digest'}: {_title(content)}."]
    if content.changes is not None:
        said.append(f"Since the last one: {changed_words(content.changes)}.")
    if content.still_watching:
        said.append("The bot is still watching.")
    if is_late(content.late_seconds):
        said.append(f"{late_words(content.late_seconds)}.")
    if content.answer.total:
        said.append("Everyone here can open the whole list.")
    return " ".join(said)


def _above(content: DigestContent) -> list[Block]:
    """Return what stands above all images."""
    answer, query = content.answer, content.schedule.query
    about = [origin_text(content.origin, answer.api_version)]
    about.append(age_text(answer.fetched_at, content.now))
    if query != Query():
        about.append(query_text(query))
    return [
        header(_title(content)),
        *mention_blocks(content.schedule, content.picked, content.first_seen, content.now),
        context(*about),
        *cut_blocks(answer.total if answer.possibly_cut else None),
        since_block(content),
    ]


def _empty(content: DigestContent) -> list[Block]:
    """Return why no image is shown."""
    answer = content.answer
    if not answer.total:
        why = "Every image shared with this account is accepted or rejected. Nothing to do."
    elif not answer.images:
        why = "None of them can be read."
    elif content.sleeping:
        why = "All that this digest looks for is snoozed."
    else:
        why = "None of the pending images matches what this digest looks for."
    return [section(mrkdwn(why))]


def _open(query: Query, stamp: str) -> Block:
    value = to_value(ListingState(query))
    return actions(f"open.{stamp}", [button("Open the whole list", ids.OPEN, value)])


def _divided(parts: Iterable[list[Block]]) -> list[Block]:
    """Return the parts that there are, with a thin line between each two."""
    blocks: list[Block] = []
    for part in filter(None, parts):
        blocks += [divider(), *part] if blocks else part
    return blocks

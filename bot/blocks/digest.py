"""The daily digest."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import ids
from bot.blocks.card import cards
from bot.blocks.failures import failure_blocks, spoken
from bot.blocks.limits import OWNER_MAX, PAGE_SIZE, SPOKEN_MAX
from bot.blocks.menus import told_apart
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    header,
    mrkdwn,
    rich_text,
    section,
    words,
)
from bot.blocks.origin import Origin, age_text, cut_blocks, origin_text, query_text
from bot.blocks.state import ListingState, to_value
from bot.blocks.text import clip, counted, duration_words, match_verb
from bot.blocks.unreadable import unreadable_blocks
from bot.errors import BotError
from bot.images import PendingImage, PendingImages, parse_timestamp
from bot.pick import facets
from bot.query import Query

LONGEST_UNCHANGED = "updated"
"""A digest's order where its query names none: how ``sort:`` calls it."""
_COUNTED = 5
"""How many types or owners are named with their numbers."""


def digest_message(
    answer: PendingImages,
    picked: Sequence[PendingImage],
    query: Query,
    origin: Origin,
    now: datetime,
) -> Message:
    """Return the digest: how many, by type and owner, and the first cards.

    ``picked`` is what the query picks of the answer, in the order to show: the query's, or
    ``LONGEST_UNCHANGED``.
    """
    title = _title(answer, picked, query)
    stamp = ids.nonce(now)
    about = [origin_text(origin, answer.api_version), age_text(answer.fetched_at, now)]
    if query != Query():
        about.append(query_text(query))
    blocks = [header(title), context(*about)]
    blocks += cut_blocks(answer.total if answer.possibly_cut else None)
    blocks += (
        _images(picked, query.sort or LONGEST_UNCHANGED, now, stamp)
        if picked
        else [section(mrkdwn(_empty(answer)))]
    )
    blocks += unreadable_blocks(answer.unreadable)
    text = f"Daily digest: {title}."
    if answer.total:
        blocks.append(_open(ListingState(query), stamp))
        text += " Everyone here can open the whole list."
    return Message(text, blocks)


def digest_failure_message(error: BotError, origin: Origin, now: datetime) -> Message:
    """Return the one notice that there is no digest this time, and why."""
    return Message(
        clip(f"No digest of pending images this time. {spoken(error)}", SPOKEN_MAX),
        [
            header("No digest this time"),
            context(origin_text(origin)),
            *failure_blocks(error),
            _open(ListingState(), ids.nonce(now)),
        ],
    )


def _title(answer: PendingImages, picked: Sequence[PendingImage], query: Query) -> str:
    if not answer.total:
        return "Nothing is waiting"
    if query.narrows:
        whole = counted(answer.total, "pending image")
        return f"{len(picked):,} of {whole} {match_verb(len(picked))}"
    verb = "waits" if answer.total == 1 else "wait"
    return f"{counted(answer.total, 'pending image')} {verb} for a decision"


def _empty(answer: PendingImages) -> str:
    if not answer.total:
        return "Every image shared with this account is accepted or rejected. Nothing to do."
    if not answer.images:
        return "None of them can be read."
    return "None of the pending images matches what this digest looks for."


def _images(picked: Sequence[PendingImage], order: str, now: datetime, stamp: str) -> list[Block]:
    """Return the numbers, and the first cards."""
    shown = picked[:PAGE_SIZE]
    which = "all of them" if len(shown) == len(picked) else f"the first {len(shown)} of them"
    by = "the longest unchanged first" if order == LONGEST_UNCHANGED else "in the query's order"
    return [
        rich_text(
            [
                _counts("By type: ", picked, "type"),
                _counts("By owner: ", picked, "owner"),
                *_longest(shown[0], order, now),
            ]
        ),
        context(mrkdwn(f"Below: {which}, {by}.")),
        divider(),
        *cards(shown, stamp),
    ]


def _counts(label: str, picked: Sequence[PendingImage], field: str) -> list[Block]:
    found = told_apart(facets(picked, field))
    parts = [f"{clip(facet.label, OWNER_MAX)} {facet.count:,}" for facet in found[:_COUNTED]]
    if more := len(found) - len(parts):
        parts.append(f"and {more:,} more")
    return [words(label, bold=True), words(" · ".join(parts))]


def _longest(first: PendingImage, order: str, now: datetime) -> list[list[Block]]:
    """Return how long the first image has not changed: not how long it waits, which SCP hides."""
    updated = parse_timestamp(first.updated_at)
    if updated is None or order != LONGEST_UNCHANGED:
        return []
    unchanged = duration_words((now - updated).total_seconds())
    return [[words("Longest unchanged: ", bold=True), words(unchanged)]]


def _open(state: ListingState, stamp: str) -> Block:
    return actions(f"open.{stamp}", [button("Open the whole list", ids.OPEN, to_value(state))])

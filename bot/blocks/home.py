"""The App Home: my claims, the queue at a glance, my digests, and what I may do."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, cards
from bot.blocks.failures import failure_blocks
from bot.blocks.limits import (
    HOME_SCHEDULES,
    OLDEST_SHOWN,
    PAGE_SIZE,
    SCHEDULE_LINE_MAX,
    SCHEDULE_QUERY_MAX,
)
from bot.blocks.message import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    header,
    mrkdwn,
    plain,
    section,
)
from bot.blocks.origin import Origin, age_text, cut_blocks, origin_text
from bot.blocks.schedule_words import query_words, schedule_line
from bot.blocks.text import clip, counted
from bot.blocks.triage.lists import Sorted, by_what_was_done, longest_words
from bot.errors import BotError
from bot.images import PendingImage
from bot.schedule import Schedule


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What waits, and what was done with it."""

    images: Sequence[PendingImage]
    """All that SCP lists as pending and that can be read."""
    look: CardLook
    fetched_at: datetime
    cut_at: int | None = None
    """How many images SCP sent, where it may have cut its list there."""


class HomeContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that one person's Home shows."""

    user_id: str
    queue: Queue | BotError
    """Or why it cannot be told."""
    schedules: Sequence[Schedule] | BotError
    """Those that the person has made, or why they cannot be told."""
    answers_in: Callable[[str], bool] = lambda _: True
    """Whether the bot answers in a channel."""
    may_decide: bool
    """Whether the person may accept and reject now."""
    decisions_off: str = ""
    """A sentence on why nobody can accept and reject here; empty where somebody can."""
    origin: Origin
    now: datetime


def home_view(content: HomeContent) -> View:
    """Return the Home."""
    queue, stamp = content.queue, ids.nonce(content.now)
    refresh = button("Refresh", ids.HOME_REFRESH, "home")
    blocks = [header("Pending images"), actions(f"home.{stamp}", [refresh])]
    if isinstance(queue, BotError):
        blocks += failure_blocks(queue)
    else:
        blocks += _queue_blocks(queue, content, stamp)
    blocks += [divider(), header("My digests"), *_schedule_blocks(content)]
    blocks += [divider(), header("What I may do"), section(plain(_rights(content)))]
    return {"type": "home", "blocks": blocks}


def not_for_you_view(error: BotError) -> View:
    """Return the Home of somebody who may not use the bot, or for whom it cannot be drawn."""
    return {"type": "home", "blocks": [header("Pending images"), *failure_blocks(error)]}


def _queue_blocks(queue: Queue, content: HomeContent, stamp: str) -> list[Block]:
    look = queue.look
    found = by_what_was_done(queue.images, look)
    mine = found.claimed_by(content.user_id, look)
    about = [origin_text(content.origin), age_text(queue.fetched_at, content.now)]
    return [
        section(mrkdwn(_glance(queue, found))),
        context(*about),
        *cut_blocks(queue.cut_at),
        divider(),
        header("My claims"),
        *_card_blocks(mine, PAGE_SIZE, f"mine.{stamp}", look, "You have claimed no image."),
        divider(),
        header("Waiting longest, claimed by nobody"),
        *_card_blocks(found.free, OLDEST_SHOWN, f"free.{stamp}", look, "There is none."),
        context(mrkdwn("`/pending-images` lists all of them, with filters, in any channel.")),
    ]


def _glance(queue: Queue, found: Sorted) -> str:
    if not found.waiting:
        return "*Nothing waits for a decision.*"
    verb = "waits" if found.waiting == 1 else "wait"
    said = f"*{counted(found.waiting, 'pending image')} {verb} for a decision*"
    free = f"{len(found.free):,} claimed by nobody{longest_words(found.free, queue.look)}"
    return f"{said}: {len(found.claimed):,} claimed, {len(found.sleeping):,} snoozed, {free}."


def _card_blocks(
    images: Sequence[PendingImage], most: int, stamp: str, look: CardLook, none: str
) -> list[Block]:
    if not images:
        return [section(mrkdwn(none))]
    more = len(images) - most
    rest = [context(mrkdwn(f"And {more:,} more."))] if more > 0 else []
    return [*cards(images[:most], stamp, look), *rest]


def _schedule_blocks(content: HomeContent) -> list[Block]:
    schedules = content.schedules
    if isinstance(schedules, BotError):
        return failure_blocks(schedules)
    if not schedules:
        none = "You have made no digest. `/pending-images digest` in a channel makes one."
        return [section(mrkdwn(none))]
    blocks = [
        _schedule_block(schedule, answered=content.answers_in(schedule.channel))
        for schedule in schedules[:HOME_SCHEDULES]
    ]
    if more := len(schedules[HOME_SCHEDULES:]):
        blocks.append(context(mrkdwn(f"And {more:,} more.")))
    return blocks


def _schedule_block(schedule: Schedule, *, answered: bool) -> Block:
    paused = " · *paused*" if schedule.paused_at is not None else ""
    said = (
        f"{clip(schedule_line(schedule), SCHEDULE_LINE_MAX)} · "
        f"{clip(query_words(schedule.query), SCHEDULE_QUERY_MAX)}"
    )
    where = mrkdwn(f"#{schedule.id} in <#{schedule.channel}>{paused}")
    return context(where, plain(said), *([] if answered else [_stranded(schedule)]))


def _stranded(schedule: Schedule) -> Block:
    """Return what to do about a digest of a channel where nothing can be typed or pressed."""
    to_stop = f"`/pending-images digest pause {schedule.id}`, or `delete {schedule.id}`"
    return mrkdwn(
        f":warning: The bot does not answer there (CHANNELS): type {to_stop}, in a channel "
        "where it does."
    )


def _rights(content: HomeContent) -> str:
    everybody = "You may look at images, claim, snooze and note them."
    if content.decisions_off:
        return f"{everybody} {content.decisions_off}"
    if content.may_decide:
        return f"{everybody} You are an approver: you may accept, reject and undo."
    return f"{everybody} You cannot accept or reject: you are no approver, as far as Slack tells."

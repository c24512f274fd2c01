"""The digests of a channel, with all that can be done about each."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.limits import (
    MENTIONS_SHOWN,
    OUTCOME_MAX,
    SCHEDULE_LINE_MAX,
    SCHEDULE_QUERY_MAX,
    SCHEDULES_PAGE,
)
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    date,
    divider,
    header,
    mrkdwn,
    rich_text,
    section,
    words,
)
from bot.blocks.schedule_notices import delete_confirmation
from bot.blocks.schedule_state import ScheduleState, schedule_value
from bot.blocks.schedule_words import (
    mention_tokens,
    outcome_words,
    query_words,
    schedule_line,
    span_words,
)
from bot.blocks.text import clip, counted
from bot.schedule import Delivery, Schedule

_EMPTY = (
    "No digest comes to this channel yet. Press *Add*, or type for example "
    "`/pending-images digest add 09:00 weekdays type:custom`."
)
_LOOKED_UP = (
    "A delivery that was interrupted is looked for in this channel before it is repeated, "
    "so that none is lost and none comes twice."
)
_NOT_LOOKED_UP = (
    "The bot may not read this channel's history, so after an interruption each digest's own "
    "policy decides, as it says. To have them looked for instead, grant the app `channels:history` "
    "and `groups:history` and invite it."
)
_PERHAPS_LOOKED_UP = (
    "A delivery that was interrupted is looked for in this channel before it is repeated; where "
    "the bot may not read it, each digest's own policy decides, as it says."
)
_POLICIES = {
    "never_lost": "after an interruption *never lost*: it may come twice",
    "never_twice": "after an interruption *never twice*: it may be missing",
}


class ScheduleRow(msgspec.Struct, frozen=True):
    """One digest, and what became of its last delivery."""

    schedule: Schedule
    last: Delivery | None


def schedules_message(
    rows: Sequence[ScheduleRow],
    state: ScheduleState,
    *,
    can_look: bool | None,
    now: datetime,
    said: str = "",
) -> Message:
    """Return a page of a channel's digests: the one with the digest that is meant, if it is there.

    ``can_look`` tells whether the bot may look in the channel for interrupted deliveries; None
    where that is not known. ``said`` is a line of our own mrkdwn above them all.
    """
    pages = max(1, -(-len(rows) // SCHEDULES_PAGE))
    page = min(max(1, _page_of(rows, state)), pages)
    shown = rows[(page - 1) * SCHEDULES_PAGE : page * SCHEDULES_PAGE]
    stamp = ids.nonce(now)
    title = f"{counted(len(rows), 'digest')} in this channel" if rows else "No digests here yet"
    blocks = [header(title), *([section(mrkdwn(said))] if said else [])]
    for row in shown:
        blocks += _row_blocks(row, page, stamp, with_policy=can_look is not True)
    blocks += [divider(), context(mrkdwn(_about_looking(can_look)))] if rows else [_empty()]
    blocks.append(actions(f"digests.{stamp}", _tools(page, pages, has_history=bool(rows))))
    place = f", page {page:,} of {pages:,}" if pages > 1 else ""
    if place:
        blocks.append(context(mrkdwn(f"Page {page:,} of {pages:,}")))
    return Message(f"{title}{place}.", blocks)


def _page_of(rows: Sequence[ScheduleRow], state: ScheduleState) -> int:
    places = [n for n, row in enumerate(rows) if row.schedule.id == state.schedule_id]
    return places[0] // SCHEDULES_PAGE + 1 if places else state.page


def _empty() -> Block:
    return section(mrkdwn(_EMPTY))


def _about_looking(can_look: bool | None) -> str:
    if can_look is None:
        return _PERHAPS_LOOKED_UP
    return _LOOKED_UP if can_look else _NOT_LOOKED_UP


def _row_blocks(row: ScheduleRow, page: int, stamp: str, *, with_policy: bool) -> list[Block]:
    schedule = row.schedule
    lines = [
        [words(f"#{schedule.id}  {clip(schedule_line(schedule), SCHEDULE_LINE_MAX)}", bold=True)],
        [words("Shows: "), words(clip(query_words(schedule.query), SCHEDULE_QUERY_MAX), code=True)],
        _next_line(schedule),
        *_last_line(row),
    ]
    policy = [_POLICIES[schedule.if_unsure]] if with_policy else []
    about = [*_people(schedule), *_options(schedule), *policy]
    return [
        divider(),
        rich_text(lines),
        context(mrkdwn(" · ".join(about))),
        actions(f"digest.{schedule.id}.{stamp}", _buttons(schedule, page)),
    ]


def _next_line(schedule: Schedule) -> list[Block]:
    if schedule.paused_at is not None:
        reason = f": {clip(schedule.pause_reason, OUTCOME_MAX)}" if schedule.pause_reason else ""
        itself = "" if schedule.paused_by else "by itself "
        return [
            words(f"Paused {itself}since ", bold=True),
            date(schedule.paused_at),
            words(reason or "."),
        ]
    if schedule.next_due is None:
        return [words("Next: not known")]
    return [words("Next: "), date(schedule.next_due)]


def _last_line(row: ScheduleRow) -> list[list[Block]]:
    last = row.last
    if last is None:
        return [[words("Last: none yet")]]
    outcome = clip(outcome_words(last), OUTCOME_MAX)
    line = [words("Last: "), date(last.finished_at or last.due), words(f", {outcome}")]
    if failures := row.schedule.failures:
        line.append(words(f" ({counted(failures, 'refusal')} of Slack's in a row)"))
    return [line]


def _people(schedule: Schedule) -> list[str]:
    if schedule.made_by is None:
        made = "set by `DIGEST_*` in the bot's settings, and changed there alone"
    else:
        made = f"made by {mention_tokens([schedule.made_by])}"
    paused = f"paused by {mention_tokens([schedule.paused_by])}" if schedule.paused_by else ""
    return [part for part in (made, paused, _mentions(schedule)) if part]


def _mentions(schedule: Schedule) -> str:
    if not schedule.mentions:
        return ""
    named = f"mentions {mention_tokens(schedule.mentions[:MENTIONS_SHOWN])}"
    if more := len(schedule.mentions) - MENTIONS_SHOWN:
        named += f" and {more:,} more" if more > 0 else ""
    if schedule.mention_after:
        named += f" where an image has waited {span_words(schedule.mention_after)}"
    return named


def _options(schedule: Schedule) -> list[str]:
    silent = ["only when something has changed"] if schedule.only_changes else []
    return [*silent, f"at most {span_words(schedule.grace)} late"]


def _buttons(schedule: Schedule, page: int) -> list[Block]:
    value = schedule_value(ScheduleState(page, schedule.id))
    preview = button("Preview", ids.DIGEST_PREVIEW, value)
    history = button("History", ids.DIGEST_HISTORY, value)
    if schedule.made_by is None:
        return [preview, history]
    pause = button("Pause", ids.DIGEST_PAUSE, value)
    resume = button("Resume", ids.DIGEST_RESUME, value)
    delete = button("Delete", ids.DIGEST_DELETE, value)
    return [
        button("Edit", ids.DIGEST_EDIT, value),
        resume if schedule.paused_at is not None else pause,
        button("Send now", ids.DIGEST_SEND, value),
        preview,
        history,
        delete | {"style": "danger", "confirm": delete_confirmation(schedule)},
    ]


def _tools(page: int, pages: int, *, has_history: bool) -> list[Block]:
    def paged(number: int) -> str:
        return schedule_value(ScheduleState(number))

    history = [button("History of all", ids.DIGEST_HISTORY, paged(page))] if has_history else []
    return [
        button("Add", ids.DIGEST_ADD, paged(page)),
        *history,
        button("Refresh", ids.DIGESTS_SHOW, paged(page)),
        *([button("Previous", ids.DIGESTS_PREVIOUS, paged(page - 1))] if page > 1 else []),
        *([button("Next", ids.DIGESTS_NEXT, paged(page + 1))] if page < pages else []),
    ]

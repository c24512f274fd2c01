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
    SCHEDULES_OUTCOMES_MAX,
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
from bot.blocks.schedule_words import (
    mention_tokens,
    outcome_words,
    query_words,
    schedule_line,
    span_words,
)
from bot.blocks.schedules.notices import delete_confirmation
from bot.blocks.schedules.state import ScheduleState, schedule_value
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
    where that is not known. ``said`` is a line of our own mrkdwn, to stand above them all.
    """
    pages = max(1, -(-len(rows) // SCHEDULES_PAGE))
    page = min(max(1, _page_of(rows, state)), pages)
    shown = rows[(page - 1) * SCHEDULES_PAGE : page * SCHEDULES_PAGE]
    stamp = ids.nonce(now)
    title = f"{counted(len(rows), 'digest')} in this channel" if rows else "No digests here yet"
    place = f"Page {page:,} of {pages:,}"
    blocks = [header(title), *([section(mrkdwn(said))] if said else [])]
    for row in shown:
        blocks += [
            divider(),
            rich_text(_lines(row, _longest(shown))),
            context(mrkdwn(" · ".join(_about(row.schedule, can_look)))),
            actions(f"digest.{row.schedule.id}.{stamp}", _buttons(row.schedule, page)),
        ]
    blocks += _footer(can_look) if rows else [section(mrkdwn(_EMPTY))]
    blocks.append(actions(f"digests.{stamp}", _tools(page, pages, has_history=bool(rows))))
    blocks += [context(mrkdwn(place))] if pages > 1 else []
    return Message(said or f"{title}. {place}.", blocks)


def _longest(shown: Sequence[ScheduleRow]) -> int:
    """Return how much of an outcome or a reason is shown, so that all of the page fit."""
    return min(OUTCOME_MAX, SCHEDULES_OUTCOMES_MAX // (2 * len(shown)))


def _page_of(rows: Sequence[ScheduleRow], state: ScheduleState) -> int:
    places = [n for n, row in enumerate(rows) if row.schedule.id == state.schedule_id]
    return places[0] // SCHEDULES_PAGE + 1 if places else state.page


def _footer(can_look: bool | None) -> list[Block]:
    """Return what becomes of interrupted deliveries."""
    if can_look is None:
        return [divider(), context(mrkdwn(_PERHAPS_LOOKED_UP))]
    return [divider(), context(mrkdwn(_LOOKED_UP if can_look else _NOT_LOOKED_UP))]


def _lines(row: ScheduleRow, longest: int) -> list[list[Block]]:
    """Return what a digest shows when, and how it goes; texts of others up to ``longest``."""
    schedule = row.schedule
    return [
        [words(f"#{schedule.id}  {clip(schedule_line(schedule), SCHEDULE_LINE_MAX)}", bold=True)],
        [words("Shows: "), words(clip(query_words(schedule.query), SCHEDULE_QUERY_MAX), code=True)],
        _next_line(schedule, longest),
        _last_line(row, longest),
    ]


def _about(schedule: Schedule, can_look: bool | None) -> list[str]:
    """Return who is behind it and how it is delivered, in our own mrkdwn."""
    silent = ["only when something has changed"] if schedule.only_changes else []
    late = f"at most {span_words(schedule.grace)} late"
    policy = [] if can_look else [_POLICIES[schedule.if_unsure]]
    return [*_people(schedule), *silent, late, *policy]


def _next_line(schedule: Schedule, longest: int) -> list[Block]:
    if schedule.paused_at is not None:
        reason = f": {clip(schedule.pause_reason, longest)}" if schedule.pause_reason else ""
        itself = "" if schedule.paused_by else "by itself "
        return [
            words(f"Paused {itself}since ", bold=True),
            date(schedule.paused_at),
            words(reason or "."),
        ]
    if schedule.next_due is None:
        return [words("Next: not known")]
    return [words("Next: "), date(schedule.next_due)]


def _last_line(row: ScheduleRow, longest: int) -> list[Block]:
    last = row.last
    if last is None:
        return [words("Last: none yet")]
    outcome = clip(outcome_words(last), longest)
    line = [words("Last: "), date(last.arrived_at or last.due), words(f", {outcome}")]
    if failures := row.schedule.failures:
        line.append(words(f" ({counted(failures, 'refusal')} of Slack's in a row)"))
    return line


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


def _buttons(schedule: Schedule, page: int) -> list[Block]:
    value = schedule_value(ScheduleState(page, schedule.id))
    preview = button("Preview", ids.DIGEST_PREVIEW, value)
    history = button("History", ids.DIGEST_HISTORY, value)
    pause = button("Pause", ids.DIGEST_PAUSE, value)
    resume = button("Resume", ids.DIGEST_RESUME, value)
    if schedule.made_by is None:  # nobody but itself pauses it
        return [*([resume] if schedule.paused_at is not None else []), preview, history]
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

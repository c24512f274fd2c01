"""The record of a digest's last deliveries."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import ids
from bot.blocks.limits import HISTORY_OUTCOMES_MAX, HISTORY_PAGE, OUTCOME_MAX
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    date,
    header,
    mrkdwn,
    rich_text,
    section,
    words,
)
from bot.blocks.schedule_words import mention_tokens, outcome_words
from bot.blocks.schedules.state import ScheduleState, schedule_value
from bot.blocks.text import clip, counted
from bot.schedule import OPEN_STATES, Delivery

_NONE = "Nothing was delivered yet, and nothing is on its way."
_NO_OLDER = "Nothing older is known."


def history_message(
    deliveries: Sequence[Delivery],
    schedule_id: int | None,
    page: int = 1,
    *,
    has_older: bool = False,
) -> Message:
    """Return a page of deliveries, the newest first: of one digest, or of a channel's (None)."""
    whose = "this channel's digests" if schedule_id is None else f"digest #{schedule_id}"
    title = f"History of {whose}"
    pages = _pages(schedule_id, page, has_older=has_older)
    if not deliveries:
        none = _NONE if page == 1 else _NO_OLDER
        return Message(f"{title}. {none}", [header(title), section(mrkdwn(none)), *pages])
    which = _which(len(deliveries), page)
    blocks = [header(title), context(mrkdwn(f"{which}, the newest first."))]
    longest = min(OUTCOME_MAX, HISTORY_OUTCOMES_MAX // (2 * len(deliveries)))
    for delivery in deliveries:
        blocks += _delivery_blocks(delivery, longest)
    return Message(f"{title}. {which}.", [*blocks, *pages])


def _which(number: int, page: int) -> str:
    if page == 1:
        return f"The last {counted(number, 'delivery')}"
    newest = (page - 1) * HISTORY_PAGE + 1
    return f"Deliveries {newest:,} to {newest + number - 1:,}"


def _pages(schedule_id: int | None, page: int, *, has_older: bool) -> list[Block]:
    def paged(number: int) -> str:
        return schedule_value(ScheduleState(number, schedule_id))

    buttons = [
        *([button("Newer", ids.HISTORY_NEWER, paged(page - 1))] if page > 1 else []),
        *([button("Older", ids.HISTORY_OLDER, paged(page + 1))] if has_older else []),
    ]
    return [actions(f"history.{page}", buttons)] if buttons else []


def _delivery_blocks(delivery: Delivery, longest: int) -> list[Block]:
    outcome = clip(outcome_words(delivery), longest)
    what = [
        words(f"#{delivery.schedule_id}  ", bold=True),
        date(delivery.due),
        words(f"  {outcome}"),
    ]
    blocks = [rich_text([what, _moments(delivery, longest)])]
    if delivery.asked_by:
        asked = f"Sent by hand by {mention_tokens([delivery.asked_by])}"
        blocks.append(context(mrkdwn(asked)))
    return blocks


def _moments(delivery: Delivery, longest: int) -> list[Block]:
    """Return when it was planned, started and ended, as what message, and at which attempt."""
    ended = "" if delivery.state in OPEN_STATES else "posted" if delivery.ts else "ended"
    moments: dict[str, datetime | None] = {
        "planned": delivery.planned_at,
        "started": delivery.started_at,
        ended: delivery.arrived_at,
    }
    line: list[Block] = []
    for name, moment in moments.items():
        if name and moment is not None:
            line += [words(f"{' · ' if line else ''}{name} "), _second(moment)]
    if delivery.ts:
        line += [words(" · message "), words(delivery.ts, code=True)]
    if delivery.delay:
        line.append(words(f" · held up: {clip(delivery.delay, longest)}"))
    line.append(words(f" · {counted(delivery.attempts, 'attempt')}"))
    return line


def _second(moment: datetime) -> Block:
    """Return a moment to the second, in the reader's own time zone."""
    shown = date(moment)
    return shown | {"format": "{time_secs}"} if shown["type"] == "date" else shown

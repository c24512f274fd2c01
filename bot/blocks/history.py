"""The record of a digest's last deliveries."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks.limits import HISTORY_OUTCOMES_MAX, OUTCOME_MAX
from bot.blocks.message import (
    Block,
    Message,
    context,
    date,
    header,
    mrkdwn,
    rich_text,
    section,
    words,
)
from bot.blocks.schedule_words import mention_tokens, outcome_words
from bot.blocks.text import clip, counted
from bot.schedule import OPEN_STATES, Delivery

_NONE = "Nothing was delivered yet, and nothing is on its way."


def history_message(deliveries: Sequence[Delivery], schedule_id: int | None) -> Message:
    """Return the deliveries, the newest first: of one digest, or of a channel's (None)."""
    whose = "this channel's digests" if schedule_id is None else f"digest #{schedule_id}"
    title = f"History of {whose}"
    if not deliveries:
        return Message(f"{title}. {_NONE}", [header(title), section(mrkdwn(_NONE))])
    number = counted(len(deliveries), "delivery").replace("deliverys", "deliveries")
    blocks = [header(title), context(mrkdwn(f"The last {number}, the newest first."))]
    longest = min(OUTCOME_MAX, HISTORY_OUTCOMES_MAX // (2 * len(deliveries)))
    for delivery in deliveries:
        blocks += _delivery_blocks(delivery, longest)
    return Message(f"{title}: the last {number}.", blocks)


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
        line.append(words(f" · late: {clip(delivery.delay, longest)}"))
    line.append(words(f" · {counted(delivery.attempts, 'attempt')}"))
    return line


def _second(moment: datetime) -> Block:
    """Return a moment to the second, in the reader's own time zone."""
    shown = date(moment)
    return shown | {"format": "{time_secs}"} if shown["type"] == "date" else shown

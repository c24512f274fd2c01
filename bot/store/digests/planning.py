"""Which occurrences are to be delivered: each gets one row, whoever plans it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, select, update

from bot.errors import ScheduleError, ScheduleGone
from bot.schedule import Delivery, DeliveryState, plan, span_text
from bot.store.digests.schedules import EDIT_IT, in_force
from bot.store.engine import Transaction
from bot.store.rows import DELIVERY_COLUMNS, Unreadable, delivery_of, schedule_of
from bot.store.tables import deliveries, schedules

APART = timedelta(minutes=1)
"""How soon one that is asked for by hand may follow another: who presses twice wants one."""

_IN_VAIN = (DeliveryState.FAILED, DeliveryState.SKIPPED)
"""After which it may be asked for again at once: the bot has been invited, say."""

_INSTEAD = "The one after it came instead."
_TOO_LATE = "More than {} late, which is all that it is worth."

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def plan_due(
    transaction: Transaction, settings_ids: Collection[int], limit: int, unreadable: Unreadable
) -> list[Delivery]:
    """Plan what is due of at most so many schedules, and when each of them is due next."""
    due = (
        select(schedules)
        .where(schedules.c.next_due <= transaction.now)
        .where(in_force(settings_ids), unreadable.left_out())
        .order_by(schedules.c.next_due, schedules.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # those another replica plans
    )
    rows = await transaction.all(due)
    planned: list[dict[str, Any]] = []
    advanced: list[dict[str, Any]] = []
    for row in rows:
        try:
            found, next_due = _plan(row, transaction.now)
        except ScheduleError as error:
            log.warning("digest cannot be planned", schedule=row.id, error=str(error))
            unreadable.add(row.id, row.revision)
            continue
        planned += found
        advanced.append({"schedule": row.id, "due": next_due})
    if rows and not advanced:  # those are left out from now; others wait behind them
        return await plan_due(transaction, settings_ids, limit, unreadable)
    await _advance(transaction, advanced)
    return await _insert(transaction, planned)


async def plan_now(
    transaction: Transaction, schedule_id: int, asked_by: str | None
) -> Delivery | None:
    """Plan a delivery that somebody asks for; None where one was within the last minute."""
    # Locked: whoever deletes it now must find this delivery, or leave no schedule to plan.
    mine = select(schedules).where(schedules.c.id == schedule_id).with_for_update()
    row = await transaction.first(mine)
    if row is None:
        raise ScheduleGone(schedule_id)
    now = transaction.now
    schedule, readable = schedule_of(row, now)
    if not readable:  # it would wait for another release, and nobody would know
        raise ScheduleError(schedule.pause_reason, EDIT_IT, field="query")
    by_hand = f"{schedule_id}/now/"
    lately = select(deliveries.c.id).where(
        deliveries.c.schedule_id == schedule_id,
        deliveries.c.occurrence.startswith(by_hand),
        deliveries.c.planned_at > now - APART,
        deliveries.c.state.not_in(_IN_VAIN),
    )
    if await transaction.first(lately):
        return None
    second = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    asked = _delivery(row, f"{by_hand}{second}", now, now) | {"asked_by": asked_by}
    inserted = await _insert(transaction, [asked])
    return inserted[0] if inserted else None


def _plan(row: Row[Any], now: datetime) -> tuple[list[dict[str, Any]], datetime]:
    """Return the deliveries of a schedule, and when it is due next; raise ``ScheduleError``."""
    schedule, readable = schedule_of(row, now)
    if not readable:
        raise ScheduleError(schedule.pause_reason)
    planned = plan(schedule, now)
    found = []
    if skipped := planned.skipped:
        told = {
            "state": DeliveryState.SKIPPED,
            "finished_at": now,
            "missed": planned.missed,
            "outcome": _INSTEAD if planned.deliver else _TOO_LATE.format(span_text(schedule.grace)),
        }
        found.append(_delivery(row, skipped.id, skipped.due, now) | told)
    if deliver := planned.deliver:
        found.append(_delivery(row, deliver.id, deliver.due, now))
    return found, planned.next_due


def _delivery(row: Row[Any], occurrence: str, due: datetime, now: datetime) -> dict[str, Any]:
    return {
        "schedule_id": row.id,
        "channel": row.channel,
        "occurrence": occurrence,
        "asked_by": None,
        "due": due,
        "planned_at": now,
        "state": DeliveryState.WAITING,
        "not_before": now,
        "attempts": 0,
        "refused": 0,
        "delay": "",
        "missed": 0,
        "finished_at": None,
        "outcome": "",
    }


async def _insert(transaction: Transaction, planned: Sequence[dict[str, Any]]) -> list[Delivery]:
    """Insert the deliveries that nobody has planned yet, and return those."""
    if not planned:
        return []
    statement = transaction.insert(deliveries).values(planned)
    fresh = statement.on_conflict_do_nothing(index_elements=["occurrence"])
    rows = await transaction.all(fresh.returning(*DELIVERY_COLUMNS))
    return sorted(map(delivery_of, rows), key=lambda delivery: delivery.id)


async def _advance(transaction: Transaction, advanced: list[dict[str, Any]]) -> None:
    if advanced:
        mine = update(schedules).where(schedules.c.id == bindparam("schedule"))
        await transaction.run(mine.values(next_due=bindparam("due")), advanced)

"""Who has a delivery: claims with a lease, and when it has run out anybody may take it up."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import String, case, cast, func, literal, select, update

from bot.schedule import OPEN_STATES, Delivery, DeliveryState
from bot.store.digests.schedules import in_force
from bot.store.engine import Transaction
from bot.store.rows import DELIVERY_COLUMNS, Unreadable, delivery_of, schedule_of
from bot.store.tables import IS_OPEN, deliveries, schedules

CLAIMABLE = (IS_OPEN, deliveries.c.state.in_(sorted(OPEN_STATES)))
"""One in a state of a newer release is open, and for that to go on with."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def claim(
    transaction: Transaction,
    owner: str,
    lease: timedelta,
    settings_ids: Collection[int],
    limit: int,
    unreadable: Unreadable,
) -> list[Delivery]:
    """Claim at most so many of those that may be taken up, the longest waiting first."""
    free = (
        select(deliveries.c.id, deliveries.c.schedule_id)
        .join(schedules, schedules.c.id == deliveries.c.schedule_id)
        .where(*CLAIMABLE, deliveries.c.not_before <= transaction.now)
        .where(in_force(settings_ids), unreadable.left_out())
        .order_by(deliveries.c.not_before, deliveries.c.id)
        .limit(limit)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    rows = await transaction.all(free)
    runnable = await _runnable(transaction, {row.schedule_id for row in rows}, unreadable)
    ids = [row.id for row in rows if row.schedule_id in runnable]
    if rows and not ids:  # those are left out from now; others wait behind them
        return await claim(transaction, owner, lease, settings_ids, limit, unreadable)
    return await _take(transaction, ids, owner, lease) if ids else []


async def release(transaction: Transaction, owner: str) -> None:
    """Give up, for anybody to take up at once, what a process has claimed and not begun to post."""
    mine = f"{owner}/"
    theirs = (
        func.substr(deliveries.c.owner, 1, len(mine)) == mine,  # LIKE ignores case in SQLite
        deliveries.c.state == DeliveryState.PREPARING,
    )
    given_up = {
        "state": DeliveryState.WAITING,
        "owner": None,
        "lease_until": None,
        "not_before": transaction.now,
    }
    await transaction.run(update(deliveries).where(IS_OPEN, *theirs).values(**given_up))


async def _runnable(
    transaction: Transaction, ids: Collection[int], unreadable: Unreadable
) -> set[int]:
    """Return which of the schedules this release can read, and leave out the others from now."""
    rows = await transaction.all(select(schedules).where(schedules.c.id.in_(sorted(ids))))
    runnable = set()
    for row in rows:
        schedule, readable = schedule_of(row, transaction.now)
        if readable:
            runnable.add(row.id)
        else:
            log.warning("digest unreadable", schedule=row.id, error=schedule.pause_reason)
            unreadable.add(row.id, row.revision)
    return runnable


async def _take(
    transaction: Transaction, ids: Sequence[int], owner: str, lease: timedelta
) -> list[Delivery]:
    until = transaction.now + lease
    attempts = deliveries.c.attempts + 1
    posting = deliveries.c.state == DeliveryState.POSTING
    taken = {
        "state": case((posting, deliveries.c.state), else_=DeliveryState.PREPARING),
        # Each claim is another's, also of the same process: who slept through its lease and wakes
        # must not take the next claim for its own.
        "owner": literal(f"{owner}/") + cast(attempts, String),
        "lease_until": until,
        "not_before": until,
        "attempts": attempts,
        "started_at": func.coalesce(deliveries.c.started_at, transaction.now),
    }
    mine = update(deliveries).where(deliveries.c.id.in_(ids)).values(**taken)
    rows = await transaction.all(mine.returning(*DELIVERY_COLUMNS))
    claimed = {row.id: delivery_of(row) for row in rows}
    return [claimed[delivery_id] for delivery_id in ids]

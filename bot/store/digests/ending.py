"""What ends before its time: a schedule that pauses, deliveries that nobody wants any more."""

from typing import Any

from sqlalchemy import ColumnElement, Row, update

from bot.schedule import DeliveryState
from bot.store.engine import Transaction
from bot.store.tables import IS_OPEN, deliveries, schedules

_POSTING = deliveries.c.state == DeliveryState.POSTING


async def pause(
    transaction: Transaction, schedule_id: int, by: str | None, reason: str
) -> Row[Any]:
    """Pause a schedule that runs, and return its row.

    What had come due and is not being posted is skipped; what somebody asked for is not.
    """
    await _end(
        transaction,
        (deliveries.c.schedule_id == schedule_id, ~_POSTING, deliveries.c.asked_by.is_(None)),
        DeliveryState.SKIPPED,
        "The digest was paused.",
    )
    paused = {
        "next_due": None,
        "paused_at": transaction.now,
        "paused_by": by,
        "pause_reason": reason,
    }
    mine = update(schedules).where(schedules.c.id == schedule_id)
    statement = mine.values(**paused).returning(*schedules.c)
    return (await transaction.connection.execute(statement)).one()


async def end_all(transaction: Transaction, schedule_id: int, outcome: str) -> None:
    """End every open delivery of a schedule."""
    mine = deliveries.c.schedule_id == schedule_id
    await _end(transaction, (mine, ~_POSTING), DeliveryState.SKIPPED, outcome)
    await _end(transaction, (mine, _POSTING), DeliveryState.UNSURE, outcome)


async def _end(
    transaction: Transaction,
    which: tuple[ColumnElement[bool], ...],
    state: DeliveryState,
    outcome: str,
) -> None:
    ended = {
        "state": state,
        "outcome": outcome,
        "owner": None,
        "lease_until": None,
        "finished_at": transaction.now,
        "missed": 1 if state is DeliveryState.SKIPPED else 0,
    }
    await transaction.run(update(deliveries).where(IS_OPEN, *which).values(**ended))

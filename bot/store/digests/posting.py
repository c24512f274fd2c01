"""The way of one delivery that a process has claimed: begun, put back, or ended.

Every step is a compare-and-set: it does nothing for who has lost the claim meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, select, update

from bot.schedule import DeliveryState, Schedule
from bot.store import turns
from bot.store.digests import ending
from bot.store.engine import Transaction
from bot.store.rows import schedule_of
from bot.store.tables import IS_OPEN, deliveries, schedules

REFUSED_MAX = 3
"""So many refusals in a row pause a schedule."""

_ARRIVED = (DeliveryState.POSTED, DeliveryState.NOTICE)
"""What shows that nothing is wrong with the channel."""

_NOBODYS = {"owner": None, "lease_until": None}
_UNSENT = {
    "posting_at": None,
    "shown": None,
    "asleep": None,
    "as_of": None,
    "total": None,
    "matched": None,
    "data_at": None,
}


class Go(Enum):
    """Whether to post now."""

    YES = "yes"
    LOST = "lost"
    """The claim is not ours any more."""
    CROWDED = "crowded"
    """It is not the channel's turn: it was put back until then."""


class Shown(msgspec.Struct, frozen=True):
    """What a digest that is about to be posted counts."""

    ids: Sequence[str]
    """Of the images that its query wants (``bot.changes.Stand.shown``)."""
    total: int | None
    """How many were pending."""
    matched: int | None
    data_at: datetime | None
    """When SCP answered; None where it did not, and a notice says so."""
    asleep: Sequence[str] = ()
    """Ids of the images that it leaves out because they sleep."""
    as_of: datetime | None = None
    """When SCP was last asked before: until then it knows what has gone."""


async def begin(
    transaction: Transaction, delivery_id: int, owner: str | None, lease: timedelta, shown: Shown
) -> Go:
    """Mark a delivery as perhaps sent, if it is still ours and its channel's turn.

    Where it is not the channel's turn, put it back until then.
    """
    now = transaction.now
    held = (*_held(delivery_id, owner), deliveries.c.lease_until > now)
    mine = select(deliveries.c.channel, deliveries.c.state).where(*held).with_for_update()
    row = await transaction.first(mine)
    if row is None:
        return Go.LOST
    if not await turns.take(transaction, row.channel):
        turn = await turns.next_turn(transaction, row.channel)
        given_up = _given_up(turn, sent=row.state == DeliveryState.POSTING)
        await transaction.run(update(deliveries).where(*held).values(**given_up))
        return Go.CROWDED
    begun = {
        "state": DeliveryState.POSTING,
        "posting_at": now,
        "not_before": now + lease,
        "lease_until": now + lease,
        "shown": msgspec.json.encode(shown.ids).decode(),
        "asleep": msgspec.json.encode(shown.asleep).decode(),
        "as_of": shown.as_of,
        "total": shown.total,
        "matched": shown.matched,
        "data_at": shown.data_at,
    }
    await transaction.run(update(deliveries).where(*held).values(**begun))
    return Go.YES


async def put_back(
    transaction: Transaction,
    delivery_id: int,
    owner: str | None,
    wait: timedelta,
    delay: str,
    *,
    sent: bool,
    scp_failed: bool,
) -> None:
    """Give a delivery up, to be taken up again after a wait."""
    given_up = {
        "delay": delay,
        "refused": deliveries.c.refused + int(scp_failed),
        **_given_up(transaction.now + wait, sent=sent),
    }
    await transaction.run(update(deliveries).where(*_held(delivery_id, owner)).values(**given_up))


async def hold(
    transaction: Transaction, delivery_id: int, owner: str | None, wait: timedelta
) -> None:
    """Have nobody post to the channel of a delivery that is ours before a wait is over."""
    mine = select(deliveries.c.channel).where(*_held(delivery_id, owner)).with_for_update()
    row = await transaction.first(mine)
    if row is not None:
        await turns.hold(transaction, row.channel, wait)


async def finish(
    transaction: Transaction,
    delivery_id: int,
    owner: str | None,
    ended: Mapping[str, object],
    *,
    refused: bool,
) -> Schedule | None:
    """End a delivery, and count its schedule's failures; None where it was not ours any more."""
    of_it = select(deliveries.c.schedule_id).where(deliveries.c.id == delivery_id)
    # First the schedule, then its deliveries, as everybody does who locks both.
    found = select(schedules).where(schedules.c.id == of_it.scalar_subquery()).with_for_update()
    row = await transaction.first(found)
    if row is None:
        return None
    mine = update(deliveries).where(*_held(delivery_id, owner))
    values = {"finished_at": transaction.now, **_NOBODYS, **ended}
    if not await transaction.run(mine.values(**values)):
        return None
    state = ended["state"]
    if state == DeliveryState.POSTED:
        await _forget_shown(transaction, row.id, delivery_id)
    if refused:
        row = await _count_refusal(transaction, row, str(ended["outcome"]))
    elif state in _ARRIVED and (row.failures or row.maker_told):
        row = await _change(transaction, row.id, failures=0, maker_told=False, tell_at=None)
    return schedule_of(row, transaction.now)[0]


def _given_up(not_before: datetime, *, sent: bool) -> dict[str, Any]:
    return {
        "state": DeliveryState.POSTING if sent else DeliveryState.WAITING,
        "not_before": not_before,
        **_NOBODYS,
        **({} if sent else _UNSENT),
    }


def _held(delivery_id: int, owner: str | None) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.id == delivery_id, deliveries.c.owner == owner, IS_OPEN


async def _forget_shown(transaction: Transaction, schedule_id: int, delivery_id: int) -> None:
    """Drop what earlier digests counted: the next is compared with this one."""
    earlier = update(deliveries).where(
        deliveries.c.schedule_id == schedule_id,
        deliveries.c.id < delivery_id,
        deliveries.c.shown.is_not(None),
    )
    await transaction.run(earlier.values(shown=None, asleep=None))


async def _count_refusal(transaction: Transaction, row: Row[Any], outcome: str) -> Row[Any]:
    counted = await _change(
        transaction,
        row.id,
        failures=row.failures + 1,
        tell_at=None if row.maker_told else transaction.now,
    )
    if counted.failures < REFUSED_MAX or counted.paused_at is not None:
        return counted
    return await ending.pause(transaction, row.id, None, outcome)


async def _change(transaction: Transaction, schedule_id: int, **values: object) -> Row[Any]:
    mine = update(schedules).where(schedules.c.id == schedule_id)
    statement = mine.values(**values).returning(*schedules.c)
    return (await transaction.connection.execute(statement)).one()

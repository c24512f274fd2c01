"""What became of deliveries: read, never written."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from bot.schedule import Delivery, DeliveryState
from bot.store.engine import Transaction
from bot.store.rows import DELIVERY_COLUMNS, delivery_of
from bot.store.tables import deliveries

_TROUBLES = (
    DeliveryState.SKIPPED,
    DeliveryState.FAILED,
    DeliveryState.UNSURE,
    DeliveryState.NOTICE,
)
_TROUBLES_MAX = 50
"""More than that nobody wants to read in a digest."""


class Baseline(msgspec.Struct, frozen=True):
    """What a digest is compared with."""

    last: Delivery | None
    """The last digest posted."""
    shown: tuple[str, ...]
    """Ids of the images that it counted."""
    troubles: list[Delivery]
    """What did not end well since then, the earliest first; of very many the latest."""
    asleep: tuple[str, ...] = ()
    """Ids of the images that it left out because they slept."""
    as_of: datetime | None = None
    """When SCP was last asked before it; None where an earlier release posted it."""


async def get(transaction: Transaction, delivery_id: int) -> Delivery | None:
    """Return one delivery."""
    mine = select(*DELIVERY_COLUMNS).where(deliveries.c.id == delivery_id)
    row = await transaction.first(mine)
    return delivery_of(row) if row else None


async def history(
    transaction: Transaction, channel: str, schedule_id: int | None, limit: int, skip: int
) -> list[Delivery]:
    """Return the deliveries to a channel, the newest first."""
    wanted = select(*DELIVERY_COLUMNS).where(deliveries.c.channel == channel)
    if schedule_id is not None:
        wanted = wanted.where(deliveries.c.schedule_id == schedule_id)
    newest = wanted.order_by(deliveries.c.id.desc()).limit(limit).offset(skip)
    return [delivery_of(row) for row in await transaction.all(newest)]


async def baseline(transaction: Transaction, schedule_id: int) -> Baseline:
    """Return what the next digest of a schedule is compared with."""
    mine = select(deliveries).where(deliveries.c.schedule_id == schedule_id)
    newest = mine.order_by(deliveries.c.id.desc())
    posted = await transaction.first(
        newest.where(deliveries.c.state == DeliveryState.POSTED).limit(1)
    )
    wanted = newest.where(deliveries.c.state.in_(_TROUBLES)).limit(_TROUBLES_MAX)
    if posted is None:
        troubles = await transaction.all(wanted)
        return Baseline(None, (), [delivery_of(row) for row in reversed(troubles)])
    troubles = await transaction.all(wanted.where(deliveries.c.id > posted.id))
    return Baseline(
        last=delivery_of(posted),
        shown=_ids(posted.shown),
        troubles=[delivery_of(row) for row in reversed(troubles)],
        asleep=_ids(posted.asleep),
        as_of=posted.as_of,
    )


def _ids(kept: str | None) -> tuple[str, ...]:
    return msgspec.json.decode(kept or "[]", type=tuple[str, ...])

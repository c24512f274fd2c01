"""The schedules: made, changed, paused, deleted; and those that the settings make."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.sql import Executable

from bot.errors import ScheduleChanged, ScheduleError, ScheduleGone
from bot.schedule import Delivery, DeliveryState, Draft, Schedule, draft_of
from bot.store import turns
from bot.store.digests import ending
from bot.store.engine import Database, Transaction
from bot.store.rows import (
    DELIVERY_COLUMNS,
    delivery_of,
    draft_columns,
    next_due,
    schedule_of,
)
from bot.store.tables import deliveries, schedules

EDIT_IT = "Edit it, or delete it."
"""What to do about a schedule that this release cannot read."""

TOLD_AT_ONCE = 10
"""Schedules of which one message tells: more would not fit it."""

NEW_REVISION = 1

_NEW = {
    "revision": NEW_REVISION,
    "paused_at": None,
    "paused_by": None,
    "pause_reason": "",
    "failures": 0,
    "maker_told": False,
    "tell_at": None,
}
_RUNNING = {key: value for key, value in _NEW.items() if key != "revision"}


class Listed(msgspec.Struct, frozen=True):
    """A schedule as the manager lists it."""

    schedule: Schedule
    last: Delivery | None
    """The one that was planned last."""


class Untold(msgspec.Struct, frozen=True):
    """A schedule whose maker does not know that Slack refuses it."""

    schedule: Schedule
    failure: str
    """What happened to the last delivery, and what to do."""


class Schedules:
    """The table of schedules. Every method raises ``StoreError`` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, draft: Draft, made_by: str | None, asked_in: str | None = None) -> Schedule:
        """Make a schedule; return the one made before where it was asked for in the same place.

        Raise ``ScheduleError`` where it would never be due.
        """
        async with self._database.writing() as transaction:
            return await _add(transaction, draft, made_by, asked_in)

    async def get(self, schedule_id: int) -> Schedule | None:
        """Return a schedule, if there is one of that number."""
        async with self._database.reading() as transaction:
            row = await transaction.first(select(schedules).where(schedules.c.id == schedule_id))
            return schedule_of(row, transaction.now)[0] if row else None

    async def of_settings(self, channel: str) -> Schedule | None:
        """Return the schedule that settings made for a channel, if there is one."""
        mine = select(schedules).where(*_of_settings(channel))
        async with self._database.reading() as transaction:
            row = await transaction.first(mine)
            return schedule_of(row, transaction.now)[0] if row else None

    async def change(self, schedule_id: int, revision: int, draft: Draft) -> Schedule:
        """Replace what the schedule of that revision asks for.

        Raise ``ScheduleGone``, ``ScheduleChanged`` where the revision is another by now, and
        ``ScheduleError`` where the draft would never be due.
        """
        async with self._database.writing() as transaction:
            row = await _locked(transaction, schedule_id)
            if row.revision != revision:
                raise ScheduleChanged(schedule_id)
            return await _replace(transaction, row, draft)

    async def pause(self, schedule_id: int, by: str | None, reason: str = "") -> Schedule:
        """Pause a schedule, and what of it is due and not yet posted; ``by`` None is the bot.

        One that is paused already stays as it is. Raise ``ScheduleGone``.
        """
        async with self._database.writing() as transaction:
            row = await _locked(transaction, schedule_id)
            if row.paused_at is None:
                row = await ending.pause(transaction, schedule_id, by, reason)
            return schedule_of(row, transaction.now)[0]

    async def resume(self, schedule_id: int) -> Schedule:
        """Run a paused schedule again from now on, its failures forgotten.

        Raise ``ScheduleGone``, and ``ScheduleError`` for one that this release cannot read.
        """
        async with self._database.writing() as transaction:
            row = await _locked(transaction, schedule_id)
            schedule, readable = schedule_of(row, transaction.now)
            if not readable:
                raise ScheduleError(schedule.pause_reason, EDIT_IT, field="query")
            due = row.next_due or next_due(schedule.timetable, transaction.now)
            return await _change(transaction, schedule_id, next_due=due, **_RUNNING)

    async def delete(self, schedule_id: int) -> Schedule:
        """Delete a schedule and return what it was. Raise ``ScheduleGone``.

        The records of its deliveries stay; the open ones end.
        """
        async with self._database.writing() as transaction:
            row = await _locked(transaction, schedule_id)
            await ending.end_all(transaction, schedule_id, "The digest was deleted.")
            await transaction.run(schedules.delete().where(schedules.c.id == schedule_id))
            return schedule_of(row, transaction.now)[0]

    async def of_channel(self, channel: str, settings_ids: Collection[int]) -> list[Listed]:
        """Return the schedules of a channel, by number.

        Of those that settings made, only ``settings_ids`` are in force.
        """
        async with self._database.reading() as transaction:
            wanted = (schedules.c.channel == channel, in_force(settings_ids))
            rows = await transaction.all(select(schedules).where(*wanted).order_by(schedules.c.id))
            last = await _last_deliveries(transaction, [row.id for row in rows])
            return [Listed(schedule_of(row, transaction.now)[0], last.get(row.id)) for row in rows]

    async def made_by(self, user_id: str) -> list[Schedule]:
        """Return the schedules that a person has made, by number."""
        async with self._database.reading() as transaction:
            theirs = select(schedules).where(schedules.c.made_by == user_id)
            rows = await transaction.all(theirs.order_by(schedules.c.id))
            return [schedule_of(row, transaction.now)[0] for row in rows]

    async def sync_settings(self, drafts: Sequence[Draft]) -> list[Schedule]:
        """Make the schedules of the settings what the settings say: one a channel.

        One that is as it was keeps when it is due, and whether it is paused.
        """
        async with self._database.writing() as transaction:
            return [await _sync(transaction, draft) for draft in drafts]

    async def claim_telling(self, lease: timedelta, admins: Sequence[str]) -> list[Untold]:
        """Claim schedules whose maker is to be told of their failures, and the maker's turn.

        They are all of one maker, or of the settings, and then it is the turn of all ``admins``.
        Until the lease runs out nobody else does, so that one who dies over it is replaced. Where
        it is not somebody's turn, theirs are put off until then.
        """
        while True:  # a transaction for each maker: one that held two turns could wait for another
            async with self._database.writing() as transaction:
                rows = await _to_tell(transaction)
                if not rows:
                    return []
                if untold := await _claim_telling(transaction, rows, lease, admins):
                    return untold

    async def tell_later(self, schedule_id: int, wait: timedelta) -> None:
        """Put telling off for a while; nothing where its failures are over meanwhile."""
        async with self._database.writing() as transaction:
            mine = (schedules.c.id == schedule_id, schedules.c.tell_at.is_not(None))
            later = update(schedules).where(*mine).values(tell_at=transaction.now + wait)
            await transaction.run(later)

    async def hold_telling(self, person: str, wait: timedelta) -> None:
        """Have nobody tell a person anything before Slack's wait is over."""
        async with self._database.writing() as transaction:
            await turns.hold(transaction, person, wait)

    async def told(self, schedule_id: int) -> None:
        """Record that the maker knows of the failures, which last."""
        async with self._database.writing() as transaction:
            failing = (schedules.c.id == schedule_id, schedules.c.failures > 0)
            told = update(schedules).where(*failing).values(maker_told=True, tell_at=None)
            await transaction.run(told)

    async def not_told(self, schedule_id: int) -> None:
        """Give telling up until the next failure, or the next start."""
        async with self._database.writing() as transaction:
            mine = update(schedules).where(schedules.c.id == schedule_id)
            await transaction.run(mine.values(tell_at=None))

    async def tell_anew(self) -> None:
        """Have it told of all failures that last and that nobody was told of."""
        unaware = (
            schedules.c.failures > 0,
            schedules.c.maker_told.is_(False),
            schedules.c.tell_at.is_(None),
        )
        async with self._database.writing() as transaction:
            anew = update(schedules).where(*unaware).values(tell_at=transaction.now)
            await transaction.run(anew)


def in_force(settings_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a schedule is somebody's, or one of these of the settings."""
    return or_(schedules.c.made_by.is_not(None), schedules.c.id.in_(sorted(settings_ids)))


def _of_settings(channel: str) -> tuple[ColumnElement[bool], ...]:
    return schedules.c.channel == channel, schedules.c.made_by.is_(None)


async def _add(
    transaction: Transaction, draft: Draft, made_by: str | None, asked_in: str | None
) -> Schedule:
    values = {**_new_columns(transaction, draft, made_by), "asked_in": asked_in}
    missing = (
        transaction.insert(schedules)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["asked_in"])
    )
    row = await transaction.first(missing.returning(*schedules.c))
    if row is None:  # the same was asked twice
        found = select(schedules).where(schedules.c.asked_in == asked_in)
        row = (await transaction.connection.execute(found)).one()
    return schedule_of(row, transaction.now)[0]


def _new_columns(transaction: Transaction, draft: Draft, made_by: str | None) -> dict[str, Any]:
    due = next_due(draft.timetable, transaction.now)
    made = {"made_by": made_by, "made_at": transaction.now, "next_due": due}
    return {**draft_columns(draft), **made, **_NEW}


async def _locked(transaction: Transaction, schedule_id: int) -> Row[Any]:
    """Return the row, which nobody else changes until the transaction ends."""
    mine = select(schedules).where(schedules.c.id == schedule_id).with_for_update()
    row = await transaction.first(mine)
    if row is None:
        raise ScheduleGone(schedule_id)
    return row


async def _replace(transaction: Transaction, row: Row[Any], draft: Draft) -> Schedule:
    """Write a draft over a row. What was due by the same timetable stays due."""
    before, _ = schedule_of(row, transaction.now)
    due = next_due(draft.timetable, transaction.now)  # also where it is not used: it may have none
    kept = row.paused_at is not None or before.timetable == draft.timetable
    values = {"next_due": row.next_due if kept else due, "revision": row.revision + 1}
    return await _change(transaction, row.id, **draft_columns(draft), **values)


async def _change(transaction: Transaction, schedule_id: int, **values: object) -> Schedule:
    mine = update(schedules).where(schedules.c.id == schedule_id)
    return await _written(transaction, mine.values(**values).returning(*schedules.c))


async def _written(transaction: Transaction, statement: Executable) -> Schedule:
    row = (await transaction.connection.execute(statement)).one()
    return schedule_of(row, transaction.now)[0]


async def _sync(transaction: Transaction, draft: Draft) -> Schedule:
    found = select(schedules).where(*_of_settings(draft.channel)).with_for_update()
    row = await transaction.first(found)
    if row is None:
        added = await _add_of_settings(transaction, draft)
        if added:
            return added
        row = (await transaction.connection.execute(found)).one()
    schedule, readable = schedule_of(row, transaction.now)
    if readable and draft_of(schedule) == draft:
        return schedule
    replaced = await _replace(transaction, row, draft)
    if replaced.paused_at is None:
        return replaced
    # What made it pause itself may be what was corrected.
    due = next_due(draft.timetable, transaction.now)
    return await _change(transaction, row.id, next_due=due, **_RUNNING)


async def _add_of_settings(transaction: Transaction, draft: Draft) -> Schedule | None:
    """Make the settings' schedule of a channel; None where another replica just has."""
    statement = transaction.insert(schedules).values(**_new_columns(transaction, draft, None))
    missing = statement.on_conflict_do_nothing(
        index_elements=["channel"], index_where=schedules.c.made_by.is_(None)
    )
    row = await transaction.first(missing.returning(*schedules.c))
    return schedule_of(row, transaction.now)[0] if row else None


async def _to_tell(transaction: Transaction) -> list[Row[Any]]:
    """Return some schedules of one maker who is to be told by now, locked."""
    due = schedules.c.tell_at <= transaction.now
    of_one = select(schedules.c.id, schedules.c.made_by).order_by(
        schedules.c.tell_at, schedules.c.id
    )
    first = await transaction.first(of_one.where(due).limit(1).with_for_update(skip_locked=True))
    if first is None:
        return []
    theirs = of_one.where(due, schedules.c.made_by.is_not_distinct_from(first.made_by))
    return await transaction.all(theirs.limit(TOLD_AT_ONCE).with_for_update(skip_locked=True))


async def _claim_telling(
    transaction: Transaction, rows: Sequence[Row[Any]], lease: timedelta, admins: Sequence[str]
) -> list[Untold]:
    """Claim schedules of one maker; where it is not somebody's turn, put them off, return none."""
    made_by = rows[0].made_by
    people = sorted(admins) if made_by is None else [made_by]
    free = [await turns.take(transaction, person) for person in people]
    if all(free):
        until = transaction.now + lease
        return [await _untold(transaction, row.id, until) for row in rows]
    # Of all of them: those who were free have just had their turn, in vain.
    turn = max([await turns.next_turn(transaction, person) for person in people])
    for row in rows:
        await _change(transaction, row.id, tell_at=turn)
    return []


async def _untold(transaction: Transaction, schedule_id: int, until: datetime) -> Untold:
    schedule = await _change(transaction, schedule_id, tell_at=until)
    return Untold(schedule, await _last_failure(transaction, schedule_id))


async def _last_failure(transaction: Transaction, schedule_id: int) -> str:
    failed = (
        deliveries.c.schedule_id == schedule_id,
        deliveries.c.state == DeliveryState.FAILED,
    )
    last = select(deliveries.c.outcome).where(*failed).order_by(deliveries.c.id.desc()).limit(1)
    row = await transaction.first(last)
    return row.outcome if row else ""


async def _last_deliveries(transaction: Transaction, ids: Sequence[int]) -> dict[int, Delivery]:
    newest = (
        select(func.max(deliveries.c.id))
        .where(deliveries.c.schedule_id.in_(ids))
        .group_by(deliveries.c.schedule_id)
    )
    rows = await transaction.all(select(*DELIVERY_COLUMNS).where(deliveries.c.id.in_(newest)))
    return {row.schedule_id: delivery_of(row) for row in rows}

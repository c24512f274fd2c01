"""The store as a whole: opened, migrated, and asked what is next."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from sqlalchemy import case, func, select

from bot.store import migrating
from bot.store.digests.claiming import CLAIMABLE
from bot.store.digests.deliveries import Deliveries
from bot.store.digests.schedules import Schedules, in_force
from bot.store.engine import Database, open_database
from bot.store.rows import Unreadable
from bot.store.sightings import Sightings
from bot.store.tables import deliveries, schedules, watch
from bot.store.triage.auditing import Audit
from bot.store.triage.changing import TriageTable
from bot.store.triage.copies import Copies
from bot.store.triage.deciding import Decisions
from bot.store.triage.outbox import Outbox
from bot.store.triage.tables import UNDECIDED, UNSENT, copies, decisions, outbox


class Agenda(msgspec.Struct, frozen=True):
    """When there is something to do; all moments are the database's."""

    now: datetime
    next_due: datetime | None
    """When the first schedule is due."""
    next_delivery: datetime | None
    """When the first open delivery may be taken up."""
    next_telling: datetime | None
    """When the first maker is to be told of failures."""
    watch_due: datetime | None
    """When to look at what is pending."""
    sightings_version: int
    """Changes with what was seen."""


class TriageAgenda(msgspec.Struct, frozen=True, kw_only=True):
    """When there is something to do for triage; all moments are the database's."""

    now: datetime
    next_paint: datetime | None
    """When the first message is to be painted."""
    next_outgoing: datetime | None
    """When the first thing to be posted may be taken up."""
    open_decisions: int
    """How many have begun and not ended, whoever is at them."""


class Store:
    """The database. Every method raises ``StoreError`` where it fails."""

    def __init__(self, database: Database) -> None:
        unreadable = Unreadable()
        self._database = database
        self._unreadable = unreadable
        self.schedules = Schedules(database)
        self.deliveries = Deliveries(database, unreadable)
        self.sightings = Sightings(database)
        self.triage = TriageTable(database)
        self.decisions = Decisions(database)
        self.audit = Audit(database)
        self.copies = Copies(database)
        self.outbox = Outbox(database)

    async def migrate(self) -> None:
        """Make or bring the tables to this release's; safe while other processes do the same."""
        await migrating.migrate(self._database)

    async def is_migrated(self) -> bool:
        """Return whether the tables are those of this release."""
        return await migrating.is_newest(self._database)

    async def now(self) -> datetime:
        """Return the moment by the database's clock."""
        async with self._database.reading() as transaction:
            return transaction.now

    async def agenda(self, settings_ids: Collection[int]) -> Agenda:
        """Return what is next; of the settings' schedules only ``settings_ids`` count."""
        counted = (in_force(settings_ids), self._unreadable.left_out())
        due = select(func.min(schedules.c.next_due)).where(*counted)
        waiting = (
            select(func.min(deliveries.c.not_before))
            .join(schedules, schedules.c.id == deliveries.c.schedule_id)
            .where(*CLAIMABLE, *counted)
        )
        statement = select(
            due.scalar_subquery().label("due"),
            waiting.scalar_subquery().label("waiting"),
            select(func.min(schedules.c.tell_at)).scalar_subquery().label("telling"),
            watch.c.due.label("watch"),
            watch.c.version,
        )
        async with self._database.reading() as transaction:
            row = (await transaction.connection.execute(statement)).one()
            return Agenda(
                transaction.now, row.due, row.waiting, row.telling, row.watch, row.version
            )

    async def triage_agenda(self) -> TriageAgenda:
        """Return what is next for triage."""
        c = copies.c
        paint = case((c.paint_at > c.free_at, c.paint_at), else_=c.free_at)
        statement = select(
            select(func.min(paint)).where(c.paint_at.is_not(None)).scalar_subquery().label("paint"),
            select(func.min(outbox.c.not_before)).where(UNSENT).scalar_subquery().label("outgoing"),
            select(func.count())
            .select_from(decisions)
            .where(UNDECIDED)
            .scalar_subquery()
            .label("undecided"),
        )
        async with self._database.reading() as transaction:
            row = (await transaction.connection.execute(statement)).one()
            return TriageAgenda(
                now=transaction.now,
                next_paint=row.paint,
                next_outgoing=row.outgoing,
                open_decisions=row.undecided,
            )


@asynccontextmanager
async def open_store(url: str, *, now: Callable[[], datetime]) -> AsyncIterator[Store]:
    """Yield the store at a URL of the settings; it connects when it is first asked.

    ``now`` is the clock of a SQLite database; PostgreSQL has its own.
    """
    async with open_database(url, now) as database:
        yield Store(database)

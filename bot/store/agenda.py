"""The store as a whole: opened, migrated, and asked what is next."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from bot.store import migrating
from bot.store.claiming import CLAIMABLE
from bot.store.deliveries import Deliveries
from bot.store.engine import Database, open_database
from bot.store.rows import Unreadable
from bot.store.schedules import Schedules, in_force
from bot.store.sightings import Sightings
from bot.store.tables import deliveries, schedules, watch


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


class Store:
    """The database. Every method raises ``StoreError`` where it fails."""

    def __init__(self, database: Database) -> None:
        unreadable = Unreadable()
        self._database = database
        self._unreadable = unreadable
        self.schedules = Schedules(database)
        self.deliveries = Deliveries(database, unreadable)
        self.sightings = Sightings(database)

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


@asynccontextmanager
async def open_store(url: str, *, now: Callable[[], datetime]) -> AsyncIterator[Store]:
    """Yield the store at a URL of the settings; it connects when it is first asked.

    ``now`` is the clock of a SQLite database; PostgreSQL has its own.
    """
    async with open_database(url, now) as database:
        yield Store(database)

"""Copies all that one database holds into another one, of whichever kind, that holds nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, exc, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store.engine import Database, Now, open_database
from bot.store.failures import place, store_error
from bot.store.migrating import migrate
from bot.store.tables import deliveries, posts, schedules, sightings, watch
from bot.store.triage.tables import (
    audit,
    audit_head,
    card_posts,
    copies,
    copy_cards,
    decisions,
    notes,
    outbox,
    triage,
)

SECONDS = 3600.0
"""For all of it."""

BATCH = 500
"""Rows that are in memory at a time."""

_HOLDING = (schedules, deliveries, sightings, triage, notes, decisions, audit, copies, outbox)
"""Where these are empty, a database holds nothing."""

_BESIDE = (copy_cards, card_posts)
"""What belongs to those."""

_STARTED = (posts, watch, audit_head)
"""What a start makes, or a migration."""

_ALL = (*_HOLDING, *_BESIDE, *_STARTED)

_NUMBERED = (schedules, deliveries, notes, decisions, copies, outbox)
"""Whose numbers never come back, of deleted rows neither."""

_STOP = "Stop every bot that uses it, and copy again."


async def copy_database(source: str, target: str, now: Now) -> Mapping[str, int]:
    """Copy what is at one URL of the settings to another; return how many rows by table.

    Both are brought to this release's tables. The source stays as it was; the target has all of it
    or nothing. Raise ``StoreError`` where a bot uses one of them, or the target is in use already.
    """
    async with open_database(source, now) as old, open_database(target, now) as new:
        _check_addresses(old.url, new.url)
        for database in (old, new):
            await _check_alone(database)
        await _check_ours(old)
        await migrate(old)
        await migrate(new)
        # Against a bot that starts meanwhile: SQLite's files are locked by the first statement.
        async with old.migrating(SECONDS) as reading, new.migrating(SECONDS) as writing:
            with _failing_as(old):
                await _lock(reading, "SHARE")
            await _lock(writing, "ACCESS EXCLUSIVE")
            await _check_empty(writing, new.url)
            return await _copy_all(old, reading, writing)


def _check_addresses(old: URL, new: URL) -> None:
    if _is_sqlite(old) and not _file(old).is_file():
        raise StoreError(
            f"There is no database {old.database}.", "Name the file that the bot has used."
        )
    if _identity(old) == _identity(new):
        raise StoreError(f"{place(old)} cannot be copied to itself.", "Name two databases.")


def _identity(url: URL) -> Path | str:
    return _file(url).resolve() if _is_sqlite(url) else place(url)


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _file(url: URL) -> Path:
    return Path(url.database or "")


async def _check_alone(database: Database) -> None:
    """Raise ``StoreError`` where another process is connected, as a bot is while it runs."""
    if _is_sqlite(database.url):
        in_use = _is_open(_file(database.url))
    else:
        in_use = await _is_connected_to(database)
    if in_use:
        raise StoreError(f"{place(database.url)} is in use by another process.", _STOP)


_LEAVING = (0.1, 0.2, 0.4, 0.8)
"""Seconds between looks: a busy PostgreSQL lists a bot for a moment that has stopped just now."""

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'pending-images'
AND pid <> pg_backend_pid()
"""


async def _is_connected_to(database: Database) -> bool:
    """Return whether another process of the bot's is connected to PostgreSQL, and stays."""
    for pause in (*_LEAVING, 0.0):
        async with database.reading() as transaction:
            others = (await transaction.connection.execute(text(_OTHERS))).scalar_one()
        if not others:
            return False
        await asyncio.sleep(pause)
    return True


def _is_open(file: Path) -> bool:
    """Return whether another process has a SQLite database open.

    Nobody can end its write-ahead log while somebody has it open; who opens it next begins it anew.
    """
    if not file.is_file():
        return False
    with closing(
        sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
    ) as own:
        try:
            own.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:  # of any other, our own connection tells in words
            return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    return False


async def _check_ours(database: Database) -> None:
    async with database.reading() as transaction:
        ours = await transaction.connection.run_sync(lambda c: inspect(c).has_table(schedules.name))
    if not ours:
        raise StoreError(
            f"{place(database.url)} has none of the bot's tables.",
            "Name the database that the bot has used.",
        )


async def _check_empty(writing: AsyncConnection, url: URL) -> None:
    for table in _HOLDING:
        if await _count(table, writing):
            raise StoreError(
                f"{place(url)} is not empty: it has {table.name}, which a copy would mix with.",
                "Name an empty database.",
            )


async def _lock(connection: AsyncConnection, mode: str) -> None:
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in _ALL)
        await connection.execute(text(f"LOCK TABLE {names} IN {mode} MODE"))


async def _copy_all(
    old: Database, reading: AsyncConnection, writing: AsyncConnection
) -> dict[str, int]:
    for table in _STARTED:  # of what an earlier start has made by itself
        await writing.execute(table.delete())
    for table in _ALL:
        async for rows in _batches(table, old, reading):
            await writing.execute(table.insert(), rows)
    for table in _NUMBERED:
        with _failing_as(old):
            last = await _last_number(table, reading)
        await _go_on_from(last, table, writing)
    return {table.name: await _count(table, writing) for table in _HOLDING}


async def _batches(
    table: Table, old: Database, reading: AsyncConnection
) -> AsyncIterator[list[dict[str, Any]]]:
    with _failing_as(old):
        result = await reading.stream(select(table).order_by(*table.primary_key))
        while rows := await result.mappings().fetchmany(BATCH):
            yield [dict(row) for row in rows]


@contextmanager
def _failing_as(database: Database) -> Iterator[None]:
    """Name this database in a failure, which happens within a transaction of the other one."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise store_error(error, database.url) from error


async def _count(table: Table, connection: AsyncConnection) -> int:
    counted = await connection.execute(select(func.count()).select_from(table))
    return int(counted.scalar_one())


async def _last_number(table: Table, reading: AsyncConnection) -> int:
    """Return the last number given, be its row deleted."""
    if reading.dialect.name == "sqlite":
        statement = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :name")
        return (await reading.execute(statement, {"name": table.name})).scalar_one() or 0
    sequence = (await reading.execute(text(_SEQUENCE), {"name": table.name})).scalar_one()
    statement = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608  PostgreSQL's own name
    return int((await reading.execute(statement)).scalar_one())


_SEQUENCE = "SELECT pg_get_serial_sequence(:name, 'id')"


async def _go_on_from(last: int, table: Table, writing: AsyncConnection) -> None:
    """Let the next number be the one after the last."""
    if not last:
        return
    given = {"name": table.name, "last": last}
    if writing.dialect.name == "sqlite":
        await writing.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
        statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"
    else:
        statement = f"SELECT setval(({_SEQUENCE}), :last)"
    await writing.execute(text(statement), given)

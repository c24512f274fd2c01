"""Connections and transactions: each reads the database's clock first, and ends in time."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import aiosqlite
from sqlalchemy import Connection, Table, event, exc, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.sql import Executable

from bot.errors import StoreError
from bot.store.failures import store_error

DEADLINE = 20.0
"""Seconds that a transaction has, the wait for a connection included. Shorter than any lease."""

CONNECTIONS = 5
"""To PostgreSQL, a process."""

_POSTGRESQL_SETTINGS = {
    # What is said to be kept is: a digest marked as perhaps sent must not be forgotten in a crash.
    "synchronous_commit": "on",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
}
_SNAPSHOT: Mapping[str, Mapping[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "sqlite": {},  # whose readers see nothing else
}
_BUSY_MILLISECONDS = 5000
_WAL_RETRY = 0.02

Insert: TypeAlias = postgresql.Insert | sqlite.Insert
Locking: TypeAlias = Literal["", "IMMEDIATE", "EXCLUSIVE"]
"""How SQLite begins."""
Now: TypeAlias = Callable[[], datetime]


@dataclass(frozen=True)
class Questions:
    """Questions, each answered as things are when it is asked."""

    connection: AsyncConnection

    async def all(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> list[Row[Any]]:
        """Return every row; ``parameters`` are those that the statement leaves open."""
        return list((await self.connection.execute(statement, parameters)).all())

    async def first(self, statement: Executable) -> Row[Any] | None:
        """Return the first row, if there is one."""
        return (await self.connection.execute(statement)).first()


@dataclass(frozen=True)
class Transaction(Questions):
    """One transaction, and the moment when it began by the database's clock."""

    now: datetime

    async def run(self, statement: Executable, rows: list[dict[str, Any]] | None = None) -> int:
        """Execute, for each of the rows if they are given; return how many were written."""
        return (await self.connection.execute(statement, rows)).rowcount

    def insert(self, table: Table) -> Insert:
        """Return an insert that can say what to do on a conflict."""
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


class Database:
    """Opens transactions. Every failure of the database becomes ``StoreError``."""

    def __init__(self, engine: AsyncEngine, now: Now) -> None:
        self._engine = engine
        self._now = now

    @property
    def url(self) -> URL:
        """Where the database is; hides its password when printed."""
        return self._engine.url

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Questions]:
        """Ask without a transaction, which costs half as much where one statement tells all."""
        sqlite = self._engine.dialect.name == "sqlite"
        options = {"sqlite_locking": None} if sqlite else {"isolation_level": "AUTOCOMMIT"}
        async with self._connected(options, DEADLINE) as connection:
            yield Questions(connection)

    @asynccontextmanager
    async def reading(self, seconds: float = DEADLINE) -> AsyncIterator[Transaction]:
        """Begin a transaction that changes nothing."""
        async with self._transaction("", seconds) as transaction:
            yield transaction

    @asynccontextmanager
    async def snapshot(self, seconds: float) -> AsyncIterator[Transaction]:
        """Begin a transaction that changes nothing, and to which all is as it was at one moment."""
        options = _SNAPSHOT[self._engine.dialect.name]
        async with self._transaction("", seconds, **options) as transaction:
            yield transaction

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Begin a transaction that is kept unless its body raises."""
        async with self._transaction("IMMEDIATE", DEADLINE) as transaction:
            yield transaction
            await transaction.connection.commit()

    @asynccontextmanager
    async def migrating(self, seconds: float) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction with more time and, in SQLite, nobody beside it."""
        async with self._transaction("EXCLUSIVE", seconds) as transaction:
            yield transaction.connection
            await transaction.connection.commit()

    @asynccontextmanager
    async def _transaction(
        self, locking: Locking, seconds: float, **options: Any
    ) -> AsyncIterator[Transaction]:
        options |= {"sqlite_locking": locking}
        async with self._connected(options, seconds) as connection:
            yield Transaction(connection, await self._read_clock(connection))

    @asynccontextmanager
    async def _connected(
        self, options: Mapping[str, Any], seconds: float
    ) -> AsyncIterator[AsyncConnection]:
        engine = self._engine.execution_options(**options)
        try:
            async with asyncio.timeout(seconds), engine.connect() as connection:
                yield connection
        except (exc.SQLAlchemyError, TimeoutError) as error:
            raise store_error(error, self.url) from error

    async def _read_clock(self, connection: AsyncConnection) -> datetime:
        if connection.dialect.name == "sqlite":
            return self._now()
        # Unqualified: a schema before pg_catalog may have a clock of its own.
        moment: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        return moment.astimezone(UTC)


@asynccontextmanager
async def open_database(url: str, now: Now) -> AsyncIterator[Database]:
    """Yield the database at a URL of the settings; it is connected to when it is needed."""
    with _kept_in_memory(_address_of(url)) as address:
        engine = _engine(address)
        try:
            yield Database(engine, now)
        finally:
            await engine.dispose()


def _address_of(url: str) -> URL:
    try:
        given = make_url(url)
        (given.host or "").encode("idna")  # as it will be looked up
    except (exc.ArgumentError, ValueError) as error:
        raise _no_address() from error
    if "\0" in (given.database or "") or "@" in (given.host or ""):  # a part of a password
        raise _no_address()
    return given


@contextmanager
def _kept_in_memory(url: URL) -> Iterator[URL]:
    """Keep a SQLite database in memory, lest it ends with the connection of a cancelled task."""
    if url.get_backend_name() != "sqlite" or url.database not in (None, "", ":memory:"):
        yield url
        return
    name = f"file:/{secrets.token_hex(8)}?vfs=memdb"
    with closing(sqlite3.connect(name, uri=True)):
        yield make_url(f"sqlite:///{name}&uri=true")


def _no_address() -> StoreError:
    return StoreError(
        "DATABASE_URL is no address of a database.",
        "Write sqlite:///file.db or postgresql://user:password@host/database.",
    )


def _engine(url: URL) -> AsyncEngine:
    backend = url.get_backend_name()
    try:
        if backend == "sqlite":
            return _sqlite(url)
        if backend in ("postgresql", "postgres"):
            return _postgresql(url)
    except ValueError as error:  # an option that should be a number
        raise _no_address() from error
    raise _no_address()


def _postgresql(url: URL) -> AsyncEngine:
    ours = " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_SETTINGS.items())
    given = url.query.get("options", "")
    options = f"{ours} {given if isinstance(given, str) else ' '.join(given)}".strip()
    return create_async_engine(
        url.set(drivername="postgresql+psycopg").update_query_dict({"options": options}),
        isolation_level="READ COMMITTED",
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=DEADLINE,
        pool_pre_ping=True,  # a restarted server has closed them all
        pool_recycle=-1,
        connect_args={
            "connect_timeout": 5,
            "application_name": "pending-images",
            "client_encoding": "utf8",
        },
        use_native_hstore=False,  # asks the server a question at every connection
    )


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,  # SQLite has one writer, and a database in memory one connection
        max_overflow=0,
        pool_timeout=DEADLINE,
        pool_recycle=-1,
        connect_args={"timeout": _BUSY_MILLISECONDS / 1000},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # else Python begins transactions when it sees fit
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    connection.run_async(_keep_a_wal)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def _keep_a_wal(connection: aiosqlite.Connection) -> None:
    """Turn to write-ahead logging, once for a file; SQLite does not wait here for its lock."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or loop.time() > end:
                raise
        else:
            return
        await asyncio.sleep(_WAL_RETRY)


def _begin_sqlite(connection: Connection) -> None:
    locking = connection.get_execution_options()["sqlite_locking"]
    if locking is not None:
        connection.exec_driver_sql(f"BEGIN {locking}")

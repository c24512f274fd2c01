"""Brings a database to the newest revision: once, whoever else tries at the same time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.errors import StoreError
from bot.store.engine import Database, Transaction
from bot.store.failures import place

SECONDS = 300.0
"""For a migration, the wait for another process's included."""

_LOCK = 0x70656E64
"""Of PostgreSQL's advisory locks the one for migrations: any number, always the same."""


async def migrate(database: Database) -> None:
    """Bring the schema to the newest revision. Raise ``StoreError``."""
    if await is_newest(database):
        return
    async with database.migrating(SECONDS) as connection:
        await connection.run_sync(_upgrade)


async def is_newest(database: Database) -> bool:
    """Return whether the schema is of this release already. Raise ``StoreError``."""
    async with database.reading() as transaction:
        if transaction.connection.dialect.name == "postgresql":
            await _check_postgresql(transaction, place(database.url))
        return await transaction.connection.run_sync(_is_newest)


async def _check_postgresql(transaction: Transaction, name: str) -> None:
    """Raise ``StoreError`` where the bot could not work with this database for long."""
    row = (await transaction.connection.execute(text(_TELLS))).one()
    if row.encoding not in ("UTF8", "SQL_ASCII"):
        raise StoreError(
            f"{name} keeps texts as {row.encoding}, which cannot hold those of every language.",
            "Make a database with the encoding UTF8 (createdb -E UTF8 -T template0).",
        )
    if row.read_only == "on":
        raise StoreError(
            f"{name} only reads at present.",
            "Name the server that takes writes in DATABASE_URL, or let this one take them.",
            passing=True,
        )
    if not row.may_create:
        raise StoreError(
            f"{name} does not let this user make tables in its schema.",
            "Grant the user its schema (GRANT CREATE ON SCHEMA), or make it the database's owner.",
        )


_TELLS = """
SELECT current_setting('server_encoding') AS encoding,
    current_setting('transaction_read_only') AS read_only,
    has_schema_privilege(current_schema(), 'CREATE') AS may_create
"""


def configured(connection: Connection) -> Config:
    """Return what alembic's commands need to work within the transaction of a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not _is_newest(connection):  # the process that had the lock before us may have done it
        command.upgrade(configured(connection), "head")


def _is_newest(connection: Connection) -> bool:
    """Raise ``StoreError`` where the revision is not one of ours."""
    scripts = ScriptDirectory.from_config(configured(connection))
    known = {script.revision for script in scripts.walk_revisions()}
    present = set(MigrationContext.configure(connection).get_current_heads())
    if strange := present - known:
        raise StoreError(
            f"The database is of another release: this one does not know {', '.join(strange)}.",
            "Run the newest release that has run on it, or give this one a database of its own.",
        )
    return present == set(scripts.get_heads())

"""What all tests of listeners have in common."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from bot.digests import watch
from bot.store import migrating, open_store
from tests.databases import PostgresServer

_upgrade = migrating._upgrade  # noqa: SLF001  a third of the time of a test


@pytest.fixture(autouse=True)
def _unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No watch asks SCP beside what a test does: many count the requests."""
    monkeypatch.setattr(watch, "FIRST_AFTER", 3600.0)


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The statements that make what migrations make of an empty SQLite database."""
    path = tmp_path_factory.mktemp("migrated") / "bot.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())[1:-1]  # within a transaction of their own


@pytest.fixture(autouse=True)
def _quick_migration(monkeypatch: pytest.MonkeyPatch, _migrated: list[str]) -> None:
    """Have an empty SQLite database made as migrations leave it: they take a third of a test."""

    def upgrade(connection: Connection) -> None:
        if connection.dialect.name != "sqlite":
            _upgrade(connection)
            return
        for statement in _migrated:
            connection.exec_driver_sql(statement)

    monkeypatch.setattr(migrating, "_upgrade", upgrade)


@pytest.fixture(scope="session")
def _migrated_database(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database with its tables, to be copied."""
    name = postgres.create()
    asyncio.run(_migrate(postgres.url(name)))
    return name


@pytest.fixture
def postgres_url(postgres: PostgresServer, _migrated_database: str) -> Iterator[str]:
    """The address of a database that has its tables, and nothing in them."""
    name = postgres.create(_migrated_database)
    yield postgres.url(name)
    postgres.drop(name)


async def _migrate(url: str) -> None:
    async with open_store(url, now=lambda: datetime.now(UTC)) as store:
        await store.migrate()

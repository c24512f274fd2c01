"""A database behind the store's back: what another release, or another program, does there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import psycopg
from sqlalchemy import make_url


class Raw(Protocol):
    """A connection of another program's."""

    def do(self, statement: str) -> None:
        """Run a statement."""


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def do(self, statement: str) -> None:
        self._connection.execute(statement)


class _Postgresql:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def do(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@contextmanager
def connected(url: str) -> Iterator[Raw]:
    """Yield a connection in which each statement is kept at once, unless it says BEGIN."""
    if url.startswith("sqlite"):
        path = make_url(url).database or ""
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield _Sqlite(connection)
    else:
        with psycopg.connect(url, autocommit=True) as postgresql:
            yield _Postgresql(postgresql)


def run(url: str, *statements: str) -> None:
    """Run statements, each of its own."""
    with connected(url) as raw:
        for statement in statements:
            raw.do(statement)


LOCKS = {
    "sqlite": ("BEGIN EXCLUSIVE",),
    "postgresql": ("BEGIN", "LOCK TABLE schedules IN ACCESS EXCLUSIVE MODE"),
}


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Let nobody else at the schedules."""
    with connected(url) as raw:
        for statement in LOCKS[make_url(url).get_backend_name()]:
            raw.do(statement)
        yield
        raw.do("ROLLBACK")

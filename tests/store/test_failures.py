"""What people read when the database fails them: what it is, what to do, and never a password."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.errors import StoreError
from bot.store import Store, open_store
from tests.databases import PostgresServer, running_postgres
from tests.store.conftest import MONDAY, Clock
from tests.store.drafts import draft
from tests.store.raw import connected, locked

SECRET = "hunter2"

NOBODY = "127.0.0.1:1"
"""Where nothing listens."""


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    async with open_store(url, now=lambda: MONDAY) as store:
        yield store


async def failure(url: str) -> StoreError:
    """Return what comes of the first thing that a process asks of a database."""
    with pytest.raises(StoreError) as raised:
        async with opened(url) as store:
            await store.migrate()
    assert SECRET not in f"{raised.value} {raised.value.remedy}"
    assert raised.value.remedy
    return raised.value


# ---- addresses


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bot.db",
        "mysql://bot:hunter2@db/bot",
        "postgresql://bot:hunter2@db:port/bot",
        f"postgresql://bot:hunter2@{'d' * 64}/bot",
        "postgresql://bot:hunter2@db..example/bot",
        "postgresql://bot:p@hunter2@db/bot",
        "sqlite:///bot\x00.db",
        "sqlite:///bot%00.db",
        "sqlite:///bot.db?timeout=abc",
        "sqlite:///bot.db?check_same_thread=maybe",
    ],
)
async def test_what_is_no_address_is_refused_with_one_to_imitate(url: str) -> None:
    error = await failure(url)
    assert str(error) == "DATABASE_URL is no address of a database."
    assert "postgresql://" in error.remedy
    assert not error.passing


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"postgresql://bot:hunter2@{NOBODY}/bot", f"PostgreSQL at {NOBODY}/bot"),
        (f"postgresql://bot@{NOBODY}/bot?password=hunter2", f"PostgreSQL at {NOBODY}/bot"),
        ("postgresql:///bot?host=/nowhere&password=hunter2", "PostgreSQL at /nowhere:5432/bot"),
    ],
)
async def test_a_database_that_does_not_answer_is_named_without_its_password(
    url: str, named: str
) -> None:
    error = await failure(url)
    assert str(error).startswith(f"{named} cannot be reached: ")
    assert error.passing


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://bot:connection@{NOBODY}/bot",
        f"postgresql://bot@{NOBODY}/bot?password=connection",
        f"postgresql://bot:1@{NOBODY}/bot",
    ],
)
async def test_what_a_driver_says_with_a_word_that_is_the_password_is_left_out(url: str) -> None:
    """Three stars in its place would be no secret."""
    assert str(await failure(url)) == f"PostgreSQL at {NOBODY}/bot cannot be reached."


async def test_a_password_of_one_letter_is_not_cut_out_of_words() -> None:
    error = await failure(f"postgresql://u:p@{NOBODY}/bot")
    assert "port 1 failed" in str(error)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("port=99999", 'invalid port number: "99999"'),
        ("sslmode=bogus", 'invalid sslmode value: "bogus"'),
        ("channel_binding=bogus", 'invalid channel_binding value: "bogus"'),
    ],
)
async def test_an_option_that_is_wrong_is_not_waited_for(options: str, said: str) -> None:
    error = await failure(f"postgresql://u:p@/bot?host=127.0.0.1&{options}")
    assert said in str(error)
    assert error.remedy == "Correct DATABASE_URL."
    assert not error.passing


async def test_what_passes_is_to_be_asked_again_by_whoever_asked_it() -> None:
    """The bot repeats its own doing alone: no command and no form."""
    error = await failure(f"postgresql://bot@{NOBODY}/bot")
    assert error.remedy.startswith("Try again in a minute; what the bot does by itself")


async def test_a_misspelt_option_is_named(postgres: PostgresServer) -> None:
    error = await failure(f"{postgres.url('postgres')}?pasword=hunter2")
    assert 'invalid connection option "pasword"' in str(error)
    assert not error.passing


# ---- PostgreSQL's refusals


async def test_a_wrong_password_is_called_so(postgres: PostgresServer) -> None:
    postgres.role("ada", "sesame")
    for url in (
        postgres.url("postgres", user="ada", password=SECRET),
        f"{postgres.url('postgres', user='ada')}?password={SECRET}",
        postgres.url("postgres", user="ada"),
    ):
        error = await failure(url)
        assert "refused the user name or the password" in str(error)
        assert not error.passing


@pytest.mark.parametrize(
    ("encoding", "said"), [("SQL_ASCII", ""), ("LATIN1", "keeps texts as LATIN1")]
)
async def test_a_database_that_cannot_hold_every_text_is_refused(
    postgres: PostgresServer, encoding: str, said: str
) -> None:
    """The user and the encoding are told before anything is made."""
    name = f"kept_as_{encoding.lower()}"
    made = "CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0"
    postgres.execute(sql.SQL(made).format(sql.Identifier(name), encoding))
    if said:
        assert said in str(await failure(postgres.url(name)))
    else:
        async with opened(postgres.url(name)) as store:
            await store.migrate()
            made_one = await store.schedules.add(draft(channel="이미지"), "U1")
            assert await store.schedules.get(made_one.id) == made_one
    postgres.drop(name)


async def test_a_database_that_only_reads_is_waited_for(
    postgres_url: str,
) -> None:
    error = await failure(f"{postgres_url}?options=-cdefault_transaction_read_only%3Don")
    assert "only reads at present" in str(error)
    assert error.passing


async def test_a_user_that_is_not_there_or_may_not_come_in_is_called_so(
    postgres: PostgresServer,
) -> None:
    postgres.execute(sql.SQL("CREATE ROLE idle NOLOGIN"))
    for user in ("nobody", "idle"):
        error = await failure(postgres.url("postgres", user=user, password=SECRET))
        assert "refused the user" in str(error)
        assert f'"{user}"' in str(error)
        assert not error.passing


async def test_a_missing_database_is_called_so(postgres: PostgresServer) -> None:
    error = await failure(postgres.url("nothing", password=SECRET))
    assert f"PostgreSQL at 127.0.0.1:{postgres.port}/nothing has no such database" in str(error)
    assert "Create it" in error.remedy
    assert not error.passing


async def test_a_database_that_is_closed_to_a_user_is_called_so(
    postgres: PostgresServer, postgres_url: str
) -> None:
    name = sql.Identifier(postgres_url.rpartition("/")[2])
    postgres.execute(sql.SQL("CREATE ROLE guest LOGIN"))
    guest = postgres_url.replace("postgres@", f"guest:{SECRET}@")
    error = await failure(guest)
    assert "does not let this user make tables in its schema" in str(error)
    assert "Grant" in error.remedy
    postgres.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM public").format(name))
    error = await failure(guest)
    assert "does not permit that" in str(error)
    assert not error.passing


async def test_too_many_connections_are_called_so(postgres: PostgresServer) -> None:
    postgres.execute(sql.SQL("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0"))
    error = await failure(postgres.url("postgres", user="crowd", password=SECRET))
    assert "has too many connections" in str(error)
    assert error.passing


async def test_a_database_that_only_reads_at_present_is_called_so(postgres_url: str) -> None:
    error = await failure(f"{postgres_url}?options=-cdefault_transaction_read_only%3Don")
    assert "only reads at present" in str(error)
    assert error.passing


# ---- PostgreSQL's restarts


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A PostgreSQL that may be stopped."""
    with running_postgres() as server:
        yield server


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_store_works_again_after_postgresql_restarts(
    mortal: PostgresServer, mode: str
) -> None:
    async with opened(mortal.url(mortal.create(), password=SECRET)) as store:
        await store.migrate()
        made = await store.schedules.add(draft(), "U1")
        await asyncio.gather(*(store.now() for _ in range(5)))  # a connection for each
        mortal.execute(sql.SQL("CHECKPOINT"))  # else a crash may lose what it has not synced
        mortal.stop(mode)
        with pytest.raises(StoreError) as raised:
            await store.schedules.get(made.id)
        assert raised.value.passing
        assert SECRET not in str(raised.value)
        mortal.start()
        answers = await asyncio.gather(*(store.schedules.get(made.id) for _ in range(5)))
        assert answers == [made] * 5


def waits_for_a_lock(url: str) -> bool:
    """Tell whether somebody waits for a lock of this database."""
    waiting = (
        "SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(url) as connection:
        return connection.execute(waiting).fetchone() is not None


async def test_what_postgresql_breaks_off_is_not_half_done(
    postgres: PostgresServer, postgres_url: str
) -> None:
    async with opened(postgres_url) as store:
        await store.migrate()
        with locked(postgres_url):
            adding = asyncio.create_task(store.schedules.add(draft(), "U1"))
            while not waits_for_a_lock(postgres_url):  # noqa: ASYNC110  the database tells nobody
                await asyncio.sleep(0.01)
            name = sql.Literal(postgres_url.rpartition("/")[2])
            postgres.execute(
                sql.SQL(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = {} AND application_name = 'pending-images'"
                ).format(name)
            )
            with pytest.raises(StoreError) as raised:
                await adding
            assert raised.value.passing
        assert await store.schedules.get(1) is None
        assert (await store.schedules.add(draft(), "U1")).made_by == "U1"


async def no_entry(url: str) -> None:
    """Return when a server lets nobody in any more."""
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            await (await psycopg.AsyncConnection.connect(url)).close()


async def test_a_postgresql_that_is_stopping_is_no_missing_database(
    mortal: PostgresServer,
) -> None:
    with psycopg.connect(mortal.url("postgres")):  # it stops when the last has left
        stopping = asyncio.create_task(asyncio.to_thread(mortal.stop, "smart"))
        await no_entry(mortal.url("postgres"))
        error = await failure(mortal.url("postgres", password=SECRET))
    await stopping
    mortal.start()
    assert "is starting or stopping" in str(error)
    assert error.passing


# ---- SQLite's refusals


@pytest.mark.parametrize("path", ["", "missing/bot.db"])
async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, path: str) -> None:
    error = await failure(f"sqlite:///{tmp_path / path}")
    assert str(error).startswith(f"The database {tmp_path / path} cannot be opened")
    assert "directory" in error.remedy
    assert not error.passing


async def test_a_file_that_is_no_database_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_text("Dear diary, " * 100)
    error = await failure(f"sqlite:///{path}")
    assert f"The database {path} is no SQLite database" in str(error)
    assert path.read_text().startswith("Dear diary")
    assert not error.passing


async def test_a_file_that_may_only_be_read_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE there (id INTEGER)")
    error = await failure(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert "cannot be written" in str(error)
    assert not error.passing


async def test_a_damaged_file_is_called_so(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await store.migrate()
        await store.schedules.add(draft(), "U1")
    path = tmp_path / "bot.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
    async with opened(sqlite_url) as store:
        with pytest.raises(StoreError, match="is damaged") as raised:
            await store.schedules.get(1)
    assert "backup" in raised.value.remedy
    assert not raised.value.passing


# ---- locks


@pytest.fixture(autouse=True)
async def given_up() -> AsyncIterator[None]:
    """Connections that were given up while SQLite was busy end before the event loop does."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:  # aiosqlite's
            await asyncio.to_thread(thread.join)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> str:
    """The address of a database whose locks are not waited for long."""
    monkeypatch.setattr("bot.store.engine._BUSY_MILLISECONDS", 50)
    if clock.url.startswith("sqlite"):
        return clock.url
    return f"{clock.url}%20-clock_timeout%3D50ms"


async def test_a_database_that_is_locked_is_called_so_and_works_again_after(
    impatient: str,
) -> None:
    async with opened(impatient) as store:
        with locked(impatient):
            for _ in range(2):
                with pytest.raises(StoreError, match=r"locked|lock timeout") as raised:
                    await store.schedules.add(draft(), "U1")
                assert raised.value.passing
        assert (await store.schedules.add(draft(), "U1")).made_by == "U1"


async def test_a_locked_sqlite_file_is_still_read(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.migrate()
        made = await store.schedules.add(draft(), "U1")
        with connected(sqlite_url) as raw:
            raw.do("BEGIN IMMEDIATE")
            assert await store.schedules.get(made.id) == made


async def test_a_transaction_that_waits_too_long_ends_and_the_store_works_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine._BUSY_MILLISECONDS", 300)
    async with opened(clock.url) as store:
        await store.now()
        with locked(clock.url), monkeypatch.context() as hasty:
            hasty.setattr("bot.store.engine.DEADLINE", 0.1)
            with pytest.raises(StoreError, match="did not answer in time") as raised:
                await store.schedules.add(draft(), "U1")
            assert raised.value.passing
        made = await store.schedules.add(draft(), "U1")
        assert [s.schedule for s in await store.schedules.of_channel(made.channel, [])] == [made]


async def test_a_transaction_that_is_cancelled_leaves_nothing_behind(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine._BUSY_MILLISECONDS", 300)
    async with opened(clock.url) as store:
        with locked(clock.url):
            adding = asyncio.create_task(store.schedules.add(draft(), "U1"))
            await asyncio.wait([adding], timeout=0.1)  # until it waits for the lock
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
        made = await store.schedules.add(draft(), "U1")
        assert [s.schedule for s in await store.schedules.of_channel(made.channel, [])] == [made]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_outlives_a_cancelled_transaction(url: str) -> None:
    async with opened(url) as store:
        await store.migrate()
        made = await store.schedules.add(draft(), "U1")
        reading = asyncio.create_task(store.schedules.get(made.id))
        await asyncio.sleep(0)  # until it has begun
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await store.schedules.get(made.id) == made


async def test_stores_in_memory_share_nothing() -> None:
    async with opened("sqlite://") as one, opened("sqlite://") as two:
        await one.migrate()
        assert not await two.is_migrated()

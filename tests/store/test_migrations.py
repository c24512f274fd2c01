"""A database is brought to this release's tables: once, whoever tries, and nothing is lost."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import ClauseElement, Connection, inspect, text

from bot.errors import StoreError
from bot.images import PendingImage, PendingImages
from bot.store import Store, open_store
from bot.store.engine import open_database
from bot.store.migrating import configured
from bot.store.rows import image_text
from bot.store.tables import metadata
from tests.store.conftest import MONDAY
from tests.store.drafts import CHANNEL, draft
from tests.store.raw import run
from tests.store.triage_steps import ADA, IMAGE, LEASE, NOW, OTHER, asked, decided, deed

MIGRATE = """
import asyncio, sys
from datetime import UTC, datetime
from bot.store import open_store

async def migrate() -> None:
    async with open_store(sys.argv[1], now=lambda: datetime.now(UTC)) as store:
        sys.stdin.readline()
        await store.migrate()
        await store.schedules.sync_settings([])

print("ready", flush=True)
asyncio.run(migrate())
"""
"""A process that migrates when it is told to."""


def now() -> Any:
    return MONDAY


async def within(url: str, work: Callable[[Connection], object]) -> Any:
    """Do something within a transaction as long as a migration's."""
    async with (
        open_database(url, now) as database,
        database.migrating(60) as connection,
    ):
        return await connection.run_sync(work)


async def alembic(url: str, move: Callable[[Config, str], None], revision: str) -> None:
    """Run a command of alembic's."""
    await within(url, lambda connection: move(configured(connection), revision))


def schema(connection: Connection) -> dict[str, object]:
    """Return all that a database says of its tables, names of constraints among it."""
    seen = inspect(connection)
    return {
        table: [
            sorted(repr(plain(entry)) for entry in entries)
            for entries in (
                seen.get_columns(table),
                [seen.get_pk_constraint(table)],
                seen.get_indexes(table),
                seen.get_unique_constraints(table),
                seen.get_check_constraints(table),
            )
        ]
        for table in sorted(metadata.tables)
    }


def plain(said: object) -> object:
    """Return it with the text of its expressions, of which each is another object."""
    if isinstance(said, dict):
        return {key: plain(value) for key, value in said.items()}
    return str(said) if isinstance(said, ClauseElement) else said


async def works(store: Store) -> None:
    """Use each table."""
    made = await store.schedules.add(draft(), "U1")
    assert await store.deliveries.plan_now(made.id, "U1")
    assert await store.sightings.claim_watch("p1", MONDAY - MONDAY)
    assert await store.sightings.first_seen() == {}


async def triaged(store: Store) -> None:
    """Fill each table of triage; images are seen, too."""
    await store.sightings.observe(PendingImages([IMAGE, OTHER], [], MONDAY, "1.3"), NOW)
    await store.triage.claim(deed(OTHER))
    await store.triage.note(deed(OTHER), "a note")
    await decided(store, asked())
    await store.copies.keep(CHANNEL, "1.1", "text", [], {"b.a": "a"}, MONDAY)
    first_seen = await store.sightings.first_seen()
    assert await store.outbox.plan_cards(CHANNEL, list(first_seen.items())) == 2
    outgoing = await store.outbox.claim("p1", LEASE)
    assert outgoing is not None
    assert await store.outbox.finish(outgoing, ts="1.2")


async def test_an_empty_database_gets_its_tables(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        assert not await store.is_migrated()
        await store.migrate()
        assert await store.is_migrated()
        await works(store)


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        made = await store.schedules.add(draft(), "U1")
        before = await within(database_url, schema)
        await store.migrate()
        assert await store.schedules.get(made.id) == made
    assert await within(database_url, schema) == before


async def test_what_was_kept_outlives_the_process(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        made = await store.schedules.add(draft(), "U1")
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        [listed] = await store.schedules.of_channel(CHANNEL, [])
        assert listed.schedule == made


async def test_migrations_leave_the_tables_that_the_code_knows(database_url: str) -> None:
    await alembic(database_url, command.upgrade, "head")
    migrated = await within(database_url, schema)

    def differences(connection: Connection) -> object:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert await within(database_url, differences) == []
    # That compares neither checks nor partial indexes' conditions.
    await alembic(database_url, command.downgrade, "base")
    await within(database_url, metadata.create_all)
    assert await within(database_url, schema) == migrated


async def test_all_can_be_taken_back_and_made_again(database_url: str) -> None:
    await alembic(database_url, command.upgrade, "head")
    before = await within(database_url, schema)
    await alembic(database_url, command.downgrade, "base")
    tables = await within(database_url, lambda c: inspect(c).get_table_names())
    assert set(tables) <= {"alembic_version"}
    async with open_store(database_url, now=now) as store:
        assert not await store.is_migrated()
        await store.migrate()
        await works(store)
    assert await within(database_url, schema) == before


async def test_the_newest_revision_can_be_taken_back_with_what_was_kept(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        await works(store)
    before = await within(database_url, schema)
    await alembic(database_url, command.downgrade, "-1")
    await alembic(database_url, command.upgrade, "head")
    assert await within(database_url, schema) == before
    async with open_store(database_url, now=now) as store:
        assert await store.is_migrated()
        assert (await store.agenda([])).sightings_version == 0


async def test_triage_comes_to_what_the_first_release_kept_and_goes_with_all_that_it_kept(
    database_url: str,
) -> None:
    await alembic(database_url, command.upgrade, "0001")
    run(
        database_url,
        "INSERT INTO sightings (image_id, image, first_seen)"
        """ VALUES ('a', '{"id":"a","name":"kept"}', '2026-11-20 00:00:00')""",
    )
    async with open_store(database_url, now=now) as store:
        assert not await store.is_migrated()
        await store.migrate()
        assert (await store.sightings.first_seen()).keys() == {"a"}
        assert await store.triage.of("ab") == {}
        assert (await store.audit.verify()).problem is None
        await triaged(store)
        assert (await store.triage.of("ab")).keys() == {"a", "b"}
    await alembic(database_url, command.downgrade, "0001")
    tables = await within(database_url, lambda c: inspect(c).get_table_names())
    assert not {"triage", "decisions", "audit", "copies", "outbox"} & set(tables)
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        assert (await store.sightings.first_seen()).keys() == {"a", "b"}
        assert await store.triage.of("ab") == {}
        assert (await store.audit.verify()).entries == 0
        await store.triage.claim(deed(by=ADA))
        assert (await store.audit.verify()).entries == 1


async def test_a_digest_that_the_first_release_posted_is_compared_with(database_url: str) -> None:
    await alembic(database_url, command.upgrade, "0001")
    run(
        database_url,
        "INSERT INTO deliveries (schedule_id, channel, occurrence, due, planned_at, state,"
        " not_before, attempts, refused, delay, missed, finished_at, outcome, shown)"
        " VALUES (7, 'C1', 'o', '2026-11-20 00:00:00', '2026-11-20 00:00:00', 'posted',"
        """ '2026-11-20 00:00:00', 1, 0, '', 0, '2026-11-20 00:00:00', '', '["a"]')""",
    )
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        baseline = await store.deliveries.baseline(7)
        assert (baseline.shown, baseline.asleep, baseline.as_of) == (("a",), (), None)


async def test_what_the_first_release_saw_is_found_as_kin(database_url: str) -> None:
    """And more of it than is taken at a time; of an empty id, too, and by what no release keeps."""
    await alembic(database_url, command.upgrade, "0001")
    ids = ["", "odd \x01", *(f"{number:05}" for number in range(2_100))]
    images = [PendingImage(id=image_id, name="Ubuntu", owner="acc-1") for image_id in ids]
    images[0] = PendingImage(id="", name="\u0430lpine", checksum="c0ffee")
    rows = [{"id": each.id, "image": image_text(each)} for each in images]
    kept = text(
        "INSERT INTO sightings (image_id, image, first_seen, gone_at, how)"
        " VALUES (:id, :image, '2026-11-20 00:00:00', '2026-11-21 00:00:00', 'accepted')"
    )
    await within(database_url, lambda connection: connection.execute(kept, rows))
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        wanted = PendingImage(id="new", name="Alpine", owner="acc-1", checksum="C0FFEE")
        kin = (await store.sightings.kin([wanted]))["new"]
        assert kin.ends == {"accepted": len(ids) - 1}
        assert [each.image.id for each in kin.alike] == [""]
        assert await store.sightings.ever_accepted("acc-1")
        found = await store.sightings.hashed(sha256(b"odd \x01").hexdigest())
        assert found is not None
        assert found.image == images[1]
    await alembic(database_url, command.downgrade, "0001")
    await alembic(database_url, command.upgrade, "head")
    async with open_store(database_url, now=now) as store:
        assert await store.sightings.kin([wanted]) == {"new": kin}


@pytest.mark.parametrize("table", ["watch", "card_posts"])  # the last one of each migration
async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database_url: str, table: str
) -> None:
    run(database_url, f"CREATE TABLE {table} (mine INTEGER)")
    async with open_store(database_url, now=now) as store:
        with pytest.raises(StoreError, match=table):
            await store.migrate()
        assert not await store.is_migrated()
        run(database_url, f"DROP TABLE {table}")
        await store.migrate()
        await works(store)


async def test_replicas_that_migrate_together_make_the_tables_once(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(open_store(database_url, now=now)) for _ in range(5)
        ]
        await asyncio.gather(*(store.migrate() for store in stores))
        assert all([await store.is_migrated() for store in stores])
        await works(stores[0])


async def test_a_file_that_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait for a lock when it turns to write-ahead logging."""
    file = tmp_path / "bot.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with open_store(f"sqlite:///{file}", now=now) as store:
            migration = asyncio.create_task(store.migrate())
            ended, _ = await asyncio.wait([migration], timeout=0.1)
            assert not ended
            other.execute("ROLLBACK")
            await migration
            assert await store.is_migrated()


async def test_processes_that_migrate_together_make_the_tables_once(database_url: str) -> None:
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, database_url, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    assert [answer.decode() for _, answer in answers] == [""] * 2
    assert [process.returncode for process in processes] == [0] * 2
    async with open_store(database_url, now=now) as store:
        assert await store.is_migrated()
        await works(store)


async def test_a_database_of_a_newer_release_is_refused_and_left_alone(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        run(database_url, "UPDATE alembic_version SET version_num = '9999'")
        before = await within(database_url, schema)
        for ask in (store.migrate, store.is_migrated):
            with pytest.raises(StoreError, match=r"another release.*9999") as refused:
                await ask()
            assert not refused.value.passing
            assert "newest release" in refused.value.remedy
    assert await within(database_url, schema) == before


async def test_a_store_is_not_used_before_it_is_migrated(database_url: str) -> None:
    async with open_store(database_url, now=now) as store:
        with pytest.raises(StoreError, match="schedules"):
            await store.schedules.get(1)

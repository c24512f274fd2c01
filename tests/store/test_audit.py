"""The record holds every deed in one chain, which nobody changes without its being seen."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, select

from bot.errors import StoreError
from bot.images import PendingImage
from bot.oncall.chain import GENESIS
from bot.store import Store, Verification, open_store
from bot.store.engine import open_database
from bot.store.triage.tables import audit_head
from tests.store import raw
from tests.store.conftest import MONDAY, Clock
from tests.store.triage_steps import (
    ADA,
    BOB,
    CHANNEL,
    IMAGE,
    OTHER,
    asked,
    begun,
    decided,
    deed,
    look,
)

TAMPERED = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_no_update",
        "DROP TRIGGER IF EXISTS audit_no_delete",
        "DROP TRIGGER IF EXISTS audit_goes_on",
    ),
    "postgresql": ("ALTER TABLE audit DISABLE TRIGGER USER",),
}


@pytest.fixture
async def own(database_url: str) -> AsyncIterator[Store]:
    """A store on a database of which the test may break anything."""
    async with open_store(database_url, now=lambda: MONDAY) as own:
        await own.migrate()
        yield own


async def recorded(store: Store, count: int = 3) -> None:
    for number in range(count):
        await store.triage.note(deed(), f"note {number}")


def tamper(url: str, *statements: str) -> None:
    """Do what only the database's owner can."""
    kind = make_url(url).get_backend_name()
    again = ("ALTER TABLE audit ENABLE TRIGGER USER",)
    raw.run(url, *TAMPERED[kind], *statements, *(again if kind == "postgresql" else ()))


async def test_an_empty_record_is_whole(store: Store) -> None:
    assert await store.audit.verify() == Verification(entries=0, head=GENESIS, problem=None)
    assert [entry async for entry in store.audit.every()] == []


async def test_entries_are_numbered_from_one_and_each_follows_the_one_before(
    store: Store,
) -> None:
    await recorded(store)
    entries = [entry async for entry in store.audit.every()]
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries] == [GENESIS, *(e.hash for e in entries[:2])]
    whole = await store.audit.verify()
    assert whole == Verification(entries=3, head=entries[-1].hash, problem=None)


async def test_a_refusal_is_recorded(store: Store) -> None:
    await store.audit.refused("accept", IMAGE, BOB, CHANNEL, "no approver")
    await store.audit.refused("audit export", None, BOB, "", "no approver")
    first, second = [entry async for entry in store.audit.every()]
    assert (first.action, first.outcome, first.actor) == ("accept", "refused", BOB)
    assert (first.image_id, first.detail, first.channel) == ("a", "no approver", CHANNEL)
    assert (second.image_id, second.image_name, second.channel) == ("", "", "")


@pytest.mark.parametrize("wanted", ["b", "front", "WEB", "web f", "\uff37\uff45\uff42"])
async def test_an_image_s_history_is_found_by_its_id_or_a_part_of_its_name(
    store: Store, wanted: str
) -> None:
    await store.triage.claim(deed())
    await store.triage.claim(deed(OTHER))
    await store.triage.note(deed(OTHER), "newest")
    found = await store.audit.of(wanted, 10)
    assert [(entry.action, entry.image_id) for entry in found] == [("note", "b"), ("claim", "b")]
    assert await store.audit.of(wanted, 1) == found[:1]


@pytest.mark.parametrize("wanted", ["c", "%", "_eb", "fr%nt", "A\\"])
async def test_what_is_searched_for_is_no_pattern(store: Store, wanted: str) -> None:
    await store.triage.claim(deed(OTHER))
    assert await store.audit.of(wanted, 10) == []


async def test_who_comes_and_goes_is_recorded(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE, OTHER)
    await look(store, clock, IMAGE, OTHER)
    await look(store, clock, OTHER)
    await look(store, clock, IMAGE, OTHER)
    await look(store, clock, OTHER)
    await store.sightings.explain("a", "withdrawn")
    entries = [entry async for entry in store.audit.every()]
    assert {entry.actor for entry in entries} == {"bot"}
    assert [(e.action, e.image_id, e.before, e.after) for e in entries] == [
        ("seen", "a", "", ""),
        ("seen", "b", "", ""),
        ("gone", "a", "", ""),
        ("seen", "a", "", ""),
        ("gone", "a", "", ""),
        ("explained", "a", "pending", "withdrawn"),
    ]


async def test_a_departure_is_recorded_once_where_its_reason_is_known_at_once(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE)
    await decided(store, asked())
    await look(store, clock)
    assert await store.sightings.unexplained(1) == []
    told = [(e.action, e.before, e.after) for e in await store.audit.of("a", 10)]
    assert told[0] == ("gone", "pending", "accepted")
    assert [action for action, _, _ in told] == ["gone", "accept", "seen"]


async def test_a_record_longer_than_memory_is_read_in_parts(store: Store, clock: Clock) -> None:
    many = [PendingImage(id=f"i{n:04}") for n in range(1201)]
    await look(store, clock, *many)
    assert [entry.number async for entry in store.audit.every()] == list(range(1, 1202))
    assert (await store.audit.verify()).entries == 1201


# ---- nothing is changed


FORGED = (
    "SELECT number, at, 'me', channel, action, outcome, image_id, image_name, owner, reason,"
    " detail, request_id, before, after, previous_hash, hash, folded_name FROM audit"
)


def forged(number: int, like: int = 3) -> str:
    """Return the statement that adds an entry, but for its number like another."""
    copied = FORGED.replace("SELECT number", f"SELECT {number}")
    return f"INSERT INTO audit {copied} WHERE number = {like}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'me'",
        "DELETE FROM audit",
        "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit WHERE number = 2)",
        "UPDATE audit_head SET number = 4",
        "UPDATE audit_head SET number = number, hash = 'another'",
        "DELETE FROM audit_head",
        forged(4),
        forged(53),
        forged(0),
        forged(-1),
    ],
)
async def test_the_database_refuses_to_change_the_record(
    store: Store, clock: Clock, statement: str
) -> None:
    await recorded(store)
    with pytest.raises(Exception, match="append-only"):
        raw.run(clock.url, statement)
    assert (await store.audit.verify()).entries == 3


@pytest.mark.parametrize("table", ["audit", "audit_head"])
async def test_postgresql_does_not_empty_the_record_either(postgres_url: str, table: str) -> None:
    async with open_store(postgres_url, now=lambda: MONDAY) as store:
        await store.migrate()
    with pytest.raises(psycopg.Error, match="append-only"):
        raw.run(postgres_url, f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        f"REPLACE INTO audit {FORGED}",
        f"INSERT OR REPLACE INTO audit {FORGED} WHERE number = 2",
        "UPDATE OR REPLACE audit SET number = 2 WHERE number = 3",
        "REPLACE INTO audit_head SELECT id, number, 'another' FROM audit_head",
    ],
)
async def test_sqlite_does_not_replace_the_record_either(tmp_path: Path, statement: str) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with open_store(url, now=lambda: MONDAY) as store:
        await store.migrate()
        await recorded(store)
        with pytest.raises(sqlite3.Error, match="append-only"):
            raw.run(url, statement)
        assert (await store.audit.verify()).problem is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE audit SET reason = 'another' WHERE number = 2", "Entry 2 was changed"),
        ("UPDATE audit SET at = '2020-01-01' WHERE number = 2", "Entry 2 was changed"),
        ("DELETE FROM audit WHERE number = 2", "Entry 2 is missing"),
        ("DELETE FROM audit WHERE number = 3", "ends with entry 2, and should with entry 3"),
        ("DELETE FROM audit", "ends with entry 0, and should with entry 3"),
        (forged(4), "Entry 4 stands outside the record, which ends with entry 3"),
        (forged(53), "Entry 53 stands outside the record, which ends with entry 3"),
        (forged(0), "Entry 0 stands outside the record, which ends with entry 3"),
        (forged(-7), "Entry -7 stands outside the record, which ends with entry 3"),
        ("UPDATE audit SET folded_name = '' WHERE number = 2", "Entry 2 was changed"),
        ("UPDATE audit SET folded_name = 'web' WHERE number = 3", "Entry 3 was changed"),
    ],
)
async def test_who_changes_the_record_all_the_same_is_found_out(
    own: Store, database_url: str, change: str, problem: str
) -> None:
    await recorded(own)
    tamper(database_url, change)
    found = (await own.audit.verify()).problem
    assert found is not None
    assert problem in found


@pytest.mark.parametrize("number", [4, 53, 0])
async def test_what_somebody_added_to_the_record_is_not_shown_as_recorded(
    own: Store, database_url: str, number: int
) -> None:
    await recorded(own)
    tamper(database_url, forged(number))
    assert [entry.number async for entry in own.audit.every()] == [1, 2, 3]
    assert [entry.number for entry in await own.audit.of("a", 10)] == [3, 2, 1]


CANNOT_GO_ON = "so nothing is done: the bot's record does not end where its head says"


@pytest.mark.parametrize("number", [4, 53])
async def test_behind_an_entry_that_somebody_added_nothing_is_recorded_and_nothing_done(
    own: Store, database_url: str, number: int
) -> None:
    await recorded(own)
    before = await begun(own, asked())
    tamper(database_url, forged(number))
    with pytest.raises(StoreError, match=CANNOT_GO_ON):
        await begun(own, asked(image=OTHER))
    with pytest.raises(StoreError, match=CANNOT_GO_ON):
        await own.decisions.sending(before)
    assert await own.triage.of(["b"]) == {}


async def test_nothing_is_appended_where_the_next_entry_stands_already(
    own: Store, database_url: str
) -> None:
    await recorded(own)
    tamper(database_url, forged(4))
    with pytest.raises(StoreError, match=CANNOT_GO_ON):
        await own.triage.claim(deed(OTHER))
    assert await own.triage.of(["b"]) == {}


async def test_a_snapshot_shows_the_database_as_it_was_at_one_moment(
    clock: Clock, store: Store
) -> None:
    ends = select(audit_head.c.number)
    async with (
        open_database(clock.url, clock.now) as database,
        database.snapshot(60) as transaction,
    ):
        before = await transaction.all(ends)
        await recorded(store)
        assert await transaction.all(ends) == before


UNREADABLE = [
    {"sqlite": "at = 'soon'", "postgresql": "at = 'infinity'"},
    {"sqlite": "at = 5", "postgresql": "at = '-infinity'"},
    {"sqlite": "actor = x'ff'", "postgresql": "at = '0044-03-15 BC'"},
    {"sqlite": "actor = CAST(x'ff' AS TEXT)", "postgresql": "at = '20000-01-01'"},
]
"""What no release of the bot writes."""


def spoil(url: str, change: dict[str, str], number: int) -> str:
    """Return the statement that makes an entry unreadable."""
    kind = make_url(url).get_backend_name()
    return f"UPDATE audit SET {change[kind]} WHERE number = {number}"  # noqa: S608  our own words


@pytest.mark.parametrize("change", UNREADABLE)
async def test_an_entry_that_cannot_be_read_is_named_as_the_one_that_was_changed(
    own: Store, database_url: str, change: dict[str, str]
) -> None:
    await recorded(own, 7)
    whole = [entry.hash async for entry in own.audit.every()]
    tamper(database_url, spoil(database_url, change, 5))
    assert await own.audit.verify() == Verification(
        entries=4,
        head=whole[3],
        problem="Entry 5 was changed after it was written: it cannot be read.",
    )


async def test_of_two_entries_that_were_changed_the_first_is_named(
    own: Store, database_url: str
) -> None:
    await recorded(own, 7)
    earlier = "UPDATE audit SET reason = 'another' WHERE number = 2"
    tamper(database_url, spoil(database_url, UNREADABLE[0], 6), earlier)
    found = (await own.audit.verify()).problem
    assert found == "Entry 2 was changed after it was written."


# ---- many at once


async def test_whoever_appends_at_once_leaves_one_chain_without_gaps(
    store: Store, other: Store
) -> None:
    deeds = []
    for number, each in enumerate((store, other) * 20):
        image = PendingImage(id=f"i{number}")
        # Another one: a claim that comes after the decision is none, and not recorded.
        other_image = PendingImage(id=f"j{number}")
        deeds += [
            each.triage.claim(deed(image)),
            each.audit.refused("accept", image, BOB, CHANNEL, "no"),
            decided(each, asked(image=other_image, by=ADA)),
        ]
    await asyncio.gather(*deeds)
    entries = [entry async for entry in store.audit.every()]
    assert [entry.number for entry in entries] == list(range(1, 121))
    assert {entry.action for entry in entries} == {"claim", "accept"}
    verified = await store.audit.verify()
    assert (verified.entries, verified.problem) == (120, None)


async def test_a_deed_that_is_not_kept_is_not_recorded_and_leaves_no_gap(
    own: Store, database_url: str
) -> None:
    await recorded(own, 1)
    raw.run(database_url, "ALTER TABLE copies RENAME TO elsewhere")  # which come after the record
    with pytest.raises(StoreError, match="copies"):
        await own.triage.claim(deed())
    raw.run(database_url, "ALTER TABLE elsewhere RENAME TO copies")
    assert (await own.triage.claim(deed())).done
    verified = await own.audit.verify()
    assert (verified.entries, verified.problem) == (2, None)

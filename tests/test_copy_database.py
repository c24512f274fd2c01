"""``copy-database``: everything, between databases of either kind, and never into a used one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from sqlalchemy import Row, Table, make_url, select

from bot.__main__ import main
from bot.images import PendingImage, PendingImages
from bot.oncall.values import Asked, Result
from bot.query import parse_query
from bot.schedule import DeliveryState, Draft, Timetable
from bot.store import Begun, Deed, Shown, Store, copying, open_store
from bot.store.engine import open_database
from bot.store.triage.tables import audit, card_posts, outbox
from tests.databases import PostgresServer
from tests.store import raw

CHANNEL = "C0SIM0001"
ADA = "U0SIM0001"
MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)
ANSWER = PendingImages(
    images=[PendingImage(id="a", name="결제 \x00 서버"), PendingImage(id="b", owner="acc-2")],
    unreadable=[],
    fetched_at=MONDAY,
    api_version="1.3",
)
DRAFT = Draft(
    channel=CHANNEL,
    timetable=Timetable((time(9), time(17, 30)), frozenset({0, 4}), "Europe/Berlin", "DE"),
    query=parse_query("type:custom waiting:>3d"),
    only_changes=True,
    mentions=(ADA, "S0SIM0001"),
    mention_after=259_200,
    if_unsure="never_twice",
)
LEASE = timedelta(seconds=60)
A, B = ANSWER.images
ALIKE = PendingImage(id="c", name=A.name, owner="acc-2")
ASKED = Asked(image=A, status="accepted", round=0, by=ADA, channel=CHANNEL, reason="so")
COUNTS = (
    "Copied: schedules 1, deliveries 2, sightings 2, triage 2, notes 1, decisions 1, audit 5,"
    " copies 1, outbox 3.\n"
)

Names = Callable[[str], str]


@pytest.fixture(
    params=["sqlite postgresql", "postgresql sqlite", "sqlite sqlite", "postgresql postgresql"]
)
def urls(request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path) -> list[str]:
    """The addresses of a database to copy from and one to copy to."""
    return [
        postgres.url(postgres.create())
        if kind == "postgresql"
        else f"sqlite:///{tmp_path / f'{number}.db'}"
        for number, kind in enumerate(request.param.split())
    ]


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'source.db'}"


@pytest.fixture
def target(postgres: PostgresServer) -> str:
    return postgres.url(postgres.create())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    async with open_store(url, now=lambda: datetime.now(UTC)) as store:
        await store.migrate()
        yield store


async def fill(url: str) -> None:
    """Two digests, of which the second is deleted; one posted, one waiting; two images."""
    async with opened(url) as store:
        kept = await store.schedules.add(DRAFT, ADA)
        gone = await store.schedules.add(DRAFT, ADA)
        await store.sightings.observe(ANSWER, timedelta(0))
        assert await store.deliveries.plan_now(kept.id, ADA)
        (claimed,) = await store.deliveries.claim("process", LEASE, [], 1)
        shown = Shown(["a", "b"], total=2, matched=2, data_at=MONDAY)
        await store.deliveries.begin_posting(claimed.id, claimed.owner, LEASE, shown)
        await store.deliveries.finish(claimed.id, claimed.owner, DeliveryState.POSTED, ts="1.2")
        assert await store.deliveries.plan_now(gone.id, None)
        await store.schedules.delete(gone.id)

    async with opened(url) as store:
        await triage(store)


async def triage(store: Store) -> None:
    """One image claimed and noted, the other decided; a message with both; posts about them."""
    await store.triage.claim(Deed(B, ADA, CHANNEL))
    await store.triage.note(Deed(B, ADA, CHANNEL), "a \x00 note")
    await store.copies.keep(CHANNEL, "1.3", "both", [{"x": 1}], {"1": "a", "2": "b"}, MONDAY)
    begun = await store.decisions.begin(ASKED, "process", LEASE, needs_second=False, undo_for=LEASE)
    assert isinstance(begun, Begun)
    done = Result(kind="done")
    await store.decisions.finish(begun.decision, done, before="pending", after="accepted")
    first_seen = await store.sightings.first_seen()
    assert await store.outbox.plan_cards(CHANNEL, sorted(first_seen.items())) == 2
    outgoing = await store.outbox.claim("process", LEASE)
    assert outgoing is not None
    await store.outbox.finish(outgoing, ts="1.4")
    assert await store.outbox.plan_calls(CHANNEL, {"a": 1}) == 1
    outgoing = await store.outbox.claim("process", LEASE)
    assert outgoing is not None
    await store.outbox.put_back(outgoing, 0, sent=True)


async def held(url: str) -> dict[str, object]:
    """All that a bot asks a store for."""
    async with opened(url) as store:
        (listed,) = await store.schedules.of_channel(CHANNEL, [])
        past = await store.sightings.past(MONDAY)
        agenda = await store.agenda([])
        return {
            "listed": listed,
            "history": await store.deliveries.history(CHANNEL),
            "baseline": await store.deliveries.baseline(listed.schedule.id),
            "past": past,
            "version": agenda.sightings_version,
            "watch": agenda.watch_due,
            "cards": await rows_of(url, card_posts),
            "posts": await rows_of(url, outbox),
            **await held_of_triage(store),
        }


async def rows_of(url: str, table: Table) -> list[Row[Any]]:
    """All of a table that no bot asks for as a whole."""
    async with (
        open_database(url, lambda: datetime.now(UTC)) as database,
        database.reading() as transaction,
    ):
        return await transaction.all(select(table).order_by(*table.primary_key))


async def held_of_triage(store: Store) -> dict[str, object]:
    agenda = await store.triage_agenda()
    return {
        "triage": await store.triage.of("ab"),
        "notes": await store.triage.notes("b", 10),
        "record": [entry async for entry in store.audit.every()],
        "whole": await store.audit.verify(),
        "kin": await store.sightings.kin([ALIKE]),
        "next": (agenda.next_paint, agenda.next_outgoing, agenda.open_decisions),
    }


async def run(*arguments: str) -> int:
    """Run the command as a process would, outside of the test's event loop."""
    return await asyncio.to_thread(main, ["copy-database", *arguments])


async def test_everything_is_there_afterwards_and_numbers_go_on(
    urls: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = urls
    await fill(source)
    before = await held(source)
    assert await run(source, target) == 0
    assert capsys.readouterr().out.startswith(COUNTS)
    assert await held(target) == before == await held(source)
    async with opened(target) as store:
        assert (await store.schedules.add(DRAFT, ADA)).id == 3, "2 was another's, and is not again"
        planned = await store.deliveries.plan_now(3, None)
        assert planned is not None
        assert planned.id == 3


async def test_the_record_goes_on_where_it_was_copied_to(urls: list[str]) -> None:
    source, target = urls
    await fill(source)
    assert await run(source, target) == 0
    async with opened(target) as store:
        before = await store.audit.verify()
        assert (before.entries, before.problem) == (5, None)
        assert (await store.triage.note(Deed(B, ADA, CHANNEL), "another")).triage.notes == 2
        after = await store.audit.verify()
        assert (after.entries, after.problem) == (6, None)
        assert [entry.number for entry in await store.audit.of("b", 1)] == [6]


ANOTHER = (
    "INSERT INTO audit SELECT {number}, at, actor, channel, 'claim', outcome, image_id, image_name,"
    " owner, reason, detail, request_id, before, after, previous_hash, hash, folded_name"
    " FROM audit WHERE number = 5"
)


async def test_a_record_that_somebody_changed_is_copied_as_it_is(urls: list[str]) -> None:
    source, target = urls
    await fill(source)
    disarm = {
        "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_goes_on"),
        "postgresql": ("ALTER TABLE audit DISABLE TRIGGER USER",),
    }[make_url(source).get_backend_name()]
    change = "UPDATE audit SET previous_hash = hash WHERE number = 3"
    raw.run(source, *disarm, change, ANOTHER.format(number=9))
    assert await run(source, target) == 0
    assert await rows_of(target, audit) == await rows_of(source, audit)
    async with opened(target) as store:
        problem = (await store.audit.verify()).problem
    assert problem is not None
    assert "Entry 3 does not follow the one before it" in problem


async def test_copies_and_posts_go_on_where_they_were_copied_to(urls: list[str]) -> None:
    source, target = urls
    await fill(source)
    assert await run(source, target) == 0
    async with opened(target) as store:
        (copy,) = await store.copies.claim("other", LEASE, 10)
        assert (copy.ts, copy.text, copy.blocks) == ("1.3", "both", [{"x": 1}])
        assert copy.cards == {"1": "a", "2": "b"}
        posts = [await store.outbox.claim("other", LEASE) for _ in range(3)]
        assert [post and (post.kind, post.state) for post in posts] == [
            ("escalate", "waiting"),
            ("watch", "posting"),
            None,
        ]
        again = msgspec.structs.replace(ASKED, image=B)
        begun = await store.decisions.begin(again, "p", LEASE, needs_second=False, undo_for=LEASE)
        assert isinstance(begun, Begun)
        assert begun.decision == 2


async def test_a_database_whose_record_holds_anything_is_not_copied_into(
    source: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(source)
    async with opened(target) as store:
        await store.audit.refused("accept", None, ADA, CHANNEL, "no approver")
    assert await run(source, target) == 1
    assert "is not empty: it has audit" in capsys.readouterr().err


async def test_a_database_of_many_rows_is_copied_in_parts(source: str, target: str) -> None:
    images = [PendingImage(id=f"image-{number:04}") for number in range(1_201)]
    answer = PendingImages(images, [], MONDAY, "1.3")
    async with opened(source) as store:
        await store.sightings.observe(answer, timedelta(0))
    assert await run(source, target) == 0
    async with opened(target) as store:
        assert len(await store.sightings.first_seen()) == 1_201
        assert (await store.audit.verify()).entries == 1_201


async def test_what_a_start_makes_by_itself_is_no_obstacle(source: str, target: str) -> None:
    await fill(source)
    async with opened(target):
        pass
    assert await run(source, target) == 0


async def test_a_database_that_holds_anything_is_not_copied_into(
    urls: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = urls
    await fill(source)
    async with opened(target) as store:
        await store.sightings.observe(ANSWER, timedelta(0))
    before = await first_seen(target)
    assert await run(source, target) == 1
    assert "is not empty: it has sightings" in capsys.readouterr().err
    assert await first_seen(target) == before


async def first_seen(url: str) -> dict[str, datetime]:
    async with opened(url) as store:
        return await store.sightings.first_seen()


async def test_a_copy_that_fails_leaves_nothing_behind(
    source: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(source)
    async with opened(source) as store:
        broken = await store.schedules.add(DRAFT, ADA)
    await break_row(source, broken.id)
    assert await run(source, target) == 1
    assert "PostgreSQL at 127.0.0.1" in capsys.readouterr().err
    async with opened(target) as store:
        assert await store.schedules.of_channel(CHANNEL, []) == []
        assert await store.sightings.first_seen() == {}


async def break_row(url: str, schedule_id: int) -> None:
    """Write a number that PostgreSQL's column cannot hold, as SQLite allows."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE schedules SET grace = 1 << 40 WHERE id = ?", (schedule_id,))
    connection.close()


async def test_a_bot_that_runs_is_not_copied_from_nor_to(
    urls: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = urls
    await fill(source)
    for running in (source, target):
        async with opened(running):
            assert await run(source, target) == 1
        assert "in use by another process. Stop every bot" in capsys.readouterr().err
    assert await run(source, target) == 0


async def test_a_mistyped_path_is_no_empty_database(
    tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "mistyped.db"
    assert await run(f"sqlite:///{missing}", target) == 1
    assert f"There is no database {missing}" in capsys.readouterr().err
    assert not missing.exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_database_without_the_bots_tables_is_left_alone(
    kind: str, tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.db").touch()
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    source = empty if kind == "sqlite" else postgres.url(postgres.create())
    made = tmp_path / "target.db"
    assert await run(source, f"sqlite:///{made}") == 1
    assert "none of the bot's tables" in capsys.readouterr().err
    assert not made.exists()
    async with open_store(source, now=lambda: MONDAY) as store:
        assert not await store.is_migrated()


async def test_a_database_is_not_copied_to_itself(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(source)
    assert await run(source, f"sqlite:///{tmp_path}/./source.db") == 1
    assert "cannot be copied to itself" in capsys.readouterr().err


async def test_two_servers_are_told_apart_wherever_their_addresses_name_the_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = (f"postgresql:///bot?host={tmp_path / name}" for name in ("one", "two"))
    assert await run(one, two) == 1
    assert "cannot be reached" in capsys.readouterr().err
    assert await run(one, one) == 1
    assert "cannot be copied to itself" in capsys.readouterr().err


async def test_who_starts_a_bot_during_the_copy_writes_nothing_that_it_would_miss(
    urls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = urls
    await fill(source)
    before = await held(source)
    last_number = copying._last_number  # noqa: SLF001  called while the copy is under way
    kept_out: list[bool] = []

    async def meanwhile(*args: Any) -> int:
        kept_out.extend([await asyncio.to_thread(cannot_write, url) for url in urls])
        return await last_number(*args)

    monkeypatch.setattr(copying, "_last_number", meanwhile)
    assert await run(source, target) == 0
    assert kept_out
    assert all(kept_out)
    assert await held(target) == before


def cannot_write(url: str) -> bool:
    """Tell whether somebody keeps everybody else from writing."""
    try:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)) as connection:
                connection.execute("UPDATE watch SET version = version + 1")
        else:
            with psycopg.connect(url, options="-c lock_timeout=100ms") as connection:
                connection.execute("UPDATE watch SET version = version + 1")
    except (sqlite3.OperationalError, psycopg.errors.LockNotAvailable):
        return True
    return False


async def test_nothing_is_copied_to_or_from_memory(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for addresses in ([source, "sqlite://"], ["sqlite:///:memory:", source]):
        with pytest.raises(SystemExit) as ended:
            main(["copy-database", *addresses])
        assert ended.value.code == 2
        assert "in memory" in capsys.readouterr().err


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("mysql://bot:secret@db/bot", "must be sqlite:///file.db"),
        ("postgresql://bot:p@secret@db/bot", "must have each @"),
    ],
)
async def test_an_address_that_is_none_is_wrong_usage_and_not_repeated(
    address: str, hint: str, place: int, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = [source, source]
    addresses[place] = address
    with pytest.raises(SystemExit) as ended:
        main(["copy-database", *addresses])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert hint in said
    assert "secret" not in said


async def test_no_password_is_printed(
    source: str, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(source)
    address = postgres.url("no_such_database", user="postgres", password="hunter2")
    assert await run(source, address) == 1
    said = capsys.readouterr()
    assert "no_such_database" in said.err
    assert "hunter2" not in said.err + said.out

"""``python -m bot audit verify``: a whole record is told from one that somebody has changed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.__main__ import main
from bot.errors import StoreError
from bot.images import PendingImage
from bot.store import Deed, Store, open_store
from tests.store.raw import run

pytestmark = pytest.mark.usefixtures("restored_logging")

DISARM = {
    "sqlite": "DROP TRIGGER audit_no_update",
    "postgresql": "DROP TRIGGER audit_append_only ON audit",
}
"""What somebody has to do before an entry can be changed."""
BEHEAD = {
    "sqlite": "DROP TRIGGER audit_head_no_delete",
    "postgresql": "DROP TRIGGER audit_head_goes_on ON audit_head",
}
"""What comes before its head can be deleted."""
MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)


def now() -> datetime:
    return MONDAY


async def in_a_thread() -> int:
    """Run the command, which has a loop of its own; return its exit code."""
    return await asyncio.to_thread(main, ["audit", "verify"])


@pytest.fixture
async def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store in which ada has done three things with one image."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with open_store(database_url, now=now) as store:
        await store.migrate()
        deed = Deed(PendingImage(id="one", name="web"), "U0ADA", "C0OPS")
        await store.triage.claim(deed)
        await store.triage.note(deed, "looks fine")
        await store.audit.refused("accept", deed.image, "U0BOB", "C0OPS", "no approver")
        yield store


async def test_a_whole_record_is_told_with_its_length_and_last_seal(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = [entry.hash async for entry in store.audit.every()][-1]
    assert await in_a_thread() == 0
    assert capsys.readouterr().out.splitlines() == [
        "The record is whole: 3 entries.",
        f"Its last seal, to be kept elsewhere: {seal}",
    ]


@pytest.mark.usefixtures("store")
async def test_a_record_that_somebody_changed_is_told_with_the_entry(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        database_url,
        DISARM[make_url(database_url).get_backend_name()],
        "UPDATE audit SET actor = 'U0EVE' WHERE number = 2",
    )
    assert await in_a_thread() == 1
    assert "Entry 2 was changed after it was written." in capsys.readouterr().out


@pytest.mark.usefixtures("store")
async def test_an_entry_that_cannot_be_read_is_told_as_one_that_somebody_changed(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = make_url(database_url).get_backend_name()
    moment = {"sqlite": "soon", "postgresql": "infinity"}[kind]
    run(database_url, DISARM[kind], f"UPDATE audit SET at = '{moment}' WHERE number = 2")  # noqa: S608
    assert await in_a_thread() == 1
    assert capsys.readouterr().out.splitlines() == [
        (
            "The record is not as it was written. "
            "Entry 2 was changed after it was written: it cannot be read."
        ),
        "Keep the database as it is, and compare it with a backup.",
    ]


async def test_a_record_without_its_head_is_told_as_such_and_nothing_is_done_any_more(
    store: Store, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        database_url,
        BEHEAD[make_url(database_url).get_backend_name()],
        "DELETE FROM audit_head",
    )
    assert await in_a_thread() == 1
    assert capsys.readouterr().out.splitlines() == [
        (
            "The record is not as it was written. "
            "Its head is missing: somebody has deleted the row that tells where the record ends."
        ),
        "Keep the database as it is, and compare it with a backup.",
    ]
    with pytest.raises(StoreError, match="the head of the bot's record is missing"):
        await store.triage.claim(Deed(PendingImage(id="two"), "U0ADA", "C0OPS"))


async def test_a_database_that_is_not_there_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert await in_a_thread() == 1
    assert "There is no database" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


async def test_tables_of_an_earlier_release_have_no_record_to_verify(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(database_url, "CREATE TABLE something (id INTEGER)")
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert await in_a_thread() == 1
    assert "Start the bot once" in capsys.readouterr().err

"""Claims, snoozes and notes: each change one transaction, with its entry in the record."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select

from bot.images import PendingImage
from bot.oncall.values import Note, Triage
from bot.store.engine import Database, Transaction
from bot.store.triage import rows as triage_rows
from bot.store.triage.auditing import append, draft
from bot.store.triage.copies import mark
from bot.store.triage.noticing import notice
from bot.store.triage.tables import notes


class Deed(msgspec.Struct, frozen=True):
    """What somebody does with an image."""

    image: PendingImage
    by: str
    channel: str
    """Where it was asked; empty where in none."""


class Change(msgspec.Struct, frozen=True):
    """What became of a deed."""

    done: bool
    """False: the image was not as it has to be for it, and nothing has changed."""
    triage: Triage
    """As it is now."""


class TriageTable:
    """What on-call has done with images; every method raises ``StoreError`` where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ids: Collection[str]) -> dict[str, Triage]:
        """Return what was done with these images, by id; of untouched ones nothing."""
        async with self._database.asking() as questions:
            return await triage_rows.read(questions, ids)

    async def claim(self, deed: Deed) -> Change:
        """Have somebody look after an image that nobody else has, and that is not decided."""
        async with self._database.writing() as transaction:
            await notice(transaction, deed.image)
            now = transaction.now
            found = await triage_rows.lock(transaction, deed.image.id)
            if found.lately_settled(now):
                return Change(False, found)
            if found.claim:  # by the same person, this came twice
                return Change(found.claim.by == deed.by, found)
            claimed = {"claimed_by": deed.by, "claimed_at": now}
            return await _change(transaction, deed, claimed, action="claim", after=deed.by)

    async def release(self, deed: Deed, *, anybodys: bool) -> Change:
        """Have nobody look after an image any more; ``anybodys``: whoever does."""
        async with self._database.writing() as transaction:
            found = await triage_rows.lock(transaction, deed.image.id)
            claim = found.claim
            if claim is None or not (anybodys or claim.by == deed.by):
                return Change(False, found)
            nobodys = triage_rows.NO_CLAIM
            return await _change(transaction, deed, nobodys, action="release", before=claim.by)

    async def snooze(self, deed: Deed, until: datetime, reason: str) -> Change:
        """Let an image rest that is not decided; an earlier snooze is replaced."""
        async with self._database.writing() as transaction:
            await notice(transaction, deed.image)
            found = await triage_rows.lock(transaction, deed.image.id)
            if found.lately_settled(transaction.now):
                return Change(False, found)
            snoozed = {
                "snoozed_by": deed.by,
                "snoozed_at": transaction.now,
                "snoozed_until": until,
                "snooze_reason": reason,
            }
            detail = f"until {_moment(until)}"
            return await _change(
                transaction, deed, snoozed, action="snooze", reason=reason, detail=detail
            )

    async def wake(self, deed: Deed) -> Change:
        """End the rest of an image that sleeps."""
        async with self._database.writing() as transaction:
            found = await triage_rows.lock(transaction, deed.image.id)
            if found.snooze is None or not found.sleeps(transaction.now):
                return Change(False, found)
            detail = f"would have slept until {_moment(found.snooze.until)}"
            awake = triage_rows.NO_SNOOZE
            return await _change(transaction, deed, awake, action="wake", detail=detail)

    async def note(self, deed: Deed, text: str, asked_in: str | None = None) -> Change:
        """Keep a comment on an image, once however often it is asked for in the same form."""
        key = None if asked_in is None else _key(deed, text, asked_in)
        async with self._database.writing() as transaction:
            found = await triage_rows.lock(transaction, deed.image.id)
            written = transaction.insert(notes).values(
                image_id=deed.image.id,
                written_by=deed.by,
                written_at=transaction.now,
                note=text,
                key=key,
            )
            kept = written.on_conflict_do_nothing(index_elements=["key"]).returning(notes.c.id)
            if await transaction.first(kept) is None:
                return Change(True, found)
            return await _change(transaction, deed, {}, action="note", reason=text)

    async def notes(self, image_id: str, limit: int) -> list[Note]:
        """Return the comments on an image, the newest first."""
        mine = select(notes).where(notes.c.image_id == image_id)
        newest = mine.order_by(notes.c.id.desc()).limit(limit)
        async with self._database.reading() as transaction:
            rows = await transaction.all(newest)
            return [Note(row.written_by, row.written_at, row.note) for row in rows]


async def _change(
    transaction: Transaction, deed: Deed, values: dict[str, Any], *, action: str, **told: str
) -> Change:
    """Write over the image's row, which is locked, and record it; every copy of its card tells."""
    image_id = deed.image.id
    await triage_rows.change(transaction, image_id, **values)
    entry = draft(deed.image, actor=deed.by, channel=deed.channel, action=action, **told)
    await append(transaction, [entry])
    await mark(transaction, [image_id])
    return Change(True, (await triage_rows.read(transaction, [image_id]))[image_id])


def _key(deed: Deed, text: str, asked_in: str) -> str:
    """Return what two deliveries of one submission have in common, and no two submissions.

    A form whose answer was lost may be submitted again with another text.
    """
    said = f"{asked_in}\0{deed.image.id}\0{text}"
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")

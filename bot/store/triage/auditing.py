"""The record of what people and the bot have done: appended to, read, verified; never changed."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, exc, or_, select, update

from bot.errors import StoreError
from bot.images import PendingImage
from bot.oncall.chain import GENESIS, AuditDraft, broken, sealed
from bot.oncall.values import AuditEntry
from bot.query import folded
from bot.store.engine import Database, Transaction
from bot.store.tables import storable
from bot.store.triage.tables import audit, audit_head

BOT = "bot"
"""The actor of what nobody asked for."""

_VERIFYING = 600.0
"""Seconds for the whole record."""

_BATCH = 500
"""Entries that are in memory at a time."""

_COLUMNS = [column for column in audit.c if column.name != "folded_name"]


_WRONG = (ValueError, TypeError, OverflowError, exc.DataError)
"""What is raised by values that no release of the bot has written."""

_NO_TEXT = "Could not decode"
"""SQLite's of the same kind, which says it as it says that its disk fails."""

_NO_HEAD = "Its head is missing: somebody has deleted the row that tells where the record ends."


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the record is as it was written."""

    entries: int
    """How many were read, up to the first that is wrong."""
    head: str
    """The hash of the last entry, to be compared with one that was noted elsewhere."""
    problem: str | None
    """A sentence; None where all is well."""


class Audit:
    """The record. Every method raises ``StoreError`` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def refused(
        self, action: str, image: PendingImage | None, by: str, channel: str, detail: str
    ) -> None:
        """Record that somebody wanted what they may not."""
        refusal = draft(
            image, actor=by, channel=channel, action=action, outcome="refused", detail=detail
        )
        async with self._database.writing() as transaction:
            await append(transaction, [refusal])

    async def of(self, wanted: str, limit: int) -> list[AuditEntry]:
        """Return what is recorded of images by that id, or named so in part; newest first."""
        named = audit.c.folded_name.contains(folded(wanted), autoescape=True)
        found = select(*_COLUMNS).where(or_(audit.c.image_id == wanted, named))
        newest = found.order_by(audit.c.number.desc()).limit(limit)
        async with self._database.reading() as transaction:
            return [_entry(row) for row in await transaction.all(newest)]

    async def every(self) -> AsyncIterator[AuditEntry]:
        """Yield all entries, the oldest first; of those added meanwhile, perhaps some."""
        last = 0
        while entries := await self._after(last):
            for entry in entries:
                yield entry
            last = entries[-1].number

    async def verify(self) -> Verification:
        """Tell whether no entry was changed, dropped or inserted."""
        async with self._database.reading(_VERIFYING) as transaction:
            # First: of what is appended meanwhile, the reader below sees no end.
            head = await transaction.first(select(audit_head))
            if head is None:
                return Verification(entries=0, head=GENESIS, problem=_NO_HEAD)
            return await transaction.connection.run_sync(_verify, head)

    async def _after(self, number: int) -> list[AuditEntry]:
        following = select(*_COLUMNS).where(audit.c.number > number)
        async with self._database.reading() as transaction:
            rows = await transaction.all(following.order_by(audit.c.number).limit(_BATCH))
            return [_entry(row) for row in rows]


def draft(
    image: PendingImage | None, *, actor: str, action: str, outcome: str = "done", **more: str
) -> AuditDraft:
    """Return what is to be recorded of an image, in texts that the database keeps as they are."""
    texts = {
        "image_id": image.id if image else "",
        "image_name": (image and image.name) or "",
        "owner": (image and image.owner) or "",
        **more,
    }
    kept = {name: storable(text) for name, text in texts.items()}
    return AuditDraft(actor=storable(actor), action=action, outcome=outcome, **kept)


async def append(transaction: Transaction, drafts: Sequence[AuditDraft]) -> None:
    """Append entries, behind all others; nobody else appends until the transaction ends."""
    if not drafts:
        return
    head = await lock_record(transaction)
    number, previous = head.number, head.hash
    rows = []
    for each in drafts:
        entry = sealed(each, number + 1, transaction.now, previous)
        number, previous = entry.number, entry.hash
        rows.append(msgspec.structs.asdict(entry) | {"folded_name": folded(entry.image_name)})
    await transaction.run(audit.insert(), rows)
    await transaction.run(update(audit_head).values(number=number, hash=previous))


async def lock_record(transaction: Transaction) -> Row[Any]:
    """Wait until everybody who appends has ended, and let nobody else; return the head."""
    head = await transaction.first(select(audit_head).with_for_update())
    if head is None:
        raise StoreError(
            "Nothing can be recorded, so nothing is done: the head of the bot's record is missing.",
            "Keep the database as it is, and compare it with a backup.",
        )
    return head


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a public thing


class _Unreadable(Exception):
    """An entry holds what the bot cannot have written."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Entry {number} was changed after it was written: it cannot be read.")


class _Counted:
    """Entries on their way to be verified: how many went by, and the hash of the last."""

    def __init__(self, entries: Iterable[AuditEntry]) -> None:
        self._entries = entries
        self.number = 0
        self.hash = GENESIS

    def __iter__(self) -> Iterator[AuditEntry]:
        for entry in self._entries:
            self.number, self.hash = entry.number, entry.hash
            yield entry


def _verify(connection: Connection, head: Row[Any]) -> Verification:
    seen = _Counted(_up_to(connection, head.number))
    try:
        problem = broken(seen)
    except _Unreadable as changed:
        problem = str(changed)
    if problem is None and (seen.number, seen.hash) != (head.number, head.hash):
        problem = f"The record ends with entry {seen.number}, and should with entry {head.number}."
    return Verification(entries=seen.number, head=seen.hash, problem=problem)


def _up_to(connection: Connection, number: int) -> Iterator[AuditEntry]:
    """Yield the entries up to a number; raise ``_Unreadable`` where one cannot be read."""
    numbers = select(audit.c.number).where(audit.c.number <= number).order_by(audit.c.number)
    last = 0
    while batch := connection.scalars(numbers.where(audit.c.number > last).limit(_BATCH)).all():
        yield from _among(connection, batch)
        last = batch[-1]


def _among(connection: Connection, numbers: Sequence[int]) -> Iterator[AuditEntry]:
    """Yield entries that follow each other; by halves where one is unreadable, to find it."""
    entries = _read(connection, numbers[0], numbers[-1])
    if entries is not None:
        yield from entries
    elif len(numbers) == 1:
        raise _Unreadable(numbers[0])
    else:
        half = len(numbers) // 2
        yield from _among(connection, numbers[:half])
        yield from _among(connection, numbers[half:])


def _read(connection: Connection, first: int, last: int) -> list[AuditEntry] | None:
    """Return the entries from one number to another; None where one of them cannot be read."""
    between = select(*_COLUMNS).where(audit.c.number.between(first, last))
    try:
        read = map(_entry, connection.execute(between.order_by(audit.c.number)))
        return [msgspec.convert(msgspec.structs.asdict(entry), AuditEntry) for entry in read]
    except _WRONG:
        return None
    except exc.OperationalError as error:
        if _NO_TEXT in str(error):
            return None
        raise

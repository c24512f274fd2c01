"""The record of what people and the bot have done: appended to, read, verified; never changed."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Row, exc, func, or_, select, true, update

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

_Found: TypeAlias = tuple[AuditEntry, Any]
"""An entry, and how its image's name is searched for; nothing seals that."""

_WRONG = (ValueError, TypeError, OverflowError, exc.DataError)
"""What is raised by values that no release of the bot has written."""

_NO_TEXT = "Could not decode"
"""SQLite's of the same kind, which says it as it says that its disk fails."""

_NO_HEAD = "Its head is missing: somebody has deleted the row that tells where the record ends."

_KEEP = "Keep the database as it is, and compare it with a backup."

_LAST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1).subquery()
_ENDS = select(
    *(audit_head.c.number, audit_head.c.hash),
    func.coalesce(_LAST.c.number, 0).label("last_number"),
    func.coalesce(_LAST.c.hash, GENESIS).label("last_hash"),
).select_from(audit_head.outerjoin(_LAST, true()))
"""The head, and the entry that should be the one that it names; one statement, so of one moment."""


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
            recorded = audit.c.number.between(1, await _end(transaction))
            return [_entry(row) for row in await transaction.all(newest.where(recorded))]

    async def every(self) -> AsyncIterator[AuditEntry]:
        """Yield all entries, the oldest first; of those added meanwhile, perhaps some."""
        last = 0
        while entries := await self._after(last):
            for entry in entries:
                yield entry
            last = entries[-1].number

    async def verify(self) -> Verification:
        """Tell whether no entry was changed, dropped or inserted."""
        async with self._database.snapshot(_VERIFYING) as transaction:
            head = await transaction.first(select(audit_head))
            if head is None:
                return Verification(entries=0, head=GENESIS, problem=_NO_HEAD)
            return await transaction.connection.run_sync(_verify, head)

    async def _after(self, number: int) -> list[AuditEntry]:
        following = select(*_COLUMNS).order_by(audit.c.number).limit(_BATCH)
        async with self._database.reading() as transaction:
            wanted = audit.c.number.between(number + 1, await _end(transaction))
            return [_entry(row) for row in await transaction.all(following.where(wanted))]


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
    try:
        await transaction.run(audit.insert(), rows)
    except exc.IntegrityError as error:  # by the primary key, or the trigger
        raise _cannot_go_on() from error
    await transaction.run(update(audit_head).values(number=number, hash=previous))


async def lock_record(transaction: Transaction) -> Row[Any]:
    """Wait until everybody who appends has ended, and let nobody else; return the head."""
    head = await transaction.first(select(audit_head).with_for_update())
    if head is None:
        raise _headless("Nothing can be recorded, so nothing is done")
    return head


async def check_record(transaction: Transaction) -> None:
    """Raise ``StoreError`` where nothing can be appended to the record; locks nothing."""
    ends = await transaction.first(_ENDS)
    if ends is None:
        raise _headless("Nothing can be recorded, so nothing is done")
    if (ends.number, ends.hash) != (ends.last_number, ends.last_hash):
        raise _cannot_go_on()


def _headless(so: str) -> StoreError:
    return StoreError(f"{so}: the head of the bot's record is missing.", _KEEP)


def _cannot_go_on() -> StoreError:
    return StoreError(
        "Nothing can be recorded, so nothing is done: the bot's record does not end where its head "
        "says.",
        _KEEP,
    )


async def _end(transaction: Transaction) -> int:
    """Return the number of the last entry; what somebody added beyond is none of the record's."""
    head = await transaction.first(select(audit_head.c.number))
    if head is None:
        raise _headless("What is recorded cannot be told")
    return int(head.number)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)  # noqa: SLF001  SQLAlchemy's name for a public thing


class _Changed(Exception):
    """An entry is not what the bot has written, though no hash tells."""

    def __init__(self, number: int, how: str) -> None:
        super().__init__(f"Entry {number} was changed after it was written: {how}.")


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
    seen = _Counted(_named(_up_to(connection, head.number)))
    try:
        problem = broken(seen)
    except _Changed as changed:
        problem = str(changed)
    if problem is None and (seen.number, seen.hash) != (head.number, head.hash):
        problem = f"The record ends with entry {seen.number}, and should with entry {head.number}."
    problem = problem or _added(connection, head.number)
    return Verification(entries=seen.number, head=seen.hash, problem=problem)


def _added(connection: Connection, end: int) -> str | None:
    """Tell in a sentence which entry is outside the record; None where there is none."""
    outside = select(audit.c.number).where(or_(audit.c.number < 1, audit.c.number > end))
    number = connection.scalar(outside.order_by(audit.c.number).limit(1))
    if number is None:
        return None
    return (
        f"Entry {number} stands outside the record, which ends with entry {end}: somebody added "
        "it, or changed where the record ends."
    )


def _named(found: Iterable[_Found]) -> Iterator[AuditEntry]:
    """Yield the entries; raise ``_Changed`` behind one that is not found by its image's name."""
    for entry, folded_name in found:
        yield entry
        if folded_name != folded(entry.image_name):
            raise _Changed(entry.number, "it is not found by the name of its image")


def _up_to(connection: Connection, number: int) -> Iterator[_Found]:
    """Yield the entries up to a number; raise ``_Changed`` where one cannot be read."""
    numbers = select(audit.c.number).where(audit.c.number <= number).order_by(audit.c.number)
    last = 0
    while batch := connection.scalars(numbers.where(audit.c.number > last).limit(_BATCH)).all():
        yield from _among(connection, batch)
        last = batch[-1]


def _among(connection: Connection, numbers: Sequence[int]) -> Iterator[_Found]:
    """Yield entries that follow each other; by halves where one is unreadable, to find it."""
    entries = _read(connection, numbers[0], numbers[-1])
    if entries is not None:
        yield from entries
    elif len(numbers) == 1:
        raise _Changed(numbers[0], "it cannot be read")
    else:
        half = len(numbers) // 2
        yield from _among(connection, numbers[:half])
        yield from _among(connection, numbers[half:])


def _read(connection: Connection, first: int, last: int) -> list[_Found] | None:
    """Return the entries from one number to another; None where one of them cannot be read."""
    between = select(audit).where(audit.c.number.between(first, last))
    try:
        return [_found(row) for row in connection.execute(between.order_by(audit.c.number))]
    except _WRONG:
        return None
    except exc.OperationalError as error:
        if _NO_TEXT in str(error):
            return None
        raise


def _found(row: Row[Any]) -> _Found:
    fields = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's name for a public thing
    folded_name = fields.pop("folded_name")
    entry = AuditEntry(**fields)
    return msgspec.convert(msgspec.structs.asdict(entry), AuditEntry), folded_name

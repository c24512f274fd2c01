"""What on-call has done with images: read, locked, changed.

Whoever changes anything of an image takes locks in one order, lest two wait for each other: the
watch, rows of ``triage`` by image id, rows of ``sightings``, the head of the record, copies.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, select, update

from bot.oncall.values import Claim, Proposal, Result, Settled, Snooze, Triage, Underway
from bot.store.engine import Questions, Transaction
from bot.store.tables import storable
from bot.store.triage.tables import UNDECIDED, decisions, notes, triage

ASKED_AT_ONCE = 1000
"""SQLite takes 32,766 values in a statement, PostgreSQL 65,535."""

NO_CLAIM = {"claimed_by": None, "claimed_at": None}
NO_SNOOZE = {
    "snoozed_by": None,
    "snoozed_at": None,
    "snoozed_until": None,
    "snooze_reason": "",
}
NO_PROPOSAL = {"proposed_by": None, "proposed_at": None, "proposal_reason": ""}
NOTHING = {**NO_CLAIM, **NO_SNOOZE, **NO_PROPOSAL, "settled": None}
"""All of a row but its round, which never comes back: buttons bear it."""

_result = msgspec.json.Decoder(Result)
_settled = decisions.alias("settled_decision")
_open = select(decisions).where(UNDECIDED).subquery("open_decision")
_written = select(func.count()).where(notes.c.image_id == triage.c.image_id)
_OF_IMAGES = (
    select(
        triage,
        *(column.label(f"settled_{column.name}") for column in _settled.c),
        *(column.label(f"open_{column.name}") for column in _open.c),
        _written.scalar_subquery().label("notes"),
    )
    .outerjoin(_settled, _settled.c.id == triage.c.settled)
    .outerjoin(_open, _open.c.image_id == triage.c.image_id)
    .where(triage.c.image_id.in_(bindparam("image_ids", expanding=True)))
)
"""Rows of which ``triage_of`` makes values; made once, for every list asks for them."""


async def read(questions: Questions, ids: Iterable[str]) -> dict[str, Triage]:
    """Return what was done with these images, by the ids given; of untouched ones nothing."""
    given = {storable(image_id): image_id for image_id in ids}
    found = {}
    for part in parts(sorted(given)):
        rows = await questions.all(_OF_IMAGES, {"image_ids": part})
        found.update({given[row.image_id]: triage_of(row) for row in rows})
    return found


async def lock(transaction: Transaction, image_id: str) -> Triage:
    """Return what was done with an image, which nobody else changes until the transaction ends."""
    mine = select(triage.c.image_id).where(triage.c.image_id == image_id).with_for_update()
    if await transaction.first(mine) is None:
        await _make(transaction, image_id)
        await transaction.first(mine)  # another may have made it
    # Of its own: a statement that waited for a lock sees other tables as they were before.
    return (await read(transaction, [image_id]))[image_id]


async def lock_known(transaction: Transaction, ids: Iterable[str]) -> dict[str, Triage]:
    """Return, and lock, what was done with those of the images that anybody has touched."""
    kept = sorted({storable(image_id) for image_id in ids})
    for part in parts(kept):
        mine = select(triage.c.image_id).where(triage.c.image_id.in_(part))
        await transaction.all(mine.order_by(triage.c.image_id).with_for_update())
    return await read(transaction, kept)


async def change(transaction: Transaction, image_id: str, **values: object) -> None:
    """Write over a row that is locked."""
    mine = update(triage).where(triage.c.image_id == image_id)
    await transaction.run(mine.values(changed_at=transaction.now, **values))


def parts(ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the ids in parts that a statement takes."""
    remaining = iter(ids)
    while part := list(islice(remaining, ASKED_AT_ONCE)):
        yield part


def triage_of(row: Row[Any]) -> Triage:
    """Return what was done with an image."""
    claimed, snoozed = row.claimed_by is not None, row.snoozed_by is not None
    return Triage(
        round=row.round,
        claim=Claim(row.claimed_by, row.claimed_at) if claimed else None,
        snooze=_snooze(row) if snoozed else None,
        proposal=_proposal(row) if row.proposed_by is not None else None,
        underway=_underway(row) if row.open_id is not None else None,
        settled=_settled_of(row) if row.settled_id is not None else None,
        notes=row.notes,
    )


def _snooze(row: Row[Any]) -> Snooze:
    return Snooze(row.snoozed_until, row.snoozed_by, row.snoozed_at, row.snooze_reason)


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(row.proposed_by, row.proposed_at, row.proposal_reason)


def _underway(row: Row[Any]) -> Underway:
    return Underway(row.open_status, row.open_asked_by, row.open_begun_at)


def _settled_of(row: Row[Any]) -> Settled:
    ended = _result.decode(row.settled_result).settled  # what it found, beside its own columns
    return Settled(
        decision=row.settled_id,
        status=row.settled_status,
        by=row.settled_asked_by,
        proposed_by=row.settled_proposed_by,
        at=row.settled_ended_at,
        reason=row.settled_reason,
        undo_until=row.settled_undo_until,
        claim=ended.claim if ended else None,
        snooze=ended.snooze if ended else None,
    )


async def _make(transaction: Transaction, image_id: str) -> None:
    new = {"image_id": image_id, "round": 0, "snooze_reason": "", "proposal_reason": ""}
    missing = transaction.insert(triage).values(**new)
    await transaction.run(missing.on_conflict_do_nothing(index_elements=["image_id"]))

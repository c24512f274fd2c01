"""What has something to do with an image, of all that was ever seen: counted, found by marks."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from bot.images import PendingImage
from bot.oncall.provenance import ALIKE_KEPT, Earlier, End, Kin, Marks, marks, owner_mark
from bot.store.engine import Transaction
from bot.store.rows import image_of
from bot.store.tables import sightings, storable, watch
from bot.store.triage import observing
from bot.store.triage.rows import parts
from bot.store.triage.tables import decisions, triage

_OPEN = and_(sightings.c.how.is_(None), sightings.c.gone_at.is_(None))
"""Of the sighting alone; SCP may list for a while what is decided already."""

_SETTLED = and_(_OPEN, triage.c.image_id == sightings.c.image_id)
_DECIDED = decisions.c.id == triage.c.settled
_SEEN = sightings.outerjoin(triage, _SETTLED).outerjoin(decisions, _DECIDED)
_LATELY = sightings.join(triage, _SETTLED).join(decisions, _DECIDED)


async def of(transaction: Transaction, images: Sequence[PendingImage]) -> dict[str, Kin]:
    """Return the kin of each image, by its id."""
    observed_at = await _observed_at(transaction)
    end = _end(observed_at)
    found = {image.id: marks(image) for image in images}
    ends = await _ends(transaction, found, observed_at)
    return {
        image_id: Kin(ends=ends[image_id], alike=await _alike(transaction, image_id, its, end))
        for image_id, its in found.items()
    }


async def ever_accepted(transaction: Transaction, owner: str) -> bool:
    """Tell whether any image of an owner was ever accepted."""
    mark, observed_at = owner_mark(owner), await _observed_at(transaction)
    mine = select(sightings.c.image_id).where(sightings.c.owner == mark)
    accepted = mine.where(sightings.c.how == "accepted").limit(1)
    if await transaction.first(accepted) is not None:
        return True
    lately = _decided(mine, observed_at).where(decisions.c.status == "accepted")
    return await transaction.first(lately.limit(1)) is not None


async def _observed_at(transaction: Transaction) -> datetime | None:
    row = await transaction.first(select(watch.c.observed_at))
    return row.observed_at if row else None


def _decided(wanted: Select[Any], observed_at: datetime | None) -> Select[Any]:
    """Return the question for what is decided, and still listed by SCP."""
    return wanted.select_from(_LATELY).where(_OPEN, observing.holding(observed_at))


def _end(observed_at: datetime | None) -> ColumnElement[str]:
    status = decisions.c.status
    return case(
        (sightings.c.how.is_not(None), sightings.c.how),
        (sightings.c.gone_at.is_not(None), "unknown"),
        (and_(status.is_not(None), observing.holding(observed_at)), status),
        else_="waiting",
    )


async def _ends(
    transaction: Transaction, found: dict[str, Marks], observed_at: datetime | None
) -> dict[str, Counter[End]]:
    """Return what became of the other images of each one's owner."""
    owners = sorted({its.owner for its in found.values() if its.owner})
    counted: defaultdict[str, Counter[End]] = defaultdict(Counter)
    for part in parts(owners):
        await _count(transaction, part, observed_at, counted)
    own = await _own(transaction, found, _end(observed_at))
    return {
        image_id: counted[its.owner or ""] - own.get((image_id, its.owner), Counter())
        for image_id, its in found.items()
    }


async def _count(
    transaction: Transaction,
    owners: Sequence[str],
    observed_at: datetime | None,
    counted: Mapping[str, Counter[End]],
) -> None:
    """Add what became of the images of some owners."""
    c, number = sightings.c, func.count().label("number")
    mine = select(c.owner).where(c.owner.in_(owners)).group_by(c.owner)
    seen = mine.add_columns(c.how, number, func.count(c.gone_at).label("gone")).group_by(c.how)
    for row in await transaction.all(seen):
        counted[row.owner][row.how or "unknown"] += row.number if row.how else row.gone
        counted[row.owner]["waiting"] += 0 if row.how else row.number - row.gone
    status = decisions.c.status
    lately = _decided(mine.add_columns(status, number).group_by(status), observed_at)
    for row in await transaction.all(lately):
        counted[row.owner][row.status] += row.number
        counted[row.owner]["waiting"] -= row.number


async def _own(
    transaction: Transaction, found: dict[str, Marks], end: ColumnElement[str]
) -> dict[tuple[str, str | None], Counter[End]]:
    """Return what became of the images themselves, by id and owner."""
    given, own = {storable(image_id): image_id for image_id in found}, {}
    for part in parts(sorted(given)):
        every = select(sightings.c.image_id, sightings.c.owner, end.label("end"))
        mine = every.select_from(_SEEN).where(sightings.c.image_id.in_(part))
        for row in await transaction.all(mine):
            own[given[row.image_id], row.owner] = Counter([row.end])
    return own


async def _alike(
    transaction: Transaction, image_id: str, its: Marks, end: ColumnElement[str]
) -> list[Earlier]:
    """Return the first hundred that look like it, and the first hundred of its content."""
    c = sightings.c
    others = c.owner.is_distinct_from(its.owner)
    looks = _any((c.folded_name, its.folded_name), (c.looks, its.looks))
    content = _any((c.checksum, its.checksum), (c.os_hash, its.os_hash))
    itself = c.image_id == image_id
    every = select(c.image_id, c.image, end.label("end")).select_from(_SEEN).order_by(c.image_id)
    # of a name there may be thousands, of which most are the owner's: found in the index alone
    first = select(c.image_id).where(looks, others, ~itself).order_by(c.image_id).limit(ALIKE_KEPT)
    accepted = every.where(content, ~itself, end == "accepted").limit(ALIKE_KEPT)
    rows = await transaction.all(every.where(c.image_id.in_(first)))
    rows += await transaction.all(accepted)
    found = {row.image_id: Earlier(image=image_of(row.image), end=row.end) for row in rows}
    return list(found.values())


def _any(*pairs: tuple[ColumnElement[str], str | None]) -> ColumnElement[bool]:
    return or_(false(), *(column == mark for column, mark in pairs if mark is not None))

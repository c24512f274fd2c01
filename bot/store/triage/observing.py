"""What follows when images come and go: for their triage, the record, and the copies of cards."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, true

from bot.images import PendingImage
from bot.oncall.chain import AuditDraft
from bot.oncall.values import SETTLED_HOLDS, Triages
from bot.sightings import How, Sighting
from bot.store.engine import Transaction
from bot.store.tables import storable
from bot.store.triage import rows as triage_rows
from bot.store.triage.auditing import BOT, append, draft
from bot.store.triage.copies import mark
from bot.store.triage.tables import decisions


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer of SCP has changed."""

    same: Sequence[Sighting]
    """Of images that waited before and still do."""
    new: Sequence[Sighting]
    """Of images that are shared for the first time."""
    back: Sequence[Sighting]
    """Of images that had gone for a moment."""
    anew: Sequence[Sighting]
    """Of images that had gone for long, and are shared once more."""
    gone: Sequence[Sighting]

    def all(self) -> list[Sighting]:
        """Return everything that is to be kept."""
        return [*self.same, *self.new, *self.back, *self.anew, *self.gone]

    def moved(self) -> list[str]:
        """Return the ids of what has gone or is back."""
        return _ids([*self.back, *self.anew, *self.gone])


def turns_of(known: Mapping[str, Sighting], changed: Sequence[Sighting]) -> Turns:
    """Sort what has changed by what it means."""
    turns: dict[str, list[Sighting]] = {name: [] for name in Turns.__struct_fields__}
    for sighting in changed:
        turns[_turn(known.get(sighting.image.id), sighting)].append(sighting)
    return Turns(**turns)


async def lock(transaction: Transaction, turns: Turns) -> Triages:
    """Return, and lock, what was done with the images that went or came back; by kept id."""
    return await triage_rows.lock_known(transaction, turns.moved())


def explained(turns: Turns, touched: Triages, observed_at: datetime | None) -> Turns:
    """Return the same, with who decided on what has gone by a decision of the bot.

    Until ``observed_at``, when SCP was asked last before, what has gone now was listed.
    """
    gone = [_explained(sighting, touched, observed_at) for sighting in turns.gone]
    return msgspec.structs.replace(turns, gone=gone)


async def follow(transaction: Transaction, turns: Turns, touched: Triages) -> None:
    """Begin anew with what is shared anew, record who came and went, have the copies tell."""
    for sighting in turns.anew:
        image_id = storable(sighting.image.id)
        if image_id in touched:
            await triage_rows.change(transaction, image_id, **triage_rows.NOTHING)
    for sighting in turns.gone:
        image_id = storable(sighting.image.id)
        if image_id in touched and touched[image_id].proposal:  # of what was shared then
            await triage_rows.change(transaction, image_id, **triage_rows.NO_PROPOSAL)
    came = [_entry(sighting.image, "seen") for sighting in (*turns.new, *turns.back, *turns.anew)]
    went = [_gone(sighting.image, sighting.how) for sighting in turns.gone]
    await append(transaction, [*came, *went])
    await mark(transaction, turns.moved())


async def tell(transaction: Transaction, image: PendingImage, how: How) -> None:
    """Record what became of an image of which is recorded that it has gone; the copies tell."""
    await append(transaction, [_entry(image, "explained", before="pending", after=how)])
    await mark(transaction, [image.id])


def outdated(settled_at: datetime, observed_at: datetime | None) -> bool:
    """Tell whether an image that SCP has listed so late must have been made pending again."""
    return observed_at is not None and observed_at > settled_at + SETTLED_HOLDS


def holding(observed_at: datetime | None) -> ColumnElement[bool]:
    """Return the condition on ``decisions`` that leaves out those that are outdated."""
    if observed_at is None:
        return true()
    return decisions.c.ended_at >= observed_at - SETTLED_HOLDS


def _turn(before: Sighting | None, now: Sighting) -> str:
    if before is None:
        return "new"
    if now.gone_at is not None:
        return "gone"
    if before.gone_at is None:
        return "same"
    return "back" if before.first_seen == now.first_seen else "anew"


def _explained(sighting: Sighting, touched: Triages, observed_at: datetime | None) -> Sighting:
    found = touched.get(storable(sighting.image.id))
    settled = found.settled if found else None
    if settled is None or outdated(settled.at, observed_at):
        return sighting
    return msgspec.structs.replace(sighting, how=settled.status, by=settled.by)


def _ids(found: Sequence[Sighting]) -> list[str]:
    return [sighting.image.id for sighting in found]


def _gone(image: PendingImage, how: How | None) -> AuditDraft:
    return _entry(image, "gone", before="pending", after=how) if how else _entry(image, "gone")


def _entry(image: PendingImage, action: str, **told: str) -> AuditDraft:
    return draft(image, actor=BOT, action=action, **told)

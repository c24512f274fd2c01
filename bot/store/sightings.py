"""What was seen of pending images, and who watches for more."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import or_, select, update

from bot.images import PendingImage, PendingImages
from bot.oncall.provenance import Kin
from bot.sightings import How, Sighting, observe
from bot.store.engine import Database, Transaction
from bot.store.rows import image_of, sighting_columns, sighting_of
from bot.store.tables import sightings, storable, watch
from bot.store.triage import kinship, observing
from bot.store.triage.observing import turns_of
from bot.store.triage.rows import parts

_WAITS = sightings.c.gone_at.is_(None)


class Past(msgspec.Struct, frozen=True):
    """What waited during a time."""

    began_at: datetime | None
    """When the bot began to watch; None: not yet."""
    sightings: list[Sighting]
    observed_at: datetime | None = None
    """When SCP was last asked; None: never. What is found to have gone later has gone later."""


class Sightings:
    """The table of sightings. Every method raises ``StoreError`` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def observe(self, answer: PendingImages, age: timedelta) -> None:
        """Record what SCP listed so long ago; an older list than the last recorded is dropped."""
        async with self._database.writing() as transaction:
            seen = (await transaction.connection.execute(select(watch).with_for_update())).one()
            at = transaction.now - age
            if seen.observed_at is not None and at <= seen.observed_at:
                return
            known = await _known(transaction, answer)
            turns = turns_of(known, observe(known, answer, at))
            touched = await observing.lock(transaction, turns)
            turns = observing.explained(turns, touched, seen.observed_at)
            changed = turns.all()
            await _keep(transaction, changed)
            await observing.follow(transaction, turns, touched)
            began = at if seen.began_at is None else seen.began_at
            version = seen.version + bool(changed or seen.began_at is None)
            await transaction.run(
                update(watch).values(observed_at=at, began_at=began, version=version)
            )

    async def observed_at(self) -> datetime | None:
        """Return when SCP was last asked for what waits; None: never."""
        async with self._database.reading() as transaction:
            row = await transaction.first(select(watch.c.observed_at))
            return row[0] if row else None

    async def first_seen(self) -> dict[str, datetime]:
        """Return when each image that waits was first seen."""
        waiting = select(sightings.c.image_id, sightings.c.first_seen).where(_WAITS)
        async with self._database.reading() as transaction:
            return {row.image_id: row.first_seen for row in await transaction.all(waiting)}

    async def past(self, since: datetime) -> Past:
        """Return what waits, and what has gone after a moment."""
        wanted = select(sightings).where(or_(_WAITS, sightings.c.gone_at > since))
        async with self._database.reading() as transaction:
            seen = await transaction.first(select(watch.c.began_at, watch.c.observed_at))
            rows = await transaction.all(wanted.order_by(sightings.c.image_id))
            found = [sighting_of(row) for row in rows]
            return Past(seen.began_at, found, seen.observed_at) if seen else Past(None, found)

    async def of(self, ids: Collection[str]) -> dict[str, Sighting]:
        """Return what is known of these images, by id."""
        async with self._database.reading() as transaction:
            return await _of(transaction, ids)

    async def known(self, ids: Collection[str]) -> set[str]:
        """Return those of the ids whose image was ever seen."""
        given, found = {storable(image_id): image_id for image_id in ids}, set()
        async with self._database.reading() as transaction:
            for part in parts(sorted(given)):
                mine = select(sightings.c.image_id).where(sightings.c.image_id.in_(part))
                found |= {given[row.image_id] for row in await transaction.all(mine)}
        return found

    async def hashed(self, id_hash: str) -> Sighting | None:
        """Return what is known of the image whose id has this SHA-256."""
        wanted = select(sightings).where(sightings.c.id_hash == id_hash)
        async with self._database.reading() as transaction:
            row = await transaction.first(wanted)
            return sighting_of(row) if row else None

    async def kin(self, images: Sequence[PendingImage]) -> dict[str, Kin]:
        """Return, by id, what else was ever seen that has something to do with each image."""
        async with self._database.reading() as transaction:
            return await kinship.of(transaction, images)

    async def ever_accepted(self, owner: str) -> bool:
        """Tell whether any image of an owner was ever accepted, as far as is known."""
        async with self._database.reading() as transaction:
            return await kinship.ever_accepted(transaction, owner)

    async def unexplained(self, limit: int) -> list[str]:
        """Return ids of images that have gone and were not asked about, as digests show them.

        The last gone first: of very many a digest shows some, and these are to be explained.
        """
        wanted = (
            select(sightings.c.image_id)
            .where(~_WAITS, sightings.c.how.is_(None), sightings.c.asked_at.is_(None))
            .order_by(sightings.c.gone_at.desc(), sightings.c.image_id)
            .limit(limit)
        )
        async with self._database.reading() as transaction:
            return [row.image_id for row in await transaction.all(wanted)]

    async def explain(self, image_id: str, how: How | None) -> None:
        """Record what became of an image that has gone; None: asked, and not known."""
        gone = update(sightings).where(sightings.c.image_id == image_id, ~_WAITS)
        async with self._database.writing() as transaction:
            told = {"how": how} if how else {}
            asked = gone.values(asked_at=transaction.now, **told)
            row = await transaction.first(asked.returning(sightings.c.image))
            if row and how:
                await observing.tell(transaction, image_of(row.image), how)

    async def claim_watch(self, owner: str, lease: timedelta) -> bool:
        """Return whether it is time to look, and nobody else does until the lease runs out."""
        async with self._database.writing() as transaction:
            free = update(watch).where(watch.c.due <= transaction.now)
            mine = free.values(owner=owner, due=transaction.now + lease)
            return await transaction.run(mine) == 1

    async def renew_watch(self, owner: str, lease: timedelta) -> bool:
        """Let the lease of who looks begin anew; False where it is somebody else's."""
        async with self._database.writing() as transaction:
            mine = update(watch).where(watch.c.owner == owner)
            return await transaction.run(mine.values(due=transaction.now + lease)) == 1

    async def end_watch(self, owner: str, again_in: timedelta) -> None:
        """Let anybody look again after a time; does nothing where somebody else has begun."""
        async with self._database.writing() as transaction:
            mine = update(watch).where(watch.c.owner == owner)
            await transaction.run(mine.values(owner=None, due=transaction.now + again_in))


async def _known(transaction: Transaction, answer: PendingImages) -> dict[str, Sighting]:
    """Return what waits, and what is known of those that were listed."""
    waiting = await transaction.all(select(sightings).where(_WAITS))
    known = {sighting.image.id: sighting for sighting in map(sighting_of, waiting)}
    listed = {image.id for image in answer.images}
    listed |= {entry.id for entry in answer.unreadable if entry.id is not None}
    return known | await _of(transaction, listed - known.keys())


async def _of(transaction: Transaction, ids: Collection[str]) -> dict[str, Sighting]:
    found = {}
    for part in parts(sorted(ids)):
        rows = await transaction.all(select(sightings).where(sightings.c.image_id.in_(part)))
        # By the id that SCP gives, of which the column may hold less.
        found.update({sighting.image.id: sighting for sighting in map(sighting_of, rows)})
    return found


async def _keep(transaction: Transaction, changed: list[Sighting]) -> None:
    if not changed:
        return
    statement = transaction.insert(sightings)
    replaced = {name: statement.excluded[name] for name in _REPLACED}
    replacing = statement.on_conflict_do_update(index_elements=["image_id"], set_=replaced)
    await transaction.run(replacing, [_columns(sighting) for sighting in changed])


_REPLACED = [column.name for column in sightings.c if not column.primary_key]


def _columns(sighting: Sighting) -> dict[str, object]:
    # One that has come back, or just gone, is to be asked about when it has gone.
    return {**sighting_columns(sighting), "asked_at": None}

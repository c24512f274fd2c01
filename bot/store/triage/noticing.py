"""Images that somebody deals with before the watch has seen them: seen from that moment on.

What is known of an owner, of a content and of a name is known by sightings, and so is an image
that has left SCP's list before the watch looked.
"""

from sqlalchemy import select, update

from bot.images import PendingImage
from bot.sightings import Sighting
from bot.store.engine import Transaction
from bot.store.rows import sighting_columns
from bot.store.tables import sightings, storable, watch


async def notice(transaction: Transaction, image: PendingImage) -> None:
    """Keep that an image is pending now, unless it was ever seen; the deed itself is recorded.

    Before anything else of the image is locked: the watch comes first.
    """
    mine = select(sightings.c.image_id).where(sightings.c.image_id == storable(image.id))
    if await transaction.first(mine) is not None:
        return
    await transaction.run(update(watch).values(version=watch.c.version + 1))
    columns = sighting_columns(Sighting(image=image, first_seen=transaction.now))
    new = transaction.insert(sightings).values(**columns, asked_at=None)
    await transaction.run(new.on_conflict_do_nothing(index_elements=["image_id"]))

"""What was posted long ago is forgotten, but for the cards of images that still wait."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select

from bot.store.engine import Transaction
from bot.store.tables import sightings
from bot.store.triage.tables import card_posts, outbox

KEPT_FOR = timedelta(days=90)


async def forget_posts(transaction: Transaction, before: datetime) -> None:
    """Drop what ended before a moment; of an image that waits, or has gone since, its card stays.

    Who calls has locked the record, as does whoever changes old cards.
    """
    old = outbox.c.finished_at < before
    still = exists().where(
        sightings.c.image_id == card_posts.c.image_id,
        sightings.c.first_seen == card_posts.c.since,
        or_(sightings.c.gone_at.is_(None), sightings.c.gone_at >= before),
    )
    cards = card_posts.delete().where(card_posts.c.post.in_(select(outbox.c.id).where(old)))
    await transaction.run(cards.where(~still))
    needed = exists().where(card_posts.c.post == outbox.c.id)
    await transaction.run(outbox.delete().where(and_(old, ~needed)))

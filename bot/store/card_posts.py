"""Which images have a card of their own in a channel, and what has become of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select, update

from bot.oncall.escalating import CardPost
from bot.store.engine import Transaction
from bot.store.tables import sightings, storable, watch
from bot.store.triage_rows import parts
from bot.store.triage_tables import card_posts, outbox

ALONE = 10
"""More than so many at once share posts, and so many a post."""

_SAME_SHARE = and_(
    sightings.c.image_id == card_posts.c.image_id,
    sightings.c.first_seen == card_posts.c.since,
)

Seen = tuple[str, datetime]
"""An image's id, and when it was first seen."""


async def new_groups(
    transaction: Transaction, channel: str, images: Sequence[Seen]
) -> list[list[Seen]]:
    """Return the images that have no card in the channel yet, as they are to be posted.

    Nobody else plans cards until the transaction ends.
    """
    await transaction.first(select(watch.c.id).with_for_update())
    known = select(card_posts.c.image_id, card_posts.c.since).where(card_posts.c.channel == channel)
    there = set()
    for part in parts(sorted({image_id for image_id, _ in images})):
        rows = await transaction.all(known.where(card_posts.c.image_id.in_(part)))
        there |= {(row.image_id, row.since) for row in rows}
    new = [seen for seen in images if (storable(seen[0]), seen[1]) not in there]
    size = ALONE if len(new) > ALONE else 1
    return [new[start : start + size] for start in range(0, len(new), size)]


def key_of(channel: str, group: Sequence[Seen]) -> str:
    """Return the key of a post: each share of an image is in one, so its first tells."""
    image_id, since = group[0]
    return f"watch/{channel}/{image_id}/{since.isoformat()}"


async def insert(transaction: Transaction, channel: str, post: int, group: Sequence[Seen]) -> None:
    """Keep which post has the cards of these images."""
    rows = [
        {
            "channel": channel,
            "image_id": image_id,
            "since": since,
            "post": post,
            "escalations": 0,
        }
        for image_id, since in group
    ]
    await transaction.run(card_posts.insert(), rows)


async def count(
    transaction: Transaction, kind: str, channel: str, ts: str, image_ids: Sequence[str]
) -> None:
    """Keep that a reply to a post calls somebody for these images, or says what became of them."""
    post = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.ts == ts)
    cards = update(card_posts).where(
        card_posts.c.post.in_(post), card_posts.c.image_id.in_(image_ids)
    )
    now = transaction.now
    if kind == "resolved":
        await transaction.run(cards.values(resolved_at=now))
    else:
        again = card_posts.c.escalations + 1
        await transaction.run(cards.values(escalations=again, escalated_at=now))


async def posted(transaction: Transaction, image_id: str, *, resolved: bool) -> Sequence[Row[Any]]:
    """Return channel and ts of the posts that have an image's card of its present share.

    ``resolved``: those whose threads say what became of it, or else those whose do not.
    """
    told = card_posts.c.resolved_at.is_not(None)
    wanted = (
        select(outbox.c.channel, outbox.c.ts)
        .join(card_posts, card_posts.c.post == outbox.c.id)
        .join(sightings, _SAME_SHARE)
        .where(card_posts.c.image_id == image_id, outbox.c.ts.is_not(None))
        .where(told if resolved else ~told)
        .order_by(outbox.c.id)
    )
    return await transaction.all(wanted)


async def resolve(transaction: Transaction, image_id: str) -> None:
    """Keep that the threads of an image's posted cards say what became of it."""
    sent = select(outbox.c.id).where(outbox.c.ts.is_not(None))
    cards = update(card_posts).where(
        card_posts.c.image_id == image_id,
        card_posts.c.post.in_(sent),
        card_posts.c.resolved_at.is_(None),
    )
    await transaction.run(cards.values(resolved_at=transaction.now))


async def reopen(transaction: Transaction, image_ids: Sequence[str]) -> None:
    """Forget that replies say what became of these images: they wait again."""
    for part in parts(image_ids):
        cards = update(card_posts).where(
            card_posts.c.image_id.in_(part), card_posts.c.resolved_at.is_not(None)
        )
        await transaction.run(cards.values(resolved_at=None))


async def standing(transaction: Transaction, channel: str) -> dict[str, CardPost]:
    """Return the posted cards, by image, whose image waits, or has gone and nothing says so."""
    wanted = (
        select(card_posts, outbox.c.ts)
        .join(outbox, outbox.c.id == card_posts.c.post)
        .join(sightings, _SAME_SHARE)
        .where(card_posts.c.channel == channel, outbox.c.ts.is_not(None))
        .where(or_(sightings.c.gone_at.is_(None), card_posts.c.resolved_at.is_(None)))
    )
    return {
        row.image_id: CardPost(channel, row.ts, row.since, row.escalations, row.escalated_at)
        for row in await transaction.all(wanted)
    }

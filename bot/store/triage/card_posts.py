"""Which images have a card of their own in a channel, and what has become of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, update

from bot.oncall.escalating import CardPost
from bot.oncall.values import SETTLED_HOLDS
from bot.store.engine import Transaction
from bot.store.tables import sightings, storable, watch
from bot.store.triage.rows import parts
from bot.store.triage.tables import UNSENT, UNTOLD, card_posts, outbox, triage

ALONE = 10
"""More than so many at once share posts, and so many a post."""

_SAME_SHARE = and_(
    sightings.c.image_id == card_posts.c.image_id,
    sightings.c.first_seen == card_posts.c.since,
)

_KEY = (card_posts.c.channel, card_posts.c.image_id, card_posts.c.since)

Seen = tuple[str, datetime]
"""An image's id, and when it was first seen."""


class Call(msgspec.Struct, frozen=True):
    """What on-call is to be called for by one reply to a post."""

    ts: str
    """Of the post."""
    number: int
    image_ids: tuple[str, ...]


async def alone(transaction: Transaction) -> datetime | None:
    """Let nobody else plan until the transaction ends; return when SCP was asked last."""
    mine = select(watch.c.observed_at).with_for_update()
    row = await transaction.first(mine)
    return row.observed_at if row else None


async def known(
    transaction: Transaction, channel: str, images: Sequence[Seen]
) -> dict[Seen, Row[Any]]:
    """Return the cards that these images have in the channel, with their posts' ts."""
    cards = select(card_posts, outbox.c.ts).outerjoin(outbox, outbox.c.id == card_posts.c.post)
    found = {}
    for part in parts(sorted({storable(image_id) for image_id, _ in images})):
        mine = cards.where(card_posts.c.channel == channel, card_posts.c.image_id.in_(part))
        rows = await transaction.all(mine)
        found.update({(row.image_id, row.since): row for row in rows})
    return {seen: found[kept] for seen in images if (kept := (storable(seen[0]), seen[1])) in found}


def grouped(new: Sequence[Seen]) -> list[Sequence[Seen]]:
    """Return new images as they are to be posted."""
    size = ALONE if len(new) > ALONE else 1
    return [new[start : start + size] for start in range(0, len(new), size)]


async def insert(transaction: Transaction, channel: str, post: int, group: Sequence[Seen]) -> None:
    """Keep which post has the cards of these images."""
    rows = [
        {"channel": channel, "image_id": image_id, "since": since, "post": post, "escalations": 0}
        for image_id, since in group
    ]
    await transaction.run(card_posts.insert(), rows)


async def close(transaction: Transaction, channel: str, image_ids: Sequence[str]) -> None:
    """Have no thread wait to be told what became of images: they are shared anew."""
    for part in parts([storable(image_id) for image_id in image_ids]):
        mine = (card_posts.c.channel == channel, card_posts.c.image_id.in_(part), UNTOLD)
        await _change(transaction, *mine, resolved_at=transaction.now)


async def forget(transaction: Transaction, post: int) -> None:
    """Drop the cards of a post that has not come about: they are to be planned anew."""
    await transaction.run(card_posts.delete().where(card_posts.c.post == post))


def reopened(cards: Iterable[Row[Any]], listed_at: datetime | None) -> list[Row[Any]]:
    """Return those whose threads say what became of an image that SCP lists again, or still.

    So it may do for a while after a decision.
    """
    if listed_at is None:
        return []
    told = [card for card in cards if card.ts and card.resolved_at]
    return [card for card in told if card.resolved_at < listed_at - SETTLED_HOLDS]


async def called(transaction: Transaction, channel: str, ts: str, image_ids: Sequence[str]) -> None:
    """Count that a reply to a post has called on-call for these images."""
    posted_so = exists().where(outbox.c.id == card_posts.c.post, outbox.c.ts == ts)
    mine = (card_posts.c.channel == channel, card_posts.c.image_id.in_(image_ids), posted_so)
    counted = {"escalations": card_posts.c.escalations + 1, "escalated_at": transaction.now}
    await _change(transaction, *mine, **counted)


async def posted(transaction: Transaction, image_id: str, *, resolved: bool) -> Sequence[Row[Any]]:
    """Return channel and ts of the posts that have an image's card of its present share.

    ``resolved``: those whose threads say what became of it, or else those whose do not.
    """
    wanted = _standing(outbox.c.channel, outbox.c.ts).where(card_posts.c.image_id == image_id)
    return await transaction.all(
        wanted.where(~UNTOLD if resolved else UNTOLD).order_by(outbox.c.id)
    )


async def resolve(transaction: Transaction, image_ids: Sequence[str]) -> None:
    """Keep that the threads of these images' posted cards say what became of them."""
    sent = exists().where(outbox.c.id == card_posts.c.post, outbox.c.ts.is_not(None))
    for part in parts(image_ids):
        mine = (card_posts.c.image_id.in_(part), sent, UNTOLD)
        await _change(transaction, *mine, resolved_at=transaction.now)


async def reopen(transaction: Transaction, image_ids: Sequence[str]) -> None:
    """Forget that replies say what became of these images: they wait again."""
    for part in parts(image_ids):
        mine = (card_posts.c.image_id.in_(part), exists().where(_SAME_SHARE), ~UNTOLD)
        await _change(transaction, *mine, resolved_at=None)


async def unattended(
    transaction: Transaction, channel: str, *, after: timedelta, again: timedelta | None
) -> dict[str, CardPost]:
    """Return the posted cards for which on-call may be due to be called, by image.

    Their images wait, nobody looks after them, and as clocks on walls go they have done so for
    long enough since they came, or since the last call.
    """
    now = transaction.now
    due = and_(card_posts.c.escalated_at.is_(None), card_posts.c.since <= now - after)
    if again is not None:
        due = or_(due, card_posts.c.escalated_at <= now - again)
    wanted = (
        _standing(card_posts, outbox.c.ts)
        .outerjoin(triage, triage.c.image_id == card_posts.c.image_id)
        .where(card_posts.c.channel == channel, UNTOLD, sightings.c.gone_at.is_(None), due)
        .where(triage.c.claimed_by.is_(None))
        .where(or_(triage.c.snoozed_until.is_(None), triage.c.snoozed_until <= now))
    )
    waited = await _being_called(transaction, channel)
    return {
        row.image_id: CardPost(channel, row.ts, row.since, row.escalations, row.escalated_at)
        for row in await transaction.all(wanted)
        if row.image_id not in waited
    }


async def calls(transaction: Transaction, channel: str, due: Mapping[str, int]) -> list[Call]:
    """Return the calls that are to be made for images, each with the number of its call.

    One that was made, or planned, by somebody else meanwhile is left out.
    """
    waited = await _being_called(transaction, channel)
    replies: dict[tuple[str, int], list[str]] = {}
    for part in parts(sorted(due.keys() - waited)):
        mine = (card_posts.c.channel == channel, card_posts.c.image_id.in_(part), UNTOLD)
        cards = _standing(card_posts, outbox.c.ts).where(*mine).order_by(card_posts.c.image_id)
        for row in await transaction.all(cards):
            if row.escalations == due[row.image_id] - 1:
                replies.setdefault((row.ts, due[row.image_id]), []).append(row.image_id)
    return [Call(ts, number, tuple(ids)) for (ts, number), ids in replies.items()]


async def gone(
    transaction: Transaction, channel: str, unexplained_for: timedelta
) -> Sequence[Row[Any]]:
    """Return ts, image id and when it went of cards whose image has gone, and nothing says so.

    What became of it is known, or has not been for so long since it went, and since it was undone:
    the watch may not have seen yet that it is back.
    """
    before = transaction.now - unexplained_for
    untouched = or_(triage.c.changed_at.is_(None), triage.c.changed_at <= before)
    late = and_(sightings.c.gone_at <= before, untouched)
    wanted = (
        _standing(card_posts.c.image_id, outbox.c.ts, sightings.c.gone_at)
        .outerjoin(triage, triage.c.image_id == card_posts.c.image_id)
        .where(card_posts.c.channel == channel, UNTOLD, sightings.c.gone_at.is_not(None))
        .where(or_(sightings.c.how.is_not(None), late))
    )
    return await transaction.all(wanted.order_by(card_posts.c.image_id))


def _standing(*columns: Any) -> Select[Any]:
    """Return the question for posted cards of the present share of their images."""
    return (
        select(*columns)
        .select_from(card_posts)
        .join(outbox, outbox.c.id == card_posts.c.post)
        .join(sightings, _SAME_SHARE)
        .where(outbox.c.ts.is_not(None))
    )


async def _being_called(transaction: Transaction, channel: str) -> set[str]:
    """Return the images for which on-call is called as soon as Slack takes it."""
    planned = select(outbox.c.image_ids).where(
        UNSENT, outbox.c.channel == channel, outbox.c.kind == "escalate"
    )
    rows = await transaction.all(planned)
    return {each for row in rows for each in msgspec.json.decode(row.image_ids, type=list[str])}


async def _change(transaction: Transaction, *which: ColumnElement[bool], **values: Any) -> None:
    """Change cards, locked in one order, lest two wait for each other's."""
    await transaction.all(select(*_KEY).where(*which).order_by(*_KEY).with_for_update())
    await transaction.run(update(card_posts).where(*which).values(**values))

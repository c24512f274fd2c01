"""The turns of channels, for all replicas together: one post a second, none where Slack said so.

A channel is what a message is posted to: of a direct message, the user. Turns are the last that a
transaction locks, and several by their channels' order, lest two wait for each other.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.store.engine import Transaction
from bot.store.tables import posts

APART = timedelta(seconds=1)
"""Slack takes one message a second in a channel."""


async def take(transaction: Transaction, channel: str) -> bool:
    """Return whether the channel is free, and take it; who asks later finds it taken."""
    taken = transaction.insert(posts).values(channel=channel, begun_at=transaction.now)
    free = taken.on_conflict_do_update(
        index_elements=["channel"],
        set_={"begun_at": transaction.now},
        where=posts.c.begun_at <= transaction.now - APART,
    )
    return await transaction.first(free.returning(posts.c.channel)) is not None


async def hold(transaction: Transaction, channel: str, wait: timedelta) -> None:
    """Have nobody take the channel before Slack's wait is over."""
    begun_at = transaction.now + wait - APART  # as if something were posted a second before
    held = transaction.insert(posts).values(channel=channel, begun_at=begun_at)
    longer = held.on_conflict_do_update(
        index_elements=["channel"],
        set_={"begun_at": begun_at},
        where=posts.c.begun_at < begun_at,
    )
    await transaction.run(longer)


async def next_turn(transaction: Transaction, channel: str) -> datetime:
    """Return when to ask for a channel again that was taken.

    Where Slack said until when, what was told so goes first.
    """
    found = await transaction.first(select(posts.c.begun_at).where(posts.c.channel == channel))
    if found is None:
        return transaction.now
    begun_at: datetime = found.begun_at
    # A moment just ahead is that of another's transaction, which has begun after this one.
    held = begun_at - transaction.now > APART / 2
    return begun_at + (2 * APART if held else APART)

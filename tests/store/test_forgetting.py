"""What was posted long ago is forgotten when another message is kept, unless it is needed."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.images import PendingImage
from bot.store import Store
from bot.store.engine import open_database
from bot.store.triage.forgetting import KEPT_FOR
from bot.store.triage.tables import outbox
from tests.store.conftest import Clock
from tests.store.steps import DAY, HOUR
from tests.store.triage_steps import CHANNEL, IMAGE, OTHER, keep, look, to_post

SOON = timedelta(seconds=2)
"""Slack takes a message a second in a channel."""


async def carded(store: Store, clock: Clock, *images: PendingImage) -> dict[str, datetime]:
    """Have each image posted; return when each was first seen."""
    await look(store, clock, *images)
    first_seen = await store.sightings.first_seen()
    await store.outbox.plan_cards(CHANNEL, list(first_seen.items()))
    for number, _ in enumerate(images):
        clock.shift(SOON)
        assert await store.outbox.finish(await to_post(store), ts=f"9.{number}")
    return first_seen


async def posts(clock: Clock) -> int:
    """How many are kept."""
    async with open_database(clock.url, clock.now) as database, database.reading() as transaction:
        counted = await transaction.connection.execute(select(func.count()).select_from(outbox))
        return int(counted.scalar_one())


async def test_posts_of_images_long_gone_are_forgotten(store: Store, clock: Clock) -> None:
    first_seen = await carded(store, clock, IMAGE, OTHER)
    await look(store, clock)
    clock.shift(KEPT_FOR - HOUR)
    await keep(store, clock, "1.1", "a")
    assert await posts(clock) == 2
    assert await store.outbox.plan_cards(CHANNEL, list(first_seen.items())) == 0
    clock.shift(2 * HOUR)
    await keep(store, clock, "1.2", "a")
    assert await posts(clock) == 0
    assert await store.outbox.plan_cards(CHANNEL, list(first_seen.items())) == 2


async def test_the_card_of_an_image_that_waits_is_never_forgotten(
    store: Store, clock: Clock
) -> None:
    first_seen = await carded(store, clock, IMAGE, OTHER)
    clock.shift(KEPT_FOR + DAY)
    await look(store, clock, IMAGE)
    await keep(store, clock, "1.1", "a")
    assert await posts(clock) == 2, "of one that has gone just now there is something to say"
    clock.shift(KEPT_FOR + DAY)
    await keep(store, clock, "1.2", "a")
    assert await posts(clock) == 1
    assert await store.outbox.plan_cards(CHANNEL, [("a", first_seen["a"])]) == 0


async def test_the_card_of_an_earlier_share_is_forgotten(store: Store, clock: Clock) -> None:
    await carded(store, clock, IMAGE)
    await look(store, clock)
    clock.shift(DAY)
    await carded(store, clock, IMAGE)
    assert await posts(clock) == 2
    clock.shift(KEPT_FOR + DAY)
    await keep(store, clock, "1.1", "a")
    assert await posts(clock) == 1


async def test_what_is_to_be_posted_is_not_forgotten(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    first_seen = await store.sightings.first_seen()
    await store.outbox.plan_cards(CHANNEL, list(first_seen.items()))
    await look(store, clock)
    clock.shift(2 * KEPT_FOR)
    await keep(store, clock, "1.1", "a")
    assert await posts(clock) == 1

from datetime import timedelta

from bot.store import Store
from tests.store.conftest import Clock
from tests.store.drafts import draft


async def test_a_schedule_is_read_back_as_it_was_made(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.schedules.get(made.id) == made


async def test_clock(store: Store, clock: Clock) -> None:
    before = await store.now()
    clock.shift(timedelta(hours=1))
    assert await store.now() - before >= timedelta(hours=1)

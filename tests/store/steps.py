"""The way of a digest, as far as a test needs it to have come."""

from datetime import timedelta

from msgspec.structs import replace

from bot.schedule import Delivery, DeliveryState, Schedule
from bot.store import Go, Shown, Store
from tests.store.conftest import Clock
from tests.store.drafts import draft

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(minutes=5)
PROCESS = "p1"
NOTHING_SHOWN = Shown((), 0, 0, None)


async def due_schedule(store: Store, clock: Clock, **named: object) -> Schedule:
    """Return a daily schedule that is due just now."""
    made = await store.schedules.add(replace(draft(days="daily"), **named), "U1")
    assert made.next_due is not None
    clock.shift(made.next_due - clock.now())
    return made


async def planned(store: Store, clock: Clock, **named: object) -> Delivery:
    """Return the delivery of a schedule that has come due."""
    made = await due_schedule(store, clock, **named)
    [delivery] = [d for d in await store.deliveries.plan_due([]) if d.schedule_id == made.id]
    return delivery


async def claim_one(store: Store, process: str = PROCESS) -> Delivery:
    """Return the one delivery that may be claimed, claimed."""
    [delivery] = await store.deliveries.claim(process, LEASE, [], 10)
    return delivery


async def claimed(store: Store, clock: Clock, **named: object) -> Delivery:
    """Return a delivery that a process prepares."""
    await planned(store, clock, **named)
    return await claim_one(store)


async def begin(store: Store, delivery: Delivery, shown: Shown = NOTHING_SHOWN) -> Go:
    """Return whether to post, as its holder asks."""
    return await store.deliveries.begin_posting(delivery.id, delivery.owner, LEASE, shown)


async def posting(
    store: Store, clock: Clock, shown: Shown = NOTHING_SHOWN, **named: object
) -> Delivery:
    """Return a delivery that has perhaps been sent."""
    delivery = await claimed(store, clock, **named)
    assert await begin(store, delivery, shown) is Go.YES
    return await kept(store, delivery)


async def kept(store: Store, delivery: Delivery) -> Delivery:
    """Return a delivery as it is by now."""
    found = await store.deliveries.get(delivery.id)
    assert found is not None
    return found


async def refuse(store: Store, clock: Clock, made: Schedule, outcome: str = "no") -> Schedule:
    """Have Slack refuse the next digest of a schedule."""
    clock.shift(MINUTE)
    assert await store.deliveries.plan_now(made.id, "U1")
    delivery = await claim_one(store)
    schedule = await store.deliveries.finish(
        delivery.id, delivery.owner, DeliveryState.FAILED, outcome=outcome, refused=True
    )
    assert schedule is not None
    return schedule


async def arrive(store: Store, clock: Clock, made: Schedule, state: DeliveryState) -> Schedule:
    """Have the next digest of a schedule end well."""
    clock.shift(MINUTE)
    assert await store.deliveries.plan_now(made.id, "U1")
    delivery = await claim_one(store)
    schedule = await store.deliveries.finish(delivery.id, delivery.owner, state)
    assert schedule is not None
    return schedule

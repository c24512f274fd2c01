"""One process has a delivery, until it gives it up or its lease runs out."""

import asyncio
from datetime import timedelta

import pytest

from bot.schedule import DeliveryState
from bot.store import Go, Store
from tests.store.conftest import Clock
from tests.store.drafts import draft
from tests.store.steps import (
    DAY,
    LEASE,
    MINUTE,
    PROCESS,
    begin,
    claim_one,
    claimed,
    kept,
    planned,
    posting,
)


async def made_due(store: Store, clock: Clock, count: int) -> None:
    """Plan one delivery in each of so many channels."""
    for n in range(count):
        await store.schedules.add(draft(days="daily", channel=f"C{n}"), "U1")
    clock.shift(DAY)
    assert len(await store.deliveries.plan_due([])) == count


async def test_a_claim_says_who_has_a_delivery_and_until_when(store: Store, clock: Clock) -> None:
    waiting = await planned(store, clock)
    before = clock.now()
    delivery = await claim_one(store)
    assert (delivery.id, delivery.state) == (waiting.id, DeliveryState.PREPARING)
    assert (delivery.owner, delivery.attempts) == (f"{PROCESS}/1", 1)
    assert delivery.lease_until == delivery.not_before
    assert before + LEASE <= delivery.not_before <= clock.now() + LEASE
    assert delivery.started_at is not None
    assert await kept(store, delivery) == delivery


async def test_one_claim_wins_whoever_claims_at_the_same_moment(
    store: Store, other: Store, clock: Clock
) -> None:
    await made_due(store, clock, 12)
    claims = [s.deliveries.claim(f"p{n}", LEASE, [], 3) for n, s in enumerate((store, other) * 5)]
    answers = await asyncio.gather(*claims)
    answers.append(await store.deliveries.claim(PROCESS, LEASE, [], 12))  # what all left
    ids = [delivery.id for answer in answers for delivery in answer]
    assert len(ids) == len(set(ids)) == 12
    assert max(map(len, answers[:-1])) <= 3


async def test_a_claimed_delivery_is_not_claimed_while_its_lease_runs(
    store: Store, other: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    clock.shift(LEASE - MINUTE)
    assert await other.deliveries.claim("p2", LEASE, [], 10) == []
    assert (await store.agenda([])).next_delivery == delivery.lease_until


async def test_a_delivery_is_taken_over_after_its_lease(
    store: Store, other: Store, clock: Clock
) -> None:
    first = await claimed(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    assert (second.id, second.owner, second.attempts) == (first.id, "p2/2", 2)
    assert second.started_at == first.started_at


async def test_what_was_perhaps_sent_is_so_for_who_takes_it_over(
    store: Store, other: Store, clock: Clock
) -> None:
    first = await posting(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    assert (second.id, second.state) == (first.id, DeliveryState.POSTING)
    assert second.posting_at == first.posting_at


async def test_each_claim_of_one_process_is_another_s(store: Store, clock: Clock) -> None:
    first = await claimed(store, clock)
    clock.shift(LEASE)
    second = await claim_one(store)
    assert second.owner != first.owner
    assert await begin(store, first) is Go.LOST
    assert await begin(store, second) is Go.YES


async def test_the_longest_waiting_is_claimed_first(store: Store, clock: Clock) -> None:
    made = [await store.schedules.add(draft(), "U1") for _ in range(2)]
    for schedule in reversed(made):
        assert await store.deliveries.plan_now(schedule.id, "U1")
        clock.shift(MINUTE)
    [one] = await store.deliveries.claim(PROCESS, LEASE, [], 1)
    await store.deliveries.put_back(one.id, one.owner, timedelta(), "")
    [two] = await store.deliveries.claim(PROCESS, LEASE, [], 1)
    assert [one.schedule_id, two.schedule_id] == [made[1].id, made[0].id]


async def test_several_are_claimed_in_their_order_at_most_so_many(
    store: Store, clock: Clock
) -> None:
    await made_due(store, clock, 5)
    parts = [await store.deliveries.claim(PROCESS, LEASE, [], 3) for _ in range(2)]
    ids = [[delivery.id for delivery in part] for part in parts]
    assert ids == [sorted(ids[0]), sorted(ids[1])]
    assert (len(ids[0]), len(ids[1])) == (3, 2)
    assert max(ids[0]) < min(ids[1])


async def test_what_was_put_back_is_not_claimed_before_its_wait_is_over(
    store: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    await store.deliveries.put_back(delivery.id, delivery.owner, 2 * MINUTE, "Slack was away")
    clock.shift(MINUTE)
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []
    clock.shift(MINUTE)
    assert (await claim_one(store)).attempts == 2


async def test_a_finished_delivery_is_never_claimed(store: Store, clock: Clock) -> None:
    delivery = await claimed(store, clock)
    await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.SILENT)
    clock.shift(LEASE)
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []


async def test_deliveries_of_settings_that_are_not_in_force_are_not_claimed(
    store: Store, clock: Clock
) -> None:
    [made] = await store.schedules.sync_settings([draft(days="daily")])
    clock.shift(DAY)
    [waiting] = await store.deliveries.plan_due([made.id])
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []
    assert await store.deliveries.claim(PROCESS, LEASE, [made.id + 1], 10) == []
    assert (await store.agenda([])).next_delivery is None
    assert (await store.agenda([made.id])).next_delivery == waiting.not_before
    [delivery] = await store.deliveries.claim(PROCESS, LEASE, [made.id], 10)
    assert delivery.id == waiting.id


# ---- released


async def test_who_stops_leaves_what_it_prepares_to_others_at_once(
    store: Store, other: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    await store.deliveries.release(PROCESS)
    released = await kept(store, delivery)
    assert (released.state, released.owner) == (DeliveryState.WAITING, None)
    assert (await claim_one(other, "p2")).id == delivery.id


async def test_who_stops_keeps_what_it_is_posting(store: Store, clock: Clock) -> None:
    delivery = await posting(store, clock)
    await store.deliveries.release(PROCESS)
    assert await kept(store, delivery) == delivery


@pytest.mark.parametrize("process", ["p", "p11", "_1", "%", "P1", ""])
async def test_who_stops_releases_nothing_of_others(
    store: Store, clock: Clock, process: str
) -> None:
    delivery = await claimed(store, clock)
    await store.deliveries.release(process)
    assert await kept(store, delivery) == delivery


async def test_what_was_released_is_not_its_holder_s_any_more(store: Store, clock: Clock) -> None:
    delivery = await claimed(store, clock)
    await store.deliveries.release(PROCESS)
    assert await begin(store, delivery) is Go.LOST
    assert await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.FAILED) is None

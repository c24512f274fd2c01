"""Each occurrence gets one row, whoever plans it and however late."""

import asyncio
from datetime import time, timedelta

import pytest

from bot.errors import ScheduleGone
from bot.schedule import DeliveryState
from bot.store import Store, open_store
from tests.databases import ShiftedClock
from tests.store.conftest import MONDAY, Clock
from tests.store.drafts import CHANNEL, draft
from tests.store.raw import connected, run
from tests.store.steps import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    PROCESS,
    begin,
    claim_one,
    due_schedule,
    planned,
)

GRACE = timedelta(seconds=draft().grace)


async def test_nothing_is_planned_before_it_is_due(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(days="daily"), "U1")
    clock.shift(DAY - MINUTE)
    assert await store.deliveries.plan_due([]) == []
    assert (await store.agenda([])).next_due == made.next_due


async def test_what_is_due_gets_a_delivery_that_waits(store: Store, clock: Clock) -> None:
    made = await due_schedule(store, clock)
    before = clock.now()
    [delivery] = await store.deliveries.plan_due([])
    assert delivery.occurrence == f"{made.id}/2026-11-24T09:00/Asia/Seoul"
    assert (delivery.state, delivery.due) == (DeliveryState.WAITING, made.next_due)
    assert (delivery.schedule_id, delivery.channel) == (made.id, CHANNEL)
    assert before <= delivery.planned_at == delivery.not_before <= clock.now()
    assert await store.deliveries.get(delivery.id) == delivery


async def test_what_was_planned_is_due_next_at_its_next_occurrence(
    store: Store, clock: Clock
) -> None:
    delivery = await planned(store, clock)
    agenda = await store.agenda([])
    assert agenda.next_due == delivery.due + DAY
    assert agenda.next_delivery == delivery.not_before
    assert await store.deliveries.plan_due([]) == []


async def test_replicas_that_plan_together_plan_each_occurrence_once(
    store: Store, other: Store, clock: Clock
) -> None:
    for n in range(8):
        await store.schedules.add(draft(days="daily", channel=f"C{n}"), "U1")
    clock.shift(DAY)
    stores = (store, other) * 3
    answers = await asyncio.gather(*(s.deliveries.plan_due([]) for s in stores))
    occurrences = [delivery.occurrence for answer in answers for delivery in answer]
    assert len(occurrences) == len(set(occurrences)) == 8


async def test_an_occurrence_that_has_its_row_is_not_planned_again(
    store: Store, clock: Clock
) -> None:
    delivery = await planned(store, clock)
    # As a replica leaves it that began to plan before the first one ended.
    before = "2026-11-24 00:00:00.000000" + ("+00:00" if "postgresql" in clock.url else "")
    run(clock.url, f"UPDATE schedules SET next_due = '{before}'")  # noqa: S608  our own moment
    assert await store.deliveries.plan_due([]) == []
    assert [d.id for d in await store.deliveries.history(CHANNEL)] == [delivery.id]
    assert (await store.agenda([])).next_due == delivery.due + DAY


async def test_several_missed_within_the_grace_are_made_up_for_by_the_last(
    store: Store, clock: Clock
) -> None:
    times = (time(9), time(10), time(11))
    made = await store.schedules.add(draft(times, "daily"), "U1")
    clock.shift(3 * HOUR)
    skipped, delivery = await store.deliveries.plan_due([])
    assert delivery.state is DeliveryState.WAITING
    assert delivery.occurrence == f"{made.id}/2026-11-23T11:00/Asia/Seoul"
    assert (skipped.state, skipped.missed) == (DeliveryState.SKIPPED, 1)
    assert skipped.occurrence == f"{made.id}/2026-11-23T10:00/Asia/Seoul"
    assert skipped.outcome == "The one after it came instead."


async def test_what_is_late_within_the_grace_is_delivered(store: Store, clock: Clock) -> None:
    await due_schedule(store, clock)
    clock.shift(GRACE - MINUTE)
    [delivery] = await store.deliveries.plan_due([])
    assert delivery.state is DeliveryState.WAITING


async def test_what_is_late_beyond_the_grace_is_skipped(store: Store, clock: Clock) -> None:
    made = await due_schedule(store, clock)
    clock.shift(GRACE + MINUTE)
    [skipped] = await store.deliveries.plan_due([])
    assert (skipped.state, skipped.missed) == (DeliveryState.SKIPPED, 1)
    assert skipped.outcome == "More than 4h late, which is all that it is worth."
    assert skipped.due == made.next_due
    assert skipped.finished_at is not None
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []
    assert (await store.agenda([])).next_delivery is None


async def test_after_days_the_missed_are_one_skipped_with_their_count_and_today_is_delivered(
    store: Store, clock: Clock
) -> None:
    await due_schedule(store, clock)
    clock.shift(3 * DAY)
    skipped, delivery = await store.deliveries.plan_due([])
    assert (skipped.state, skipped.missed) == (DeliveryState.SKIPPED, 3)
    assert skipped.due == MONDAY + 3 * DAY
    assert (delivery.state, delivery.due) == (DeliveryState.WAITING, MONDAY + 4 * DAY)
    assert skipped.id < delivery.id


async def test_of_very_many_due_a_part_is_planned_at_a_time_the_first_due_first(
    store: Store, clock: Clock
) -> None:
    made = [await store.schedules.add(draft((time(9, n),), "daily"), "U1") for n in (5, 1, 4, 2, 3)]
    clock.shift(10 * MINUTE)
    parts = [await store.deliveries.plan_due([], limit=2) for _ in range(4)]
    order = [made[n].id for n in (1, 3, 4, 2, 0)]
    assert [[d.schedule_id for d in part] for part in parts] == [
        order[:2],
        order[2:4],
        order[4:],
        [],
    ]


async def test_what_another_changes_just_now_is_left_to_the_next_look(
    emptied_clock: ShiftedClock,  # SQLite has one writer: who plans waits for it
) -> None:
    async with open_store(emptied_clock.url, now=emptied_clock.now) as store:
        made = await due_schedule(store, emptied_clock)
        with connected(emptied_clock.url) as raw:
            raw.do("BEGIN")
            raw.do(f"UPDATE schedules SET revision = 2 WHERE id = {made.id}")  # noqa: S608  a number
            assert await store.deliveries.plan_due([]) == []
            raw.do("ROLLBACK")
        assert len(await store.deliveries.plan_due([])) == 1


# ---- asked for by hand


async def test_a_delivery_that_somebody_asks_for_may_be_claimed_at_once(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    asked = await store.deliveries.plan_now(made.id, "U2")
    assert asked is not None
    assert (asked.state, asked.asked_by, asked.channel) == (DeliveryState.WAITING, "U2", CHANNEL)
    assert asked.occurrence == f"{made.id}/now/2026-11-23T00:00:00"
    assert (await claim_one(store)).id == asked.id
    assert (await store.schedules.get(made.id)) == made


async def test_a_minute_has_one_delivery_asked_for_whoever_asks(
    store: Store, other: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    asking = [s.deliveries.plan_now(made.id, "U2") for s in (store, other, store)]
    answers = await asyncio.gather(*asking)
    assert sum(answer is not None for answer in answers) == 1
    clock.shift(MINUTE)
    assert await store.deliveries.plan_now(made.id, "U2") is not None


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.SKIPPED])
async def test_what_was_asked_for_in_vain_may_be_asked_for_at_once(
    store: Store, clock: Clock, state: DeliveryState
) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.deliveries.plan_now(made.id, "U1")
    [delivery] = await store.deliveries.claim(PROCESS, LEASE, [], 1)
    await store.deliveries.finish(delivery.id, delivery.owner, state)
    clock.shift(timedelta(seconds=3))
    assert await store.deliveries.plan_now(made.id, "U1")


async def test_two_schedules_may_be_asked_for_in_the_same_minute(store: Store) -> None:
    made = [await store.schedules.add(draft(), "U1") for _ in range(2)]
    assert all([await store.deliveries.plan_now(schedule.id, "U1") for schedule in made])


async def test_a_paused_schedule_is_sent_when_somebody_asks(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    await store.schedules.pause(made.id, "U1")
    asked = await store.deliveries.plan_now(made.id, None)
    assert asked is not None
    delivery = await claim_one(store)
    assert (await begin(store, delivery)).value == "yes"


async def test_a_deleted_schedule_cannot_be_asked_for(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    await store.schedules.delete(made.id)
    with pytest.raises(ScheduleGone):
        await store.deliveries.plan_now(made.id, "U1")


async def test_a_schedule_that_is_being_deleted_cannot_be_asked_for(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    with connected(clock.url) as raw:
        raw.do("BEGIN")
        raw.do(f"DELETE FROM schedules WHERE id = {made.id}")  # noqa: S608  a number
        asking = asyncio.create_task(store.deliveries.plan_now(made.id, "U1"))
        await asyncio.wait([asking], timeout=0.1)  # until it waits for the lock
        assert not asking.done()
        raw.do("COMMIT")
    with pytest.raises(ScheduleGone):
        await asking
    assert await store.deliveries.history(CHANNEL) == []

"""Who is to be told that Slack refuses their digests: once, by whoever claims it."""

import asyncio
from datetime import timedelta

import pytest

from bot.schedule import DeliveryState, Schedule
from bot.store import Store
from tests.store.conftest import Clock
from tests.store.drafts import draft
from tests.store.steps import arrive, refuse

LEASE = timedelta(minutes=2)


@pytest.fixture
async def refused(store: Store, clock: Clock) -> Schedule:
    """A schedule that Slack has refused once."""
    return await refuse(store, clock, await store.schedules.add(draft(), "U1"))


async def claimed(store: Store) -> list[int]:
    """Which schedules there are to tell of, all claimed."""
    numbers = []
    while untold := await store.schedules.claim_telling(LEASE, []):
        numbers += [each.schedule.id for each in untold]
    return numbers


async def test_a_refusal_is_to_be_told_at_once_with_what_happened(
    store: Store, refused: Schedule
) -> None:
    agenda = await store.agenda([])
    assert agenda.next_telling is not None
    assert agenda.next_telling <= agenda.now
    [untold] = await store.schedules.claim_telling(LEASE, [])
    assert (untold.schedule.id, untold.failure) == (refused.id, "no")


async def test_one_tells_whoever_would(store: Store, other: Store, refused: Schedule) -> None:
    claims = [s.schedules.claim_telling(LEASE, []) for s in (store, other, store, other)]
    found = [each.schedule.id for untold in await asyncio.gather(*claims) for each in untold]
    assert found == [refused.id]


async def test_who_dies_over_it_is_replaced(store: Store, clock: Clock, refused: Schedule) -> None:
    assert await claimed(store) == [refused.id]
    clock.shift(LEASE + timedelta(seconds=1))
    assert await claimed(store) == [refused.id]


async def test_once_told_it_is_told_no_more(store: Store, clock: Clock, refused: Schedule) -> None:
    await claimed(store)
    await store.schedules.told(refused.id)
    clock.shift(LEASE + timedelta(seconds=1))
    await refuse(store, clock, refused)
    await store.schedules.tell_anew()
    assert await claimed(store) == []
    assert (await store.agenda([])).next_telling is None


async def test_who_could_not_be_told_is_told_at_the_next_refusal(
    store: Store, clock: Clock, refused: Schedule
) -> None:
    await claimed(store)
    await store.schedules.not_told(refused.id)
    assert await claimed(store) == []
    await refuse(store, clock, refused)
    assert await claimed(store) == [refused.id]


async def test_who_could_not_be_told_is_told_when_all_are_told_anew(
    store: Store, clock: Clock, refused: Schedule
) -> None:
    await claimed(store)
    await store.schedules.not_told(refused.id)
    clock.shift(timedelta(seconds=1))
    await store.schedules.tell_anew()
    assert await claimed(store) == [refused.id]


async def test_telling_anew_takes_it_out_of_nobodys_hand(store: Store, refused: Schedule) -> None:
    assert await claimed(store) == [refused.id]
    await store.schedules.tell_anew()
    assert await claimed(store) == []


@pytest.mark.parametrize("state", [DeliveryState.POSTED, DeliveryState.NOTICE])
async def test_what_has_arrived_since_is_not_told(
    store: Store, clock: Clock, refused: Schedule, state: DeliveryState
) -> None:
    await arrive(store, clock, refused, state)
    assert await claimed(store) == []


async def test_who_is_told_too_late_hears_of_the_next_failure_all_the_same(
    store: Store, clock: Clock, refused: Schedule
) -> None:
    await claimed(store)
    await arrive(store, clock, refused, DeliveryState.POSTED)
    await store.schedules.told(refused.id)
    await refuse(store, clock, refused)
    assert await claimed(store) == [refused.id]


async def test_nobody_is_told_of_what_is_deleted(store: Store, refused: Schedule) -> None:
    await store.schedules.delete(refused.id)
    assert await claimed(store) == []


async def test_a_digest_of_the_settings_is_told_of_like_any(store: Store, clock: Clock) -> None:
    number = await refused_of_settings(store, clock)
    assert await claimed(store) == [number]


async def refused_of_settings(store: Store, clock: Clock) -> int:
    """Have Slack refuse a digest of the settings; return its schedule's number."""
    (made,) = await store.schedules.sync_settings([draft()])
    clock.shift(timedelta(minutes=1))
    await store.deliveries.plan_now(made.id, None)
    [delivery] = await store.deliveries.claim("p1", LEASE, [made.id], 1)
    await store.deliveries.finish(
        delivery.id, delivery.owner, DeliveryState.FAILED, outcome="no", refused=True
    )
    return made.id


@pytest.mark.parametrize("clock", ["sqlite"], indirect=True)  # which stands still
async def test_admins_of_whom_one_was_told_just_now_are_told_together_a_second_later(
    store: Store, clock: Clock
) -> None:
    """Nobody's turn is taken again and again while it is not another's."""
    own = await several(store, clock, 1, "U2")
    number = await refused_of_settings(store, clock)
    admins = ["U1", "U2"]
    [first] = await store.schedules.claim_telling(LEASE, admins)
    assert [first.schedule.id] == own
    clock.shift(timedelta(seconds=0.5))
    assert await store.schedules.claim_telling(LEASE, admins) == []
    agenda = await store.agenda([number])
    assert agenda.next_telling is not None
    assert agenda.next_telling - agenda.now <= timedelta(seconds=1)
    clock.shift(agenda.next_telling - agenda.now)
    [then] = await store.schedules.claim_telling(LEASE, admins)
    assert then.schedule.id == number


async def several(store: Store, clock: Clock, count: int, made_by: str = "U1") -> list[int]:
    """Have Slack refuse digests of one maker; return their schedules' numbers."""
    made = [await store.schedules.add(draft(), made_by) for _ in range(count)]
    return [(await refuse(store, clock, schedule)).id for schedule in made]


async def test_of_what_fails_together_its_maker_is_told_at_once_ten_a_second(
    store: Store, clock: Clock
) -> None:
    numbers = await several(store, clock, 12)
    first = await store.schedules.claim_telling(LEASE, [])
    assert [each.schedule.id for each in first] == numbers[:10]
    clock.shift(timedelta(seconds=1))
    assert await claimed(store) == numbers[10:]


@pytest.mark.parametrize("clock", ["sqlite"], indirect=True)  # which stands still
async def test_a_person_is_told_one_message_a_second(
    store: Store, other: Store, clock: Clock
) -> None:
    numbers = await several(store, clock, 12)
    assert await claimed(store) == numbers[:10]
    assert await claimed(other) == []
    agenda = await store.agenda([])
    assert agenda.next_telling is not None
    assert timedelta() < agenda.next_telling - agenda.now <= timedelta(seconds=1)


async def test_makers_do_not_wait_for_each_other(store: Store, clock: Clock) -> None:
    one = await several(store, clock, 1)
    two = await several(store, clock, 1, "U2")
    assert await claimed(store) == one + two


async def test_who_slack_asked_to_wait_is_told_nothing_before(
    store: Store, other: Store, clock: Clock
) -> None:
    [first] = await several(store, clock, 1)
    assert await claimed(store) == [first]
    wait = timedelta(minutes=10)
    await store.schedules.hold_telling("U1", wait)
    await store.schedules.tell_later(first, wait)
    [second] = await several(store, clock, 1)
    clock.shift(wait - timedelta(minutes=2))
    assert await claimed(other) == []
    clock.shift(timedelta(minutes=2))
    assert await claimed(other) == [first, second]


async def test_what_has_arrived_meanwhile_is_not_told_later(
    store: Store, clock: Clock, refused: Schedule
) -> None:
    await claimed(store)
    await arrive(store, clock, refused, DeliveryState.POSTED)
    await store.schedules.tell_later(refused.id, timedelta())
    assert await claimed(store) == []

"""What became of deliveries, and what the next digest is compared with."""

from collections.abc import Sequence

from bot.schedule import Delivery, DeliveryState, Schedule
from bot.store import Go, Shown, Store
from bot.store.digests.records import Baseline
from tests.store.conftest import MONDAY, Clock
from tests.store.drafts import CHANNEL, draft
from tests.store.raw import run
from tests.store.steps import MINUTE, begin, claim_one, kept, posting


async def ended(
    store: Store,
    clock: Clock,
    made: Schedule,
    state: DeliveryState,
    ids: Sequence[str] = (),
) -> Delivery:
    """Return a delivery of a schedule that was posted and ended so."""
    clock.shift(MINUTE)
    assert await store.deliveries.plan_now(made.id, "U1")
    delivery = await claim_one(store)
    assert await begin(store, delivery, Shown(ids, len(ids), len(ids), MONDAY)) is Go.YES
    await store.deliveries.finish(delivery.id, delivery.owner, state)
    return await kept(store, delivery)


async def test_there_is_no_record_of_what_was_never_planned(store: Store) -> None:
    assert await store.deliveries.get(1) is None


# ---- the baseline


async def test_a_first_digest_is_compared_with_nothing(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.deliveries.baseline(made.id) == Baseline(None, (), [])


async def test_a_digest_is_compared_with_the_last_one_posted(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    await ended(store, clock, made, DeliveryState.POSTED, ["i1", "i2"])
    last = await ended(store, clock, made, DeliveryState.POSTED, ["i2", "i\x003", "그림"])
    baseline = await store.deliveries.baseline(made.id)
    assert baseline == Baseline(last, ("i2", "i\x003", "그림"), [])


async def test_what_a_digest_left_out_asleep_and_when_scp_was_asked_is_kept_with_it(
    store: Store, clock: Clock
) -> None:
    as_of = MONDAY - MINUTE
    left_out = Shown(("i1",), 2, 1, MONDAY, asleep=("i2", "그림"), as_of=as_of)
    delivery = await posting(store, clock, left_out)
    await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.POSTED)
    last = await kept(store, delivery)
    baseline = await store.deliveries.baseline(delivery.schedule_id)
    assert baseline == Baseline(last, ("i1",), [], ("i2", "그림"), as_of)


async def test_what_another_schedule_posted_does_not_count(store: Store, clock: Clock) -> None:
    made, another = [await store.schedules.add(draft(), "U1") for _ in range(2)]
    mine = await ended(store, clock, made, DeliveryState.POSTED, ["i1"])
    await ended(store, clock, another, DeliveryState.POSTED, ["i2"])
    await ended(store, clock, another, DeliveryState.FAILED)
    assert await store.deliveries.baseline(made.id) == Baseline(mine, ("i1",), [])


async def test_what_did_not_end_well_since_is_told_the_earliest_first(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    await ended(store, clock, made, DeliveryState.FAILED)
    last = await ended(store, clock, made, DeliveryState.POSTED, ["i1"])
    states = (DeliveryState.NOTICE, DeliveryState.SKIPPED, DeliveryState.FAILED)
    troubles = [await ended(store, clock, made, state, ["i9"]) for state in states]
    await ended(store, clock, made, DeliveryState.SILENT)
    unsure = await ended(store, clock, made, DeliveryState.UNSURE)
    baseline = await store.deliveries.baseline(made.id)
    assert baseline == Baseline(last, ("i1",), [*troubles, unsure])


async def test_troubles_before_the_first_digest_are_told_too(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    trouble = await ended(store, clock, made, DeliveryState.NOTICE)
    assert await store.deliveries.baseline(made.id) == Baseline(None, (), [trouble])


async def test_of_very_many_troubles_the_latest_are_told(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(days="daily", grace=60), "U1")
    for _ in range(52):
        clock.shift(1440 * MINUTE + MINUTE)
        await store.deliveries.plan_due([])
    history = await store.deliveries.history(CHANNEL, limit=50)
    assert (await store.deliveries.baseline(made.id)).troubles == history[::-1]


async def test_what_is_being_posted_is_nothing_to_compare_with_yet(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock, Shown(("i1",), 1, 1, MONDAY))
    assert await store.deliveries.baseline(delivery.schedule_id) == Baseline(None, (), [])
    await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.POSTED)
    baseline = await store.deliveries.baseline(delivery.schedule_id)
    assert baseline == Baseline(await kept(store, delivery), ("i1",), [])


async def test_a_digest_that_counted_nothing_is_compared_with_too(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    await ended(store, clock, made, DeliveryState.POSTED, ["i1"])
    last = await ended(store, clock, made, DeliveryState.POSTED)
    assert await store.deliveries.baseline(made.id) == Baseline(last, (), [])


async def test_an_earlier_digest_that_ends_later_changes_no_comparison(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.deliveries.plan_now(made.id, "U1")
    slow = await claim_one(store)
    assert await begin(store, slow, Shown(("i1",), 1, 1, MONDAY)) is Go.YES
    last = await ended(store, clock, made, DeliveryState.POSTED, ["i2"])
    await store.deliveries.finish(slow.id, slow.owner, DeliveryState.POSTED)
    assert await store.deliveries.baseline(made.id) == Baseline(last, ("i2",), [])


# ---- states of a newer release


async def test_a_delivery_in_a_state_of_a_newer_release_is_unsure_and_names_it(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    last = await ended(store, clock, made, DeliveryState.POSTED, ["i1"])
    await ended(store, clock, made, DeliveryState.FAILED)
    run(clock.url, "UPDATE deliveries SET state = 'pondered' WHERE state = 'failed'")
    newest, *older = await store.deliveries.history(CHANNEL)
    assert newest.state is DeliveryState.UNSURE
    assert 'does not know its state "pondered"' in newest.outcome
    assert older == [last]
    [listed] = await store.schedules.of_channel(CHANNEL, [])
    assert listed.schedule.id == made.id
    assert (await store.deliveries.baseline(made.id)).last == last


async def test_an_open_delivery_in_a_state_of_a_newer_release_is_left_to_that(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.deliveries.plan_now(made.id, "U1")
    run(clock.url, "UPDATE deliveries SET state = 'pondering'")
    assert await store.deliveries.claim("p1", MINUTE, [], 10) == []
    assert (await store.agenda([])).next_delivery is None, "or the alarm of others would be lost"
    run(clock.url, "UPDATE deliveries SET state = 'waiting'")
    assert len(await store.deliveries.claim("p1", MINUTE, [], 10)) == 1


# ---- the history


async def test_a_channel_s_history_has_the_newest_first(store: Store, clock: Clock) -> None:
    one, two = [await store.schedules.add(draft(), "U1") for _ in range(2)]
    elsewhere = await store.schedules.add(draft(channel="C0ELSEWHERE"), "U1")
    records = [
        await ended(store, clock, made, DeliveryState.POSTED) for made in (one, two, elsewhere, one)
    ]
    assert await store.deliveries.history(CHANNEL) == [records[3], records[1], records[0]]
    assert await store.deliveries.history(CHANNEL, limit=2) == [records[3], records[1]]
    assert await store.deliveries.history(CHANNEL, limit=2, skip=1) == [records[1], records[0]]
    assert await store.deliveries.history("C0ELSEWHERE") == [records[2]]


async def test_the_history_of_one_schedule_outlives_it(store: Store, clock: Clock) -> None:
    one, two = [await store.schedules.add(draft(), "U1") for _ in range(2)]
    record = await ended(store, clock, one, DeliveryState.POSTED)
    await ended(store, clock, two, DeliveryState.POSTED)
    await store.schedules.delete(one.id)
    assert await store.deliveries.history(CHANNEL, schedule_id=one.id) == [record]
    assert await store.deliveries.history("C0ELSEWHERE", schedule_id=one.id) == []


async def test_a_record_stays_in_the_channel_it_was_posted_to(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    record = await ended(store, clock, made, DeliveryState.POSTED)
    await store.schedules.change(made.id, made.revision, draft(channel="C0ELSEWHERE"))
    assert await store.deliveries.history(CHANNEL) == [record]
    assert await store.deliveries.history("C0ELSEWHERE") == []

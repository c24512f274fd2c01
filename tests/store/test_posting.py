"""Who has lost a claim does nothing; a channel has one message a second; refusals are counted."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import ScheduleGone
from bot.schedule import OPEN_STATES, DeliveryState
from bot.store import Go, Shown, Store, open_store
from tests.store.conftest import MONDAY, Clock, HandClock
from tests.store.drafts import CHANNEL, draft
from tests.store.steps import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOTHING_SHOWN,
    PROCESS,
    arrive,
    begin,
    claim_one,
    claimed,
    kept,
    planned,
    posting,
    refuse,
)

SHOWN = Shown(("i1", "i2"), 7, 2, MONDAY)


@pytest.fixture
def long_apart(monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """How far apart posts are: so far that no slow machine gets over it."""
    monkeypatch.setattr("bot.store.turns.APART", HOUR)
    return HOUR


async def two_of_one_channel(store: Store, clock: Clock) -> None:
    """Have two deliveries to one channel planned."""
    for _ in range(2):
        await store.schedules.add(draft(days="daily"), "U1")
    clock.shift(DAY)
    assert len(await store.deliveries.plan_due([])) == 2


# ---- begun


async def test_a_delivery_that_is_begun_is_perhaps_sent_and_its_lease_begins_anew(
    store: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    clock.shift(LEASE - MINUTE)
    before = clock.now()
    assert await begin(store, delivery, SHOWN) is Go.YES
    begun = await kept(store, delivery)
    assert (begun.state, begun.owner) == (DeliveryState.POSTING, delivery.owner)
    assert (begun.total, begun.matched, begun.data_at) == (7, 2, MONDAY)
    assert begun.posting_at is not None
    assert before <= begun.posting_at <= clock.now()
    assert begun.lease_until == begun.not_before == begun.posting_at + LEASE


async def test_who_was_overtaken_does_not_post(store: Store, other: Store, clock: Clock) -> None:
    first = await claimed(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    assert await begin(store, first) is Go.LOST
    assert await kept(store, second) == second


async def test_who_slept_through_its_lease_does_not_post_though_nobody_took_over(
    store: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    clock.shift(LEASE)
    assert await begin(store, delivery) is Go.LOST
    assert await kept(store, delivery) == delivery


@pytest.mark.parametrize("owner", [None, "", PROCESS])
async def test_who_has_claimed_nothing_does_not_post(
    store: Store, clock: Clock, owner: str | None
) -> None:
    waiting = await planned(store, clock)
    shown = NOTHING_SHOWN
    assert await store.deliveries.begin_posting(waiting.id, owner, LEASE, shown) is Go.LOST
    assert await store.deliveries.begin_posting(99, owner, LEASE, shown) is Go.LOST


async def test_what_was_paused_or_deleted_meanwhile_is_not_posted(
    store: Store, clock: Clock
) -> None:
    paused = await claimed(store, clock)
    await store.schedules.pause(paused.schedule_id, "U1")
    deleted = await claimed(store, clock)
    await store.schedules.delete(deleted.schedule_id)
    assert [await begin(store, delivery) for delivery in (paused, deleted)] == [Go.LOST] * 2


async def test_one_claim_is_begun_again_after_it_was_looked_for(
    store: Store, other: Store, clock: Clock
) -> None:
    first = await posting(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    assert await begin(other, second, SHOWN) is Go.YES
    again = await kept(store, second)
    assert again.matched == 2
    assert again.posting_at is not None
    assert first.posting_at is not None
    assert again.posting_at > first.posting_at


# ---- a channel's turn


async def test_one_of_two_digests_of_a_channel_is_posted_at_a_time(
    store: Store, other: Store, clock: Clock, long_apart: timedelta
) -> None:
    await two_of_one_channel(store, clock)
    [one] = await store.deliveries.claim("p1", LEASE, [], 1)
    [two] = await other.deliveries.claim("p2", LEASE, [], 1)
    answers = await asyncio.gather(begin(store, one), begin(other, two))
    assert sorted(answer.value for answer in answers) == ["crowded", "yes"]
    begun, crowded = (one, two) if answers[0] is Go.YES else (two, one)
    posting_at = (await kept(store, begun)).posting_at
    assert posting_at is not None
    put_back = await kept(store, crowded)
    assert (put_back.state, put_back.owner) == (DeliveryState.WAITING, None)
    assert put_back.not_before == posting_at + long_apart
    clock.shift(long_apart)
    again = await store.deliveries.claim(PROCESS, LEASE, [], 2)
    assert await begin(store, next(d for d in again if d.id == crowded.id)) is Go.YES


async def test_a_channel_takes_a_digest_a_second(tmp_path: Path) -> None:
    clock = HandClock(f"sqlite:///{tmp_path / 'bot.db'}")  # which stands still
    async with open_store(clock.url, now=clock.now) as store:
        await store.migrate()
        await two_of_one_channel(store, clock)
        one, two = await store.deliveries.claim(PROCESS, LEASE, [], 2)
        assert await begin(store, one) is Go.YES
        clock.shift(timedelta(seconds=0.99))
        assert await begin(store, two) is Go.CROWDED
        clock.shift(timedelta(seconds=0.01))
        assert await begin(store, await claim_one(store)) is Go.YES


async def test_what_was_perhaps_sent_is_so_still_when_it_is_not_its_turn(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock, SHOWN)
    await store.deliveries.put_back(
        delivery.id, delivery.owner, timedelta(), "?", sent=True, hold=True
    )
    again = await claim_one(store)
    assert await begin(store, again) is Go.CROWDED
    put_back = await kept(store, again)
    assert (put_back.state, put_back.total) == (DeliveryState.POSTING, 7)


async def test_where_slack_asked_to_wait_nothing_is_posted_to_that_channel(
    store: Store, other: Store, clock: Clock
) -> None:
    """Of any kind, by any replica; and what was asked to wait goes first."""
    await two_of_one_channel(store, clock)
    await other.outbox.plan_cards(CHANNEL, [("i1", MONDAY)])
    one, two = await store.deliveries.claim(PROCESS, LEASE, [], 2)
    assert await begin(store, one) is Go.YES
    await store.deliveries.put_back(one.id, one.owner, MINUTE, "busy", hold=True)
    card = await other.outbox.claim("p2", LEASE)
    assert card is not None
    clock.shift(MINUTE / 2)
    assert await begin(store, two) is Go.CROWDED
    assert await other.outbox.begin_posting(card, LEASE, card.image_ids) is Go.CROWDED
    held, crowded = await kept(store, one), await kept(store, two)
    assert crowded.not_before == held.not_before + timedelta(seconds=1)
    assert (await store.triage_agenda()).next_outgoing == crowded.not_before
    clock.shift(MINUTE / 2)
    [first] = await store.deliveries.claim(PROCESS, LEASE, [], 1)
    assert (first.id, await begin(store, first)) == (one.id, Go.YES)


async def test_where_the_watch_channel_was_asked_to_wait_its_digests_wait(
    store: Store, clock: Clock
) -> None:
    delivery = await claimed(store, clock)
    await store.outbox.plan_cards(CHANNEL, [("i1", MONDAY)])
    card = await store.outbox.claim("p2", LEASE)
    assert card is not None
    assert await store.outbox.begin_posting(card, LEASE, card.image_ids) is Go.YES
    await store.outbox.put_back(card, 60.0, sent=False, hold=True)
    clock.shift(MINUTE / 2)
    assert await begin(store, delivery) is Go.CROWDED


async def test_other_channels_are_posted_to_while_one_has_to_wait(
    store: Store, clock: Clock
) -> None:
    for n in range(2):
        await store.schedules.add(draft(days="daily", channel=f"C{n}"), "U1")
    clock.shift(DAY)
    await store.deliveries.plan_due([])
    one, two = await store.deliveries.claim(PROCESS, LEASE, [], 2)
    await store.deliveries.put_back(one.id, one.owner, MINUTE, "busy", hold=True)
    assert await begin(store, two) is Go.YES


async def test_a_shorter_wait_ends_no_longer_one(store: Store, clock: Clock) -> None:
    await two_of_one_channel(store, clock)
    one, two = await store.deliveries.claim(PROCESS, LEASE, [], 2)
    for delivery, wait in ((one, HOUR), (two, MINUTE)):
        await store.deliveries.put_back(delivery.id, delivery.owner, wait, "busy", hold=True)
    clock.shift(MINUTE)
    assert await begin(store, await claim_one(store)) is Go.CROWDED


async def test_who_was_overtaken_holds_no_channel(store: Store, other: Store, clock: Clock) -> None:
    first = await claimed(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    await store.deliveries.put_back(first.id, first.owner, MINUTE, "busy", hold=True)
    assert await begin(other, second) is Go.YES


@pytest.mark.usefixtures("long_apart")
async def test_channels_do_not_wait_for_each_other(store: Store, clock: Clock) -> None:
    for n in range(3):
        await store.schedules.add(draft(days="daily", channel=f"C{n}"), "U1")
    clock.shift(DAY)
    await store.deliveries.plan_due([])
    deliveries = await store.deliveries.claim(PROCESS, LEASE, [], 3)
    answers = await asyncio.gather(*(begin(store, delivery) for delivery in deliveries))
    assert answers == [Go.YES] * 3


@pytest.mark.usefixtures("long_apart")
async def test_who_has_lost_its_claim_takes_nobody_s_turn(store: Store, clock: Clock) -> None:
    await two_of_one_channel(store, clock)
    lost, held = await store.deliveries.claim(PROCESS, LEASE, [], 2)
    await store.deliveries.put_back(lost.id, lost.owner, timedelta(), "")
    assert await begin(store, lost) is Go.LOST
    assert await begin(store, held) is Go.YES


# ---- put back


async def test_what_is_put_back_unsent_is_as_if_it_had_not_been_begun(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock, SHOWN)
    before = clock.now()
    await store.deliveries.put_back(delivery.id, delivery.owner, MINUTE, "Slack was busy")
    back = await kept(store, delivery)
    assert (back.state, back.delay, back.refused) == (DeliveryState.WAITING, "Slack was busy", 0)
    assert (back.owner, back.lease_until, back.posting_at) == (None, None, None)
    assert (back.total, back.matched, back.data_at) == (None, None, None)
    assert before + MINUTE <= back.not_before <= clock.now() + MINUTE
    assert (await store.agenda([])).next_delivery == back.not_before


async def test_what_is_put_back_perhaps_sent_is_looked_for_again(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock, SHOWN)
    await store.deliveries.put_back(delivery.id, delivery.owner, timedelta(), "?", sent=True)
    again = await claim_one(store)
    assert again.state is DeliveryState.POSTING
    assert (again.posting_at, again.total) == (delivery.posting_at, 7)


async def test_how_often_scp_failed_a_delivery_is_counted(store: Store, clock: Clock) -> None:
    delivery = await claimed(store, clock)
    for count in (1, 2):
        await store.deliveries.put_back(
            delivery.id, delivery.owner, timedelta(), "SCP was away", scp_failed=True
        )
        delivery = await claim_one(store)
        assert delivery.refused == count


async def test_who_was_overtaken_puts_nothing_back(
    store: Store, other: Store, clock: Clock
) -> None:
    first = await claimed(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    await store.deliveries.put_back(first.id, first.owner, timedelta(), "late", scp_failed=True)
    assert await kept(store, second) == second


# ---- finished


async def test_a_finished_delivery_keeps_what_became_of_it(store: Store, clock: Clock) -> None:
    delivery = await posting(store, clock, SHOWN)
    before = clock.now()
    await store.deliveries.finish(
        delivery.id, delivery.owner, DeliveryState.POSTED, ts="17.5", outcome="a\x00b\ud800"
    )
    done = await kept(store, delivery)
    assert (done.state, done.ts, done.outcome) == (DeliveryState.POSTED, "17.5", "a\ufffdb\ufffd")
    assert (done.owner, done.lease_until, done.total, done.matched) == (None, None, 7, 2)
    assert done.finished_at is not None
    assert before <= done.finished_at <= clock.now()
    assert (await store.agenda([])).next_delivery is None


@pytest.mark.parametrize("state", [s for s in DeliveryState if s not in OPEN_STATES])
async def test_finishing_returns_the_schedule(
    store: Store, clock: Clock, state: DeliveryState
) -> None:
    delivery = await claimed(store, clock)
    schedule = await store.deliveries.finish(delivery.id, delivery.owner, state)
    assert schedule is not None
    assert schedule == await store.schedules.get(delivery.schedule_id)


async def test_who_slept_through_its_lease_still_finishes_while_nobody_took_over(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock)
    clock.shift(2 * LEASE)
    finished = await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.POSTED)
    assert finished is not None
    assert (await kept(store, delivery)).state is DeliveryState.POSTED


async def test_who_was_overtaken_finishes_nothing(store: Store, other: Store, clock: Clock) -> None:
    first = await posting(store, clock)
    clock.shift(LEASE)
    second = await claim_one(other, "p2")
    failed = DeliveryState.FAILED
    assert await store.deliveries.finish(first.id, first.owner, failed, refused=True) is None
    assert await kept(store, second) == second
    schedule = await store.schedules.get(first.schedule_id)
    assert schedule is not None
    assert schedule.failures == 0


async def test_a_delivery_is_finished_once(store: Store, clock: Clock) -> None:
    delivery = await posting(store, clock)
    finish = store.deliveries.finish
    assert await finish(delivery.id, delivery.owner, DeliveryState.POSTED, ts="1.0")
    done = await kept(store, delivery)
    assert await finish(delivery.id, delivery.owner, DeliveryState.FAILED) is None
    assert await finish(delivery.id, None, DeliveryState.FAILED) is None
    assert await finish(99, None, DeliveryState.FAILED) is None
    assert await kept(store, delivery) == done


async def test_what_was_paused_while_it_was_posted_is_finished(store: Store, clock: Clock) -> None:
    delivery = await posting(store, clock)
    await store.schedules.pause(delivery.schedule_id, "U1")
    done = await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.POSTED)
    assert done is not None
    assert done.paused_by == "U1"


async def test_what_was_deleted_while_it_was_posted_stays_unsure(
    store: Store, clock: Clock
) -> None:
    delivery = await posting(store, clock)
    await store.schedules.delete(delivery.schedule_id)
    assert await store.deliveries.finish(delivery.id, delivery.owner, DeliveryState.POSTED) is None
    assert (await kept(store, delivery)).state is DeliveryState.UNSURE
    with pytest.raises(ScheduleGone):
        await store.schedules.resume(delivery.schedule_id)


# ---- refused


async def test_the_third_refusal_in_a_row_pauses_a_schedule_and_says_why(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    running = [await refuse(store, clock, made) for _ in range(2)]
    assert [(s.failures, s.paused_at) for s in running] == [(1, None), (2, None)]
    paused = await refuse(store, clock, made, "not_in_channel")
    assert (paused.failures, paused.paused_by) == (3, None)
    assert (paused.pause_reason, paused.next_due) == ("not_in_channel", None)
    [listed] = await store.schedules.of_channel(CHANNEL, [])
    assert listed.schedule == paused


async def test_a_schedule_that_pauses_itself_skips_what_had_come_due(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(days="daily"), "U1")
    for _ in range(2):
        await refuse(store, clock, made)
    third = await store.deliveries.plan_now(made.id, "U1")
    assert third is None  # the minute has one
    clock.shift(DAY)
    assert await store.deliveries.plan_now(made.id, "U1")
    due = await store.deliveries.plan_due([])
    one = (await store.deliveries.claim(PROCESS, LEASE, [], 1))[0]
    await store.deliveries.finish(one.id, one.owner, DeliveryState.FAILED, refused=True)
    assert [(await kept(store, delivery)).state for delivery in due] == [DeliveryState.SKIPPED]


@pytest.mark.parametrize("state", [DeliveryState.POSTED, DeliveryState.NOTICE])
async def test_a_success_forgets_the_refusals(
    store: Store, clock: Clock, state: DeliveryState
) -> None:
    made = await store.schedules.add(draft(), "U1")
    for _ in range(2):
        await refuse(store, clock, made)
    arrived = await arrive(store, clock, made, state)
    assert (arrived.failures, arrived.maker_told) == (0, False)
    assert (await refuse(store, clock, made)).failures == 1


@pytest.mark.parametrize(
    "state",
    [DeliveryState.SILENT, DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.UNSURE],
)
async def test_what_did_not_arrive_forgets_no_refusals(
    store: Store, clock: Clock, state: DeliveryState
) -> None:
    made = await store.schedules.add(draft(), "U1")
    await refuse(store, clock, made)
    assert (await arrive(store, clock, made, state)).failures == 1


async def test_a_resumed_schedule_has_three_refusals_again(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    for _ in range(3):
        await refuse(store, clock, made)
    assert (await store.schedules.resume(made.id)).failures == 0
    assert (await refuse(store, clock, made)).paused_at is None


async def test_a_refusal_of_what_somebody_paused_leaves_who_paused_it(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    for _ in range(2):
        await refuse(store, clock, made)
    await store.schedules.pause(made.id, "U2", "A freeze.")
    refused = await refuse(store, clock, made)
    assert (refused.failures, refused.paused_by, refused.pause_reason) == (3, "U2", "A freeze.")

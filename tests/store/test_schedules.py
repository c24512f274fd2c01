"""Schedules are kept as they were made, and changed only by who has seen what they are."""

import asyncio
from datetime import time, timedelta

import pytest

from bot.errors import ScheduleChanged, ScheduleError, ScheduleGone
from bot.query import parse_query
from bot.schedule import DeliveryState, Timetable, draft_of
from bot.store import Store
from tests.store.conftest import MONDAY, Clock
from tests.store.drafts import CHANNEL, draft
from tests.store.raw import run
from tests.store.steps import (
    DAY,
    LEASE,
    MINUTE,
    PROCESS,
    claim_one,
    claimed,
    due_schedule,
    kept,
    planned,
    posting,
)

FULL = draft(
    (time(9), time(17, 30)),
    "mon,wed-fri",
    "Europe/Berlin",
    query=parse_query("os:ubuntu sort:name"),
    only_changes=True,
    mentions=("U2", "S3"),
    mention_after=86_400,
    grace=1800,
    if_unsure="never_twice",
)
EVENING = draft((time(18),))


# ---- made, read, changed


@pytest.mark.parametrize("asked", [draft(), FULL])
async def test_a_schedule_is_read_back_as_it_was_made(store: Store, asked: object) -> None:
    made = await store.schedules.add(asked, "U1")  # type: ignore[arg-type]  # drafts
    assert draft_of(made) == asked
    assert await store.schedules.get(made.id) == made


async def test_a_schedule_is_due_first_when_its_timetable_says_next(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert made.next_due == MONDAY + DAY


async def test_holidays_are_kept(store: Store) -> None:
    of_korea = Timetable((time(9),), frozenset(range(7)), "Asia/Seoul", "KR")
    made = await store.schedules.add(draft(timetable=of_korea), "U1")
    found = await store.schedules.get(made.id)
    assert found is not None
    assert found.timetable == of_korea


async def test_words_that_no_database_keeps_are_kept_as_far_as_they_can_be(store: Store) -> None:
    made = await store.schedules.add(draft(mentions=("U\x00", "U\ud800")), "U\x00\ud800")
    found = await store.schedules.get(made.id)
    assert found is not None
    assert found.made_by == "U\ufffd\ufffd"


async def test_what_is_asked_twice_in_one_place_is_made_once(store: Store, other: Store) -> None:
    asking = [s.schedules.add(draft(), "U1", "V0FORM") for s in (store, other) * 2]
    first, *others = await asyncio.gather(*asking)
    assert others == [first] * 3
    assert len(await store.schedules.of_channel(CHANNEL, [])) == 1
    assert (await store.schedules.add(draft(), "U1", "V0OTHER")).id != first.id


async def test_a_number_that_was_never_given_has_no_schedule(store: Store) -> None:
    assert await store.schedules.get(1) is None


async def test_a_change_replaces_all_that_was_asked(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    changed = await store.schedules.change(made.id, made.revision, FULL)
    assert draft_of(changed) == FULL
    assert changed.revision > made.revision
    assert changed.made_by == "U1"
    assert await store.schedules.get(made.id) == changed


async def test_a_change_of_what_others_have_changed_is_refused(store: Store, other: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    changed = await other.schedules.change(made.id, made.revision, EVENING)
    with pytest.raises(ScheduleChanged):
        await store.schedules.change(made.id, made.revision, FULL)
    assert await store.schedules.get(made.id) == changed


async def test_one_of_two_changes_at_the_same_moment_wins(store: Store, other: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    answers = await asyncio.gather(
        *(s.schedules.change(made.id, made.revision, FULL) for s in (store, other)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, ScheduleChanged) for answer in answers) == 1
    found = await store.schedules.get(made.id)
    assert found in answers


async def test_what_is_due_by_the_same_timetable_stays_due_after_a_change(
    store: Store, clock: Clock
) -> None:
    made = await due_schedule(store, clock)
    asked = draft(days="daily", only_changes=True)
    changed = await store.schedules.change(made.id, made.revision, asked)
    assert changed.next_due == made.next_due
    assert len(await store.deliveries.plan_due([])) == 1


async def test_a_changed_timetable_counts_from_now_on(store: Store, clock: Clock) -> None:
    made = await due_schedule(store, clock)
    changed = await store.schedules.change(made.id, made.revision, EVENING)
    assert changed.next_due == MONDAY + DAY + timedelta(hours=9)


async def test_a_paused_schedule_stays_paused_when_it_is_changed(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    paused = await store.schedules.pause(made.id, "U2")
    changed = await store.schedules.change(made.id, paused.revision, EVENING)
    assert (changed.paused_by, changed.next_due) == ("U2", None)


@pytest.mark.parametrize("paused", [False, True])
async def test_what_would_never_be_due_is_refused_and_changes_nothing(
    store: Store, paused: bool
) -> None:
    new_year = draft(timetable=Timetable((time(9),), frozenset(), "Asia/Seoul"))
    with pytest.raises(ScheduleError):
        await store.schedules.add(new_year, "U1")
    made = await store.schedules.add(draft(), "U1")
    if paused:
        made = await store.schedules.pause(made.id, "U1")
    with pytest.raises(ScheduleError):
        await store.schedules.change(made.id, made.revision, new_year)
    assert await store.schedules.get(made.id) == made


# ---- paused and resumed


async def test_a_paused_schedule_tells_who_when_and_why(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    before = clock.now()
    paused = await store.schedules.pause(made.id, "U2", "A freeze.")
    assert (paused.paused_by, paused.pause_reason, paused.next_due) == ("U2", "A freeze.", None)
    assert paused.paused_at is not None
    assert before <= paused.paused_at <= clock.now()
    assert await store.schedules.get(made.id) == paused


async def test_a_paused_schedule_is_not_planned(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    await store.schedules.pause(made.id, "U1")
    clock.shift(3 * DAY)
    assert await store.deliveries.plan_due([]) == []
    assert (await store.agenda([])).next_due is None


async def test_who_pauses_second_changes_nothing(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    first = await store.schedules.pause(made.id, "U1", "one")
    assert await store.schedules.pause(made.id, "U2", "two") == first


async def test_pausing_skips_what_is_due_and_not_being_posted(store: Store, clock: Clock) -> None:
    delivery = await claimed(store, clock)
    await store.schedules.pause(delivery.schedule_id, "U1")
    found = await kept(store, delivery)
    assert (found.state, found.owner, found.lease_until) == (DeliveryState.SKIPPED, None, None)
    assert found.finished_at is not None
    assert "paused" in found.outcome


async def test_pausing_leaves_what_is_being_posted(store: Store, clock: Clock) -> None:
    delivery = await posting(store, clock)
    await store.schedules.pause(delivery.schedule_id, "U1")
    assert await kept(store, delivery) == delivery


async def test_pausing_leaves_what_somebody_asked_for(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    asked = await store.deliveries.plan_now(made.id, "U2")
    await store.schedules.pause(made.id, "U1")
    assert (await claim_one(store)).id == getattr(asked, "id", None)


async def test_a_resumed_schedule_is_due_from_now_on(store: Store, clock: Clock) -> None:
    made = await store.schedules.add(draft(), "U1")
    await store.schedules.pause(made.id, "U1", "A freeze.")
    clock.shift(2 * DAY + MINUTE)
    resumed = await store.schedules.resume(made.id)
    assert resumed.next_due == MONDAY + 3 * DAY
    assert (resumed.paused_at, resumed.paused_by, resumed.pause_reason) == (None, None, "")
    assert await store.deliveries.plan_due([]) == []


async def test_resuming_what_runs_leaves_it_due(store: Store, clock: Clock) -> None:
    made = await due_schedule(store, clock)
    assert (await store.schedules.resume(made.id)).next_due == made.next_due


# ---- deleted


async def test_a_deleted_schedule_is_gone(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    assert await store.schedules.delete(made.id) == made
    assert await store.schedules.get(made.id) is None
    with pytest.raises(ScheduleGone):
        await store.schedules.change(made.id, made.revision, draft())
    with pytest.raises(ScheduleGone):
        await store.schedules.pause(made.id, "U1")
    with pytest.raises(ScheduleGone):
        await store.schedules.resume(made.id)
    with pytest.raises(ScheduleGone):
        await store.schedules.delete(made.id)


async def test_the_number_of_a_deleted_schedule_never_comes_back(store: Store) -> None:
    first = await store.schedules.add(draft(), "U1")
    await store.schedules.delete(first.id)
    second = await store.schedules.add(draft(), "U1")
    assert second.id > first.id


async def test_deleting_ends_what_is_open_and_keeps_the_record(store: Store, clock: Clock) -> None:
    made = await due_schedule(store, clock)
    await store.deliveries.plan_due([])
    sent = await claim_one(store)
    await store.deliveries.put_back(sent.id, sent.owner, timedelta(), "", sent=True)
    waiting = await store.deliveries.plan_now(made.id, "U1")
    await store.schedules.delete(made.id)
    records = await store.deliveries.history(CHANNEL)
    assert [(record.id, record.state) for record in records] == [
        (getattr(waiting, "id", None), DeliveryState.SKIPPED),
        (sent.id, DeliveryState.UNSURE),
    ]
    assert {record.outcome for record in records} == {"The digest was deleted."}
    clock.shift(DAY)
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []


# ---- listed


async def test_a_channel_lists_its_own_by_number_each_with_what_was_planned_last(
    store: Store, clock: Clock
) -> None:
    first = await store.schedules.add(draft(), "U1")
    await store.schedules.add(draft(channel="C0ELSEWHERE"), "U1")
    second = await store.schedules.add(draft((time(12),)), "U2")
    await store.deliveries.plan_now(first.id, "U1")
    clock.shift(MINUTE)
    last = await store.deliveries.plan_now(first.id, "U2")
    listed = await store.schedules.of_channel(CHANNEL, [])
    assert [(entry.schedule, entry.last) for entry in listed] == [(first, last), (second, None)]


async def test_a_channel_without_schedules_lists_none(store: Store) -> None:
    assert await store.schedules.of_channel(CHANNEL, []) == []


# ---- of the settings


async def test_a_setting_makes_one_schedule_a_channel(store: Store) -> None:
    drafts = [draft(), draft(channel="C0ELSEWHERE")]
    made = await store.schedules.sync_settings(drafts)
    assert [draft_of(schedule) for schedule in made] == drafts
    assert {schedule.made_by for schedule in made} == {None}


async def test_replicas_that_start_together_make_a_setting_s_schedule_once(
    store: Store, other: Store
) -> None:
    drafts = [draft(channel=f"C{n}") for n in range(5)]
    stores = (store, other, store, other)
    answers = await asyncio.gather(*(s.schedules.sync_settings(drafts) for s in stores))
    assert answers == [answers[0]] * 4


async def test_a_setting_that_is_as_it_was_stays_due(store: Store, clock: Clock) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    clock.shift(DAY + MINUTE)
    assert await store.schedules.sync_settings([draft()]) == [made]


async def test_a_setting_that_is_as_it_was_stays_paused(store: Store) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    paused = await store.schedules.pause(made.id, None, "not_in_channel")
    assert await store.schedules.sync_settings([draft()]) == [paused]


async def test_a_changed_setting_replaces_its_schedule(store: Store) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    [replaced] = await store.schedules.sync_settings([FULL])
    assert (replaced.id, draft_of(replaced)) == (made.id, FULL)
    assert replaced.revision > made.revision


async def test_a_changed_setting_runs_again_after_it_paused_itself(store: Store) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    await store.schedules.pause(made.id, None, "not_in_channel")
    [replaced] = await store.schedules.sync_settings([EVENING])
    assert (replaced.paused_at, replaced.pause_reason) == (None, "")
    assert replaced.next_due == MONDAY + timedelta(hours=9)


async def test_a_setting_stands_beside_the_schedules_of_people(store: Store) -> None:
    made = await store.schedules.add(draft(), "U1")
    [of_settings] = await store.schedules.sync_settings([draft()])
    listed = await store.schedules.of_channel(CHANNEL, [of_settings.id])
    assert [entry.schedule for entry in listed] == [made, of_settings]


async def test_a_setting_that_was_removed_is_not_in_force(store: Store, clock: Clock) -> None:
    [made] = await store.schedules.sync_settings([draft(days="daily")])
    assert (await store.agenda([made.id])).next_due == made.next_due
    clock.shift(DAY)
    assert await store.schedules.of_channel(CHANNEL, []) == []
    assert (await store.agenda([])).next_due is None
    assert await store.deliveries.plan_due([]) == []
    assert len(await store.deliveries.plan_due([made.id])) == 1


async def test_a_setting_that_comes_back_has_its_number_again(store: Store) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    assert await store.schedules.sync_settings([]) == []
    assert await store.schedules.sync_settings([draft()]) == [made]


async def test_a_setting_that_would_never_be_due_changes_none(store: Store) -> None:
    never = draft(channel="C2", timetable=Timetable((time(9),), frozenset(), "Asia/Seoul"))
    with pytest.raises(ScheduleError):
        await store.schedules.sync_settings([draft(), never])
    assert await store.schedules.get(1) is None


# ---- of another release

UNREADABLE = [
    ("query", "planet:mars"),
    ("timezone", "Mars/Olympus"),
    ("times", "noonish"),
    ("days", "sol 3"),
    ("holidays", "Mars"),
]


@pytest.mark.parametrize(("column", "text"), UNREADABLE)
async def test_what_this_release_cannot_read_shows_as_paused_and_says_why(
    store: Store, clock: Clock, column: str, text: str
) -> None:
    made = await store.schedules.add(draft(), "U1")
    run(clock.url, f"UPDATE schedules SET {column} = '{text}'")  # noqa: S608  our own words
    found = await store.schedules.get(made.id)
    assert found is not None
    assert found.paused_at is not None
    assert found.next_due is None
    assert found.pause_reason.startswith("This release cannot read it: ")
    assert text.removesuffix(":mars") in found.pause_reason
    [listed] = await store.schedules.of_channel(CHANNEL, [])
    assert listed.schedule.pause_reason == found.pause_reason


async def test_what_this_release_cannot_read_is_not_planned_and_holds_up_nobody(
    store: Store, clock: Clock
) -> None:
    for _ in range(3):
        await store.schedules.add(draft(days="daily"), "U1")
    run(clock.url, "UPDATE schedules SET query = 'planet:mars'")
    made = await due_schedule(store, clock)
    assert [d.schedule_id for d in await store.deliveries.plan_due([], limit=2)] == [made.id]
    assert await store.deliveries.plan_due([]) == []
    agenda = await store.agenda([])
    assert agenda.next_due == MONDAY + 2 * DAY
    assert {d.schedule_id for d in await store.deliveries.history(CHANNEL)} == {made.id}


async def test_a_delivery_of_what_this_release_cannot_read_is_left_to_another_release(
    store: Store, other: Store, clock: Clock
) -> None:
    strange = await planned(store, clock)
    run(clock.url, "UPDATE schedules SET query = 'planet:mars'")
    made = await store.schedules.add(draft(), "U1")
    readable = await store.deliveries.plan_now(made.id, "U1")
    assert readable is not None
    [first] = await store.deliveries.claim(PROCESS, LEASE, [], 1)
    assert first.id == readable.id
    assert await store.deliveries.claim(PROCESS, LEASE, [], 10) == []
    assert (await store.agenda([])).next_delivery == first.lease_until
    run(clock.url, "UPDATE schedules SET query = ''")
    assert (await claim_one(other)).id == strange.id


async def test_what_this_release_cannot_read_is_neither_resumed_nor_sent(
    store: Store, clock: Clock
) -> None:
    made = await store.schedules.add(draft(), "U1")
    run(clock.url, "UPDATE schedules SET query = 'planet:mars'")
    with pytest.raises(ScheduleError, match="planet"):
        await store.schedules.resume(made.id)
    with pytest.raises(ScheduleError, match="planet"):
        await store.deliveries.plan_now(made.id, "U1")


async def test_what_this_release_could_not_read_runs_once_it_is_changed(
    store: Store, clock: Clock
) -> None:
    made = await due_schedule(store, clock)
    run(clock.url, "UPDATE schedules SET query = 'planet:mars'")
    assert await store.deliveries.plan_due([]) == []
    await store.schedules.change(made.id, made.revision, draft(days="daily"))
    assert len(await store.deliveries.plan_due([])) == 1


async def test_a_setting_that_this_release_could_not_read_is_replaced(
    store: Store, clock: Clock
) -> None:
    [made] = await store.schedules.sync_settings([draft()])
    run(clock.url, "UPDATE schedules SET query = 'planet:mars'")
    [replaced] = await store.schedules.sync_settings([draft()])
    assert (replaced.id, replaced.paused_at) == (made.id, None)
    assert draft_of(replaced) == draft()

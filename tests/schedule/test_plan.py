"""What is delivered, what is too late and what comes next, after whatever downtime."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import (
    MISSED_MAX,
    Occurrence,
    Schedule,
    Timetable,
    late_occurrences,
    next_occurrence,
    plan,
)
from tests.schedule.clocks import DAY, HOUR, MINUTE, ZONES

INSTANT = timedelta(microseconds=1)
SEOUL = Timetable((time(9),), frozenset(range(5)), "Asia/Seoul")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
"""09:00 in Seoul."""

timetables = st.builds(
    Timetable,
    times=st.sets(
        st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=4
    ).map(lambda times: tuple(sorted(times))),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    timezone=st.sampled_from(ZONES),
    holidays=st.sampled_from([None, "KR", "US"]),
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by hypothesis' rule
graces = st.sampled_from([60, 4 * 3600, 36 * 3600, 7 * 86_400])
pauses = st.one_of(st.timedeltas(INSTANT, 3 * HOUR), st.timedeltas(INSTANT, 20 * DAY))


def schedule(
    timetable: Timetable = SEOUL, *, due: datetime | None = MONDAY, grace: int = 4 * 3600
) -> Schedule:
    return Schedule(
        channel="C1",
        timetable=timetable,
        grace=grace,
        id=3,
        revision=1,
        made_by="U1",
        made_at=MONDAY,
        next_due=due,
    )


def due_on(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


def days_between(occurrences: list[Occurrence]) -> list[timedelta]:
    return [later.due - earlier.due for earlier, later in pairwise(occurrences)]


def test_what_is_due_now_is_delivered_and_the_next_one_awaited() -> None:
    planned = plan(schedule(), MONDAY)
    assert planned.deliver == next_occurrence(3, SEOUL, MONDAY - INSTANT)
    assert (planned.skipped, planned.missed) == (None, 0)
    assert planned.next_due == due_on(24)


def test_nothing_is_early() -> None:
    planned = plan(schedule(), MONDAY - INSTANT)
    assert (planned.deliver, planned.skipped, planned.missed) == (None, None, 0)
    assert planned.next_due == MONDAY


def test_what_is_done_is_not_planned_again_by_a_clock_that_was_set_back() -> None:
    planned = plan(schedule(due=due_on(24)), MONDAY)
    assert planned.deliver is None
    assert planned.next_due == due_on(24)


@pytest.mark.parametrize(("late", "delivered"), [(4 * HOUR, True), (4 * HOUR + INSTANT, False)])
def test_the_grace_is_delivered_in_to_its_end(late: timedelta, delivered: bool) -> None:
    planned = plan(schedule(), MONDAY + late)
    assert (planned.deliver is not None) is delivered
    assert planned.missed == (0 if delivered else 1)
    assert planned.next_due == due_on(24)


def test_of_several_within_the_grace_the_latest_stands_for_all_and_the_others_are_counted() -> None:
    planned = plan(schedule(grace=7 * 86_400), due_on(25) + HOUR)
    assert planned.deliver is not None
    assert planned.deliver.due == due_on(25)
    assert planned.skipped is not None
    assert (planned.skipped.due, planned.missed) == (due_on(24), 2)


def test_what_is_beyond_the_grace_is_counted_and_its_latest_named() -> None:
    planned = plan(schedule(), due_on(26) + HOUR)
    assert planned.deliver is not None
    assert planned.deliver.due == due_on(26)
    assert planned.skipped is not None
    assert planned.skipped.due == due_on(25)
    assert planned.missed == 3


def test_years_of_downtime_are_counted_to_a_limit_and_end_at_the_latest() -> None:
    hourly = Timetable(tuple(time(hour) for hour in range(24)), frozenset(range(7)), "UTC")
    now = MONDAY + 20 * 365 * DAY
    planned = plan(schedule(hourly), now + MINUTE)
    assert planned.missed == MISSED_MAX
    assert planned.deliver is not None
    assert planned.skipped is not None
    assert planned.deliver.due == now
    assert planned.skipped.due == now - HOUR
    assert planned.next_due == now + HOUR


def test_an_occurrence_that_a_new_holiday_took_away_is_not_delivered() -> None:
    """25 December was due when the schedule had no country yet."""
    christmas = datetime(2026, 12, 25, tzinfo=UTC)
    with_holidays = msgspec.structs.replace(SEOUL, holidays="KR")
    planned = plan(schedule(with_holidays, due=christmas), christmas + HOUR)
    assert (planned.deliver, planned.missed) == (None, 0)
    assert planned.next_due == christmas + 3 * DAY


def test_a_paused_schedule_has_no_plan() -> None:
    with pytest.raises(ValueError, match="paused"):
        plan(schedule(due=None), MONDAY)


@given(timetables, moments, graces, pauses)
def test_every_occurrence_is_delivered_or_counted(
    timetable: Timetable, start: datetime, grace: int, pause: timedelta
) -> None:
    first = next_occurrence(3, timetable, start)
    now = first.due + pause
    planned = plan(schedule(timetable, due=first.due, grace=grace), now)
    due = [first]
    while (following := next_occurrence(3, timetable, due[-1].due)).due <= now:
        due.append(following)
    within = [o for o in due if now - o.due <= timedelta(seconds=grace)]
    skipped = due[:-1] if within else due
    assert planned.deliver == (within[-1] if within else None)
    assert planned.skipped == (skipped[-1] if skipped else None)
    assert planned.missed == len(skipped)
    assert planned.next_due == following.due
    assert due == late_occurrences(3, timetable, first.due, now)


@given(timetables, moments, graces, st.lists(pauses, min_size=1, max_size=6))
def test_whenever_somebody_looks_nothing_is_lost_early_or_twice(
    timetable: Timetable, start: datetime, grace: int, waits: list[timedelta]
) -> None:
    """Looks follow each other, each from what the one before said is next."""
    kept = schedule(timetable, due=next_occurrence(3, timetable, start).due, grace=grace)
    began, now = kept.next_due, start
    assert began is not None
    delivered: list[Occurrence] = []
    accounted = 0
    for wait in waits:
        now += wait
        planned = plan(kept, now)
        assert planned.next_due > now
        accounted += planned.missed
        if planned.deliver is not None:
            assert timedelta() <= now - planned.deliver.due <= timedelta(seconds=grace)
            assert planned.skipped is None or planned.skipped.due < planned.deliver.due
            delivered.append(planned.deliver)
            accounted += 1
        elif planned.skipped is not None:
            assert now - planned.skipped.due > timedelta(seconds=grace)
        kept = msgspec.structs.replace(kept, next_due=planned.next_due)
    assert accounted == len(late_occurrences(3, timetable, began, now))
    assert all(gap > timedelta() for gap in days_between(delivered))
    assert len({o.id for o in delivered}) == len(delivered)

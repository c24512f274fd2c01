"""What the digest's clock begins, and when, whatever happens to the wall clock."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.digests.clock import GRACE, DigestClock
from bot.query import Query
from bot.schedule import Occurrence, Schedule, next_occurrence

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
DUE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 09:00 in Seoul
FAR = datetime(2126, 11, 23, 0, 0, tzinfo=UTC)  # too far off for an alarm of APScheduler's


def daily(at: time, zone: str) -> Schedule:
    return Schedule("settings", ("C1",), at, frozenset(range(7)), zone, Query())


class World:
    """A clock that can be set, and the occurrences whose delivery was begun."""

    def __init__(self, now: datetime, schedule: Schedule | None = None) -> None:
        self.now = now
        self.begun: list[Occurrence] = []
        self.clock = DigestClock(
            schedule or daily(time(9), "Asia/Seoul"),
            deliver=self.deliver,
            spawn=self.spawn,
            now=lambda: self.now,
        )

    async def deliver(self, _schedule: Schedule, occurrence: Occurrence) -> None:
        self.begun.append(occurrence)

    def spawn(self, work: Coroutine[None, None, object]) -> None:
        with pytest.raises(StopIteration):  # our delivery waits for nothing: it ends at once
            work.send(None)

    def look_at(self, *moments: datetime) -> list[datetime]:
        """Set the clock to each moment and look; return what was due of all begun so far."""
        for moment in moments:
            self.now = moment
            self.clock.look()
        return [occurrence.due for occurrence in self.begun]


def test_nothing_is_begun_before_it_is_due() -> None:
    assert World(DUE - HOUR).look_at(DUE - HOUR, DUE - SECOND / 1000) == []


def test_an_occurrence_is_begun_when_due_and_once() -> None:
    assert World(DUE - HOUR).look_at(DUE - HOUR, DUE, DUE, DUE + SECOND, DUE + HOUR) == [DUE]


def test_the_next_day_is_begun_too() -> None:
    assert World(DUE).look_at(DUE - SECOND, DUE, DUE + DAY) == [DUE, DUE + DAY]


def test_what_was_due_before_the_start_is_not_caught_up() -> None:
    assert World(DUE).look_at(DUE, DUE + SECOND) == []


def test_a_late_look_within_grace_still_begins_it() -> None:
    late = DUE + GRACE - SECOND
    assert World(DUE).look_at(DUE - HOUR, late, late + SECOND) == [DUE]


def test_a_look_beyond_grace_skips_it_and_says_so() -> None:
    world = World(DUE)
    world.look_at(DUE - HOUR)
    with capture_logs() as logs:
        assert world.look_at(DUE + GRACE, DUE + GRACE + SECOND) == []
    assert [line["first"] for line in logs] == ["settings/2026-11-23T09:00/Asia/Seoul"]
    assert world.look_at(DUE + DAY) == [DUE + DAY]


def test_after_days_of_sleep_only_the_one_within_grace_is_begun() -> None:
    assert World(DUE).look_at(DUE - HOUR, DUE + 5 * DAY + HOUR / 2) == [DUE + 5 * DAY]


def test_a_clock_set_back_begins_nothing_twice() -> None:
    world = World(DUE)
    assert world.look_at(DUE - HOUR, DUE, DUE - HOUR, DUE, DUE - 2 * DAY, DUE - DAY, DUE) == [
        DUE,
        DUE - DAY,
    ]


def test_a_clock_that_was_years_ahead_loses_nothing_once_it_is_right() -> None:
    world = World(DUE)
    assert world.look_at(DUE + 1500 * DAY + HOUR / 2, DUE - HOUR, DUE) == [DUE]
    assert world.look_at(DUE + 1500 * DAY + 2 * HOUR, DUE + HOUR, DUE + DAY) == [DUE, DUE + DAY]


def test_an_hour_that_occurs_twice_begins_one() -> None:
    world = World(DUE, daily(time(2, 30), "Europe/Berlin"))
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    dues = world.look_at(*(midnight + n * timedelta(minutes=1) for n in range(24 * 60)))
    assert dues == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


@given(st.lists(st.integers(-3 * 86400, 3 * 86400), max_size=30))
def test_whatever_the_clock_does_nothing_is_begun_twice_early_or_beyond_grace(
    steps: list[int],
) -> None:
    world = World(DUE)
    world.look_at(DUE)
    for step in steps:
        before = len(world.begun)
        world.look_at(world.now + step * SECOND)
        for occurrence in world.begun[before:]:
            assert world.now - GRACE < occurrence.due <= world.now
    names = [occurrence.id for occurrence in world.begun]
    assert len(names) == len(set(names))


@pytest.fixture
async def started() -> AsyncIterator[tuple[DigestClock, asyncio.Queue[Occurrence]]]:
    """A started clock whose occurrence is due within a second of real time."""
    begun: asyncio.Queue[Occurrence] = asyncio.Queue()

    async def deliver(_schedule: Schedule, occurrence: Occurrence) -> None:
        await begun.put(occurrence)

    at = (datetime.now(UTC) + 0.5 * SECOND).time()
    clock = DigestClock(
        daily(at, "UTC"),
        deliver=deliver,
        spawn=asyncio.ensure_future,
        now=lambda: datetime.now(UTC),
    )
    clock.start()
    yield clock, begun
    await clock.stop()


async def test_a_real_scheduler_wakes_it_in_time(
    started: tuple[DigestClock, asyncio.Queue[Occurrence]],
) -> None:
    _, begun = started
    occurrence = await asyncio.wait_for(begun.get(), timeout=2)
    late = datetime.now(UTC) - occurrence.due
    assert timedelta(0) <= late < SECOND
    await asyncio.sleep(0)
    assert begun.empty()


@pytest.mark.parametrize("wrong", [DAY, -10 * SECOND])
async def test_the_alarm_follows_a_clock_that_was_wrong(wrong: timedelta) -> None:
    """Found ahead and put right, or behind all the time, so that APScheduler wakes us early."""
    begun: asyncio.Queue[Occurrence] = asyncio.Queue()

    async def deliver(_schedule: Schedule, occurrence: Occurrence) -> None:
        await begun.put(occurrence)

    errors = [min(wrong, timedelta(0)), wrong]
    at = (datetime.now(UTC) + errors[0] + 0.5 * SECOND).time()
    clock = DigestClock(
        daily(at, "UTC"),
        deliver=deliver,
        spawn=asyncio.ensure_future,
        now=lambda: datetime.now(UTC) + errors[-1],
    )
    clock.start()
    errors.pop()
    clock.look()
    occurrence = await asyncio.wait_for(begun.get(), timeout=2)
    await clock.stop()
    assert timedelta(0) <= datetime.now(UTC) + errors[0] - occurrence.due < SECOND


async def test_a_clock_set_forward_is_noticed_without_an_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.digests.clock.LOOK_SECONDS", 0.05)
    begun: asyncio.Queue[Occurrence] = asyncio.Queue()

    async def deliver(_schedule: Schedule, occurrence: Occurrence) -> None:
        await begun.put(occurrence)

    moments = [FAR - HOUR]
    clock = DigestClock(
        daily(time(9), "Asia/Seoul"),
        deliver=deliver,
        spawn=asyncio.ensure_future,
        now=lambda: moments[-1],
    )
    clock.start()
    moments.append(FAR + SECOND)
    occurrence = await asyncio.wait_for(begun.get(), timeout=2)
    await clock.stop()
    assert occurrence.due == FAR


async def test_a_running_delivery_outlives_the_stop() -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def deliver(_schedule: Schedule, _occurrence: Occurrence) -> None:
        await go_on.wait()
        ended.set()

    moments = iter([FAR - SECOND, FAR])
    tasks: list[asyncio.Future[object]] = []
    clock = DigestClock(
        daily(time(9), "Asia/Seoul"),
        deliver=deliver,
        spawn=lambda work: tasks.append(asyncio.ensure_future(work)),
        now=lambda: next(moments),
    )
    clock.start()
    clock.look()
    await clock.stop()
    assert len(tasks) == 1
    go_on.set()
    await asyncio.wait_for(tasks[0], timeout=1)
    assert ended.is_set()


async def test_after_the_stop_nothing_is_begun() -> None:
    begun: list[Occurrence] = []

    async def deliver(_schedule: Schedule, occurrence: Occurrence) -> None:
        begun.append(occurrence)

    at = (datetime.now(UTC) + 0.2 * SECOND).time()
    schedule = daily(at, "UTC")
    clock = DigestClock(
        schedule,
        deliver=deliver,
        spawn=asyncio.ensure_future,
        now=lambda: datetime.now(UTC),
    )
    clock.start()
    await clock.stop()
    remaining = next_occurrence(schedule, datetime.now(UTC) - SECOND).due - datetime.now(UTC)
    await asyncio.sleep(remaining.total_seconds() + 0.02)
    assert begun == []

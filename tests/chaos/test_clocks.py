"""Replicas whose clocks are off, that come and that go: nothing early, nothing twice."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chaos.replicas import CHECKOUT, Replica
from tests.chaos.world import World, slow_down, world

HURRY = 2.0
CHANNELS = 12
BEFORE = timedelta(seconds=-3)
OFF = 600.0
WITHIN = 60.0

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def replicas(
    place: Path, around: World, **clocks: float
) -> AsyncIterator[dict[str, Replica]]:
    """Replicas that are not started yet, each with the seconds that its clock is off."""
    environment = {**around.environment, "HOME": str(place), "WATCH_SECONDS": "10"}
    made = {
        name: Replica(name, environment, place, hurry=HURRY, clock_off=off)
        for name, off in clocks.items()
    }
    try:
        yield made
    finally:
        await asyncio.gather(*(replica.stop() for replica in made.values()))


async def arrived(around: World, *running: Replica) -> None:
    """Wait until all that is wanted is at an end."""

    def check() -> None:
        for replica in running:
            replica.check()

    async with asyncio.timeout(WITHIN):
        await around.has_ended(around.wanted, check)


async def test_a_clock_that_is_put_off_is_off_for_all_that_asks_it() -> None:
    """Else the tests below would show nothing."""
    told = subprocess.run(  # noqa: ASYNC221, S603  our own interpreter, at once
        [sys.executable, "-c", _ASKS],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
        timeout=WITHIN,
        text=True,
    ).stdout
    right = time.time()
    off, elapsed = [float(line) for line in told.splitlines()[:-1]], told.splitlines()[-1]
    assert len(off) == 4
    assert all(abs(moment - right + OFF) < WITHIN for moment in off), told
    assert abs(float(elapsed)) < WITHIN


_ASKS = f"""
import time
from datetime import UTC, datetime
from tests.chaos import replica
from bot.digests import alarms
from bot.background.elapsed import elapsed
import apscheduler.triggers.interval, bot.app
began = elapsed()
replica.put_wall_clock_off({-OFF})
print(time.time(), time.time_ns() / 1e9, bot.app.utc_now().timestamp(), sep="\\n")
trigger = apscheduler.triggers.interval.IntervalTrigger(seconds=1, timezone=UTC)
print(trigger.get_next_fire_time(None, alarms.datetime.now(UTC)).timestamp())
print(elapsed() - began)
"""


async def test_a_clock_ten_minutes_off_makes_nothing_early_nor_twice(tmp_path: Path) -> None:
    """The database's clock decides: also where no replica has the right time."""
    async with (
        world() as around,
        replicas(tmp_path, around, right=0, fast=OFF, slow=-OFF) as bots,
    ):
        slow_down(around.slack)
        await around.subscribe(CHANNELS)
        for bot in bots.values():
            bot.start()
        for bot in bots.values():
            await bot.ready()
        await around.approach_nine(BEFORE)
        await arrived(around, *bots.values())

        assert await bots["right"].stop() == 0
        await around.approach_nine(BEFORE)
        await arrived(around, bots["fast"], bots["slow"])

        assert await bots["fast"].stop() == 0
        await around.approach_nine(BEFORE)
        await arrived(around, bots["slow"])

        counted = await around.count()
        assert counted.at_fault == [], counted.lines()
        assert counted.messages == 3 * CHANNELS
        latest = max(float(message.ts) for message in around.slack.workspace.posts)
        assert latest - around.wanted[-1].due.timestamp() < WITHIN


async def test_replicas_come_and_go_in_the_middle_of_it(tmp_path: Path) -> None:
    """One ends by SIGTERM while digests are delivered, one begins; the last one carries on."""
    async with (
        world() as around,
        replicas(tmp_path, around, first=0, second=0, third=0) as bots,
    ):
        slow_down(around.slack)
        await around.subscribe(CHANNELS)
        for name in ("first", "second"):
            bots[name].start()
        for name in ("first", "second"):
            await bots[name].ready()
        await around.approach_nine(timedelta(seconds=-1))
        bots["third"].start()
        await around.slack.wait_for(lambda: around.slack.workspace.posts, timeout=WITHIN)
        assert await bots["first"].stop() == 0
        await arrived(around, bots["second"], bots["third"])

        await bots["third"].ready()
        assert await bots["second"].stop() == 0
        await around.approach_nine(BEFORE)
        await arrived(around, bots["third"])

        counted = await around.count()
        assert counted.at_fault == [], counted.lines()
        assert counted.messages == 2 * CHANNELS


async def test_what_came_due_while_nobody_ran_is_caught_up_with_once(tmp_path: Path) -> None:
    """All end, nine o'clock goes by, and two begin at once, of which one is behind the times."""
    async with (
        world() as around,
        replicas(tmp_path, around, before=0, after=0, slow=-OFF) as bots,
    ):
        await around.subscribe(CHANNELS)
        bots["before"].start()
        await bots["before"].ready()
        assert await bots["before"].stop() == 0
        await around.approach_nine(timedelta(minutes=47))
        for name in ("after", "slow"):
            bots[name].start()
        await arrived(around, bots["after"], bots["slow"])

        counted = await around.count()
        assert counted.at_fault == [], counted.lines()
        assert counted.messages == CHANNELS
        assert all(
            "47 minutes late: restarted" in str(m.blocks) for m in around.slack.workspace.posts
        )

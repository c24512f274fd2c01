"""The marked points lie where a death is dangerous: what stands where after one at each of them."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.schedule import DeliveryState
from tests.chaos.counting import Wanted
from tests.chaos.replica import Doom
from tests.chaos.replicas import Replica
from tests.chaos.run import HURRY
from tests.chaos.world import World, world


class Left(NamedTuple):
    """What a death leaves behind."""

    state: DeliveryState | None
    """Of the record; None where there is none."""
    posted: int
    """Messages in the channel."""


LEFT = {
    "uncommitted plan_due": Left(None, 0),
    "after claim": Left(DeliveryState.PREPARING, 0),
    "uncommitted begin_posting": Left(DeliveryState.PREPARING, 0),
    "before post_once": Left(DeliveryState.POSTING, 0),
    "during post_once": Left(DeliveryState.POSTING, 1),
    "after post_once": Left(DeliveryState.POSTING, 1),
    "uncommitted finish": Left(DeliveryState.POSTING, 1),
}
SETTLED_SECONDS = 5.0
LONG_SECONDS = 5.0


@pytest.mark.timeout(300)
async def test_a_death_at_a_point_leaves_what_the_point_says(tmp_path: Path) -> None:
    """Slack accepts at once and answers late, so that a death during a post is one after that."""
    found = {}
    async with world() as around:
        around.slack.delay("chat.postMessage", 0.25)
        for point, expected in LEFT.items():
            if point == "during post_once":
                around.slack.delay("chat.postMessage", LONG_SECONDS)
            await around.subscribe(1)
            replica = Replica(
                point.replace(" ", "-"),
                {**around.environment, "HOME": str(tmp_path)},
                tmp_path,
                hurry=1.0,
                dooms=lambda point=point: [Doom(point, 1)],  # type: ignore[misc]
                again=False,
            )
            wanted = (await around.approach_nine(timedelta(seconds=1)))[-1]
            replica.start()
            try:
                await replica.died()
            finally:
                await replica.stop()
            found[point] = await left(around, wanted, expected)
            await around.store.schedules.delete(around.schedules.pop())
    assert found == LEFT


async def left(around: World, want: Wanted, expected: Left) -> Left:
    """Return what is left, as soon as it is as expected: the database notices a death later."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLED_SECONDS
    while True:
        record = await around.record_of(want)
        posted = len(around.slack.messages(want.channel))
        found = Left(record.state if record else None, posted)
        if found == expected or loop.time() > until:
            return found
        await asyncio.sleep(0.05)


@pytest.mark.timeout(300)
async def test_who_sleeps_through_its_lease_right_before_the_post_does_not_send_it(
    tmp_path: Path,
) -> None:
    """The clock is looked at once more when the request is about to leave. What no look prevents
    is to sleep between that look and the first byte: Slack refuses no second post."""
    async with world() as around:
        await around.subscribe(1)
        environment = {**around.environment, "HOME": str(tmp_path)}
        asleep = Replica(
            "asleep",
            environment,
            tmp_path,
            hurry=HURRY,
            dooms=lambda: [Doom("before post_once", 1, "stop")],
        )
        awake = Replica("awake", environment, tmp_path, hurry=HURRY)
        asleep.start()
        try:
            wanted = await around.approach_nine(timedelta(seconds=1))
            async with asyncio.timeout(60):
                while not asleep.is_stopped():  # noqa: ASYNC110  /proc tells nobody
                    await asyncio.sleep(0.05)
                awake.start()
                await around.has_ended(wanted, awake.check)
            asleep.send(signal.SIGCONT)
            async with asyncio.timeout(60):
                while "held up" not in asleep.log.read_text():  # noqa: ASYNC110  as above
                    await asyncio.sleep(0.05)
        finally:
            await asyncio.gather(asleep.stop(), awake.stop())
        counted = await around.count()
    assert counted.at_fault == []
    assert counted.messages == 1

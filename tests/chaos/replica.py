"""One replica of the bot that dies now and then, at marked points: ``kill -9``, by its own hand.

The points lie around and within every step of a delivery. The bot's own code knows nothing of
them: its methods are wrapped here. ``python -m tests.chaos.replica`` runs ``python -m bot run``.
"""

import asyncio
import functools
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import __main__ as program
from bot.digests import alarms, crew, posting, watch
from bot.digests.composing import Composer
from bot.scp.client import ScpClient
from bot.slack import Slack, connection
from bot.store import Deliveries, Sightings

MARKED: list[tuple[type, str]] = [
    (Deliveries, "plan_due"),
    (Deliveries, "claim"),
    (ScpClient, "list_pending_images"),
    (Sightings, "observe"),
    (Composer, "compose"),
    (Deliveries, "begin_posting"),
    (Slack, "post_once"),
    (Slack, "find_post"),
    (Deliveries, "finish"),
    (Deliveries, "put_back"),
]
"""Each has a point before it, one after it, and one while it waits for an answer."""

MOMENTS = ("before", "during", "after")
POINTS = [f"{moment} {name}" for _, name in MARKED for moment in MOMENTS]


class Reaper:
    """Kills this process at a point, with a chance that the point's name does not change."""

    def __init__(self, chance: float, diary: Path, dice: random.Random) -> None:
        self._chance = chance
        self._diary = diary
        self._dice = dice

    def pass_by(self, point: str) -> None:
        """Live on, or write the point down and die."""
        if self._dice.random() < self._chance:
            with self._diary.open("a") as diary:
                diary.write(f"{point}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def mark(self, owner: type, name: str) -> None:
        """Wrap a coroutine method with its three points."""
        original: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(original)
        async def marked(*args: Any, **named: Any) -> Any:
            self.pass_by(f"before {name}")
            within = asyncio.get_running_loop().call_later(
                self._dice.uniform(0, 0.02), self.pass_by, f"during {name}"
            )
            try:
                result = await original(*args, **named)
            finally:
                within.cancel()
            self.pass_by(f"after {name}")
            return result

        setattr(owner, name, marked)


def hurry(factor: float) -> None:
    """Shorten what a delivery waits for, all in the same measure, lest a run takes hours."""
    crew.PREPARING_LEASE /= factor
    posting.POSTING_LEASE /= factor
    posting.SEND_WITHIN /= factor
    posting.UNSURE_WAIT /= factor
    connection.TIMEOUT_SECONDS = connection.TIMEOUT_SECONDS / factor  # type: ignore[assignment]
    alarms.LOOK_SECONDS /= factor
    watch.LEASE /= factor


def main() -> int:
    """Run the bot, marked."""
    hurry(float(os.environ["CHAOS_HURRY"]))
    reaper = Reaper(
        float(os.environ["CHAOS_KILL"]),
        Path(os.environ["CHAOS_DIARY"]),
        random.Random(os.environ["CHAOS_SEED"]),  # noqa: S311 - mischief, not cryptography
    )
    for owner, name in MARKED:
        reaper.mark(owner, name)
    return program.main(["run"])


if __name__ == "__main__":
    sys.exit(main())

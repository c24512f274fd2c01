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
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from bot import __main__ as program
from bot import lifecycle, sending
from bot.digests import alarms, crew, delivery, waits, watch
from bot.digests.composing import Composer
from bot.scp.client import ScpClient
from bot.slack import Slack, connection
from bot.store import Deliveries, Sightings
from bot.store.engine import Database, Transaction
from tests.chaos.clocks import put_wall_clock_off

OF_THE_STORE = ("before", "during", "uncommitted", "after")
"""``uncommitted``: all is written, and the transaction is not committed."""
OF_A_CALL = ("before", "during", "after")


class Mark(NamedTuple):
    """A step of a delivery, and where in it a replica may die."""

    owner: type
    name: str
    moments: tuple[str, ...]
    seconds: float
    """``during``: the latest moment after its beginning."""
    seldom: bool = False
    """Whether a replica comes by only once or twice a round."""

    @property
    def points(self) -> list[str]:
        """The names of its points."""
        return [f"{moment} {self.name}" for moment in self.moments]


SLACK_ACCEPTS_AFTER, SLACK_ANSWERS_AFTER = 0.015, 0.030
"""Seconds that the simulated Slack takes for a post: so much before it accepts it, and then so
much before it answers. Whoever dies during a post dies on either side of the acceptance."""

_STORE_SECONDS, _SCP_SECONDS, _COMPOSE_SECONDS = 0.006, 0.02, 0.01

MARKS = [
    Mark(Deliveries, "plan_due", OF_THE_STORE, _STORE_SECONDS, seldom=True),
    Mark(Deliveries, "claim", OF_THE_STORE, _STORE_SECONDS),
    Mark(ScpClient, "list_pending_images", OF_A_CALL, _SCP_SECONDS, seldom=True),
    Mark(Sightings, "observe", OF_THE_STORE, _STORE_SECONDS, seldom=True),
    Mark(Composer, "compose", OF_A_CALL, _COMPOSE_SECONDS),
    Mark(Deliveries, "begin_posting", OF_THE_STORE, _STORE_SECONDS),
    Mark(Slack, "post_once", OF_A_CALL, SLACK_ACCEPTS_AFTER + SLACK_ANSWERS_AFTER),
    Mark(Slack, "find_post", OF_A_CALL, _STORE_SECONDS, seldom=True),
    Mark(Deliveries, "finish", OF_THE_STORE, _STORE_SECONDS),
    Mark(Deliveries, "put_back", OF_THE_STORE, _STORE_SECONDS, seldom=True),
]

POINTS = [point for mark in MARKS for point in mark.points]
SELDOM = frozenset(point for mark in MARKS if mark.seldom for point in mark.points)


class Doom(msgspec.Struct, frozen=True):
    """What befalls a replica when it passes a point for so many times."""

    point: str
    passes: int
    what: Literal["kill", "stop"] = "kill"


class Entry(msgspec.Struct, frozen=True):
    """What befell a replica, as it has written down itself."""

    what: Literal["kill", "stop"]
    point: str
    occurrence: str | None
    """Of the post that was about to be sent, or under way, or sent."""


class Reaper:
    """Fulfils the dooms of this process, each once."""

    def __init__(self, dooms: list[Doom], diary: Path, dice: random.Random) -> None:
        self._left = {doom.point: doom.passes for doom in dooms}
        self._what = {doom.point: doom.what for doom in dooms}
        self._diary = diary
        self._dice = dice
        self._doing: ContextVar[str] = ContextVar("doing", default="")

    def mark(self, mark: Mark) -> None:
        """Wrap a coroutine method with its points."""
        original: Callable[..., Any] = getattr(mark.owner, mark.name)

        @functools.wraps(original)
        async def marked(*args: Any, **named: Any) -> Any:
            occurrence = _occurrence(mark.name, args)
            self._pass_by(f"before {mark.name}", occurrence)
            within = self._pass_within(mark, occurrence)
            doing = self._doing.set(mark.name)
            try:
                result = await original(*args, **named)
            finally:
                self._doing.reset(doing)
                within.cancel()
            self._pass_by(f"after {mark.name}", occurrence)
            return result

        setattr(mark.owner, mark.name, marked)

    def mark_commits(self) -> None:
        """Put a point before the commit of every marked step of the store."""
        original = Database.writing

        @asynccontextmanager
        async def writing(database: Database) -> AsyncIterator[Transaction]:
            async with original(database) as transaction:
                yield transaction
                self._pass_by(f"uncommitted {self._doing.get()}", None)

        setattr(Database, Database.writing.__name__, writing)  # as above

    def _pass_within(self, mark: Mark, occurrence: str | None) -> asyncio.TimerHandle:
        point = f"during {mark.name}"
        seconds = self._dice.uniform(0, mark.seconds)
        return asyncio.get_running_loop().call_later(seconds, self._pass_by, point, occurrence)

    def _pass_by(self, point: str, occurrence: str | None) -> None:
        """Live on, or write the point down and die."""
        if point not in self._left:
            return
        self._left[point] -= 1
        if self._left[point] > 0:
            return
        del self._left[point]
        what = self._what[point]
        with self._diary.open("ab") as diary:
            diary.write(msgspec.json.encode(Entry(what, point, occurrence)) + b"\n")
        os.kill(os.getpid(), signal.SIGKILL if what == "kill" else signal.SIGSTOP)


def _occurrence(name: str, args: tuple[Any, ...]) -> str | None:
    if name != "post_once":
        return None
    metadata: Mapping[str, Any] = args[3]
    named: str | None = metadata.get("event_payload", {}).get("occurrence")
    return named


def hurry(factor: float) -> None:
    """Shorten what a delivery waits for, all in the same measure, lest a run takes hours."""
    sending.POSTING_LEASE /= factor
    crew.PREPARING_LEASE = sending.POSTING_LEASE  # whoever has lost it does not post: no harm
    sending.SEND_WITHIN /= factor
    sending.UNSURE_WAIT /= factor
    sending.UNANSWERED_WAIT /= factor
    sending.FIRST_WAIT /= factor
    waits.LONGEST_WAIT /= factor
    delivery.SCP_WAITS = tuple(wait / factor for wait in delivery.SCP_WAITS)  # type: ignore[assignment]
    connection.TIMEOUT_SECONDS = connection.TIMEOUT_SECONDS / factor  # type: ignore[assignment]
    lifecycle.GREETING_SECONDS /= factor
    alarms.LOOK_SECONDS /= factor
    watch.LEASE /= factor
    watch.RENEW_SECONDS /= factor


def main() -> int:
    """Run the bot, marked, as the environment says."""
    put_wall_clock_off(float(os.environ["CHAOS_CLOCK_OFF"]))
    hurry(float(os.environ["CHAOS_HURRY"]))
    reaper = Reaper(
        msgspec.json.decode(os.environ["CHAOS_DOOMS"], type=list[Doom]),
        Path(os.environ["CHAOS_DIARY"]),
        random.Random(os.environ["CHAOS_SEED"]),  # noqa: S311 - mischief, not cryptography
    )
    reaper.mark_commits()
    for mark in MARKS:
        reaper.mark(mark)
    return program.main(["run"])


if __name__ == "__main__":
    sys.exit(main())

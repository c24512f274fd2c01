"""One chaos run: so many occurrences, so much mischief, and the count of what arrived."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.sending import POSTING_LEASE
from tests.chaos.counting import Tally, Wanted
from tests.chaos.replica import POINTS, SELDOM, Doom, Entry
from tests.chaos.replicas import Replica
from tests.chaos.world import World, slow_down, world

REPLICAS = 3
HURRY = 8.0
"""The replicas' leases, waits and timeouts are shorter by this: 4 seconds for a post."""
STOPPED_SECONDS = 1.5 * POSTING_LEASE.total_seconds() / HURRY
"""How long SIGSTOP lasts: longer than a post's lease."""
ROUND_SECONDS = 600.0
"""A round that takes longer has lost something."""
SELDOM_PASSES = 4
"""So often a point may be passed, at most, that is passed seldom."""
POINTS_MIN = 12
"""So many distinct points must have been died at, in a run that is long enough."""
LONG_RUN = 60
"""Occurrences: from here on a run is long enough."""


class Mischief(msgspec.Struct, frozen=True):
    """What is done to the replicas, and how often."""

    seed: int = 1
    dooms: int = 3
    """Points at which a replica is to die in one life; it does at the first that it reaches."""
    passes: int = 26
    """A point is passed up to so many times before it kills."""
    drop_after: float = 0.06
    """Chance that Slack accepts a post and breaks the connection."""
    drop_before: float = 0.03
    """Chance that Slack breaks the connection before it reads anything."""
    error_after: float = 0.03
    """Chance that Slack accepts a post and answers with an error of its own."""
    strike: bool = True
    """Whether a replica is killed once a round at any instant, wherever it is."""
    stops: bool = False
    """Whether replicas are stopped for longer than their leases, at any instant and at points."""
    restarts: bool = True
    """Whether PostgreSQL is restarted once a round, in turn in good order and by a crash."""


class Duplicate(NamedTuple):
    """An occurrence that was posted more than once."""

    occurrence: str
    befell: list[str]
    """What befell replicas at or in its posts."""


class Outcome(msgspec.Struct, frozen=True):
    """What arrived, and through what."""

    tally: Tally
    killed: Counter[str]
    """Deaths by point."""
    struck: int
    """Deaths at any instant."""
    stopped: Counter[str]
    """Stops by point."""
    database_restarts: Counter[str]
    looked_up: int
    """How often Slack was asked whether a post had arrived."""
    duplicates: list[Duplicate]
    seconds: float
    unfinished: bool
    """Whether a round was given up."""

    def faults(self, mischief: Mischief) -> list[str]:
        """Return why the run is not good; one that nothing happened in is not good either."""
        faults = [name for name in self.tally.at_fault if not (mischief.stops and _forgiven(name))]
        if self.unfinished:
            faults.append("unfinished")
        if mischief.dooms and not self.killed:
            faults.append("nobody was killed")
        if mischief.dooms and self.tally.wanted >= LONG_RUN and len(self.killed) < POINTS_MIN:
            faults.append(f"killed at {len(self.killed)} points only, not {POINTS_MIN}")
        if mischief.stops and not self.stopped:
            faults.append("nobody was stopped")
        return faults

    def lines(self) -> list[str]:
        """Return the figures as a report."""
        restarts = ", ".join(f"{n} {mode}" for mode, n in sorted(self.database_restarts.items()))
        unknown = sorted(set(POINTS) - self.killed.keys())
        return [
            *self.tally.lines(),
            *(f"  {d.occurrence}: {'; '.join(d.befell) or 'no mark'}" for d in self.duplicates),
            (
                f"replicas killed at {len(self.killed)} of {len(POINTS)} marked points: "
                f"{self.killed.total()} times; at any instant: {self.struck} times"
            ),
            *(f"  {count:4} {point}" for point, count in sorted(self.killed.items())),
            *([f"  never: {', '.join(unknown)}"] if unknown else []),
            f"replicas stopped {self.stopped.total()} times",
            *(f"  {count:4} {point}" for point, count in sorted(self.stopped.items())),
            f"PostgreSQL restarted: {restarts or 'never'}",
            f"Slack asked {self.looked_up} times whether a post had arrived",
            f"{self.seconds:.0f} seconds" + (", and a round given up" if self.unfinished else ""),
        ]


def _forgiven(name: str) -> bool:
    """Return whether a run with stops is good all the same."""
    return name == "duplicated"


class Chaos:
    """The world, the replicas, and what is done to them."""

    def __init__(
        self, world: World, mischief: Mischief, directory: Path, tell: Callable[[str], object]
    ) -> None:
        self._world = world
        self._mischief = mischief
        self._tell = tell
        self._dice = random.Random(mischief.seed)  # noqa: S311 - mischief, not cryptography
        self._dealt: Counter[str] = Counter()
        self._struck = 0
        self._stopped_anywhere = 0
        self._restarts: Counter[str] = Counter()
        self._unfinished = False
        environment = {**world.environment, "HOME": str(directory), "WATCH_SECONDS": "10"}
        self._replicas = [
            Replica(f"replica-{n}", environment, directory, hurry=HURRY, dooms=self._deal)
            for n in range(1, REPLICAS + 1)
        ]

    @property
    def harmless(self) -> bool:
        """Whether more is to happen yet, though there were occurrences enough."""
        points = {entry.point for entry in self._entries() if entry.what == "kill"}
        return self._mischief.dooms > 0 and len(points) < POINTS_MIN

    @asynccontextmanager
    async def replicas(self) -> AsyncIterator[None]:
        """Have the replicas run."""
        for replica in self._replicas:
            replica.start()
        try:
            yield
        finally:
            await asyncio.gather(*(replica.stop() for replica in self._replicas))

    async def round(self) -> None:
        """Let the next nine o'clock come, make mischief, and wait until all are at an end."""
        wanted = await self._world.approach_nine(timedelta(seconds=1))
        mischief = asyncio.create_task(self._make_mischief())
        continued = asyncio.create_task(self._continue_stopped())
        try:
            async with asyncio.timeout(ROUND_SECONDS):
                await self._world.has_ended(wanted, self._check)
                await mischief
        except TimeoutError:
            self._unfinished = True
            await self._tell_unfinished(wanted)
        finally:
            for task in (mischief, continued):
                task.cancel()
            await asyncio.wait([mischief, continued])
            for replica in self._replicas:
                replica.send(signal.SIGCONT)

    async def outcome(self, seconds: float) -> Outcome:
        """Count, when the replicas have ended."""
        tally = await self._world.count()
        entries = self._entries()
        stopped = Counter(entry.point for entry in entries if entry.what == "stop")
        if self._stopped_anywhere:
            stopped["at any instant"] = self._stopped_anywhere
        return Outcome(
            tally=tally,
            killed=Counter(entry.point for entry in entries if entry.what == "kill"),
            struck=self._struck,
            stopped=stopped,
            database_restarts=self._restarts,
            looked_up=self._world.looked_up(),
            duplicates=[
                Duplicate(
                    occurrence,
                    [f"{e.what} {e.point}" for e in entries if e.occurrence == occurrence],
                )
                for occurrence in tally.duplicated
            ],
            seconds=seconds,
            unfinished=self._unfinished,
        )

    def _entries(self) -> list[Entry]:
        return [entry for replica in self._replicas for entry in replica.diary()]

    def _check(self) -> None:
        for replica in self._replicas:
            replica.check()

    def _deal(self) -> Sequence[Doom]:
        """Return what is to befall a life: the seldomer a point was dealt, the likelier it is."""
        dooms = []
        for number in range(self._mischief.dooms):
            weights = [(1 + self._dealt[point]) ** -2 for point in POINTS]
            (point,) = self._dice.choices(POINTS, weights)
            self._dealt[point] += 1
            most = SELDOM_PASSES if point in SELDOM else self._mischief.passes
            passes = self._dice.randint(1, max(1, most))
            stop = self._mischief.stops and number % 2 == 0
            dooms.append(Doom(point, passes, "stop" if stop else "kill"))
        return dooms

    async def _make_mischief(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            if self._mischief.restarts:
                tasks.create_task(self._restart_database())
            if self._mischief.strike:
                tasks.create_task(self._strike())
            if self._mischief.stops:
                tasks.create_task(self._stop_one())

    async def _restart_database(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.2, 2))
        mode = "immediate" if self._restarts.total() % 2 else "fast"
        await asyncio.to_thread(self._world.postgres.stop, mode)
        await asyncio.to_thread(self._world.postgres.start)
        self._restarts[mode] += 1

    async def _strike(self) -> None:
        await asyncio.sleep(self._dice.uniform(0, 4))
        self._dice.choice(self._replicas).send(signal.SIGKILL)
        self._struck += 1

    async def _stop_one(self) -> None:
        await asyncio.sleep(self._dice.uniform(0, 2))
        self._dice.choice(self._replicas).send(signal.SIGSTOP)
        self._stopped_anywhere += 1

    async def _continue_stopped(self) -> None:
        """Let whoever is stopped go on, when its leases have long run out."""
        async with asyncio.TaskGroup() as tasks:
            for replica in self._replicas:
                tasks.create_task(_continue_when_stopped(replica))

    async def _tell_unfinished(self, wanted: Sequence[Wanted]) -> None:
        for want in wanted:
            record = await self._world.record_of(want)
            if record is None or not record.finished_at:
                self._tell(f"given up: {want.occurrence}, {record.state if record else 'unknown'}")


async def _continue_when_stopped(replica: Replica) -> None:
    while True:
        await asyncio.sleep(0.1)
        if replica.is_stopped():
            await asyncio.sleep(STOPPED_SECONDS)
            replica.send(signal.SIGCONT)


async def run_chaos(
    occurrences: int,
    channels: int,
    mischief: Mischief,
    directory: Path,
    tell: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Run rounds of a digest in each of the channels until there were at least so many.

    Where nobody has died at ``POINTS_MIN`` points yet by then: until they have, or twice as many.
    """
    loop = asyncio.get_running_loop()
    async with world() as around:
        slow_down(around.slack)
        around.slack.unreliable(
            drop_after=mischief.drop_after,
            drop_before=mischief.drop_before,
            error_after=mischief.error_after,
            seed=mischief.seed,
            methods=["chat.postMessage", "conversations.history"],
        )
        await around.subscribe(channels)
        chaos = Chaos(around, mischief, directory, tell)
        began = loop.time()
        async with chaos.replicas():
            done = 0
            while done < occurrences or (chaos.harmless and done < 2 * occurrences):
                await chaos.round()
                done += channels
                tell(f"{done} of {occurrences} occurrences, {loop.time() - began:.0f} s")
        return await chaos.outcome(loop.time() - began)

"""Very many digests due at one moment, in as many channels, before a Slack with its real limits."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec

from bot.sim.slack import SlackSim
from tests.chaos.counting import Tally
from tests.chaos.replicas import Replica
from tests.chaos.world import world

A_MINUTE = 300
"""Messages to a workspace: Slack says "several hundred per minute"."""
BURST = 10
"""So many of them may come at once."""
PER_CHANNEL = 1.0
"""Messages a second, in each channel."""
BEFORE = timedelta(seconds=2)
REFUSED = "ratelimited"


class Figures(msgspec.Struct, frozen=True):
    """What a run has shown."""

    tally: Tally
    a_minute: float
    """Messages a minute that the workspace took."""
    seconds: float
    """From the due moment to the last message, by Slack's clock."""
    refused: int
    """Posts that Slack answered with 429."""
    impatient: int
    """Posts to a channel within the second after such an answer."""
    ready_kib: int
    """Memory of the bot process when it was ready..."""
    peak_kib: int
    """...and at its most."""

    @property
    def least_seconds(self) -> float:
        """What the workspace's limit allows at best."""
        return max(0.0, (self.tally.wanted - BURST) * 60 / self.a_minute)

    @property
    def grown_kib(self) -> int:
        """By how much the bot process grew."""
        return self.peak_kib - self.ready_kib

    @property
    def faults(self) -> list[str]:
        """Why the run is not good."""
        faults = list(self.tally.at_fault)
        if self.impatient:
            faults.append("Retry-After not honoured")
        if self.grown_kib > self.ready_kib / 4:
            faults.append("memory not bounded")
        return faults

    def lines(self) -> list[str]:
        """Return the figures as a report."""
        pace = f"{self.a_minute:.0f} messages a minute"
        return [
            *self.tally.lines(),
            f"{self.seconds:.1f} seconds; at {pace} it takes {self.least_seconds:.1f} at least",
            f"429 answered {self.refused} times; asked again too early {self.impatient} times",
            f"memory: {_mib(self.ready_kib)} when ready, {_mib(self.peak_kib)} at most",
        ]


async def run_scale(
    schedules: int,
    directory: Path,
    *,
    a_minute: float = A_MINUTE,
    within: float = 120.0,
    tell: Callable[[str], object] = lambda _: None,
) -> Figures:
    """Have one bot process deliver them all; ``within`` is beyond what the limit allows at best.

    ``a_minute`` is the limit of the workspace: a lower one is met by fewer digests.
    """
    async with world() as around:
        around.slack.limit_messages(
            PER_CHANNEL, burst=1, per_workspace=a_minute / 60, workspace_burst=BURST
        )
        await around.subscribe(schedules)
        bot = Replica("bot", {**around.environment, "HOME": str(directory)}, directory, hurry=1.0)
        bot.start()
        try:
            await bot.ready()
            ready = memory_kib(bot.pid, "VmRSS")
            wanted = await around.approach_nine(-BEFORE)
            least = schedules * 60 / a_minute
            async with asyncio.timeout(least + within), asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(_tell_progress(around.slack, schedules, tell))
                await around.has_ended(wanted, bot.check)
                telling.cancel()
            peak = memory_kib(bot.pid, "VmHWM")
        finally:
            await bot.stop()
        return Figures(
            tally=await around.count(),
            a_minute=a_minute,
            seconds=_last(around.slack) - wanted[0].due.timestamp(),
            refused=sum(call.error == REFUSED for call in around.slack.calls),
            impatient=_impatient(around.slack),
            ready_kib=ready,
            peak_kib=peak,
        )


def _mib(kib: int) -> str:
    return f"{kib / 1024:.1f} MiB"


def memory_kib(pid: int, what: str) -> int:
    """Return what Linux tells of a process: ``VmRSS``, now, or ``VmHWM``, at its most."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.removesuffix("kB"))
    raise AssertionError(f"no {what}")


async def _tell_progress(slack: SlackSim, schedules: int, tell: Callable[[str], object]) -> None:
    while True:
        await asyncio.sleep(10)
        tell(f"{len(slack.workspace.posts)} of {schedules} posted")


def _last(slack: SlackSim) -> float:
    return max((float(message.ts) for message in slack.workspace.posts), default=0.0)


def _impatient(slack: SlackSim) -> int:
    """Count posts to a channel within a second, the least that Slack asks for, of its refusal."""
    refused: dict[str, float] = {}
    count = 0
    for call in slack.calls:
        channel = call.arguments.get("channel")
        if call.method != "chat.postMessage" or channel is None:
            continue  # those of long ago have no arguments any more
        count += call.at < refused.get(channel, 0.0) + 1.0
        if call.error == REFUSED:
            refused[channel] = call.at
    return count

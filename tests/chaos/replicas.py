"""Replicas of the bot as processes, each started again whenever it dies."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


class Replica:
    """One bot process; it ends by ``kill -9`` or by ``stop``, and by nothing else."""

    def __init__(self, number: int, environment: Mapping[str, str], directory: Path) -> None:
        self.number = number
        self.starts = 0
        self._environment = environment
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def diary(self) -> Path:
        """Where it writes down the points at which it died."""
        return self._directory / f"replica-{self.number}.died"

    @property
    def log(self) -> Path:
        """Its standard error, of all its lives."""
        return self._directory / f"replica-{self.number}.log"

    def start(self) -> None:
        """Run, and run again, until ``stop``."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End for good. Raise what ended it before, if anything but a kill did."""
        if self._keeper is None:
            return
        ended = self._keeper.done()
        self._keeper.cancel()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            await self._process.wait()
        if ended:
            self._keeper.result()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one now."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _keep(self) -> None:
        while True:
            self.starts += 1
            await self._live()

    async def _live(self) -> None:
        seed = str(self.number * 100_000 + self.starts)
        settings = {**self._environment, "CHAOS_SEED": seed, "CHAOS_DIARY": str(self.diary)}
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.chaos.replica",
                cwd=CHECKOUT,
                env={**inherited, **settings},
                stdout=log,
                stderr=log,
            )
        code = await self._process.wait()
        if code != -signal.SIGKILL:
            raise RuntimeError(f"replica {self.number} ended by itself with {code}: see {self.log}")

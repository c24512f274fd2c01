"""Replicas of the bot as processes, each started again whenever it dies."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from tests.chaos.replica import Doom, Entry

CHECKOUT = Path(__file__).parents[2]
STARTING_SECONDS = 60.0


class Replica:
    """One bot process; it ends by ``kill -9`` or by ``stop``, and by nothing else.

    ``dooms`` deals what is to befall its next life, ``again`` says whether there is one after the
    first; its wall clock is off by ``clock_off`` seconds.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        directory: Path,
        *,
        hurry: float,
        dooms: Callable[[], Sequence[Doom]] = list,
        again: bool = True,
        clock_off: float = 0.0,
    ) -> None:
        self.name = name
        self.lives = 0
        self._environment = environment
        self._directory = directory
        self._hurry = hurry
        self._dooms = dooms
        self._again = again
        self._clock_off = clock_off
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def log(self) -> Path:
        """Its standard error, of all its lives."""
        return self._directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The number of its present process."""
        assert self._process is not None
        return self._process.pid

    def diary(self) -> list[Entry]:
        """Return what befell it so far."""
        if not self._diary.exists():
            return []
        lines = self._diary.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Entry) for line in lines]

    def start(self) -> None:
        """Run, and run again, until ``stop``."""
        self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Wait until its first life has come so far as to say that it is ready."""
        async with asyncio.timeout(STARTING_SECONDS):
            while not (self.log.exists() and b'"event": "ready"' in self.log.read_bytes()):
                self.check()
                await asyncio.sleep(0.1)

    def check(self) -> None:
        """Raise what ended it, if anything but a kill or ``stop`` did."""
        if self._keeper is not None and self._keeper.done() and not self._keeper.cancelled():
            self._keeper.result()

    async def died(self) -> None:
        """Wait for the end of a replica that does not live again."""
        assert self._keeper is not None
        async with asyncio.timeout(STARTING_SECONDS):
            await self._keeper

    async def stop(self) -> int | None:
        """End for good, by SIGTERM; return the exit code of its last life.

        Raise what ended it before, if anything but a kill did.
        """
        self.check()
        if self._keeper is None:
            return None
        self._keeper.cancel()
        await asyncio.wait([self._keeper])
        self._keeper = None
        if self._process is not None and self._process.returncode is None:
            self.send(signal.SIGCONT)
            self._process.terminate()
            await self._process.wait()
        return self._process.returncode if self._process is not None else None

    def is_stopped(self) -> bool:
        """Return whether its process rests by SIGSTOP."""
        if self._process is None or self._process.returncode is not None:
            return False
        with suppress(FileNotFoundError, ProcessLookupError):
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            return state == "T"
        return False

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if there is one now."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    @property
    def _diary(self) -> Path:
        return self._directory / f"{self.name}.diary"

    async def _keep(self) -> None:
        while self._again or not self.lives:
            self.lives += 1
            await self._live()

    async def _live(self) -> None:
        marks = {
            "CHAOS_SEED": f"{self.name} {self.lives}",
            "CHAOS_DIARY": str(self._diary),
            "CHAOS_HURRY": str(self._hurry),
            "CHAOS_CLOCK_OFF": str(self._clock_off),
            "CHAOS_DOOMS": msgspec.json.encode(self._dooms()).decode(),
        }
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.chaos.replica",
                cwd=CHECKOUT,
                env={**inherited, **self._environment, **marks},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        code = await self._process.wait()
        if code != -signal.SIGKILL:
            raise RuntimeError(f"{self.name} ended by itself with {code}: see {self.log}")

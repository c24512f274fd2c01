"""What it costs that the bot is there: from the start until ready, and memory when idle."""

import asyncio
import sys
import time
from pathlib import Path

from tests.bench.far_end import open_far_end
from tests.bench.figures import Line, Pair, ratio_line, value_line
from tests.bench.programs import BOT, running

LIBRARIES = (
    "aiohttp.web, apscheduler.schedulers.asyncio, httpx, msgspec, prometheus_client, "
    "pydantic_settings, slack_bolt.adapter.aiohttp, slack_bolt.app.async_app, "
    "slack_bolt.adapter.socket_mode.aiohttp, structlog"
)
MEMORY = "/proc/{}/status"
"""Where Linux tells a process' memory; elsewhere the bench leaves it out."""


async def measure_startup(rounds: int) -> list[Line]:
    """Measure the bot beside an interpreter that only imports its libraries."""
    times, memory = [], []
    async with open_far_end(b"") as far_end:
        for _ in range(rounds):
            bare_seconds, bare_megabytes = await _bare_imports()
            started = time.perf_counter()
            async with running(BOT, far_end.url) as bot:
                times.append(Pair(bare_seconds, time.perf_counter() - started))
                memory.append((bare_megabytes, _megabytes(bot.pid)))
    lines = [ratio_line("start until ready / importing the libraries", times)]
    held = [(bare, idle) for bare, idle in memory if bare and idle]
    if held:
        ratios = [idle / bare for bare, idle in held]
        note = f"{held[0][1]:.0f} MB to {held[0][0]:.0f} MB"
        lines.append(
            value_line("memory when idle / importing the libraries", "x", ratios, note=note)
        )
    return lines


async def _bare_imports() -> tuple[float, float]:
    """Return the seconds until everything is imported, and the memory then held, in MB."""
    started = time.perf_counter()
    program = f"import {LIBRARIES}; print(flush=True); input()"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    await process.stdout.readline()
    seconds = time.perf_counter() - started
    megabytes = _megabytes(process.pid)
    await process.communicate(b"\n")
    return seconds, megabytes


def _megabytes(pid: int) -> float:
    """Return the memory that a process holds, or 0 where the system does not tell."""
    status = Path(MEMORY.format(pid))
    if not status.exists():
        return 0.0
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))

"""The programs under measurement, each a process of its own: the bot as it is run, and floors."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tests.bench.far_end import BOT_TOKEN, PATIENCE_SECONDS, SIGNING_SECRET, MeasuringFailed
from tests.bench.floors import VERSION

BOT = ("-m", "bot", "run")
EMPTY = ("-m", "tests.bench.floors", "empty")
MINIMUM = ("-m", "tests.bench.floors", "minimum")
REPOSITORY = Path(__file__).parents[2]


class Program(msgspec.Struct, frozen=True):
    """A program that listens."""

    port: int
    pid: int


@asynccontextmanager
async def running(
    arguments: Sequence[str], far_end_url: str, cache_seconds: int = 60
) -> AsyncIterator[Program]:
    """Run ``python arguments`` against the far end, from its line ``ready`` until the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=_environment(far_end_url, cache_seconds),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            port = await _port(process.stderr)
        reading = asyncio.create_task(process.stderr.read())  # or a full pipe would stop it
        yield Program(port, process.pid)
        reading.cancel()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment(far_end_url: str, cache_seconds: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "BOT_MODE": "http",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{far_end_url}/api/",
        "SCP_ACCESS_KEY": "bench-access-key",
        "SCP_SECRET_KEY": "bench-secret-key",
        "SCP_ENDPOINT": far_end_url,
        "SCP_API_VERSION": VERSION,
        "SCP_CACHE_SECONDS": str(cache_seconds),
    }


async def _port(log: asyncio.StreamReader) -> int:
    said = b""
    async for line in log:
        said += line
        with suppress(ValueError):
            record = json.loads(line)
            if record["event"] == "ready":
                return int(record["port"])
    raise MeasuringFailed(f"a program did not start: {said.decode(errors='replace')}")

"""README.md's way from one process on SQLite to three on PostgreSQL, followed to the letter.

Its commands run in a shell, in a directory of their own; only host and ports are the test's.
"""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import sql

from bot.schedule import Delivery
from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, SlackSim
from bot.store import open_store
from tests.databases import PostgresServer, free_port
from tests.listeners.digest_scene import text_of
from tests.test_run import CHANNEL, coverage_settings, settings_for

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
NAME = "pending_images"
"""Of the database and its user, in the README."""
PATIENCE = 40
"""Seconds that anything takes at most, on the busiest of machines."""
COMMAND = "/pending-images"


class Shell:
    """A person's shell: bash, which gives up at the first command that fails."""

    def __init__(self, process: asyncio.subprocess.Process, home: Path, log: Path) -> None:
        self._process = process
        self.home = home
        self._log = log

    async def do(self, commands: str) -> str:
        """Run commands; return what they print."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{commands}\necho DONE\n".encode())
        said = b""
        try:
            async with asyncio.timeout(PATIENCE):
                while not said.endswith(b"DONE\n"):
                    line = await self._process.stdout.readline()
                    assert line, "bash gave up"
                    said += line
        except (AssertionError, TimeoutError) as error:
            error.add_note(f"{commands}\n{said.decode()}\n{self._log.read_text()}")
            raise
        return said.decode()


@pytest.fixture
async def scp() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(23)) as sim:
        yield sim


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim() as sim:
        sim.mode = "socket"
        sim.ack_seconds = 10  # the machine may be busy: another test measures that
        sim.user(admin=True)
        sim.channel(CHANNEL, "cloud-ops", members=["U0SIM0001"])
        yield sim


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server on which the README's database and user are to be made."""
    yield postgres
    postgres.execute(sql.SQL(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
    postgres.execute(sql.SQL(f"DROP ROLE IF EXISTS {NAME}"))


@pytest.fixture
def home(tmp_path: Path, scp: ScpSim, slack: SlackSim) -> Path:
    """A directory as the README leaves it: the virtual environment, and the settings."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    settings = settings_for(scp, slack, "socket") | {"SCP_ACCOUNT_ID": scp.account_id}
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (tmp_path / ".env").write_text("".join(lines))
    return tmp_path


@pytest.fixture
async def shell(home: Path, server: PostgresServer) -> AsyncIterator[Shell]:
    log = home / "log"
    passed = {k: v for k, v in os.environ.items() if k in {"LANG", "COVERAGE_PROCESS_START"}}
    where = {"PATH": f"{server.programs}:{os.environ['PATH']}", "PGPORT": str(server.port)}
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail"),
            cwd=home,
            env=passed | coverage_settings() | where | {"HOME": str(home)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        yield Shell(process, home, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the bots too, which bash may have left behind
        await process.communicate()


def steps() -> list[str]:
    """The README's commands, a comment before each step, for this test's host and ports."""
    found = re.search(r"<!-- replicas -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found
    commands = found[1].replace("db.example.com", "127.0.0.1")
    for port in ("3001", "3002", "3003"):
        commands = commands.replace(f"PORT={port}", f"PORT={free_port()}")
    return commands.strip().split("\n\n")


async def typed(slack: SlackSim, text: str) -> str:
    """Type a command about digests; return what the answer says."""
    ada = slack.user()
    before = len(answers(ada))
    await ada.command(COMMAND, f"digest {text}", CHANNEL)
    (answer,) = await slack.wait_for(lambda: answers(ada)[before:], PATIENCE)
    return text_of(answer.blocks)


def answers(ada: Actor) -> list[Message]:
    return [message for message in ada.messages(CHANNEL) if message.ephemeral]


async def posted(slack: SlackSim, count: int) -> str:
    """Wait for so many digests; return the name of the last one's occurrence."""
    posts = await slack.wait_for(lambda: slack.messages(CHANNEL)[count - 1 :], PATIENCE)
    assert posts[0].metadata
    return str(posts[0].metadata["event_payload"]["occurrence"])


async def connected(slack: SlackSim, count: int) -> None:
    """Wait until so many processes listen."""
    await slack.wait_for(lambda: len(slack.sockets.connections) == count, PATIENCE)


async def kept(url: str) -> tuple[dict[str, datetime], list[Delivery]]:
    """When each image was first seen, and the history, once nothing is under way."""
    async with open_store(url, now=lambda: datetime.now(UTC)) as store, asyncio.timeout(PATIENCE):
        while True:
            history = await store.deliveries.history(CHANNEL)
            if all(delivery.finished_at for delivery in history):
                return await store.sightings.first_seen(), history
            await asyncio.sleep(0.05)


def let_a_day_pass(home: Path, schedule_id: int) -> None:
    """Have a digest due as if the bot, which is stopped, had been stopped the day before."""
    with closing(sqlite3.connect(home / "pending-images.db")) as connection, connection:
        (due,) = connection.execute(
            "SELECT next_due FROM schedules WHERE id = ?", (schedule_id,)
        ).fetchone()
        moment = datetime.fromisoformat(due) - timedelta(days=1)
        connection.execute(
            "UPDATE schedules SET next_due = ? WHERE id = ?",
            (moment.isoformat(" ", "microseconds"), schedule_id),
        )


@pytest.mark.timeout(180)
async def test_three_processes_go_on_where_one_has_stopped(
    shell: Shell, slack: SlackSim, server: PostgresServer
) -> None:
    on_sqlite, stop, make, copy, switch, start = steps()
    old, new = f"sqlite:///{shell.home / 'pending-images.db'}", server.url(NAME)
    hour = datetime.now(UTC).hour

    await shell.do(on_sqlite)
    await connected(slack, 1)
    # Number 1 is the settings' digest.
    assert "Digest *#2* is set up" in await typed(slack, f"add {hour:02}:00 daily UTC type:custom")
    await typed(slack, "send 2")
    assert (await posted(slack, 1)).startswith("2/now/")

    await shell.do(stop)
    first_seen, history = await kept(old)
    assert len(first_seen) == 23
    assert [delivery.schedule_id for delivery in history] == [2]
    let_a_day_pass(shell.home, 2)

    await shell.do(make)
    assert "Copied: schedules 2, deliveries 1, sightings 23, " in await shell.do(copy)
    assert "0 failed" in await shell.do(switch)

    await shell.do(start)
    await connected(slack, 3)
    assert re.fullmatch(rf"2/.*T{hour:02}:00/UTC", await posted(slack, 2))
    seen, (_, *before) = await kept(new)
    assert (seen, before) == (first_seen, history)
    listed = await typed(slack, "list")
    assert "2 digests in this channel" in listed
    assert "Shows: type:custom" in listed
    assert "The last 2 deliveries" in await typed(slack, "history 2")

    assert "Digest *#3* is set up" in await typed(slack, "add 09:00 daily")
    await typed(slack, "send 3")
    assert (await posted(slack, 3)).startswith("3/now/")
    await shell.do("kill $(jobs -p); wait")
    assert len(slack.messages(CHANNEL)) == 3
    assert [delivery.id for delivery in (await kept(new))[1]] == [3, 2, 1]
    assert slack.complaints == []

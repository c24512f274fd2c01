"""``python -m bot`` as a process: its exit codes, its HTTP server, its end."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.slack import NotAcknowledged, SlackSim
from tests.databases import free_port
from tests.listeners.scene import both_modes, fetch

CHANNEL = "C0SIM0001"


class Process:
    """A running ``python -m bot``, its log as parsed lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[dict[str, object]] = []

    async def logged(self, event: str) -> dict[str, object]:
        """Wait for a log line."""
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            while line := await self.process.stderr.readline():
                self.log.append(json.loads(line))
                if self.log[-1]["event"] == event:
                    return self.log[-1]
        raise AssertionError(f"ended without {event!r}: {self.log}")

    async def ended(self) -> int:
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            rest = await self.process.stderr.read()
            self.log += [json.loads(line) for line in rest.splitlines()]
            return await self.process.wait()


async def spawn(*arguments: str, place: Path, **settings: str) -> asyncio.subprocess.Process:
    return await spawn_into(asyncio.subprocess.PIPE, *arguments, place=place, **settings)


async def spawn_into(
    stdout: int, /, *arguments: str, place: Path, **settings: str
) -> asyncio.subprocess.Process:
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "COVERAGE_PROCESS_START"}}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=place,
        env=kept | coverage_settings() | {"HOME": str(place), **settings},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )


def coverage_settings() -> dict[str, str]:
    """Coverage of child processes is carried by these."""
    return {k: v for k, v in os.environ.items() if k.startswith("COV")}


async def finished(*arguments: str, place: Path, **settings: str) -> tuple[int, str, str]:
    process = await spawn(*arguments, place=place, **settings)
    try:
        async with asyncio.timeout(20):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def running(place: Path, **settings: str) -> AsyncIterator[Process]:
    process = await spawn("run", place=place, **settings)
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def scp() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(23)) as sim:
        yield sim


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim() as sim:
        sim.channel(CHANNEL, "cloud-ops", members=["U0SIM0001"])
        yield sim


def settings_for(scp: ScpSim, slack: SlackSim, mode: str) -> dict[str, str]:
    return {
        "BOT_MODE": mode,
        "PORT": "0",
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "SCP_ACCESS_KEY": scp.access_key,
        "SCP_SECRET_KEY": scp.secret_key,
        "SCP_ENDPOINT": scp.base_url,
        "DIGEST_CHANNELS": CHANNEL,
        "DIGEST_TIME": (datetime.now(UTC) + timedelta(hours=12)).strftime("%H:%M"),
        "DIGEST_TIMEZONE": "UTC",
    }


@asynccontextmanager
async def serving(
    place: Path, scp: ScpSim, slack: SlackSim
) -> AsyncIterator[tuple[Process, object]]:
    """A bot that is ready in HTTP mode, with its port; the simulated Slack knows it."""
    async with running(place, **settings_for(scp, slack, "http")) as bot:
        port = (await bot.logged("ready"))["port"]
        slack.events_url = f"http://127.0.0.1:{port}/slack/events"
        yield bot, port


@both_modes
async def test_it_answers_a_command_exposes_its_health_and_ends_with_0_on_sigterm(
    mode: Literal["http", "socket"], scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    ada = slack.user()
    async with running(tmp_path, **settings_for(scp, slack, mode)) as bot:
        port = (await bot.logged("ready"))["port"]
        slack.mode = mode
        if mode == "http":
            slack.events_url = f"http://127.0.0.1:{port}/slack/events"
        await ada.command("/pending-images", "", CHANNEL)
        message = (await slack.wait_for(lambda: ada.messages(CHANNEL)))[-1]
        assert message.blocks[0]["text"]["text"] == "23 pending images"

        assert await fetch(port, "/healthz") == (200, "ok\n")
        assert await fetch(port, "/readyz") == (200, "ready\n")
        status, metrics = await fetch(port, "/metrics")
        assert status == 200
        assert re.search(
            r'listener_seconds_count\{listener="pending_images",outcome="ok"\} 1', metrics
        )
        assert re.search(r'scp_request_seconds_count\{outcome="ok"\} 1', metrics)

        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ended() == 0
    assert not [line for line in bot.log if line["level"] in {"warning", "error"}]
    assert slack.complaints == []


async def test_sigterm_lets_a_running_answer_finish(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    scp.answering.clear()
    ada = slack.user()
    async with serving(tmp_path, scp, slack) as (bot, _):
        await ada.command("/pending-images", "", CHANNEL)
        bot.process.send_signal(signal.SIGTERM)
        await bot.logged("stopping")
        assert not ada.messages(CHANNEL)
        scp.answering.set()
        assert await bot.ended() == 0
        assert len(ada.messages(CHANNEL)) == 1


async def test_while_it_stops_it_says_so_and_takes_no_more_work(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    scp.answering.clear()
    ada = slack.user()
    async with serving(tmp_path, scp, slack) as (bot, port):
        await ada.command("/pending-images", "", CHANNEL)
        bot.process.send_signal(signal.SIGTERM)
        await bot.logged("stopping")
        assert await fetch(port, "/readyz") == (503, "stopping\n")
        assert (await fetch(port, "/healthz"))[0] == 200
        with pytest.raises(NotAcknowledged):
            await ada.command("/pending-images", "", CHANNEL)
        scp.answering.set()
        assert await bot.ended() == 0
        assert len(ada.messages(CHANNEL)) == 1


async def test_without_settings_it_names_them_all_and_exits_with_2(tmp_path: Path) -> None:
    code, out, err = await finished("run", place=tmp_path)
    assert (code, out) == (2, "")
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SCP_ACCESS_KEY", "SCP_SECRET_KEY"):
        assert f"{name} is missing" in err
    assert "Traceback" not in err


async def test_a_token_that_slack_refuses_ends_it_with_1_and_a_remedy(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http") | {
        "SLACK_BOT_TOKEN": "xoxb-not-a-token",
    }
    code, _, err = await finished("run", place=tmp_path, **settings)
    assert code == 1
    assert "invalid_auth" in err
    assert "reinstall the app" in err
    assert "Traceback" not in err
    assert "xoxb-not-a-token" not in err


async def test_an_app_token_that_slack_refuses_ends_it_with_1(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "socket") | {"SLACK_APP_TOKEN": "xapp-not-a-token"}
    code, _, err = await finished("run", place=tmp_path, **settings)
    assert code == 1
    assert "SLACK_APP_TOKEN" in err
    assert "Traceback" not in err


async def test_an_address_in_use_ends_it_with_1(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_for(scp, slack, "http") | {"PORT": str(taken.getsockname()[1])}
        code, _, err = await finished("run", place=tmp_path, **settings)
    assert code == 1
    assert "HOST and PORT" in err
    assert "Traceback" not in err


async def test_it_waits_for_a_slack_that_is_not_there_and_says_so_on_readyz(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    slack.fail("auth.test", status=503, times=1000)
    port = free_port()
    settings = settings_for(scp, slack, "http") | {"PORT": str(port)}
    async with running(tmp_path, **settings) as bot:
        await bot.logged("Slack not reached yet")
        assert (await fetch(port, "/healthz"))[0] == 200
        status, reason = await fetch(port, "/readyz")
        assert status == 503
        assert "Slack" in reason
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ended() == 0


async def test_a_digest_by_hand_posts_to_every_channel(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http") | {"DIGEST_CHANNELS": f"{CHANNEL},C0UNKNOWN"}
    code, out, _ = await finished("digest", "--now", place=tmp_path, **settings)
    assert code == 1
    assert f"{CHANNEL}: digest posted" in out
    assert "C0UNKNOWN: failed" in out
    (message,) = slack.messages(CHANNEL)
    assert message.metadata is not None
    assert re.fullmatch("[12]/now/.*", message.metadata["event_payload"]["occurrence"])


async def test_a_digest_by_hand_asked_for_twice_comes_once_a_minute(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http")
    for _ in range(2):
        code, out, _ = await finished("digest", "--now", place=tmp_path, **settings)
        assert (code, out) == (0, f"{CHANNEL}: digest posted\n")
    occurrences = [
        (m.metadata or {})["event_payload"]["occurrence"] for m in slack.messages(CHANNEL)
    ]
    assert len(set(occurrences)) == len(occurrences)


async def test_a_dry_run_tells_what_has_changed_since_the_last_digest(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http")
    await finished("digest", "--now", place=tmp_path, **settings)
    scp.images = scp.images[:2]
    _, out, _ = await finished("digest", "--now", "--dry-run", place=tmp_path, **settings)
    assert "0 new, 21 gone" in out


async def test_a_digest_by_hand_needs_channels(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http") | {"DIGEST_CHANNELS": ""}
    code, _, err = await finished("digest", "--now", place=tmp_path, **settings)
    assert code == 2
    assert "DIGEST_CHANNELS is missing" in err


async def test_a_dry_run_prints_the_digest_and_asks_slack_nothing(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    settings = settings_for(scp, slack, "http")
    code, out, _ = await finished("digest", "--now", "--dry-run", place=tmp_path, **settings)
    assert code == 0
    assert json.loads(out)["blocks"]
    assert slack.calls == []


async def test_a_dry_run_that_finds_scp_down_exits_with_1(
    scp: ScpSim, slack: SlackSim, tmp_path: Path
) -> None:
    scp.fail("hmac")
    settings = settings_for(scp, slack, "http")
    code, out, err = await finished("digest", "--now", "--dry-run", place=tmp_path, **settings)
    assert (code, out) == (1, "")
    assert "SCP_SECRET_KEY" in err


@pytest.mark.parametrize("arguments", [["preview", "listing"], ["--help"]])
async def test_a_reader_that_has_had_enough_ends_it_quietly(
    arguments: list[str], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = await spawn_into(writer, *arguments, place=tmp_path)
    finally:
        os.close(writer)
    async with asyncio.timeout(20):
        _, err = await process.communicate()
    assert (process.returncode, err) == (128 + signal.SIGPIPE, b"")


async def test_sigterm_before_it_has_even_begun_ends_it_with_0(tmp_path: Path) -> None:
    """A module that is imported early stands in for the moments that all of them take."""
    (tmp_path / "slack_bolt.py").write_text(
        "import time\nprint('importing', flush=True)\nwhile True: time.sleep(0.01)\n"
    )
    process = await spawn("run", place=tmp_path, PYTHONPATH=str(tmp_path))
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"importing\n"
            process.send_signal(signal.SIGTERM)
            _, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["preview", "nothing"], ["digest"]])
async def test_wrong_usage_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    code, _, err = await finished(*arguments, place=tmp_path)
    assert code == 2
    assert "usage:" in err

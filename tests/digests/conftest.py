"""A world for digests, on both databases, whose time the tests move."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import structlog

from bot.app import utc_now
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import SlackSim
from bot.store import open_store
from tests.databases import PostgresServer
from tests.digests.clocks import Clock, Elapsed
from tests.digests.world import SOMEBODY_ELSE, Meanwhile, Replica, World
from tests.listeners.scene import CHANNEL, ELSEWHERE, MALFORMED, images, settings_for


@pytest.fixture(scope="session")
def kept_database(postgres: PostgresServer) -> str:
    """The address of a database that tests use one after another."""
    return postgres.url(postgres.create())


@pytest.fixture
def postgres_url(kept_database: str) -> str:
    """The address of a database that is empty again: to make one takes longer than a test."""
    with psycopg.connect(kept_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS shifted CASCADE")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return kept_database


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the tables of this release."""
    path = tmp_path_factory.mktemp("migrated") / "bot.db"

    async def migrate() -> None:
        async with open_store(f"sqlite:///{path}", now=utc_now) as store:
            await store.migrate()

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a copy of it: to migrate takes a third of a test."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Elapsed:
    """How long processes run, for them."""
    elapsed = Elapsed()
    monkeypatch.setattr("bot.background.elapsed.time", elapsed)
    return elapsed


@pytest.fixture
def clock(database_url: str, elapsed: Elapsed) -> Clock:
    """The right time, that of the database."""
    return Clock(database_url, elapsed)


@pytest.fixture
async def slack(no_proxy: None, clock: Clock) -> AsyncIterator[SlackSim]:  # noqa: ARG001  a fixture that must come first
    """A simulated Slack of the same time, with two channels of which the bot is a member."""
    async with SlackSim(clock=clock) as slack:
        slack.user()
        for channel, name in ((CHANNEL, "general"), (ELSEWHERE, "elsewhere")):
            slack.channel(channel, name, members=["U0SIM0001", "U0SIM0002"])
        yield slack
        assert slack.complaints == []
        assert [call for call in slack.calls if call.error in MALFORMED] == []


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, clock: Clock) -> Settings:
    return settings_for(scp, slack, database_url=clock.url, scp_account_id=scp.account_id)


@pytest.fixture
async def world(
    scp: ScpSim,
    slack: SlackSim,
    clock: Clock,
    settings: Settings,
    logs: list[structlog.typing.EventDict],  # noqa: ARG001  by its effect: errors are alarms
) -> AsyncIterator[World]:
    """Both far ends, three pending images, and the tables; no process runs yet.

    The watch is somebody else's, lest it asks SCP beside the digests.
    """
    scp.images = images(3)
    async with open_store(clock.url, now=clock.now) as store:
        await store.migrate()
        await store.sightings.claim_watch(SOMEBODY_ELSE, timedelta(days=365))
        world = World(scp, slack, clock, store, settings)
        async with world.processes:
            yield world


@pytest.fixture
async def replica(world: World) -> Replica:
    """One process."""
    return await world.replica()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(monkeypatch)


@pytest.fixture
def scp_fails_once(world: World) -> None:
    """The first digest waits for SCP for a few seconds."""
    world.scp.fail("server_500", 1)

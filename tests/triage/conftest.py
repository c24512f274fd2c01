"""A world for triage, on both databases, whose time the tests move."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import SlackSim
from bot.store import open_store
from tests.digests.clocks import Clock
from tests.digests.conftest import (
    clock,
    elapsed,
    kept_database,
    meanwhile,
    migrated_file,
    postgres_url,
    slack,
    sqlite_url,
)
from tests.listeners.scene import CHANNEL, images, settings_for
from tests.triage.world import ADA, BOB, CARL, Replica, World

__all__ = [
    "clock",
    "elapsed",
    "kept_database",
    "meanwhile",
    "migrated_file",
    "postgres_url",
    "slack",
    "sqlite_url",
]


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, clock: Clock) -> Settings:
    return settings_for(
        scp,
        slack,
        database_url=clock.url,
        scp_account_id=scp.account_id,
        approvers=f"{ADA},{BOB}",
        watch_channel=CHANNEL,
        oncall="S0SIM0001",
    )


@pytest.fixture
async def world(
    scp: ScpSim,
    slack: SlackSim,
    clock: Clock,
    settings: Settings,
    logs: list[structlog.typing.EventDict],  # noqa: ARG001  by its effect: errors are alarms
) -> AsyncIterator[World]:
    """Both far ends, three pending images, two approvers, and the tables; no process runs yet."""
    scp.images = images(3)
    for user, name in ((ADA, "ada"), (BOB, "bob"), (CARL, "carl")):
        slack.user(user, name)
    async with open_store(clock.url, now=clock.now) as store:
        await store.migrate()
        world = World(scp, slack, clock, store, settings)
        async with world.processes:
            clock.shift(timedelta(seconds=2))
            yield world


@pytest.fixture
async def replica(world: World) -> Replica:
    """One process."""
    return await world.replica()

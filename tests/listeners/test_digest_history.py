"""The history of a channel's digests can be read to its end."""

import asyncio
import re

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Message, SlackSim
from bot.store.tables import deliveries
from tests.listeners.digest_scene import NINE, added, pressed, typed
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Mode,
    Scene,
    images,
    labels,
    settings_for,
    shown,
)
from tests.store.raw import run

NUMBER = 45


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    """Over each of the databases."""
    slack.mode = mode
    return settings_for(scp, slack, mode, database_url=database_url)


@pytest.fixture
async def number(scene: Scene) -> int:
    """A digest of so many deliveries, with as many attempts as each is old; the oldest has one."""
    scene.scp.images = images(2)
    number = await added(scene, NINE)
    await scene.ada.command(COMMAND, f"digest send {number}", CHANNEL)
    await scene.slack.wait_for(lambda: scene.slack.messages(CHANNEL))
    while "posted: 2 images" not in shown(await typed(scene, "history")):
        pass
    changed = {"id", "occurrence", "attempts"}
    kept = ", ".join(column.name for column in deliveries.c if column.name not in changed)
    copies = [
        f"INSERT INTO deliveries ({kept}, occurrence, attempts) "  # noqa: S608  our own names
        f"SELECT {kept}, '{n}', {n} FROM deliveries WHERE attempts = 1"
        for n in range(2, NUMBER + 1)
    ]
    url = scene.settings.database_url.get_secret_value()
    await asyncio.to_thread(run, url, *copies)  # the bot goes on meanwhile, and lets it in
    return number


def numbers(message: Message) -> list[int]:
    """Which deliveries a page of the history has."""
    return [int(found) for found in re.findall(r"([0-9]+) attempt", shown(message))]


@pytest.mark.parametrize("of", ["one", "all"])
async def test_older_and_newer_lead_through_all_deliveries(
    scene: Scene, number: int, of: str
) -> None:
    message = await typed(scene, f"history {number}" if of == "one" else "history")
    assert numbers(message) == list(range(45, 25, -1))
    assert labels(message.blocks) == ["Older"]
    assert await scene.press(message, "Older") is message
    assert numbers(message) == list(range(25, 5, -1))
    assert "Deliveries 21 to 40, the newest first." in shown(message)
    await scene.press(message, "Older")
    assert numbers(message) == list(range(5, 0, -1))
    assert labels(message.blocks) == ["Newer"]
    await scene.press(message, "Newer")
    assert numbers(message) == list(range(25, 5, -1))


@pytest.mark.usefixtures("number")
async def test_the_histories_under_the_buttons_of_the_list_have_pages_too(scene: Scene) -> None:
    message = await typed(scene, "list")
    for history in (
        await pressed(scene, message, "History"),
        await scene.press(message, "History of all"),
    ):
        await scene.press(history, "Older")
        assert numbers(history) == list(range(25, 5, -1))

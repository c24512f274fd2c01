"""What arrives twice sets up one digest; what was meant twice sets up two, and says so."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import SlackSim
from tests.listeners.digest_scene import NINE, rows, typed
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Mode,
    Scene,
    running,
    settings_for,
    shown,
    together,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    """Over each of the databases."""
    slack.mode = mode
    return settings_for(scp, slack, mode, database_url=database_url)


async def said(scene: Scene, number: int) -> list[str]:
    """What the first answers say of what was done, once there are so many."""
    posts = scene.slack.workspace.posts
    await scene.slack.wait_for(lambda: len(posts) == number)
    return [shown(post) for post in posts]


async def test_a_form_submitted_twice_at_once_sets_up_one_digest(scene: Scene) -> None:
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    view = await scene.filled()
    await together(*(scene.ada.submit(view) for _ in range(2)))
    assert all("Digest *#1* is set up." in answer for answer in await said(scene, 2))
    assert len(rows(await typed(scene, "list"))) == 1


async def test_a_form_saved_again_otherwise_is_kept_as_it_was_saved_last(scene: Scene) -> None:
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    view = await scene.filled()
    sent = (await scene.ada.submit(view, {"times": "10:00"})).payload
    await said(scene, 1)
    sent["view"]["state"]["values"]["times"]["schedule.times"]["value"] = "11:00"
    await scene.post_payload("interactive", sent)  # as from who did not see the first answer
    await said(scene, 2)
    (row,) = rows(await typed(scene, "list"))
    assert "11:00 weekdays" in row


async def test_a_command_delivered_twice_sets_up_one_digest(scene: Scene) -> None:
    sent = await scene.ada.command(COMMAND, f"digest add {NINE}", CHANNEL)
    await scene.post_payload("slash_commands", sent.payload)
    assert all("Digest *#1* is set up." in answer for answer in await said(scene, 2))
    assert len(rows(await typed(scene, "list"))) == 1


async def test_two_replicas_that_get_the_same_command_set_up_one_digest(scene: Scene) -> None:
    sent = await scene.ada.command(COMMAND, f"digest add {NINE}", CHANNEL)
    first = scene.slack.events_url
    async with running(scene.settings, scene.slack):
        await scene.post_payload("slash_commands", sent.payload)
        await said(scene, 2)
        assert len(rows(await typed(scene, "list"))) == 1
        scene.slack.events_url = first


async def test_a_digest_that_is_just_like_another_says_so(scene: Scene) -> None:
    first = await typed(scene, f"add {NINE}")
    assert "just like it" not in shown(first)
    second = await typed(scene, f"add {NINE}")
    assert "Digest *#2* is set up. Digest *#1* is just like it." in shown(second)
    assert len(rows(second)) == 2
    assert "just like it" not in shown(await typed(scene, f"add {NINE} web"))

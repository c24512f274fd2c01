"""Digests and watch posts carry cards too: clicks on them work, and every copy tells the same."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, SlackSim
from tests.listeners.digest_scene import added, typed
from tests.listeners.scene import CHANNEL, Mode, Scene, both_modes, images, shown
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    card_labels,
    decided,
    oncall_settings,
    pressed,
    shared,
    told_all,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(2)
    return oncall_settings(scp, slack, database_url, mode)


async def digest(scene: Scene) -> Message:
    """Have a digest posted now."""
    number = await added(scene)
    return await told_all(scene, typed(scene, f"send {number}"))


@both_modes
async def test_a_click_on_a_digest_repaints_every_copy(scene: Scene, bob: Actor) -> None:
    posted, public = await digest(scene), await shared(scene)
    assert card_labels(posted) == ["Claim", "Snooze", "Note", "Accept", "Reject"]
    await pressed(bob, posted, "Claim")
    copies = [posted, public]
    await scene.slack.wait_for(lambda: all("*Claimed* by" in shown(copy) for copy in copies))
    said = await decided(scene, scene.ada, posted, "Accept", "ours")
    assert f"*Accepted* by <@{ADA}>" in said
    await scene.slack.wait_for(
        lambda: all(f"*Accepted* by <@{ADA}>" in shown(copy) for copy in copies)
    )
    assert not [m for m in bob.messages(CHANNEL) if m.ephemeral_to == BOB]

"""The App Home: my claims, the queue, my digests, and what I may do; alive like a list."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, OpenView, SlackSim
from tests.listeners.digest_scene import added
from tests.listeners.scene import Mode, Scene, both_modes, images, running, shown
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    decided,
    form,
    listed,
    oncall_settings,
    pressed,
    record,
    redrawn,
    told,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(4)
    return oncall_settings(scp, slack, database_url, mode)


async def opened(scene: Scene, who: Actor) -> OpenView:
    """Open the Home; return it as drawn for that."""
    await who.open_home()
    await scene.slack.wait_for(lambda: scene.slack.home_of(who.id))
    return who.home()


@both_modes
async def test_the_home_shows_what_is_mine_and_what_i_may(scene: Scene, bob: Actor) -> None:
    await added(scene, who=bob)
    await redrawn(scene, bob, await listed(scene, bob, "image-002"), "Claim")
    home = shown(await opened(scene, bob))
    assert "*4 pending images wait for a decision*: 1 claimed" in home
    assert home.index("My claims") < home.index("image-002") < home.index("Waiting longest")
    assert "09:00 weekdays" in home
    assert "you are no approver" in home
    assert "You are an approver" in shown(await opened(scene, scene.ada))


@both_modes
async def test_what_is_done_in_the_home_shows_there_at_once(scene: Scene) -> None:
    home = await opened(scene, scene.ada)
    await redrawn(scene, scene.ada, home, "Claim")
    assert "1 claimed" in shown(home)
    view = await form(scene, scene.ada, home, "Snooze")
    edits = home.edits
    await scene.ada.submit(view, {"until": "1h"})
    await scene.slack.wait_for(lambda: home.edits > edits)
    assert "1 snoozed" in shown(home)
    assert [e.channel for e in await record(scene) if e.actor == ADA] == ["", ""]


async def test_images_are_decided_from_the_home(scene: Scene) -> None:
    home = await opened(scene, scene.ada)
    said = await decided(scene, scene.ada, home, "Accept")
    assert f"*Accepted* by <@{ADA}>" in said
    await scene.slack.wait_for(lambda: "3 pending images" in shown(home) or "Undo" in shown(home))


async def test_details_of_the_home_lead_back_to_it(scene: Scene) -> None:
    home = await opened(scene, scene.ada)
    details = await form(scene, scene.ada, home, "Details")
    edits = home.edits
    await redrawn(scene, scene.ada, details, "Claim")
    await scene.slack.wait_for(lambda: home.edits > edits)
    assert "1 claimed" in shown(home)


async def test_refresh_reads_the_home_anew(scene: Scene, bob: Actor) -> None:
    home = await opened(scene, bob)
    await redrawn(scene, scene.ada, await listed(scene), "Claim")
    await redrawn(scene, bob, home, "Refresh")
    assert "1 claimed" in shown(home)


async def test_a_click_that_came_too_late_is_told_directly(scene: Scene, bob: Actor) -> None:
    scene.scp.images = images(1)
    home = await opened(scene, bob)
    await redrawn(scene, scene.ada, await listed(scene), "Claim")
    said = await told(scene, bob, pressed(bob, home, "Claim"))
    assert said.channel_id == scene.slack.workspace.direct_channel(BOB).id
    assert f"*Claimed* by <@{ADA}>" in shown(said)


async def test_a_home_without_scp_tells_why_and_the_rest(scene: Scene) -> None:
    await added(scene)
    scene.scp.fail("iam")
    async with running(scene.settings, scene.slack):  # which has no list of before
        home = shown(await opened(scene, scene.ada))
    assert "The bot lacks a permission in Samsung Cloud" in home
    assert "09:00 weekdays" in home


async def test_guests_are_told_in_their_home_that_they_may_not(scene: Scene) -> None:
    guest = scene.slack.user("U0GUEST01", "gus")
    guest.person.is_restricted = True
    assert "does not answer guests" in shown(await opened(scene, guest))
    assert guest.messages(scene.slack.workspace.direct_channel(guest.id).id) == []


async def test_the_messages_tab_draws_no_home(scene: Scene) -> None:
    await scene.ada.open_home("messages")
    await opened(scene, scene.ada)
    assert len(scene.calls("views.publish")) == 1


async def test_a_home_that_slack_does_not_take_is_nobodys_message(scene: Scene) -> None:
    scene.slack.fail("views.publish", error="internal_error", times=10)
    await scene.ada.open_home()
    await scene.slack.wait_for(
        lambda: [c for c in scene.slack.calls if c.method == "views.publish"]
    )
    assert scene.ada.messages(scene.slack.workspace.direct_channel(ADA).id) == []

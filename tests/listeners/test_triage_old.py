"""Cards of long ago and of other releases work, or explain themselves."""

import pytest

from bot.blocks import ids
from bot.blocks.cards.card import details_value
from bot.blocks.message import Block, actions, button, plain, section
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, SlackSim
from tests.listeners.digest_scene import added, typed
from tests.listeners.scene import CHANNEL, Mode, Scene, both_modes, image, images, running, shown
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    block_ids,
    decided,
    deeds,
    form,
    listed,
    oncall_settings,
    pressed,
    shared,
    status,
    told,
)

MONTH = 30 * 86_400.0


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(3)
    return oncall_settings(scp, slack, database_url, mode)


async def month_old(scene: Scene) -> Message:
    """A shared list as it was a month ago."""
    public = await shared(scene)
    return scene.slack.plant(CHANNEL, public.text, list(public.blocks), age=MONTH)


@both_modes
async def test_a_months_old_card_still_decides(scene: Scene) -> None:
    old = await month_old(scene)
    async with running(scene.settings, scene.slack):  # as after a restart
        said = await decided(scene, scene.ada, old, "Accept")
    assert f"*Accepted* by <@{ADA}>" in said
    assert status(scene) == "accepted"


async def test_a_months_old_card_of_an_image_that_has_gone_tells_what_became_of_it(
    scene: Scene, bob: Actor
) -> None:
    await typed(scene, f"preview {await added(scene)}")  # which looks at what is pending
    old = await month_old(scene)
    scene.scp.withdraw(str(scene.scp.images[0]["id"]))
    async with running(scene.settings, scene.slack):
        said = await told(scene, bob, pressed(bob, old, "Claim"))
        assert "no longer pending" in shown(said)
        details = await form(scene, bob, old, "Details")
    assert "image-001" in shown(details)
    assert "No longer pending" in shown(details)


async def test_a_months_old_accept_of_what_was_decided_since_changes_nothing(
    scene: Scene, bob: Actor
) -> None:
    old = await month_old(scene)
    await decided(scene, scene.ada, await listed(scene), "Accept")
    view = await form(scene, scene.ada, old, "Reject")
    assert f"*Already accepted* by <@{ADA}>" in shown(view)
    said = await told(scene, bob, pressed(bob, old, "Claim"))
    assert "Nothing was changed" in shown(said)
    assert len(scene.scp.puts) == 1


async def test_who_acts_on_a_card_that_cannot_be_drawn_anew_hears_that_it_is_done(
    scene: Scene, bob: Actor
) -> None:
    old = await month_old(scene)
    said = await told(scene, bob, pressed(bob, old, "Claim"))
    assert "*Done.*" in shown(said)
    assert f"*Claimed* by <@{BOB}>" in shown(said)


async def test_a_card_of_before_an_undo_is_out_of_date(scene: Scene) -> None:
    message = await listed(scene)
    old = message.snapshot()
    await decided(scene, scene.ada, message, "Accept")
    await scene.slack.wait_for(lambda: block_ids(message, "Undo"))
    await told(scene, scene.ada, pressed(scene.ada, message, "Undo"))
    view = await form(scene, scene.ada, old, "Accept")
    assert "This card was out of date" in shown(view)
    assert status(scene) == "pending"


async def test_undo_works_on_an_image_that_scp_lists_no_more(scene: Scene) -> None:
    await typed(scene, f"preview {await added(scene)}")
    public = await shared(scene)
    await decided(scene, scene.ada, public, "Accept")
    await scene.slack.wait_for(lambda: block_ids(public, "Undo"))
    async with running(scene.settings, scene.slack):  # whose list has never had the image
        said = await told(scene, scene.ada, pressed(scene.ada, public, "Undo"))
    assert "*Undone*" in shown(said)
    assert status(scene) == "pending"


@pytest.mark.parametrize("image_id", ["a<b>&c", "i" * 600, "\u202egnp"])
async def test_odd_ids_are_decided_too(scene: Scene, image_id: str) -> None:
    scene.scp.images = [image("odd", id=image_id)]
    message = await listed(scene)
    view = await form(scene, scene.ada, message, "Snooze")
    await scene.ada.submit(view, {"until": "1h"})
    await scene.slack.wait_for(lambda: "Snoozed" in shown(message))
    assert [action for _, action, _ in await deeds(scene)] == ["snooze"]


def earlier_release(scene: Scene) -> list[Block]:
    """A card of a release without on-call, and one of a release to come."""
    ref = details_value(str(scene.scp.images[0]["id"]))
    return [
        section(plain("image"), accessory=button("Details", ids.DETAILS, ref), block_id="a"),
        actions("b", [button("Claim", ids.CLAIM, f"ca9~{ref}"), button("Hold", "image.hold", ref)]),
    ]


async def test_a_card_of_a_release_without_on_call_opens_todays_details(
    scene: Scene, bob: Actor
) -> None:
    old = scene.slack.plant(CHANNEL, "Old", earlier_release(scene), age=MONTH)
    details = await form(scene, bob, old, "Details")
    assert block_ids(details, "Claim")


@both_modes
@pytest.mark.parametrize("label", ["Claim", "Hold"])
async def test_buttons_of_another_release_explain_themselves(
    scene: Scene, bob: Actor, label: str
) -> None:
    old = scene.slack.plant(CHANNEL, "Old", earlier_release(scene), age=MONTH)
    said = await told(scene, bob, pressed(bob, old, label))
    assert "These buttons are out of date" in shown(said)
    assert await deeds(scene) == []

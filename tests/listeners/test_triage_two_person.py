"""Two approvers have to agree, or there are no approvers at all."""

import pytest

from bot.blocks import ids
from bot.blocks.cards.card import details_value
from bot.blocks.cards.value import CardValue, to_card_value
from bot.blocks.message import actions, button
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.digest_scene import added, typed
from tests.listeners.scene import CHANNEL, Scene, image, images, running, shown
from tests.listeners.triage_scene import (
    ADA,
    CAROL,
    card_labels,
    decided,
    deeds,
    form,
    listed,
    oncall_settings,
    redrawn,
    shared,
    status,
    submitted,
)


@pytest.fixture
def two_person() -> str:
    """The rule; tests parametrize it."""
    return "always"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, database_url: str, two_person: str) -> Settings:
    scp.images = images(2)
    return oncall_settings(scp, slack, database_url, two_person=two_person)


@pytest.fixture
def carol(slack: SlackSim, settings: Settings) -> Actor:  # noqa: ARG001  who makes her
    return slack.user(CAROL)


async def several(scene: Scene, who: Actor) -> str:
    """Accept both images together; return what the window says in the end."""
    view = await form(scene, who, await listed(scene, who), "Select several")
    [menu] = [b["element"] for b in view.blocks if b.get("element", {}).get("options")][-1:]
    values = [option["value"] for option in menu["options"]]
    await who.submit(view, {"status": "accepted", "images": values})
    await scene.slack.wait_for(lambda: view.content["callback_id"] == ids.BULK_CONFIRM)
    return await submitted(scene, who, view)


async def test_the_first_proposes_and_another_accepts(scene: Scene, carol: Actor) -> None:
    public = await shared(scene)
    view = await form(scene, scene.ada, public, "Accept")
    assert "Two approvers have to agree." in shown(view)
    await scene.ada.submit(view)
    await scene.slack.wait_for(lambda: "*Proposed.*" in shown(view))
    assert scene.scp.puts == []
    await scene.slack.wait_for(lambda: f"*Proposed* by <@{ADA}>" in shown(public))
    again = await decided(scene, scene.ada, public, "Accept")
    assert "*You have proposed it already*" in again
    said = await decided(scene, carol, public, "Accept")
    assert f"*Accepted* by <@{CAROL}>, as <@{ADA}> had proposed" in said
    assert status(scene) == "accepted"
    assert await deeds(scene) == [(ADA, "propose", "done"), (CAROL, "accept", "done")]


async def test_whoever_was_told_that_theirs_is_a_proposal_does_not_decide_by_it(
    scene: Scene, carol: Actor
) -> None:
    """Both have opened the form before either submitted it; the second looks once more."""
    public = await shared(scene)
    hers, view = [await form(scene, who, public, "Accept") for who in (carol, scene.ada)]
    assert "*Proposed.*" in await submitted(scene, scene.ada, view)
    assert f"*Proposed meanwhile* by <@{ADA}>" in await submitted(scene, carol, hers)
    assert scene.scp.puts == []
    said = await decided(scene, carol, public, "Accept")
    assert f"*Accepted* by <@{CAROL}>, as <@{ADA}> had proposed" in said


async def test_several_are_proposed_together_and_decided_by_whoever_was_shown_that(
    scene: Scene, carol: Actor
) -> None:
    await several(scene, scene.ada)
    said = await several(scene, carol)
    assert said.count(f"*Accepted* by <@{CAROL}>, as <@{ADA}> had proposed") == 2
    assert [status(scene, number) for number in range(2)] == ["accepted"] * 2


async def test_one_is_enough_to_reject(scene: Scene) -> None:
    said = await decided(scene, scene.ada, await listed(scene), "Reject", "no")
    assert f"*Rejected* by <@{ADA}>" in said


@pytest.mark.parametrize("two_person", ["first-owner"])
async def test_of_an_owner_accepted_before_one_is_enough(scene: Scene, carol: Actor) -> None:
    scene.scp.images = [image("one", owner="a" * 32), image("two", owner="a" * 32)]
    await typed(scene, f"preview {await added(scene)}")  # which looks at what is pending
    for who in (scene.ada, carol):
        await decided(scene, who, await listed(scene, who, "one"), "Accept")
    assert status(scene, 0) == "accepted"
    said = await decided(scene, scene.ada, await listed(scene, text="two"), "Accept")
    assert f"*Accepted* by <@{ADA}>" in said


@pytest.fixture
def without(settings: Settings) -> Settings:
    """Settings without approvers."""
    return settings.model_copy(update={"approvers": frozenset()})


async def test_without_approvers_nothing_is_decided_and_claims_are_everybodys(
    scene: Scene, without: Settings, bob: Actor
) -> None:
    async with running(without, scene.slack):
        message = await listed(scene)
        assert card_labels(message) == ["Claim", "Snooze", "Note"]
        assert "Select several" not in shown(message)
        await redrawn(scene, scene.ada, message, "Claim")
        his = await listed(scene, bob)
        await redrawn(scene, bob, his, "Release")
    assert [action for _, action, _ in await deeds(scene)] == ["claim", "release"]


async def test_without_approvers_an_accept_of_before_says_why_it_does_nothing(
    scene: Scene, without: Settings
) -> None:
    value = to_card_value(CardValue(details_value(str(scene.scp.images[0]["id"]))))
    blocks = [actions("old.acts", [button("Accept", ids.ACCEPT, value)])]
    old = scene.slack.plant(CHANNEL, "Old", blocks)
    async with running(without, scene.slack):
        view = await form(scene, scene.ada, old, "Accept")
    assert "Decisions are off: APPROVERS not set." in shown(view)
    assert await deeds(scene) == [(ADA, "accept", "refused")]

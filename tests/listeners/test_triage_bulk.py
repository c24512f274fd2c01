"""Select several: one confirmation that lists them all, each decided by itself."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, OpenView, SlackSim
from tests.listeners.scene import Mode, Scene, both_modes, images, shown
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    deeds,
    form,
    listed,
    oncall_settings,
    outcome,
    record,
    status,
    told,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(4)
    return oncall_settings(scp, slack, database_url, mode)


async def confirming(scene: Scene, verdict: str, *picked: str) -> OpenView:
    """Pick images by name; return the form that lists them."""
    view = await form(scene, scene.ada, await listed(scene, text="sort:name"), "Select several")
    offered = {
        option["text"]["text"].split(" · ")[0]: option["value"]
        for block in view.blocks
        if block["type"] == "input" and block["element"]["type"] == "multi_static_select"
        for option in block["element"]["options"]
    }
    await scene.ada.submit(view, {"status": verdict, "images": [offered[name] for name in picked]})
    await scene.slack.wait_for(lambda: view.content["callback_id"] == "bulk")
    return view


@both_modes
async def test_several_are_accepted_together_and_told_one_by_one(scene: Scene) -> None:
    view = await confirming(scene, "accepted", "image-001", "image-003", "image-004")
    listed_in = shown(view)
    for number in (0, 2, 3):
        assert str(scene.scp.images[number]["id"]) in listed_in
    assert "image-002" not in listed_in
    await scene.ada.submit(view, {"reason": "our own builds"})
    said = await outcome(scene, view)
    assert "3 of 3 images decided" in said
    assert said.count(f"*Accepted* by <@{ADA}>") == 3
    assert [status(scene, n) for n in range(4)] == ["accepted", "pending", "accepted", "accepted"]
    entries = [entry for entry in await record(scene) if entry.actor == ADA]
    assert {entry.reason for entry in entries} == {"our own builds"}
    assert len({entry.image_id for entry in entries}) == len(entries) == 3


async def test_what_cannot_be_decided_does_not_hold_up_the_rest(scene: Scene) -> None:
    view = await confirming(scene, "rejected", "image-001", "image-002", "image-003")
    scene.scp.withdraw(str(scene.scp.images[1]["id"]))
    scene.scp.members.decide(str(scene.scp.images[0]["id"]), "accepted", scene.scp.clock())
    await scene.ada.submit(view, {"reason": "not ours"})
    said = await outcome(scene, view)
    assert "1 of 3 images decided" in said
    assert "No longer shared with this account" in said
    assert "accepted already, and not through the bot" in said
    outcomes = sorted(result for _, _, result in await deeds(scene))
    assert outcomes == ["done", "failed", "failed"]


async def test_the_confirmation_leaves_out_what_was_decided_since(scene: Scene) -> None:
    message = await listed(scene, text="sort:name")
    pick = await form(scene, scene.ada, message, "Select several")
    carol = scene.slack.user("U0SIM0003")
    theirs = await form(scene, carol, await listed(scene, carol, "image-001"), "Accept")
    await carol.submit(theirs)
    await outcome(scene, theirs)
    values = [o["value"] for o in pick.blocks[1]["element"]["options"]]
    await scene.ada.submit(pick, {"status": "accepted", "images": values[:2]})
    await scene.slack.wait_for(lambda: pick.content["callback_id"] == "bulk")
    assert f"*Already accepted* by <@{carol.id}>" in shown(pick)
    await scene.ada.submit(pick)
    assert await outcome(scene, pick)
    assert len(scene.scp.puts) == 2


async def test_to_reject_several_needs_a_reason(scene: Scene) -> None:
    view = await confirming(scene, "rejected", "image-001", "image-002")
    with pytest.raises(LookupError):
        await scene.ada.submit(view)
    assert list((await scene.ada.submit(view, {"reason": " "})).errors) == ["reason"]
    assert scene.scp.puts == []


async def test_results_are_told_beside_the_list_where_the_window_was_closed(scene: Scene) -> None:
    view = await confirming(scene, "accepted", "image-001", "image-002")
    scene.scp.latency_seconds = 0.2
    await scene.ada.submit(view)

    async def close() -> None:
        await scene.ada.close(view)

    said = await told(scene, scene.ada, close())
    assert "2 of 2 images decided" in shown(said)


async def test_members_may_not_decide_on_several(scene: Scene, bob: Actor) -> None:
    view = await form(scene, bob, await listed(scene, bob), "Select several")
    assert "You may not do that" in shown(view)
    assert await deeds(scene) == [(BOB, "bulk", "refused")]

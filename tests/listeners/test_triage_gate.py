"""Who is not let in, and what of that is recorded: by what a click, a form or a command means."""

from typing import Any

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.scene import CHANNEL, COMMAND, ELSEWHERE, Scene, images, running, shown
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    deeds,
    form,
    listed,
    oncall_settings,
    pressed,
    puts,
    record,
    told,
)

NOT_HERE = "does not answer in this channel"
ODD = "odd" * 100
"""Longer than a button can carry."""


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, sqlite_url: str) -> Settings:
    scp.images = images(2)
    slack.invite_bot(ELSEWHERE)
    return oncall_settings(scp, slack, sqlite_url)


@pytest.fixture
def moved(settings: Settings) -> Settings:
    """The bot, once it answers in another channel only."""
    return settings.model_copy(update={"channels": (ELSEWHERE,)})


@pytest.mark.parametrize(
    ("label", "entered", "action"),
    [
        ("Accept", {}, "accept"),
        ("Reject", {"reason": "not ours"}, "reject"),
        ("Snooze", {"until": "1h"}, "snooze"),
        ("Note", {"note": "ask"}, "note"),
    ],
)
async def test_a_form_that_was_opened_where_the_bot_answers_no_more_is_refused_and_recorded(
    scene: Scene, moved: Settings, label: str, entered: dict[str, Any], action: str
) -> None:
    view = await form(scene, scene.ada, await listed(scene, text="sort:name"), label)
    async with running(moved, scene.slack):
        await scene.command(channel=ELSEWHERE)
        said = await told(scene, scene.ada, scene.ada.submit(view, entered))
    assert NOT_HERE in shown(said)
    assert puts(scene) == []
    (entry,) = [entry for entry in await record(scene) if entry.actor == ADA]
    assert (entry.action, entry.outcome, entry.channel) == (action, "refused", CHANNEL)
    assert (entry.image_id, entry.image_name) == (str(scene.scp.images[0]["id"]), "image-001")


async def test_a_button_in_details_is_refused_where_the_bot_answers_no_more(
    scene: Scene, moved: Settings
) -> None:
    details = await form(scene, scene.ada, await listed(scene), "Details")
    async with running(moved, scene.slack):
        said = await told(scene, scene.ada, pressed(scene.ada, details, "Claim"))
    assert NOT_HERE in shown(said)
    assert await deeds(scene) == [(ADA, "claim", "refused")]


async def test_several_that_are_refused_are_recorded_one_by_one(
    scene: Scene, moved: Settings
) -> None:
    view = await form(scene, scene.ada, await listed(scene, text="sort:name"), "Select several")
    values = [o["value"] for o in view.blocks[1]["element"]["options"]]
    await scene.ada.submit(view, {"status": "rejected", "images": values})
    await scene.slack.wait_for(lambda: "reason" in str(view.blocks))
    async with running(moved, scene.slack):
        await scene.command(channel=ELSEWHERE)
        said = await told(scene, scene.ada, scene.ada.submit(view, {"reason": "not ours"}))
    assert NOT_HERE in shown(said)
    refused = [entry for entry in await record(scene) if entry.actor == ADA]
    assert [(e.action, e.image_name) for e in refused] == [
        ("reject", "image-001"),
        ("reject", "image-002"),
    ]


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("handoff", ["handoff"]),
        ("History ubuntu", ["history"]),
        ("audit  export", ["audit export"]),
        ("audit", []),
        ("", []),
        ("digest", []),
    ],
)
async def test_commands_of_on_call_are_recorded_where_they_are_refused(
    scene: Scene, bob: Actor, typed: str, recorded: list[str]
) -> None:
    bob.person.is_restricted = True
    said = await told(scene, bob, bob.command(COMMAND, typed, CHANNEL))
    assert "does not answer guests" in shown(said)
    assert await deeds(scene) == [(BOB, action, "refused") for action in recorded]


async def test_an_odd_id_that_nobody_can_tell_is_not_recorded_as_an_image(
    scene: Scene, bob: Actor
) -> None:
    """A button carries but its fingerprint."""
    scene.scp.images[0]["id"] = ODD
    scene.scp.images[0]["name"] = "odd"
    message = await listed(scene, bob, "odd")
    bob.person.is_restricted = True
    scene.scp.images = []
    async with running(scene.settings, scene.slack):
        await told(scene, bob, pressed(bob, message, "Claim"))
    (claim,) = [entry for entry in await record(scene) if entry.actor == BOB]
    assert (claim.action, claim.outcome, claim.image_id) == ("claim", "refused", "")


async def test_an_odd_id_is_recorded_as_it_is_where_the_bot_knows_it(
    scene: Scene, bob: Actor
) -> None:
    scene.scp.images[0]["id"] = ODD
    message = await listed(scene, bob, "sort:name")
    bob.person.is_restricted = True
    async with running(scene.settings, scene.slack):
        await listed(scene)
        await told(scene, bob, pressed(bob, message, "Claim"))
    (claim,) = [entry for entry in await record(scene) if entry.actor == BOB]
    assert (claim.image_id, claim.image_name) == (ODD, "image-001")

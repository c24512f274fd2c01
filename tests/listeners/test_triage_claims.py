"""Claim, release, snooze, wake and note: on every copy of a card, and in the record."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.app import utc_now
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.scene import CHANNEL, Mode, Scene, both_modes, images, names, shown
from tests.listeners.triage_scene import (
    BOB,
    card_labels,
    deeds,
    form,
    listed,
    oncall_settings,
    pressed,
    record,
    redrawn,
    shared,
    told,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(3)
    return oncall_settings(scp, slack, database_url, mode)


@both_modes
async def test_a_claim_is_seen_on_the_card_and_in_everybodys_list(scene: Scene, bob: Actor) -> None:
    message = await listed(scene)
    await redrawn(scene, scene.ada, message, "Claim", 1)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(message)
    assert card_labels(message, 1)[0] == "Release"
    his = await listed(scene, bob)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(his)
    assert await deeds(scene) == [(scene.ada.id, "claim", "done")]


async def test_a_claim_repaints_what_was_shared(scene: Scene) -> None:
    public = await shared(scene)
    await pressed(scene.ada, await listed(scene), "Claim")
    await scene.slack.wait_for(lambda: public.edits)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(public)


async def test_a_click_on_a_shared_card_repaints_it_for_all(scene: Scene, bob: Actor) -> None:
    public = await shared(scene)
    await redrawn(scene, bob, public, "Claim")
    assert f"*Claimed* by <@{BOB}>" in shown(public)
    assert not [m for m in bob.messages(CHANNEL) if m.ephemeral]


async def test_two_cannot_claim_one_image(scene: Scene, bob: Actor) -> None:
    hers, his = await listed(scene), await listed(scene, bob)
    await redrawn(scene, scene.ada, hers, "Claim")
    said = await told(scene, bob, pressed(bob, his, "Claim"))
    assert "Nothing was changed" in shown(said)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(said)
    assert await deeds(scene) == [(scene.ada.id, "claim", "done")]


async def test_pressing_claim_twice_claims_once_and_draws_the_list_anew(scene: Scene) -> None:
    """As where Slack delivers a click twice."""
    message = await listed(scene)
    twice = message.snapshot()
    await redrawn(scene, scene.ada, message, "Claim")
    edits = message.edits
    await pressed(scene.ada, twice, "Claim")
    await scene.slack.wait_for(lambda: message.edits > edits)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(message)
    assert scene.slack.workspace.posts == [message]
    assert await deeds(scene) == [(scene.ada.id, "claim", "done")]


async def test_a_note_that_slack_delivers_twice_is_kept_once(scene: Scene) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Note")
    sent = await scene.ada.submit(view, {"note": "ask the owner"})
    await scene.slack.wait_for(lambda: len(scene.slack.workspace.posts) == 2)
    await scene.post_payload("interactive", sent.payload)
    await scene.slack.wait_for(lambda: len(scene.slack.workspace.posts) == 3)
    first, second = scene.slack.workspace.posts[1:]
    assert shown(first) == shown(second)
    assert await deeds(scene) == [(scene.ada.id, "note", "done")]


async def test_whoever_has_claimed_an_image_may_release_it(scene: Scene, bob: Actor) -> None:
    message = await listed(scene, bob)
    await redrawn(scene, bob, message, "Claim")
    await redrawn(scene, bob, message, "Release")
    assert "Claimed" not in shown(message)
    assert card_labels(message)[0] == "Claim"
    assert [action for _, action, _ in await deeds(scene)] == ["claim", "release"]


async def test_anothers_claim_is_released_by_approvers_alone(scene: Scene, bob: Actor) -> None:
    dan = scene.slack.user("U0SIM0004")
    public = await shared(scene)
    await redrawn(scene, bob, public, "Claim")
    refused = await told(scene, dan, pressed(dan, public, "Release"))
    assert "You may not do that" in shown(refused)
    assert f"They may: <@{BOB}>" in shown(refused)
    edits = public.edits
    await pressed(scene.ada, public, "Release")
    await scene.slack.wait_for(lambda: public.edits > edits)
    assert await deeds(scene) == [
        (BOB, "claim", "done"),
        (dan.id, "release", "refused"),
        (scene.ada.id, "release", "done"),
    ]


async def test_claims_are_asked_for_in_the_query(scene: Scene, bob: Actor) -> None:
    await redrawn(scene, bob, await listed(scene, bob, "sort:name"), "Claim")
    assert names(await listed(scene, bob, "claimed:me")) == ["image-001"]
    assert names(await listed(scene, scene.ada, "claimed:me")) == []
    assert names(await listed(scene, scene.ada, "claimed:none")) == ["image-002", "image-003"]
    assert names(await listed(scene, scene.ada, f"claimed:<@{BOB}|bob>")) == ["image-001"]


async def test_a_shared_list_of_my_claims_stays_mine(scene: Scene, bob: Actor) -> None:
    await redrawn(scene, scene.ada, await listed(scene, text="sort:name"), "Claim")
    public = await shared(scene, "claimed:me")
    assert names(public) == ["image-001"]
    his = await told(scene, bob, bob.press(public, label="Open this list"))
    assert names(his) == ["image-001"]


@both_modes
async def test_a_snoozed_image_says_until_when_and_why_and_can_be_woken(scene: Scene) -> None:
    message = await listed(scene, text="sort:name")
    view = await form(scene, scene.ada, message, "Snooze")
    await scene.ada.submit(view, {"until": "tomorrow", "reason": "the owner is asked"})
    await scene.slack.wait_for(lambda: message.edits)
    assert "*Snoozed* until" in shown(message)
    assert "the owner is asked" in shown(message)
    assert names(await listed(scene, text="snoozed:yes")) == ["image-001"]
    assert names(await listed(scene, text="snoozed:no sort:name")) == ["image-002", "image-003"]
    await redrawn(scene, scene.ada, message, "Wake")
    assert "Snoozed" not in shown(message)
    snoozed, woken = [e for e in await record(scene) if e.actor == scene.ada.id]
    assert (snoozed.action, snoozed.reason) == ("snooze", "the owner is asked")
    assert (woken.action, woken.outcome) == ("wake", "done")


async def test_tomorrow_is_nine_by_the_clocks_of_whoever_snoozes(scene: Scene, bob: Actor) -> None:
    message = await listed(scene, bob)
    view = await form(scene, bob, message, "Snooze")
    await bob.submit(view, {"until": "tomorrow"})
    await scene.slack.wait_for(lambda: message.edits)
    (entry,) = [e for e in await record(scene) if e.action == "snooze"]
    until = datetime.fromisoformat(entry.detail.removeprefix("until "))
    assert until.astimezone(UTC).hour in {7, 8}  # in Berlin, in summer and in winter
    assert timedelta(0) < until - utc_now() < timedelta(days=2)


@pytest.mark.parametrize(
    ("entered", "field"),
    [({"until": "date"}, "day"), ({"until": "date", "day": "2020-01-01"}, "day")],
)
async def test_a_day_that_cannot_be_is_refused_at_its_field(
    scene: Scene, entered: dict[str, str], field: str
) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Snooze")
    result = await scene.ada.submit(view, entered)
    assert list(result.errors) == [field]
    assert not view.gone


@both_modes
async def test_a_note_is_kept_and_shown_in_details(scene: Scene, bob: Actor) -> None:
    message = await listed(scene, bob)
    details = await form(scene, bob, message, "Details")
    view = await form(scene, bob, details, "Note")
    assert view.previous_view_id == details.id
    await bob.submit(view, {"note": "Ask <!here> first"})
    await scene.slack.wait_for(lambda: "Ask" in shown(details))
    hers = await form(scene, scene.ada, await listed(scene), "Details")
    assert "Note by " in shown(hers)
    assert scene.slack.complaints == []
    (entry,) = [e for e in await record(scene) if e.action == "note"]
    assert (entry.actor, entry.reason) == (BOB, "Ask <!here> first")


async def test_details_are_drawn_anew_after_what_is_done_in_them(scene: Scene) -> None:
    details = await form(scene, scene.ada, await listed(scene), "Details")
    await redrawn(scene, scene.ada, details, "Claim")
    assert shown(details).count("Claimed by ") == 1
    await redrawn(scene, scene.ada, details, "Release")
    assert "Claimed" not in shown(details)


async def test_the_list_behind_details_is_drawn_anew_too(scene: Scene) -> None:
    message = await listed(scene, text="sort:name")
    details = await form(scene, scene.ada, message, "Details")
    await pressed(scene.ada, details, "Claim")
    await scene.slack.wait_for(lambda: message.edits)
    assert f"*Claimed* by <@{scene.ada.id}>" in shown(message)
    assert names(message) == ["image-001", "image-002", "image-003"]


async def test_a_note_is_left_from_a_card_and_told_beside_it(scene: Scene, bob: Actor) -> None:
    message = await listed(scene, bob)
    assert card_labels(message) == ["Claim", "Snooze", "Note", "Accept", "Reject"]
    view = await form(scene, bob, message, "Note")
    said = await told(scene, bob, bob.submit(view, {"note": "ask the owner"}))
    assert "Your note is kept with the image." in shown(said)
    (entry,) = [e for e in await record(scene) if e.action == "note"]
    assert (entry.actor, entry.reason) == (BOB, "ask the owner")


async def test_a_note_is_left_from_what_all_see(scene: Scene, bob: Actor) -> None:
    view = await form(scene, bob, await shared(scene), "Note")
    said = await told(scene, bob, bob.submit(view, {"note": "ask the owner"}))
    assert "Your note is kept with the image." in shown(said)


async def test_a_snooze_goes_by_the_clocks_that_its_form_has_named(
    scene: Scene, bob: Actor
) -> None:
    """Whatever Slack says of the person by then, or that it says nothing."""
    view = await form(scene, bob, await listed(scene, bob), "Snooze")
    bob.person.tz = "Asia/Seoul"
    scene.slack.delay("users.info", 5.0)
    result = await bob.submit(view, {"until": "tomorrow"})
    assert not result.errors
    (entry,) = [e for e in await record(scene) if e.action == "snooze"]
    until = datetime.fromisoformat(entry.detail.removeprefix("until "))
    assert until.astimezone(UTC).hour in {7, 8}  # in Berlin, in summer and in winter


async def test_an_image_that_has_gone_is_not_claimed(scene: Scene, bob: Actor) -> None:
    public = await shared(scene)
    scene.scp.withdraw(str(scene.scp.images[0]["id"]))
    await redrawn(scene, scene.ada, await listed(scene), "Refresh")  # for all who ask the cache
    said = await told(scene, bob, pressed(bob, public, "Claim"))
    assert "no longer pending" in shown(said)
    assert await deeds(scene) == []

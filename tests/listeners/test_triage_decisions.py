"""Accept, reject and undo: what is at stake, who may, what SCP is told, and what is recorded."""

import pytest

from bot.blocks import ids
from bot.blocks.cards.card import details_value
from bot.blocks.cards.value import CardValue, to_card_value
from bot.blocks.message import actions, button
from bot.settings import Settings
from bot.sim.scp import Route, ScpSim
from bot.sim.scp_members import Lag
from bot.sim.slack import Actor, SlackSim
from tests.listeners.digest_scene import added, typed
from tests.listeners.scene import (
    CHANNEL,
    Mode,
    Scene,
    both_modes,
    image,
    images,
    labels,
    running,
    shown,
)
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    CAROL,
    block_ids,
    card_labels,
    decided,
    deeds,
    form,
    listed,
    oncall_settings,
    pressed,
    record,
    redrawn,
    shared,
    status,
    submitted,
    told,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(3)
    return oncall_settings(scp, slack, database_url, mode)


@pytest.fixture
def carol(slack: SlackSim, settings: Settings) -> Actor:  # noqa: ARG001  who makes her
    return slack.user(CAROL)


def of(scene: Scene, number: int = 0) -> str:
    return str(scene.scp.images[number]["id"])


@both_modes
async def test_an_image_is_accepted_and_its_card_and_list_say_so(scene: Scene) -> None:
    message = await listed(scene)
    said = await decided(scene, scene.ada, message, "Accept", "ours")
    assert f"*Accepted* by <@{ADA}>" in said
    assert status(scene) == "accepted"
    await scene.slack.wait_for(lambda: message.edits)
    assert f"*Accepted* by <@{ADA}>" in shown(message)
    assert card_labels(message) == ["Undo"]
    assert len(scene.scp.puts) == 1
    (entry,) = [e for e in await record(scene) if e.actor == ADA]
    assert (entry.action, entry.outcome, entry.reason) == ("accept", "done", "ours")
    assert (entry.channel, entry.image_id) == (CHANNEL, of(scene))
    assert (entry.before, entry.after) == ("pending", "accepted")


@both_modes
async def test_a_rejection_needs_a_reason(scene: Scene) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Reject")
    with pytest.raises(LookupError):
        await scene.ada.submit(view)
    blank = await scene.ada.submit(view, {"reason": "  "})
    assert list(blank.errors) == ["reason"]
    assert scene.scp.puts == []
    said = await submitted(scene, scene.ada, view, {"reason": "of nobody we know"})
    assert f"*Rejected* by <@{ADA}>" in said
    assert status(scene) == "rejected"


async def test_the_form_tells_what_is_at_stake(scene: Scene) -> None:
    scene.scp.images = [
        image("rocky-base", owner="a" * 32, checksum="c0ffee", size=5_000_000_000),
        image("r\u043ecky-base", owner="b" * 32, owner_account_name="mallory", status="queued"),
    ]
    view = await form(scene, scene.ada, await listed(scene, text="owner:mallory"), "Accept")
    said = shown(view)
    for told_of in (
        of(scene, 1),
        "b" * 32,
        "mallory",
        "First share ever from this owner account",
        "looks like that of another owner's image",
        "mixes letters of several scripts",
        "It is not active: ",
    ):
        assert told_of in said


async def test_the_form_tells_what_became_of_the_owners_others(scene: Scene) -> None:
    scene.scp.images = [image("one", checksum="c0ffee"), image("two", checksum="c0ffee")]
    await typed(scene, f"preview {await added(scene)}")  # which looks at what is pending
    await decided(scene, scene.ada, await listed(scene, text="one"), "Accept")
    view = await form(scene, scene.ada, await listed(scene, text="two"), "Accept")
    assert "1 other image seen: 1 accepted" in shown(view)
    assert "The same content was accepted before: " in shown(view)
    assert of(scene, 0) in shown(view)


async def test_a_decision_repaints_what_was_shared_and_undo_takes_it_back(
    scene: Scene, carol: Actor
) -> None:
    public = await shared(scene)
    await decided(scene, scene.ada, public, "Accept")
    await scene.slack.wait_for(lambda: public.edits)
    assert f"*Accepted* by <@{ADA}>" in shown(public)
    result = await told(scene, carol, pressed(carol, public, "Undo"))
    assert f"*Undone* by <@{CAROL}>" in shown(result)
    assert status(scene) == "pending"
    await scene.slack.wait_for(lambda: block_ids(public, "Accept"))
    assert await deeds(scene) == [(ADA, "accept", "done"), (CAROL, "undo", "done")]


@both_modes
async def test_an_undo_that_scp_refuses_offers_the_opposite(scene: Scene) -> None:
    message = await listed(scene)
    await decided(scene, scene.ada, message, "Accept")
    await scene.slack.wait_for(lambda: block_ids(message, "Undo"))
    scene.scp.undo_refused = 403
    refused = await told(scene, scene.ada, pressed(scene.ada, message, "Undo"))
    assert "could not be made pending again" in shown(refused)
    said = await decided(scene, scene.ada, refused, "Reject", "a mistake")
    assert f"*Rejected* by <@{ADA}>" in said
    assert status(scene) == "rejected"
    assert await deeds(scene) == [
        (ADA, "accept", "done"),
        (ADA, "undo", "failed"),
        (ADA, "reject", "done"),
    ]


async def test_members_see_the_buttons_and_are_told_whom_to_ask(scene: Scene, bob: Actor) -> None:
    view = await form(scene, bob, await listed(scene, bob), "Accept")
    assert "You may not do that" in shown(view)
    assert f"They may: <@{ADA}> <@{CAROL}>" in shown(view)
    assert "submit" not in view.content
    assert await deeds(scene) == [(BOB, "accept", "refused")]


async def test_whoever_is_approver_no_more_when_submitting_is_refused(
    scene: Scene, carol: Actor
) -> None:
    view = await form(scene, carol, await listed(scene, carol), "Accept")
    carol.person.deleted = True
    async with running(scene.settings, scene.slack):  # one that has not asked Slack of her yet
        said = await told(scene, carol, carol.submit(view))
    assert "You may not do that" in shown(said)
    assert view.gone
    assert scene.scp.puts == []
    assert await deeds(scene) == [(CAROL, "accept", "refused")]


async def test_a_decision_made_in_the_console_meanwhile_is_told_and_kept(scene: Scene) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    scene.scp.members.decide(of(scene), "rejected", scene.scp.clock())
    said = await submitted(scene, scene.ada, view)
    assert "rejected" in said
    assert status(scene) == "rejected"
    assert scene.scp.puts == []


async def test_an_image_withdrawn_meanwhile_is_told(scene: Scene) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    scene.scp.withdraw(of(scene))
    said = await submitted(scene, scene.ada, view)
    assert "withdrawn" in said.lower()
    assert scene.scp.puts == []


async def test_an_image_withdrawn_under_the_put_is_told(scene: Scene) -> None:
    scene.scp.withdraw_before_put()
    said = await decided(scene, scene.ada, await listed(scene), "Accept")
    assert "withdrawn" in said.lower()


async def test_a_put_of_which_the_answer_is_lost_is_read_back_and_not_repeated(
    scene: Scene,
) -> None:
    scene.scp.fail("server_500", methods=["PUT"], times=1, after_effect=True)
    said = await decided(scene, scene.ada, await listed(scene), "Accept")
    assert f"*Accepted* by <@{ADA}>" in said
    assert len(scene.scp.puts) == 1
    assert await deeds(scene) == [(ADA, "accept", "done")]


async def test_a_closed_window_does_not_lose_the_result(scene: Scene) -> None:
    message = await listed(scene)
    view = await form(scene, scene.ada, message, "Accept")
    scene.scp.latency_seconds = 0.2
    await scene.ada.submit(view)

    async def close() -> None:
        await scene.ada.close(view)

    said = await told(scene, scene.ada, close())
    assert f"*Accepted* by <@{ADA}>" in shown(said)


async def test_a_scp_that_refuses_is_told_in_the_window(scene: Scene) -> None:
    scene.scp.denied.add("SetImageMember")
    said = await decided(scene, scene.ada, await listed(scene), "Accept")
    assert "SetImageMember" in said
    assert status(scene) == "pending"
    assert await deeds(scene) == [(ADA, "accept", "failed")]


async def test_details_and_decisions_go_together(scene: Scene) -> None:
    details = await form(scene, scene.ada, await listed(scene), "Details")
    view = await form(scene, scene.ada, details, "Accept")
    assert view.previous_view_id == details.id
    await submitted(scene, scene.ada, view)
    await scene.slack.wait_for(lambda: "*Accepted* by" in shown(details))
    assert "Undo" in labels(details.blocks)
    said = await told(scene, scene.ada, pressed(scene.ada, details, "Undo"))
    assert "*Undone*" in shown(said)


async def test_a_button_of_before_the_last_decision_changes_nothing(
    scene: Scene, carol: Actor
) -> None:
    message = await listed(scene)
    old = message.snapshot()
    await decided(scene, scene.ada, message, "Accept")
    view = await form(scene, carol, (await shared(scene)), "Details")
    assert f"*Accepted* by <@{ADA}>" in shown(view)
    stale = await form(scene, scene.ada, old, "Reject")
    assert f"<@{ADA}>" in shown(stale)
    assert "submit" not in stale.content
    assert len(scene.scp.puts) == 1


async def test_two_windows_of_one_round_decide_once(scene: Scene, carol: Actor) -> None:
    hers = await form(scene, scene.ada, await listed(scene), "Accept")
    carols = await form(scene, carol, await listed(scene, carol), "Reject")
    await submitted(scene, scene.ada, hers)
    said = await submitted(scene, carol, carols, {"reason": "no"})
    assert f"<@{ADA}>" in said
    assert status(scene) == "accepted"
    assert await deeds(scene) == [(ADA, "accept", "done")]


async def test_a_decision_needs_no_list_of_scp(scene: Scene) -> None:
    """The membership is what counts, and that is asked for."""
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    async with running(scene.settings, scene.slack):  # which has no list of before
        scene.scp.fail("iam", routes=[Route.LIST])
        said = await submitted(scene, scene.ada, view)
    assert f"*Accepted* by <@{ADA}>" in said
    assert status(scene) == "accepted"


async def test_what_was_accepted_long_ago_is_not_undone(scene: Scene) -> None:
    hasty = scene.settings.model_copy(update={"undo_minutes": 0.0})
    async with running(hasty, scene.slack):
        message = await listed(scene)
        await decided(scene, scene.ada, message, "Accept")
        await scene.slack.wait_for(lambda: message.edits)
        assert "Undo" not in labels(message.blocks)
        value = CardValue(details_value(of(scene)), round=1, expected="accepted")
        blocks = [actions("old.acts", [button("Undo", ids.UNDO, to_card_value(value))])]
        old = scene.slack.plant(CHANNEL, "Old", blocks)
        said = await told(scene, scene.ada, pressed(scene.ada, old, "Undo"))
    assert "*Too late to undo*" in shown(said)
    assert status(scene) == "accepted"


async def test_members_may_not_undo(scene: Scene, bob: Actor) -> None:
    public = await shared(scene)
    await decided(scene, scene.ada, public, "Accept")
    await scene.slack.wait_for(lambda: block_ids(public, "Undo"))
    said = await told(scene, bob, pressed(bob, public, "Undo"))
    assert "You may not do that" in shown(said)
    assert status(scene) == "accepted"
    assert await deeds(scene) == [(ADA, "accept", "done"), (BOB, "undo", "refused")]


async def test_the_record_has_scps_request_id(scene: Scene) -> None:
    scene.scp.request_id_header = "X-Request-Id"
    await decided(scene, scene.ada, await listed(scene), "Accept")
    (entry,) = [entry for entry in await record(scene) if entry.actor == ADA]
    assert entry.request_id.startswith("req-")


async def test_a_list_that_stays_behind_shows_the_decision_all_the_same(scene: Scene) -> None:
    scene.scp.list_lag = Lag(reads=5)
    scene.scp.member_lag = Lag(reads=2)
    await decided(scene, scene.ada, await listed(scene), "Accept")
    message = await listed(scene)
    await redrawn(scene, scene.ada, message, "Refresh")
    assert f"*Accepted* by <@{ADA}>" in shown(message)
    assert len(scene.scp.puts) == 1

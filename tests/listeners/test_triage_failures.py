"""Where the database, SCP or Slack fails: everybody hears of it, and nothing typed is lost."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url

from bot import lifecycle
from bot.listeners.listings import told as told_triages
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from bot.triage import deciding, membership
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    ELSEWHERE,
    Alarms,
    Mode,
    Scene,
    images,
    names,
    running,
    shown,
)
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    CAROL,
    block_ids,
    decided,
    deeds,
    form,
    listed,
    oncall_settings,
    outcome,
    pressed,
    redrawn,
    shared,
    status,
    submitted,
    told,
)
from tests.store import raw

Losing = Callable[[str], Awaitable[None]]


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(2)
    return oncall_settings(scp, slack, database_url, mode)


@pytest.fixture
def lose(database_url: str) -> Losing:
    """Takes a table away from the bot."""

    def rename(table: str) -> None:
        statement = f"ALTER TABLE {table} RENAME TO lost"
        if database_url.startswith("sqlite"):
            path = database_url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=30)) as file:
                file.execute(statement)
        else:
            with psycopg.connect(database_url, autocommit=True) as server:
                server.execute(statement.encode())

    async def lose(table: str) -> None:
        await asyncio.to_thread(rename, table)  # the bot may be at it, on this event loop

    return lose


async def test_without_its_database_a_list_shows_all_and_says_what_it_cannot_tell(
    scene: Scene, lose: Losing
) -> None:
    await lose("triage")
    message = await listed(scene, text="sort:name")
    assert names(message) == ["image-001", "image-002"]
    assert "cannot be told" in shown(message)


@pytest.mark.parametrize("query", ["claimed:me", "-claimed:none", "snoozed:yes"])
async def test_what_only_the_database_knows_cannot_be_asked_without_it(
    scene: Scene, lose: Losing, query: str
) -> None:
    await lose("triage")
    answer = await scene.command(query)
    assert "The bot's database did not do what was asked" in shown(answer)
    assert names(answer) == []


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("image-002", "*1* of 2 pending images"),
        ("-snoozed:yes", "How many match is not known: The bot's database did not do"),
    ],
)
async def test_a_form_s_query_is_counted_without_the_database_unless_it_asks_of_on_call(
    scene: Scene, lose: Losing, query: str, line: str
) -> None:
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    view = await scene.filled()
    await lose("triage")
    await scene.ada.type(view, "schedule.query", query)
    await scene.slack.wait_for(lambda: line in shown(view))


async def test_a_claim_that_is_not_kept_is_told(scene: Scene, lose: Losing) -> None:
    message = await listed(scene)
    await lose("triage")
    said = await told(scene, scene.ada, pressed(scene.ada, message, "Claim"))
    assert "The bot's database did not do what was asked" in shown(said)


async def test_a_note_that_is_not_kept_stays_in_its_form(scene: Scene, lose: Losing) -> None:
    details = await form(scene, scene.ada, await listed(scene), "Details")
    view = await form(scene, scene.ada, details, "Note")
    await lose("triage")
    result = await scene.ada.submit(view, {"note": "a long story"})
    assert list(result.errors) == ["note"]
    assert not view.gone


async def test_a_snooze_that_is_not_kept_stays_in_its_form(scene: Scene, lose: Losing) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Snooze")
    await lose("triage")
    result = await scene.ada.submit(view, {"until": "1h", "reason": "a long story"})
    assert result.errors
    assert not view.gone


async def test_a_decision_that_the_database_does_not_begin_is_told_in_its_window(
    scene: Scene, lose: Losing
) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    await lose("triage")
    said = await submitted(scene, scene.ada, view)
    assert "The bot's database did not do what was asked" in said
    assert scene.scp.puts == []


async def test_what_scp_does_not_confirm_is_said_to_be_unsure_and_the_card_tells_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "VERIFY_WITHIN", 0.3)
    scene.scp.fail("server_500", methods=["PUT"], times=1)
    message = await listed(scene)
    said = await decided(scene, scene.ada, message, "Accept")
    assert "not known yet whether Samsung Cloud has taken it" in said
    assert "*Being accepted*" in shown(await listed(scene))
    assert len(scene.scp.puts) == 1
    assert status(scene) == "pending"
    assert (ADA, "accept", "unsure") in await deeds(scene)


async def test_an_expired_trigger_is_told(scene: Scene) -> None:
    message = await listed(scene)
    scene.slack.fail("views.open", error="expired_trigger_id")
    said = await told(scene, scene.ada, pressed(scene.ada, message, "Accept"))
    assert "press the button again" in shown(said)


async def test_a_window_closed_while_the_database_fails_is_told_beside_the_list(
    scene: Scene, lose: Losing
) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    await lose("triage")
    scene.slack.fail("views.update", error="not_found")
    said = await told(scene, scene.ada, scene.ada.submit(view))
    assert "The bot's database did not do what was asked" in shown(said)


async def test_a_result_is_told_though_the_list_cannot_be_drawn_anew(
    scene: Scene, bob: Actor
) -> None:
    """A list that is too old to change is offered anew."""
    message = await listed(scene, bob)
    scene.slack.fail("response_url", error="expired_url", status=404)
    said = await told(scene, bob, pressed(bob, message, "Claim"))
    assert "too old for Slack to change" in shown(said)
    assert len(await deeds(scene)) == 1


async def test_a_bot_that_stops_in_the_middle_of_a_decision_says_so_in_the_window(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    alarms.expect("stopped in the middle of work")
    monkeypatch.setattr(lifecycle, "DRAIN_SECONDS", 0.2)
    message = await listed(scene)
    async with running(scene.settings, scene.slack) as other:
        view = await form(scene, scene.ada, message, "Accept")
        await scene.unanswered(scene.ada.submit(view), "/members/")
        await other.stop()
        scene.scp.answering.set()
    said = await outcome(scene, view)
    assert "The bot is being restarted" in said
    assert "may have been carried out, or not" in said
    assert "card will tell" in said
    assert "Try again" not in said


async def test_a_bot_that_stops_in_the_middle_of_an_undo_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    alarms.expect("stopped in the middle of work")
    monkeypatch.setattr(lifecycle, "DRAIN_SECONDS", 0.2)
    message = await listed(scene)
    await decided(scene, scene.ada, message, "Accept")
    await scene.slack.wait_for(lambda: block_ids(message, "Undo"))

    async def undo_and_stop() -> None:
        async with running(scene.settings, scene.slack) as other:
            await scene.unanswered(pressed(scene.ada, message, "Undo"), "/members/")
            await other.stop()
            scene.scp.answering.set()

    said = shown(await told(scene, scene.ada, undo_and_stop()))
    assert "may have been carried out, or not" in said
    assert "Try again" not in said


@pytest.mark.parametrize("error", ["internal_error", "view_not_found", "fatal_error"])
async def test_a_result_that_slack_does_not_put_into_the_window_is_told_beside_it(
    scene: Scene, error: str
) -> None:
    view = await form(scene, scene.ada, await listed(scene), "Accept")
    scene.slack.fail("views.update", error=error, times=9)
    said = await told(scene, scene.ada, scene.ada.submit(view))
    assert f"*Accepted* by <@{ADA}>" in shown(said)
    assert status(scene) == "accepted"


async def test_a_database_that_is_slow_holds_no_list_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_triages, "PATIENCE_SECONDS", 0.0)
    message = await listed(scene, text="sort:name")
    assert names(message) == ["image-001", "image-002"]
    assert "The database did not answer in time." in shown(message)


async def test_a_refusal_is_told_whether_or_not_it_can_be_recorded(
    scene: Scene, bob: Actor, lose: Losing, alarms: Alarms
) -> None:
    alarms.expect("a refusal is not in the record")
    message = await listed(scene, bob)
    await lose("audit")
    view = await form(scene, bob, message, "Accept")
    assert "You may not do that" in shown(view)


async def test_what_is_shared_is_shared_though_it_cannot_be_kept(
    scene: Scene, lose: Losing, alarms: Alarms
) -> None:
    alarms.expect("a post will not be repainted")
    await lose("copies")
    assert names(await shared(scene, "sort:name")) == ["image-001", "image-002"]


async def test_a_home_without_its_database_tells_why(scene: Scene, lose: Losing) -> None:
    await lose("schedules")
    await scene.ada.open_home()
    await scene.slack.wait_for(lambda: scene.slack.home_of(ADA))
    home = shown(scene.ada.home())
    assert "*2 pending images wait for a decision*" in home
    assert "The bot's database did not do what was asked" in home


async def test_details_without_on_call_are_shown_all_the_same(scene: Scene, lose: Losing) -> None:
    message = await listed(scene)
    await lose("notes")
    details = await form(scene, scene.ada, message, "Details")
    assert str(scene.scp.images[0]["id"]) in shown(details)


async def test_where_slack_takes_no_answer_people_are_told_directly(
    scene: Scene, bob: Actor
) -> None:
    """In a channel without the bot, and half an hour after the click."""
    hers = await listed(scene)
    blocks = [block for block in hers.blocks if "menu" not in str(block)]
    old = scene.slack.plant(ELSEWHERE, "Old", blocks[-8:], ephemeral_to=bob.id)
    await pressed(scene.ada, hers, "Claim")
    await scene.slack.wait_for(lambda: hers.edits)
    scene.slack.fail("response_url", error="expired_url", status=404, times=2)
    said = await told(scene, bob, pressed(bob, old, "Claim"))
    assert said.channel_id == scene.slack.workspace.direct_channel(bob.id).id


async def test_a_decision_that_is_not_recorded_in_time_is_told_and_not_as_undone(
    scene: Scene, lose: Losing, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    """SCP has it, though the database fails in just that moment."""
    alarms.expect("a decision is to be recorded later")
    monkeypatch.setattr(deciding, "RECORD_WITHIN", 0.0)
    view = await form(scene, scene.ada, await listed(scene, text="sort:name"), "Accept")
    scene.scp.before_put(lambda _: lose("audit"))
    said = await submitted(scene, scene.ada, view)
    assert "*Samsung Cloud has it: the image is accepted.*" in said
    assert "Undone" not in said
    assert status(scene) == "accepted"


FORGED = (
    "INSERT INTO audit SELECT number + 1, at, actor, channel, 'accept', outcome, image_id,"
    " image_name, owner, reason, detail, request_id, before, after, previous_hash, hash,"
    " folded_name FROM audit WHERE number = (SELECT number FROM audit_head)"
)
"""An entry where the next one belongs."""
DISARM = {
    "sqlite": "DROP TRIGGER audit_goes_on",
    "postgresql": "ALTER TABLE audit DISABLE TRIGGER audit_goes_on",
}


async def test_where_the_record_cannot_go_on_nothing_is_decided(
    scene: Scene, database_url: str
) -> None:
    """Somebody has added an entry behind the bot's back."""
    message = await listed(scene, text="sort:name")
    await redrawn(scene, scene.ada, message, "Claim")
    view = await form(scene, scene.ada, message, "Accept")
    raw.run(database_url, DISARM[make_url(database_url).get_backend_name()], FORGED)
    said = await submitted(scene, scene.ada, view)
    assert "Nothing can be recorded, so nothing is done" in said
    assert status(scene) == "pending"


async def test_that_slack_does_not_tell_who_approves_is_told_and_recorded_as_nobodys_refusal(
    scene: Scene,
) -> None:
    """Neither is Carol let decide, nor does the record say that she may not."""
    scene.slack.user_group("S0APPROVE", users=[CAROL])
    scene.slack.fail("usergroups.users.list", times=99)
    carol = scene.slack.user(CAROL)
    changed = scene.settings.model_copy(update={"approvers": frozenset({"S0APPROVE"})})
    async with running(changed, scene.slack):
        public = await shared(scene)
        await redrawn(scene, scene.ada, public, "Claim")
        said = await told(scene, carol, pressed(carol, public, "Release"))
        assert "Slack does not tell the bot whether you are an approver" in shown(said)
        window = await form(scene, carol, public, "Accept")
        assert "Slack does not tell the bot whether you are an approver" in shown(window)
    assert await deeds(scene) == [(ADA, "claim", "done")]


async def test_of_whom_slack_does_not_tell_one_reads_and_does_no_more(scene: Scene) -> None:
    """Bob may be a guest, as far as the bot can know."""
    scene.slack.fail("users.info", error="missing_scope", times=99)
    bob = scene.slack.user(BOB)
    message = await listed(scene, bob)
    said = await told(scene, bob, pressed(bob, message, "Claim"))
    assert "Slack does not tell the bot whether you are somebody whom it answers" in shown(said)
    assert await deeds(scene) == []


HANG = {
    "sqlite": ("BEGIN EXCLUSIVE",),
    "postgresql": ("BEGIN", "LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"),
}


async def test_a_stop_does_not_wait_for_a_database_that_hangs(
    scene: Scene, database_url: str, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms.expect("stopped with work in hand: its leases have to end")
    monkeypatch.setattr(lifecycle, "RELEASE_SECONDS", 0.05)
    async with running(scene.settings, scene.slack) as other:
        with raw.connected(database_url) as another:
            for statement in HANG[make_url(database_url).get_backend_name()]:
                another.do(statement)
            await other.stop()

"""``handoff``, ``history`` and ``audit export``."""

import csv
import io

import pytest

from bot.listeners.triage import audit_export
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    ELSEWHERE,
    Mode,
    Scene,
    both_modes,
    images,
    names,
    shown,
)
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    decided,
    deeds,
    form,
    listed,
    oncall_settings,
    pressed,
    record,
    redrawn,
    told,
    told_all,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    scp.images = images(4)
    return oncall_settings(scp, slack, database_url, mode)


@both_modes
async def test_a_handoff_is_posted_to_all_and_its_cards_stay_true(scene: Scene, bob: Actor) -> None:
    await redrawn(scene, bob, await listed(scene, bob, "image-001"), "Claim")
    sleeping = await listed(scene, text="image-002")
    view = await form(scene, scene.ada, sleeping, "Snooze")
    await scene.ada.submit(view, {"until": "tomorrow", "reason": "asked"})
    await scene.slack.wait_for(lambda: sleeping.edits)
    posted = await told_all(scene, scene.ada.command(COMMAND, "handoff", CHANNEL))
    said = shown(posted)
    assert f"By <@{ADA}>" in said
    for part in ("*1 claimed*", "*1 snoozed*", "*2 that nobody has claimed*"):
        assert part in said
    assert sorted(names(posted)) == ["image-003", "image-004"]
    await pressed(bob, posted, "Claim")
    await scene.slack.wait_for(lambda: posted.edits)
    assert f"*Claimed* by <@{BOB}>" in shown(posted)


async def test_where_the_bot_is_no_member_a_handoff_is_an_answer_to_all(scene: Scene) -> None:
    posted = await told_all(scene, scene.ada.command(COMMAND, "handoff", ELSEWHERE), ELSEWHERE)
    assert "Shift handoff" in shown(posted)


async def test_a_handoff_without_scp_is_told_why(scene: Scene) -> None:
    scene.scp.fail("iam")
    said = await told(scene, scene.ada, scene.ada.command(COMMAND, "handoff", CHANNEL))
    assert "The bot lacks a permission" in shown(said)


@both_modes
@pytest.mark.parametrize("by", ["id", "name", "quoted"])
async def test_history_tells_who_did_what_by_id_or_name(scene: Scene, bob: Actor, by: str) -> None:
    message = await listed(scene, bob, "image-002")
    await redrawn(scene, bob, message, "Claim")
    await decided(scene, scene.ada, await listed(scene, text="image-002"), "Reject", "not ours")
    image_id = str(scene.scp.images[1]["id"])
    wanted = {"id": image_id, "name": "IMAGE-002", "quoted": '"image-002"'}[by]
    answer = await told(scene, bob, bob.command(COMMAND, f"history {wanted}", CHANNEL))
    said = shown(answer)
    assert said.index("rejected it") < said.index("claimed it")  # the newest first
    assert "not ours" in said
    assert image_id in said


async def test_history_of_nothing_is_told(scene: Scene) -> None:
    asked = scene.ada.command(COMMAND, "history nowhere", CHANNEL)
    assert "Nothing is recorded" in shown(await told(scene, scene.ada, asked))
    unnamed = scene.ada.command(COMMAND, "history", CHANNEL)
    assert "/pending-images history ubuntu" in shown(await told(scene, scene.ada, unnamed))


@both_modes
async def test_the_record_is_exported_as_a_file_by_direct_message(scene: Scene) -> None:
    scene.scp.images[0]["name"] = "=HYPERLINK(evil)"
    await redrawn(scene, scene.ada, await listed(scene, text="HYPERLINK"), "Claim")
    said = await told(scene, scene.ada, scene.ada.command(COMMAND, "audit export", CHANNEL))
    assert "is sent to you" in shown(said) or said.channel_id.startswith("D")
    (file,) = await scene.slack.wait_for(lambda: [f for f in scene.slack.files if f.completed])
    assert file.channels == [scene.slack.workspace.direct_channel(ADA).id]
    assert file.name.endswith(".csv")
    assert file.content is not None
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert [row["number"] for row in rows] == [str(e.number) for e in await record(scene)]
    assert rows[-1]["action"] == "claim"
    assert rows[-1]["image_name"] == "'=HYPERLINK(evil)"


async def test_nobody_has_the_record_exported_twice_at_a_time(scene: Scene) -> None:
    scene.slack.delay("files.getUploadURLExternal", 1.0)
    export = (COMMAND, "audit export", CHANNEL)
    await scene.ada.command(*export)
    said = await told(scene, scene.ada, scene.ada.command(*export))
    assert "The record is being written for you already." in shown(said)
    (file,) = await scene.slack.wait_for(lambda: [f for f in scene.slack.files if f.completed])
    again = await told(scene, scene.ada, scene.ada.command(*export))
    assert "already" not in shown(again)
    assert file.content


async def test_a_long_record_is_exported_whole_and_in_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_export, "ROWS_AT_ONCE", 2)
    message = await listed(scene)
    for label in ("Claim", "Release", "Claim", "Release", "Claim"):
        await redrawn(scene, scene.ada, message, label)
    await scene.ada.command(COMMAND, "audit export", CHANNEL)
    (file,) = await scene.slack.wait_for(lambda: [f for f in scene.slack.files if f.completed])
    assert file.content is not None
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert [row["number"] for row in rows] == [str(e.number) for e in await record(scene)]


async def test_only_approvers_export_the_record(scene: Scene, bob: Actor) -> None:
    said = await told(scene, bob, bob.command(COMMAND, "audit export", CHANNEL))
    assert "You may not do that" in shown(said)
    assert scene.slack.files == []
    assert await deeds(scene) == [(BOB, "audit export", "refused")]


@pytest.mark.parametrize("typed", ["audit", "audit verify", "audit exprot"])
async def test_what_audit_can_do_is_told(scene: Scene, typed: str) -> None:
    said = await told(scene, scene.ada, scene.ada.command(COMMAND, typed, CHANNEL))
    assert "/pending-images audit export" in shown(said)


async def test_without_the_scope_the_export_says_what_to_do(scene: Scene) -> None:
    scene.slack.scopes.remove("files:write")
    said = await told(scene, scene.ada, scene.ada.command(COMMAND, "audit export", CHANNEL))
    assert "The app lacks a scope: apply manifest.yaml" in shown(said)


@pytest.mark.parametrize("word", ["handoff", "history", "audit"])
async def test_a_quoted_word_is_looked_for_in_names(scene: Scene, word: str) -> None:
    scene.scp.images[0]["name"] = f"my {word}"
    message = await listed(scene, text=f'"{word}"')
    assert names(message) == [f"my {word}"]

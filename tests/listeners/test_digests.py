"""Digests by buttons: what each does, where, and that any replica serves any click."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, SlackSim
from tests.listeners.digest_scene import NINE, added, pressed, row_labels, rows, text_of, typed
from tests.listeners.scene import (
    CHANNEL,
    Mode,
    Scene,
    both_modes,
    images,
    labels,
    running,
    settings_for,
    shown,
    together,
)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    """Over each of the databases."""
    slack.mode = mode
    return settings_for(scp, slack, mode, database_url=database_url)


async def test_a_channel_without_digests_says_how_to_have_one(scene: Scene) -> None:
    message = await typed(scene, "")
    assert "No digest comes to this channel yet" in shown(message)
    assert labels(message.blocks) == ["Add", "Refresh"]
    assert message.ephemeral_to == scene.ada.id


@both_modes
async def test_the_digests_of_a_channel_are_listed_with_all_about_them(scene: Scene) -> None:
    await added(scene, f"{NINE} type:custom only-changes skip:KR")
    (row,) = rows(await typed(scene, ""))
    for part in (
        "09:00 weekdays, Asia/Seoul, not on public holidays of South Korea",
        "Shows: type:custom",
        "only when something has changed",
        f"made by <@{scene.ada.id}>",
        "Next: ",
        "Last: none yet",
    ):
        assert part in row


async def test_pause_and_resume_change_the_message_in_place(scene: Scene) -> None:
    await added(scene)
    message = await typed(scene, "")
    again = await pressed(scene, message, "Pause")
    assert again is message
    assert "is paused until somebody resumes it" in shown(message)
    assert f"paused by <@{scene.ada.id}>" in rows(message)[0]
    assert "Resume" in row_labels(message)[0]
    await pressed(scene, message, "Resume")
    assert "runs again" in shown(message)
    assert "Next: " in rows(message)[0]


async def test_delete_is_confirmed_and_takes_the_digest_away(scene: Scene) -> None:
    await added(scene)
    await added(scene, "10:00 daily")
    message = await typed(scene, "")
    delete = next(
        e
        for b in message.blocks
        if b["type"] == "actions"
        for e in b["elements"]
        if e["text"]["text"] == "Delete"
    )
    assert delete["confirm"]["title"]["text"].startswith("Delete digest #")
    await pressed(scene, message, "Delete")
    assert len(rows(message)) == 1
    assert "10:00 daily" in rows(message)[0]
    assert "will not be posted any more" in shown(message)


async def test_the_buttons_of_a_deleted_digest_say_so(scene: Scene) -> None:
    await added(scene)
    old, message = await typed(scene, ""), await typed(scene, "")
    await pressed(scene, message, "Delete")
    for label in ("Pause", "Send now", "Preview", "Delete"):
        answer = await pressed(scene, old, label)
        assert "That digest is not here" in shown(answer)
        assert answer is not old
    assert "There is no digest number 1 here" in shown(await scene.opened(old, "Edit"))


async def test_edit_opens_the_form_filled(scene: Scene) -> None:
    number = await added(scene, f"{NINE} type:custom")
    message = await typed(scene, "")
    block_id = next(
        b["block_id"] for b in message.blocks if b.get("block_id", "").startswith("digest.")
    )
    await scene.ada.press(message, label="Edit", block_id=block_id)
    view = await scene.filled()
    assert view.content["title"]["text"] == f"Digest {number}"
    assert "09:00" in str(view.content["blocks"])
    assert "type:custom" in str(view.content["blocks"])


async def test_add_opens_an_empty_form(scene: Scene) -> None:
    message = await typed(scene, "")
    await scene.ada.press(message, label="Add")
    assert (await scene.filled()).content["title"]["text"] == "New digest"


async def test_send_now_posts_to_the_channel_and_says_that_it_will(
    scene: Scene, bob: Actor
) -> None:
    scene.scp.images = images(3)
    await added(scene)
    message = await typed(scene, "")
    await scene.ada.press(message, label="Send now")
    seen = await scene.slack.wait_for(lambda: [m for m in bob.messages(CHANNEL) if not m.ephemeral])
    assert "3 pending images" in shown(seen[0])
    await scene.slack.wait_for(lambda: message.edits)
    assert "is on its way" in shown(message)


async def test_send_now_pressed_often_posts_once_a_minute_and_says_so(scene: Scene) -> None:
    scene.scp.images = images(3)
    await added(scene)
    messages = [await typed(scene, "") for _ in range(3)]
    await together(*(scene.ada.press(message, label="Send now") for message in messages))
    await scene.slack.wait_for(lambda: all(message.edits for message in messages))
    on_its_way = [m for m in messages if "is on its way" in shown(m)]
    already = [m for m in messages if "within this minute already: it is posted once" in shown(m)]
    assert len(on_its_way) + len(already) == 3
    assert already  # though the minute may turn, it turns once
    await scene.slack.wait_for(lambda: len(posted(scene)) == len(on_its_way))


async def test_preview_shows_whoever_asks_what_the_digest_would_say(
    scene: Scene, bob: Actor
) -> None:
    scene.scp.images = images(3)
    await added(scene)
    message = await typed(scene, "", bob)
    preview = await pressed(scene, message, "Preview", who=bob)
    assert preview is not message
    assert preview.ephemeral_to == bob.id
    assert "3 pending images" in shown(preview)
    assert posted(scene) == []


async def test_a_preview_that_scp_fails_says_why(scene: Scene) -> None:
    await added(scene)
    message = await typed(scene, "")
    scene.scp.fail("iam", times=9)
    answer = await pressed(scene, message, "Preview")
    assert "The bot lacks a permission in Samsung Cloud" in shown(answer)


async def test_history_tells_of_one_digest_and_of_all(scene: Scene) -> None:
    scene.scp.images = images(3)
    first, second = await added(scene), await added(scene, "10:00 daily")
    message = await typed(scene, "")
    await pressed(scene, message, "Send now")
    await scene.slack.wait_for(lambda: posted(scene))
    await pressed(scene, message, "Send now", 2)
    await scene.slack.wait_for(lambda: len(posted(scene)) == 2)
    one = await history_with(scene, f"history {first}", "posted: 3 images")
    assert f"#{second}" not in one
    assert f"message {posted(scene)[0].ts}" in one
    assert f"Sent by hand by <@{scene.ada.id}>" in one
    every = await scene.press(message, "History of all")
    assert f"#{first}  " in shown(every)
    assert f"#{second}  " in shown(every)
    mine = await pressed(scene, message, "History", 2)
    assert f"History of digest #{second}" in shown(mine)


async def test_the_last_outcome_is_in_the_list(scene: Scene) -> None:
    scene.scp.images = images(3)
    await added(scene)
    message = await typed(scene, "")
    await pressed(scene, message, "Send now")
    await scene.slack.wait_for(lambda: posted(scene))
    while not ended(rows(message)[0]):
        await scene.press(message, "Refresh")
    assert "posted: 3 images" in rows(message)[0]


async def test_more_than_a_page_of_digests_are_reached(scene: Scene) -> None:
    for hour in range(11):
        await added(scene, f"{hour:02}:00 daily Asia/Seoul")
    message = await typed(scene, "")
    assert len(rows(message)) == 8
    await scene.press(message, "Next")
    assert [row.split("  ")[1][:5] for row in rows(message)] == ["08:00", "09:00", "10:00"]
    await pressed(scene, message, "Pause", 3)
    assert "paused by" in rows(message)[2]
    await scene.press(message, "Previous")
    assert len(rows(message)) == 8


async def test_any_replica_serves_any_click(scene: Scene) -> None:
    await added(scene)
    message = await typed(scene, "")
    async with running(scene.settings, scene.slack):
        await pressed(scene, message, "Pause")
    assert "Resume" in row_labels(message)[0]


async def test_two_people_who_pause_at_once_both_see_it_paused(scene: Scene, bob: Actor) -> None:
    scene.slack.user(bob.id, admin=True)
    await added(scene)
    hers, his = await typed(scene, ""), await typed(scene, "", bob)
    await together(scene.ada.press(hers, label="Pause"), bob.press(his, label="Pause"))
    await scene.slack.wait_for(lambda: hers.edits and his.edits)
    for message in (hers, his):
        assert "Paused since " in rows(message)[0]


@pytest.mark.parametrize(
    ("scopes", "said"),
    [
        (set(), "none is lost and none comes twice"),
        ({"channels:history"}, "*never lost*: it may come twice"),
        ({"channels:read"}, "where the bot may not read it"),
    ],
)
async def test_the_list_says_whether_interrupted_deliveries_are_looked_up(
    scene: Scene, scopes: set[str], said: str
) -> None:
    await added(scene)
    for scope in scopes:
        scene.slack.scopes.remove(scope)
    assert said in shown(await typed(scene, ""))


async def test_a_button_of_another_release_says_so(scene: Scene) -> None:
    await added(scene)
    message = await typed(scene, "")
    old = scene.slack.plant(
        CHANNEL,
        "old",
        [
            {
                **block,
                "elements": [{**e, "value": "pd0~3"} for e in block["elements"]],
            }
            for block in message.blocks
            if block["type"] == "actions"
        ],
        ephemeral_to=scene.ada.id,
    )
    answer = await pressed(scene, old, "Pause")
    assert "These buttons are out of date" in shown(answer)
    assert "Next: " in rows(await typed(scene, ""))[0]


async def test_digests_of_the_settings_are_read_only(scp: ScpSim, slack: SlackSim) -> None:
    ada = slack.user("U0SIM0001", "ada")
    settings = settings_for(scp, slack, digest_channels=CHANNEL, digest_time="03:00,23:30")
    slack.mode = "http"
    async with running(settings, slack):
        scene = Scene(scp, slack, ada, settings)
        message = await typed(scene, "")
        assert row_labels(message) == [["Preview", "History"]]
        (row,) = rows(message)
        assert "03:00, 23:30" in row
        assert "set by `DIGEST_*` in the bot's settings, and changed there alone" in row
        number = row.split()[0].removeprefix("#")
        for word in ("pause", "delete", "send"):
            answer = await typed(scene, f"{word} {number}")
            assert "comes from the bot's settings" in shown(answer)
        assert "Nothing is waiting" in shown(await pressed(scene, message, "Preview"))


def ended(row: str) -> bool:
    """Whether the last delivery of a digest has come to an end."""
    return not any(words in row for words in ("none yet", "waits to be", "being p"))


def posted(scene: Scene) -> list[Message]:
    """What everybody sees in the channel."""
    return scene.slack.messages(CHANNEL)


async def history_with(scene: Scene, text: str, wanted: str) -> str:
    """The answer to a history command, once it tells what is wanted."""
    told = ""
    for _ in range(100):
        told = text_of((await typed(scene, text)).blocks)
        if wanted in told:
            return told
    raise AssertionError(told)

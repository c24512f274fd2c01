"""Digests by typed commands; what was typed is never lost."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from bot.sim.slack.markup import active_markup
from tests.listeners.digest_scene import NINE, added, pressed, rows, typed
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Mode,
    Scene,
    both_modes,
    images,
    labels,
    settings_for,
    shown,
)

HOSTILE = '"<!channel> *bold* <https://evil.example|ok> @here `code` :tada: <@U0SIM0002>"'


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, database_url: str) -> Settings:
    """Over each of the databases."""
    slack.mode = mode
    return settings_for(scp, slack, mode, database_url=database_url)


@both_modes
async def test_add_sets_a_digest_up_and_shows_it(scene: Scene) -> None:
    message = await typed(scene, "add 09:00,17:30 mon-thu Europe/Berlin type:custom")
    assert "is set up" in shown(message)
    (row,) = rows(message)
    assert "09:00, 17:30 mon-thu, Europe/Berlin" in row
    assert "Shows: type:custom" in row


async def test_the_time_zone_is_the_persons_own(scene: Scene, bob: Actor) -> None:
    message = await typed(scene, "add 09:00", bob)
    assert "09:00 weekdays, Europe/Berlin" in rows(message)[0]
    assert "time zone" not in message.text


async def test_without_a_known_time_zone_it_is_seoul_and_says_so(scene: Scene, bob: Actor) -> None:
    await typed(scene, "list", bob)  # from which the bot knows that Bob is no guest
    scene.slack.scopes.remove("users:read")
    message = await typed(scene, "add 09:00", bob)
    assert "09:00 weekdays, Asia/Seoul" in rows(message)[0]
    assert "Slack does not tell the bot your time zone" in message.text
    message = await typed(scene, "add 09:00 Asia/Seoul", bob)
    assert "time zone" not in message.text


async def test_add_without_more_opens_the_form(scene: Scene) -> None:
    await scene.ada.command("/pending-images", "digest add", CHANNEL)
    assert (await scene.filled()).content["title"]["text"] == "New digest"


async def test_edit_without_more_opens_the_form(scene: Scene) -> None:
    number = await added(scene)
    await scene.ada.command("/pending-images", f"digest edit {number}", CHANNEL)
    assert (await scene.filled()).content["title"]["text"] == f"Digest {number}"


async def test_edit_changes_what_is_named_and_no_more(scene: Scene) -> None:
    number = await added(scene, f"{NINE} type:custom")
    message = await typed(scene, f"edit #{number} 10:15 only-changes")
    assert "is changed" in shown(message)
    (row,) = rows(message)
    assert "10:15 weekdays, Asia/Seoul" in row
    assert "Shows: type:custom" in row
    assert "only when something has changed" in row


async def test_an_edit_that_leaves_a_waiting_time_without_anybody_is_refused(scene: Scene) -> None:
    number = await added(scene, f"{NINE} mention:U0SIM0002 mention-after:3d")
    answer = shown(await typed(scene, f"edit {number} mention:none"))
    assert "Nobody is mentioned" in answer
    answer = shown(await typed(scene, f"edit {number} mention:none mention-after:none"))
    assert "is changed" in answer


async def test_an_edit_that_changes_nothing_says_so(scene: Scene) -> None:
    number = await added(scene)
    assert "like that already" in shown(await typed(scene, f"edit {number} 09:00"))


@pytest.mark.parametrize("sign", ["", "#", "\uff03"])
async def test_pause_and_resume(scene: Scene, sign: str) -> None:
    number = await added(scene)
    message = await typed(scene, f"pause {sign}{number}")
    assert "is paused until somebody resumes it" in shown(message)
    assert f"paused by <@{scene.ada.id}>" in rows(message)[0]
    assert "was paused already" in shown(await typed(scene, f"pause {sign}{number}"))
    message = await typed(scene, f"resume {sign}{number}")
    assert "runs again" in shown(message)
    assert "is not paused" in shown(await typed(scene, f"resume {sign}{number}"))


async def test_delete_asks_and_its_button_deletes(scene: Scene) -> None:
    number = await added(scene)
    question = await typed(scene, f"delete {number}")
    assert f"Delete digest #{number}?" in shown(question)
    assert len(rows(await typed(scene, "list"))) == 1
    answer = await scene.press(question, "Delete")
    assert answer is question
    assert "No digest comes to this channel yet" in shown(question)


async def test_a_digest_that_is_kept_stays(scene: Scene) -> None:
    question = await typed(scene, f"delete {await added(scene)}")
    await scene.press(question, "Keep it")
    assert len(rows(question)) == 1


async def test_send_posts_it(scene: Scene) -> None:
    scene.scp.images = images(2)
    number = await added(scene)
    await scene.ada.command("/pending-images", f"digest send {number}", CHANNEL)
    (digest,) = await scene.slack.wait_for(lambda: scene.slack.messages(CHANNEL))
    assert "2 pending images" in shown(digest)


async def test_preview_shows_it_to_whoever_asks(scene: Scene, bob: Actor) -> None:
    scene.scp.images = images(2)
    preview = await typed(scene, f"preview {await added(scene)}", bob)
    assert preview.ephemeral_to == bob.id
    assert "2 pending images" in shown(preview)


async def test_a_preview_that_scp_fails_says_why_and_repeats_what_was_typed(scene: Scene) -> None:
    number = await added(scene)
    scene.scp.fail("iam", times=9)
    text = shown(await typed(scene, f"preview {number}"))
    assert "The bot lacks a permission in Samsung Cloud" in text
    assert f"/pending-images digest preview {number}" in text


async def test_a_history_without_deliveries_says_so(scene: Scene) -> None:
    assert "Nothing was delivered yet" in shown(await typed(scene, "history"))
    number = await added(scene)
    assert "Nothing was delivered yet" in shown(await typed(scene, f"history {number}"))


async def test_the_history_of_a_deleted_digest_stays(scene: Scene) -> None:
    scene.scp.images = images(2)
    number = await added(scene)
    await scene.ada.command("/pending-images", f"digest send {number}", CHANNEL)
    await scene.slack.wait_for(lambda: scene.slack.messages(CHANNEL))
    await scene.press(await typed(scene, f"delete {number}"), "Delete")
    assert f"#{number}  " in shown(await typed(scene, f"history {number}"))


@pytest.mark.parametrize("text", ["", "list", "LIST", "\uff4c\uff49\uff53\uff54"])
async def test_list_is_the_digests_of_the_channel(scene: Scene, text: str) -> None:
    await added(scene)
    assert len(rows(await typed(scene, text))) == 1


@pytest.mark.parametrize("text", ["help", "Help", "\uff48\uff45\uff4c\uff50"])
async def test_help_tells_all_that_can_be_typed(scene: Scene, text: str) -> None:
    assert "/pending-images digest resume 3" in shown(await typed(scene, text))


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("puase 3", "digest pause 3"),
        ("hisory", "digest history"),
        ("LSIT", "digest list"),
        ("09:00 weekdays type:custom", "digest add 09:00 weekdays type:custom"),
    ],
)
async def test_a_mistyped_word_is_answered_with_the_nearest(
    scene: Scene, text: str, nearest: str
) -> None:
    answer = shown(await typed(scene, text))
    assert nearest in answer
    assert f"/pending-images digest {text}" in answer
    assert "This command cannot be understood" in answer
    assert "cannot be set up" not in answer


@pytest.mark.parametrize(
    "text", ["\uff24\uff29\uff27\uff25\uff33\uff34 \uff48elp", "digest\u3000help"]
)
async def test_the_command_itself_may_be_full_width(scene: Scene, text: str) -> None:
    message = await scene.command(text)
    assert "/pending-images digest resume 3" in shown(message)


async def test_a_strange_word_is_answered_with_all_that_there_are(scene: Scene) -> None:
    answer = shown(await typed(scene, "xyzzy 3"))
    assert "list, add, edit, pause, resume, send, preview, history, delete, help" in answer


@pytest.mark.parametrize("word", ["edit", "pause", "resume", "send", "preview", "delete"])
@pytest.mark.parametrize("number", ["", "x", "3x", "##3", "-1", "3 please"])
async def test_a_number_is_asked_for(scene: Scene, word: str, number: str) -> None:
    if (word, number) == ("edit", "3 please"):
        return  # what follows the number are pieces
    answer = shown(await typed(scene, f"{word} {number}"))
    assert f'Write it after the word, as in "digest {word} 3".' in answer
    assert "This command cannot be understood" in answer
    assert f"/pending-images digest {word} {number}".strip() in answer


@pytest.mark.parametrize("word", ["pause", "resume", "send", "preview", "delete", "history"])
@pytest.mark.parametrize("number", ["77", "999999999"])
async def test_a_number_that_there_is_not_says_so(scene: Scene, word: str, number: str) -> None:
    answer = shown(await typed(scene, f"{word} {number}"))
    assert f"There is no digest number {number} here" in answer
    assert f"/pending-images digest {word} {number}" in answer


@pytest.mark.parametrize(
    "word", ["edit", "pause", "resume", "send", "preview", "delete", "history"]
)
async def test_a_digest_of_another_channel_is_not_there(scene: Scene, word: str) -> None:
    scene.slack.invite_bot(ELSEWHERE)
    secret = await typed(scene, "add 09:00 daily Asia/Seoul secretive", channel=ELSEWHERE)
    number = shown(secret).split("*#")[1].split("*")[0]
    if word == "edit":  # its answer is a window
        await scene.ada.command("/pending-images", f"digest edit {number}", CHANNEL)
        answer = shown(await scene.filled())
    else:
        answer = shown(await typed(scene, f"{word} {number}"))
    assert f"There is no digest number {number} here" in answer
    assert "secretive" not in answer
    assert len(rows(await typed(scene, "list", channel=ELSEWHERE))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("add weekdays", "no time of day"),
        ("add 25:00", "25:00"),
        ("add 09:00 Asia/Soul", "Asia/Seoul"),
        ("add 09:00 typ:custom", "type:"),
        ("add 09:00 grace:x", "grace"),
        ("add 09:00 mention-after:3d", "Nobody is mentioned"),
    ],
)
async def test_a_mistake_is_told_with_what_was_typed(scene: Scene, text: str, said: str) -> None:
    answer = shown(await typed(scene, text))
    assert said in answer
    assert f"/pending-images digest {text}" in answer
    assert "Nothing was changed" in answer
    assert "No digest comes" in shown(await typed(scene, ""))


@pytest.mark.parametrize("text", [f"add 09:00 daily {HOSTILE}", f"add {HOSTILE}", HOSTILE])
async def test_hostile_text_stays_text(scene: Scene, text: str) -> None:
    for message in (await typed(scene, text), await typed(scene, "")):
        live = [found.source for found in active_markup(message.blocks, message.text)]
        assert not [
            source
            for source in live
            if any(word in source for word in ("channel", "bold", "evil", "here", "tada", "0002"))
        ]


@pytest.mark.parametrize(
    ("state", "said"),
    [("not a member", "is not a member of #elsewhere"), ("archived", "#elsewhere is archived")],
)
async def test_where_the_bot_cannot_post_no_digest_is_set_up(
    scene: Scene, state: str, said: str
) -> None:
    if state == "archived":
        scene.slack.invite_bot(ELSEWHERE)
        scene.slack.archive(ELSEWHERE)
    answer = shown(await typed(scene, f"add {NINE}", channel=ELSEWHERE))
    assert said in answer
    assert "What to do: " in answer
    assert "No digest comes" in shown(await typed(scene, "", channel=ELSEWHERE))


async def test_a_private_channel_without_the_bot_has_no_digest(scene: Scene, ada: Actor) -> None:
    scene.slack.channel("G0HIDDEN1", "hidden", members=[ada.id], bot=False, private=True)
    answer = shown(await typed(scene, f"add {NINE}", channel="G0HIDDEN1"))
    assert "cannot see that channel" in answer


async def test_a_digest_is_not_moved_where_the_bot_cannot_post(scene: Scene) -> None:
    number = await added(scene)
    scene.slack.remove_bot(CHANNEL)
    answer = shown(await typed(scene, f"edit {number} 10:00"))
    assert "is not a member of #general" in answer
    assert "09:00" in rows(await typed(scene, ""))[0]


@pytest.mark.parametrize("trouble", ["scope", "down"])
async def test_where_slack_does_not_tell_the_digest_is_accepted(scene: Scene, trouble: str) -> None:
    if trouble == "scope":
        scene.slack.scopes.remove("channels:read")
    else:
        scene.slack.fail("conversations.info", times=99)
    note = f"Slack did not tell the bot whether it is in <#{CHANNEL}>"
    for text, done in ((f"add {NINE}", "is set up"), ("edit 1 10:00", "is changed")):
        answer = shown(await typed(scene, text))
        assert done in answer
        assert note in answer


async def test_where_slack_tells_nothing_is_said_of_it(scene: Scene) -> None:
    assert "Slack did not tell" not in shown(await typed(scene, f"add {NINE}"))


async def test_what_asks_for_digests_otherwise_is_a_query(scene: Scene) -> None:
    scene.scp.images = images(1)
    for text in ('"digest"', "digests", "-digest"):
        message = await scene.command(text)
        assert "Share to channel" in labels(message.blocks)


async def test_the_buttons_under_a_typed_answer_work(scene: Scene) -> None:
    message = await typed(scene, f"add {NINE}")
    await pressed(scene, message, "Pause")
    assert "is paused" in shown(message)

"""Share to channel: a public copy, and what others can do with it."""

import pytest

from bot.sim.slack import Actor
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Scene,
    about,
    both_modes,
    images,
    names,
    running,
    shown,
    texts,
)


@both_modes
async def test_a_shared_list_is_posted_for_all_and_says_who_shared_it(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command("image sort:name")
    await scene.press(message, "Next")
    shared = await scene.press(message, "Share to channel")
    assert (shared.channel_id, shared.ephemeral_to) == (CHANNEL, None)
    assert texts(shared.blocks)[0] == f"Shared by <@{scene.ada.id}>"
    assert names(shared) == names(message)
    assert "Query: image sort:name" in shown(shared)
    assert "Page 2 of 3" in shown(shared)


async def test_a_shared_list_unfurls_nothing(scene: Scene) -> None:
    shared = await scene.press(await scene.command(), "Share to channel")
    assert (shared.unfurl_links, shared.unfurl_media) == (False, False)


async def test_sharing_leaves_the_list_as_it_is(scene: Scene) -> None:
    message = await scene.command()
    await scene.press(message, "Share to channel")
    assert message.edits == 0


@both_modes
async def test_where_the_bot_is_no_member_it_shares_as_an_answer_and_says_so(scene: Scene) -> None:
    scene.scp.images = images(2)
    message = await scene.command(channel=ELSEWHERE)
    await scene.ada.press(message, label="Share to channel")
    await scene.slack.wait_for(lambda: len(scene.ada.messages(ELSEWHERE)) == 3)
    _, shared, notice = scene.ada.messages(ELSEWHERE)
    assert shared.ephemeral_to is None
    assert (shared.unfurl_links, shared.unfurl_media) == (False, False)
    assert f"Shared by <@{scene.ada.id}>" in shown(shared)
    assert names(shared) == ["image-001", "image-002"]
    assert notice.ephemeral_to == scene.ada.id
    assert "not a member of this channel" in shown(notice)
    assert "/invite" in shown(notice)


async def test_in_a_private_channel_without_the_bot_it_shares_as_an_answer(scene: Scene) -> None:
    scene.slack.channel("C0SIM0003", "secret", members=[scene.ada.id], bot=False, private=True)
    message = await scene.command(channel="C0SIM0003")
    await scene.ada.press(message, label="Share to channel")
    await scene.slack.wait_for(lambda: len(scene.ada.messages("C0SIM0003")) == 3)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("is_archived", "unarchive it or choose another"),
        ("restricted_action", "ask a workspace owner"),
        ("token_revoked", "set SLACK_BOT_TOKEN"),
        ("missing_scope", "apply manifest.yaml"),
        ("internal_error", "Slack did not post"),
    ],
)
async def test_a_refused_share_is_told_to_who_pressed(
    scene: Scene, error: str, remedy: str
) -> None:
    message = await scene.command()
    scene.slack.fail("chat.postMessage", error=error)
    answer = await scene.press(message, "Share to channel")
    assert answer.ephemeral_to == scene.ada.id
    assert "Slack did not accept it" in shown(answer)
    assert remedy in shown(answer)


async def test_an_archived_channel_is_told(scene: Scene) -> None:
    message = await scene.command()
    scene.slack.workspace.channels[CHANNEL].is_archived = True
    assert "archived" in shown(await scene.press(message, "Share to channel"))


async def test_a_share_that_slack_puts_off_comes_later(scene: Scene) -> None:
    message = await scene.command()
    scene.slack.fail("chat.postMessage", retry_after=0)
    shared = await scene.press(message, "Share to channel")
    assert shared.ephemeral_to is None


async def test_a_share_whose_answer_is_lost_is_not_posted_again(scene: Scene) -> None:
    message = await scene.command()
    scene.slack.fail("chat.postMessage", drop="after")
    await scene.ada.press(message, label="Share to channel")
    await scene.slack.wait_for(lambda: len(scene.ada.messages(CHANNEL)) == 3)
    public = [m for m in scene.ada.messages(CHANNEL) if m.ephemeral_to is None]
    assert len(public) == 1
    assert "look before you repeat" in shown(scene.ada.messages(CHANNEL)[-1])


async def test_while_scp_fails_nothing_is_shared_and_it_is_told(scene: Scene) -> None:
    message = await scene.command()
    async with running(scene.settings, scene.slack):
        scene.scp.fail("iam")
        answer = await scene.press(message, "Share to channel")
    assert answer.ephemeral_to == scene.ada.id
    assert "The bot lacks a permission" in shown(answer)


@both_modes
async def test_anybody_opens_a_list_of_their_own_from_a_shared_one(
    scene: Scene, bob: Actor
) -> None:
    scene.scp.images = images(23)
    message = await scene.command("image sort:name")
    shared = await scene.press(message, "Share to channel")
    his = await scene.answer(bob.press(shared, label="Open this list"))
    assert his.ephemeral_to == bob.id
    assert about(his).endswith("Query: image sort:name")
    assert shared.edits == 0
    await scene.answer(bob.press(his, label="Next"))
    assert names(his)[0] == "image-011"


async def test_details_open_from_a_shared_list_for_anybody(scene: Scene, bob: Actor) -> None:
    scene.scp.images = images(1)
    shared = await scene.press(await scene.command(), "Share to channel")
    await bob.press(shared, label="Details")
    (view,) = await scene.slack.wait_for(
        lambda: [v for v in scene.slack.views_of(bob.id) if v.edits]
    )
    assert "image-001" in shown(view)

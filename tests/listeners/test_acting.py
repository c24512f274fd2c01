"""Who is let in to act, which is to post to a channel or to keep anything: it takes more than to
read."""

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, SlackSim
from tests.listeners.digest_scene import NINE, added, rows, typed
from tests.listeners.digest_scene import pressed as pressed_of_digest
from tests.listeners.scene import CHANNEL, COMMAND, Scene, images, running, shown
from tests.listeners.triage_scene import deeds, form, listed, oncall_settings, told

WHY = {
    "not told": "Slack does not tell the bot whether you are somebody whom it answers",
    "another workspace": "The bot answers members of its own workspace only",
}
"""What is amiss with Bob, whom users.info has never told of, or has told to be of this workspace
while his payloads name another -> what he is told."""
COMMANDS = (
    "handoff",
    "audit export",
    f"digest add {NINE}",
    "digest add",
    "digest edit 1 10:00",
    "Digest  Pause 1",
    "digest resume 1",
    "digest delete 1",
    "digest send 1",
)
READING = ("", "help", "history image", "digest", "digest list", "digest history 1")

every_case = pytest.mark.parametrize("case", WHY)


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, sqlite_url: str) -> Settings:
    scp.images = images(2)
    return oncall_settings(scp, slack, sqlite_url)


async def amiss(scene: Scene, bob: Actor, case: str) -> None:
    """Let Slack say, of Bob, what leaves him to read and no more."""
    if case == "not told":
        scene.slack.fail("users.info", error="internal_error", times=999)
        return
    await listed(scene, bob)  # from which the bot knows him
    bob.person.team_id = "T0OTHER"


def public(scene: Scene) -> list[Message]:
    """What all of the channel see."""
    return [m for m in scene.slack.workspace.posts if not m.ephemeral and m.channel_id == CHANNEL]


@every_case
@pytest.mark.parametrize("text", COMMANDS)
async def test_a_command_to_post_or_keep_something_is_refused(
    scene: Scene, bob: Actor, text: str, case: str
) -> None:
    await added(scene)
    before = rows(await typed(scene, "list"))
    await amiss(scene, bob, case)
    said = await told(scene, bob, bob.command(COMMAND, text, CHANNEL))
    assert WHY[case] in shown(said)
    assert public(scene) == []
    assert scene.calls("views.open") == []
    assert rows(await typed(scene, "list")) == before


@every_case
@pytest.mark.parametrize("text", READING)
async def test_a_command_that_only_shows_something_is_answered(
    scene: Scene, bob: Actor, text: str, case: str
) -> None:
    await added(scene)
    await amiss(scene, bob, case)
    said = await told(scene, bob, bob.command(COMMAND, text, CHANNEL))
    assert "You may not do that" not in shown(said)


@every_case
@pytest.mark.parametrize("label", ["Share to channel", "Make this a digest"])
async def test_a_button_of_a_list_that_posts_or_keeps_something_is_refused(
    scene: Scene, bob: Actor, label: str, case: str
) -> None:
    await amiss(scene, bob, case)
    message = await listed(scene, bob)
    said = await told(scene, bob, bob.press(message, label=label))
    assert WHY[case] in shown(said)
    assert public(scene) == []
    assert scene.calls("views.open") == []


@every_case
@pytest.mark.parametrize("label", ["Edit", "Pause", "Send now", "Delete"])
async def test_a_button_of_a_digest_is_refused(
    scene: Scene, bob: Actor, label: str, case: str
) -> None:
    await added(scene)
    before = rows(await typed(scene, "list"))
    await amiss(scene, bob, case)
    message = await typed(scene, "list", bob)
    assert WHY[case] in shown(await pressed_of_digest(scene, message, label, who=bob))
    assert scene.calls("views.open") == []
    assert rows(await typed(scene, "list")) == before


@every_case
async def test_the_form_of_a_digest_is_refused(scene: Scene, bob: Actor, case: str) -> None:
    """It was opened before; another process knows nothing of whom Slack told then."""
    view = await form(scene, bob, await listed(scene, bob), "Make this a digest")
    async with running(scene.settings, scene.slack):
        await amiss(scene, bob, case)
        said = await told(scene, bob, bob.submit(view))
        assert WHY[case] in shown(said)
        assert rows(await typed(scene, "list")) == []
    assert await deeds(scene) == []

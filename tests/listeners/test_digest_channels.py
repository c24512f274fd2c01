"""Digests and CHANNELS: none can go where nobody could look after it, or stays there for ever."""

from collections.abc import AsyncIterator

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, SlackSim
from tests.listeners.digest_scene import NINE, added, rows, typed
from tests.listeners.scene import CHANNEL, ELSEWHERE, Mode, Scene, running, settings_for, shown

GONE = "There is no digest number 1 here"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, sqlite_url: str) -> Settings:
    slack.invite_bot(ELSEWHERE)
    return settings_for(scp, slack, mode, database_url=sqlite_url)


@pytest.fixture
async def narrowed(scene: Scene) -> AsyncIterator[None]:
    """Ada has a digest in a channel; then the bot answers in another one only."""
    await added(scene, NINE)
    changed = scene.settings.model_copy(update={"channels": (ELSEWHERE,)})
    async with running(changed, scene.slack):
        yield


async def elsewhere(scene: Scene, text: str, who: Actor | None = None) -> str:
    """Type a command about digests where the bot answers; return the answer."""
    return shown(await typed(scene, text, who, ELSEWHERE))


@pytest.mark.usefixtures("narrowed")
async def test_a_digest_of_a_channel_where_the_bot_does_not_answer_is_a_mistake_in_the_form(
    scene: Scene,
) -> None:
    await scene.ada.command("/pending-images", "digest add", ELSEWHERE)
    view = await scene.filled()
    errors = (await scene.ada.submit(view, {"channel": CHANNEL})).errors
    assert list(errors) == ["channel"]
    assert "The bot does not answer in that channel" in errors["channel"]
    answer = await scene.answer(scene.ada.submit(view, {"channel": ELSEWHERE}))
    assert "Digest *#2* is set up." in shown(answer)


@pytest.mark.usefixtures("narrowed")
async def test_a_digest_is_not_moved_to_where_the_bot_does_not_answer(scene: Scene) -> None:
    await elsewhere(scene, f"add {NINE}")
    await scene.ada.command("/pending-images", "digest edit 2", ELSEWHERE)
    view = await scene.filled()
    errors = (await scene.ada.submit(view, {"channel": CHANNEL})).errors
    assert "The bot does not answer in that channel" in errors["channel"]


@pytest.mark.usefixtures("narrowed")
async def test_its_maker_stops_a_stranded_digest_from_where_the_bot_answers(scene: Scene) -> None:
    assert "Digest *#1* is paused" in await elsewhere(scene, "pause 1")
    assert "Digest *#1* runs again" in await elsewhere(scene, "resume 1")
    question = await typed(scene, "delete 1", channel=ELSEWHERE)
    assert "Digest *#1* is deleted" in shown(await scene.press(question, "Delete"))
    assert GONE in await elsewhere(scene, "pause 1")


@pytest.mark.usefixtures("narrowed")
async def test_administrators_stop_it_and_nobody_else(scene: Scene, bob: Actor) -> None:
    admin = scene.slack.user("U0ADMIN01", "dora", admin=True)
    assert "is somebody else's" in await elsewhere(scene, "pause 1", bob)
    assert "is somebody else's" in await elsewhere(scene, "delete 1", bob)
    assert "Digest *#1* is paused" in await elsewhere(scene, "pause 1", admin)


@pytest.mark.usefixtures("narrowed")
@pytest.mark.parametrize("text", ["edit 1 10:00", "send 1", "preview 1"])
async def test_from_elsewhere_it_is_stopped_and_no_more(scene: Scene, text: str) -> None:
    assert GONE in await elsewhere(scene, text)


@pytest.mark.parametrize("text", ["pause 1", "resume 1", "delete 1"])
async def test_a_digest_of_a_channel_where_the_bot_answers_is_its_channels_alone(
    scene: Scene, text: str
) -> None:
    await added(scene, NINE)
    assert GONE in await elsewhere(scene, text)
    assert "paused" not in rows(await typed(scene, "list"))[0]


@pytest.mark.usefixtures("narrowed")
async def test_the_home_says_of_which_digests_the_bot_answers_no_more(scene: Scene) -> None:
    await elsewhere(scene, f"add {NINE}")
    await scene.ada.open_home()
    await scene.slack.wait_for(lambda: scene.slack.home_of(scene.ada.id))
    (said,) = [line for line in shown(scene.ada.home()).splitlines() if "does not answer" in line]
    assert "`/pending-images digest pause 1`" in said

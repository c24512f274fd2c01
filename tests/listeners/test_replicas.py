"""All state is in the message: restarts, replicas, double clicks, several people."""

from bot.lifecycle import Bot
from bot.sim.slack import Actor
from tests.listeners.scene import (
    CHANNEL,
    Scene,
    about,
    both_modes,
    images,
    mixed,
    names,
    running,
    shown,
    socket_mode,
    title,
    together,
)


@both_modes
async def test_a_message_works_after_a_restart(scene: Scene, bot: Bot) -> None:
    scene.scp.images = mixed()
    message = await scene.command("-nothing sort:name")
    await bot.stop()
    async with running(scene.settings, scene.slack):
        await scene.choose(message, "os", "alma (2)")
        assert names(message) == ["three", "two"]
        assert about(message).endswith("Query: -nothing os:alma sort:name")
        await scene.press(message, "Clear")
        assert title(message) == "3 pending images"


async def test_two_replicas_serve_one_message(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    first = scene.slack.events_url
    async with running(scene.settings, scene.slack):
        await scene.press(message, "Next")
        scene.slack.events_url = first
        await scene.press(message, "Next")
    assert names(message) == ["image-021", "image-022", "image-023"]


@socket_mode
async def test_two_replicas_share_the_sockets(scene: Scene) -> None:
    scene.scp.images = images(23)
    async with running(scene.settings, scene.slack):
        message = await scene.command()
        await scene.press(message, "Next")
        await scene.press(message, "Next")
        assert sorted(c.delivered for c in scene.slack.sockets.connections) == [1, 2]
    assert names(message) == ["image-021", "image-022", "image-023"]


async def test_a_double_click_does_no_harm(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    await together(*(scene.ada.press(message, label="Next") for _ in range(5)))
    await scene.slack.wait_for(lambda: message.edits == 5)
    assert "Page 2 of 3" in shown(message)
    assert len(scene.ada.messages(CHANNEL)) == 1


async def test_two_people_filter_their_own_lists(scene: Scene, bob: Actor) -> None:
    scene.scp.images = mixed()
    hers = await scene.command("type:k8s")
    his = await scene.answer(bob.command("/pending-images", "os:rocky", CHANNEL))
    assert (names(hers), names(his)) == (["three"], ["one"])
    assert [m.ephemeral_to for m in (hers, his)] == [scene.ada.id, bob.id]

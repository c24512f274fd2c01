"""The line under a form's query: how many images match, of an answer that is of now."""

import pytest

from bot.listeners.digests import query_check
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import OpenView, SlackSim
from bot.sim.slack.elements import state_values
from tests.listeners.digest_scene import NINE, typed
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Mode,
    Scene,
    images,
    settings_for,
    shown,
    texts,
)

QUERY = "schedule.query"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode) -> Settings:
    """Of a bot that keeps an answer for no time."""
    slack.mode = mode
    return settings_for(scp, slack, mode, scp_cache_seconds=0)


def line(view: OpenView) -> str:
    """The line under the query."""
    return " ".join(texts(next(b for b in view.blocks if b.get("block_id") == "query_check")))


async def form(scene: Scene) -> OpenView:
    """The form of a new digest."""
    await scene.ada.command(COMMAND, "digest add", CHANNEL)
    return await scene.filled()


async def reads(scene: Scene, view: OpenView, text: str) -> None:
    """Wait until the line says that."""
    await scene.slack.wait_for(lambda: text in line(view))


async def test_a_form_opens_with_the_count_of_now(scene: Scene) -> None:
    scene.scp.images = images(12)
    await scene.command()
    scene.scp.images = images(3)
    assert "*3* of 3 pending images" in line(await form(scene))


@pytest.mark.parametrize(
    ("kind", "why"),
    [("iam", "The bot lacks a permission in Samsung Cloud"), ("hmac", "refused the bot's")],
)
async def test_where_scp_refuses_the_form_opens_with_why(scene: Scene, kind: str, why: str) -> None:
    scene.scp.images = images(12)
    await scene.command()
    scene.scp.fail(kind)
    assert why in line(await form(scene))


async def test_where_scp_is_slow_the_form_opens_counting_and_is_corrected(scene: Scene) -> None:
    scene.scp.images = images(12)
    await scene.command()
    scene.scp.images, scene.scp.latency_seconds = images(3), 1.5
    view = await form(scene)
    assert "Counting how many match now" in line(view)
    await reads(scene, view, "*3* of 3 pending images")


async def test_where_scp_refuses_slowly_the_form_says_so_in_the_end(scene: Scene) -> None:
    scene.scp.latency_seconds = 1.5
    scene.scp.fail("iam")
    view = await form(scene)
    assert "Counting how many match now" in line(view)
    await reads(scene, view, "The bot lacks a permission in Samsung Cloud")


async def test_what_is_typed_meanwhile_is_neither_overwritten_nor_counted_wrong(
    scene: Scene,
) -> None:
    scene.scp.images, scene.scp.latency_seconds = images(3), 1.5
    view = await form(scene)
    await scene.ada.type(view, QUERY, "image-002")
    await reads(scene, view, "*1* of 3 pending images")
    assert "Query: image-002" in line(view)
    assert state_values(view, scene.ada.id)["query"][QUERY]["value"] == "image-002"


async def test_while_a_query_is_counted_no_earlier_count_stays(scene: Scene) -> None:
    scene.scp.images = images(3)
    view = await form(scene)
    scene.scp.latency_seconds = 1.5
    await scene.ada.type(view, QUERY, "image-002")
    await reads(scene, view, "Counting how many match now … Query: image-002")
    await reads(scene, view, "*1* of 3 pending images")


async def test_what_is_typed_is_answered_with_how_many_match(scene: Scene) -> None:
    scene.scp.images = images(12)
    message = await typed(scene, f"add {NINE} image-002")
    assert "is set up. *1* of 12 pending images matches now." in shown(message)
    message = await typed(scene, "edit 1 query:none")
    assert "is changed. *12* of 12 pending images match now." in shown(message)


@pytest.mark.parametrize("trouble", ["slow", "iam"])
async def test_where_scp_does_not_tell_soon_the_answer_comes_without_the_count_and_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(query_check, "TYPED_PATIENCE_SECONDS", 0.1)
    scene.scp.fail(trouble)
    answer = shown(await typed(scene, f"add {NINE}"))
    assert "is set up. How many images match now is not known" in answer


async def test_a_form_closed_before_its_count_comes_is_left_alone(scene: Scene) -> None:
    scene.scp.latency_seconds = 1.5
    view = await form(scene)
    await scene.ada.close(view)
    await scene.slack.wait_for(
        lambda: [c for c in scene.slack.calls if c.method == "views.update" and not c.ok]
    )

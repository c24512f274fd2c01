"""More filters: a modal over a listing, applied to it in place."""

import pytest

from bot.lifecycle import Bot
from bot.query import MAX_QUERY_LENGTH
from bot.sim.slack import OpenView
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Json,
    Scene,
    about,
    both_modes,
    image,
    images,
    names,
    running,
    shown,
    title,
)


def inputs(view: OpenView) -> dict[str, Json]:
    return {b["block_id"]: b["element"] for b in view.blocks if b["type"] == "input"}


def mixed() -> list[Json]:
    return [
        image("web", status="active", size=5 * 10**9, os_distro="rocky"),
        image("web-large", status="queued", size=50 * 10**9, os_distro="rocky"),
        image("db", status="active", size=50 * 10**9, os_distro="alma"),
    ]


@both_modes
async def test_what_is_submitted_is_applied_in_place(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("os:rocky sort:name")
    view = await scene.opened(message, "More filters")
    changed = await scene.answer(
        scene.ada.submit(view, {"name": "web", "status": ["queued (1)"], "size": "> 10 GB"})
    )
    assert changed is message
    assert names(message) == ["web-large"]
    assert about(message).endswith("Query: web os:rocky status:queued size:>10GB sort:name")
    assert view.closed
    assert len(scene.ada.messages(CHANNEL)) == 1


async def test_it_has_name_status_and_every_bound(scene: Scene) -> None:
    scene.scp.images = mixed()
    view = await scene.opened(await scene.command(), "More filters")
    assert list(inputs(view)) == ["name", "status", "created", "updated", "waiting", "size"]
    offered = [o["text"]["text"] for o in inputs(view)["status"]["options"]]
    assert offered == ["active (2)", "queued (1)"]


async def test_it_is_filled_with_what_the_query_says(scene: Scene) -> None:
    scene.scp.images = mixed()
    query = '"web server" -test status:queued created:>1d updated:<4w size:>10GB size:<1TB'
    view = await scene.opened(await scene.command(query), "More filters")
    filled = inputs(view)
    assert filled["name"]["initial_value"] == '"web server" -test'
    assert [o["value"] for o in filled["status"]["initial_options"]] == ["=queued"]
    assert filled["created"]["initial_value"] == ">1d"
    assert filled["updated"]["initial_value"] == "<4w"
    assert filled["size"]["initial_value"] == ">10GB <1TB"


async def test_submitted_unchanged_it_changes_nothing(scene: Scene) -> None:
    scene.scp.images = mixed()
    query = "web status:active size:>1GB sort:-size"
    message = await scene.command(query)
    await scene.answer(scene.ada.submit(await scene.opened(message, "More filters")))
    assert about(message).endswith(f"Query: {query}")


async def test_an_emptied_field_takes_its_filter_away(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("web status:active size:>1GB os:rocky")
    view = await scene.opened(message, "More filters")
    await scene.answer(scene.ada.submit(view, {"name": None, "status": [], "size": None}))
    assert about(message).endswith("Query: os:rocky")


@both_modes
async def test_each_wrong_field_is_told_at_that_field_and_nothing_applied(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command()
    view = await scene.opened(message, "More filters")
    result = await scene.ada.submit(
        view, {"name": "os:rocky", "created": "30d", "updated": ">1y", "size": ">5GB"}
    )
    assert result.errors.keys() == {"name", "created", "updated"}
    assert "Only words go here" in result.errors["name"]
    assert not view.closed
    assert message.edits == 0
    await scene.answer(scene.ada.submit(view, {"name": "web", "created": None, "updated": None}))
    assert names(message) == ["web-large"]


async def test_it_opens_without_statuses_where_scp_fails(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("web")
    async with running(scene.settings, scene.slack):
        scene.scp.fail("iam")
        view = await scene.opened(message, "More filters")
    assert list(inputs(view)) == ["name", "created", "updated", "waiting", "size"]


async def test_a_failing_scp_leaves_the_listing_and_is_told_beside_it(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command()
    view = await scene.opened(message, "More filters")
    async with running(scene.settings, scene.slack):
        scene.scp.fail("iam")
        answer = await scene.answer(scene.ada.submit(view, {"name": "web"}))
        assert "The bot lacks a permission" in shown(answer)
        assert title(message) == "3 pending images"
        scene.scp.heal()
        await scene.press(answer, "Try again")
    assert names(answer) == ["web", "web-large"]


@both_modes
async def test_it_works_after_a_restart(scene: Scene, bot: Bot) -> None:
    scene.scp.images = mixed()
    message = await scene.command()
    view = await scene.opened(message, "More filters")
    await bot.stop()
    async with running(scene.settings, scene.slack):
        await scene.answer(scene.ada.submit(view, {"name": "db"}))
    assert names(message) == ["db"]


@pytest.mark.parametrize("error", ["expired_url", "used_url"])
async def test_a_list_too_old_to_change_is_told_with_a_way_on(scene: Scene, error: str) -> None:
    scene.scp.images = mixed()
    message = await scene.command()
    view = await scene.opened(message, "More filters")
    scene.slack.fail("response_url", error=error, status=404)
    answer = await scene.answer(scene.ada.submit(view, {"name": "db"}))
    assert (answer.channel_id, answer.ephemeral_to) == (CHANNEL, scene.ada.id)
    assert "too old for Slack to change" in shown(answer)
    opened = await scene.press(answer, "Open the list")
    assert names(opened) == ["db"]


async def test_where_the_bot_is_no_member_a_list_too_old_is_told_directly(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command(channel=ELSEWHERE)
    view = await scene.opened(message, "More filters")
    hour_later = scene.slack.clock() + 3600
    scene.slack.clock = lambda: hour_later
    answer = await scene.answer(scene.ada.submit(view, {"name": "db"}))
    assert answer.channel_id == "D0SIM0001"
    assert "too old for Slack to change" in shown(answer)
    opened = await scene.press(answer, "Open the list")
    assert names(opened) == ["db"]


async def test_an_expired_trigger_is_told(scene: Scene) -> None:
    message = await scene.command()
    scene.slack.fail("views.open", error="expired_trigger_id")
    assert "press the button again" in shown(await scene.press(message, "More filters"))


async def test_a_submission_of_another_release_is_told_directly(scene: Scene) -> None:
    scene.scp.images = images(1)
    view = await scene.opened(await scene.command(), "More filters")
    view.content["private_metadata"] = '["pi0~x","C","https://old"]'
    answer = await scene.answer(scene.ada.submit(view, {"name": "db"}))
    assert answer.channel_id == "D0SIM0001"
    assert "out of date" in shown(answer)


async def test_a_modal_of_another_release_is_told_directly(scene: Scene) -> None:
    view = await scene.opened(await scene.command(), "More filters")
    view.content["callback_id"] = "filters-of-old"
    answer = await scene.answer(scene.ada.submit(view, {"name": "db"}))
    assert "out of date" in shown(answer)


async def test_filters_that_make_the_query_too_long_are_told_at_the_name(scene: Scene) -> None:
    message = await scene.command("-" + "x" * (MAX_QUERY_LENGTH - 20) + " os:rocky")
    view = await scene.opened(message, "More filters")
    result = await scene.ada.submit(view, {"created": ">30d", "size": ">10GB"})
    assert result.errors.keys() == {"name"}
    assert "too long" in result.errors["name"]


async def test_odd_statuses_survive_the_modal(scene: Scene) -> None:
    scene.scp.images = [image("odd", status='a<b>&"c,d'), image("other")]
    message = await scene.command()
    view = await scene.opened(message, "More filters")
    label = next(
        o["text"]["text"] for o in inputs(view)["status"]["options"] if "a<b" in str(o["text"])
    )
    await scene.answer(scene.ada.submit(view, {"status": [label]}))
    assert names(message) == ["odd"]
    view = await scene.opened(message, "More filters")
    assert [o["text"]["text"] for o in inputs(view)["status"]["initial_options"]] == [label]

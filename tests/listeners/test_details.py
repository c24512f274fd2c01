"""Details: a modal with every field of one image."""

import pytest
import structlog

from tests.listeners.scene import (
    CHANNEL,
    Json,
    Scene,
    both_modes,
    image,
    images,
    running,
    shown,
    texts,
)


@both_modes
async def test_a_loading_view_opens_first_and_is_filled_then(scene: Scene) -> None:
    scene.scp.images = images(2)
    view = await scene.opened(await scene.command(), "Details", 1)
    (opened,) = scene.calls("views.open")
    assert "Loading" in str(texts(opened["view"]["blocks"]))
    assert [c.method for c in scene.slack.calls[-2:]] == ["views.open", "views.update"]
    assert texts(view.blocks)[0] == "image-002"


async def test_the_window_opens_while_scp_is_slow(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    async with running(scene.settings, scene.slack):
        scene.scp.latency_seconds = 0.1
        await scene.ada.press(message, label="Details")
        await scene.slack.wait_for(lambda: scene.slack.views_of(scene.ada.id))
        assert scene.lists() == [""]
        assert "image-001" in shown(await scene.filled())


async def test_every_field_is_shown_in_readable_form(scene: Scene) -> None:
    one = image(
        "web",
        size=2_400_000_000,
        created_at="2025-07-22T09:00:00Z",
        checksum="0123abc",
        os_hash_value="feedface",
        scp_k8s_version="v1.30.4",
        scp_gpu_driver="570.1",
        min_disk=20,
        protected=True,
        url="https://store/image",
        volumes='[{"device_name":"/dev/vda","volume_size":100,"boot_index":0}]',
    )
    scene.scp.images = [one]
    said = shown(await scene.opened(await scene.command(), "Details"))
    for text in (
        str(one["id"]),
        "2.4 GB (2,400,000,000 bytes)",
        "sent as ",
        "2025-07-22T09:00:00Z",
        "0123abc",
        "feedface",
        "v1.30.4",
        "570.1",
        "20 GB",
        "https://store/image",
        "/dev/vda",
        "our-account",
    ):
        assert text in said


async def test_ids_can_be_copied_as_code(scene: Scene) -> None:
    scene.scp.images = images(1)
    view = await scene.opened(await scene.command(), "Details")
    assert scene.scp.images[0]["id"] in list(_code(view.blocks))


async def test_an_image_that_is_gone_is_said_to_be(scene: Scene) -> None:
    scene.scp.images = images(2)
    message = await scene.command()
    gone = str(scene.scp.images[0]["id"])
    scene.scp.withdraw(gone)
    async with running(scene.settings, scene.slack):
        view = await scene.opened(message, "Details", 0)
    assert "no longer pending" in shown(view)
    assert gone in shown(view)


async def test_an_image_newer_than_the_cache_is_found(scene: Scene) -> None:
    """The message may come from another replica, whose list was newer."""
    scene.scp.images = images(1)
    await scene.command()
    first = scene.slack.events_url
    scene.scp.images = images(2)
    async with running(scene.settings, scene.slack):
        message = await scene.command()
        scene.slack.events_url = first
        view = await scene.opened(message, "Details", 1)
    assert texts(view.blocks)[0] == "image-002"


@pytest.mark.parametrize("image_id", ["a<b>&c", "i" * 600, "\u202egnp", "id~sha256~"])
async def test_odd_ids_lead_to_their_image(scene: Scene, image_id: str) -> None:
    scene.scp.images = [image("odd", id=image_id), image("other")]
    view = await scene.opened(await scene.command("odd"), "Details")
    assert texts(view.blocks)[0] == "odd"


async def test_a_failing_scp_is_told_in_the_window(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    async with running(scene.settings, scene.slack):
        scene.scp.fail("iam")
        view = await scene.opened(message, "Details")
    assert "The bot lacks a permission in Samsung Cloud" in shown(view)
    assert "virtualserver:ListPendingImages" in shown(view)


@both_modes
async def test_an_expired_trigger_is_told_beside_the_list(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    scene.slack.fail("views.open", error="expired_trigger_id")
    answer = await scene.press(message, "Details")
    assert answer is not message
    assert answer.ephemeral_to == scene.ada.id
    assert "press the button again" in shown(answer)


async def test_a_window_closed_meanwhile_is_nobodys_error(
    scene: Scene, logs: list[structlog.typing.EventDict]
) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    async with running(scene.settings, scene.slack):
        scene.scp.latency_seconds = 0.05
        await scene.ada.press(message, label="Details")
        await scene.slack.wait_for(lambda: scene.slack.views_of(scene.ada.id))
        await scene.ada.close(scene.slack.views_of(scene.ada.id)[0])
        await scene.slack.wait_for(lambda: scene.slack.calls[-1].method == "views.update")
    assert len(scene.ada.messages(CHANNEL)) == 1
    assert "view closed before it was filled" in [entry["event"] for entry in logs]


async def test_a_window_that_cannot_be_filled_is_told(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    scene.slack.fail("views.update", error="internal_error")
    answer = await scene.press(message, "Details")
    assert "Slack did not update a window: internal_error" in shown(answer)


async def test_details_are_read_from_the_cache(scene: Scene) -> None:
    scene.scp.images = images(1)
    await scene.opened(await scene.command(), "Details")
    assert scene.lists() == [""]


async def test_a_double_click_opens_one_window(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    await scene.ada.press(message, label="Details")
    await scene.ada.press(message, label="Details")
    await scene.slack.wait_for(
        lambda: [c.method for c in scene.slack.calls].count("views.update") == 2
    )
    assert len(scene.slack.views_of(scene.ada.id)) == 1


def _code(value: object) -> list[str]:
    """Every text styled as code."""
    if isinstance(value, list):
        return [text for item in value for text in _code(item)]
    if not isinstance(value, dict):
        return []
    element: Json = value
    own = [element["text"]] if element.get("style") == {"code": True} else []
    return own + [text for item in element.values() for text in _code(item)]

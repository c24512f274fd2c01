"""Whatever the cloud holds: no limit of Slack is touched, nothing comes alive, all stays reachable.

The simulated Slack refuses what is over a limit, and the fixtures fail on every such refusal.
"""

import re

import pytest

from bot.sim.hostile import hostile_images
from bot.sim.slack import Message, OpenView
from bot.sim.slack.markup import Markup, active_markup
from tests.listeners.scene import (
    Json,
    Scene,
    about,
    image,
    images,
    labels,
    menu,
    names,
    shown,
    title,
)

BULKY = ("x" * 5000, "&<>" * 1700, "\U0001f680" * 5000, "한" * 5000, "\u202e\x00\ud800" * 1700)
TEXTS = (
    "name",
    "status",
    "scp_image_type",
    "scp_original_image_type",
    "os_distro",
    "scp_os_version",
    "scp_os_build_version",
    "scp_k8s_version",
    "scp_gpu_driver",
    "owner",
    "owner_account_name",
    "owner_user_name",
    "created_at",
    "updated_at",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "visibility",
    "container_format",
    "disk_format",
    "root_device_name",
    "file",
    "url",
    "volumes",
)
OWN_DATE = re.compile(
    r"<!date\^-?\d+\^(\{date_short_pretty\} \{time\}|\{time_secs\})"
    r"\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>|-?\d+"
)
OWN = {
    ("bold", "*Not active:*"),
    ("bold", "*Clear*"),
    ("emoji", ":warning:"),
    ("user", "<@U0SIM0001>"),
    ("bold", "*What it is*"),
    ("bold", "*Operating system*"),
    ("bold", "*Size*"),
    ("bold", "*Owner and times*"),
    ("bold", "*Integrity*"),
    ("bold", "*Technical*"),
}
"""All that the bot itself makes live in lists and details."""


def bulky(count: int) -> list[Json]:
    """Images of which every text is 5,000 characters long and no two are alike."""
    return [
        image(**{field: f"{n}{BULKY[n % len(BULKY)]}"[:5000] for field in TEXTS})
        for n in range(count)
    ]


def foreign(target: Message | OpenView, text: str = "") -> list[Markup]:
    """What is live and was not made so by the bot."""
    return [
        found
        for found in active_markup(target.blocks, text)
        if (found.kind, found.source) not in OWN
        and not (found.kind == "date" and OWN_DATE.fullmatch(found.source))
    ]


@pytest.mark.parametrize("count", [0, 1, 50, 101, 5000])
async def test_a_list_of_any_length_keeps_all_limits(scene: Scene, count: int) -> None:
    scene.scp.images = images(count)
    message = await scene.command("-nothing")
    while "Last" in labels(message.blocks):
        await scene.press(message, "Last")
    assert names(message)[-1:] == ([f"image-{count:03}"] if count else [])
    await scene.press(message, "Share to channel")


@pytest.mark.parametrize("count", [1, 50, 101])
async def test_texts_of_5000_characters_keep_all_limits(scene: Scene, count: int) -> None:
    scene.scp.images = bulky(count)
    message = await scene.command("sort:name")
    for label in ("More filters", "Details"):
        await scene.ada.close(await scene.opened(message, label))
    await scene.press(message, "Share to channel")
    for field in ("type", "original", "os", "owner"):
        if menu(message, field)["type"] == "external_select":
            await scene.ada.suggest(message, menu(message, field)["action_id"], "")


async def test_every_one_of_101_images_is_on_a_page(scene: Scene) -> None:
    scene.scp.images = images(101)
    message = await scene.command()
    seen = names(message)
    while "Next" in labels(message.blocks):
        await scene.press(message, "Next")
        seen += names(message)
    assert seen == [f"image-{n:03}" for n in range(1, 102)]


async def test_the_details_of_bulky_images_keep_all_limits(scene: Scene) -> None:
    scene.scp.images = bulky(5)
    message = await scene.command()
    for number in range(5):
        view = await scene.opened(message, "Details", number)
        assert "characters in all" in shown(view)
        await scene.ada.close(view)


async def test_a_long_list_of_unreadable_images_keeps_all_limits(scene: Scene) -> None:
    scene.scp.images = [{"id": f"{n}" + "<" * 5000, "size": "x"} for n in range(500)]
    message = await scene.command()
    assert "500 images could not be read" in shown(message)


async def test_hostile_texts_stay_text_in_lists_and_details(scene: Scene) -> None:
    scene.scp.images = hostile_images()
    message = await scene.command()
    found = foreign(message, message.text)
    seen = len(names(message))
    while True:
        for number in range(len(names(message))):
            view = await scene.opened(message, "Details", number)
            found += foreign(view)
            await scene.ada.close(view)
        if "Next" not in labels(message.blocks):
            break
        await scene.press(message, "Next")
        found += foreign(message, message.text)
        seen += len(names(message))
    assert found == []
    assert seen == len(scene.scp.images)


async def test_hostile_texts_stay_text_in_a_shared_list(scene: Scene) -> None:
    scene.scp.images = hostile_images()
    message = await scene.command("sort:name")
    pages = 0
    while True:
        shared = await scene.press(message, "Share to channel")
        assert foreign(shared, shared.text) == []
        pages += 1
        if "Next" not in labels(message.blocks):
            break
        await scene.press(message, "Next")
    assert pages == -(-len(scene.scp.images) // 10)


async def test_hostile_texts_stay_text_in_failures(scene: Scene) -> None:
    said = "<!channel> *bold* <https://evil.example|ok> @here `code` :smile:"
    for detail in (said, [said], {"a": said}):
        scene.scp.fail("redirect", 1, location=str(detail))
        message = await scene.command()
        assert "<!channel>" in shown(message)
        own = ("bold", "*Something other than the API answered*")
        live = [m for m in foreign(message, message.text) if (m.kind, m.source) != own]
        assert live == []


async def test_every_option_of_hostile_values_filters_by_its_value(scene: Scene) -> None:
    scene.scp.images = hostile_images()
    message = await scene.command()
    *offered, rest = menu(message, "os")["options"][1:]
    assert len(offered) > 20
    assert "more cannot be offered here" in rest["text"]["text"]
    await scene.choose(message, "os", rest["value"])
    assert title(message) == "60 pending images"
    for option in offered:
        count = str(option["text"]["text"]).rpartition("(")[2].rstrip(")")
        await scene.choose(message, "os", option["value"])
        assert title(message).startswith(f"{count} of "), about(message)
        await scene.press(message, "Clear")

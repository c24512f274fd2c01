"""Menus, pages, Clear and Refresh: each changes the message in place, from the message alone."""

import pytest

from bot.query import MAX_QUERY_LENGTH
from tests.listeners.scene import (
    CHANNEL,
    Scene,
    about,
    both_modes,
    current,
    image,
    images,
    labels,
    menu,
    mixed,
    names,
    options,
    running,
    settings_for,
    shown,
    title,
)


@both_modes
async def test_a_menu_filters_in_place(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command()
    changed = await scene.choose(message, "os", "alma (2)")
    assert changed is message
    assert len(scene.ada.messages(CHANNEL)) == 1
    assert title(message) == "2 of 3 match"
    assert sorted(names(message)) == ["three", "two"]
    assert current(message, "os") == "alma (2)"
    assert message.ephemeral_to == scene.ada.id


@pytest.mark.parametrize(
    ("field", "label", "query"),
    [
        ("type", "k8s (1)", "type:k8s"),
        ("original", "standard (3)", "original:standard"),
        ("os", "rocky (1)", "os:rocky"),
        ("owner", "AccountName (3)", "owner:a8f10467abfc4b87b64614ab36eb9ae4"),
    ],
)
async def test_each_menu_filters_by_its_field(
    scene: Scene, field: str, label: str, query: str
) -> None:
    scene.scp.images = mixed()
    message = await scene.choose(await scene.command(), field, label)
    assert about(message).endswith(f"Query: {query}")


async def test_filters_of_several_menus_add_up_and_each_can_be_taken_back(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("-nothing")
    await scene.choose(message, "type", "custom (2)")
    await scene.choose(message, "os", "alma (1)")
    assert names(message) == ["two"]
    await scene.choose(message, "type", "Any image type")
    assert sorted(names(message)) == ["three", "two"]
    assert about(message).endswith("Query: -nothing os:alma")


async def test_a_type_chosen_in_a_menu_is_filtered_by_scp(scene: Scene) -> None:
    scene.scp.images = mixed()
    await scene.choose(await scene.command(), "type", "k8s (1)")
    assert scene.lists() == ["", "?scp_image_type=k8s"]


@pytest.mark.parametrize(
    ("label", "order"),
    [
        ("Largest first", ["two", "three", "one"]),
        ("Smallest first", ["one", "three", "two"]),
        ("Name A to Z", ["one", "three", "two"]),
        ("Name Z to A", ["two", "three", "one"]),
    ],
)
async def test_the_sort_menu_sorts_in_place(scene: Scene, label: str, order: list[str]) -> None:
    scene.scp.images = mixed()
    message = await scene.choose(await scene.command("-nothing"), "sort", label)
    assert names(message) == order
    assert current(message, "sort") == label


async def test_newest_comes_first_unless_told(scene: Scene) -> None:
    scene.scp.images = [
        image("old", created_at="2024-01-01T00:00:00Z"),
        image("new", created_at="2025-01-01T00:00:00Z"),
    ]
    message = await scene.command()
    assert names(message) == ["new", "old"]
    await scene.choose(message, "sort", "Oldest first")
    assert names(message) == ["old", "new"]


async def test_clear_takes_all_filters_and_the_order_away(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("two os:alma sort:name")
    await scene.press(message, "Clear")
    assert title(message) == "3 pending images"
    assert about(message).endswith("No filters")
    assert current(message, "sort") == "Newest first"
    assert "Clear" not in labels(message.blocks)


@both_modes
async def test_refresh_bypasses_the_cache_and_keeps_the_query(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command("o")
    scene.scp.withdraw(str(scene.scp.images[0]["id"]))
    await scene.press(message, "Refresh")
    assert names(message) == ["two"]
    assert about(message).endswith("Query: o")
    assert scene.lists() == ["", ""]


async def test_menus_and_pages_are_answered_from_the_cache(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    await scene.press(message, "Next")
    await scene.choose(message, "sort", "Name A to Z")
    assert scene.lists() == [""]


@both_modes
async def test_pages_turn_in_place_and_every_image_is_on_one(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    seen = names(message)
    assert "Page 1 of 3 · images 1 to 10 of 23" in shown(message)
    for _ in range(2):
        await scene.press(message, "Next")
        seen += names(message)
    assert seen == [f"image-{n:03}" for n in range(1, 24)]
    assert "Page 3 of 3 · images 21 to 23 of 23" in shown(message)
    assert len(scene.ada.messages(CHANNEL)) == 1


async def test_first_previous_next_and_last_lead_where_they_say(scene: Scene) -> None:
    scene.scp.images = images(45)
    message = await scene.command("image")
    for label, page in (("Last", 5), ("Previous", 4), ("First", 1), ("Next", 2)):
        await scene.press(message, label)
        assert f"Page {page} of 5" in shown(message)
    assert about(message).endswith("Query: image")


async def test_a_page_that_is_no_more_shows_the_last_there_is(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    await scene.press(message, "Last")
    del scene.scp.images[11:]
    await scene.press(message, "Refresh")
    assert names(message) == ["image-011"]
    assert "Page 2 of 2" in shown(message)


async def test_a_filter_goes_back_to_the_first_page(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    await scene.press(message, "Last")
    await scene.choose(message, "os", options(message, "os")[1])
    assert "Page 1 of 3" in shown(message)


def long_query() -> str:
    """Words up to the longest query there may be, with signs that Slack escapes in it."""
    words = '"a<&> b" sort:name -{}'
    return words.format("x" * (MAX_QUERY_LENGTH - len(words) + 2))


@both_modes
async def test_the_longest_query_survives_menus_and_buttons(scene: Scene) -> None:
    scene.scp.images = [image("a<&> b"), image("a<&> b too", os_distro="rocky"), image("other")]
    message = await scene.command(long_query())
    assert names(message) == ["a<&> b", "a<&> b too"]
    await scene.choose(message, "sort", "Name Z to A")
    assert names(message) == ["a<&> b too", "a<&> b"]
    await scene.press(message, "Refresh")
    assert names(message) == ["a<&> b too", "a<&> b"]


async def test_a_menu_offers_nothing_that_the_longest_query_has_no_room_for(scene: Scene) -> None:
    scene.scp.images = mixed()
    message = await scene.command(long_query())
    count = len({image["os_distro"] for image in mixed()})
    assert options(message, "os") == ["Any OS", f"{count} more cannot be offered here"]


async def test_a_choice_that_makes_the_query_too_long_is_told(scene: Scene) -> None:
    scene.scp.images = [image(f"{n}", os_distro=f"system-{n}") for n in range(120)]
    text = '"' + "x" * (MAX_QUERY_LENGTH - 5) + '"'
    message = await scene.command(text)
    action_id = menu(message, "os")["action_id"]
    answer = await scene.answer(
        scene.ada.choose_suggested(message, action_id, "system-7", "system-7 (1)")
    )
    assert answer is not message
    assert "characters" in shown(answer)


async def test_a_query_that_is_too_long_is_told_and_nothing_fetched(scene: Scene) -> None:
    message = await scene.command("x" * (MAX_QUERY_LENGTH + 1))
    assert str(MAX_QUERY_LENGTH) in shown(message)
    assert scene.scp.requests == []


@both_modes
async def test_more_than_100_owners_can_be_searched_and_chosen(scene: Scene) -> None:
    scene.scp.images = [
        image(f"image {n}", owner=f"id-{n:03}", owner_account_name=f"Owner {n:03}")
        for n in range(150)
    ]
    message = await scene.command()
    action_id = menu(message, "owner")["action_id"]
    everything = await scene.ada.suggest(message, action_id, "")
    assert everything[0]["text"]["text"] == "Any owner"
    assert everything[-1]["text"]["text"] == "… 52 more: type to narrow"
    found = await scene.ada.suggest(message, action_id, "OWNER 14")
    assert len(found) == 10
    await scene.answer(scene.ada.choose_suggested(message, action_id, "149", "Owner 149 (1)"))
    assert names(message) == ["image 149"]
    assert menu(message, "owner")["initial_option"]["text"]["text"] == "Owner 149 (1)"


async def test_the_option_that_tells_of_more_changes_nothing(scene: Scene) -> None:
    scene.scp.images = [image(f"image {n}", owner=f"id-{n:03}") for n in range(150)]
    message = await scene.command("image")
    action_id = menu(message, "owner")["action_id"]
    await scene.answer(
        scene.ada.choose_suggested(message, action_id, "", "… 52 more: type to narrow")
    )
    assert about(message).endswith("Query: image")


async def test_a_menu_offers_nothing_of_its_own_while_scp_fails(scene: Scene) -> None:
    scene.scp.images = [image(owner=f"id-{n:03}") for n in range(150)]
    message = await scene.command()
    async with running(settings_for(scene.scp, scene.slack), scene.slack):
        scene.scp.fail("iam")
        offered = await scene.ada.suggest(message, menu(message, "owner")["action_id"], "")
        assert [option["text"]["text"] for option in offered] == ["Any owner"]


async def test_a_menu_of_another_release_offers_nothing(scene: Scene) -> None:
    blocks = [
        {
            "type": "actions",
            "block_id": "pi0~x",
            "elements": [
                {
                    "type": "external_select",
                    "action_id": "menu.owner~",
                    "min_query_length": 0,
                    "placeholder": {"type": "plain_text", "text": "Any"},
                }
            ],
        }
    ]
    message = scene.slack.plant(CHANNEL, "old", blocks, ephemeral_to=scene.ada.id)
    assert await scene.ada.suggest(message, "menu.owner~", "") == []


@pytest.mark.parametrize("count", [20, 21])
async def test_a_list_that_scp_may_have_cut_is_told_and_shared_so(scene: Scene, count: int) -> None:
    scene.scp.images = images(count)
    said = "SCP sent exactly 20 images: it may have cut the list."
    message = await scene.command()
    assert (said in shown(message)) == (count == 20)
    shared = await scene.press(message, "Share to channel")
    assert not shared.ephemeral
    assert (said in shown(shared)) == (count == 20)


async def test_a_mistyped_status_is_answered_with_the_nearest_there_is(scene: Scene) -> None:
    scene.scp.images = images(3, status="active")
    message = await scene.command("status:activ")
    assert "Did you mean status:active?" in shown(message)
    assert "Did you mean" not in shown(await scene.command("status:active nowhere"))

"""What ``/pending-images`` answers."""

import pytest

from bot.query import HELP_EXAMPLES
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    ELSEWHERE,
    Scene,
    about,
    both_modes,
    image,
    images,
    labels,
    menu,
    names,
    options,
    running,
    settings_for,
    shown,
    texts,
    title,
    together,
)


@both_modes
async def test_the_answer_is_ephemeral(scene: Scene) -> None:
    scene.scp.images = images(3)
    message = await scene.command()
    assert message.ephemeral_to == scene.ada.id
    assert names(message) == ["image-001", "image-002", "image-003"]


async def test_the_answer_reaches_a_channel_without_the_bot(scene: Scene) -> None:
    message = await scene.command(channel=ELSEWHERE)
    assert (message.channel_id, message.ephemeral_to) == (ELSEWHERE, scene.ada.id)


@pytest.mark.parametrize(
    ("count", "query", "said"),
    [
        (23, "", "23 pending images"),
        (1, "", "1 pending image"),
        (23, "image-02", "4 of 23 match"),
        (23, "nothing-of-that-name", "None of 23 match"),
        (0, "", "No pending images"),
        (0, "web", "No pending images"),
        (1500, "", "1,500 pending images"),
    ],
)
async def test_the_header_counts(scene: Scene, count: int, query: str, said: str) -> None:
    scene.scp.images = images(count)
    assert title(await scene.command(query)) == said


async def test_the_context_line_has_account_region_version_age_and_query(scene: Scene) -> None:
    scene.scp.images = images(3)
    line = about(await scene.command("IMAGE  sort:-size"))
    account, age, query = line.split(" | ")
    assert account == "Account our-account · kr-west1, environment e · API 1.3"
    assert age.startswith("As of <!date^")
    assert age.endswith("0 seconds old when shown")
    assert query == "Query: IMAGE sort:-size"


async def test_the_context_line_says_that_there_are_no_filters(scene: Scene) -> None:
    assert about(await scene.command()).endswith("| No filters")


async def test_a_card_has_name_type_os_size_owner_and_dates(scene: Scene) -> None:
    scene.scp.images = [
        image(
            "web",
            scp_image_type="gpu_custom",
            scp_original_image_type="gpu_standard",
            os_distro="ubuntu",
            scp_os_version="22.04",
            size=2_400_000_000,
            owner_account_name="Acme",
            owner_user_name="eve@example.com",
            created_at="2025-07-22T09:00:00Z",
            updated_at="2025-07-23T09:00:00Z",
        )
    ]
    message = await scene.command()
    card = next(n for n, b in enumerate(message.blocks) if "accessory" in b)
    facts, dates = texts(message.blocks[card + 1])
    for fact in (
        "gpu_custom (from gpu_standard)",
        "ubuntu 22.04",
        "2.4 GB",
        "Acme",
        "eve@example.com",
    ):
        assert fact in facts
    assert "created <!date^1753174800^{date_short_pretty} {time}|2025-07-22 09:00 UTC>" in dates
    assert "updated <!date^1753261200^" in dates


async def test_the_menus_offer_what_is_there_with_counts(scene: Scene) -> None:
    scene.scp.images = [
        *images(
            2, scp_image_type="custom", os_distro="rocky", owner="o1", owner_account_name="Acme"
        ),
        *images(1, scp_image_type="k8s", os_distro="alma", owner="o2", owner_account_name=None),
    ]
    message = await scene.command()
    assert options(message, "type") == ["Any image type", "custom (2)", "k8s (1)"]
    assert options(message, "os") == ["Any OS", "rocky (2)", "alma (1)"]
    assert options(message, "owner") == ["Any owner", "Acme (2)", "o2 (1)"]
    assert menu(message, "original")["initial_option"]["text"]["text"] == "Any original type"
    assert "Newest first" in options(message, "sort")


async def test_there_are_buttons_for_more_filters_refresh_share_and_details(scene: Scene) -> None:
    scene.scp.images = images(1)
    message = await scene.command()
    assert labels(message.blocks) == [
        "More filters",
        "Refresh",
        "Share to channel",
        "Make this a digest",
        "Details",
        "Claim",
        "Snooze",
        "Note",
    ]


async def test_an_empty_list_has_its_own_wording(scene: Scene) -> None:
    message = await scene.command()
    assert "Nothing waits for a decision" in shown(message)
    assert labels(message.blocks) == [
        "More filters",
        "Refresh",
        "Share to channel",
        "Make this a digest",
    ]


async def test_an_empty_match_has_its_own_wording(scene: Scene) -> None:
    scene.scp.images = images(3)
    message = await scene.command("nowhere")
    assert "No pending image matches these filters. Press *Clear* to see all 3" in shown(message)
    assert "Clear" in labels(message.blocks)


async def test_a_partly_readable_list_shows_the_rest_and_names_what_is_not(scene: Scene) -> None:
    scene.scp.images = [*images(2), {"id": "broken-one", "size": "much"}, {"id": None}]
    message = await scene.command()
    assert title(message) == "4 pending images"
    assert names(message) == ["image-001", "image-002"]
    assert "2 images could not be read: broken-one, 1 more" in shown(message)


async def test_entries_that_are_no_images_at_all_hide_none_that_are(scene: Scene) -> None:
    entries: list[object] = [5, None, "x", [], {"id": 5}, image("whole")]
    scene.scp.fail("wrong_shape", body={"images": entries})
    message = await scene.command()
    assert names(message) == ["whole"]
    assert "5 images could not be read" in shown(message)


async def test_a_list_of_which_nothing_can_be_read_says_so(scene: Scene) -> None:
    scene.scp.images = [{"id": "broken-one", "size": "much"}]
    message = await scene.command()
    assert "None of them can be read" in shown(message)
    assert "broken-one" in shown(message)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", ""),
        ("type:custom", "?scp_image_type=custom"),
        ("original:standard", "?scp_original_image_type=standard"),
        (
            "type:k8s original:k8s_gpu",
            "?scp_image_type=k8s&scp_original_image_type=k8s_gpu",
        ),
        ("type:custom,k8s", ""),
        ("-type:custom", ""),
        ("type:none", ""),
        ("os:ubuntu owner:acme status:active", ""),
        ("custom", ""),
    ],
)
async def test_scp_filters_exactly_where_a_query_names_one_type(
    scene: Scene, query: str, sent: str
) -> None:
    await scene.command(query)
    assert scene.lists() == [sent]


async def test_after_a_filter_of_scp_the_menus_still_offer_what_it_hides(scene: Scene) -> None:
    scene.scp.images = [*images(2), image(scp_image_type="k8s")]
    await scene.command()
    message = await scene.command("type:k8s")
    assert title(message) == "1 of 3 matches"
    assert options(message, "type") == ["Any image type", "custom (2)", "k8s (1)"]


async def test_an_older_total_is_not_told_of_a_newer_list(scene: Scene) -> None:
    """An empty queue seen before must not turn a filtered miss into an all-clear."""
    settings = settings_for(scene.scp, scene.slack, scp_cache_seconds=0)
    async with running(settings, scene.slack):
        assert title(await scene.command()) == "No pending images"
        scene.scp.images = images(20, scp_image_type="standard")
        message = await scene.command("type:custom")
        assert title(message) == "No pending image matches"
        assert "accepted or rejected" not in shown(message)


async def test_refresh_tells_no_total_of_before(scene: Scene) -> None:
    await scene.command()
    scene.scp.images = images(20, scp_image_type="standard")
    message = await scene.command("type:custom")
    await scene.press(message, "Refresh")
    assert title(message) == "No pending image matches"
    assert "accepted or rejected" not in shown(message)


async def test_where_the_total_is_not_known_the_header_does_not_claim_one(scene: Scene) -> None:
    scene.scp.images = [*images(2), image(scp_image_type="k8s")]
    assert title(await scene.command("type:k8s")) == "1 pending image matches"


async def test_a_query_in_any_case_finds_the_same(scene: Scene) -> None:
    scene.scp.images = [image("Web", scp_image_type="custom", os_distro="Ubuntu")]
    assert names(await scene.command("TYPE:Custom OS:uBUNTU wEB")) == ["Web"]


@pytest.mark.parametrize(
    ("typed", "what", "nearest"),
    [
        ("tpye:custom", "tpye", "type:custom"),
        ("created:30d", "created", "created:>30d"),
        ("sort:nmae", "nmae", "sort:name"),
        ('"open', "quote", ""),
        ("size:>10XB", "XB", ""),
    ],
)
async def test_a_mistake_is_explained_and_nothing_fetched(
    scene: Scene, typed: str, what: str, nearest: str
) -> None:
    message = await scene.command(typed)
    assert message.ephemeral_to == scene.ada.id
    assert what in shown(message)
    assert nearest in shown(message)
    assert "Nothing was fetched" in shown(message)
    assert scene.scp.requests == []


@both_modes
async def test_help_shows_every_form_and_fetches_nothing(scene: Scene) -> None:
    said = shown(await scene.command("  HELP "))
    assert [row.example for row in HELP_EXAMPLES if row.example not in said] == []
    assert scene.scp.requests == []


async def test_signs_that_slack_escapes_mean_what_was_typed(scene: Scene) -> None:
    scene.scp.images = [image("a&b <c>"), image("&lt;"), image("big", size=20_000_000_000)]
    assert names(await scene.command('"a&b <c>"')) == ["a&b <c>"]
    assert names(await scene.command("&lt;")) == ["&lt;"]
    assert names(await scene.command("size:>10GB")) == ["big"]


async def test_a_mistake_with_markup_in_it_stays_text(scene: Scene) -> None:
    message = await scene.command("<!channel>:x *bold* @here")
    assert "<!channel>:x *bold* @here" in shown(message)
    assert "<!channel>" not in message.text


async def test_text_always_accompanies_the_blocks(scene: Scene) -> None:
    scene.scp.images = images(23)
    message = await scene.command()
    assert message.text == "23 pending images - list of pending images, page 1 of 3"


@both_modes
async def test_200_commands_at_once_are_one_fetch(scene: Scene) -> None:
    scene.scp.images = images(1)
    scene.scp.latency_seconds = 0.05
    await together(*(scene.ada.command(COMMAND, "", CHANNEL) for _ in range(200)))
    await scene.slack.wait_for(lambda: len(scene.ada.messages(CHANNEL)) == 200)
    assert scene.lists() == [""]


@both_modes
async def test_the_ack_comes_before_scp_answers(scene: Scene) -> None:
    scene.scp.latency_seconds = 0.1
    result = await scene.ada.command(COMMAND, "", CHANNEL)
    assert (result.status, result.body) == (200, "")
    assert scene.ada.messages(CHANNEL) == []
    await scene.slack.wait_for(lambda: scene.ada.messages(CHANNEL))


async def test_the_same_command_again_is_answered_from_what_is_known(scene: Scene) -> None:
    await scene.command()
    await scene.command()
    assert scene.lists() == [""]

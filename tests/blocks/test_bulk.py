from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, details_value
from bot.blocks.inputs import FormErrors
from bot.blocks.message import Block, View
from bot.blocks.state import ListingState, StaleMessage
from bot.blocks.triage.bulk import (
    bulk_confirm_view,
    bulk_pick_view,
    read_bulk_pick,
)
from bot.blocks.triage.bulk_metadata import BulkMetadata, Picked
from bot.blocks.triage.deciding import results_view
from bot.blocks.triage.stakes import Stakes
from bot.images import PendingImage
from bot.oncall.values import Result, Triage, Triages
from tests.blocks.examples import IMAGES, NOW, QUERIES, image
from tests.blocks.limits import MARK, check_message, check_view, texts, units
from tests.blocks.triage_examples import (
    ACCEPTED,
    CLAIMED,
    RESULTS,
    STAKES,
    TRIAGES,
    UNDERWAY,
    provenance_of,
    stakes_of,
)

HERE = BulkMetadata(channel="C1", response_url="https://hooks.slack.example/1")
PICKED = st.builds(Picked, st.text(min_size=1, max_size=37) | st.just("x" * 75), st.integers(0, 99))


def shown(view: View) -> str:
    check_view(view)
    return "\n".join("".join(texts(block)) for block in view["blocks"])


def picking(images: list[PendingImage], triages: Triages | None = None) -> View:
    view = bulk_pick_view(images, CardLook(now=NOW, triages=triages or {}), HERE)
    check_view(view)
    return view


def offered(view: View) -> list[Block]:
    options: list[Block] = view["blocks"][1]["element"]["options"]
    return options


def submitted(status: str | None, *values: str) -> Any:
    verdict = None if status is None else {"value": status}
    chosen = [{"value": value} for value in values]
    return {
        "status": {"status": {"type": "radio_buttons", "selected_option": verdict}},
        "images": {"images": {"type": "multi_static_select", "selected_options": chosen}},
    }


@given(
    st.lists(PICKED, max_size=25),
    st.builds(ListingState, QUERIES, st.integers(1, 9)),
    st.sampled_from(("accepted", "rejected")),
)
def test_what_the_form_must_remember_comes_back_as_it_was(
    items: list[Picked], state: ListingState, status: Any
) -> None:
    metadata = BulkMetadata(
        channel="C012ABCDEF",
        response_url="https://hooks.slack.example/actions/" + "x" * 160,
        state=state,
        status=status,
        items=tuple(items),
    )
    text = metadata.encode()
    assert units(text) <= 3000
    assert BulkMetadata.decode(text) == metadata


@pytest.mark.parametrize(
    "text",
    ["", "{}", '["bm0", "C1", null, "accepted", 0]~pi1~1~', '["bm1", "C1", null, "accepted", 1]~x'],
)
def test_metadata_of_another_release_is_stale(text: str) -> None:
    with pytest.raises(StaleMessage):
        BulkMetadata.decode(text)


@settings(max_examples=30)
@given(st.lists(st.tuples(IMAGES, TRIAGES), max_size=30))
def test_any_images_can_be_picked_within_limits(pairs: list[tuple[PendingImage, Triage]]) -> None:
    picking([one for one, _ in pairs], {one.id: triage for one, triage in pairs})


def test_images_are_picked_by_name_owner_and_id_with_the_round_they_were_seen_in() -> None:
    first, second = offered(picking([image(1), image(3)], {image(3).id: Triage(round=4)}))
    assert first["text"]["text"] == "web-server-001 · Research"
    assert first["description"]["text"] == image(1).id
    assert second["value"] == f"4~id~{image(3).id}"


def test_a_hundred_are_offered_and_the_others_counted() -> None:
    view = picking([image(number) for number in range(130)])
    assert len(offered(view)) == 100
    assert "30 of this list cannot be chosen here" in str(view)


def test_what_is_decided_or_underway_or_too_long_to_remember_is_not_offered() -> None:
    images = [image(1), image(2), image(3, id="x" * 90), image(4)]
    view = picking(images, {images[0].id: ACCEPTED, images[1].id: UNDERWAY, images[3].id: CLAIMED})
    assert [option["value"] for option in offered(view)] == [f"0~id~{image(4).id}"]
    assert "3 of this list cannot be chosen here" in str(view)


def test_where_nothing_can_be_picked_that_is_said_and_nothing_asked() -> None:
    view = picking([])
    assert "None of these images" in shown(view)
    assert "submit" not in view


def test_what_was_picked_is_read() -> None:
    picked = read_bulk_pick(submitted("rejected", "4~id~x", "0~sha256~y"), HERE)
    assert picked.status == "rejected"
    assert picked.items == (Picked("id~x", 4), Picked("sha256~y", 0))
    assert picked.channel == "C1"


@pytest.mark.parametrize(
    ("status", "values", "field"),
    [
        (None, ["0~id~x"], "status"),
        ("pending", ["0~id~x"], "status"),
        ("accepted", [], "images"),
        ("accepted", [f"0~id~{n}" for n in range(26)], "images"),
    ],
)
def test_what_is_missing_or_too_much_is_told_at_its_field(
    status: str | None, values: list[str], field: str
) -> None:
    with pytest.raises(FormErrors) as caught:
        read_bulk_pick(submitted(status, *values), HERE)
    assert list(caught.value.errors) == [field]


def test_an_option_of_another_release_is_stale() -> None:
    with pytest.raises(StaleMessage):
        read_bulk_pick(submitted("accepted", "id~x"), HERE)


def confirming(status: Any, stakes: list[Stakes], *left_out: Any) -> View:
    items = tuple(Picked(details_value(each.image.id), 0) for each in stakes)
    items += (Picked("id~gone", 0),)
    metadata = BulkMetadata(channel="C1", status=status, items=items)
    return bulk_confirm_view(stakes, left_out, metadata, NOW)


@settings(max_examples=20)
@given(
    st.lists(STAKES, max_size=5),
    st.lists(st.tuples(IMAGES, RESULTS), max_size=5),
    st.sampled_from(("accepted", "rejected")),
)
def test_any_confirmation_fits_into_a_view_and_is_inert(
    stakes: list[Stakes], left_out: list[tuple[PendingImage, Result]], status: Any
) -> None:
    check_view(bulk_confirm_view(stakes, left_out, BulkMetadata(channel="C1", status=status), NOW))


def test_the_fullest_of_windows_fit() -> None:
    refused = Result(kind="refused", problem=MARK * 5000, remedy="&" * 5000)
    items = [(image(number), refused) for number in range(25)]
    check_view(results_view(items, NOW))
    check_message("Ten of them", results_view(items[:10], NOW)["blocks"])
    check_view(confirming("accepted", [stakes_of(image(99))], *items[:24]))


def test_the_confirmation_lists_all_with_what_to_beware_of_and_asks_once() -> None:
    known = provenance_of(shared=1)
    stakes = [
        stakes_of(image(1), "rejected", provenance=known),
        stakes_of(image(6), "rejected"),
    ]
    view = confirming("rejected", stakes, (image(7), Result(kind="withdrawn")))
    text = shown(view)
    assert text.startswith("*Reject* each of these 2 images by itself: ")
    assert f"web-server-001 · Research · 2.5 GB\n{image(1).id} owned by {image(1).owner}\n" in text
    assert "⚠ Beware: first share of its owner; not active" in text
    assert text.count("Beware") == 1
    assert "web-server-007" in text
    assert "its owner has withdrawn" in text
    assert (view["title"]["text"], view["submit"]["text"]) == ("Reject 2 images", "Reject all")
    assert view["callback_id"] == ids.BULK_CONFIRM
    kept = BulkMetadata.decode(view["private_metadata"]).items
    assert [item.ref for item in kept] == [details_value(image(n).id) for n in (1, 6)]


def test_one_image_is_confirmed_like_one() -> None:
    view = confirming("accepted", [stakes_of(image(1))])
    assert shown(view).startswith("*Accept* this image: ")
    assert (view["title"]["text"], view["submit"]["text"]) == ("Accept 1 image", "Accept")


def test_where_nothing_is_left_to_decide_the_reasons_are_told() -> None:
    view = confirming("accepted", [], (image(7), Result(kind="withdrawn")))
    assert "submit" not in view
    assert "its owner has withdrawn" in shown(view)

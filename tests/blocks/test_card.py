from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.cards.card import CardLook, card_blocks, details_value, find_image
from bot.images import PendingImage
from tests.blocks.examples import CLOUD, IMAGES, NOW, SEEN_AT, image
from tests.blocks.limits import check_message, texts, units


def lines(shown: PendingImage, first_seen: datetime | None = None) -> list[str]:
    return list(texts(card_blocks(shown, "image.0.n", look_of(shown, first_seen))[:2]))


def look_of(shown: PendingImage, first_seen: datetime | None, **parts: Any) -> CardLook:
    seen = {} if first_seen is None else {shown.id: first_seen}
    return CardLook(now=NOW, first_seen=seen, **parts)


def test_a_card_tells_what_one_decides_by() -> None:
    name, _, facts, dates = lines(image(3))
    assert name == "web-server-003"
    assert facts == (
        "k8s (from standard) · ubuntu 22.04 · Kubernetes v1.28.7 · 2.8 GB · "
        "Platform Team · user3@example.com"
    )
    assert dates == (
        "created <!date^1753574400^{date_short_pretty} {time}|2025-07-27 00:00 UTC> · "
        "updated <!date^1753833600^{date_short_pretty} {time}|2025-07-30 00:00 UTC>"
    )


def test_a_card_of_an_image_without_anything_still_names_it() -> None:
    assert lines(PendingImage(id="id-1")) == [
        "(no name) id-1",
        "Details",
        "type unknown · OS unknown · size unknown · owner unknown",
        "created unknown · updated unknown",
    ]


def test_a_negative_size_is_no_size() -> None:
    assert "· size unknown ·" in lines(image(1, size=-1))[2]


def test_a_blank_name_is_no_name() -> None:
    assert lines(image(1, name="  ", id="id-1"))[0] == "(no name) id-1"


def test_an_owner_without_a_name_is_told_by_id() -> None:
    assert "· owner-id ·" in lines(image(1, owner="owner-id", owner_account_name=None))[2]


@pytest.mark.parametrize("status", ["queued", "deactivated", "\u202enew"])
def test_a_status_that_is_not_active_stands_out(status: str) -> None:
    warning, told = lines(image(1, status=status))[2:4]
    assert warning == ":warning: *Not active:*"
    assert told == status.replace("\u202e", "\ufffd")


@pytest.mark.parametrize("status", ["active", "ACTIVE", None])
def test_an_active_image_has_no_warning(status: str | None) -> None:
    assert len(lines(image(1, status=status))) == 4


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        (timedelta(days=3, hours=23), "3 days"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(seconds=59), "less than a minute"),
        (-timedelta(hours=1), "less than a minute"),
    ],
)
def test_a_card_tells_how_long_an_image_that_was_seen_waits(waits: timedelta, said: str) -> None:
    assert lines(image(3), NOW - waits)[-1].endswith(f"UTC> · waiting {said}")


def test_of_an_image_that_the_bot_has_not_seen_no_waiting_is_claimed() -> None:
    assert "waiting" not in " ".join(lines(image(3)))


@given(IMAGES, SEEN_AT)
def test_any_card_is_within_limits_and_inert(
    shown: PendingImage, first_seen: datetime | None
) -> None:
    blocks = card_blocks(shown, "image.0.n", look_of(shown, first_seen))
    assert len(blocks) == 3
    check_message("Cards", blocks)
    assert sum(map(len, texts(blocks))) < 650


@given(st.lists(st.text() | CLOUD, unique=True, max_size=9))
def test_a_details_button_finds_its_image_whatever_its_id(image_ids: list[str]) -> None:
    images = [PendingImage(id=image_id) for image_id in image_ids]
    for wanted in images:
        value = details_value(wanted.id)
        assert units(value) <= 2000
        assert find_image(images, value) == wanted
        assert find_image([i for i in images if i != wanted], value) is None

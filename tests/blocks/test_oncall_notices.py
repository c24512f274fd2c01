import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.listings.listing import listing_message, shared_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.blocks.triage.notices import (
    exported_message,
    not_done_message,
    noted_message,
    untold_block,
)
from bot.errors import StoreError
from bot.images import PendingImage, UnreadableImage
from bot.oncall.values import UNTOUCHED, Triage
from bot.query import parse_query
from tests.blocks.examples import EVER, IMAGES, NOW, SHARER, image, listing_of
from tests.blocks.limits import MARK, check_message, texts
from tests.blocks.triage_examples import CLAIMED, TRIAGES


def shown(message: Message) -> str:
    check_message(message.text, message.blocks)
    return "\n".join("".join(texts(block)) for block in message.blocks)


@given(IMAGES, st.none() | TRIAGES)
def test_any_notice_is_within_limits_and_inert(one: PendingImage, triage: Triage | None) -> None:
    shown(not_done_message(one, triage, NOW))
    shown(noted_message(one))


def test_a_click_that_came_too_late_is_told_how_it_is_now() -> None:
    assert "*Claimed* by <@U0ADA>" in shown(not_done_message(image(1), CLAIMED, NOW))
    assert "Nobody has claimed it" in shown(not_done_message(image(1), UNTOUCHED, NOW))
    assert "no longer pending" in shown(not_done_message(image(1), None, NOW))


@pytest.mark.parametrize(("entries", "said"), [(1, "1 entry"), (2345, "2,345 entries")])
def test_a_record_that_was_sent_is_counted(entries: int, said: str) -> None:
    assert f"The record, {said}, is sent to you." in shown(exported_message(entries))


@pytest.mark.parametrize("kinds", [10, 24])
def test_the_fullest_list_has_room_for_why_it_tells_nothing_of_on_call(kinds: int) -> None:
    long, kind = MARK + "&" * 4_999, "x" * 40
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    images = [
        image(
            n,
            **dict.fromkeys(every, long)
            | dict.fromkeys(("created_at", "updated_at"), "2025-07-22T09:00:00Z")
            | dict.fromkeys(("scp_image_type", "os_distro", "owner"), f"{n % kinds:02}{kind}")
            | {"id": f"{long}{n}", "size": 10**30 + n},
        )
        for n in range(101)
    ]
    listing = listing_of(
        images,
        parse_query("-" + "q" * 398),
        2,
        unreadable=[UnreadableImage(f"{n}{long}", long) for n in range(90)],
        origin=Origin(long, long, long),
        first_seen=dict.fromkeys((one.id for one in images), EVER),
        decisions=True,
        cut_at=1000,
    )
    untold = untold_block(StoreError(long))
    for message in (listing_message(listing, NOW), shared_message(listing, SHARER, NOW)):
        check_message(message.text, [*message.blocks, untold])

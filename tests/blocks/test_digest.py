from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.digest import digest_failure_message, digest_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState, from_value
from bot.errors import Forbidden, Unavailable
from bot.images import PendingImage, PendingImages, UnreadableImage
from bot.pick import pick
from bot.query import Query, parse_query
from tests.blocks.examples import (
    CLOUD,
    FETCHED,
    IMAGES,
    NOW,
    ORIGIN,
    QUERIES,
    UNREADABLE,
    image,
)
from tests.blocks.limits import MARK, check_message, texts

MANY = [image(number) for number in range(23)]


def digest(
    images: Sequence[PendingImage],
    query: Query = Query(),
    unreadable: Sequence[UnreadableImage] = (),
    origin: Origin = ORIGIN,
) -> Message:
    answer = PendingImages(images, unreadable, FETCHED, "1.3")
    picked = pick(images, query.with_sort(query.sort or "updated"), NOW)
    message = digest_message(answer, picked, query, origin, NOW)
    check_message(message.text, message.blocks)
    return message


def shown(message: Message) -> str:
    return "\n".join(texts(message.blocks))


def names(message: Message) -> list[str]:
    return [b["text"]["text"] for b in message.blocks if "accessory" in b]


@settings(max_examples=30)
@given(
    st.lists(IMAGES, max_size=14),
    QUERIES,
    UNREADABLE,
    st.builds(Origin, st.none() | CLOUD, CLOUD, CLOUD),
)
def test_any_digest_is_within_limits_and_inert(
    images: list[PendingImage], query: Query, unreadable: list[UnreadableImage], origin: Origin
) -> None:
    digest(images, query, unreadable, origin)
    digest(images, Query(), unreadable, origin)


@pytest.mark.parametrize(("piece", "count"), [("&", 1), ("&", 50), ("x", 101), ("&", 5_000)])
def test_a_digest_of_the_longest_texts_is_within_limits(piece: str, count: int) -> None:
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    long = MARK + piece * 4_999
    texts = dict.fromkeys(every, long) | dict.fromkeys(
        ("created_at", "updated_at"), "2025-07-22T09:00:00Z"
    )
    images = [
        image(n, **texts | {"id": f"{long}{n}", "owner": f"{n % 5}{long}"}) for n in range(count)
    ]
    unreadable = [UnreadableImage(f"{n}{long}", long) for n in range(90)]
    message = digest(images, Query(), unreadable, Origin(long, long, long))
    assert len(names(message)) == min(count, 10)


def test_a_digest_counts_by_type_and_owner() -> None:
    text = shown(digest(MANY)).replace("\n", "")
    assert "23 pending images wait for a decision" in text
    assert "By type: custom 12 · gpu_custom 6 · k8s 5" in text
    assert (
        " · PartnerAccount 5 · Research c4ca4238 5 · Platform Team 4 · Research a87ff679 4" in text
    )


def test_a_digest_names_the_most_frequent_owners_only() -> None:
    owners = [image(n, owner=f"o{n}", owner_account_name=f"Team {n}") for n in range(8)]
    text = shown(digest(owners))
    assert "Team 0 1 · Team 1 1 · Team 2 1 · Team 3 1 · Team 4 1 · and 3 more" in text


def test_the_longest_unchanged_come_first_ten_at_most() -> None:
    message = digest(MANY)
    assert names(message)[:2] == ["web-server-000", "web-server-001"]
    assert len(names(message)) == 10
    text = shown(message)
    assert "Below: the first 10 of them, the longest unchanged first." in text
    assert "Longest unchanged: \n489 days" in text
    assert "Below: all of them" in shown(digest(MANY[:3]))


def test_a_digest_query_with_an_order_keeps_it() -> None:
    message = digest(MANY, parse_query("sort:-size"))
    assert names(message)[0] == "web-server-022"
    assert "in the query's order" in shown(message)
    assert "Longest unchanged" not in shown(message)
    assert "the longest unchanged first" in shown(digest(MANY, parse_query("sort:updated")))


def test_an_unknown_age_is_not_told() -> None:
    assert "Longest unchanged: " not in shown(digest([image(1, updated_at=None)]))


def test_a_digest_never_speaks_of_how_long_an_image_has_waited() -> None:
    assert "waiting for" not in shown(digest(MANY))
    assert "waited" not in shown(digest(MANY))


def test_the_button_opens_the_whole_list_with_the_digests_query() -> None:
    query = parse_query("type:custom")
    message = digest(MANY, query)
    button = message.blocks[-1]["elements"][0]
    assert button["action_id"] == ids.OPEN
    assert from_value(button["value"]) == ListingState(query)
    assert "Query: type:custom" in shown(message)


@pytest.mark.parametrize(
    ("images", "query", "said"),
    [
        (MANY[:1], "", "1 pending image waits for a decision"),
        (MANY, "type:k8s", "5 of 23 pending images match"),
        (MANY, "server-022", "1 of 23 pending images matches"),
        (MANY, "nowhere", "0 of 23 pending images match"),
        ([], "", "Nothing is waiting"),
        ([], "type:k8s", "Nothing is waiting"),
    ],
)
def test_the_title_says_how_many(images: list[PendingImage], query: str, said: str) -> None:
    message = digest(images, parse_query(query))
    assert message.blocks[0]["text"]["text"] == said
    opened = " Everyone here can open the whole list." if images else ""
    assert message.text == f"Daily digest: {said}.{opened}"


def test_empty_digests_say_why() -> None:
    nothing = shown(digest([]))
    assert "Nothing to do." in nothing
    assert "Open the whole list" not in nothing
    assert "None of the pending images matches" in shown(digest(MANY, parse_query("nowhere")))
    broken = shown(digest([], unreadable=[UnreadableImage("id-1", "?")]))
    assert "None of them can be read." in broken
    assert "1 image could not be read: id-1" in broken


@given(CLOUD, CLOUD)
def test_a_failed_digest_is_one_short_notice_with_a_way_out(what: str, remedy: str) -> None:
    message = digest_failure_message(Forbidden(what, remedy), ORIGIN, NOW)
    check_message(message.text, message.blocks)
    assert "No digest this time" in shown(message)
    assert from_value(message.blocks[-1]["elements"][0]["value"]) == ListingState()


@pytest.mark.parametrize("count", [24, 25])
def test_a_list_that_may_be_cut_is_told(count: int) -> None:
    message = digest([image(number) for number in range(count)])
    said = "SCP sent exactly 25 images: it may have cut the list."
    assert (said in shown(message)) == (count == 25)


def test_a_failed_digest_says_what_happened_and_what_to_do_to_screen_readers() -> None:
    failed = Unavailable("SCP said: no.", "Try again in a minute.")
    message = digest_failure_message(failed, ORIGIN, NOW)
    check_message(message.text, message.blocks)
    assert message.text == (
        "No digest of pending images this time. Samsung Cloud is unavailable right now. "
        "Try again in a minute."
    )

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from bot.blocks import ids
from bot.blocks.cards.value import from_details_value
from bot.blocks.limits import PAGE_SIZE
from bot.blocks.listings.listing import listing_message, shared_message
from bot.blocks.message import Block, Message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState, from_menu, from_value
from bot.images import PendingImage, UnreadableImage
from bot.pick import paginate, pick
from bot.query import Query, Terms, parse_query
from tests.blocks.examples import (
    CLOUD,
    EVER,
    IMAGES,
    NOW,
    ORIGIN,
    QUERIES,
    SEEN_AT,
    SHARER,
    UNREADABLE,
    image,
    listing_of,
)
from tests.blocks.limits import MARK, check_message, escaped, texts
from tests.blocks.triage_examples import WIDEST

_MENUS = ("scp_image_type", "scp_original_image_type", "os_distro", "owner", "owner_account_name")
_TEXTS = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind) and f != "id"]
FEW = [image(number) for number in range(23)]


def shown(message: Message) -> str:
    return "\n".join(texts(message.blocks))


def title(message: Message) -> str:
    text: str = next(b["text"]["text"] for b in message.blocks if b["type"] == "header")
    return text


def button(message: Message, action_id: str) -> Block | None:
    buttons = (e for b in message.blocks if b["type"] == "actions" for e in b["elements"])
    return next((e for e in buttons if e["action_id"] == action_id), None)


def detailed(message: Message) -> list[str]:
    """Return what the message's Details buttons name."""
    values = (b["accessory"]["value"] for b in message.blocks if "accessory" in b)
    return [from_details_value(value).ref for value in values]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(IMAGES, SEEN_AT), max_size=24),
    QUERIES,
    st.integers(-1, 4),
    UNREADABLE,
    st.booleans(),
    st.builds(Origin, st.none() | CLOUD, CLOUD, CLOUD),
)
def test_any_listing_is_within_slacks_limits_and_inert(
    sighted: list[tuple[PendingImage, datetime | None]],
    query: Query,
    page: int,
    unreadable: list[UnreadableImage],
    total_known: bool,
    origin: Origin,
) -> None:
    images = [shown for shown, _ in sighted]
    first_seen = {shown.id: seen_at for shown, seen_at in sighted if seen_at}
    for asked in (query, Query()):
        listing = listing_of(
            images,
            asked,
            page,
            unreadable=unreadable,
            total_known=total_known,
            origin=origin,
            first_seen=first_seen,
        )
        for message in (listing_message(listing, NOW), shared_message(listing, SHARER, NOW)):
            check_message(message.text, message.blocks)


@pytest.mark.parametrize(
    ("piece", "count"),
    [(piece, count) for piece in ("x", "&", "\U0001f600", "\u202e", " ") for count in (1, 24, 101)]
    + [("&", 5_000)],
)
def test_a_listing_of_the_longest_texts_is_within_limits(piece: str, count: int) -> None:
    """18 values a menu of 22 to 23 characters and a count fill it to the brim."""
    long = MARK + piece * 4_999
    images = [
        image(
            n,
            **dict.fromkeys(_TEXTS, long)
            | dict.fromkeys(("created_at", "updated_at"), "2025-07-22T09:00:00Z")
            | dict.fromkeys(_MENUS, f"{n % 18:02}{piece * (22 // escaped(piece))}")
            | {"id": f"{long}{n}", "size": 10**30 + n},
        )
        for n in range(count)
    ]
    unreadable = [UnreadableImage(long, long)] * 9
    query = parse_query("-" + "q" * 398)
    origin = Origin(long, long, long)
    listing = listing_of(
        images,
        query,
        2,
        unreadable=unreadable,
        origin=origin,
        first_seen=dict.fromkeys((shown.id for shown in images), EVER),
    )
    busy = dict.fromkeys((shown.id for shown in images), WIDEST)
    listing = structs.replace(listing, cut_at=1000, triages=busy, decisions=True)
    for message in (listing_message(listing, NOW), shared_message(listing, SHARER, NOW)):
        check_message(message.text, message.blocks)
        assert len(detailed(message)) == (1 if count == 1 else min(10, count - 10))


@pytest.mark.parametrize("count", [0, 1, 50, 101, 5_000])
def test_every_image_is_reached_by_the_next_button(count: int) -> None:
    images = [image(number) for number in range(count)]
    listing = listing_of(images)
    picked = pick(images, Query(), NOW)
    found: list[str] = []
    while True:
        message = listing_message(listing, NOW)
        found += detailed(message)
        following = button(message, ids.NEXT)
        if following is None:
            break
        page = paginate(picked, from_value(following["value"]).page, PAGE_SIZE)
        listing = structs.replace(listing, page=page)
    assert found == [f"id~{image.id}" for image in picked]


def test_the_pages_first_and_last_have_no_buttons_that_lead_nowhere() -> None:
    offered: dict[int, list[str]] = {}
    for number in range(1, 6):
        message = listing_message(listing_of([image(n) for n in range(47)], page=number), NOW)
        targets = {a: button(message, a) for a in ids.PAGES}
        offered[number] = [f"{a} {from_value(b['value']).page}" for a, b in targets.items() if b]
    assert offered[1] == ["listing.next 2", "listing.last 5"]
    assert offered[2] == ["listing.previous 1", "listing.next 3", "listing.last 5"]
    assert offered[3] == [
        "listing.first 1",
        "listing.previous 2",
        "listing.next 4",
        "listing.last 5",
    ]
    assert offered[5] == ["listing.first 1", "listing.previous 4"]
    second = listing_message(listing_of([image(n) for n in range(47)], page=2), NOW)
    assert "Page 2 of 5 · images 11 to 20 of 47" in shown(second)


@pytest.mark.parametrize(
    ("images", "query", "total_known", "said"),
    [
        (FEW, "", True, "23 pending images"),
        (FEW[:1], "", True, "1 pending image"),
        (FEW, "", False, "23 pending images"),
        (FEW, "sort:size", True, "23 pending images"),
        (FEW, "type:gpu_custom", True, "6 of 23 match"),
        (FEW, "server-001", True, "1 of 23 matches"),
        (FEW, "server-001", False, "1 pending image matches"),
        (FEW, "type:gpu_custom", False, "6 pending images match"),
        (FEW, "nowhere", True, "None of 23 match"),
        (FEW, "nowhere", False, "No pending image matches"),
        ([], "", True, "No pending images"),
        ([], "type:custom", True, "No pending images"),
    ],
)
def test_the_header_counts(
    images: Sequence[PendingImage], query: str, total_known: bool, said: str
) -> None:
    listing = listing_of(images, parse_query(query), total_known=total_known)
    message = listing_message(listing, NOW)
    check_message(message.text, message.blocks)
    assert title(message) == said
    assert message.text.startswith(said)


def test_an_empty_list_says_that_nothing_waits_and_offers_no_menus() -> None:
    message = listing_message(listing_of([]), NOW)
    assert "Nothing waits for a decision" in shown(message)
    assert "Any image type" not in shown(message)
    assert button(message, ids.REFRESH)
    assert not button(message, ids.SHOW)


def test_an_empty_match_says_what_to_do() -> None:
    message = listing_message(listing_of(FEW, parse_query("nowhere")), NOW)
    assert "Press *Clear* to see all 23, or choose differently above." in shown(message)
    clear = button(message, ids.SHOW)
    assert clear
    assert from_value(clear["value"]) == ListingState()
    assert "Any image type" in shown(message)
    unknown = listing_of(FEW, parse_query("nowhere"), total_known=False)
    assert "to see everything" in shown(shared_message(unknown, SHARER, NOW))


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("type:custm", "type:custom"),
        ("type:CUSTM original:standart", "type:custom, original:standard"),
        ("os:ubunut nowhere", "os:ubuntu"),
        ("owner:PartnerAcount", "owner:PartnerAccount"),
        ('owner:"platfrom team"', 'owner:"Platform Team"'),
        ("owner:c4ca4238a0b923820dcc509a6f75849", "owner:c4ca4238a0b923820dcc509a6f75849b"),
        ("type:gpu_custm,k8x", "type:gpu_custom, type:k8s"),
        ("status:activ", "status:active"),
    ],
)
def test_an_empty_match_names_the_nearest_value_there_is(query: str, near: str) -> None:
    listing = listing_of(FEW, parse_query(query))
    for message in (listing_message(listing, NOW), shared_message(listing, SHARER, NOW)):
        check_message(message.text, message.blocks)
        assert f"Did you mean {near}?\n" in shown(message) + "\n"


@pytest.mark.parametrize(
    "query",
    [
        "nowhere",
        "type:k8s os:none",
        "owner:partneraccount nowhere",
        'os:"ubuntu 99"',
        "-type:custm nowhere",
        "status:ACTIVE nowhere",
        "type:zzz",
        f"type:{'custom' * 20}",
    ],
)
def test_nothing_near_is_named_for_what_is_there_or_far_off(query: str) -> None:
    message = listing_message(listing_of(FEW, parse_query(query)), NOW)
    assert title(message) == "None of 23 match"
    assert "Did you mean" not in shown(message)


def test_the_nearest_value_stays_text_whatever_it_holds() -> None:
    sly = MARK + "<!here> *cu\u202estom*"
    images = [image(1, scp_image_type=sly), image(2, scp_image_type="y" * 200)]
    message = listing_message(listing_of(images, parse_query('type:"<!here> *custom*"')), NOW)
    check_message(message.text, message.blocks)
    assert f'Did you mean type:"{MARK}<!here> *cu\ufffdstom*"?' in shown(message)


def test_unreadable_images_are_told_beside_the_others() -> None:
    broken = [UnreadableImage("id-1", "?"), UnreadableImage(None, "?")]
    message = listing_message(listing_of(FEW, unreadable=broken), NOW)
    assert title(message) == "25 pending images"
    assert "2 images could not be read: id-1, 1 more" in shown(message)
    alone = listing_message(listing_of([], unreadable=[UnreadableImage(None, "?")]), NOW)
    assert "None of them can be read." in shown(alone)
    assert "1 image could not be read: SCP sent no readable id" in shown(alone)


def test_unreadable_images_are_all_named_where_the_page_has_room() -> None:
    broken = [UnreadableImage(image(n).id, "?") for n in range(40)]
    message = listing_message(listing_of(FEW, unreadable=broken), NOW)
    check_message(message.text, message.blocks)
    assert f"40 images could not be read: {image(0).id}, " in shown(message)
    assert all(entry.id in shown(message) for entry in broken if entry.id)
    assert "40 more" not in shown(message)


def test_of_too_many_unreadable_images_the_others_are_counted() -> None:
    broken = [UnreadableImage(image(n).id, "?") for n in range(5_000)]
    for images in (FEW, []):
        message = listing_message(listing_of(images, unreadable=broken), NOW)
        check_message(message.text, message.blocks)
        told = shown(message)
        named = sum(entry.id in told for entry in broken if entry.id)
        assert named >= 40
        assert f", {5_000 - named:,} more" in told


@pytest.mark.parametrize(("piece", "size"), [("x", 66), ("x", 22), ("&", 66), ("\U0001f600", 30)])
@pytest.mark.parametrize("kinds", [7, 8, 10, 17, 24])
@pytest.mark.parametrize("chosen", [False, True])
def test_full_menus_beside_full_cards_and_a_long_notice_are_within_limits(
    piece: str, size: int, kinds: int, chosen: bool
) -> None:
    kind = piece * (size // escaped(piece))
    query = parse_query("-" + "q" * 260)
    if chosen:
        terms = (Terms(field, (f"00{kind}",)) for field in ids.FILTERED)
        query = Query(terms=tuple(terms), sort="-waiting")
    long = MARK + piece * 4_999
    images = [
        image(
            n,
            **dict.fromkeys(_TEXTS, long)
            | dict.fromkeys(("created_at", "updated_at"), "2025-07-22T09:00:00Z")
            | dict.fromkeys(_MENUS, f"{n % kinds:02}{kind}")
            | {"id": f"{long}{n}", "size": 10**30 + n},
        )
        for n in range(1_000, 1_500)
    ]
    unreadable = [UnreadableImage(f"{n}{piece * 36}", long) for n in range(90)]
    listing = listing_of(
        images,
        query,
        2,
        triages=dict.fromkeys((shown.id for shown in images), WIDEST),
        decisions=True,
        unreadable=unreadable,
        origin=Origin(long, long, long),
        first_seen=dict.fromkeys((shown.id for shown in images), EVER),
    )
    for message in (listing_message(listing, NOW), shared_message(listing, SHARER, NOW)):
        check_message(message.text, message.blocks)
        assert "90 images could not be read: 0" in shown(message)


def test_the_context_line_tells_where_when_and_what() -> None:
    text = shown(listing_message(listing_of(FEW, parse_query("type:custom created:>30d")), NOW))
    assert f"Account {ORIGIN.account} · kr-west1, environment e · API 1.3" in text
    assert "As of <!date^1795424400^{time_secs}|2026-11-23 09:00 UTC>, 8 seconds old" in text
    assert "Query: type:custom created:>30d" in text
    anonymous = listing_of(FEW, origin=Origin(None, "kr-west1", "e"))
    assert "Account not set · kr-west1, environment e · API 1.3" in shown(
        listing_message(anonymous, NOW)
    )


def test_a_list_says_what_waiting_is_counted_from_where_it_tells_any() -> None:
    seen = {FEW[3].id: NOW - timedelta(days=3)}
    message = listing_message(listing_of(FEW[:5], first_seen=seen), NOW)
    assert "Waiting: since the bot first saw the image" in shown(message)
    assert shown(message).count(" · waiting ") == shown(message).count("waiting 3 days") == 1
    unseen = listing_message(listing_of(FEW[4:8], first_seen=seen), NOW)
    assert "Waiting:" not in shown(unseen)
    assert " · waiting " not in shown(unseen)
    shared = shared_message(listing_of(FEW[:5], first_seen=seen), SHARER, NOW)
    assert "waiting 3 days" in shown(shared)
    assert "Waiting: since the bot first saw the image" in shown(shared)


def test_every_button_carries_the_query_and_the_page() -> None:
    query = parse_query("web type:custom")
    message = listing_message(listing_of([image(n) for n in range(60)], query, 2), NOW)
    for action_id in (ids.REFRESH, ids.MORE, ids.SHARE):
        found = button(message, action_id)
        assert found
        assert from_value(found["value"]) == ListingState(query, 2)
    menus = next(b for b in message.blocks if b.get("block_id", "").startswith("pi1~"))
    for element in menus["elements"]:
        assert from_menu(menus["block_id"], element["action_id"])[1] == ListingState(query, 2)


def test_a_shared_list_says_who_shared_it_and_opens_the_same_list() -> None:
    query = parse_query("type:custom")
    message = shared_message(listing_of([image(n) for n in range(40)], query, 2), SHARER, NOW)
    assert f"Shared by <@{SHARER}>" in shown(message)
    assert SHARER not in message.text
    opening = button(message, ids.OPEN)
    assert opening
    assert from_value(opening["value"]) == ListingState(query, 2)
    assert "select" not in json.dumps(message.blocks)
    assert len(detailed(message)) == 10


def test_an_update_has_new_block_ids() -> None:
    listing = listing_of(FEW)
    later = NOW.replace(microsecond=1000)
    first, second = (
        {b["block_id"] for b in listing_message(listing, at).blocks if "block_id" in b}
        for at in (NOW, later)
    )
    assert first.isdisjoint(second)


def test_a_listing_of_many_owners_asks_for_them_while_one_types() -> None:
    images = [image(n, owner=f"{n:032x}", owner_account_name=f"Account {n}") for n in range(150)]
    message = listing_message(listing_of(images), NOW)
    check_message(message.text, message.blocks)
    kinds = [e["type"] for b in message.blocks for e in b.get("elements", []) if "action_id" in e]
    assert kinds[:5] == [
        "static_select",
        "static_select",
        "static_select",
        "external_select",
        "static_select",
    ]

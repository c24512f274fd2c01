"""From all images to those that a query wants: filter, order, facets, pages."""

import random
from datetime import UTC, datetime, timedelta
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images import PendingImage, parse_timestamp
from bot.oncall.values import Claim, Snooze, Triage
from bot.pick import Facet, facets, paginate, pick
from bot.query import KEYED, SORTS, parse_query

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = "2026-11-{:02d}T12:00:00Z"

WEB = PendingImage(
    id="1a", name="Web-Server", status="active", scp_image_type="custom",
    scp_original_image_type="standard", os_distro="ubuntu", scp_os_version="22.04",
    owner="acc-1", owner_account_name="Acme", size=2_000_000_000,
    created_at=DAY.format(20), updated_at=DAY.format(22),
)  # fmt: skip
DB = PendingImage(
    id="2b", name="db", status="queued", scp_image_type="gpu_custom",
    scp_original_image_type="gpu_standard", os_distro="Rocky", scp_os_version="9",
    owner="acc-2", size=1_500_000_000, created_at=DAY.format(21), updated_at=DAY.format(21),
)  # fmt: skip
BARE = PendingImage(id="3c")
IMAGES = [WEB, DB, BARE]
_FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD", "NFC")


def ids(text: str, images: list[PendingImage] | None = None) -> str:
    picked = pick(IMAGES if images is None else images, parse_query(text), NOW)
    return " ".join(image.id for image in picked)


# ---- filter


def test_composed_and_decomposed_letters_match_each_other() -> None:
    composed, decomposed = "\ud55c\uae00 caf\u00e9", normalize("NFD", "\ud55c\uae00 caf\u00e9")
    assert composed != decomposed
    for there, typed in ((composed, decomposed), (decomposed, composed)):
        named = PendingImage(id="4d", name=f"web-{there}.qcow2", os_distro=there, owner=there)
        assert ids(f'"{typed.upper()}"', [named, WEB]) == "4d"
        assert ids(f'os:"{typed}"', [named, WEB]) == "4d"
        assert ids(f'owner:"{typed}"', [named, WEB]) == "4d"
        assert ids(f'-"{typed}"', [named, WEB]) == "1a"


def test_composed_and_decomposed_values_are_one_facet() -> None:
    text = "\ud55c\uae00"
    there = [PendingImage(id=f"{n}", os_distro=normalize(f, text)) for n, f in enumerate(_FORMS)]
    assert facets(there, "os") == [Facet(text, text, 3)]


def test_full_width_and_plain_letters_match_each_other() -> None:
    plain, wide = "acc-1", "\uff21\uff43\uff43\uff0d\uff11"
    for there, typed in ((plain, wide), (wide, plain), (wide, wide)):
        image = PendingImage(
            id="4d", name=f"web {there}", status=there, scp_image_type=there,
            scp_original_image_type=there, os_distro=there, owner_account_name=there,
        )  # fmt: skip
        others = [image, BARE]
        assert ids(typed, others) == "4d"
        assert ids(f"-{typed}", others) == "3c"
        for field in KEYED:
            assert ids(f"{field}:other,{typed}", others) == "4d"
            assert ids(f"-{field}:{typed}", others) == "3c"
    assert ids("os:\uff4e\uff4f\uff4e\uff45", [WEB, BARE]) == "3c"


def test_a_negative_size_counts_as_unknown() -> None:
    odd = PendingImage(id="4d", size=-1)
    assert ids("size:<1TB sort:size", [odd, WEB, DB]) == "2b 1a"
    assert ids("size:>0B", [odd]) == ""
    assert ids("sort:size", [odd, WEB]) == "1a 4d"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "2b 1a 3c"),
        ("WEB", "1a"),
        ("web server", "1a"),
        ("web db", ""),
        ("2B", "2b"),
        ("-web", "2b 3c"),
        ("-web -3c", "2b"),
        ("type:CUSTOM", "1a"),
        ("type:custom,gpu_custom", "2b 1a"),
        ("-type:custom", "2b 3c"),
        ("type:custom,gpu_custom -type:gpu_custom", "1a"),
        ("original:gpu_standard", "2b"),
        ("status:queued", "2b"),
        ("os:rocky", "2b"),
        ('os:"Ubuntu 22.04"', "1a"),
        ('os:"ubuntu 20.04"', ""),
        ("os:22.04", ""),
        ("owner:ACME", "1a"),
        ("owner:acc-1", "1a"),
        ("owner:acc-2", "2b"),
        ("owner:none", "3c"),
        ("os:none,rocky", "2b 3c"),
        ("-os:NONE", "2b 1a"),
        ("type:none original:none status:none", "3c"),
    ],
)
def test_words_and_filters_choose(text: str, found: str) -> None:
    assert ids(text) == found


def test_an_empty_text_is_an_absent_value() -> None:
    image = PendingImage(id="x", name="", os_distro="", scp_os_version="9", owner="")
    assert ids("os:none owner:none", [image]) == "x"


def test_none_also_finds_the_word_none() -> None:
    assert ids("os:none", [PendingImage(id="x", os_distro="None")]) == "x"


def test_a_version_without_a_distribution_has_no_name() -> None:
    assert ids('os:"none 9"', [PendingImage(id="x", scp_os_version="9")]) == ""


# ---- bounds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("created:>3d", ""),  # exactly three days old is neither older nor younger
        ("created:<3d", "2b"),
        ("created:>2.5d", "1a"),
        ("created:>47h created:<73h", "2b 1a"),
        ("updated:<24h", ""),
        ("updated:<1441m", "1a"),
        ("updated:<1w", "2b 1a"),
        ("size:>1.5GB", "1a"),
        ("size:<1.5GB", ""),
        ("size:<1500000000.5B", "2b"),
        ("size:>1499999999.5B", "2b 1a"),
        ("size:<2GB", "2b"),
        ("size:<1.4GiB", "2b"),
        ("size:>0B", "2b 1a"),
        ("size:<99999999999999999999999TB", "2b 1a"),
        ("created:>" + "9" * 380 + "d", ""),
        ("created:<" + "9" * 380 + "w", "2b 1a"),
    ],
)
def test_bounds_never_match_an_absent_value_nor_their_own(text: str, found: str) -> None:
    assert ids(text) == found


@pytest.mark.parametrize("op", ["<", ">"])
def test_an_unreadable_timestamp_matches_no_bound(op: str) -> None:
    image = PendingImage(id="x", created_at="yesterday", updated_at="")
    assert ids(f"created:{op}1d", [image]) == ids(f"updated:{op}1d", [image]) == ""


def test_bounds_compare_moments_not_texts() -> None:
    image = PendingImage(id="x", created_at="2026-11-23T20:00:00.5+09:00")
    assert ids("created:<61m", [image]) == "x"
    assert ids("created:>59m", [image]) == "x"


TRIAGES = {
    "1a": Triage(claim=Claim("U1", NOW), snooze=Snooze(NOW + timedelta(seconds=1), "U2", NOW)),
    "2b": Triage(claim=Claim("U2", NOW), snooze=Snooze(NOW, "U2", NOW)),  # is over just now
}
"""Nobody has done anything with ``BARE``."""


def triaged(text: str, me: str | None) -> str:
    picked = pick(IMAGES, parse_query(f"{text} sort:-name"), NOW, triages=TRIAGES, me=me)
    return " ".join(image.id for image in picked)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("claimed:me", "1a"),
        ("claimed:none", "3c"),
        ("claimed:any", "1a 2b"),
        ("claimed:U2", "2b"),
        ("claimed:U2,me", "1a 2b"),
        ("claimed:none,me", "1a 3c"),
        ("claimed:U9", ""),
        ("-claimed:me", "2b 3c"),
        ("-claimed:none", "1a 2b"),
        ("claimed:any -claimed:me", "2b"),
        ("snoozed:yes", "1a"),
        ("snoozed:no", "2b 3c"),
        ("-snoozed:yes", "2b 3c"),
        ("snoozed:yes,no", "1a 2b 3c"),
        ("-snoozed:yes,no", ""),
        ("snoozed:no claimed:any type:gpu_custom", "2b"),
    ],
)
def test_what_on_call_has_done_with_an_image_can_be_asked_for(text: str, found: str) -> None:
    assert triaged(text, "U1") == found


def test_where_nobody_asks_nothing_is_claimed_by_them() -> None:
    assert triaged("claimed:me", None) == ""
    assert triaged("claimed:me,none", None) == "3c"
    assert triaged("-claimed:me", None) == "1a 2b 3c"


def test_where_on_call_has_done_nothing_every_image_is_unclaimed_and_awake() -> None:
    assert ids("claimed:none snoozed:no") == ids("")
    assert ids("claimed:any") == ids("snoozed:yes") == ""


def test_a_snoozed_image_wakes_as_time_goes_by() -> None:
    later = NOW + timedelta(seconds=1)
    assert pick([WEB], parse_query("snoozed:yes"), later, triages=TRIAGES) == []
    assert pick([WEB], parse_query("snoozed:no"), later, triages=TRIAGES) == [WEB]


SEEN = {"1a": NOW - timedelta(days=3), "2b": NOW - timedelta(hours=1)}
"""``BARE`` has never been seen."""


def waiting(text: str, now: datetime = NOW) -> str:
    return " ".join(image.id for image in pick(IMAGES, parse_query(text), now, SEEN))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("waiting:>3d", ""),  # exactly three days are neither longer nor shorter
        ("waiting:<3d", "2b 3c"),
        ("waiting:>71h", "1a"),
        ("waiting:>59m", "2b 1a"),
        ("waiting:>59m waiting:<2d", "2b"),
        ("waiting:<1m", "3c"),
        ("waiting:>0m", "2b 1a"),
        ("-web waiting:>59m", "2b"),
        ("waiting:>" + "9" * 380 + "w", ""),
        ("waiting:<" + "9" * 380 + "w", "2b 1a 3c"),
        ("sort:waiting", "1a 2b 3c"),
        ("sort:-waiting", "3c 2b 1a"),
    ],
)
def test_waiting_is_counted_from_when_the_bot_first_saw_an_image(text: str, found: str) -> None:
    assert waiting(text) == found


def test_an_image_waits_longer_as_time_goes_by() -> None:
    assert waiting("waiting:>3d", NOW + timedelta(seconds=1)) == "1a"


def test_where_the_bot_has_seen_nothing_yet_every_image_counts_as_first_seen_now() -> None:
    assert ids("waiting:>1m") == ""
    assert ids("waiting:<1m") == ids("")
    assert ids("sort:waiting") == ids("sort:-waiting") == "3c 2b 1a"  # ties: by name


# ---- order


def dated(*texts: str | None) -> list[PendingImage]:
    return [PendingImage(id=f"{place}", created_at=text) for place, text in enumerate(texts)]


def test_moments_sort_whatever_their_form() -> None:
    images = dated(
        "2026-11-23T10:00:00Z",
        "2026-11-23T18:00:00+09:00",
        "2026-11-23T11:00:00",
        "2026-11-23T10:00:00.25Z",
    )
    assert ids("sort:created", images) == "1 0 3 2"
    assert ids("", images) == ids("sort:-created", images) == "2 3 0 1"


@pytest.mark.parametrize("sort", ["created", "-created"])
def test_an_unreadable_timestamp_comes_last_in_both_directions(sort: str) -> None:
    images = dated("9999-99-99T99:99:99Z", "2026-11-01T00:00:00Z", None, "2026-11-01T00:00:00Z")
    assert ids(f"sort:{sort}", images) == "1 3 0 2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sort:name", "2b 1a 3c"),
        ("sort:-name", "1a 2b 3c"),
        ("sort:owner", "2b 1a 3c"),
        ("sort:-owner", "1a 2b 3c"),
        ("sort:size", "2b 1a 3c"),
        ("sort:-size", "1a 2b 3c"),
        ("sort:updated", "2b 1a 3c"),
        ("sort:-updated", "1a 2b 3c"),
    ],
)
def test_every_order_puts_absent_values_last(text: str, found: str) -> None:
    assert ids(text) == found


def test_names_sort_without_regard_to_case() -> None:
    images = [PendingImage(id=name, name=name) for name in ("b", "A", "C", "a")]
    assert ids("sort:name", images) == "A a b C"


@pytest.mark.parametrize("sort", ["size", "-size"])
def test_ties_go_by_name_then_id_in_both_directions(sort: str) -> None:
    names = [("4", "b"), ("3", "B"), ("2", "a"), ("1", None)]
    images = [PendingImage(id=i, name=name, size=7) for i, name in names]
    assert ids(f"sort:{sort}", images) == "1 2 3 4"


images_of_few_values = st.lists(
    st.builds(
        PendingImage,
        id=st.uuids().map(str),
        name=st.sampled_from(["a", "B", "b", None]),
        size=st.sampled_from([0, 1, 2, None]),
        owner=st.sampled_from(["x", None]),
        created_at=st.sampled_from(
            ["2026-01-01T00:00:00Z", "2026-01-01T09:00:00+09:00", "2026-01-02", "?", None]
        ),
    ),
    max_size=12,
)
sorts = st.sampled_from(["", *(f"sort:{sign}{name}" for sign in ("", "-") for name in SORTS)])


@given(images_of_few_values, sorts, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_answer(
    images: list[PendingImage], text: str, shuffler: random.Random
) -> None:
    shuffled = images.copy()
    shuffler.shuffle(shuffled)
    query = parse_query(text)
    assert pick(images, query, NOW) == pick(shuffled, query, NOW)


@given(images_of_few_values)
def test_newest_come_first_and_none_is_lost(images: list[PendingImage]) -> None:
    picked = pick(images, parse_query(""), NOW)
    moments = [parse_timestamp(image.created_at) for image in picked]
    known = [moment for moment in moments if moment]
    assert known == sorted(known, reverse=True)
    assert moments[len(known) :] == [None] * (len(moments) - len(known))
    assert sorted(i.id for i in picked) == sorted(i.id for i in images)


@given(
    images_of_few_values, st.sampled_from(["a", "owner:x", "size:>0B", "created:<1w", "os:none"])
)
def test_a_filter_keeps_its_own_part_of_the_whole_order(
    images: list[PendingImage], text: str
) -> None:
    picked = pick(images, parse_query(text), NOW)
    everything = pick(images, parse_query(""), NOW)
    assert picked == [image for image in everything if image in picked]


def test_the_images_given_stay_as_they_are() -> None:
    given_images = (BARE, WEB)
    picked = pick(given_images, parse_query(""), NOW)
    assert picked == [WEB, BARE]
    assert given_images == (BARE, WEB)


# ---- facets


def test_facets_count_the_most_frequent_first_then_by_label() -> None:
    images = [PendingImage(id=f"{n}", status=s) for n, s in enumerate(["b", "a", "c", "c"])]
    assert facets(images, "status") == [Facet("c", "c", 2), Facet("a", "a", 1), Facet("b", "b", 1)]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("type", {"custom", "gpu_custom", "none"}),
        ("original", {"standard", "gpu_standard", "none"}),
        ("os", {"ubuntu", "Rocky", "none"}),
        ("owner", {"acc-1", "acc-2", "none"}),
        ("status", {"active", "queued", "none"}),
    ],
)
def test_each_facet_finds_as_many_images_as_it_counts(field: str, values: set[str]) -> None:
    found = facets(IMAGES, field)
    assert {facet.value for facet in found} == values
    for facet in found:
        query = parse_query("").with_values(field, [facet.value])
        assert len(pick(IMAGES, query, NOW)) == facet.count


def test_an_owner_is_shown_by_name_and_asked_for_by_id() -> None:
    nameless = PendingImage(id="x", owner="acc-1")
    idless = PendingImage(id="y", owner_account_name="Only name")
    assert facets([nameless, nameless, WEB, DB, idless], "owner") == [
        Facet("acc-1", "Acme", 3),
        Facet("acc-2", "acc-2", 1),
        Facet("Only name", "Only name", 1),
    ]


def test_absent_values_count_with_the_word_none() -> None:
    texts = ["none", "None", "none", "", None]
    images = [PendingImage(id=f"{n}", os_distro=text) for n, text in enumerate(texts)]
    assert facets(images, "os") == [Facet("none", "(none)", 5)]


def test_spellings_that_differ_in_case_are_one_under_the_most_frequent() -> None:
    images = [PendingImage(id=f"{n}", os_distro=t) for n, t in enumerate(["RHEL", "rhel", "RHEL"])]
    assert facets(images, "os") == [Facet("RHEL", "RHEL", 3)]


def test_a_value_too_long_for_a_query_is_still_counted() -> None:
    name = "x" * 5_000
    assert facets([PendingImage(id="x", os_distro=name)], "os") == [Facet(name, name, 1)]


def test_no_images_have_no_facets() -> None:
    assert facets([], "type") == []


# ---- pages


@pytest.mark.parametrize(
    ("length", "number", "shown", "page", "pages", "first"),
    [
        (0, 1, 0, 1, 1, 0),
        (0, 9, 0, 1, 1, 0),
        (1, 1, 1, 1, 1, 1),
        (10, 1, 10, 1, 1, 1),
        (11, 2, 1, 2, 2, 11),
        (11, 3, 1, 2, 2, 11),
        (11, 0, 10, 1, 2, 1),
        (11, -5, 10, 1, 2, 1),
        (25, 2, 10, 2, 3, 11),
    ],
)
def test_a_page_number_is_brought_into_range(
    length: int, number: int, shown: int, page: int, pages: int, first: int
) -> None:
    images = [PendingImage(id=str(n)) for n in range(1, length + 1)]
    found = paginate(images, number, 10)
    assert (len(found.images), found.number, found.count) == (shown, page, pages)
    assert found.first == first
    assert not found.images or found.images[0].id == str(first)


@given(st.integers(0, 40), st.integers(1, 12))
def test_every_image_is_on_one_page(length: int, size: int) -> None:
    images = [PendingImage(id=str(n)) for n in range(length)]
    count = paginate(images, 1, size).count
    pages = [paginate(images, number, size) for number in range(1, count + 1)]
    assert [image for page in pages for image in page.images] == images


def test_age_is_relative_to_the_moment_given() -> None:
    query = parse_query("created:>3d")
    assert pick([WEB], query, NOW) == []
    assert pick([WEB], query, NOW + timedelta(seconds=1)) == [WEB]

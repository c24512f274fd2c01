from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.limits import MESSAGE_TEXT_MAX
from bot.blocks.listings.menus import choose, menu_options, menu_row
from bot.blocks.message import Block, plain, section
from bot.blocks.state import ListingState, StaleMessage, from_menu
from bot.errors import QueryError
from bot.pick import Facet
from bot.query import SORTS, Query, Word, format_query, parse_query
from tests.blocks.examples import QUERIES
from tests.blocks.limits import MARK, check_options_answer

TYPES = [Facet("custom", "custom", 12), Facet("k8s", "k8s", 3), Facet("none", "(none)", 1)]
OWNERS = [
    Facet("aaaaaaaa11", "Research", 4),
    Facet("bbbbbbbb22", "Research", 2),
    Facet("cccccccc33", "Platform", 1),
]
FACETS = st.lists(
    st.builds(
        Facet,
        st.text(max_size=200),
        st.text(max_size=90).map(lambda t: MARK + t),
        st.integers(1, 9),
    ),
    max_size=150,
    unique_by=lambda facet: facet.value.casefold(),
)


def menu(field: str, query: str, facets: list[Facet]) -> Block:
    row = menu_row(ListingState(parse_query(query)), {field: facets}, "n", ())
    found: Block = next(e for e in row["elements"] if e["action_id"].startswith(f"menu.{field}~"))
    return found


def label(option: Block) -> Any:
    return option["text"]["text"]


def labels(menu: Block) -> list[str]:
    return [label(option) for option in menu["options"]]


def after(query: str, field: str, menu: Block, text: str) -> str:
    """Return the query after choosing the option with that text."""
    value = next(o["value"] for o in menu["options"] if label(o) == text)
    return format_query(choose(ListingState(parse_query(query), 3), field, value).query)


def test_a_menu_offers_what_is_there_with_counts() -> None:
    shown = menu("type", "", TYPES)
    assert labels(shown) == ["Any image type", "custom (12)", "k8s (3)", "(none) (1)"]
    assert label(shown["initial_option"]) == "Any image type"


def test_a_menu_shows_the_current_choice_whatever_its_case() -> None:
    assert label(menu("type", "type:CUSTOM", TYPES)["initial_option"]) == "custom (12)"


def test_a_menu_knows_a_decomposed_name_by_its_composed_one() -> None:
    decomposed = normalize("NFD", "\ud55c\uae00")
    there = [Facet(decomposed, decomposed, 2)]
    assert label(menu("os", "os:\ud55c\uae00", there)["initial_option"]) == f"{decomposed} (2)"
    assert labels(menu_options("os", there, "\ud55c")) == [f"{decomposed} (2)"]


def test_a_current_choice_that_is_not_there_is_added_with_zero() -> None:
    shown = menu("type", "type:gone", TYPES)
    assert labels(shown)[:2] == ["Any image type", "gone (0)"]
    assert label(shown["initial_option"]) == "gone (0)"
    assert after("type:gone", "type", shown, "gone (0)") == "type:gone"


def test_a_system_with_its_version_is_shown_without_a_count() -> None:
    shown = menu("os", 'os:"ubuntu 22.04"', [Facet("ubuntu", "ubuntu", 3)])
    assert label(shown["initial_option"]) == "ubuntu 22.04"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("type:custom,k8s", "custom or k8s"),
        ("-type:none", "not (none)"),
        ("type:custom -type:k8s,none", "custom, not k8s, not (none)"),
    ],
)
def test_several_or_excluded_values_are_one_option_that_changes_nothing(
    query: str, shown: str
) -> None:
    row = menu("type", query, TYPES)
    assert label(row["initial_option"]) == shown
    assert after(query, "type", row, shown) == query
    assert after(query, "type", row, "Any image type") == ""
    assert after(query, "type", row, "k8s (3)") == "type:k8s"


def test_owners_are_chosen_by_id_and_told_apart_when_they_share_a_name() -> None:
    shown = menu("owner", "", OWNERS)
    assert labels(shown) == [
        "Any owner",
        "Research aaaaaaaa (4)",
        "Research bbbbbbbb (2)",
        "Platform (1)",
    ]
    assert after("", "owner", shown, "Research bbbbbbbb (2)") == "owner:bbbbbbbb22"


def test_an_owner_typed_by_name_is_counted_over_all_its_accounts() -> None:
    assert label(menu("owner", "owner:research", OWNERS)["initial_option"]) == "Research (6)"


def test_a_choice_goes_back_to_the_first_page_and_keeps_the_rest() -> None:
    state = ListingState(parse_query("web type:k8s os:ubuntu size:>1GB sort:-size"), 4)
    assert choose(state, "type", "=custom") == ListingState(
        parse_query("web type:custom os:ubuntu size:>1GB sort:-size"), 1
    )
    assert choose(state, "type", "keep") == state


def test_the_order_is_chosen_like_a_filter() -> None:
    state = ListingState(parse_query("sort:-created"), 2)
    order = menu("sort", "sort:-created", [])
    assert label(order["initial_option"]) == "Newest first"
    assert after("web", "sort", order, "Largest first") == "web sort:-size"
    assert choose(state, "sort", "any") == ListingState()
    assert label(menu("sort", "sort:name", [])["initial_option"]) == "Name A to Z"
    assert after("web", "sort", order, "Longest waiting first") == "web sort:waiting"
    assert label(menu("sort", "sort:-waiting", [])["initial_option"]) == "Shortest waiting first"


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_the_order_of_any_query_is_the_one_that_its_menu_shows(sort: str) -> None:
    shown = menu("sort", f"sort:{sort}", [])["initial_option"]
    same = choose(ListingState(), "sort", shown["value"]).query.sort
    assert (same or "-created") == sort


@pytest.mark.parametrize(
    ("field", "value"), [("type", "custom"), ("sort", "=sideways"), ("os", "")]
)
def test_a_foreign_option_is_told_as_such(field: str, value: str) -> None:
    with pytest.raises(StaleMessage):
        choose(ListingState(), field, value)


def test_a_choice_that_makes_the_query_too_long_is_explained() -> None:
    state = ListingState(Query((Word("w" * 390),)))
    with pytest.raises(QueryError, match="too long"):
        choose(state, "owner", "=a8f10467abfc4b87")


def test_a_value_that_does_not_fit_the_query_is_not_offered() -> None:
    query = "w" * 380
    facets = [Facet("short", "short", 2), Facet("x" * 30, "long", 1), Facet("y" * 150, "huge", 1)]
    rest = "1 more cannot be offered here"
    assert labels(menu("os", query, facets))[:-1] == ["Any OS", "short (2)"]
    assert labels(menu("os", query, facets))[-1] == "2 more cannot be offered here"
    assert labels(menu("os", "", facets)) == ["Any OS", "short (2)", "long (1)", rest]


def test_a_value_that_just_fits_the_query_is_offered() -> None:
    long = Facet("x" * 30, "long", 1)
    rest = "1 more cannot be offered here"
    assert labels(menu("os", "w" * 400, [long])) == ["Any OS", rest]
    assert labels(menu("os", "w" * (400 - len(" os:") - 30), [long])) == ["Any OS", "long (1)"]
    assert labels(menu("os", "w" * (401 - len(" os:") - 30), [long])) == ["Any OS", rest]


def test_values_that_cannot_be_offered_are_counted_by_an_option_that_changes_nothing() -> None:
    facets = [Facet("a\u202eb", "a\u202eb", 1), Facet("x" * 151, "x" * 151, 2), *TYPES]
    query = "type:custom,k8s sort:-size"
    rest = "2 more cannot be offered here"
    shown = menu("type", query, facets)
    assert labels(shown) == [
        "Any image type", "custom or k8s", "custom (12)", "k8s (3)", "(none) (1)", rest
    ]  # fmt: skip
    assert after(query, "type", shown, rest) == query
    answer = menu_options("type", facets, "")
    assert labels(answer)[1:] == ["custom (12)", "k8s (3)", "(none) (1)", rest]
    assert after(query, "type", answer, rest) == query
    assert labels(menu_options("type", facets, "xxx")) == ["1 more cannot be offered here"]
    assert labels(menu_options("type", facets, "k8")) == ["k8s (3)"]


def test_a_menu_of_more_than_a_hundred_asks_us_while_one_types() -> None:
    facets = [Facet(f"o{n}", f"{n}", 1) for n in range(101)]
    shown = menu("owner", "owner:o7", facets)
    assert shown["type"] == "external_select"
    assert shown["min_query_length"] == 0
    assert label(shown["initial_option"]) == "7 (1)"


def test_a_large_menu_narrows_by_what_is_typed() -> None:
    facets = [Facet(f"id{n}", f"Team {n}", 1) for n in range(137)]
    everything = labels(menu_options("owner", facets, " "))
    assert everything[0] == "Any owner"
    assert everything[-1] == "… 39 more: type to narrow"
    assert len(everything) == 100
    assert labels(menu_options("owner", facets, "TEAM 13")) == ["Team 13 (1)"] + [
        f"Team {n} (1)" for n in range(130, 137)
    ]
    assert labels(menu_options("owner", facets, "id5")) == ["Team 5 (1)"]
    assert menu_options("owner", facets, "nobody") == {"options": []}
    odd = labels(menu_options("owner", [*facets, Facet("y" * 151, "y", 1)], ""))
    assert odd[-2:] == ["… 40 more: type to narrow", "1 more cannot be offered here"]
    assert len(odd) == 100


@given(FACETS, st.text(max_size=2))
def test_what_a_large_menu_answers_is_within_limits(facets: list[Facet], typed: str) -> None:
    check_options_answer(menu_options("os", facets, typed))


@given(QUERIES, st.integers(1, 500))
def test_choosing_what_is_already_chosen_changes_no_filter(query: Query, page: int) -> None:
    state = ListingState(query, page)
    row = menu_row(state, {"type": TYPES, "owner": OWNERS}, "n", ())
    for element in row["elements"]:
        field, carried = from_menu(row["block_id"], element["action_id"])
        assert carried == state
        if field != "sort":
            chosen = choose(state, field, element["initial_option"]["value"]).query
            assert len(chosen.terms) == len(query.terms)
            for exclude in (False, True):
                folded = [v.casefold() for v in query.values(field, exclude=exclude)]
                assert [v.casefold() for v in chosen.values(field, exclude=exclude)] == folded


@pytest.mark.parametrize(
    ("beside", "kinds"),
    [
        (0, ["static_select", "static_select"]),
        (5_000, ["static_select", "external_select"]),
        (8_000, ["external_select", "external_select"]),
    ],
)
def test_the_widest_menus_ask_where_the_message_has_no_room_for_all(
    beside: int, kinds: list[str]
) -> None:
    facets = {
        "type": [Facet(f"t{n}", f"{n:020}", 1) for n in range(80)],
        "owner": [Facet(f"o{n}", f"{n:040}", 1) for n in range(90)],
    }
    blocks: list[Block] = [{"type": "section", "text": plain("x" * 1_000)}] * (beside // 1_000)
    row = menu_row(ListingState(), facets, "n", blocks)
    assert [row["elements"][0]["type"], row["elements"][3]["type"]] == kinds


def test_menus_ask_for_their_options_beside_what_leaves_them_no_room_at_all() -> None:
    facets = {field: [Facet("v", "v", 1)] for field in ids.FILTERED}
    full = section(plain("x" * MESSAGE_TEXT_MAX, MESSAGE_TEXT_MAX))
    row = menu_row(ListingState(), facets, "n", [full])
    kinds = [menu["type"] for menu in row["elements"]]
    assert kinds == ["external_select"] * len(ids.FILTERED) + ["static_select"]

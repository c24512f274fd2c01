from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.inputs import FormErrors
from bot.blocks.listings.filters import FiltersMetadata, filters_view, read_filters
from bot.blocks.message import View
from bot.blocks.state import ListingState, StaleMessage
from bot.pick import Facet
from bot.query import BOUNDED, Query, Terms, Word, format_query, parse_query
from tests.blocks.examples import QUERIES
from tests.blocks.limits import MARK, check_view, texts, units

URL = "https://hooks.slack.example/actions/T0/1234567890/abcdefghijklmnopqrstuvwx"
STATUSES = [Facet("active", "active", 12), Facet("queued", "queued", 2)]
FACETS = st.lists(
    st.builds(Facet, st.text(max_size=200), st.text(max_size=90), st.integers(1, 9)),
    max_size=120,
    unique_by=lambda facet: facet.value.casefold(),
)


def view_of(query: Query, statuses: list[Facet]) -> View:
    return filters_view(FiltersMetadata(ListingState(query, 3), "C012ABCDEF", URL), statuses)


def submitted(view: View, **typed: str) -> dict[str, dict[str, Any]]:
    """Return the view's values as Slack sends them, with some inputs typed over."""
    values: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        element = block["element"]
        field = block["block_id"]
        if element["type"] == "multi_static_select":
            state = {"selected_options": element.get("initial_options", [])}
        else:
            state = {"value": typed.get(field, element.get("initial_value"))}
        values[field] = {element["action_id"]: {"type": element["type"], **state}}
    return values


def after(query: str, **typed: str) -> str:
    asked = parse_query(query)
    return format_query(read_filters(submitted(view_of(asked, STATUSES), **typed), asked))


@given(QUERIES, FACETS)
def test_submitting_the_modal_untouched_changes_nothing(
    query: Query, statuses: list[Facet]
) -> None:
    view = view_of(query, statuses)
    check_view(view)
    after = read_filters(submitted(view), query)
    assert set(after.values("status")) == set(query.values("status"))
    assert after.with_values("status", ()) == query.with_values("status", ())


@given(QUERIES, st.integers(1, 999))
def test_metadata_survives_slack(query: Query, page: int) -> None:
    metadata = FiltersMetadata(ListingState(query, page), "C012ABCDEF", URL)
    assert units(metadata.encode()) <= 3000
    assert FiltersMetadata.decode(metadata.encode()) == metadata


@pytest.mark.parametrize("text", ["", "{}", '["pi0~1~","C0","u"]', '["pi1~1~","C0"]', '["\ud800"]'])
def test_metadata_of_another_release_is_told_as_such(text: str) -> None:
    with pytest.raises(StaleMessage):
        FiltersMetadata.decode(text)


def test_the_modal_is_filled_with_the_query() -> None:
    query = parse_query(
        '"web server" -test status:queued,gone created:>30d created:<90d waiting:>3d size:>1GB'
    )
    elements = {b["block_id"]: b["element"] for b in view_of(query, STATUSES)["blocks"]}
    assert elements["name"]["initial_value"] == '"web server" -test'
    chosen = [o["text"]["text"] for o in elements["status"]["initial_options"]]
    assert chosen == ["queued (2)", "gone (0)"]
    assert len(elements["status"]["options"]) == 3
    assert elements["created"]["initial_value"] == ">30d <90d"
    assert "initial_value" not in elements["updated"]
    assert elements["waiting"]["initial_value"] == ">3d"
    assert elements["size"]["initial_value"] == ">1GB"


def test_what_was_typed_replaces_what_was_there_and_keeps_the_rest() -> None:
    before = "old type:custom -status:killed created:>30d sort:-size"
    assert after(before, name='"new name" -test', created="> 2 d <9d", size="size:<1.50gb") == (
        '"new name" -test type:custom -status:killed created:>2d created:<9d size:<1.5GB sort:-size'
    )
    assert after(before, name="", created=" ") == "type:custom -status:killed sort:-size"


def test_the_modal_says_what_waiting_is_counted_from() -> None:
    blocks = {b["block_id"]: b for b in view_of(Query(), STATUSES)["blocks"]}
    assert "Counted since the bot first saw the image" in blocks["waiting"]["hint"]["text"]
    assert after("waiting:>3d", waiting="<1h >5m") == "waiting:>5m waiting:<1h"
    assert after("waiting:>3d", waiting="") == ""


def test_chosen_statuses_replace_the_included_ones() -> None:
    query = parse_query("status:active")
    view = view_of(query, STATUSES)
    values = submitted(view)
    options = view["blocks"][1]["element"]["options"]
    values["status"]["status"]["selected_options"] = [options[1]]
    assert read_filters(values, query) == parse_query("status:queued")
    values["status"]["status"]["selected_options"] = []
    assert read_filters(values, query) == Query()


def test_excluded_statuses_are_told() -> None:
    assert "Left out by the query: killed." in "".join(
        texts(view_of(parse_query("-status:killed"), STATUSES)["blocks"])
    )


def test_statuses_that_cannot_be_offered_are_counted() -> None:
    odd = [Facet("a\u202eb", "a\u202eb", 1), *(Facet(f"s{n}", f"s{n}", 1) for n in range(102))]
    view = view_of(Query(), odd)
    check_view(view)
    assert "3 more cannot be offered here." in "".join(texts(view["blocks"]))
    assert "cannot be offered" not in "".join(texts(view_of(Query(), STATUSES)["blocks"]))


def test_without_any_status_there_is_no_menu_and_the_rest_works() -> None:
    view = view_of(Query(), [])
    check_view(view)
    assert [b["block_id"] for b in view["blocks"]] == ["name", *BOUNDED]
    assert read_filters(submitted(view, name="web"), Query()) == parse_query("web")


def test_a_status_too_long_for_an_option_stays_in_the_query() -> None:
    query = Query(terms=(Terms("status", ("x" * 200, "active")),))
    view = view_of(query, STATUSES)
    check_view(view)
    assert read_filters(submitted(view), query).values("status") == ("active", "x" * 200)


def test_every_mistake_is_told_at_its_own_field() -> None:
    with pytest.raises(FormErrors) as caught:
        after(
            "",
            name='"open',
            created="30d",
            updated=">3parsecs",
            waiting="3d",
            size=">1GB >2GB" + MARK,
        )
    errors = caught.value.errors
    assert list(errors) == ["name", "created", "updated", "waiting", "size"]
    assert "never closed" in errors["name"]
    assert 'Write "created:>30d"' in errors["created"]
    assert "parsecs" in errors["updated"]
    assert 'Write "waiting:>3d" (longer)' in errors["waiting"]
    assert all(len(text) <= 300 for text in errors.values())


def test_full_width_signs_count_in_bounds() -> None:
    assert after("", created="\uff1e30d \uff1c60d", size="size\uff1a\uff1e1GB") == (
        "created:>30d created:<60d size:>1GB"
    )


def test_two_bounds_in_one_direction_are_a_mistake() -> None:
    with pytest.raises(FormErrors) as caught:
        after("", size=">1GB >2GB")
    assert "Keep one of them." in caught.value.errors["size"]


def test_filters_do_not_belong_among_the_words() -> None:
    with pytest.raises(FormErrors) as caught:
        after("", name="web type:custom")
    assert caught.value.errors["name"].startswith("Only words go here.")


def test_a_query_that_becomes_too_long_is_a_mistake() -> None:
    query = Query(terms=(Terms("owner", ("o" * 300,)),))
    view = view_of(query, STATUSES)
    with pytest.raises(FormErrors) as caught:
        read_filters(submitted(view, name="n" * 200), query)
    assert "too long" in caught.value.errors["name"]


def test_words_of_a_state_may_be_the_longest() -> None:
    check_view(view_of(Query((Word("😀" * 200),)), STATUSES))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.state import (
    ListingState,
    StaleMessage,
    cut_for_menus,
    from_menu,
    from_value,
    menu_action_id,
    to_value,
)
from bot.query import Query, Word
from tests.blocks.examples import NOW, QUERIES
from tests.blocks.limits import units

STATES = st.builds(ListingState, QUERIES, st.integers(1, 10_000))
FIELDS = st.sampled_from(("type", "original", "os", "owner", "sort"))


@given(STATES)
def test_a_state_survives_a_buttons_value(state: ListingState) -> None:
    value = to_value(state)
    assert units(value) <= 2000
    assert from_value(value) == state


@given(STATES, FIELDS)
def test_a_state_survives_the_ids_of_a_menu(state: ListingState, field: str) -> None:
    block_id, carried = cut_for_menus(state, ids.nonce(NOW))
    action_id = menu_action_id(field, carried)
    assert ids.MENU.match(action_id)
    assert max(units(block_id), units(action_id)) <= 255
    assert block_id.strip() == block_id
    assert action_id.strip() == action_id
    assert from_menu(block_id, action_id) == (field, state)


@given(STATES)
def test_a_state_holds_nothing_that_slack_may_escape(state: ListingState) -> None:
    assert not set("<>&") & set(to_value(state))


@pytest.mark.parametrize(
    "value",
    ["", "pi1", "pi1~", "pi0~1~", "pi1~x~", "pi1~²~", "pi1~1~os:", "pi1~" + "9" * 5000 + "~"],
)
def test_a_value_of_another_release_is_told_as_such(value: str) -> None:
    with pytest.raises(StaleMessage, match="another release"):
        from_value(value)


@pytest.mark.parametrize(
    ("block_id", "action_id"),
    [
        ("", ""),
        ("pi1~n~1~~", "menu.status~~"),
        ("pi1~n~1~~", "listing.show"),
        ("pi1~n~1~", "menu.os~x"),
        ("pi1~n~1", "menu.os~~"),
        ("pi2~n~1~~", "menu.os~~"),
    ],
)
def test_ids_of_another_release_are_told_as_such(block_id: str, action_id: str) -> None:
    with pytest.raises(StaleMessage, match="another release"):
        from_menu(block_id, action_id)


def test_the_longest_query_of_wide_characters_fits_into_both_ids() -> None:
    state = ListingState(Query((Word("a" + "😀" * 199),)), 99_999)
    block_id, carried = cut_for_menus(state, ids.nonce(NOW))
    action_id = menu_action_id("original", carried)
    assert max(units(block_id), units(action_id)) <= 255
    assert from_menu(block_id, action_id) == ("original", state)

"""What the simulated Slack refuses in blocks and views, by slack/facts.md and limits.json."""

import json
from pathlib import Path

import pytest

from bot.sim.slack import limits
from bot.sim.slack.limits import (
    blocks_problems,
    message_problems,
    suggestion_problems,
    text_total,
    view_bytes,
    view_problems,
)
from tests.sim.slack_app import (
    Json,
    actions,
    button,
    entry,
    modal,
    option,
    plain,
    section,
    select,
)
from tests.sim.slack_blocks import BLOCKS, ELEMENTS, GROUPS, SUBMIT, pointers, whats
from tests.sim.slack_refusals import REFUSED

LIMITS = json.loads(Path(limits.__file__).with_name("limits.json").read_text())


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: str(element["type"]))
def test_a_valid_element_is_taken_in_a_section_and_an_actions_block(element: Json) -> None:
    assert whats([section(accessory=element), actions(element)]) == []


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block["type"]))
def test_a_classic_block_is_taken_on_every_surface(block: Json, surface: str) -> None:
    assert whats([block], surface) == []


@pytest.mark.parametrize(
    ("kind", "surface"), [("alert", "message"), ("table", "modal"), ("markdown", "home")]
)
def test_a_block_is_refused_on_a_surface_that_is_not_its_own(kind: str, surface: str) -> None:
    assert whats([{"type": kind}], surface) == [f"unsupported block in a {surface}: {kind}"]


def test_every_block_type_of_the_surfaces_has_a_shape() -> None:
    for surface in ("message", "modal", "home"):
        for kind in LIMITS["surfaces"][surface]:
            assert f"unsupported type: {kind}" not in whats([{"type": kind}], surface)


@pytest.mark.parametrize(
    ("block", "pointer", "what"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_malformed_block_is_refused_with_its_pointer(
    block: Json, pointer: str, what: str
) -> None:
    assert (pointer, what) in [tuple(problem) for problem in blocks_problems([block], "message")]


def test_blocks_that_are_not_an_array_are_refused() -> None:
    assert [str(problem) for problem in message_problems({"blocks": "[]"})] == [
        "[ERROR] must be an array [json-pointer:/blocks]"
    ]


def test_a_block_id_is_unique_in_a_message() -> None:
    assert pointers([section(block_id="a"), section(block_id="a")]) == ["/blocks/1/block_id"]


def test_one_action_id_may_be_in_two_blocks() -> None:
    assert whats([actions(button()), actions(button())]) == []


def test_one_table_per_message() -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    assert whats([table]) == []
    assert whats([table, table]) == ["only_one_table_allowed"]


def test_markdown_counts_over_the_whole_payload() -> None:
    block = {"type": "markdown", "text": "x" * 6_000}
    assert whats([block, block]) == []
    assert whats([block, block, {"type": "markdown", "text": "x"}]) != []


def test_a_text_must_not_be_empty() -> None:
    assert "must be more than 0 characters, is 0" in whats([section("")])


def test_characters_outside_the_basic_plane_count_twice() -> None:
    assert whats([{"type": "header", "text": plain("🦊" * 75)}]) == []
    assert whats([{"type": "header", "text": plain("🦊" * 76)}]) != []


def test_fifty_blocks_a_message_and_a_hundred_a_view() -> None:
    blocks: list[Json] = [{"type": "divider"}] * 50
    assert message_problems({"blocks": blocks}) == []
    assert message_problems({"blocks": [*blocks, *blocks[:1]]}) != []
    assert view_problems(modal(*blocks, *blocks)) == []
    assert view_problems(modal(*blocks, *blocks, *blocks[:1])) != []


@pytest.mark.parametrize("key", ["title", "submit", "close"])
def test_titles_and_buttons_of_a_modal_have_24_characters(key: str) -> None:
    assert view_problems({**modal(), key: plain("x" * 24)}) == []
    assert view_problems({**modal(), key: plain("x" * 25)}) != []


@pytest.mark.parametrize(
    ("key", "most"), [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)]
)
def test_the_texts_of_a_view_are_limited(key: str, most: int) -> None:
    assert view_problems(modal(**{key: "x" * most})) == []
    assert view_problems(modal(**{key: "x" * (most + 1)})) != []


def test_a_modal_needs_a_title_and_a_submit_button_for_inputs() -> None:
    assert view_problems({"type": "modal", "blocks": []}) != []
    assert [p.what for p in view_problems(modal(entry()))] == [
        "submit is required with an input block"
    ]
    assert view_problems(modal(entry(), submit=SUBMIT)) == []


def test_one_element_of_a_view_has_the_focus() -> None:
    focus = {"focus_on_load": True}
    assert view_problems(modal(entry("a", **focus), entry("b"), submit=SUBMIT)) == []
    assert view_problems(modal(entry("a", **focus), entry("b", **focus), submit=SUBMIT)) != []


@pytest.mark.parametrize("key", ["title", "submit", "close"])
def test_a_home_has_no_title_and_no_buttons(key: str) -> None:
    home = {"type": "home", "blocks": []}
    assert view_problems(home) == []
    assert [p.what for p in view_problems({**home, key: plain("a")})] == [f"unknown key: {key}"]


def test_a_view_is_a_modal_or_a_home() -> None:
    assert [p.what for p in view_problems({"type": "page"})] == ["must be modal or home"]


def test_an_answer_to_a_suggestion_has_a_hundred_options_at_most() -> None:
    hundred = [option(str(number)) for number in range(100)]
    assert suggestion_problems({"options": []}) == []
    assert suggestion_problems({"options": hundred}) == []
    assert suggestion_problems({"options": [*hundred, option("more")]}) != []
    assert suggestion_problems({"option_groups": GROUPS}) == []
    assert suggestion_problems({"options": [], "option_groups": GROUPS}) != []
    assert suggestion_problems({}) != []
    assert suggestion_problems({"options": [option("x" * 151)]}) != []
    assert suggestion_problems([]) != []


def test_the_text_of_a_message_counts_what_can_be_read() -> None:
    blocks = [section("12345", fields=[plain("678")]), actions(button(text="90"), select())]
    assert text_total(blocks) == 12
    assert text_total(blocks, options=False) == 10


def test_the_size_of_a_view_is_that_of_compact_json() -> None:
    assert view_bytes({"a": ["é"]}) == len('{"a":["é"]}'.encode())

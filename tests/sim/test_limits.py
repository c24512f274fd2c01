"""What the simulated Slack refuses in blocks and views, by slack/facts.md and limits.json."""

import copy
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
    mrkdwn,
    option,
    plain,
    section,
    select,
)

LIMITS = json.loads(Path(limits.__file__).with_name("limits.json").read_text())
CONFIRM = {
    "title": plain("Sure?"),
    "text": mrkdwn("Really?"),
    "confirm": plain("Yes"),
    "deny": plain("No"),
    "style": "danger",
}
IMAGE = {"type": "image", "image_url": "https://x.test/i.png", "alt_text": "a picture"}
SUBMIT = plain("Send")


def whats(blocks: list[Json], surface: str = "message") -> list[str]:
    return [problem.what for problem in blocks_problems(blocks, surface)]


def pointers(blocks: list[Json], surface: str = "message") -> list[str]:
    return [problem.pointer for problem in blocks_problems(blocks, surface)]


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def rich_section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


MENU = {"placeholder": plain("Choose"), "confirm": CONFIRM}
GROUPS = [{"label": plain("Group"), "options": [option("a")]}]
ELEMENTS: list[Json] = [
    button(value="1", url="https://x.test", style="primary", confirm=CONFIRM),
    select("menu", "a", "b", initial_option=option("a"), **MENU),
    {"type": "static_select", "action_id": "g", "option_groups": GROUPS},
    {**select(), "type": "multi_static_select", "initial_options": [option("b")]},
    {"type": "external_select", "action_id": "x", "min_query_length": 0, **MENU},
    {"type": "multi_external_select", "action_id": "x", "initial_options": [option("z")]},
    {
        "type": "overflow",
        "action_id": "x",
        "options": [{**option("a"), "url": "https://x.test"}] * 2,
    },
    {"type": "users_select", "action_id": "x", "initial_user": "U1", **MENU},
    {"type": "multi_users_select", "action_id": "x", "max_selected_items": 2},
    {"type": "conversations_select", "action_id": "x", "filter": {"include": ["im"]}},
    {"type": "channels_select", "action_id": "x", "initial_channel": "C1"},
    {"type": "checkboxes", "action_id": "x", "options": [{"text": mrkdwn("*a*"), "value": "a"}]},
    {"type": "radio_buttons", "action_id": "x", "options": [option("a")]},
    {"type": "datepicker", "action_id": "x", "initial_date": "2026-11-23", **MENU},
    {"type": "timepicker", "action_id": "x", "initial_time": "09:00"},
]
BLOCKS: list[Json] = [
    section(block_id="b", fields=[mrkdwn("*a*"), plain("b")], expand=True),
    {"type": "section", "fields": [mrkdwn("a")], "accessory": IMAGE},
    {"type": "context", "elements": [mrkdwn("a"), plain("b"), IMAGE]},
    {"type": "divider"},
    {"type": "header", "text": {**plain("Title"), "emoji": False}},
    {**IMAGE, "title": plain("Title")},
    entry(multiline=True, min_length=1, max_length=3000, initial_value="", placeholder=plain("p")),
    rich(
        rich_section(
            {"type": "text", "text": "a", "style": {"bold": True}},
            {"type": "link", "url": "https://x.test", "text": "x"},
            {"type": "user", "user_id": "U1"},
            {"type": "date", "timestamp": 1_800_000_000, "format": "{date}", "fallback": "f"},
            {"type": "emoji", "name": "wave"},
        ),
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 1,
            "elements": [rich_section({"type": "text", "text": "a"})],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a"}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a"}]},
    ),
]


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


REFUSED: list[tuple[str, Json, str, str]] = [
    ("no such type", {"type": "sectoin"}, "/blocks/0", "unsupported block in a message: sectoin"),
    ("unknown key", section(colour="red"), "/blocks/0/colour", "unknown key: colour"),
    ("no text", {"type": "section"}, "/blocks/0", "missing required field: text or fields"),
    (
        "mrkdwn header",
        {"type": "header", "text": mrkdwn("a")},
        "/blocks/0/text",
        "must be a text object of type plain_text",
    ),
    (
        "string as text",
        {"type": "section", "text": "a"},
        "/blocks/0/text",
        "must be a text object of type plain_text or mrkdwn",
    ),
    (
        "mrkdwn on a button",
        actions({**button(), "text": mrkdwn("a")}),
        "/blocks/0/elements/0/text",
        "must be a text object of type plain_text",
    ),
    (
        "mrkdwn placeholder",
        actions(select(placeholder=mrkdwn("a"))),
        "/blocks/0/elements/0/placeholder",
        "must be a text object of type plain_text",
    ),
    (
        "mrkdwn option",
        actions({**select(), "options": [{"text": mrkdwn("a"), "value": "a"}]}),
        "/blocks/0/elements/0/options/0/text",
        "must be a text object of type plain_text",
    ),
    (
        "mrkdwn label",
        {**entry(), "label": mrkdwn("a")},
        "/blocks/0/label",
        "must be a text object of type plain_text",
    ),
    (
        "emoji on mrkdwn",
        {"type": "section", "text": {**mrkdwn("a"), "emoji": True}},
        "/blocks/0/text/emoji",
        "unknown key: emoji",
    ),
    (
        "verbatim on plain_text",
        {"type": "section", "text": {**plain("a"), "verbatim": True}},
        "/blocks/0/text/verbatim",
        "unknown key: verbatim",
    ),
    (
        "verbatim not true or false",
        {"type": "section", "text": {**mrkdwn("a"), "verbatim": "yes"}},
        "/blocks/0/text/verbatim",
        "must be a bool",
    ),
    (
        "option without value",
        actions({**select(), "options": [{"text": plain("a")}]}),
        "/blocks/0/elements/0/options/0",
        "missing required field: value",
    ),
    (
        "url in a select's option",
        actions({**select(), "options": [{**option("a"), "url": "https://x.test"}]}),
        "/blocks/0/elements/0",
        "url is for the options of an overflow menu only",
    ),
    (
        "options and groups",
        actions(select(option_groups=GROUPS)),
        "/blocks/0/elements/0",
        "must have exactly one of options and option_groups",
    ),
    (
        "neither options nor groups",
        actions({"type": "static_select", "action_id": "x"}),
        "/blocks/0/elements/0",
        "must have exactly one of options and option_groups",
    ),
    (
        "an initial option that is too long to be loaded",
        actions({"type": "external_select", "action_id": "x", "initial_option": option("x" * 76)}),
        "/blocks/0/elements/0/options/0/text",
        "must be less than 76 characters, is 76",
    ),
    (
        "an address with spaces",
        actions(button(url="https://x.test/a b")),
        "/blocks/0/elements/0/url",
        "must be a valid URL",
    ),
    (
        "another initial option",
        actions(select(initial_option={**option("a"), "text": plain("another text")})),
        "/blocks/0/elements/0",
        "an initial option must equal one of the options",
    ),
    (
        "one option in an overflow menu",
        actions({"type": "overflow", "action_id": "x", "options": [option("a")]}),
        "/blocks/0/elements/0/options",
        "must have 2 to 5 items",
    ),
    (
        "input in an actions block",
        actions({"type": "plain_text_input", "action_id": "x"}),
        "/blocks/0/elements/0",
        "unsupported type in actions: plain_text_input",
    ),
    (
        "button in a context block",
        {"type": "context", "elements": [button()]},
        "/blocks/0/elements/0",
        "unsupported type in context: button",
    ),
    (
        "button in an input block",
        {**entry(), "element": button()},
        "/blocks/0/element",
        "unsupported type in input: button",
    ),
    (
        "confirm without deny",
        actions(button(confirm={k: v for k, v in CONFIRM.items() if k != "deny"})),
        "/blocks/0/elements/0/confirm",
        "missing required field: deny",
    ),
    (
        "confirm is not an object",
        actions(button(confirm="sure?")),
        "/blocks/0/elements/0/confirm",
        "must be an object",
    ),
    (
        "another style",
        actions(button(style="default")),
        "/blocks/0/elements/0/style",
        "must be primary or danger",
    ),
    (
        "two action ids in a block",
        actions(button(), button()),
        "/blocks/0",
        "action_id used twice in one block: go",
    ),
    (
        "image without address",
        {"type": "image", "alt_text": "a"},
        "/blocks/0",
        "must have exactly one of image_url and slack_file",
    ),
    (
        "image element with two addresses",
        section(accessory={**IMAGE, "slack_file": {"id": "F1"}}),
        "/blocks/0/accessory",
        "must have exactly one of image_url and slack_file",
    ),
    (
        "elements not an array",
        {"type": "actions", "elements": {}},
        "/blocks/0/elements",
        "must be an array",
    ),
    (
        "a number that is true",
        entry(max_length=True),
        "/blocks/0/element/max_length",
        "must be a int",
    ),
    (
        "rich text: unknown part",
        rich({"type": "text", "text": "a"}),
        "/blocks/0/elements/0",
        "unsupported type: text",
    ),
    (
        "rich text: unknown leaf",
        rich(rich_section(mrkdwn("a"))),
        "/blocks/0/elements/0/elements/0",
        "unsupported type: mrkdwn",
    ),
    (
        "rich text: no elements",
        rich({"type": "rich_text_section"}),
        "/blocks/0/elements/0",
        "missing required field: elements",
    ),
    (
        "rich text: empty text",
        rich(rich_section({"type": "text", "text": ""})),
        "/blocks/0/elements/0/elements/0/text",
        "must be a string of 1 or more characters",
    ),
    (
        "rich text: unknown style",
        rich(rich_section({"type": "text", "text": "a", "style": {"blink": True}})),
        "/blocks/0/elements/0/elements/0/style/blink",
        "unknown style, or not true or false",
    ),
    (
        "rich text: style is a word",
        rich(rich_section({"type": "text", "text": "a", "style": "bold"})),
        "/blocks/0/elements/0/elements/0/style",
        "must be an object",
    ),
    (
        "rich text: link without url",
        rich(rich_section({"type": "link", "text": "a"})),
        "/blocks/0/elements/0/elements/0",
        "missing required field: url",
    ),
    (
        "rich text: date is text",
        rich(rich_section({"type": "date", "timestamp": "1", "format": "{date}"})),
        "/blocks/0/elements/0/elements/0/timestamp",
        "must be an integer",
    ),
    (
        "rich text: preformatted mention",
        rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
        "/blocks/0/elements/0/elements/0",
        "preformatted text holds text and link only",
    ),
    (
        "rich text: list of texts",
        rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text"}]}),
        "/blocks/0/elements/0/elements/0",
        "a list holds rich_text_section only",
    ),
    (
        "rich text: list without style",
        rich({"type": "rich_text_list", "elements": []}),
        "/blocks/0/elements/0/style",
        "must be bullet or ordered",
    ),
    (
        "rich text: list too deep",
        rich({"type": "rich_text_list", "style": "ordered", "indent": 9, "elements": []}),
        "/blocks/0/elements/0/indent",
        "must be 0 to 8",
    ),
    (
        "rich text: unknown key",
        rich({**rich_section(), "colour": 1}),
        "/blocks/0/elements/0/colour",
        "unknown key: colour",
    ),
    (
        "rich text: unknown key of a leaf",
        rich(rich_section({"type": "text", "text": "a", "size": 1})),
        "/blocks/0/elements/0/elements/0/size",
        "unknown key: size",
    ),
]


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


def holder(name: str) -> Json:
    """A valid object of a type that a rule of limits.json names."""
    found = [b for b in [*BLOCKS, *ELEMENTS, actions(button())] if b["type"] == name]
    if found:
        return copy.deepcopy(found[0])
    extra: dict[str, Json] = {
        "*block": section(),
        "*element": {
            **select(),
            "confirm": copy.deepcopy(CONFIRM),
            "option_groups": copy.deepcopy(GROUPS),
        },
        "markdown": {"type": "markdown"},
        "table": {"type": "table"},
        "data_table": {"type": "data_table", "caption": "c"},
        "card": {"type": "card"},
        "carousel": {"type": "carousel"},
        "container": {"type": "container"},
        "alert": {"type": "alert"},
        "video": {"type": "video"},
        "context_actions": {"type": "context_actions"},
        "workflow_button": {"type": "workflow_button", "action_id": "x", "workflow": {}},
        "plain_text_input": {"type": "plain_text_input", "action_id": "x"},
        "file_input": {"type": "file_input", "action_id": "x"},
    }
    return extra[name]


def measured(path: str, measure: int) -> object:
    """A text of so many characters: an address, a text object or a string."""
    last = path.rpartition(".")[2]
    if last.endswith("url"):
        return "https://x.test/".ljust(measure, "x")
    return plain("x" * measure) if last in TEXT_OBJECTS else "x" * measure


def with_measure(rule: list[Json], measure: int) -> Json:
    """An object whose value at the rule's path measures so much."""
    name, path, kind = str(rule[0]), str(rule[1]), str(rule[2])
    value: object = measure
    if kind == "count":
        value = [{} for _ in range(measure)]
    elif kind == "len":
        value = (
            plain("x" * measure)
            if path.rsplit(".", maxsplit=1)[-1] in TEXT_OBJECTS
            else "x" * measure
        )
    made = holder(name)
    parts = path.split(".")
    at = made
    for part in parts[:-1]:
        key = part.removesuffix("[]")
        inner = at.setdefault(key, [{}] if part.endswith("[]") else {})
        at = inner[0] if isinstance(inner, list) else inner
    last = parts[-1]
    at[last.removesuffix("[]")] = [value] if last.endswith("[]") else value
    return made


TEXT_OBJECTS = {"placeholder", "title", "text", "label", "hint", "description", "confirm", "deny"}
BLOCK_RULES = [rule for rule in LIMITS["rules"] if rule[0] not in {"modal", "*view", "*message"}]


def surroundings(made: Json, name: str) -> list[Json]:
    kind = made["type"]
    if name == "*block" or kind in LIMITS["surfaces"]["message"] + ["alert"]:
        return [made]
    if kind in {"plain_text_input", "file_input"}:
        return [{**entry(), "element": made}]
    return [actions(made)]


@pytest.mark.parametrize("rule", BLOCK_RULES, ids=lambda rule: f"{rule[0]}.{rule[1]}")
def test_every_rule_holds_at_its_limit_and_refuses_one_more(rule: list[Json]) -> None:
    most = int(str(rule[4]))
    refusal = f"must be less than {most + 1}"
    for measure, refusals in ((most, 0), (most + 1, 1)):
        blocks = surroundings(with_measure(rule, measure), str(rule[0]))
        surface = "modal" if blocks[0]["type"] == "alert" else "message"
        found = [what for what in whats(blocks, surface) if what.startswith(refusal)]
        assert (len(found) > 0) == (refusals > 0), found


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

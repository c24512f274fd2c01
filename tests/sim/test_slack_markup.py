"""What active_markup finds live in a payload, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sim.slack import active_markup
from tests.sim.slack_app import Json, button, mrkdwn, plain, section

LIVE = [
    ("<!channel>", "broadcast"),
    ("<!here|here>", "broadcast"),
    ("<@U012AB|ada>", "user"),
    ("<#C012AB>", "channel"),
    ("<!subteam^S012>", "usergroup"),
    ("<!date^1800000000^{date}|then>", "date"),
    ("<https://x.test/a|label>", "link"),
    ("<mailto:a@b.test>", "link"),
    ("<whatever>", "unknown"),
    ("ring @here now", "auto_broadcast"),
    ("@Everyone", "auto_broadcast"),
    ("see #general", "auto_channel"),
    ("go to https://x.test/a", "auto_link"),
    ("go to example.com", "auto_link"),
    ("ask a.b@example.com", "auto_email"),
    ("*bold*", "bold"),
    ("an _italic one_", "italic"),
    ("~gone~", "strike"),
    ("`code`", "code"),
    ("```a\nb```", "code_block"),
    ("a\n&gt; quoted", "quote"),
    (":wave:", "emoji"),
    ("x:100:", "emoji"),
]
SEVERAL = [
    ("*<@U012AB>*", ["user", "bold"]),
    ("<https://x.test|a :wave: b>", ["link", "emoji"]),
    ("<https://example.com>", ["link"]),
    ("`*a*` _b_", ["code", "italic"]),
]
INERT = [
    "&lt;!channel&gt;",
    "snake_case_name and 2 * 3 * 4",
    "12:30:45",
    "a ~ b",
    "C# and a#b",
    "me@home",
    "v1.2.3 of image-22.04.qcow2",
    "*",
]


@pytest.mark.parametrize(("text", "kind"), LIVE, ids=[row[1] for row in LIVE])
def test_live_text_is_found(text: str, kind: str) -> None:
    assert [found.kind for found in active_markup([section(text)])] == [kind]
    assert [found.kind for found in active_markup([], text)] == [kind]


@pytest.mark.parametrize(("text", "kinds"), SEVERAL)
def test_constructs_within_constructs_are_found(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in active_markup([section(text)])] == kinds


@pytest.mark.parametrize("text", INERT)
def test_inert_text_is_left_alone(text: str) -> None:
    assert active_markup([section(text)], text) == []


def test_verbatim_stops_auto_parsing_alone() -> None:
    text = "@here #general https://x.test a@b.test *bold* <!here>"
    block = {"type": "section", "text": {**mrkdwn(text), "verbatim": True}}
    assert [found.kind for found in active_markup([block])] == ["broadcast", "bold"]


def test_plain_text_has_emoji_unless_told_otherwise() -> None:
    header = {"type": "header", "text": plain(":wave: *a* <!here> @here")}
    assert [tuple(found) for found in active_markup([header])] == [
        ("emoji", ":wave:", "/blocks/0/text")
    ]
    quiet = {"type": "header", "text": {**plain(":wave:"), "emoji": False}}
    assert active_markup([quiet]) == []


def test_every_text_of_a_block_is_read() -> None:
    block = section(fields=[mrkdwn("*a*")], accessory=button(text=":a:"))
    assert [found.pointer for found in active_markup([block])] == [
        "/blocks/0/fields/0",
        "/blocks/0/accessory/text",
    ]


def test_rich_text_is_live_by_its_elements_alone() -> None:
    elements: list[Json] = [
        {"type": "text", "text": "@here *a* <!here> :wave:", "style": {"bold": True}},
        {"type": "link", "url": "https://x.test"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 1, "format": "{date}"},
    ]
    block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }
    assert [(found.kind, found.source) for found in active_markup([block])] == [
        ("link", "https://x.test"),
        ("broadcast", "here"),
        ("date", "1"),
    ]


@given(st.text())
def test_letters_and_digits_are_never_live(text: str) -> None:
    words = "".join(letter for letter in text if letter.isalnum() or letter == " ")
    assert active_markup([section(words)], words) == []

"""Blocks that Slack takes, for the tests of its limits: written from slack/facts.md."""

from bot.sim.slack.limits import blocks_problems
from tests.sim.slack_app import (
    Json,
    button,
    entry,
    mrkdwn,
    option,
    plain,
    section,
    select,
)

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

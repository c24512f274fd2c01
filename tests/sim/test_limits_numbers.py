"""Every rule of limits.json, at its limit and one past it."""

import copy
import json
from pathlib import Path

import pytest

from bot.sim.slack import limits
from tests.sim.slack_app import (
    Json,
    actions,
    button,
    entry,
    plain,
    section,
    select,
)
from tests.sim.slack_blocks import BLOCKS, CONFIRM, ELEMENTS, GROUPS, whats

LIMITS = json.loads(Path(limits.__file__).with_name("limits.json").read_text())


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

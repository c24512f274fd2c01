"""Slack's rules for messages and views, checked over finished JSON.

Written against ``slack/limits.json`` and the fact sheet alone: it imports nothing of ``bot``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_DATA = json.loads((Path(__file__).parents[2] / "bot/sim/slack/limits.json").read_text())
_RULES: list[list[Any]] = _DATA["rules"]
_SURFACES: dict[str, list[str]] = _DATA["surfaces"]
_TEXT_TOTAL: int = _DATA["cumulative"]["message_text_total_safe"]
_TEXT_OBJECTS = {"plain_text", "mrkdwn"}
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)

_USER = re.compile("[UW][A-Z0-9]+")
_ASKING = {"external_select", "conversations_select", "multi_users_select"}
"""Elements whose options are not in the message."""

MARK = "\u2620"
"""Tests put this sign into every text that is said to come from the cloud or from a user."""


def check_message(text: str, blocks: Sequence[Mapping[str, Any]], longest_text: int = 300) -> None:
    """Assert that Slack takes the message and that nothing in it is live."""
    message = {"text": text, "blocks": blocks}
    _check_rules("*message", message)
    assert text
    assert units(text) <= longest_text
    assert MARK not in text
    _check_blocks(blocks, "message")
    total = sum(map(escaped, [text, *texts(blocks)]))
    assert total <= _TEXT_TOTAL, total


def check_view(view: Mapping[str, Any]) -> None:
    """Assert that Slack takes the modal and that nothing in it is live."""
    _check_rules("modal", view)
    _check_rules("*view", view)
    assert view["blocks"]
    assert ("submit" in view) == any(block["type"] == "input" for block in view["blocks"])
    _check_blocks(view["blocks"], "modal")
    assert len(json.dumps(view)) <= 250_000


def check_home(view: Mapping[str, Any]) -> None:
    """Assert that Slack takes the App Home and that nothing in it is live."""
    assert set(view) <= {"type", "blocks", "private_metadata", "callback_id"}
    assert view["type"] == "home"
    _check_rules("*view", view)
    assert view["blocks"]
    _check_blocks(view["blocks"], "home")
    assert len(json.dumps(view)) <= 250_000


def check_options_answer(answer: Mapping[str, Any]) -> None:
    """Assert that Slack takes the answer to a suggestion request."""
    assert set(answer) == {"options"}
    _check_rules("static_select", answer, missing_ok=not answer["options"])
    _check_rules("*element", answer)
    for text in _text_objects(answer):
        _check_text(text)
    values = [option["value"] for option in answer["options"]]
    assert len(set(values)) == len(values)


def texts(value: object) -> Iterator[str]:
    """Return every text that Slack may count: those of text objects and of rich text."""
    for found in _walk(value):
        if isinstance(found.get("text"), str):
            yield found["text"]
        if found.get("type") == "date":
            yield found["fallback"]


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> int:
    """Return the width of a text after Slack has escaped it; our own tokens count longer too."""
    return units(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _check_blocks(blocks: Sequence[Mapping[str, Any]], surface: str) -> None:
    block_ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(block_ids)) == len(block_ids)
    for block in blocks:
        assert block["type"] in _SURFACES[surface]
        _check_rules("*block", block)
        _check_rules(block["type"], block)
        elements = _elements(block)
        action_ids = [element["action_id"] for element in elements if "action_id" in element]
        assert len(set(action_ids)) == len(action_ids)
        if action_ids:
            assert "block_id" in block
        for element in elements:
            _check_element(element)
        for found in _walk(block):
            assert not {"url", "image_url", "channel_id"} & set(found)
            assert _USER.fullmatch(found.get("user_id", "U1"))
            if block["type"] == "rich_text" and "elements" not in found and "type" in found:
                assert found["type"] in {"text", "date", "user"}, found
        for text in _text_objects(block):
            _check_text(text)


def _elements(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if block["type"] == "rich_text":
        return []
    single = [block[key] for key in ("accessory", "element") if key in block]
    return [*single, *block.get("elements", [])]


def _check_element(element: Mapping[str, Any]) -> None:
    if element["type"] in _TEXT_OBJECTS:
        return
    _check_rules("*element", element)
    _check_rules(element["type"], element)
    assert element["action_id"]
    if element["type"] in _ASKING:
        assert "options" not in element
        return
    if "options" in element:
        options = element["options"]
        values = [option["value"] for option in options]
        assert len(set(values)) == len(values)
        assert element.get("initial_option", options[0]) in options
        assert all(option in options for option in element.get("initial_options", options[:1]))


def _check_text(text: Mapping[str, Any]) -> None:
    assert 1 <= escaped(text["text"]) <= 3000
    assert text["text"].strip()
    if text["type"] == "mrkdwn":
        assert text["verbatim"] is True
        assert MARK not in text["text"]
    else:
        assert text["emoji"] is False
    assert not _ACTIVE.search(text["text"])


def _check_rules(kind: str, value: Mapping[str, Any], *, missing_ok: bool = False) -> None:
    for rule_kind, path, measure, least, most, _ in _RULES:
        if rule_kind != kind:
            continue
        for found in _at(value, path.split(".")):
            size = _measure(found, measure)
            assert (missing_ok and not size) or least <= size <= most, (kind, path, size)


def _measure(found: Any, measure: str) -> float:
    if measure == "count":
        return len(found)
    if measure == "num":
        return float(found)
    is_text = isinstance(found, Mapping)
    return escaped(found["text"]) if is_text else units(found)


def _at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Return what stands at a path; a step may end in ``[]``: every item of a list."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    key = step.removesuffix("[]")
    if not isinstance(value, Mapping) or key not in value:
        return
    for found in value[key] if step.endswith("[]") else [value[key]]:
        yield from _at(found, rest)


def _text_objects(value: object) -> Iterator[Mapping[str, Any]]:
    for found in _walk(value):
        if found.get("type") in _TEXT_OBJECTS:
            yield found
        elif found.get("type") == "text":
            text = found["text"]
            assert text
            assert text == "\n" or not _ACTIVE.search(text)


def _walk(value: object) -> Iterator[Mapping[str, Any]]:
    """Return every object within a JSON value."""
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _walk(inner)

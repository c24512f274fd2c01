"""Checks an object against its shape: keys it may and must have, and what they hold."""

import re

from bot.sim.slack.menus import menu_problems
from bot.sim.slack.numbers import number_problems
from bot.sim.slack.problems import Problem, as_list, as_object, type_of
from bot.sim.slack.rich_text import rich_text_problems
from bot.sim.slack.shapes import (
    BLOCKS,
    ELEMENTS,
    INERT_ELEMENTS,
    OBJECTS,
    PLACES,
    Kind,
    Shape,
)

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+")
_STYLES = {"primary", "danger"}
_PLAIN_VALUES: dict[str, tuple[type, ...]] = {"str": (str,), "bool": (bool,), "int": (int,)}


def block_problems(block: object, pointer: str) -> list[Problem]:
    """Return what is wrong with one block of a known type, apart from the surface it is on."""
    kind = type_of(block)
    shape = {"type!": "str", "block_id": "str", **BLOCKS[kind]}
    problems = shape_problems(block, shape, pointer, kind)
    problems += number_problems(block, pointer, "*block", kind)
    fields = as_object(block)
    if kind == "section" and not fields.keys() & {"text", "fields"}:
        problems.append(Problem(pointer, "missing required field: text or fields"))
    if kind == "image":
        problems += _picture_problems(fields, pointer)
    return problems + _action_id_problems(fields, pointer)


def shape_problems(value: object, shape: Shape, pointer: str, place: str = "") -> list[Problem]:
    """Return missing, unknown and ill-typed keys of an object, and of all that it holds."""
    if not isinstance(value, dict):
        return [Problem(pointer, "must be an object")]
    kinds = {key.removesuffix("!"): kind for key, kind in shape.items()}
    required = {key[:-1] for key in shape if key.endswith("!")}
    problems = [
        Problem(pointer, f"missing required field: {key}")
        for key in sorted(required - value.keys())
    ]
    for key, held in value.items():
        where = f"{pointer}/{key}"
        if key in kinds:
            problems += _kind_problems(held, kinds[key], where, place)
        else:
            problems.append(Problem(where, f"unknown key: {key}"))
    return problems


def _kind_problems(value: object, kind: Kind, pointer: str, place: str) -> list[Problem]:
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [Problem(pointer, "must be an array")]
        return [
            problem
            for index, item in enumerate(value)
            for problem in _kind_problems(item, kind[0], f"{pointer}/{index}", place)
        ]
    return _item_problems(value, kind, pointer, place)


def _item_problems(value: object, kind: str, pointer: str, place: str) -> list[Problem]:
    if kind in {"plain", "text"}:
        return text_problems(value, pointer, plain_only=kind == "plain")
    if kind == "element":
        return _element_problems(value, pointer, place)
    if kind == "rich":
        return rich_text_problems(value, pointer)
    if kind in OBJECTS:
        return shape_problems(value, OBJECTS[kind], pointer)
    return _plain_value_problems(value, kind, pointer)


def _plain_value_problems(value: object, kind: str, pointer: str) -> list[Problem]:
    if kind == "url":
        right = isinstance(value, str) and _URL.fullmatch(value) is not None
        return [] if right else [Problem(pointer, "must be a valid URL")]
    if kind == "style":
        return [] if value in _STYLES else [Problem(pointer, "must be primary or danger")]
    right = isinstance(value, _PLAIN_VALUES.get(kind, object))
    if kind == "int" and isinstance(value, bool):
        right = False
    return [] if right else [Problem(pointer, f"must be a {kind}")]


def text_problems(value: object, pointer: str, *, plain_only: bool) -> list[Problem]:
    """Return what is wrong with a text object; ``emoji`` and ``verbatim`` have one type each."""
    kind = type_of(value)
    if kind not in {"plain_text", "mrkdwn"} or (plain_only and kind != "plain_text"):
        wanted = "plain_text" if plain_only else "plain_text or mrkdwn"
        return [Problem(pointer, f"must be a text object of type {wanted}")]
    switch = "emoji" if kind == "plain_text" else "verbatim"
    shape: Shape = {"type!": "str", "text!": "str", switch: "bool"}
    problems = shape_problems(value, shape, pointer)
    if as_object(value).get("text") == "":
        problems.append(Problem(f"{pointer}/text", "must be more than 0 characters"))
    return problems


def _element_problems(value: object, pointer: str, place: str) -> list[Problem]:
    kind = type_of(value)
    if kind not in PLACES.get(place, frozenset()):
        return [Problem(pointer, f"unsupported type in {place}: {kind}")]
    if kind in {"plain_text", "mrkdwn"}:
        return text_problems(value, pointer, plain_only=False)
    ids: Shape = {} if kind in INERT_ELEMENTS else {"action_id": "str"}
    shape = {"type!": "str", **ids, **ELEMENTS[kind]}
    problems = shape_problems(value, shape, pointer, kind)
    problems += number_problems(value, pointer, "*element", kind)
    if kind == "image":
        problems += _picture_problems(as_object(value), pointer)
    return problems + menu_problems(as_object(value), kind, pointer)


def elements_of(block: dict[str, object]) -> list[dict[str, object]]:
    """Return the elements of a block that a user can press, choose from or type into."""
    held = [block.get("accessory"), block.get("element"), *as_list(block.get("elements"))]
    if block.get("type") == "card":
        held += as_list(block.get("actions"))
    return [
        as_object(element)
        for element in held
        if type_of(element) in ELEMENTS and type_of(element) not in INERT_ELEMENTS
    ]


def _picture_problems(fields: dict[str, object], pointer: str) -> list[Problem]:
    if len(fields.keys() & {"image_url", "slack_file"}) == 1:
        return []
    return [Problem(pointer, "must have exactly one of image_url and slack_file")]


def _action_id_problems(block: dict[str, object], pointer: str) -> list[Problem]:
    ids = [element["action_id"] for element in elements_of(block) if "action_id" in element]
    return [
        Problem(pointer, f"action_id used twice in one block: {action_id}")
        for index, action_id in enumerate(ids)
        if action_id in ids[:index]
    ]

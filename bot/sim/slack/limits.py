"""What Slack refuses in a message or a view (slack/facts.md, limits.json)."""

import json
from collections.abc import Iterator, Sequence

from bot.sim.slack.numbers import (
    MARKDOWN_TOTAL,
    SURFACES,
    TABLES_PER_MESSAGE,
    number_problems,
)
from bot.sim.slack.problems import Problem, as_list, as_object, length_of, type_of
from bot.sim.slack.shapes import ELEMENT_SURFACES, VIEW_KEYS, VIEWS
from bot.sim.slack.structure import block_problems, elements_of, shape_problems

MAX_VIEW_BYTES = 250_000
"""Of a view as JSON: ``view_too_large`` exists, its number is not published; this was observed."""
MAX_UPDATE_TEXT = 4_000
"""Of ``text`` in chat.update (slack/facts.md: ``msg_too_long``)."""

_OPTION_KEYS = {"options", "option_groups"}


def blocks_problems(blocks: object, surface: str, pointer: str = "/blocks") -> list[Problem]:
    """Return what is wrong with the blocks of a ``message``, a ``modal`` or a ``home``."""
    if not isinstance(blocks, list):
        return [Problem(pointer, "must be an array")]
    problems = []
    for index, block in enumerate(blocks):
        where = f"{pointer}/{index}"
        if type_of(block) not in SURFACES[surface]:
            problems.append(Problem(where, f"unsupported block in a {surface}: {type_of(block)}"))
        else:
            problems += block_problems(block, where) + _surface_problems(block, surface, where)
    return problems + _block_id_problems(blocks, pointer) + _total_problems(blocks, pointer)


def message_problems(message: dict[str, object]) -> list[Problem]:
    """Return what is wrong with ``text``, ``blocks`` and ``attachments`` of a message."""
    problems = number_problems(message, "", "*message")
    if "blocks" in message:
        problems += blocks_problems(message["blocks"], "message")
    return problems


def view_problems(view: object) -> list[Problem]:
    """Return what is wrong with a view."""
    kind = type_of(view)
    if kind not in VIEWS:
        return [Problem("/view/type", "must be modal or home")]
    fields = as_object(view)
    problems = shape_problems(view, {**VIEW_KEYS, **VIEWS[kind]}, "/view")
    problems += number_problems(view, "/view", "*view", kind)
    problems += blocks_problems(fields.get("blocks"), kind, "/view/blocks")
    has_input = any(type_of(block) == "input" for block in as_list(fields.get("blocks")))
    if kind == "modal" and has_input and "submit" not in fields:
        problems.append(Problem("/view", "submit is required with an input block"))
    if sum(_focused(block) for block in as_list(fields.get("blocks"))) > 1:
        problems.append(Problem("/view/blocks", "only one element can have focus_on_load"))
    return problems


def suggestion_problems(answer: object) -> list[Problem]:
    """Return what is wrong with the answer to a block_suggestion."""
    shape = {"options": ["option"], "option_groups": ["option_group"]}
    problems = shape_problems(answer, shape, "")
    if len(as_object(answer).keys() & _OPTION_KEYS) != 1:
        problems.append(Problem("", "must have exactly one of options and option_groups"))
    # The counts of static menus hold for answers too; an empty answer is how to say "no match".
    counts = [
        problem
        for problem in number_problems(answer, "", "*element", "static_select")
        if problem.what != "must be more than 0 items, is 0"
    ]
    return problems + counts


def view_bytes(view: object) -> int:
    """Return the size of a view as compact JSON, in bytes."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def text_total(blocks: Sequence[object], *, options: bool = True) -> int:
    """Count the characters that a person could read in blocks, with or without menus' options."""
    return sum(length_of(text) for block in blocks for text in _texts(block, options=options))


def _surface_problems(block: object, surface: str, pointer: str) -> list[Problem]:
    kinds = map(type_of, elements_of(as_object(block)))
    return [
        Problem(pointer, f"unsupported element in a {surface}: {kind}")
        for kind in kinds
        if surface not in ELEMENT_SURFACES.get(kind, {surface})
    ]


def _focused(block: object) -> int:
    return sum(element.get("focus_on_load") is True for element in elements_of(as_object(block)))


def _texts(value: object, *, options: bool) -> Iterator[str]:
    for item in as_list(value):
        yield from _texts(item, options=options)
    for key, held in as_object(value).items():
        if key in _OPTION_KEYS and not options:
            continue
        if key in {"text", "alt_text", "fallback"} and isinstance(held, str):
            yield held
        else:
            yield from _texts(held, options=options)


def _block_id_problems(blocks: list[object], pointer: str) -> list[Problem]:
    ids = [as_object(block).get("block_id") for block in blocks]
    return [
        Problem(f"{pointer}/{index}/block_id", f"block_id already exists: {block_id}")
        for index, block_id in enumerate(ids)
        if block_id is not None and block_id in ids[:index]
    ]


def _total_problems(blocks: list[object], pointer: str) -> list[Problem]:
    problems = []
    markdown = [as_object(block).get("text") for block in blocks if type_of(block) == "markdown"]
    if sum(length_of(text) for text in markdown if isinstance(text, str)) > MARKDOWN_TOTAL:
        problems.append(Problem(pointer, f"markdown must be less than {MARKDOWN_TOTAL + 1} in all"))
    if sum(type_of(block) == "table" for block in blocks) > TABLES_PER_MESSAGE:
        problems.append(Problem(pointer, "only_one_table_allowed"))
    return problems

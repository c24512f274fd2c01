"""The rules of ``limits.json``: lengths, counts and amounts, each from a named source."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from bot.sim.slack.problems import Problem, as_list, as_object, length_of, text_of


class Rule(NamedTuple):
    """What one path of one type may measure."""

    path: str
    kind: str
    """``len`` of a text, ``count`` of an array, or ``num`` for the amount itself."""
    least: int
    most: int


def _load() -> dict[str, object]:
    text = files(__package__).joinpath("limits.json").read_text(encoding="utf-8")
    return as_object(json.loads(text))


def _rules_by_type(rows: list[object]) -> dict[str, list[Rule]]:
    by_type: dict[str, list[Rule]] = {}
    for row in rows:
        name, path, kind, least, most, _source = as_list(row)
        rule = Rule(str(path), str(kind), int(str(least)), int(str(most)))
        by_type.setdefault(str(name), []).append(rule)
    return by_type


_LIMITS = _load()
RULES = _rules_by_type(as_list(_LIMITS["rules"]))
SURFACES = {
    name: frozenset(map(str, as_list(types)))
    for name, types in as_object(_LIMITS["surfaces"]).items()
    if not name.startswith("_")
}
_CUMULATIVE = as_object(_LIMITS["cumulative"])
MARKDOWN_TOTAL = int(str(_CUMULATIVE["markdown_text_total"]))
MESSAGE_TEXT_TOTAL = int(str(_CUMULATIVE["message_text_total_safe"]))
TABLES_PER_MESSAGE = int(str(_CUMULATIVE["tables_per_message"]))


def number_problems(value: object, pointer: str, *types: str) -> list[Problem]:
    """Return every rule of these types that the object breaks."""
    problems = []
    for rule in (rule for name in types for rule in RULES.get(name, [])):
        for where, found in _at(value, rule.path.split("."), pointer):
            measure = _measure(rule.kind, found)
            if measure is not None and not rule.least <= measure <= rule.most:
                problems.append(Problem(where, _refusal(rule, measure)))
    return problems


def _at(value: object, path: list[str], pointer: str) -> Iterator[tuple[str, object]]:
    if not path:
        yield pointer, value
        return
    key = path[0].removesuffix("[]")
    if key not in as_object(value):
        return
    found, where = as_object(value)[key], f"{pointer}/{key}"
    if path[0].endswith("[]"):
        for index, item in enumerate(as_list(found)):
            yield from _at(item, path[1:], f"{where}/{index}")
    else:
        yield from _at(found, path[1:], where)


def _measure(kind: str, value: object) -> int | None:
    if kind == "len":
        text = text_of(value)
        return None if text is None else length_of(text)
    if kind == "count":
        return len(value) if isinstance(value, list) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refusal(rule: Rule, measure: int) -> str:
    things = {"len": " characters", "count": " items", "num": ""}[rule.kind]
    if measure > rule.most:
        return f"must be less than {rule.most + 1}{things}, is {measure}"
    return f"must be more than {rule.least - 1}{things}, is {measure}"

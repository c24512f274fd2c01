"""The structure of a rich_text block (slack/facts.md: no length documented, list indent 0-8)."""

from bot.sim.slack.problems import Problem, as_object, type_of

_STYLES = {"bold", "italic", "strike", "code", "underline"}
_MENTION_STYLES = _STYLES | {"highlight", "client_highlight", "unlink"}
_LEAVES: dict[str, tuple[set[str], set[str]]] = {
    "text": ({"text"}, {"style"}),
    "link": ({"url"}, {"text", "style", "unsafe"}),
    "user": ({"user_id"}, {"style"}),
    "usergroup": ({"usergroup_id"}, {"style"}),
    "channel": ({"channel_id"}, {"style"}),
    "broadcast": ({"range"}, {"style"}),
    "emoji": ({"name"}, {"unicode", "skin_tone", "style"}),
    "date": ({"timestamp", "format"}, {"url", "fallback", "style"}),
    "color": ({"value"}, {"style"}),
    "team": ({"team_id"}, {"style"}),
}
_PARTS: dict[str, set[str]] = {
    "rich_text_section": set(),
    "rich_text_list": {"style", "indent", "offset", "border"},
    "rich_text_preformatted": {"border", "language"},
    "rich_text_quote": {"border"},
}
_MAX_INDENT = 8


def rich_text_problems(part: object, pointer: str) -> list[Problem]:
    """Return what is wrong with one element of a rich_text block."""
    kind = type_of(part)
    if kind not in _PARTS:
        return [Problem(pointer, f"unsupported type: {kind}")]
    fields = as_object(part)
    problems = [
        Problem(f"{pointer}/{key}", f"unknown key: {key}")
        for key in fields.keys() - {"type", "elements"} - _PARTS[kind]
    ]
    elements = fields.get("elements")
    if not isinstance(elements, list):
        return [*problems, Problem(pointer, "missing required field: elements")]
    if kind == "rich_text_list":
        problems += _list_problems(fields, pointer)
    for index, element in enumerate(elements):
        problems += _inner_problems(kind, element, f"{pointer}/elements/{index}")
    return problems


def _list_problems(fields: dict[str, object], pointer: str) -> list[Problem]:
    problems = []
    if fields.get("style") not in {"bullet", "ordered"}:
        problems.append(Problem(f"{pointer}/style", "must be bullet or ordered"))
    indent = fields.get("indent", 0)
    if not isinstance(indent, int) or not 0 <= indent <= _MAX_INDENT:
        problems.append(Problem(f"{pointer}/indent", f"must be 0 to {_MAX_INDENT}"))
    return problems


def _inner_problems(kind: str, element: object, pointer: str) -> list[Problem]:
    if kind == "rich_text_list":
        if type_of(element) != "rich_text_section":
            return [Problem(pointer, "a list holds rich_text_section only")]
        return rich_text_problems(element, pointer)
    if kind == "rich_text_preformatted" and type_of(element) not in {"text", "link"}:
        return [Problem(pointer, "preformatted text holds text and link only")]
    return _leaf_problems(element, pointer)


def _leaf_problems(element: object, pointer: str) -> list[Problem]:
    kind = type_of(element)
    if kind not in _LEAVES:
        return [Problem(pointer, f"unsupported type: {kind}")]
    required, optional = _LEAVES[kind]
    fields = as_object(element)
    problems = [
        Problem(pointer, f"missing required field: {key}") for key in required - fields.keys()
    ]
    problems += [
        Problem(f"{pointer}/{key}", f"unknown key: {key}")
        for key in fields.keys() - required - optional - {"type"}
    ]
    for key in ("text", "url", "user_id", "name", "fallback"):
        if key in fields and (not isinstance(fields[key], str) or not fields[key]):
            problems.append(Problem(f"{pointer}/{key}", "must be a string of 1 or more characters"))
    if kind == "date" and not isinstance(fields.get("timestamp"), int):
        problems.append(Problem(f"{pointer}/timestamp", "must be an integer"))
    return problems + _style_problems(kind, fields.get("style", {}), f"{pointer}/style")


def _style_problems(kind: str, style: object, pointer: str) -> list[Problem]:
    allowed = _STYLES if kind in {"text", "link"} else _MENTION_STYLES
    if not isinstance(style, dict):
        return [Problem(pointer, "must be an object")]
    return [
        Problem(f"{pointer}/{name}", "unknown style, or not true or false")
        for name, value in style.items()
        if name not in allowed or not isinstance(value, bool)
    ]

"""What Slack refuses in menus, pickers and inputs, beyond their shapes and lengths."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date
from zoneinfo import available_timezones

from bot.sim.slack.numbers import number_problems
from bot.sim.slack.problems import Problem, as_list, as_object

_LEAST_OVERFLOW = 2  # slack/facts.md: emit 2-5
_TRIGGERS = {"on_enter_pressed", "on_character_entered"}
_CONVERSATIONS = {"im", "mpim", "private", "public"}
_CHANNEL = re.compile(r"C[A-Z0-9]+")
_CONVERSATION = re.compile(r"[CGD][A-Z0-9]+")
_USER = re.compile(r"[UW][A-Z0-9]+")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def menu_problems(element: dict[str, object], kind: str, pointer: str) -> list[Problem]:
    """Return what is wrong with the options and with what an element starts with."""
    problems = _option_problems(element, kind, pointer)
    for key, (is_right, what) in _FORMS.items():
        given = element.get(key, [])
        for value in given if isinstance(given, list) else [given]:
            if not is_right(value):
                problems.append(Problem(f"{pointer}/{key}", what))
    problems += _amount_problems(element, pointer)
    if "dispatch_action_config" in element:
        problems += _dispatch_problems(element["dispatch_action_config"], pointer)
    return problems + (_filter_problems(element["filter"], pointer) if "filter" in element else [])


def offered_options(element: Mapping[str, object]) -> list[object]:
    """Return the options of an element, whether in groups or not."""
    groups = as_list(element.get("option_groups"))
    grouped = [option for group in groups for option in as_list(as_object(group).get("options"))]
    return as_list(element.get("options")) + grouped


def is_date(value: object) -> bool:
    """Whether a date as Slack has it: YYYY-MM-DD."""
    try:
        return date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        return False


def is_time(value: object) -> bool:
    """Whether a time as Slack has it: HH:mm, of 24 hours."""
    return _TIME.fullmatch(str(value)) is not None


def _option_problems(element: dict[str, object], kind: str, pointer: str) -> list[Problem]:
    problems = []
    if kind.endswith("static_select") and len(element.keys() & {"options", "option_groups"}) != 1:
        problems.append(Problem(pointer, "must have exactly one of options and option_groups"))
    options = offered_options(element)
    if kind == "overflow" and len(options) < _LEAST_OVERFLOW:
        problems.append(Problem(f"{pointer}/options", f"must have {_LEAST_OVERFLOW} to 5 items"))
    if kind != "overflow":
        problems += [
            Problem(pointer, "url is for the options of an overflow menu only")
            for option in options
            if "url" in as_object(option)
        ]
    if "external" in kind:
        # The options are not known here, but the first one has their limits.
        first = {"options": _initial_options(element)}
        return problems + number_problems(first, pointer, "*element")
    return problems + [
        Problem(pointer, "an initial option must equal one of the options")
        for option in _initial_options(element)
        if option not in options
    ]


def _initial_options(element: dict[str, object]) -> list[object]:
    one = [element["initial_option"]] if "initial_option" in element else []
    return one + as_list(element.get("initial_options"))


def _amount_problems(element: dict[str, object], pointer: str) -> list[Problem]:
    most = element.get("max_selected_items")
    if not isinstance(most, int):
        return []
    if most < 1:
        return [Problem(f"{pointer}/max_selected_items", "must be more than 0")]
    return [
        Problem(f"{pointer}/{key}", f"must be less than {most + 1} items, is {len(given)}")
        for key, given in element.items()
        if key.startswith("initial_") and isinstance(given, list) and len(given) > most
    ]


def _dispatch_problems(config: object, pointer: str) -> list[Problem]:
    triggers = as_object(config).get("trigger_actions_on", list(_TRIGGERS))
    if isinstance(triggers, list) and triggers and all(one in _TRIGGERS for one in triggers):
        return []
    where = f"{pointer}/dispatch_action_config/trigger_actions_on"
    return [Problem(where, f"must be one or both of {', '.join(sorted(_TRIGGERS))}")]


def _filter_problems(wanted: object, pointer: str) -> list[Problem]:
    fields = as_object(wanted)
    if not fields:
        return [Problem(f"{pointer}/filter", "must have at least one field")]
    include = fields.get("include", ["public"])
    if isinstance(include, list) and include and all(one in _CONVERSATIONS for one in include):
        return []
    where = f"{pointer}/filter/include"
    return [Problem(where, f"must be one or more of {', '.join(sorted(_CONVERSATIONS))}")]


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_like(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_FORMS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "initial_user": (_is_like(_USER), "must be a valid user ID"),
    "initial_users": (_is_like(_USER), "must be a valid user ID"),
    "initial_channel": (_is_like(_CHANNEL), "must be a valid channel ID"),
    "initial_channels": (_is_like(_CHANNEL), "must be a valid channel ID"),
    "initial_conversation": (_is_like(_CONVERSATION), "must be a valid conversation ID"),
    "initial_conversations": (_is_like(_CONVERSATION), "must be a valid conversation ID"),
    "initial_date": (is_date, "must be in the format YYYY-MM-DD"),
    "initial_time": (is_time, "must be in the format HH:mm"),
    "timezone": (lambda value: value in _zones(), "must be an IANA time zone"),
}

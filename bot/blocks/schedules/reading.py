"""What is submitted of a digest's form, as a draft."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.blocks.inputs import (
    FormErrors,
    Values,
    error_text,
    field_error,
    state_of,
    typed,
)
from bot.blocks.schedule_words import GROUP_ID, USER_ID
from bot.blocks.schedules.menus import NO_COUNTRY
from bot.errors import BotError, ScheduleError
from bot.query import Query
from bot.schedule import (
    MAX_MENTIONS,
    Draft,
    Timetable,
    parse_country,
    parse_digest_query,
    parse_grace,
    parse_span,
    parse_times,
    parse_timezone,
)


def read_form(values: Values) -> Draft:
    """Return the draft that was submitted (``view.state.values``); raise FormErrors."""
    errors: dict[str, str] = {}
    parts: dict[str, Any] = {}
    for field, read in _READ.items():
        try:
            parts[field] = read(values)
        except ValueError as error:
            errors[field] = field_error(str(error))
        except BotError as error:
            errors[field] = error_text(error)
    mentions = (*parts.pop("mentions", ()), *parts.pop("groups", ()))
    if len(mentions) > MAX_MENTIONS:
        errors["mentions"] = f"At most {MAX_MENTIONS} people and user groups can be mentioned."
    if errors:
        raise FormErrors(errors)
    when = {field: parts.pop(field) for field in _TIMETABLE}
    return Draft(timetable=Timetable(**when), mentions=mentions, **parts)


def at_field(error: BotError, values: Values) -> FormErrors | None:
    """Return the mistake as one of the input that it is about; None where it is about none."""
    if not isinstance(error, ScheduleError) or error.field not in values:
        return None
    return FormErrors({error.field: error_text(error)})


def _channel(values: Values) -> str:
    channel = state_of(values, "channel").get("selected_conversation")
    return _one_of(_CHANNEL_ID, channel, "Choose a channel.")


def _days(values: Values) -> frozenset[int]:
    days = _all_chosen(values, "days")
    if not days:
        raise ValueError("Choose at least one day.")
    return frozenset(int(_one_of(_DAY, day, "Choose days of the week.")) for day in days)


def _timezone(values: Values) -> str:
    timezone = _chosen(values, "timezone")
    if timezone is None:
        raise ValueError("Choose a time zone.")
    return parse_timezone(timezone)


def _holidays(values: Values) -> str | None:
    country = _chosen(values, "holidays")
    return None if country in {None, NO_COUNTRY} else parse_country(str(country))


def _query(values: Values) -> Query:
    return parse_digest_query(typed(values, "query"))


def _users(values: Values) -> list[str]:
    users = state_of(values, "mentions").get("selected_users") or []
    return [_one_of(USER_ID, user, "Choose people of this workspace.") for user in users]


def _groups(values: Values) -> list[str]:
    groups = _all_chosen(values, "groups")
    return [_one_of(GROUP_ID, group, "Choose user groups of this workspace.") for group in groups]


def _mention_after(values: Values) -> int:
    text = typed(values, "mention_after")
    return parse_span(text) if text.strip() else 0


def _if_unsure(values: Values) -> str:
    return _one_of(_POLICY, _chosen(values, "if_unsure"), "Choose one of the two.")


def _one_of(pattern: re.Pattern[str], value: object, otherwise: str) -> str:
    """Return what was chosen, unless it is nothing that the form offers."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(otherwise)
    return value


def _chosen(values: Values, field: str) -> str | None:
    """Return the value of the option chosen in an input."""
    chosen: Mapping[str, str] | None = state_of(values, field).get("selected_option")
    return chosen["value"] if chosen else None


def _all_chosen(values: Values, field: str) -> list[str]:
    return [each["value"] for each in state_of(values, field).get("selected_options") or []]


_CHANNEL_ID = re.compile("[CGD][A-Z0-9]{1,16}")
_DAY = re.compile("[0-6]")
_POLICY = re.compile("never_lost|never_twice")
_TIMETABLE = ("times", "days", "timezone", "holidays")
_READ: Mapping[str, Callable[[Values], Any]] = {
    "channel": _channel,
    "times": lambda values: parse_times(typed(values, "times")),
    "days": _days,
    "timezone": _timezone,
    "holidays": _holidays,
    "query": _query,
    "only_changes": lambda values: bool(_all_chosen(values, "only_changes")),
    "mentions": _users,
    "groups": _groups,
    "mention_after": _mention_after,
    "grace": lambda values: parse_grace(_chosen(values, "grace") or ""),
    "if_unsure": _if_unsure,
}
"""How each input is read, by its block id."""

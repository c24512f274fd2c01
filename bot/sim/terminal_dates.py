"""Slack's date tokens, as an English client with a 12-hour clock shows them.

Slack formats ``<!date^...>`` and rich text dates on the reader's device, in the reader's zone
(``slack/facts.md``, mrkdwn). The tokens are those of Slack's date element.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOON = 12
YEAR_OMITTED = timedelta(days=183)
"""``{date}`` leaves out the year of a date less than six months away."""
_TOKEN = re.compile(r"\{([a-z_]+)\}")
_UNITS = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
    ("second", 1),
)
_Form = Callable[[datetime, datetime], str]


def format_date(unix: str | float, template: str, zone: tzinfo, now: datetime) -> str | None:
    """Return the template with its tokens replaced, or None where the fallback is to be shown.

    ``unix`` is in seconds since 1970. Unknown tokens stay as they are. A template that begins
    with a relative day begins with a capital, as in Slack.
    """
    try:
        moment = datetime.fromtimestamp(float(unix), zone)
    except (ValueError, OverflowError, OSError):
        return None
    local_now = now.astimezone(zone)

    def replace(match: re.Match[str]) -> str:
        form = _FORMS.get(match[1])
        if form is None:
            return match[0]
        text = form(moment, local_now)
        return text if match.start() else text[:1].upper() + text[1:]

    return _TOKEN.sub(replace, template)


def clock(moment: datetime, _now: datetime | None = None) -> str:
    """Return the time of day, such as ``9:05 AM``."""
    return f"{moment.hour % NOON or NOON}:{moment.minute:02} {'AM' if moment.hour < NOON else 'PM'}"


def _clock_seconds(moment: datetime, _now: datetime) -> str:
    time, half = clock(moment).split()
    return f"{time}:{moment.second:02} {half}"


def _number(moment: datetime, _now: datetime) -> str:
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"


def _slash(moment: datetime, _now: datetime) -> str:
    return f"{moment.day:02}/{moment.month:02}/{moment.year:04}"


def _date(moment: datetime, now: datetime) -> str:
    near = abs(moment - now) < YEAR_OMITTED
    return _month_day(moment) if near else f"{_month_day(moment)}, {moment.year}"


def _short(moment: datetime, _now: datetime) -> str:
    return f"{MONTHS[moment.month - 1][:3]} {moment.day}, {moment.year}"


def _long(moment: datetime, _now: datetime) -> str:
    return f"{WEEKDAYS[moment.weekday()]}, {_month_day(moment)}, {moment.year}"


def _long_full(moment: datetime, _now: datetime) -> str:
    return f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year}"


def _divider(moment: datetime, now: datetime) -> str:
    if moment.year != now.year:
        return _long(moment, now)
    return f"{WEEKDAYS[moment.weekday()]}, {_month_day(moment)}"


def _month_day(moment: datetime) -> str:
    teen = 11 <= moment.day <= 13  # noqa: PLR2004 - 11th, 12th and 13th are the odd ones out
    suffix = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")
    return f"{MONTHS[moment.month - 1]} {moment.day}{suffix}"


def _ago(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    unit, length = next((u for u in _UNITS if abs(seconds) >= u[1]), _UNITS[-1])
    count = int(abs(seconds) // length)
    period = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{period} ago" if seconds >= 0 else f"in {period}"


def _pretty(form: _Form) -> _Form:
    """Return the form that says yesterday, today and tomorrow where they apply."""

    def show(moment: datetime, now: datetime) -> str:
        days = (moment.date() - now.date()).days
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days) or form(moment, now)

    return show


_FORMS: dict[str, _Form] = {
    "date_num": _number,
    "date_slash": _slash,
    "date": _date,
    "date_short": _short,
    "date_long": _long,
    "date_long_full": _long_full,
    "date_pretty": _pretty(_date),
    "date_short_pretty": _pretty(_short),
    "date_long_pretty": _pretty(_long),
    "day_divider_pretty": _pretty(_divider),
    "time": clock,
    "time_secs": _clock_seconds,
    "ago": _ago,
}

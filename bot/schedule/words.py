"""Times, days, time zones and spans as people write them, and as they are written back.

Every ``parse_`` raises ``NotUnderstood`` for what it cannot read. What a ``_text`` function
returns, its ``parse_`` reads back.
"""

import difflib
import re
import zoneinfo
from collections.abc import Collection, Iterable
from datetime import time
from functools import cache

from bot.query import AGE_UNITS, WIDE_SIGNS, folded

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``date.weekday()``: Monday is 0."""

NARROW = WIDE_SIGNS | dict.fromkeys(map(ord, "\u3001\uff64"), ",")
"""What East Asian keyboards make of letters and signs in a list, to ASCII."""

DAY_GROUPS = {"daily": "mon-sun", "weekdays": "mon-fri", "weekend": "sat-sun"}

DAYS_MEANT: dict[str, str | None] = {"each": None, "every": None}
DAYS_MEANT |= dict.fromkeys(("day", "days", "everyday", "매일", "毎日"), "daily")
DAYS_MEANT |= dict.fromkeys(
    ("businessdays", "workday", "workdays", "workingdays", "평일", "平日"), "weekdays"
)
DAYS_MEANT |= dict.fromkeys(("주말", "週末"), "weekend")
"""What people write for a group -> the group; or for the beginning of one."""

MAX_TIMES = 24
"""Times a day: one an hour is the most that anybody reads."""

MAX_SPAN = 365 * 86_400
"""Seconds."""

GRACES = (60, 7 * 86_400)
"""Seconds: the shortest and the longest grace. A digest is always some seconds late."""

ZONE_ABBREVIATIONS = {"KST": "Asia/Seoul", "JST": "Asia/Tokyo"}
"""What people of the regions write; the tz database does not have them."""

NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""In the tz database, but nobody's time zone; ``localtime`` is each machine's own."""

OFFSET = re.compile(
    r"(?:utc|gmt)[+-]?[0-9]{1,2}(?::?[0-9]{2})?|\+[0-9]{1,2}(?::?[0-9]{2})?|-[0-9]{1,2}:[0-9]{2}",
    re.IGNORECASE,
)
"""An offset from UTC, as people write it for a time zone."""

_CONTINENTS = frozenset({"Africa", "America", "Asia", "Europe", "Pacific"})
"""Where the zones of which people write the city alone are."""

_ABBREVIATION_MAX = 4
"""An abbreviation is spelled nearly as any other, and says nothing by that."""

_RANGE_MIN = 3
"""Fewer days in a row are named one by one."""


class NotUnderstood(ValueError):
    """A word cannot be read; the text says so, and what to write instead."""

    def __init__(self, what: str, remedy: str, suggestion: str | None = None) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy
        self.suggestion = suggestion
        """The nearest that can be read, where one is near."""


def parse_time(text: str) -> time:
    """Return the time of day that ``09:00`` or ``9:00`` names."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text.translate(WIDE_SIGNS).strip())
    if match:
        hour, minute = int(match[1]), int(match[2])
        if hour < 24 and minute < 60:  # noqa: PLR2004 - what a day and an hour have
            return time(hour, minute)
    raise NotUnderstood(
        f'"{text}" is not a time of day.',
        "Write 00:00 to 23:59, such as 09:00.",
        _nearest_time(text),
    )


def parse_times(text: str) -> tuple[time, ...]:
    """Return the times of day that ``09:00,17:30`` names: ascending, each once.

    Commas of any keyboard and blanks separate them.
    """
    parts = [part for part in _BETWEEN_TIMES.split(text.translate(NARROW).strip()) if part]
    times = sorted({parse_time(part) for part in parts or [text]})
    if len(times) > MAX_TIMES:
        raise NotUnderstood(
            f"{len(times)} times a day are too many.", f"Write at most {MAX_TIMES}."
        )
    return tuple(times)


def times_text(times: Iterable[time]) -> str:
    """Return the times as ``09:00, 17:30``."""
    return ", ".join(f"{at:%H:%M}" for at in times)


def parse_days(text: str) -> frozenset[int]:
    """Return the weekdays that ``mon-fri``, ``mon,wed,fri``, ``daily`` and the like name.

    Case is ignored and a range may pass the week's end (``fri-mon``).
    """
    parts = folded(text.translate(NARROW)).split(",")
    # of "every monday", as it is typed of a digest, the last says best what is meant
    return frozenset(day for part in reversed(parts) for day in _days(part.strip()))


def days_text(days: Collection[int]) -> str:
    """Return the weekdays as a group where they are one, else as ranges and names: ``mon-thu``."""
    for name, group in DAY_GROUPS.items():
        if frozenset(days) == parse_days(group):
            return name
    return ", ".join(_run_text(run) for run in _runs(days))


def parse_timezone(text: str) -> str:
    """Return the name if the tz database knows it."""
    name = text.translate(NARROW).strip()
    several: list[str] = list(dict.fromkeys(re.findall(r"[^,\s]+", name)))
    for each in several:
        if OFFSET.fullmatch(each) and not is_zone(each):
            raise _offset(each)
    if several and all(map(is_zone, several)):
        if len(several) == 1:
            return several[0]
        raise NotUnderstood(
            f"{' and '.join(several)} are {len(several)} time zones.", "Name one time zone."
        )
    near = _nearest_zone(name)
    remedy = (
        f'Did you mean "{near}"?'
        if near
        else "Write a name of the tz database, such as Asia/Seoul."
    )
    raise NotUnderstood(f'"{text}" is not a known time zone.', remedy, near)


def is_zone(name: str) -> bool:
    """Whether the tz database has a zone of just this name."""
    if not name[:1].isupper() or name in NO_PLACES:
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError, OSError):
        return False
    return True


def is_city(text: str) -> bool:
    """Whether a zone of the tz database is named after a place of this name, in any case."""
    return _place(text) in _cities()


def parse_span(text: str) -> int:
    """Return the seconds of ``30m``, ``4h``, ``2d`` or ``1w``; a year is the longest."""
    match = re.fullmatch(r"([0-9]{1,9}) ?([mhdw])", text.translate(WIDE_SIGNS).strip().lower())
    if match is None:
        raise NotUnderstood(
            f'"{text}" is not a length of time.',
            "Write a number and m (minutes), h (hours), d (days) or w (weeks), such as 4h.",
        )
    seconds = int(match[1]) * AGE_UNITS[match[2]]
    if seconds > MAX_SPAN:
        raise NotUnderstood(f'"{text}" is too long.', f"Write at most {span_text(MAX_SPAN)}.")
    return seconds


def span_text(seconds: int) -> str:
    """Return whole minutes in the largest unit that divides them: ``4h``, ``90m``."""
    minutes = seconds // 60
    if minutes == 0:
        return "0m"
    name, size = max(
        (unit for unit in AGE_UNITS.items() if minutes * 60 % unit[1] == 0),
        key=lambda unit: unit[1],
    )
    return f"{minutes * 60 // size}{name}"


def parse_grace(text: str) -> int:
    """Return the seconds of a span that can be a schedule's grace."""
    seconds = parse_span(text)
    shortest, longest = GRACES
    if not shortest <= seconds <= longest:
        raise NotUnderstood(
            f'"{text}" cannot be the grace.',
            f"Write {span_text(shortest)} to {span_text(longest)}, such as 4h.",
        )
    return seconds


_BETWEEN_TIMES = re.compile(r"[,\s]+(?![,\s]*[ap]m)", re.IGNORECASE)


def _nearest_time(text: str) -> str | None:
    """Return what ``9am``, ``5.30 pm``, ``0900`` and the like mean."""
    narrow = text.translate(NARROW)
    match = re.fullmatch(r"([0-9]{1,2})[:.h]?([0-9]{2})?\s*([ap]m)?", narrow.strip().lower())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] is not None:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None  # noqa: PLR2004 - what a day and an hour have


def _days(part: str) -> list[int]:
    first, dash, last = DAY_GROUPS.get(part, part).partition("-")
    start = _day(first.strip())
    end = _day(last.strip()) if dash else start
    return [(start + n) % 7 for n in range((end - start) % 7 + 1)]


def _day(name: str) -> int:
    if name in DAY_NAMES:
        return DAY_NAMES.index(name)
    known = [*DAY_NAMES, *DAY_GROUPS]
    close = difflib.get_close_matches(name[:40], known, n=1, cutoff=0.5)
    near = DAYS_MEANT[name] if name in DAYS_MEANT else next(iter(close), None)
    hint = f'Did you mean "{near}"? ' if near else ""
    raise NotUnderstood(
        f'"{name}" is not a day.',
        f"{hint}Write mon, tue, wed, thu, fri, sat, sun, a range such as"
        " mon-fri, several with commas, or daily, weekdays, weekend.",
        near,
    )


def _runs(days: Collection[int]) -> list[list[int]]:
    """Return the days in order, those that follow each other together."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run_text(run: list[int]) -> str:
    names = [DAY_NAMES[day] for day in run]
    return f"{names[0]}-{names[-1]}" if len(run) >= _RANGE_MIN else ", ".join(names)


@cache
def _zones() -> frozenset[str]:
    """Return the names in the tz database, which takes tens of milliseconds to read."""
    return frozenset(zoneinfo.available_timezones())


@cache
def _cities() -> dict[str, str]:
    """Return zones such as ``Asia/Seoul`` by the place that they are named after."""
    zones = [(zone, *zone.split("/")) for zone in sorted(_zones())]
    return {
        parts[2].casefold(): parts[0]
        for parts in zones
        if len(parts) == 3 and parts[1] in _CONTINENTS  # noqa: PLR2004 - zone, continent, place
    }


def _place(text: str) -> str:
    return text.casefold().replace(" ", "_")


def _offset(text: str) -> NotUnderstood:
    """Return the mistake of an offset from UTC."""
    seoul = re.fullmatch(r"[a-z]*\+?0?9(:?00)?", text, re.IGNORECASE) is not None
    return NotUnderstood(
        f'"{text}" is an offset, and not a time zone.',
        "Name a city, such as Asia/Seoul: its clocks may change with the season.",
        "Asia/Seoul" if seoul else None,
    )


def _nearest_zone(name: str) -> str | None:
    """Return the nearest zone, by its whole name or by its city alone."""
    if zone := ZONE_ABBREVIATIONS.get(name.upper()) or _cities().get(_place(name)):
        return zone
    if len(name) <= _ABBREVIATION_MAX or name in NO_PLACES:
        return None
    zones = sorted(zone for zone in _zones() - NO_PLACES if zone[0].isupper())
    known = {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    known |= {zone.casefold(): zone for zone in zones}
    near = difflib.get_close_matches(_place(name[:60]), known, n=1)
    return known[near[0]] if near else None

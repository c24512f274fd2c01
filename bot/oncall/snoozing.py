"""Until when an image can be snoozed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot.schedule import first_moment

MORNING = time(9)
"""When an image wakes that sleeps until a day."""

SNOOZE_MAX = timedelta(days=366)
"""A year, whichever it is."""


class Choice(msgspec.Struct, frozen=True):
    """One way to say until when."""

    value: str
    """``1h``, ``tomorrow``, ``monday``, or ``date`` for a day that is yet to be named."""
    label: str
    until: datetime | None
    """None where it is yet to be named."""


def choices(now: datetime, timezone: str) -> list[Choice]:
    """Return what somebody in a time zone can choose from; the labels name the day and the time."""
    zone = ZoneInfo(timezone)
    offered = []
    for value, words in _WORDS.items():
        until = until_of(value, None, now, timezone)
        offered.append(Choice(value, f"{words}: {_clock(until, zone)}", until))
    return [*offered, Choice("date", f"Until a date, {MORNING:%H:%M}", None)]


def until_of(value: str, day: str | None, now: datetime, timezone: str) -> datetime:
    """Return the moment that a choice means; for ``date`` that of a ``day`` such as 2026-11-30.

    Raises ``ValueError`` with a sentence where it means none.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    if value == "1h":
        return now + timedelta(hours=1)
    if value == "tomorrow":
        return _morning(today + timedelta(days=1), zone)
    if value == "monday":
        return _morning(today + timedelta(days=7 - today.weekday()), zone)
    if value != "date":
        raise ValueError("Choose until when the image sleeps.")
    return _morning_named(day, today, now, zone)


_WORDS = {"1h": "For an hour", "tomorrow": "Until tomorrow", "monday": "Until next Monday"}


def _morning_named(day: str | None, today: date, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        named = date.fromisoformat(day or "")
    except ValueError:
        raise ValueError("Choose the date until which the image sleeps.") from None
    if named - today > SNOOZE_MAX:
        raise ValueError(
            f"{day} is more than a year ahead. Choose {today + SNOOZE_MAX} or an earlier date."
        )
    if named < today or (until := _morning(named, zone)) <= now:
        raise ValueError(
            f"{day} {MORNING:%H:%M} is past. Choose {today + timedelta(days=1)} or a later date."
        )
    return until


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return first_moment(datetime.combine(day, MORNING), zone)


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"

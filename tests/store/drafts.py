"""Drafts to make schedules of."""

from datetime import time

from bot.schedule import Draft, Timetable, parse_days

CHANNEL = "C0SIM0001"


def draft(
    times: tuple[time, ...] = (time(9),),
    days: str = "weekdays",
    timezone: str = "Asia/Seoul",
    **named: object,
) -> Draft:
    """Return what somebody asks for."""
    timetable = Timetable(times, parse_days(days), timezone)
    return Draft(**{"channel": CHANNEL, "timetable": timetable, **named})  # type: ignore[arg-type]  # fields by name

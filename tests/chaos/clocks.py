"""A wall clock that is off, within one process: what its code reads by Python's own means."""

import sys
import time
from datetime import datetime, timedelta, tzinfo

import apscheduler.schedulers.asyncio
import apscheduler.triggers.date
import apscheduler.triggers.interval

import bot.app

READERS = ("bot", "apscheduler")
"""Whose modules read the time by ``datetime.now``; all others that matter use ``time.time``."""

_LOADED = (apscheduler, bot.app)
"""With all that they import: what is loaded later would have the right time."""


class _Watched(type):
    """Every moment is one of the class's, whichever class made it."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


def put_wall_clock_off(seconds: float) -> None:
    """Let this process believe that it is so many seconds later than it is.

    Elapsed time, and the clocks of others, stay right.
    """
    if not seconds:
        return
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + seconds
    time.time_ns = lambda: right_ns() + int(seconds * 1e9)
    off = _datetime_off_by(timedelta(seconds=seconds))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in READERS and vars(module).get("datetime") is datetime:
            module.datetime = off  # type: ignore[attr-defined]


def _datetime_off_by(by: timedelta) -> type[datetime]:
    class Off(datetime, metaclass=_Watched):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + by

    return Off

"""Schedules and deliveries for the tests of ``bot.blocks`` and ``bot.listeners``."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.schedule import Delivery, DeliveryState, Schedule, Timetable

NOW = datetime(2026, 11, 23, 9, 0, 8, tzinfo=UTC)
CHANNEL = "C012ABCDEF"
MAKER = "U0MAKER01"

NINE = Timetable(times=(time(9),), days=frozenset(range(5)), timezone="Asia/Seoul")


def schedule(number: int = 3, **changes: Any) -> Schedule:
    """A schedule of the maker's, every weekday at nine in Seoul."""
    values: dict[str, Any] = {
        "id": number,
        "revision": 1,
        "channel": CHANNEL,
        "timetable": NINE,
        "made_by": MAKER,
        "made_at": NOW - timedelta(days=30),
        "next_due": NOW + timedelta(hours=15),
    }
    return Schedule(**(values | changes))


def delivery(number: int = 1, **changes: Any) -> Delivery:
    """A delivery that was posted in time, this morning."""
    due = NOW - timedelta(hours=9)
    values: dict[str, Any] = {
        "id": number,
        "schedule_id": 3,
        "channel": CHANNEL,
        "occurrence": "3/2026-11-23T09:00/Asia/Seoul",
        "due": due,
        "planned_at": due + timedelta(seconds=1),
        "state": DeliveryState.POSTED,
        "not_before": due,
        "attempts": 1,
        "started_at": due + timedelta(seconds=2),
        "posting_at": due + timedelta(seconds=3),
        "finished_at": due + timedelta(seconds=4),
        "data_at": due + timedelta(seconds=2),
        "ts": "1795392003.000100",
        "total": 23,
        "matched": 5,
    }
    return Delivery(**(values | changes))

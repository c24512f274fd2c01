"""How late a digest is, and why, as its footer says. Pure."""

from datetime import datetime, timedelta

from bot.blocks.schedule_words import is_late
from bot.schedule import Delivery

PLANNED_LATE = timedelta(seconds=30)
"""A bot that runs plans within seconds of the due moment."""

RESTARTED = "restarted"
NOT_RUNNING = "the bot or its database was not running"


def lateness(delivery: Delivery, now: datetime, started: datetime) -> tuple[int, str]:
    """Return for how many seconds a delivery is late and why; 0 where that is not worth telling.

    ``started`` is when this process began. All moments are the database's.
    """
    late = now - delivery.due
    if not is_late(late.total_seconds()):
        return 0, ""
    return int(late.total_seconds()), _reason(delivery, started)


def _reason(delivery: Delivery, started: datetime) -> str:
    restarted = RESTARTED if started > delivery.due else ""
    if delivery.planned_at - delivery.due <= PLANNED_LATE:
        return delivery.delay or restarted  # who died with it in hand could not write down why
    return restarted or NOT_RUNNING

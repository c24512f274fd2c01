"""How long a delivery waits for Slack, why, and when it has waited too long. Pure."""

from datetime import datetime, timedelta

from bot.errors import SlackError
from bot.schedule import Delivery, Schedule
from bot.slack import NOT_ACCEPTED, RATE_LIMITED

FIRST_WAIT, LONGEST_WAIT = 5.0, 60.0
"""Seconds before Slack is tried again where it does not say when."""


def pause(delivery: Delivery, error: SlackError) -> float:
    """Return the seconds before Slack is asked again: its own word, or growing ones."""
    if error.retry_after is not None:
        return error.retry_after
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(max(delivery.attempts - 1, 0), 10))


def why(error: SlackError) -> str:
    """Return why a digest is late, as its footer says."""
    if error.code in RATE_LIMITED:
        return "Slack asked to wait"
    return "Slack could not be reached" if error.code in NOT_ACCEPTED else "Slack did not answer"


def too_late(delivery: Delivery, schedule: Schedule, now: datetime) -> bool:
    """Return whether a delivery is worth nothing any more; ``now`` is the database's."""
    return now - delivery.due > timedelta(seconds=schedule.grace)

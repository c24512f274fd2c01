"""How long a delivery waits to be tried again, why, and when it has waited too long. Pure."""

from datetime import datetime, timedelta

from bot import sending
from bot.errors import SlackError
from bot.schedule import Delivery, Schedule
from bot.slack import HELD_UP, NOT_ACCEPTED, RATE_LIMITED

LONGEST_WAIT = 60.0
"""Seconds before Slack is tried again where it does not say when: a digest is late meanwhile."""

TRIED_AT_ONCE = 3
"""How often a delivery is tried without a wait where the database breaks off."""


def pause(delivery: Delivery, error: SlackError) -> float:
    """Return the seconds before Slack is asked again: its own word, or growing ones."""
    return sending.pause(error, _failures(delivery), LONGEST_WAIT)


def pause_after_post(delivery: Delivery, error: SlackError) -> float:
    """Return the same after a post that Slack has perhaps accepted."""
    return sending.pause_after_post(error, _failures(delivery), LONGEST_WAIT)


def outage_pause(delivery: Delivery) -> float:
    """Return the seconds before a delivery is taken up again over which the database broke off.

    At first none, since it may be over; then growing ones, for where claims succeed and only what
    follows them fails.
    """
    failing = delivery.attempts - TRIED_AT_ONCE
    return min(LONGEST_WAIT, 2.0 ** min(failing, 10)) if failing > 0 else 0.0


def why(error: SlackError) -> str:
    """Return why a digest is late, as its footer says."""
    if error.code == HELD_UP:
        return "the bot was held up"
    if error.code in RATE_LIMITED:
        return "Slack asked to wait"
    return "Slack could not be reached" if error.code in NOT_ACCEPTED else "Slack did not answer"


def too_late(delivery: Delivery, schedule: Schedule, now: datetime) -> bool:
    """Return whether a delivery is worth nothing any more; ``now`` is the database's."""
    return now - delivery.due > timedelta(seconds=schedule.grace)


def _failures(delivery: Delivery) -> int:
    return max(delivery.attempts - 1, 0)

"""A post that is sent once: a digest, or one to the watch channel (design 2.7).

It is marked as perhaps sent before it is, and looked for in the channel before it is sent again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.background.elapsed import elapsed
from bot.blocks.message import Message
from bot.errors import SlackError
from bot.slack import HELD_UP, NOT_ACCEPTED, PASSING, UNCERTAIN, Found

POSTING_LEASE = timedelta(seconds=30)
"""Longer than ``SEND_WITHIN`` and the ten seconds that a call of Slack takes at most."""

SEND_WITHIN = 12.0
"""Seconds: a process that was held up for longer on its way to the post does not send it, lest
somebody else has taken it over."""

CROWDED_WAIT = 1.0
"""Seconds: Slack takes one message a second in a channel (``slack/facts.md``, "Rate limits")."""

FIRST_WAIT = 5.0
"""Seconds before Slack is tried again where it does not say when; every further wait is longer."""

UNSURE_WAIT = 10.0
"""Seconds before the look whether a message arrived: Slack may take a while to show it."""

UNANSWERED_WAIT = 30.0
"""The same where Slack did not answer: it may still be about to accept the message."""

BEFORE_PLANNED = timedelta(hours=1)
"""How far Slack's clock and the database's may differ."""

_UNSEEN = "It was interrupted, and the bot cannot look whether it arrived."


class PostOnce(Protocol):
    """``Slack.post_once``."""

    async def __call__(
        self,
        channel: str,
        message: Message,
        metadata: Mapping[str, Any] | None = None,
        *,
        unless: Callable[[], bool],
        thread_ts: str | None = None,
    ) -> str:
        """Post with a single request and return the message's ts; raise ``SlackError``.

        ``unless`` is asked in the last moment before the request leaves.
        """


class Find(Protocol):
    """``Slack.find_post``."""

    async def __call__(
        self,
        channel: str,
        event_type: str,
        occurrence: str,
        oldest: datetime,
        *,
        thread_ts: str | None = None,
    ) -> Found | None:
        """Return the post, None where there is none; raise ``SlackError``."""


def held_up_since(asked: float) -> Callable[[], bool]:
    """Return what tells whether it is too late to send what the database let go at ``asked``."""
    return lambda: elapsed() - asked > SEND_WITHIN


def is_unsure(error: SlackError) -> bool:
    """Tell whether Slack may have accepted the message all the same."""
    return error.code in PASSING - NOT_ACCEPTED


def pause(error: SlackError, failures: int, longest: float) -> float:
    """Return the seconds before Slack is asked again: its own word, or growing ones.

    ``failures``: how many there were before this one.
    """
    if error.code == HELD_UP:
        return 0.0
    if error.retry_after is not None:
        return error.retry_after
    return min(longest, FIRST_WAIT * 2.0 ** min(failures, 10))


def pause_after_post(error: SlackError, failures: int, longest: float) -> float:
    """Return the same, and no less than it takes until a message shows that may have arrived."""
    seconds = pause(error, failures, longest)
    if not is_unsure(error):
        return seconds
    return max(seconds, UNANSWERED_WAIT if error.code == UNCERTAIN else UNSURE_WAIT)


def unseen(error: SlackError) -> str:
    """Return the outcome of a post of which nobody can tell whether it arrived."""
    return f"{_UNSEEN} {error} {error.remedy}".strip()

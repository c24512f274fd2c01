"""Schedules and what became of their deliveries, in words; for digests and for their manager.

All of it is plain text that may quote Slack, SCP or a user, so it is shown as such, but for the
mention tokens: these are for ``mrkdwn``, and hold ids alone.
"""

import re
from collections.abc import Iterable

from bot.blocks.text import SPANS, counted
from bot.query import Query, format_query
from bot.schedule import Delivery, DeliveryState, Draft, country_name, days_text, times_text

USER_ID = re.compile(r"[UW][A-Z0-9]{1,16}")
"""What Slack's ids of users look like."""
GROUP_ID = re.compile(r"S[A-Z0-9]{1,16}")
LATE_SECONDS = 60
"""From so many on something is called late; nobody minds less."""


def schedule_line(draft: Draft) -> str:
    """Return when a digest is due: ``09:00, 17:30 weekdays, Asia/Seoul``."""
    timetable = draft.timetable
    when = f"{times_text(timetable.times)} {days_text(timetable.days)}, {timetable.timezone}"
    if timetable.holidays is None:
        return when
    return f"{when}, not on public holidays of {country_name(timetable.holidays)}"


def query_words(query: Query) -> str:
    """Return what a digest looks for: the query's canonical text, or that it is everything."""
    return format_query(query) or "all pending images"


def mention_tokens(mentions: Iterable[str]) -> str:
    """Return users and user groups as mrkdwn that notifies them: ``<@U…> <!subteam^S…>``.

    What is no id of Slack's is left out: whatever stands in a token must not end it.
    """
    return " ".join(filter(None, map(_token, mentions)))


def outcome_words(delivery: Delivery) -> str:
    """Return what became of a delivery, such as ``posted 47 minutes late: 5 of 23 images``."""
    said = _STATES[delivery.state]
    if delivery.state is DeliveryState.SKIPPED and delivery.missed > 1:
        said = f"{delivery.missed:,} skipped"
    if delivery.arrived_at is not None and delivery.state in _SENT:
        late = (delivery.arrived_at - delivery.due).total_seconds()
        said += f" {late_words(late)}" if is_late(late) else ""
    if delivery.state is DeliveryState.POSTED and delivery.total is not None:
        return f"{said}: {_images(delivery)}"
    why = delivery.outcome or delivery.delay
    return f"{said}: {why}" if why else said


def is_late(seconds: float) -> bool:
    """Tell whether what comes that many seconds after its time is called late."""
    return seconds >= LATE_SECONDS


def late_words(seconds: float) -> str:
    """Return how late something is, in its two largest units: ``1 hour 50 minutes late``."""
    minutes = max(0, int(seconds)) // 60
    spans = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    parts = [counted(number, unit) for number, unit in spans if number]
    return f"{' '.join(parts[:2]) or 'less than a minute'} late"


def span_words(seconds: int) -> str:
    """Return a span to the second in one unit: ``3 days``, ``36 hours``, ``90 minutes``."""
    length, unit = next(pair for pair in SPANS if seconds % pair[0] == 0)
    return counted(seconds // length, unit)


_STATES = {
    DeliveryState.WAITING: "waits to be tried",
    DeliveryState.PREPARING: "being prepared",
    DeliveryState.POSTING: "being posted",
    DeliveryState.POSTED: "posted",
    DeliveryState.NOTICE: "posted a notice in the digest's place",
    DeliveryState.SILENT: "silent, because nothing had changed",
    DeliveryState.SKIPPED: "skipped",
    DeliveryState.FAILED: "not posted",
    DeliveryState.UNSURE: "perhaps posted, and not repeated",
}
_SENT = frozenset({DeliveryState.POSTED, DeliveryState.NOTICE})


def _token(mention: str) -> str:
    if USER_ID.fullmatch(mention):
        return f"<@{mention}>"
    return f"<!subteam^{mention}>" if GROUP_ID.fullmatch(mention) else ""


def _images(delivery: Delivery) -> str:
    total, matched = delivery.total or 0, delivery.matched
    if matched is None or matched == total:
        return counted(total, "image")
    return f"{matched:,} of {counted(total, 'image')}"

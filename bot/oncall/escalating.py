"""When on-call is called for an image that waits, in working time where hours are set."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import msgspec

from bot.oncall.values import Triage
from bot.query import AGE_UNITS, WIDE_SIGNS
from bot.schedule import first_moment, parse_days, parse_time, parse_timezone

DURATION_MAX = timedelta(days=365)
"""Nobody means to be called after more than a year."""


class WorkingHours(msgspec.Struct, frozen=True):
    """The hours of a week in which waiting counts."""

    days: frozenset[int]
    """As ``date.weekday()`` counts them."""
    start: time
    end: time
    """Of the next day where it is not after the start: a night shift belongs to the day on which
    it begins, and midnight to midnight is a whole day."""
    timezone: str


class CardPost(msgspec.Struct, frozen=True):
    """The post in the watch channel that shows an image."""

    channel: str
    ts: str
    since: datetime
    """When the bot first saw the image."""
    escalations: int
    """How often on-call has been called for it."""
    escalated_at: datetime | None
    """When it was last."""


def parse_duration(text: str) -> timedelta:
    """Return the length of time that ``24h``, ``90m``, ``1.5d`` and the like name.

    Raises ``ValueError`` with a sentence for what is none, or none that anybody can wait for.
    """
    match = _DURATION.fullmatch(text.translate(WIDE_SIGNS).strip().lower())
    if match is None:
        raise ValueError(
            f'"{text}" is not a length of time. Write a number and s (seconds), m (minutes),'
            " h (hours), d (days) or w (weeks), such as 24h."
        )
    seconds = float(match[1]) * _UNITS[match[2]]
    if not 1 <= seconds <= DURATION_MAX.total_seconds():
        raise ValueError(
            f'"{text}" is too {"long" if seconds > 1 else "short"}. Write 1s to 365d, such as 24h.'
        )
    return timedelta(seconds=seconds)


def parse_working_hours(text: str, default_zone: str) -> WorkingHours:
    """Return the hours that ``mon-fri 09:00-18:00 Asia/Seoul`` names; the zone may be left out.

    Raises ``ValueError`` with a sentence for what names none.
    """
    match = _HOURS.fullmatch(text.translate(_NARROW).strip())
    if match is None:
        raise ValueError(
            f'"{text}" are no working hours. Write days, from when to when, and perhaps a time'
            " zone, such as mon-fri 09:00-18:00 Asia/Seoul."
        )
    days, start, end, zone = match.groups()
    # as people write the end of a day, which no clock shows
    start_at, end_at = parse_time(start), time() if end == "24:00" else parse_time(end)
    if start_at == end_at and end != "24:00":
        raise ValueError(f'"{text}" begin when they end. For whole days write 00:00-24:00.')
    return WorkingHours(
        parse_days(days), start_at, end_at, parse_timezone(default_zone if zone is None else zone)
    )


def working_time(since: datetime, until: datetime, hours: WorkingHours | None) -> timedelta:
    """Return how much time has passed between two moments, of the working hours where there are.

    It is real time: where clocks are put forward or back in working hours, they are as much
    shorter or longer.
    """
    if until <= since:
        return timedelta()
    if hours is None:
        return until - since
    zone = ZoneInfo(hours.timezone)
    first, last = (moment.astimezone(zone).date().toordinal() for moment in (since, until))
    # a shift may have begun the day before; and clocks that go back over midnight have shown a
    # part of the next day already
    days = range(first - 1, last + 2)
    edges = (*days[:_EDGE], *days[_EDGE:][-_EDGE:])
    within = (_overlap(_shift(hours, day, zone), since, until) for day in edges)
    return sum(within, _whole(hours, days[_EDGE:-_EDGE]))


def escalation_due(
    post: CardPost,
    triage: Triage,
    now: datetime,
    *,
    after: timedelta,
    again: timedelta | None,
    hours: WorkingHours | None,
) -> int | None:
    """Return the number of the escalation that is due now, from 1; None where none is.

    Nobody is called for an image that somebody looks after, that is snoozed, or of which a
    decision is underway or holds still.
    """
    if triage.claim or triage.underway or triage.sleeps(now) or triage.lately_settled(now):
        return None
    if post.escalated_at is None:
        return 1 if working_time(post.since, now, hours) >= after else None
    if again is None or working_time(post.escalated_at, now, hours) < again:
        return None
    return post.escalations + 1


_UNITS = AGE_UNITS | {"s": 1}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}) ?([smhdw])")
_NARROW = WIDE_SIGNS | dict.fromkeys(map(ord, "\u2013\u2014\u2212\uff5e\u301c~"), "-")
"""What keyboards make of the signs in ``mon-fri 09:00-18:00``, to ASCII."""
_HOURS = re.compile(
    r"(\S.*?)\s+([0-9]{1,2}:[0-9]{2})\s*-\s*([0-9]{1,2}:[0-9]{2})(?:\s+(\S.*))?", re.ASCII
)

_EDGE = 3
"""So many days at either end of a span may be in it by a part only."""

_BLOCK = 1024
"""So many days are summed up together, and once."""


def _shift(hours: WorkingHours, day: int, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return from when to when there is work that begins on a day (its proleptic ordinal)."""
    start = date.fromordinal(day)
    if start.weekday() not in hours.days:
        return None
    end = start if hours.end > hours.start else date.fromordinal(day + 1)
    return (
        first_moment(datetime.combine(start, hours.start), zone),
        first_moment(datetime.combine(end, hours.end), zone),
    )


def _overlap(
    shift: tuple[datetime, datetime] | None, since: datetime, until: datetime
) -> timedelta:
    if shift is None:
        return timedelta()
    return max(timedelta(), min(until, shift[1]) - max(since, shift[0]))


def _whole(hours: WorkingHours, days: range) -> timedelta:
    """Return how long all shifts are that begin on the days."""
    if not days:
        return timedelta()
    first, last = days.start // _BLOCK, days.stop // _BLOCK
    blocks = (_sums(hours, block)[-1] for block in range(first, last))
    ends = _sums(hours, last)[days.stop % _BLOCK] - _sums(hours, first)[days.start % _BLOCK]
    return sum(blocks, ends)


@lru_cache(maxsize=64)
def _sums(hours: WorkingHours, block: int) -> tuple[timedelta, ...]:
    """Return how long the shifts of the first 0, 1, 2, .. days of a block are together."""
    zone = ZoneInfo(hours.timezone)
    days = range(block * _BLOCK, (block + 1) * _BLOCK)
    return tuple(
        accumulate(_lengths(_shift(hours, day, zone) for day in days), initial=timedelta())
    )


def _lengths(shifts: Iterable[tuple[datetime, datetime] | None]) -> Iterable[timedelta]:
    return (shift[1] - shift[0] if shift else timedelta() for shift in shifts)

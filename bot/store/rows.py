"""Between rows and values. A schedule's parts lie in the words that people write."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Row, and_, not_, or_

from bot.errors import QueryError
from bot.images import PendingImage
from bot.oncall.provenance import marks
from bot.query import Query, format_query, parse_query
from bot.schedule import (
    Delivery,
    DeliveryState,
    Draft,
    Schedule,
    Timetable,
    days_text,
    next_occurrence,
    parse_country,
    parse_days,
    parse_times,
    parse_timezone,
    times_text,
)
from bot.sightings import Sighting
from bot.store import tables
from bot.store.tables import storable

_COMPARED = ("shown", "asleep", "as_of")
DELIVERY_COLUMNS = [column for column in tables.deliveries.c if column.name not in _COMPARED]
"""What the next digest is compared with is much, and seldom wanted."""

T = TypeVar("T")

_image = msgspec.json.Decoder(PendingImage)


class Unreadable:
    """Schedules that this release cannot read, which another one may have written.

    They rest here and no longer hold up the others; a replica that can read them runs them.
    """

    def __init__(self) -> None:
        self._met: set[tuple[int, int]] = set()

    def add(self, schedule_id: int, revision: int) -> None:
        """Remember one, until it is changed."""
        self._met.add((schedule_id, revision))

    def left_out(self) -> ColumnElement[bool]:
        """Return the condition on ``schedules`` that leaves them out."""
        c = tables.schedules.c
        return not_(or_(False, *(and_(c.id == i, c.revision == r) for i, r in self._met)))


def draft_columns(draft: Draft) -> dict[str, Any]:
    """Return a draft as it is kept."""
    timetable = draft.timetable
    return {
        "channel": draft.channel,
        "times": times_text(timetable.times),
        "days": days_text(timetable.days),
        "timezone": timetable.timezone,
        "holidays": timetable.holidays,
        "query": format_query(draft.query),
        "only_changes": draft.only_changes,
        "mentions": list(draft.mentions),
        "mention_after": draft.mention_after,
        "grace": draft.grace,
        "if_unsure": draft.if_unsure,
    }


def next_due(timetable: Timetable, now: datetime) -> datetime:
    """Return when a timetable is due next; raise ``ScheduleError`` where it never is."""
    return next_occurrence(0, timetable, now).due


def schedule_of(row: Row[Any], now: datetime) -> tuple[Schedule, bool]:
    """Return a schedule, and whether all of it could be read.

    One that could not shows as paused, with the reason.
    """
    problems: list[str] = []

    def read(parse: Callable[[str], T], text: str, otherwise: T) -> T:
        try:
            return parse(text)
        except (QueryError, ValueError) as error:
            problems.append(f"{error} {getattr(error, 'remedy', '')}".strip())
            return otherwise

    timetable = Timetable(
        times=read(parse_times, row.times, (time(9),)),
        days=read(parse_days, row.days, frozenset(range(5))),
        timezone=read(parse_timezone, row.timezone, "UTC"),
        holidays=read(parse_country, row.holidays, None) if row.holidays else None,
    )
    schedule = _schedule(row, timetable, read(parse_query, row.query, Query()))
    if not problems:
        return schedule, True
    reason = f"This release cannot read it: {' '.join(problems)}"
    return msgspec.structs.replace(
        schedule, next_due=None, paused_at=row.paused_at or now, pause_reason=reason
    ), False


def _schedule(row: Row[Any], timetable: Timetable, query: Query) -> Schedule:
    return Schedule(
        id=row.id,
        revision=row.revision,
        channel=row.channel,
        timetable=timetable,
        query=query,
        only_changes=row.only_changes,
        mentions=tuple(row.mentions),
        mention_after=row.mention_after,
        grace=row.grace,
        if_unsure=row.if_unsure,
        made_by=row.made_by,
        made_at=row.made_at,
        next_due=row.next_due,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        pause_reason=row.pause_reason,
        failures=row.failures,
        maker_told=row.maker_told,
    )


def delivery_of(row: Row[Any]) -> Delivery:
    """Return a delivery from a row of ``DELIVERY_COLUMNS``.

    One in a state that a newer release has added may have arrived or not: it says so.
    """
    fields = {column.name: getattr(row, column.name) for column in DELIVERY_COLUMNS}
    try:
        state = DeliveryState(row.state)
    except ValueError:
        state = DeliveryState.UNSURE
        said = f'This release does not know its state "{row.state}", which a newer one wrote.'
        fields["outcome"] = f"{said} {row.outcome}".strip()
    return Delivery(**{**fields, "state": state})


def image_text(image: PendingImage) -> str:
    """Return an image as it is kept: only what SCP has said, in texts that can be kept."""
    said = {k: v for k, v in msgspec.structs.asdict(image).items() if v is not None}
    try:
        return msgspec.json.encode(said).decode()
    except UnicodeEncodeError:  # lone surrogates, which JSON may have and no database
        kept = {k: storable(v) if isinstance(v, str) else v for k, v in said.items()}
        return msgspec.json.encode(kept).decode()


def image_of(text: str) -> PendingImage:
    """Return an image that was kept."""
    return _image.decode(text)


def sighting_columns(sighting: Sighting) -> dict[str, Any]:
    """Return a sighting as it is kept."""
    return {
        "image_id": sighting.image.id,
        "image": image_text(sighting.image),
        "first_seen": sighting.first_seen,
        "gone_at": sighting.gone_at,
        "how": sighting.how,
        "decided_by": sighting.by,
        **mark_columns(sighting.image),
    }


def mark_columns(image: PendingImage) -> dict[str, Any]:
    """Return what a sighting is found by, as it is kept."""
    return msgspec.structs.asdict(marks(image))


def sighting_of(row: Row[Any]) -> Sighting:
    """Return a sighting."""
    return Sighting(
        image=image_of(row.image),
        first_seen=row.first_seen,
        gone_at=row.gone_at,
        how=row.how,
        by=row.decided_by,
    )

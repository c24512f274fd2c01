"""Schedules, their occurrences, and the deliveries of these, as values."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Literal

import msgspec

from bot.query import Query

HOUR = 3600


class Timetable(msgspec.Struct, frozen=True):
    """When a digest is due, by the wall clock of a time zone."""

    times: tuple[time, ...]
    """Times of day in whole minutes, ascending, each once; at least one."""
    days: frozenset[int]
    """Weekdays, Monday 0 to Sunday 6; at least one."""
    timezone: str
    """A key of the tz database, such as ``Asia/Seoul``."""
    holidays: str | None = None
    """Country whose public holidays have no digest: ISO 3166-1 alpha-2, such as ``KR``."""


class Occurrence(msgspec.Struct, frozen=True):
    """One moment of a schedule.

    Date and time are the ones asked for: where the clocks skip them, ``due`` reads differently.
    """

    schedule_id: int
    date: date
    time: time
    timezone: str
    due: datetime
    """Aware, in UTC."""

    @property
    def id(self) -> str:
        """A stable name: ``3/2026-11-23T09:00/Asia/Seoul``."""
        wall = datetime.combine(self.date, self.time).isoformat(timespec="minutes")
        return f"{self.schedule_id}/{wall}/{self.timezone}"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks of a schedule: when, where, what, and how."""

    channel: str
    """Slack's channel id."""
    timetable: Timetable
    query: Query = Query()
    only_changes: bool = False
    """Stay silent where nothing changed, but for a sign of life once a week."""
    mentions: tuple[str, ...] = ()
    """Ids of users (U, W) and user groups (S) to mention."""
    mention_after: int = 0
    """Seconds: mention them only where an image has waited at least as long."""
    grace: int = 4 * HOUR
    """Seconds: how late an occurrence is still worth delivering."""
    if_unsure: Literal["never_lost", "never_twice"] = "never_lost"
    """What to do after an interruption where the bot cannot look whether the digest arrived."""


class Schedule(Draft, frozen=True, kw_only=True):
    """A schedule as it is kept."""

    id: int
    revision: int
    """Grows with every change, so that nobody overwrites what they have not seen."""
    made_by: str | None
    """The user who made it; None for the digest of the settings, which is read-only."""
    made_at: datetime
    next_due: datetime | None
    """When its next occurrence is due; None while it is paused."""
    paused_at: datetime | None = None
    paused_by: str | None = None
    """Who paused it; None where it paused itself."""
    pause_reason: str = ""
    failures: int = 0
    """How many deliveries in a row Slack has refused."""
    maker_told: bool = False
    """Whether the maker was told of the failures that last."""


def draft_of(draft: Draft) -> Draft:
    """Return what is asked of a schedule, without what is known of it; a mere draft is itself."""
    return Draft(**{name: getattr(draft, name) for name in Draft.__struct_fields__})


class DeliveryState(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    """Planned, and nobody's yet; or to be tried again."""
    PREPARING = "preparing"
    """Claimed; nothing was sent."""
    POSTING = "posting"
    """Perhaps sent: look in the channel before it is sent again."""
    POSTED = "posted"
    NOTICE = "notice"
    """Posted was the notice that SCP failed, in the digest's place."""
    SILENT = "silent"
    """Nothing changed, and the schedule wants changes only."""
    SKIPPED = "skipped"
    """Later than the grace."""
    FAILED = "failed"
    UNSURE = "unsure"
    """Interrupted; it may have arrived, and must not arrive twice."""


OPEN_STATES = frozenset({DeliveryState.WAITING, DeliveryState.PREPARING, DeliveryState.POSTING})


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one occurrence's delivery. All moments are the database's."""

    id: int
    schedule_id: int
    channel: str
    occurrence: str
    """Unique: ``Occurrence.id``, or for one asked for by hand ``3/now/2026-11-23T06:12:07``."""
    asked_by: str | None = None
    """Who pressed Send now; None for one that came due."""
    due: datetime
    planned_at: datetime
    state: DeliveryState
    not_before: datetime
    """When it may be taken up."""
    owner: str | None = None
    """The process that has it."""
    lease_until: datetime | None = None
    attempts: int = 0
    """How often it was taken up."""
    refused: int = 0
    """How often SCP failed it."""
    delay: str = ""
    """Why it is late, in a few words; empty where it is not."""
    missed: int = 0
    """How many earlier occurrences were skipped along with a skipped one, itself included."""
    started_at: datetime | None = None
    posting_at: datetime | None = None
    finished_at: datetime | None = None
    data_at: datetime | None = None
    """When SCP answered what was posted."""
    ts: str | None = None
    """The message's, in ``channel``."""
    total: int | None = None
    """How many images were pending."""
    matched: int | None = None
    """How many of them the query matched."""
    outcome: str = ""
    """What happened and what to do, where it did not end well; may quote Slack or SCP."""

    @property
    def arrived_at(self) -> datetime | None:
        """When it was posted, or else ended; None while it is open.

        By ``ts``, which is Slack's time: an interrupted one is found, and recorded, later than it
        was posted.
        """
        if self.ts is None:
            return self.finished_at
        try:
            return datetime.fromtimestamp(float(self.ts), UTC)
        except (ValueError, OverflowError, OSError):
            return self.finished_at

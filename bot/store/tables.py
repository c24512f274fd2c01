"""The tables, as the newest migration leaves them; and how our values lie in their columns."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL takes no NUL, and UTF-8 has no lone surrogates."""


class Moment(TypeDecorator[datetime]):
    """An aware moment; read back in UTC. SQLite keeps it as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, naive for SQLite, which would keep it so anyway."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is no moment")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return the moment in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of people and of the cloud: what no database can keep is kept as U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return the text as it can be kept."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Return a text as a database keeps it."""
    return _UNSTORABLE.sub("\ufffd", text)


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names for what migrations change: else each database would choose its own."""

metadata = MetaData(naming_convention=NAMES)

schedules = Table(
    "schedules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("channel", Words, nullable=False),
    Column("times", Words, nullable=False),
    Column("days", Words, nullable=False),
    Column("timezone", Words, nullable=False),
    Column("holidays", Words),
    Column("query", Words, nullable=False),
    Column("only_changes", Boolean, nullable=False),
    Column("mentions", JSON, nullable=False),
    Column("mention_after", Integer, nullable=False),
    Column("grace", Integer, nullable=False),
    Column("if_unsure", String(16), nullable=False),
    Column("made_by", Words),
    Column("made_at", Moment, nullable=False),
    Column("next_due", Moment),
    Column("paused_at", Moment),
    Column("paused_by", Words),
    Column("pause_reason", Words, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("maker_told", Boolean, nullable=False),
    # When it is to be told that it fails; while somebody tells, when anybody else may.
    Column("tell_at", Moment),
    # Slack's id of the form or command that asked for it, which may arrive twice.
    Column("asked_in", Words),
    UniqueConstraint("asked_in"),
    CheckConstraint("(paused_at IS NULL) <> (next_due IS NULL)", name="paused_or_due"),
    # The number of a deleted schedule never comes back: its occurrences bear it.
    sqlite_autoincrement=True,
)
Index(None, schedules.c.channel)
Index(
    None,
    schedules.c.next_due,
    postgresql_where=schedules.c.next_due.is_not(None),
    sqlite_where=schedules.c.next_due.is_not(None),
)
Index(
    "uq_schedules_of_settings",
    schedules.c.channel,
    unique=True,
    postgresql_where=schedules.c.made_by.is_(None),
    sqlite_where=schedules.c.made_by.is_(None),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    # No foreign key: the records of a deleted schedule stay.
    Column("schedule_id", Integer, nullable=False),
    Column("channel", Words, nullable=False),
    Column("occurrence", Words, nullable=False),
    Column("asked_by", Words),
    Column("due", Moment, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("owner", Words),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("delay", Words, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("started_at", Moment),
    Column("posting_at", Moment),
    Column("finished_at", Moment),  # NULL in the open states, and in no other
    Column("data_at", Moment),
    Column("ts", Words),
    Column("total", Integer),
    Column("matched", Integer),
    Column("outcome", Words, nullable=False),
    # A JSON array of the ids of the images that it counted, while the next digest may need them;
    # one of those that it left out asleep; and until when it knew what had gone.
    Column("shown", Words),
    Column("asleep", Words),
    Column("as_of", Moment),
    UniqueConstraint("occurrence"),
    sqlite_autoincrement=True,
)
IS_OPEN = deliveries.c.finished_at.is_(None)
Index(None, deliveries.c.schedule_id, deliveries.c.id)
Index(None, deliveries.c.channel, deliveries.c.id)
Index(
    "ix_deliveries_open",
    deliveries.c.not_before,
    postgresql_where=IS_OPEN,
    sqlite_where=IS_OPEN,
)
Index(
    "ix_deliveries_shown",
    deliveries.c.schedule_id,
    postgresql_where=deliveries.c.shown.is_not(None),
    sqlite_where=deliveries.c.shown.is_not(None),
)

posts = Table(
    "posts",
    metadata,
    Column("channel", Words, primary_key=True),
    Column("begun_at", Moment, nullable=False),
)
"""When something was last posted to a channel: Slack takes one message a second there. Where Slack
asked to wait, the moment lies ahead, a second before the wait is over (``bot.store.turns``)."""

sightings = Table(
    "sightings",
    metadata,
    Column("image_id", Words, primary_key=True),
    Column("image", Words, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("gone_at", Moment),
    Column("how", String(16)),
    Column("decided_by", Words),
    Column("asked_at", Moment),
    # ``bot.oncall.provenance.Marks``: what an image is found by.
    Column("id_hash", String(64)),
    Column("owner", String(64)),
    Column("folded_name", String(64)),
    Column("looks", String(64)),
    Column("checksum", String(64)),
    Column("os_hash", String(64)),
)
Index(None, sightings.c.gone_at)
Index(None, sightings.c.id_hash)
Index(None, sightings.c.owner, sightings.c.how, sightings.c.gone_at)
Index(None, sightings.c.folded_name, sightings.c.owner)
Index(None, sightings.c.looks, sightings.c.owner)
Index(None, sightings.c.checksum, sightings.c.how)
Index(None, sightings.c.os_hash, sightings.c.how)

watch = Table(
    "watch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("began_at", Moment),
    Column("observed_at", Moment),
    Column("due", Moment, nullable=False),
    Column("owner", Words),
    CheckConstraint("id = 1", name="one_row"),
)
"""One row: what the watch has done, and who watches until when."""

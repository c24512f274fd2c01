"""Schedules, deliveries, and what was seen of pending images."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table of the first release with a database."""
    _make_schedules()
    _make_deliveries()
    _make_sightings()


def downgrade() -> None:
    """Drop them all, and what they hold."""
    for table in ("watch", "sightings", "posts", "deliveries", "schedules"):
        op.drop_table(table)


def _make_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("times", sa.Text, nullable=False),
        sa.Column("days", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("holidays", sa.Text),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("only_changes", sa.Boolean, nullable=False),
        sa.Column("mentions", sa.JSON, nullable=False),
        sa.Column("mention_after", sa.Integer, nullable=False),
        sa.Column("grace", sa.Integer, nullable=False),
        sa.Column("if_unsure", sa.String(16), nullable=False),
        sa.Column("made_by", sa.Text),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("next_due", MOMENT),
        sa.Column("paused_at", MOMENT),
        sa.Column("paused_by", sa.Text),
        sa.Column("pause_reason", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("maker_told", sa.Boolean, nullable=False),
        sa.Column("tell_at", MOMENT),
        sa.Column("asked_in", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("asked_in", name="uq_schedules_asked_in"),
        sa.CheckConstraint(
            "(paused_at IS NULL) <> (next_due IS NULL)", name=op.f("ck_schedules_paused_or_due")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedules_channel", "schedules", ["channel"])
    _make_partial_index("ix_schedules_next_due", "schedules", ["next_due"], "next_due IS NOT NULL")
    _make_partial_index(
        "uq_schedules_of_settings", "schedules", ["channel"], "made_by IS NULL", unique=True
    )


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("schedule_id", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("occurrence", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("delay", sa.Text, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("posting_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("data_at", MOMENT),
        sa.Column("ts", sa.Text),
        sa.Column("total", sa.Integer),
        sa.Column("matched", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("shown", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("occurrence", name="uq_deliveries_occurrence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_schedule_id_id", "deliveries", ["schedule_id", "id"])
    op.create_index("ix_deliveries_channel_id", "deliveries", ["channel", "id"])
    _make_partial_index("ix_deliveries_open", "deliveries", ["not_before"], "finished_at IS NULL")
    _make_partial_index("ix_deliveries_shown", "deliveries", ["schedule_id"], "shown IS NOT NULL")
    op.create_table(
        "posts",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_posts"),
    )


def _make_sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.Column("how", sa.String(16)),
        sa.Column("decided_by", sa.Text),
        sa.Column("asked_at", MOMENT),
        sa.PrimaryKeyConstraint("image_id", name="pk_sightings"),
    )
    op.create_index("ix_sightings_gone_at", "sightings", ["gone_at"])
    watch = op.create_table(
        "watch",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("began_at", MOMENT),
        sa.Column("observed_at", MOMENT),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("owner", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
        sa.CheckConstraint("id = 1", name=op.f("ck_watch_one_row")),
    )
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    op.bulk_insert(watch, [{"id": 1, "version": 0, "due": long_ago}])


def _make_partial_index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )

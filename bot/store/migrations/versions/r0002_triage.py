"""On-call's triage: what was done, decided and recorded, and what shows it in Slack."""

import sqlalchemy as sa
from alembic import op

from bot.store.rows import image_of, mark_columns

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)

GENESIS = "0" * 64
"""The hash before the first entry of the record; never another, so it stands here too."""

MARKS = ("id_hash", "owner", "folded_name", "looks", "checksum", "os_hash")
"""Columns of sightings."""

INDEXES = [
    ["id_hash"],
    ["owner", "how", "gone_at"],
    ["folded_name", "owner"],
    ["looks", "owner"],
    ["checksum", "how"],
    ["os_hash", "how"],
]
"""Of those."""

COMPARED = (("asleep", sa.Text), ("as_of", MOMENT))
"""Columns of deliveries: what the next digest is compared with, beside the images shown."""

BATCH = 1000
"""Sightings that are marked at a time."""

_SIGHTINGS = sa.table("sightings", sa.column("image_id"), sa.column("image"))
_FIRST = sa.select(_SIGHTINGS).order_by(_SIGHTINGS.c.image_id).limit(BATCH)
_MARK = sa.text(
    "UPDATE sightings SET id_hash = :id_hash, owner = :owner, folded_name = :folded_name,"
    " looks = :looks, checksum = :checksum, os_hash = :os_hash WHERE image_id = :id"
)

TABLES = (
    "card_posts",
    "outbox",
    "copy_cards",
    "copies",
    "audit_head",
    "audit",
    "decisions",
    "notes",
    "triage",
)


def upgrade() -> None:
    """Make the tables of triage; the record lets nobody change what it holds.

    What was seen before can be found by what it has in common with others from now on.
    """
    _mark_sightings()
    for name, kind in COMPARED:
        op.add_column("deliveries", sa.Column(name, kind))
    _make_triage()
    _make_decisions()
    _make_audit()
    _make_copies()
    _make_outbox()


def downgrade() -> None:
    """Drop them all, and what they hold."""
    for table in TABLES:
        op.drop_table(table)
    for name, _ in COMPARED:
        op.drop_column("deliveries", name)
    for columns in INDEXES:
        op.drop_index(_index(columns), "sightings")
    for mark in MARKS:
        op.drop_column("sightings", mark)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("audit_is_append_only", "audit_goes_on", "audit_head_goes_on"):
            op.execute(f"DROP FUNCTION {function}()")


def _mark_sightings() -> None:
    for mark in MARKS:
        op.add_column("sightings", sa.Column(mark, sa.String(64)))
    connection, following = op.get_bind(), _FIRST
    while rows := connection.execute(following).all():
        marked = [{"id": row.image_id, **mark_columns(image_of(row.image))} for row in rows]
        connection.execute(_MARK, marked)
        following = _FIRST.where(_SIGHTINGS.c.image_id > rows[-1].image_id)
    for columns in INDEXES:
        op.create_index(_index(columns), "sightings", columns)


def _index(columns: list[str]) -> str:
    return f"ix_sightings_{'_'.join(columns)}"


def _make_triage() -> None:
    op.create_table(
        "triage",
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("changed_at", MOMENT),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_at", MOMENT),
        sa.Column("snoozed_by", sa.Text),
        sa.Column("snoozed_at", MOMENT),
        sa.Column("snoozed_until", MOMENT),
        sa.Column("snooze_reason", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text),
        sa.Column("proposed_at", MOMENT),
        sa.Column("proposal_reason", sa.Text, nullable=False),
        sa.Column("settled", sa.Integer),
        sa.PrimaryKeyConstraint("image_id", name="pk_triage"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("key", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("key", name="uq_notes_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_image_id_id", "notes", ["image_id", "id"])


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("expected", sa.String(16), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("unsure", sa.Boolean, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("undo_for", sa.Integer, nullable=False),
        sa.Column("undo_until", MOMENT),
        sa.Column("result", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_decisions_ended")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_image_id_id", "decisions", ["image_id", "id"])
    _make_partial_index(
        "uq_decisions_open", "decisions", ["image_id"], "ended_at IS NULL", unique=True
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("image_name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_image_id_number", "audit", ["image_id", "number"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": GENESIS}])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_FUNCTION = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$
"""
_TRIGGER = """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""
_NO_UPDATE = """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_NO_DELETE = """
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_NO_REPLACE = """
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
"""What REPLACE deletes, it deletes without SQLite's triggers for that."""

_NEXT_FUNCTION = f"""
CREATE FUNCTION audit_goes_on() RETURNS trigger LANGUAGE plpgsql
AS $$ DECLARE last record; BEGIN
    SELECT number, hash INTO last FROM audit ORDER BY number DESC LIMIT 1;
    IF NOT EXISTS (SELECT 1 FROM audit_head)
        OR NEW.number = coalesce(last.number, 0) + 1
        AND NEW.previous_hash = coalesce(last.hash, '{GENESIS}')
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""  # noqa: S608  our own words
_NEXT_TRIGGER = """
CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit
FOR EACH ROW EXECUTE FUNCTION audit_goes_on()
"""
_ONLY_NEXT = f"""
CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit_head) AND (
    NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit)
    OR NEW.previous_hash <> coalesce(
        (SELECT hash FROM audit ORDER BY number DESC LIMIT 1), '{GENESIS}'
    )
)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""  # noqa: S608  our own words
"""An entry follows the one before it. Not the head, which is behind while several are appended."""

_HEAD_FUNCTION = """
CREATE FUNCTION audit_head_goes_on() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM audit) THEN RETURN OLD; END IF;
    ELSIF NEW.number > OLD.number
        AND EXISTS (SELECT 1 FROM audit WHERE number = NEW.number AND hash = NEW.hash)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'the audit is append-only';
END $$
"""
_HEAD_TRIGGER = """
CREATE TRIGGER audit_head_goes_on BEFORE UPDATE OR DELETE ON audit_head
FOR EACH ROW EXECUTE FUNCTION audit_head_goes_on()
"""
_HEAD_NO_TRUNCATE = """
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""
_HEAD_NO_UPDATE = """
CREATE TRIGGER audit_head_goes_on BEFORE UPDATE ON audit_head
WHEN NEW.number <= OLD.number
    OR NOT EXISTS (SELECT 1 FROM audit WHERE number = NEW.number AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_HEAD_NO_DELETE = """
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
WHEN EXISTS (SELECT 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_HEAD_NO_REPLACE = """
CREATE TRIGGER audit_head_no_replace BEFORE INSERT ON audit_head
WHEN EXISTS (SELECT 1 FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_APPEND_ONLY = {
    "sqlite": (
        *(_NO_UPDATE, _NO_DELETE, _NO_REPLACE, _ONLY_NEXT),
        *(_HEAD_NO_UPDATE, _HEAD_NO_DELETE, _HEAD_NO_REPLACE),
    ),
    "postgresql": (
        *(_FUNCTION, _TRIGGER, _NEXT_FUNCTION, _NEXT_TRIGGER),
        *(_HEAD_FUNCTION, _HEAD_TRIGGER, _HEAD_NO_TRUNCATE),
    ),
}
"""The head goes on to entries that are there; it can go, for a copy of another one's, while there
are none. Without a head entries come as they are, whatever the record they are copied from."""


def _make_copies() -> None:
    op.create_table(
        "copies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("blocks", sa.Text, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("paint_at", MOMENT),
        sa.Column("free_at", MOMENT, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sa.UniqueConstraint("channel", "ts", name="uq_copies_channel_ts"),
        sqlite_autoincrement=True,
    )
    _make_partial_index("ix_copies_paint_at", "copies", ["paint_at"], "paint_at IS NOT NULL")
    op.create_index("ix_copies_kept_at", "copies", ["kept_at"])
    op.create_table(
        "copy_cards",
        sa.Column("copy_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("block_id", sa.Text, nullable=False),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("copy_id", "block_id", name="pk_copy_cards"),
    )
    op.create_index("ix_copy_cards_image_id", "copy_cards", ["image_id"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("thread_ts", sa.Text),
        sa.Column("image_ids", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", MOMENT),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("ts", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_finished_at", "outbox", ["finished_at"])
    _make_partial_index("ix_outbox_open", "outbox", ["not_before"], "finished_at IS NULL")
    op.create_table(
        "card_posts",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("post", sa.Integer, nullable=False),
        sa.Column("escalations", sa.Integer, nullable=False),
        sa.Column("escalated_at", MOMENT),
        sa.Column("resolved_at", MOMENT),
        sa.PrimaryKeyConstraint("channel", "image_id", "since", name="pk_card_posts"),
    )
    op.create_index("ix_card_posts_post", "card_posts", ["post"])
    op.create_index("ix_card_posts_image_id", "card_posts", ["image_id"])
    _make_partial_index("ix_card_posts_open", "card_posts", ["channel"], "resolved_at IS NULL")


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

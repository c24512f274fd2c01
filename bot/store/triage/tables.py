"""The tables of triage: what on-call has done and decided, the record, and what Slack shows."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from bot.store.tables import Moment, Words, metadata

triage = Table(
    "triage",
    metadata,
    Column("image_id", Words, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("changed_at", Moment),
    Column("claimed_by", Words),
    Column("claimed_at", Moment),
    Column("snoozed_by", Words),
    Column("snoozed_at", Moment),
    Column("snoozed_until", Moment),
    Column("snooze_reason", Words, nullable=False),
    Column("proposed_by", Words),
    Column("proposed_at", Moment),
    Column("proposal_reason", Words, nullable=False),
    # The number of the decision that holds.
    Column("settled", Integer),
)
"""One row an image that anybody has touched. Who changes anything of an image locks it first."""

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("image_id", Words, nullable=False),
    Column("written_by", Words, nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("note", Words, nullable=False),
    # Of what was submitted, so that it is kept once; none where that is not known.
    Column("key", String(64)),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,
)
Index(None, notes.c.image_id, notes.c.id)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("image_id", Words, nullable=False),
    Column("image", Words, nullable=False),
    Column("status", String(16), nullable=False),
    Column("expected", String(16), nullable=False),
    Column("round", Integer, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("proposed_by", Words),
    Column("channel", Words, nullable=False),
    Column("reason", Words, nullable=False),
    # begun, sent, ended
    Column("state", String(16), nullable=False),
    Column("unsure", Boolean, nullable=False),
    Column("owner", Words, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # For how many milliseconds it may be undone once it is done.
    Column("undo_for", Integer, nullable=False),
    Column("undo_until", Moment),
    # What was answered, as JSON: who ends it once more is answered the same.
    Column("result", Words),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    sqlite_autoincrement=True,
)
UNDECIDED = decisions.c.ended_at.is_(None)
Index(None, decisions.c.image_id, decisions.c.id)
Index(
    "uq_decisions_open",
    decisions.c.image_id,
    unique=True,
    postgresql_where=UNDECIDED,
    sqlite_where=UNDECIDED,
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("image_id", Words, nullable=False),
    Column("image_name", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("request_id", Words, nullable=False),
    Column("before", Words, nullable=False),
    Column("after", Words, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    # The name as it is searched for; no part of the record.
    Column("folded_name", Words, nullable=False),
)
"""The record. Triggers of the migration refuse to change or delete any of it, or its head."""
Index(None, audit.c.image_id, audit.c.number)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
"""One row: the last entry of the record. Who appends locks it, so that all stand in line."""

copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("ts", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("blocks", Words, nullable=False),
    Column("kept_at", Moment, nullable=False),
    # Grows with what is to be seen on it.
    Column("version", Integer, nullable=False),
    Column("paint_at", Moment),
    # Until when nobody may paint it: somebody does, or Slack wants a pause.
    Column("free_at", Moment, nullable=False),
    Column("owner", Words),
    Column("claims", Integer, nullable=False),
    UniqueConstraint("channel", "ts"),
    sqlite_autoincrement=True,
)
"""The messages that show cards."""
Index(
    None,
    copies.c.paint_at,
    postgresql_where=copies.c.paint_at.is_not(None),
    sqlite_where=copies.c.paint_at.is_not(None),
)
Index(None, copies.c.kept_at)

copy_cards = Table(
    "copy_cards",
    metadata,
    Column("copy_id", Integer, primary_key=True, autoincrement=False),
    Column("block_id", Words, primary_key=True),
    Column("image_id", Words, nullable=False),
)
Index(None, copy_cards.c.image_id)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Words, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread_ts", Words),
    # A JSON array.
    Column("image_ids", Words, nullable=False),
    Column("detail", Words, nullable=False),
    # waiting, posting, posted, failed
    Column("state", String(16), nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("owner", Words),
    Column("lease_until", Moment),
    Column("claims", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("ts", Words),
    Column("outcome", Words, nullable=False),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,
)
UNSENT = outbox.c.finished_at.is_(None)
Index(None, outbox.c.finished_at)
Index("ix_outbox_open", outbox.c.not_before, postgresql_where=UNSENT, sqlite_where=UNSENT)

card_posts = Table(
    "card_posts",
    metadata,
    Column("channel", Words, primary_key=True),
    Column("image_id", Words, primary_key=True),
    # When the image was first seen: one that is shared anew is posted anew.
    Column("since", Moment, primary_key=True),
    Column("post", Integer, nullable=False),
    Column("escalations", Integer, nullable=False),
    Column("escalated_at", Moment),
    Column("resolved_at", Moment),
)
"""The cards that are posted to a channel one by one, each by a row of ``outbox``."""
Index(None, card_posts.c.post)
Index(None, card_posts.c.image_id)
UNTOLD = card_posts.c.resolved_at.is_(None)
Index("ix_card_posts_open", card_posts.c.channel, postgresql_where=UNTOLD, sqlite_where=UNTOLD)

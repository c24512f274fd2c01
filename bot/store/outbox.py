"""What the watch channel is to be told, each thing once: planned, claimed, posted, recorded.

As with digests, who takes over what was perhaps sent looks for it before it is sent again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Row, String, cast, func, literal, select, update

from bot.oncall.escalating import CardPost
from bot.store import card_posts
from bot.store.auditing import BOT, append, draft
from bot.store.engine import Database, Transaction
from bot.store.posting import Go, take_turn
from bot.store.rows import image_of
from bot.store.tables import sightings
from bot.store.triage_tables import UNSENT, outbox

Kind: TypeAlias = Literal["watch", "escalate", "resolved", "undone"]

_NOBODYS = {"owner": None, "lease_until": None}


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be posted."""

    id: int
    key: str
    """What it is, for ever; the post bears it."""
    kind: Kind
    channel: str
    thread_ts: str | None
    image_ids: tuple[str, ...]
    detail: str
    state: Literal["waiting", "posting"]
    """``posting``: it has perhaps been sent; look before it is sent again."""
    owner: str
    """Whose claim it is, and which one."""
    attempts: int
    planned_at: datetime
    posting_at: datetime | None
    """When it was perhaps sent."""


class Outbox:
    """The table of what is to be posted; every method raises ``StoreError`` where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan_cards(self, channel: str, images: Sequence[tuple[str, datetime]]) -> int:
        """Plan the cards of images, each with when it was first seen, that have none yet.

        Return in how many posts: one each, or ten in one where more than ten are new at once.
        """
        async with self._database.writing() as transaction:
            groups = await card_posts.new_groups(transaction, channel, images)
            for group in groups:
                key = card_posts.key_of(channel, group)
                ids = [image_id for image_id, _ in group]
                post = await _plan(transaction, _planned(key, "watch", channel, ids, transaction))
                if post is not None:
                    await card_posts.insert(transaction, channel, post, group)
            return len(groups)

    async def plan(
        self,
        key: str,
        kind: Kind,
        channel: str,
        thread_ts: str | None,
        image_ids: Sequence[str],
        detail: str = "",
    ) -> bool:
        """Plan a post; False where one with that key was planned before."""
        async with self._database.writing() as transaction:
            planned = _planned(key, kind, channel, image_ids, transaction)
            more = {"thread_ts": thread_ts, "detail": detail}
            if await _plan(transaction, {**planned, **more}) is None:
                return False
            if kind != "watch" and thread_ts is not None:
                await card_posts.count(transaction, kind, channel, thread_ts, image_ids)
            return True

    async def claim(self, owner: str, lease: timedelta) -> Outgoing | None:
        """Claim what waits longest; None where nothing does."""
        async with self._database.writing() as transaction:
            due = select(outbox.c.id).where(UNSENT, outbox.c.not_before <= transaction.now)
            first = due.order_by(outbox.c.not_before, outbox.c.id).limit(1)
            row = await transaction.first(first.with_for_update(skip_locked=True))
            return await _take(transaction, row.id, owner, lease) if row else None

    async def begin_posting(self, outgoing: Outgoing, lease: timedelta) -> Go:
        """Mark it as perhaps sent, right before it is; its lease begins anew."""
        async with self._database.writing() as transaction:
            now = transaction.now
            held = (*_held(outgoing), outbox.c.lease_until > now)
            if await transaction.first(select(outbox.c.id).where(*held).with_for_update()) is None:
                return Go.LOST
            if not await take_turn(transaction, outgoing.channel):
                return Go.CROWDED
            until = {"not_before": now + lease, "lease_until": now + lease}
            begun = update(outbox).where(*held).values(state="posting", posting_at=now, **until)
            await transaction.run(begun)
            return Go.YES

    async def finish(self, outgoing: Outgoing, *, ts: str | None, outcome: str = "") -> bool:
        """End it: posted as ``ts``, or in vain; False where it was not ours any more."""
        async with self._database.writing() as transaction:
            ended = {
                "state": "posted" if ts else "failed",
                "ts": ts,
                "outcome": outcome,
                "finished_at": transaction.now,
                **_NOBODYS,
            }
            if not await transaction.run(update(outbox).where(*_held(outgoing)).values(**ended)):
                return False
            if ts and outgoing.kind == "escalate":
                await _record_call(transaction, outgoing)
            return True

    async def put_back(self, outgoing: Outgoing, seconds: float, *, sent: bool) -> None:
        """Give it up, to be taken up after a wait; ``sent`` where it has perhaps arrived."""
        async with self._database.writing() as transaction:
            given_up = {
                "state": "posting" if sent else "waiting",
                "not_before": transaction.now + timedelta(seconds=seconds),
                **_NOBODYS,
                **({} if sent else {"posting_at": None}),
            }
            await transaction.run(update(outbox).where(*_held(outgoing)).values(**given_up))

    async def release(self, owner: str) -> None:
        """Give up all that a process has claimed and not begun to post."""
        mine = f"{owner}/"
        theirs = (
            func.substr(outbox.c.owner, 1, len(mine)) == mine,  # LIKE ignores case in SQLite
            outbox.c.state == "waiting",
        )
        async with self._database.writing() as transaction:
            given_up = {"not_before": transaction.now, **_NOBODYS}
            await transaction.run(update(outbox).where(UNSENT, *theirs).values(**given_up))

    async def cards(self, channel: str) -> dict[str, CardPost]:
        """Return the posted cards, by image, whose image waits, or has gone and nothing says so."""
        async with self._database.reading() as transaction:
            return await card_posts.standing(transaction, channel)


async def tell_threads(
    transaction: Transaction,
    kind: Literal["resolved", "undone"],
    image_id: str,
    decision: int,
    detail: str,
) -> None:
    """Plan that the threads of an image's posted cards say what a decision of the bot did.

    Of one undone only where the thread has been told what it undid.
    """
    for post in await card_posts.posted(transaction, image_id, resolved=kind == "undone"):
        key = f"{kind}:{post.channel}:{post.ts}:{image_id}:decision {decision}"
        planned = _planned(key, kind, post.channel, [image_id], transaction)
        await _plan(transaction, {**planned, "thread_ts": post.ts, "detail": detail})
    if kind == "undone":
        await card_posts.reopen(transaction, [image_id])
    else:
        await card_posts.resolve(transaction, image_id)


def _planned(
    key: str, kind: Kind, channel: str, image_ids: Sequence[str], transaction: Transaction
) -> dict[str, Any]:
    return {
        "key": key,
        "kind": kind,
        "channel": channel,
        "image_ids": msgspec.json.encode(image_ids).decode(),
        "detail": "",
        "state": "waiting",
        "not_before": transaction.now,
        "attempts": 0,
        "planned_at": transaction.now,
        "outcome": "",
    }


async def _plan(transaction: Transaction, planned: dict[str, Any]) -> int | None:
    """Plan a post and return its number; None where its key is taken."""
    inserted = transaction.insert(outbox).values(**planned)
    fresh = inserted.on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)
    row = await transaction.first(fresh)
    return row.id if row else None


async def _take(
    transaction: Transaction, outgoing_id: int, owner: str, lease: timedelta
) -> Outgoing:
    until = transaction.now + lease
    attempts = outbox.c.attempts + 1
    taken = {
        # As with deliveries: each claim is another's, also of one process.
        "owner": literal(f"{owner}/") + cast(attempts, String),
        "attempts": attempts,
        "lease_until": until,
        "not_before": until,
    }
    mine = update(outbox).where(outbox.c.id == outgoing_id).values(**taken)
    return _outgoing((await transaction.connection.execute(mine.returning(*outbox.c))).one())


def _outgoing(row: Row[Any]) -> Outgoing:
    fields = {name: getattr(row, name) for name in Outgoing.__struct_fields__}
    ids = msgspec.json.decode(row.image_ids, type=tuple[str, ...])
    return Outgoing(**{**fields, "image_ids": ids})


def _held(outgoing: Outgoing) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.id == outgoing.id, outbox.c.owner == outgoing.owner, UNSENT


async def _record_call(transaction: Transaction, outgoing: Outgoing) -> None:
    """Record that on-call was called."""
    called = sightings.c.image_id.in_(outgoing.image_ids)
    rows = await transaction.all(select(sightings).where(called).order_by(sightings.c.image_id))
    told = {"channel": outgoing.channel, "detail": outgoing.detail}
    images = [image_of(row.image) for row in rows]
    await append(transaction, [draft(i, actor=BOT, action="escalate", **told) for i in images])

"""What the watch channel is to be told, each thing once: planned, claimed, posted, recorded.

As with digests, who takes over what was perhaps sent looks for it before it is sent again.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Row, String, cast, func, literal, select, update

from bot.oncall.escalating import CardPost
from bot.sightings import How
from bot.store import turns
from bot.store.digests.posting import Go
from bot.store.engine import Database, Transaction
from bot.store.rows import image_of
from bot.store.tables import sightings
from bot.store.triage import card_posts
from bot.store.triage.auditing import BOT, append, draft
from bot.store.triage.card_posts import Seen
from bot.store.triage.tables import UNSENT, outbox

Kind: TypeAlias = Literal["watch", "escalate", "resolved", "undone"]

_NOBODYS = {"owner": None, "lease_until": None}


class End(msgspec.Struct, frozen=True):
    """What became of an image, as far as it is known."""

    how: How | None
    by: str | None = None
    """The Slack user who decided."""


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
    """Of a call its number; of one undone by whom; of one resolved, where that is not to be told as
    it is known when it is posted, an ``End`` as JSON."""
    state: Literal["waiting", "posting"]
    """``posting``: it has perhaps been sent; look before it is sent again."""
    owner: str
    """Whose claim it is, and which one."""
    failures: int
    """How often Slack has not taken it; that its turn had not come is none."""
    planned_at: datetime


class Outbox:
    """The table of what is to be posted; every method raises ``StoreError`` where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan_cards(self, channel: str, images: Sequence[Seen]) -> int:
        """Plan the cards of listed images, each with when it was first seen, that have none yet.

        Return in how many posts: one each, or ten in one where more than ten are new at once. The
        threads of those that have cards are told where they wait again.
        """
        async with self._database.writing() as transaction:
            listed_at = await card_posts.alone(transaction)
            cards = await card_posts.known(transaction, channel, images)
            new = [seen for seen in images if seen not in cards]
            await card_posts.close(transaction, channel, [image_id for image_id, _ in new])
            groups = card_posts.grouped(new)
            for group in groups:
                await _plan_group(transaction, channel, group)
            again = card_posts.reopened(cards.values(), listed_at)
            replies = []
            for card in again:
                key = f"undone:{channel}:{card.ts}:{card.image_id}:{card.resolved_at}"
                more = {"thread_ts": card.ts}
                replies.append(_row(transaction, key, "undone", channel, [card.image_id], **more))
            await _plan(transaction, replies)
            await card_posts.reopen(transaction, [card.image_id for card in again])
            return len(groups)

    async def plan_calls(self, channel: str, due: Mapping[str, int]) -> int:
        """Plan to call on-call for images, each with the number of its call; return the replies.

        Those of one post with the same number share a reply. What is planned already, or has been
        called for meanwhile, is not planned again.
        """
        async with self._database.writing() as transaction:
            await card_posts.alone(transaction)
            calls = await card_posts.calls(transaction, channel, due)
            replies = []
            for call in calls:
                # Another one of the same number may have been planned, and dropped.
                key = f"escalate:{channel}:{call.ts}:{call.number}:{secrets.token_hex(8)}"
                more = {"thread_ts": call.ts, "detail": str(call.number)}
                replies.append(_row(transaction, key, "escalate", channel, call.image_ids, **more))
            await _plan(transaction, replies)
            return len(calls)

    async def plan_ends(self, channel: str, unexplained_for: timedelta) -> int:
        """Plan that threads say what became of images that have gone; return how many do.

        Where nobody knows it is said after ``unexplained_for``.
        """
        async with self._database.reading() as transaction:
            if not await card_posts.gone(transaction, channel, unexplained_for):
                return 0
        async with self._database.writing() as transaction:
            await card_posts.alone(transaction)
            ends = await card_posts.gone(transaction, channel, unexplained_for)
            replies = []
            for end in ends:
                # One that has come back may go again.
                key = f"resolved:{channel}:{end.ts}:{end.image_id}:{end.gone_at}"
                more = {"thread_ts": end.ts}
                replies.append(_row(transaction, key, "resolved", channel, [end.image_id], **more))
            await _plan(transaction, replies)
            await card_posts.resolve(transaction, [end.image_id for end in ends])
            return len(ends)

    async def claim(self, owner: str, lease: timedelta) -> Outgoing | None:
        """Claim what waits longest; None where nothing does."""
        async with self._database.writing() as transaction:
            due = select(outbox.c.id).where(UNSENT, outbox.c.not_before <= transaction.now)
            first = due.order_by(outbox.c.not_before, outbox.c.id).limit(1)
            row = await transaction.first(first.with_for_update(skip_locked=True))
            return await _take(transaction, row.id, owner, lease) if row else None

    async def begin_posting(
        self, outgoing: Outgoing, lease: timedelta, image_ids: Sequence[str]
    ) -> Go:
        """Mark it as perhaps sent, right before it is; its lease begins anew.

        Where it is not the channel's turn, put it back until then.

        ``image_ids``: those which it is about still; whoever records that it was posted, in this
        process or another, records it of these.
        """
        async with self._database.writing() as transaction:
            now = transaction.now
            held = (*_held(outgoing), outbox.c.lease_until > now)
            if await transaction.first(select(outbox.c.id).where(*held).with_for_update()) is None:
                return Go.LOST
            if not await turns.take(transaction, outgoing.channel):
                turn = await turns.next_turn(transaction, outgoing.channel)
                given_up = {"not_before": turn, "state": outgoing.state, **_NOBODYS}
                await transaction.run(update(outbox).where(*held).values(**given_up))
                return Go.CROWDED
            until = {"not_before": now + lease, "lease_until": now + lease}
            about = {"state": "posting", "image_ids": _json(image_ids)}
            await transaction.run(update(outbox).where(*held).values(**about, **until))
            return Go.YES

    async def finish(
        self, outgoing: Outgoing, *, ts: str | None, outcome: str = "", again: bool = True
    ) -> bool:
        """End it: posted as ``ts``, or in vain; False where it was not ours any more.

        Cards that were to be posted in vain are planned anew when their images are seen again,
        unless not ``again``.
        """
        async with self._database.writing() as transaction:
            ended = {"state": "posted" if ts else "failed", "ts": ts, "outcome": outcome}
            row = await _end(transaction, outgoing, ended)
            if row is None:
                return False
            if ts and outgoing.kind == "escalate":
                await _record_call(transaction, _outgoing(row))
            if ts is None and again:
                await card_posts.forget(transaction, outgoing.id)
            return True

    async def finish_unseen(self, outgoing: Outgoing, outcome: str) -> None:
        """End a reply that has perhaps arrived, and cannot be looked for: it counts as posted."""
        async with self._database.writing() as transaction:
            row = await _end(transaction, outgoing, {"state": "posted", "outcome": outcome})
            if row is not None and outgoing.kind == "escalate":
                await _record_call(transaction, _outgoing(row), outcome="unsure")

    async def put_back(
        self,
        outgoing: Outgoing,
        seconds: float,
        *,
        sent: bool,
        failed: bool = False,
        hold: bool = False,
    ) -> None:
        """Give it up, to be taken up after a wait; ``sent`` where it has perhaps arrived.

        ``failed``: Slack has not taken it. ``hold``: nobody posts to the channel meanwhile.
        """
        async with self._database.writing() as transaction:
            given_up = {
                "state": "posting" if sent else "waiting",
                "not_before": transaction.now + timedelta(seconds=seconds),
                "failures": outbox.c.failures + int(failed),
                **_NOBODYS,
            }
            mine = update(outbox).where(*_held(outgoing)).values(**given_up)
            if await transaction.run(mine) and hold:
                await turns.hold(transaction, outgoing.channel, timedelta(seconds=seconds))

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

    async def unattended(
        self, channel: str, *, after: timedelta, again: timedelta | None
    ) -> dict[str, CardPost]:
        """Return the posted cards, by image, for which on-call may be due to be called.

        Nobody looks after them, and for ``after`` or, since the last call, ``again`` they have
        waited as clocks on walls go.
        """
        async with self._database.reading() as transaction:
            return await card_posts.unattended(transaction, channel, after=after, again=again)


async def tell_end(
    transaction: Transaction,
    image_id: str,
    decision: int,
    end: End,
    *,
    overturned: bool,
) -> None:
    """Plan that the threads of an image's posted cards say what a decision did, or has shown.

    ``overturned``: also those that say what does not hold any more.
    """
    posts = list(await card_posts.posted(transaction, image_id, resolved=False))
    if overturned:
        posts += await card_posts.posted(transaction, image_id, resolved=True)
    detail = msgspec.json.encode(end).decode()
    await _reply(transaction, "resolved", posts, image_id, decision, detail)
    await card_posts.resolve(transaction, [image_id])


async def tell_undone(transaction: Transaction, image_id: str, decision: int, by: str) -> None:
    """Plan that the threads that say what became of an image say that it waits again.

    ``by``: who undid it; empty where that was not done with the bot.
    """
    posts = await card_posts.posted(transaction, image_id, resolved=True)
    await _reply(transaction, "undone", posts, image_id, decision, by)
    await card_posts.reopen(transaction, [image_id])


async def _reply(
    transaction: Transaction,
    kind: Literal["resolved", "undone"],
    posts: Sequence[Row[Any]],
    image_id: str,
    decision: int,
    detail: str,
) -> None:
    """Plan a reply to each of the posts."""
    replies = []
    for post in posts:
        key = f"{kind}:{post.channel}:{post.ts}:{image_id}:decision {decision}"
        more = {"thread_ts": post.ts, "detail": detail}
        replies.append(_row(transaction, key, kind, post.channel, [image_id], **more))
    await _plan(transaction, replies)


async def _plan_group(transaction: Transaction, channel: str, group: Sequence[Seen]) -> None:
    """Plan the post of cards that nobody has planned."""
    ids = [image_id for image_id, _ in group]
    # One that was planned before may have ended in vain.
    key = f"watch:{channel}:{ids[0]}:{secrets.token_hex(8)}"
    planned = outbox.insert().values(**_row(transaction, key, "watch", channel, ids))
    post = (await transaction.connection.execute(planned.returning(outbox.c.id))).scalar_one()
    await card_posts.insert(transaction, channel, post, group)


async def _plan(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    """Plan posts whose keys are not taken: one round trip for all, however many they are."""
    if rows:
        fresh = transaction.insert(outbox).on_conflict_do_nothing(index_elements=["key"])
        await transaction.run(fresh, rows)


def _row(
    transaction: Transaction,
    key: str,
    kind: Kind,
    channel: str,
    image_ids: Sequence[str],
    *,
    thread_ts: str | None = None,
    detail: str = "",
) -> dict[str, Any]:
    """Return what the table keeps of a post that is planned."""
    return {
        "key": key,
        "kind": kind,
        "channel": channel,
        "thread_ts": thread_ts,
        "image_ids": _json(image_ids),
        "detail": detail,
        "state": "waiting",
        "not_before": transaction.now,
        "claims": 0,
        "failures": 0,
        "planned_at": transaction.now,
        "outcome": "",
    }


def _json(image_ids: Sequence[str]) -> str:
    return msgspec.json.encode(image_ids).decode()


async def _take(
    transaction: Transaction, outgoing_id: int, owner: str, lease: timedelta
) -> Outgoing:
    until = transaction.now + lease
    claims = outbox.c.claims + 1
    taken = {
        # As with deliveries: each claim is another's, also of one process.
        "owner": literal(f"{owner}/") + cast(claims, String),
        "claims": claims,
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


async def _end(
    transaction: Transaction, outgoing: Outgoing, ended: Mapping[str, str | None]
) -> Row[Any] | None:
    """End what is to be posted, and return its row; None where it was not ours any more."""
    over = {"finished_at": transaction.now, **_NOBODYS, **ended}
    mine = update(outbox).where(*_held(outgoing)).values(**over)
    return await transaction.first(mine.returning(*outbox.c))


async def _record_call(
    transaction: Transaction, outgoing: Outgoing, *, outcome: str = "done"
) -> None:
    """Record, and count, that on-call was called for the images that were named."""
    called = sightings.c.image_id.in_(outgoing.image_ids)
    rows = await transaction.all(select(sightings).where(called).order_by(sightings.c.image_id))
    told = {"channel": outgoing.channel, "detail": outgoing.detail, "outcome": outcome}
    images = [image_of(row.image) for row in rows]
    await append(transaction, [draft(i, actor=BOT, action="escalate", **told) for i in images])
    if outgoing.thread_ts is not None:
        await card_posts.called(
            transaction, outgoing.channel, outgoing.thread_ts, outgoing.image_ids
        )

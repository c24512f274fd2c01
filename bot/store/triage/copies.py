"""The messages that show cards: kept, marked when a card is out of date, and painted again.

A mark that comes while somebody paints is not lost: the version tells.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, String, case, cast, literal, select, update

from bot.store.engine import DEADLINE, Database, Transaction
from bot.store.tables import Moment, sightings
from bot.store.triage.auditing import lock_record
from bot.store.triage.forgetting import KEPT_FOR, forget_posts
from bot.store.triage.rows import parts
from bot.store.triage.tables import copies, copy_cards, triage

APART = timedelta(seconds=3)
"""Between two paintings of one message: Slack takes about one update a second in a channel."""

_MEANWHILE = timedelta(seconds=DEADLINE)
"""What changed so long before a message was composed may have been kept after that."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A message that shows cards, claimed to be painted."""

    id: int
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    cards: Mapping[str, str]
    """Block id -> image id."""
    version: int
    """Of what it has to show."""
    owner: str
    """Whose claim it is, and which one."""


class Copies:
    """The messages. Every method raises ``StoreError`` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self,
        channel: str,
        ts: str,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        cards: Mapping[str, str],
        composed_at: datetime,
    ) -> None:
        """Keep a message that was posted; one whose images have changed since is painted soon.

        Where it is kept already, it is replaced. What was posted 90 days ago is dropped.
        """
        async with self._database.writing() as transaction:
            # Who changes an image holds this until the end: its change is here to be seen, or
            # this copy is there for it to be marked.
            await lock_record(transaction)
            before = transaction.now - KEPT_FOR
            await _drop(transaction, copies.c.kept_at < before)
            await forget_posts(transaction, before)
            copy_id = await _put(transaction, channel, ts, text, blocks)
            await transaction.run(copy_cards.delete().where(copy_cards.c.copy_id == copy_id))
            shown = [
                {"copy_id": copy_id, "block_id": block, "image_id": image}
                for block, image in cards.items()
            ]
            if shown:
                await transaction.run(copy_cards.insert(), shown)
            if await _stale(transaction, copy_id, composed_at - _MEANWHILE):
                await _mark(transaction, copies.c.id == copy_id)

    async def knows(self, channel: str, ts: str) -> bool:
        """Tell whether a message is kept, and so painted when what it shows changes."""
        kept = select(copies.c.id).where(copies.c.channel == channel, copies.c.ts == ts)
        async with self._database.reading() as transaction:
            return await transaction.first(kept) is not None

    async def claim(self, owner: str, lease: timedelta, limit: int) -> list[Copy]:
        """Claim at most so many that are to be painted, the longest waiting first."""
        async with self._database.writing() as transaction:
            now = transaction.now
            due = select(copies.c.id).where(copies.c.paint_at <= now, copies.c.free_at <= now)
            first = due.order_by(copies.c.paint_at, copies.c.id).limit(limit)
            rows = await transaction.all(first.with_for_update(skip_locked=True))
            return await _take(transaction, [row.id for row in rows], owner, lease)

    async def painted(
        self,
        copy: Copy,
        blocks: Sequence[Mapping[str, Any]],
        *,
        again_at: datetime | None,
    ) -> None:
        """Record what a message shows now; ``again_at``: when time alone will change that.

        Who has lost the claim may have painted over somebody's newer picture: it is painted again.
        """
        async with self._database.writing() as transaction:
            now = transaction.now
            current = copies.c.version == copy.version
            values = {
                "blocks": _json(blocks),
                "paint_at": case((current, literal(again_at, Moment)), else_=literal(now, Moment)),
                "free_at": now + APART,
                "owner": None,
            }
            ours = update(copies).where(*_held(copy)).values(**values)
            if not await transaction.run(ours):
                await _mark(transaction, copies.c.id == copy.id)

    async def put_back(self, copy: Copy, seconds: float) -> None:
        """Give a message up, to be painted after a wait; marks do not shorten it."""
        async with self._database.writing() as transaction:
            free_at = transaction.now + timedelta(seconds=seconds)
            ours = update(copies).where(*_held(copy))
            await transaction.run(ours.values(free_at=free_at, owner=None))

    async def forget(self, channel: str, ts: str) -> None:
        """Drop a message that is there no more."""
        async with self._database.writing() as transaction:
            await _drop(transaction, copies.c.channel == channel, copies.c.ts == ts)


async def mark(transaction: Transaction, image_ids: Iterable[str]) -> None:
    """Have every message that shows one of the images painted.

    Who calls has appended to the record, or locked it: else two might wait for each other's rows.
    """
    for part in parts(sorted(image_ids)):
        showing = select(copy_cards.c.copy_id).where(copy_cards.c.image_id.in_(part))
        await _mark(transaction, copies.c.id.in_(showing))


async def _mark(transaction: Transaction, which: ColumnElement[bool]) -> None:
    now = literal(transaction.now, Moment)
    sooner = case((copies.c.paint_at < now, copies.c.paint_at), else_=now)
    marked = update(copies).where(which).values(version=copies.c.version + 1, paint_at=sooner)
    await transaction.run(marked)


async def _put(
    transaction: Transaction,
    channel: str,
    ts: str,
    text: str,
    blocks: Sequence[Mapping[str, Any]],
) -> int:
    now = transaction.now
    shown = {"summary": text, "blocks": _json(blocks), "kept_at": now, "paint_at": None}
    new = {"channel": channel, "ts": ts, "version": 1, "free_at": now, "claims": 0, **shown}
    inserted = transaction.insert(copies).values(**new)
    put = inserted.on_conflict_do_update(
        index_elements=["channel", "ts"], set_={**shown, "version": copies.c.version + 1}
    )
    row = (await transaction.connection.execute(put.returning(copies.c.id))).one()
    return int(row.id)


async def _stale(transaction: Transaction, copy_id: int, since: datetime) -> bool:
    """Tell whether anything of the images on a copy has changed after a moment."""
    shown = select(copy_cards.c.image_id).where(copy_cards.c.copy_id == copy_id)
    changed = select(triage.c.image_id).where(
        triage.c.image_id.in_(shown), triage.c.changed_at > since
    )
    gone = select(sightings.c.image_id).where(
        sightings.c.image_id.in_(shown), sightings.c.gone_at > since
    )
    return await transaction.first(changed.union_all(gone).limit(1)) is not None


async def _take(
    transaction: Transaction, ids: Sequence[int], owner: str, lease: timedelta
) -> list[Copy]:
    if not ids:
        return []
    claims = copies.c.claims + 1
    taken = {
        # As with deliveries: each claim is another's, also of one process.
        "owner": literal(f"{owner}/") + cast(claims, String),
        "claims": claims,
        "free_at": transaction.now + lease,
    }
    mine = update(copies).where(copies.c.id.in_(ids)).values(**taken).returning(*copies.c)
    rows = {row.id: row for row in await transaction.all(mine)}
    shown = select(copy_cards).where(copy_cards.c.copy_id.in_(ids))
    cards: dict[int, dict[str, str]] = {copy_id: {} for copy_id in ids}
    for card in await transaction.all(shown):
        cards[card.copy_id][card.block_id] = card.image_id
    return [_copy(rows[copy_id], cards[copy_id]) for copy_id in ids]


def _copy(row: Row[Any], cards: Mapping[str, str]) -> Copy:
    return Copy(
        id=row.id,
        channel=row.channel,
        ts=row.ts,
        text=row.summary,
        blocks=msgspec.json.decode(row.blocks),
        cards=cards,
        version=row.version,
        owner=row.owner,
    )


def _held(copy: Copy) -> tuple[ColumnElement[bool], ...]:
    return copies.c.id == copy.id, copies.c.owner == copy.owner


def _json(blocks: Sequence[Mapping[str, Any]]) -> str:
    return msgspec.json.encode(blocks).decode()


async def _drop(transaction: Transaction, *which: ColumnElement[bool]) -> None:
    dropped = copies.delete().where(*which).returning(copies.c.id)
    for part in parts([row.id for row in await transaction.all(dropped)]):
        await transaction.run(copy_cards.delete().where(copy_cards.c.copy_id.in_(part)))

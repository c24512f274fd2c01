"""Decisions: of all who want one at once, one begins it; it ends once, whoever ends it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from bot.oncall.objecting import objection
from bot.oncall.values import Asked, Proposal, Result
from bot.store.engine import Database, Transaction
from bot.store.rows import image_of, image_text
from bot.store.triage import finishing
from bot.store.triage import rows as triage_rows
from bot.store.triage.auditing import append, check_record, draft
from bot.store.triage.copies import mark
from bot.store.triage.noticing import notice
from bot.store.triage.tables import UNDECIDED, decisions

SENDING = timedelta(seconds=40)
"""A lease that is over sooner may be over before SCP has answered, shown it, and it is recorded."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that has begun and not ended."""

    decision: int
    """Its number."""
    asked: Asked
    proposed_by: str | None
    """Who had proposed it, where two must agree."""
    owner: str
    """Who has begun it: the name that was given."""
    began_at: datetime
    age: timedelta
    """How long ago that was."""
    state: Literal["begun", "sent"]
    """``sent``: SCP has perhaps been told."""
    expired: bool
    """Whether its process has had all its time."""
    unsure: bool
    """Whether its process has said that it does not know what SCP did."""


class Decisions:
    """The table of decisions. Every method raises ``StoreError`` where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self,
        asked: Asked,
        owner: str,
        lease: timedelta,
        *,
        needs_second: bool,
        undo_for: timedelta,
        not_by: str | None = None,
    ) -> Begun | Result:
        """Begin a decision, or tell why not; ``needs_second``: the first wish is a proposal.

        Until it ends no other begins. It may be undone for ``undo_for`` after its end. A proposal
        of ``not_by``, who is no approver any more, is none.
        """
        async with self._database.writing() as transaction:
            triage = await triage_rows.lock(transaction, asked.image.id)
            if why_not := objection(asked, triage, transaction.now):
                return why_not
            if not needs_second:
                return await _insert(transaction, asked, owner, lease, undo_for, None)
            proposal = triage.proposal
            if proposal is None or proposal.by == not_by:
                return await _propose(transaction, asked)
            if unfit := _no_second(asked, proposal):
                return unfit
            return await _insert(transaction, asked, owner, lease, undo_for, proposal.by)

    async def sending(self, begun: Begun) -> bool:
        """Record that SCP is told now; False where there is no time left for it."""
        async with self._database.writing() as transaction:
            await check_record(transaction)
            ours = update(decisions).where(
                UNDECIDED,
                decisions.c.id == begun.decision,
                decisions.c.owner == begun.owner,
                decisions.c.state == "begun",
                decisions.c.lease_until > transaction.now + SENDING,
            )
            return await transaction.run(ours.values(state="sent")) == 1

    async def finish(
        self, decision: int, result: Result, *, before: str, after: str, request_id: str = ""
    ) -> Result:
        """End a decision, and return how it has ended, if it had before then as it did.

        ``unsure`` does not end it. ``before`` and ``after`` are the member status.
        """
        told = {"before": before, "after": after, "request_id": request_id}
        async with self._database.writing() as transaction:
            row = await _noticed(transaction, decision, result)
            earlier = finishing.ended(row)
            return earlier or await finishing.finish(transaction, row, result, told)

    async def end_left(
        self, decision: int, result: Result, *, before: str, after: str, request_id: str = ""
    ) -> Result | None:
        """End a decision that was left open as ``finish`` does; None where somebody had before."""
        told = {"before": before, "after": after, "request_id": request_id}
        async with self._database.writing() as transaction:
            row = await _noticed(transaction, decision, result)
            if finishing.ended(row):
                return None
            return await finishing.finish(transaction, row, result, told)

    async def open(self, limit: int) -> list[Begun]:
        """Return decisions that SCP has perhaps been told of, and those that nobody is at."""
        async with self._database.reading() as transaction:
            now = transaction.now
            wanted = select(decisions).where(UNDECIDED, _to_be_looked_at(now))
            rows = await transaction.all(wanted.order_by(decisions.c.id).limit(limit))
            return [_begun(row, now) for row in rows]

    async def begun_as(self, names: Collection[str]) -> list[Begun]:
        """Return the open decisions that these have begun, and SCP was not told of."""
        async with self._database.reading() as transaction:
            found = []
            for part in triage_rows.parts(sorted(names)):
                theirs = (decisions.c.owner.in_(part), decisions.c.state == "begun")
                rows = await transaction.all(select(decisions).where(UNDECIDED, *theirs))
                found += [_begun(row, transaction.now) for row in rows]
            return found


async def _noticed(transaction: Transaction, decision: int, result: Result) -> Row[Any]:
    """Return the locked row of a decision, whose image is known from now on if it is decided."""
    if result.kind == "done":
        mine = select(decisions.c.image).where(decisions.c.id == decision)
        row = (await transaction.connection.execute(mine)).one()
        await notice(transaction, image_of(row.image))
    return await finishing.locked(transaction, decision)


def _to_be_looked_at(now: datetime) -> ColumnElement[bool]:
    left = and_(decisions.c.state == "begun", decisions.c.lease_until <= now)
    return or_(decisions.c.state == "sent", left)


def _no_second(asked: Asked, proposal: Proposal) -> Result | None:
    """Return why a wish is not the second that agrees; None where it is."""
    if proposal.by == asked.by:
        return Result(kind="already_proposed", by=proposal.by, at=proposal.at)
    if not asked.proposal_seen:
        return Result(kind="proposed_meanwhile", by=proposal.by, at=proposal.at)
    return None


async def _propose(transaction: Transaction, asked: Asked) -> Result:
    now, image_id = transaction.now, asked.image.id
    proposed = {
        "proposed_by": asked.by,
        "proposed_at": now,
        "proposal_reason": asked.reason,
    }
    await triage_rows.change(transaction, image_id, **proposed)
    entry = draft(
        asked.image, actor=asked.by, channel=asked.channel, action="propose", reason=asked.reason
    )
    await append(transaction, [entry])
    await mark(transaction, [image_id])
    return Result(kind="proposed", status=asked.status, by=asked.by, at=now)


async def _insert(
    transaction: Transaction,
    asked: Asked,
    owner: str,
    lease: timedelta,
    undo_for: timedelta,
    proposed_by: str | None,
) -> Begun:
    await check_record(transaction)  # what nobody can record, SCP must not be told
    now = transaction.now
    new = {
        "image_id": asked.image.id,
        "image": image_text(asked.image),
        "status": asked.status,
        "expected": asked.expected,
        "round": asked.round,
        "asked_by": asked.by,
        "proposed_by": proposed_by,
        "channel": asked.channel,
        "reason": asked.reason,
        "state": "begun",
        "unsure": False,
        "owner": owner,
        "lease_until": now + lease,
        "begun_at": now,
        "undo_for": round(undo_for / timedelta(milliseconds=1)),
    }
    inserted = decisions.insert().values(**new).returning(*decisions.c)
    return _begun((await transaction.connection.execute(inserted)).one(), now)


def _begun(row: Row[Any], now: datetime) -> Begun:
    return Begun(
        decision=row.id,
        asked=Asked(
            image=image_of(row.image),
            status=row.status,
            round=row.round,
            expected=row.expected,
            by=row.asked_by,
            channel=row.channel,
            reason=row.reason,
        ),
        proposed_by=row.proposed_by,
        owner=row.owner,
        began_at=row.begun_at,
        age=now - row.begun_at,
        state=row.state,
        expired=row.lease_until <= now,
        unsure=row.unsure,
    )

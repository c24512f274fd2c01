"""The end of a decision: the image's row, its sighting, the record and every copy, at once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from bot.oncall.values import ACTIONS, UNTOUCHED, Result, Settled, Triage
from bot.sightings import How
from bot.store.engine import Transaction
from bot.store.rows import image_of
from bot.store.tables import sightings
from bot.store.triage import rows as triage_rows
from bot.store.triage.auditing import append, draft
from bot.store.triage.copies import mark
from bot.store.triage.outbox import End, tell_end, tell_undone
from bot.store.triage.tables import decisions, triage

_OUTCOMES = {"done": "done", "unsure": "unsure"}
"""Every other end is a failure."""

_ELSEWHERE: Mapping[str, How] = {"accepted": "accepted", "rejected": "rejected"}


async def locked(transaction: Transaction, decision: int) -> Row[Any]:
    """Return the row of a decision, which nobody else changes until the transaction's end."""
    mine = select(decisions).where(decisions.c.id == decision)
    row = (await transaction.connection.execute(mine)).one()
    # First the image's row, as everybody does.
    await triage_rows.lock(transaction, row.image_id)
    return (await transaction.connection.execute(mine.with_for_update())).one()


def ended(row: Row[Any]) -> Result | None:
    """Return how a decision has ended; None where it has not."""
    return None if row.result is None else msgspec.json.decode(row.result, type=Result)


async def finish(
    transaction: Transaction, row: Row[Any], result: Result, told: Mapping[str, str]
) -> Result:
    """End an open decision, but for one of which nobody is sure; return how it ended."""
    if result.kind == "unsure":
        return await _doubt(transaction, row, result, told)
    news = False
    if result.kind == "done":
        result, news = await _settle(transaction, row, result), True
    elif _overturned(row, result):
        news = await _unsettle(transaction, row, result)
    ending = {
        "state": "ended",
        "ended_at": transaction.now,
        "undo_until": result.settled.undo_until if result.settled else None,
        "result": msgspec.json.encode(result).decode(),
    }
    await transaction.run(update(decisions).where(decisions.c.id == row.id).values(**ending))
    await _tell(transaction, row, result, told)
    if news:
        await _tell_threads(transaction, row, result)
    return result


async def _doubt(
    transaction: Transaction, row: Row[Any], result: Result, told: Mapping[str, str]
) -> Result:
    """Record once that nobody knows; somebody goes on looking."""
    if not row.unsure:
        mine = update(decisions).where(decisions.c.id == row.id)
        await transaction.run(mine.values(unsure=True, state="sent"))
        await _tell(transaction, row, result, told)
    return result


async def _settle(transaction: Transaction, row: Row[Any], result: Result) -> Result:
    """Have the image be decided, or undecided, and everything that led to it be over."""
    undone = row.status == "pending"
    before = (await triage_rows.read(transaction, [row.image_id])).get(row.image_id, UNTOUCHED)
    over = triage_rows.NOTHING | {"settled": None if undone else row.id}
    await triage_rows.change(transaction, row.image_id, round=triage.c.round + 1, **over)
    what = {"how": None, "decided_by": None} if undone else _how(row)
    gone = (sightings.c.image_id == row.image_id, sightings.c.gone_at.is_not(None))
    await transaction.run(update(sightings).where(*gone).values(**what))
    return msgspec.structs.replace(
        result,
        status=row.status,
        by=row.asked_by,
        at=transaction.now,
        settled=None if undone else _settled(transaction, row, before),
    )


def _overturned(row: Row[Any], result: Result) -> bool:
    """Tell whether SCP has shown that a decision of the bot holds no more."""
    return result.kind in ("elsewhere", "withdrawn") and row.expected != "pending"


async def _unsettle(transaction: Transaction, row: Row[Any], result: Result) -> bool:
    """Have the bot's decision hold no more: SCP has shown that somebody changed it elsewhere.

    Return whether that is news: of what the watch has found out the threads are told by it.
    """
    over = {"round": triage.c.round + 1, "settled": None}
    await triage_rows.change(transaction, row.image_id, **over)
    how = _shown(result)
    gone = (sightings.c.image_id == row.image_id, sightings.c.gone_at.is_not(None))
    found = (*gone, sightings.c.how == how, sightings.c.decided_by.is_(None))
    known = how and await transaction.first(select(sightings.c.image_id).where(*found))
    await transaction.run(update(sightings).where(*gone).values(how=how, decided_by=None))
    return not known


def _shown(result: Result) -> How | None:
    """Return what became of an image elsewhere; None where it waits, or nobody knows."""
    if result.kind == "withdrawn":
        return "withdrawn"
    return _ELSEWHERE.get(result.status or "")


async def _tell_threads(transaction: Transaction, row: Row[Any], result: Result) -> None:
    """Have the threads of the image's cards say what a decision did, or has shown."""
    by = row.asked_by if result.kind == "done" else None
    if result.status == "pending":
        await tell_undone(transaction, row.image_id, row.id, by or "")
        return
    end = End(row.status if by else _shown(result), by)
    overturned = row.expected != "pending"
    await tell_end(transaction, row.image_id, row.id, end, overturned=overturned)


def _how(row: Row[Any]) -> dict[str, str]:
    return {"how": row.status, "decided_by": row.asked_by}


def _settled(transaction: Transaction, row: Row[Any], before: Triage) -> Settled:
    return Settled(
        decision=row.id,
        status=row.status,
        by=row.asked_by,
        proposed_by=row.proposed_by,
        at=transaction.now,
        reason=row.reason,
        undo_until=transaction.now + timedelta(milliseconds=row.undo_for),
        claim=before.claim,
        snooze=before.snooze,
    )


async def _tell(
    transaction: Transaction, row: Row[Any], result: Result, told: Mapping[str, str]
) -> None:
    """Record it, and have every copy of the card tell."""
    entry = draft(
        image_of(row.image),
        actor=row.asked_by,
        channel=row.channel,
        action=ACTIONS[row.status],
        outcome=_OUTCOMES.get(result.kind, "failed"),
        reason=row.reason,
        detail=_detail(row, result),
        **told,
    )
    await append(transaction, [entry])
    await triage_rows.change(transaction, row.image_id)
    await mark(transaction, [row.image_id])


def _detail(row: Row[Any], result: Result) -> str:
    proposed = f"proposed by {row.proposed_by}" if row.proposed_by else ""
    failed = "" if result.kind == "done" else result.kind
    taken = "after SCP had taken it" if result.taken else ""
    return "; ".join(filter(None, (proposed, failed, taken, result.problem)))

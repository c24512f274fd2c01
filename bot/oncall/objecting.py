"""Why a wish for a decision makes no sense any more, as the image is now."""

from datetime import datetime
from typing import Protocol

from bot.oncall.values import MemberStatus, Result, Settled, Triage


class Wish(Protocol):
    """What is to become of an image, and of what one who wants it has seen (see ``Asked``)."""

    @property
    def status(self) -> MemberStatus:
        """What the membership is to become."""

    @property
    def round(self) -> int:
        """Of the card that was pressed."""

    @property
    def expected(self) -> MemberStatus:
        """What the membership has to be."""


def objection(wish: Wish, triage: Triage, now: datetime) -> Result | None:
    """Return why there is nothing to decide, as far as the bot knows; None where there is."""
    if underway := triage.underway:
        return Result(kind="underway", status=underway.status, by=underway.by, at=underway.since)
    if wish.round != triage.round:
        return settled_already(triage) or Result(kind="out_of_date")
    if wish.expected == "pending":
        return settled_already(triage) if triage.lately_settled(now) else None
    settled = triage.settled
    if settled is None or settled.status != wish.expected:
        return Result(kind="out_of_date")
    if wish.status == "pending" and now >= settled.undo_until:
        return _too_late(settled)
    return None


def settled_already(triage: Triage) -> Result | None:
    """Return the decision that holds; None where there is none."""
    settled = triage.settled
    if settled is None:
        return None
    return Result(
        kind="settled", status=settled.status, by=settled.by, at=settled.at, settled=settled
    )


def _too_late(settled: Settled) -> Result:
    return Result(
        kind="too_late",
        status=settled.status,
        by=settled.by,
        at=settled.undo_until,
        settled=settled,
    )

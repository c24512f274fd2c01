"""When there is nothing to decide any more, and what is said of it."""

from datetime import datetime, timedelta

import pytest

from bot.images import PendingImage
from bot.oncall.objecting import objection, settled_already
from bot.oncall.values import (
    SETTLED_HOLDS,
    UNTOUCHED,
    Asked,
    MemberStatus,
    Settled,
    Triage,
    Underway,
    Verdict,
)

AT = datetime.fromisoformat("2026-07-27T09:00:00+00:00")
UNDO_UNTIL = AT + timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def wish(
    status: MemberStatus = "accepted",
    number: int = 0,
    expected: MemberStatus = "pending",
) -> Asked:
    image = PendingImage(id="a", name="one", owner="acc-1")
    return Asked(
        image=image, status=status, round=number, expected=expected, by="U0BOB", channel="C1"
    )


def settled(status: Verdict = "accepted") -> Triage:
    decision = Settled(decision=1, status=status, by="U0ADA", at=AT, undo_until=UNDO_UNTIL)
    return Triage(round=1, settled=decision)


def test_who_wants_an_untouched_image_decides() -> None:
    assert objection(wish(), UNTOUCHED, AT) is None
    assert settled_already(UNTOUCHED) is None


def test_while_a_decision_is_underway_there_is_no_other() -> None:
    triage = Triage(underway=Underway("rejected", "U0ADA", AT))
    found = objection(wish(), triage, AT)
    assert found is not None
    assert (found.kind, found.status, found.by, found.at) == ("underway", "rejected", "U0ADA", AT)


def test_a_card_of_another_round_hears_what_was_decided_or_that_it_was_undone() -> None:
    late = objection(wish(), settled(), AT)
    assert late is not None
    assert (late.kind, late.status, late.by, late.at) == ("settled", "accepted", "U0ADA", AT)
    undone = objection(wish(), Triage(round=2), AT)
    assert undone is not None
    assert undone.kind == "out_of_date"


def test_what_was_just_decided_is_not_decided_again_though_scp_lists_it_still() -> None:
    found = objection(wish(number=1), settled(), AT + SETTLED_HOLDS - SECOND)
    assert found is not None
    assert found.kind == "settled"
    assert objection(wish(number=1), settled(), AT + SETTLED_HOLDS) is None


@pytest.mark.parametrize("triage", [Triage(round=1), settled("rejected")])
def test_only_what_was_decided_so_is_changed(triage: Triage) -> None:
    found = objection(wish("pending", 1, expected="accepted"), triage, AT)
    assert found is not None
    assert found.kind == "out_of_date"


def test_an_undo_has_its_time_and_the_opposite_has_not() -> None:
    undo, opposite = (wish(status, 1, "accepted") for status in ("pending", "rejected"))
    assert objection(undo, settled(), UNDO_UNTIL - SECOND) is None
    late = objection(undo, settled(), UNDO_UNTIL)
    assert late is not None
    assert (late.kind, late.status, late.by, late.at) == (
        "too_late",
        "accepted",
        "U0ADA",
        UNDO_UNTIL,
    )
    assert objection(opposite, settled(), UNDO_UNTIL) is None

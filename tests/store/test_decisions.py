"""A decision begins once, goes to SCP once, ends once; who comes late hears what happened."""

from datetime import timedelta
from typing import Any

import pytest

from bot.images import PendingImage
from bot.oncall.values import SETTLED_HOLDS, UNTOUCHED, Result, Triage
from bot.store import Store
from bot.store.triage.deciding import SENDING
from tests.store.conftest import Clock
from tests.store.steps import MINUTE
from tests.store.triage_steps import (
    ADA,
    BOB,
    IMAGE,
    LEASE,
    OTHER,
    UNDO,
    actions,
    answered,
    asked,
    begun,
    decided,
    deed,
    end,
    keep,
    look,
    painted,
    to_paint,
)


async def triage_of(store: Store, image_id: str = "a") -> Triage:
    return (await store.triage.of([image_id]))[image_id]


# ---- begun


async def test_a_decision_that_has_begun_is_as_it_was_asked_for(store: Store, clock: Clock) -> None:
    before = clock.now()
    decision = await begun(store, asked("rejected"))
    assert decision.asked == asked("rejected")
    assert (decision.state, decision.owner, decision.proposed_by) == ("begun", "p1", None)
    assert not decision.expired
    assert not decision.unsure
    assert before <= decision.began_at <= clock.now()
    underway = (await triage_of(store)).underway
    assert underway is not None
    assert (underway.status, underway.by, underway.since) == ("rejected", ADA, decision.began_at)
    assert (await store.triage_agenda()).open_decisions == 1
    assert await actions(store) == [], "what did not happen yet is not recorded"


async def test_while_one_is_underway_no_other_begins(store: Store, other: Store) -> None:
    decision = await begun(store, asked())
    for by, status in ((BOB, "rejected"), (ADA, "accepted")):
        answer = await answered(other, asked(status, by=by))  # type: ignore[arg-type]  # of the two
        assert (answer.kind, answer.status, answer.by) == ("underway", "accepted", ADA)
        assert answer.at == decision.began_at
    await begun(other, asked(image=OTHER, by=BOB))


async def test_a_decision_ends_a_claim_and_a_snooze_and_keeps_what_they_were(store: Store) -> None:
    until = await store.now() + UNDO
    await store.triage.claim(deed(by=BOB))
    rests = (await store.triage.snooze(deed(by=BOB), until, "later")).triage
    assert rests.snooze is not None
    done = await decided(store, asked())
    after = await triage_of(store)
    assert (after.claim, after.snooze) == (None, None)
    assert after.settled == done.settled
    assert after.settled is not None
    assert (after.settled.claim, after.settled.snooze) == (rests.claim, rests.snooze)
    assert after.as_of(rests.snooze.at) == Triage(claim=rests.claim, snooze=rests.snooze)
    assert after.as_of(after.settled.at + UNDO) == UNTOUCHED


async def test_what_was_decided_is_told_to_who_comes_late(store: Store) -> None:
    done = await decided(store, asked())
    for round_ in (0, 1):
        answer = await answered(store, asked("rejected", by=BOB, round=round_))
        assert (answer.kind, answer.status, answer.by, answer.at) == (
            "settled",
            "accepted",
            ADA,
            done.at,
        )


async def test_an_image_that_is_pending_again_later_may_be_decided_again(
    store: Store, clock: Clock
) -> None:
    await decided(store, asked())
    clock.shift(SETTLED_HOLDS)
    assert (await answered(store, asked(by=BOB))).kind == "settled", "its card is an old one"
    await decided(store, asked("rejected", by=BOB, round=1))
    settled = (await triage_of(store)).settled
    assert settled is not None
    assert (settled.status, settled.by) == ("rejected", BOB)


async def test_a_card_of_before_an_undone_decision_is_out_of_date(store: Store) -> None:
    await decided(store, asked())
    await decided(store, asked("pending", round=1, expected="accepted"))
    for round_ in (0, 1, 3):
        assert (await answered(store, asked(by=BOB, round=round_))).kind == "out_of_date"
    await begun(store, asked(by=BOB, round=2))


# ---- undone


async def test_a_decision_is_undone_until_its_time_is_over(store: Store, clock: Clock) -> None:
    done = await decided(store, asked())
    assert done.settled is not None
    assert done.settled.undo_until - done.settled.at == UNDO
    clock.shift(UNDO - MINUTE)
    undone = await decided(store, asked("pending", by=BOB, round=1, expected="accepted"))
    assert (undone.kind, undone.status, undone.by, undone.settled) == ("done", "pending", BOB, None)
    assert await triage_of(store) == Triage(round=2)


async def test_after_its_time_nothing_is_undone(store: Store, clock: Clock) -> None:
    done = await decided(store, asked())
    clock.shift(UNDO)
    late = await answered(store, asked("pending", round=1, expected="accepted"))
    assert (late.kind, late.status, late.by) == ("too_late", "accepted", ADA)
    assert done.settled is not None
    assert late.at == done.settled.undo_until, "when the time for it ended"


@pytest.mark.parametrize("expected", ["accepted", "rejected"])
async def test_only_what_was_decided_so_is_undone(store: Store, expected: Any) -> None:
    assert (await answered(store, asked("pending", expected=expected))).kind == "out_of_date"
    await decided(store, asked("rejected" if expected == "accepted" else "accepted"))
    wish = asked("pending", round=1, expected=expected)
    assert (await answered(store, wish)).kind == "out_of_date"


async def test_the_opposite_decision_is_made_after_the_time_to_undo_too(
    store: Store, clock: Clock
) -> None:
    await decided(store, asked())
    clock.shift(UNDO)
    done = await decided(store, asked("rejected", by=BOB, round=1, expected="accepted"))
    assert done.settled is not None
    assert (done.settled.status, done.settled.by) == ("rejected", BOB)


# ---- two must agree


async def test_the_first_of_two_proposes_and_the_second_decides(store: Store, clock: Clock) -> None:
    proposed = await answered(store, asked(), needs_second=True)
    assert (proposed.kind, proposed.by) == ("proposed", ADA)
    proposal = (await triage_of(store)).proposal
    assert proposal is not None
    assert (proposal.by, proposal.reason) == (ADA, f"because {ADA}")
    clock.shift(MINUTE)
    again = await answered(store, asked(), needs_second=True)
    assert (again.kind, again.by, again.at) == ("already_proposed", ADA, proposal.at)
    decision = await begun(store, asked(by=BOB, proposal_seen=True), needs_second=True)
    assert decision.proposed_by == ADA
    done = await end(store, decision)
    assert done.settled is not None
    assert (done.settled.by, done.settled.proposed_by) == (BOB, ADA)
    assert (await triage_of(store)).proposal is None
    assert await actions(store) == [("propose", "done"), ("accept", "done")]
    [last] = await store.audit.of("a", 1)
    assert ADA in last.detail


async def test_a_rejection_ends_a_proposal(store: Store) -> None:
    await answered(store, asked(), needs_second=True)
    await decided(store, asked("rejected", by=BOB))
    assert (await triage_of(store)).proposal is None


async def test_a_proposal_outlives_a_decision_that_failed(store: Store) -> None:
    await answered(store, asked(), needs_second=True)
    second = asked(by=BOB, proposal_seen=True)
    decision = await begun(store, second, needs_second=True)
    await end(store, decision, Result(kind="refused", problem="no"))
    assert (await triage_of(store)).proposal is not None
    assert (await begun(store, second, needs_second=True)).proposed_by == ADA


async def test_who_was_not_shown_the_proposal_is_not_the_second_yet(store: Store) -> None:
    """Their form said that theirs would be a proposal: it must not decide."""
    await answered(store, asked(), needs_second=True)
    meanwhile = await answered(store, asked(by=BOB), needs_second=True)
    proposal = (await triage_of(store)).proposal
    assert proposal is not None
    assert (meanwhile.kind, meanwhile.by, meanwhile.at) == ("proposed_meanwhile", ADA, proposal.at)
    assert await actions(store) == [("propose", "done")]


async def test_a_proposal_of_who_is_no_approver_any_more_is_replaced(store: Store) -> None:
    await answered(store, asked(), needs_second=True)
    wish = asked(by=BOB, proposal_seen=True)
    again = await store.decisions.begin(
        wish, "p1", LEASE, needs_second=True, undo_for=UNDO, not_by=ADA
    )
    assert isinstance(again, Result)
    assert (again.kind, again.by) == ("proposed", BOB)
    proposal = (await triage_of(store)).proposal
    assert proposal is not None
    assert (proposal.by, proposal.reason) == (BOB, f"because {BOB}")


# ---- sent


async def test_a_decision_is_sent_once(store: Store, other: Store) -> None:
    decision = await begun(store, asked())
    assert await store.decisions.sending(decision)
    assert not await other.decisions.sending(decision)


async def test_a_decision_is_not_sent_where_its_time_may_not_suffice(
    store: Store, clock: Clock
) -> None:
    decision = await begun(store, asked())
    clock.shift(LEASE - SENDING)
    assert not await store.decisions.sending(decision)
    other = await begun(store, asked(image=OTHER))
    clock.shift(LEASE - SENDING - timedelta(seconds=5))
    assert await store.decisions.sending(other)


async def test_what_has_ended_is_not_sent(store: Store) -> None:
    decision = await begun(store, asked())
    await end(store, decision, Result(kind="interrupted"))
    assert not await store.decisions.sending(decision)


# ---- ended


async def test_a_decision_ends_once_and_everybody_hears_how(store: Store, other: Store) -> None:
    decision = await begun(store, asked())
    done = await end(store, decision)
    assert (done.kind, done.status, done.by) == ("done", "accepted", ADA)
    late = Result(kind="refused", problem="another process thought so")
    assert await end(other, decision, late) == done
    assert await end(other, decision) == done
    kept = await triage_of(store)
    assert (kept.round, kept.settled, kept.underway) == (1, done.settled, None)
    assert await actions(store) == [("accept", "done")]
    assert (await store.triage_agenda()).open_decisions == 0


async def test_a_decision_is_recorded_with_all_that_is_known(store: Store) -> None:
    await decided(store, asked("rejected"))
    [entry] = await store.audit.of("a", 10)
    assert (entry.action, entry.outcome, entry.actor) == ("reject", "done", ADA)
    assert (entry.before, entry.after, entry.request_id) == ("pending", "rejected", "req-1")
    assert (entry.reason, entry.image_name) == (f"because {ADA}", IMAGE.name)


@pytest.mark.parametrize("kind", ["withdrawn", "elsewhere", "refused", "interrupted"])
async def test_a_decision_that_failed_changes_nothing_and_is_recorded(
    store: Store, kind: Any
) -> None:
    await store.triage.claim(deed())
    before = await triage_of(store)
    failed = Result(kind=kind, problem="What SCP said.")
    assert await end(store, await begun(store, asked()), failed) == failed
    assert await triage_of(store) == before
    assert (await actions(store))[1:] == [("accept", "failed")]
    [entry] = await store.audit.of("a", 1)
    assert kind in entry.detail
    assert "What SCP said." in entry.detail
    await begun(store, asked())


async def test_what_nobody_is_sure_of_stays_open_and_is_recorded_once(
    store: Store, other: Store
) -> None:
    decision = await begun(store, asked())
    assert await store.decisions.sending(decision)
    for _ in range(2):
        assert (await end(store, decision, Result(kind="unsure"))).kind == "unsure"
    assert (await answered(other, asked(by=BOB))).kind == "underway"
    [left] = await other.decisions.open(10)
    assert left.unsure
    assert await actions(store) == [("accept", "unsure")]
    done = await end(other, left)
    assert done.kind == "done"
    assert await actions(store) == [("accept", "unsure"), ("accept", "done")]
    assert await other.decisions.open(10) == []


# ---- left behind


async def test_what_was_sent_is_looked_at_and_what_has_begun_after_its_time(
    store: Store, other: Store, clock: Clock
) -> None:
    sent = await begun(store, asked())
    assert await store.decisions.sending(sent)
    left = await begun(store, asked("rejected", image=OTHER, by=BOB))
    [found] = await other.decisions.open(10)
    assert (found.decision, found.state, found.expired) == (sent.decision, "sent", False)
    assert found.asked == asked()
    clock.shift(LEASE)
    both = await other.decisions.open(10)
    assert [(b.decision, b.state, b.expired) for b in both] == [
        (sent.decision, "sent", True),
        (left.decision, "begun", True),
    ]
    assert both[1].asked == asked("rejected", image=OTHER, by=BOB)
    assert len(await other.decisions.open(1)) == 1


# ---- what follows


async def test_what_is_decided_before_it_goes_has_gone_by_that(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE, OTHER)
    await decided(store, asked())
    await look(store, clock, OTHER)
    sighting = (await store.sightings.of(["a"]))["a"]
    assert (sighting.how, sighting.by) == ("accepted", ADA)
    assert await store.sightings.unexplained(10) == []
    [gone] = [e for e in await store.audit.of("a", 10) if e.action == "gone"]
    assert (gone.actor, gone.after) == ("bot", "accepted")


async def test_what_goes_before_its_decision_has_ended_has_gone_by_that(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE)
    decision = await begun(store, asked("rejected"))
    await look(store, clock)
    assert (await store.sightings.of(["a"]))["a"].how is None
    await end(store, decision)
    sighting = (await store.sightings.of(["a"]))["a"]
    assert (sighting.how, sighting.by) == ("rejected", ADA)


async def test_an_old_decision_is_not_why_an_image_goes_that_was_pending_again(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE)
    await decided(store, asked())
    clock.shift(SETTLED_HOLDS)
    await look(store, clock, IMAGE)
    await look(store, clock)
    assert (await store.sightings.of(["a"]))["a"].how is None
    assert await store.sightings.unexplained(10) == ["a"]


async def test_what_is_undone_has_not_gone_by_the_decision(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    await decided(store, asked())
    await look(store, clock)
    await decided(store, asked("pending", round=1, expected="accepted"))
    sighting = (await store.sightings.of(["a"]))["a"]
    assert (sighting.how, sighting.by) == (None, None)


@pytest.mark.parametrize(
    ("result", "needs_second"),
    [
        (Result(kind="done"), False),
        (Result(kind="unsure"), False),
        (Result(kind="withdrawn"), False),
        (None, True),
    ],
)
async def test_every_copy_of_the_card_tells(
    store: Store, clock: Clock, result: Result | None, needs_second: bool
) -> None:
    await keep(store, clock, "1.1", "a")
    await keep(store, clock, "1.2", "b")
    if result:
        await end(store, await begun(store, asked()), result)
    else:
        await answered(store, asked(), needs_second=needs_second)
    [copy] = await to_paint(store)
    assert copy.ts == "1.1"
    await painted(store, copy)


# ---- before the watch has looked

SIBLING = PendingImage(id="c", name="another", owner=IMAGE.owner)


async def test_what_is_decided_before_the_watch_has_seen_it_is_known_from_then_on(
    store: Store, clock: Clock
) -> None:
    await look(store, clock)
    await decided(store, asked(by=BOB))
    kin = (await store.sightings.kin([SIBLING]))[SIBLING.id]
    assert kin.ends == {"accepted": 1}
    assert await store.sightings.ever_accepted(str(IMAGE.owner))
    await look(store, clock)
    gone = (await store.sightings.of(["a"]))["a"]
    assert (gone.how, gone.by) == ("accepted", BOB)


async def test_what_ends_in_vain_is_not_taken_for_seen(store: Store) -> None:
    await end(store, await begun(store, asked()), Result(kind="withdrawn"))
    assert await store.sightings.of(["a"]) == {}


async def test_what_is_claimed_before_the_watch_has_seen_it_gets_its_card_all_the_same(
    store: Store, clock: Clock
) -> None:
    await look(store, clock)
    await store.triage.claim(deed())
    claimed_at = (await store.sightings.first_seen())["a"]
    await look(store, clock, IMAGE)
    assert (await store.sightings.first_seen())["a"] == claimed_at
    assert [entry.action async for entry in store.audit.every()] == ["claim"]


# ---- what SCP shows to be over


@pytest.mark.parametrize(
    "shown",
    [Result(kind="elsewhere", status="rejected"), Result(kind="withdrawn")],
    ids=["elsewhere", "withdrawn"],
)
async def test_a_decision_that_does_not_hold_any_more_is_over_when_undoing_it_shows_that(
    store: Store, clock: Clock, shown: Result
) -> None:
    await look(store, clock, IMAGE)
    await decided(store, asked())
    await look(store, clock)
    undoing = await begun(store, asked("pending", round=1, expected="accepted"))
    await end(store, undoing, shown)
    triage = await triage_of(store)
    assert (triage.round, triage.settled) == (2, None)
    gone = (await store.sightings.of(["a"]))["a"]
    assert (gone.how, gone.by) == (shown.status or "withdrawn", None)


async def test_what_undoing_shows_to_be_pending_can_be_decided_at_once(store: Store) -> None:
    await decided(store, asked())
    undoing = await begun(store, asked("pending", round=1, expected="accepted"))
    await end(store, undoing, Result(kind="elsewhere", status="pending"))
    await begun(store, asked("rejected", round=2))


async def test_a_proposal_ends_with_the_share_that_it_was_about(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    await answered(store, asked(), needs_second=True)
    await look(store, clock)
    await look(store, clock, IMAGE)
    assert (await triage_of(store)).proposal is None

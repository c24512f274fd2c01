"""One decision, from the wish to its record, whoever else wants one and whatever SCP does."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta

import pytest

from bot.blocks.text import slack_date
from bot.blocks.triage.deciding import result_message
from bot.blocks.triage.result_words import result_words
from bot.errors import NotAllowed, NotKnown, StoreError
from bot.oncall.values import MemberStatus
from bot.scp.client import CHANGE_SECONDS
from bot.sim.scp import Route
from bot.sim.scp_members import Lag
from bot.store.triage.deciding import SENDING
from bot.triage import deciding, membership
from tests.digests.clocks import MINUTE, SECOND
from tests.digests.world import Meanwhile, sqlite_only
from tests.listeners.scene import Alarms, shown
from tests.store.raw import locked
from tests.triage.world import ADA, BOB, CARL, Replica, World

PUT = ("PUT",)
INTERRUPTED = [("accept", "failed")]


async def dies() -> None:
    """End the task that decides, as a stop does."""
    raise asyncio.CancelledError


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SCP gets a moment, and not ten seconds, to show what it was told."""
    monkeypatch.setattr(membership, "VERIFY_WITHIN", 0.1)
    monkeypatch.setattr(membership, "FIRST_PAUSE", 0.01)


@pytest.mark.parametrize(("status", "action"), [("accepted", "accept"), ("rejected", "reject")])
async def test_scp_is_told_once_and_it_is_recorded(
    world: World, replica: Replica, status: MemberStatus, action: str
) -> None:
    result = await replica.decide(world.asked(status, reason="well known"))
    assert (result.kind, result.status, result.by) == ("done", status, ADA)
    assert world.status() == status
    assert len(world.scp.puts) == 1
    (entry,) = await world.record()
    assert (entry.action, entry.outcome, entry.actor) == (action, "done", ADA)
    assert (entry.before, entry.after, entry.reason) == ("pending", status, "well known")
    settled = (await world.triage()).settled
    assert settled is not None
    assert (settled.status, settled.by) == (status, ADA)


async def test_scps_id_of_the_request_is_recorded(world: World, replica: Replica) -> None:
    world.scp.request_id_header = "X-Openstack-Request-Id"
    await replica.decide(world.asked())
    (entry,) = await world.record()
    assert entry.request_id


async def test_of_many_on_three_replicas_one_is_done_and_all_others_hear_by_whom(
    world: World,
) -> None:
    """200 people press Accept at once: one PUT, one record, 199 clear answers."""
    replicas = [await world.replica() for _ in range(3)]
    people = [ADA, BOB]
    asked = [
        replicas[n % 3].decide(world.asked(by=people[n % 2], channel=f"C{n}")) for n in range(200)
    ]
    results = await asyncio.gather(*asked)
    assert len(world.scp.puts) == 1
    assert len(await world.record()) == 1
    kinds = [result.kind for result in results]
    assert kinds.count("done") == 1
    assert set(kinds) <= {"done", "underway", "settled"}
    winner = next(result.by for result in results if result.kind == "done")
    assert {result.by for result in results} == {winner}


async def test_of_accept_and_reject_at_once_one_wins(world: World) -> None:
    replicas = [await world.replica() for _ in range(3)]
    wishes = [world.asked(("accepted", "rejected")[n % 2], (ADA, BOB)[n % 2]) for n in range(20)]
    results = await asyncio.gather(*(replicas[n % 3].decide(wish) for n, wish in enumerate(wishes)))
    (won,) = [result for result in results if result.kind == "done"]
    assert world.status() == won.status
    assert len(world.scp.puts) == 1
    assert {result.status for result in results} == {won.status}


async def test_who_is_no_approver_is_refused_before_anything_is_done(
    world: World, replica: Replica
) -> None:
    with pytest.raises(NotAllowed, match="Only approvers"):
        await replica.decide(world.asked(by=CARL))
    assert world.scp.requests == []
    assert (await world.triage()).round == 0


async def test_who_has_been_an_approver_is_none_any_more(world: World) -> None:
    """It is asked when they decide, not when the button was drawn."""
    world.slack.user_group("S0SIM0001", users=[CARL])
    replica = await world.replica(approvers=frozenset({"S0SIM0001"}))
    await replica.decide(world.asked(by=CARL))
    world.slack.user_group("S0SIM0001", users=[ADA])
    world.clock.shift(61 * SECOND)
    with pytest.raises(NotAllowed):
        await replica.decide(world.asked("pending", CARL, round=1, expected="accepted"))
    assert world.status() == "accepted"


async def test_what_was_decided_in_the_console_stays_so(world: World, replica: Replica) -> None:
    world.scp.members.decide(world.image().id, "rejected", world.scp.clock())
    result = await replica.decide(world.asked())
    assert (result.kind, result.status) == ("elsewhere", "rejected")
    assert world.scp.puts == []
    assert await world.ended() == [("accept", "failed")]
    assert (await world.triage()).underway is None


async def test_what_was_withdrawn_is_said_to_be(world: World, replica: Replica) -> None:
    wish = world.asked()
    world.scp.withdraw(wish.image.id)
    assert (await replica.decide(wish)).kind == "withdrawn"
    assert world.scp.puts == []


async def test_what_is_withdrawn_right_before_the_put_is_said_to_be(
    world: World, replica: Replica
) -> None:
    wish = world.asked()
    world.scp.withdraw_before_put()
    assert (await replica.decide(wish)).kind == "withdrawn"
    assert len(world.scp.puts) == 1
    assert await world.ended(wish.image) == [("accept", "failed")]


async def test_a_read_that_stays_behind_for_a_moment_is_waited_for(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "FIRST_PAUSE", 0.01)
    world.scp.member_lag = Lag(reads=3)
    assert (await replica.decide(world.asked())).kind == "done"
    members = [seen.method for seen in world.scp.requests if "/members/" in seen.target]
    assert members == ["GET", "PUT", *["GET"] * 4]


@pytest.mark.usefixtures("impatient")
async def test_a_read_that_stays_behind_for_long_does_not_make_undone_what_scp_confirmed(
    world: World, replica: Replica
) -> None:
    world.scp.member_lag = Lag(seconds=3600)
    result = await replica.decide(world.asked())
    said = result_words(result, world.clock.now())
    assert "Samsung Cloud has taken it; it does not show yet." in said
    assert "confirms" not in said
    assert await world.ended() == [("accept", "done")]


@pytest.mark.parametrize("failure", ["server_500", "unavailable_503", "drop", "truncated"])
async def test_what_scp_has_applied_though_its_answer_failed_is_done(
    world: World, replica: Replica, failure: str
) -> None:
    world.scp.fail(failure, 1, methods=PUT, after_effect=True)
    assert (await replica.decide(world.asked())).kind == "done"
    assert len(world.scp.puts) == 1, "never repeated blindly"
    assert await world.ended() == [("accept", "done")]


@pytest.mark.usefixtures("impatient")
async def test_what_scp_may_have_applied_and_does_not_show_is_not_known(
    world: World, replica: Replica
) -> None:
    world.scp.fail("server_500", 1, methods=PUT)
    result = await replica.decide(world.asked())
    assert result.kind == "unsure"
    read = str(result_message(world.asked().image, result, world.clock.now()).blocks)
    assert "There is nothing to do until then." in read
    assert result.problem in read
    assert "Try again" not in read
    assert "What to do" not in read
    assert len(world.scp.puts) == 1, "never repeated blindly"
    assert await world.ended() == [("accept", "unsure")]
    assert (await replica.decide(world.asked(by=BOB))).kind == "underway"


async def test_a_colleague_who_decides_otherwise_while_scp_hangs_is_not_overruled(
    world: World, replica: Replica
) -> None:
    wish = world.asked()
    world.scp.fail("slow", 1, methods=PUT, seconds=0.1)
    asking = asyncio.create_task(replica.decide(wish))
    while not world.scp.puts:  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0)
    world.scp.members.decide(wish.image.id, "rejected", world.scp.clock())
    result = await asking
    assert (result.kind, result.status, world.status()) == ("elsewhere", "rejected", "rejected")
    assert len(world.scp.puts) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [("rejected", "elsewhere"), ("withdrawn", "withdrawn")]
)
async def test_what_scp_took_and_is_changed_before_that_is_seen_is_not_said_to_be_unchanged(
    world: World, replica: Replica, meanwhile: Meanwhile, status: str, kind: str
) -> None:
    wish = world.asked()

    async def changes() -> None:
        if status == "withdrawn":
            world.scp.withdraw(wish.image.id)
        else:
            world.scp.members.decide(wish.image.id, status, 0)

    meanwhile.after(replica.scp, "set_image_member", changes)
    result = await replica.decide(wish)
    assert (result.kind, result.taken) == (kind, True)
    assert "Samsung Cloud took it" in result_words(result, world.clock.now())
    (entry,) = await world.record(wish.image)
    assert (entry.outcome, entry.before) == ("failed", "pending")
    assert "after SCP had taken it" in entry.detail


async def test_what_scp_refuses_has_changed_nothing(world: World, replica: Replica) -> None:
    world.scp.denied.add("SetImageMember")
    result = await replica.decide(world.asked())
    assert result.kind == "refused"
    assert "SetImageMember" in result.problem + result.remedy
    assert await world.ended() == [("accept", "failed")]
    world.scp.denied.clear()
    assert (await replica.decide(world.asked())).kind == "done", "the card is as good as before"


async def test_where_the_member_cannot_be_read_nothing_is_tried(
    world: World, replica: Replica
) -> None:
    world.scp.fail("server_500", routes=[Route.MEMBER])
    result = await replica.decide(world.asked())
    assert result.kind == "refused"
    assert world.scp.puts == []


async def test_undo_sets_it_back(world: World, replica: Replica) -> None:
    await replica.decide(world.asked())
    undone = await replica.decide(world.asked("pending", BOB, round=1, expected="accepted"))
    assert (undone.kind, undone.settled) == ("done", None)
    assert world.status() == "pending"
    assert await world.ended() == [("accept", "done"), ("undo", "done")]
    again = await replica.decide(world.asked("rejected", round=2))
    assert (again.kind, world.status()) == ("done", "rejected")


async def test_undo_has_its_time(world: World) -> None:
    replica = await world.replica(undo_minutes=10.0)
    await replica.decide(world.asked())
    world.clock.shift(10 * MINUTE + SECOND)
    late = await replica.decide(world.asked("pending", round=1, expected="accepted"))
    assert late.kind == "too_late"
    settled = (await world.triage()).settled
    assert settled is not None
    said = result_words(late, world.clock.now())
    assert f"the time for that ended {slack_date(settled.undo_until)}" in said
    assert world.status() == "accepted"


async def test_where_scp_refuses_to_undo_the_opposite_can_be_decided(
    world: World, replica: Replica
) -> None:
    world.scp.undo_refused = 400
    await replica.decide(world.asked())
    refused = await replica.decide(world.asked("pending", round=1, expected="accepted"))
    assert refused.kind == "refused"
    opposite = world.asked("rejected", round=1, expected="accepted")
    assert (await replica.decide(opposite)).kind == "done"
    assert world.status() == "rejected"


async def test_two_persons_have_to_agree_on_what_was_never_accepted(world: World) -> None:
    replica = await world.replica(two_person="first-owner")
    await replica.watch()
    assert (await replica.decide(world.asked())).kind == "proposed"
    assert (await replica.decide(world.asked())).kind == "already_proposed"
    done = await replica.decide(world.asked(by=BOB, proposal_seen=True))
    assert done.settled is not None
    assert (done.settled.proposed_by, done.settled.by) == (ADA, BOB)
    second = world.image(1)
    assert (await replica.decide(world.asked(image=second))).kind == "done", "the owner is known"


async def test_where_two_always_have_to_agree_they_have_to_on_known_owners_too(
    world: World,
) -> None:
    replica = await world.replica(two_person="always")
    wishes = [world.asked(by=by, proposal_seen=by == BOB) for by in (ADA, BOB)]
    results = [await replica.decide(wish) for wish in wishes]
    assert [result.kind for result in results] == ["proposed", "done"]
    assert (await replica.decide(world.asked(image=world.image(1)))).kind == "proposed"


async def test_who_was_not_shown_a_proposal_is_told_of_it_and_nothing_is_sent(
    world: World,
) -> None:
    """Both have opened the form before either proposed it."""
    replica = await world.replica(two_person="always")
    assert (await replica.decide(world.asked())).kind == "proposed"
    result = await replica.decide(world.asked(by=BOB))
    assert (result.kind, result.by) == ("proposed_meanwhile", ADA)
    assert world.scp.puts == []
    assert (await replica.decide(world.asked(by=BOB, proposal_seen=True))).kind == "done"


async def test_a_proposal_of_who_is_no_approver_any_more_counts_no_more(world: World) -> None:
    world.slack.user_group("S0SIM0001", users=[ADA, CARL])
    replica = await world.replica(two_person="always", approvers=frozenset({"S0SIM0001", BOB}))
    assert (await replica.decide(world.asked(by=CARL))).kind == "proposed"
    world.slack.user_group("S0SIM0001", users=[ADA])
    world.clock.shift(61 * SECOND)
    assert (await replica.decide(world.asked(by=BOB, proposal_seen=True))).kind == "proposed"
    assert world.scp.puts == []
    done = await replica.decide(world.asked(by=ADA, proposal_seen=True))
    assert done.settled is not None
    assert (done.settled.proposed_by, done.settled.by) == (BOB, ADA)


async def test_where_slack_does_not_tell_of_the_first_the_second_waits(world: World) -> None:
    """Neither is the proposal dropped, nor does it count."""
    world.slack.user_group("S0SIM0001", users=[CARL])
    replica = await world.replica(two_person="always", approvers=frozenset({"S0SIM0001", BOB}))
    assert (await replica.decide(world.asked(by=CARL))).kind == "proposed"
    world.clock.shift(61 * SECOND)
    world.slack.fail("usergroups.users.list", times=9)
    with pytest.raises(NotKnown):
        await replica.decide(world.asked(by=BOB, proposal_seen=True))
    proposal = (await world.triage()).proposal
    assert proposal is not None
    assert proposal.by == CARL


async def test_one_is_enough_to_reject(world: World) -> None:
    replica = await world.replica(two_person="always")
    assert (await replica.decide(world.asked())).kind == "proposed"
    assert (await replica.decide(world.asked("rejected"))).kind == "done"


async def test_without_time_left_scp_is_not_told(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """A process that was held up leaves the decision to whoever ends it."""

    async def time_passes() -> None:
        world.clock.shift(deciding.LEASE - 10 * SECOND)

    meanwhile.before(replica.store.decisions, "sending", time_passes)
    assert (await replica.decide(world.asked())).kind == "interrupted"
    assert world.scp.puts == []
    assert (await replica.decide(world.asked())).kind == "done"


async def test_a_process_that_was_held_up_for_long_does_not_tell_scp(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    async def time_passes() -> None:
        world.clock.shift(timedelta(seconds=deciding.SEND_WITHIN + 1))

    meanwhile.after(replica.store.decisions, "sending", time_passes)
    assert (await replica.decide(world.asked())).kind == "interrupted"
    assert world.scp.puts == []


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is not waited for long, by replicas that start now."""
    monkeypatch.setattr("bot.store.engine._BUSY_MILLISECONDS", 50)


@sqlite_only
@pytest.mark.usefixtures("hasty")
async def test_where_the_database_fails_at_once_the_person_hears_it(world: World) -> None:
    replica = await world.replica()
    with locked(world.clock.url), pytest.raises(StoreError, match="locked"):
        await replica.decide(world.asked())
    assert world.scp.requests == []


@sqlite_only
@pytest.mark.usefixtures("hasty")
async def test_where_the_database_fails_before_scp_is_told_nothing_has_changed(
    world: World, meanwhile: Meanwhile
) -> None:
    replica = await world.replica()
    with ExitStack() as lock:

        async def fails() -> None:
            lock.enter_context(locked(world.clock.url))

        async def recovers() -> None:
            lock.close()

        meanwhile.before(replica.store.decisions, "sending", fails)
        meanwhile.before(replica.store.decisions, "finish", recovers)
        assert (await replica.decide(world.asked())).kind == "interrupted"
    assert world.scp.puts == []
    assert await world.ended() == [("accept", "failed")]


@sqlite_only
@pytest.mark.usefixtures("hasty")
async def test_where_the_database_fails_for_a_moment_after_scp_was_told_it_is_recorded_late(
    world: World,
) -> None:
    replica = await world.replica()
    with ExitStack() as lock:

        def fails(_: str) -> None:
            lock.enter_context(locked(world.clock.url))
            asyncio.get_running_loop().call_later(0.2, lock.close)

        world.scp.before_put(fails)
        assert (await replica.decide(world.asked())).kind == "done"
    assert await world.ended() == [("accept", "done")]


@sqlite_only
@pytest.mark.usefixtures("hasty")
async def test_where_the_database_fails_for_long_the_person_hears_what_scp_did(
    world: World, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    """It is recorded, by who knows all of it, as soon as the database is back."""
    alarms.expect("a decision is to be recorded later")
    monkeypatch.setattr(deciding, "RECORD_WITHIN", 0.0)
    world.scp.request_id_header = "X-Openstack-Request-Id"
    replica = await world.replica()
    with ExitStack() as lock:
        world.scp.before_put(lambda _: lock.enter_context(locked(world.clock.url)))
        result = await replica.decide(world.asked())
        await replica.look()
    assert (result.kind, result.status, result.by) == ("unrecorded", "accepted", ADA)
    said = result_words(result, world.clock.now())
    assert "*Samsung Cloud has it: the image is accepted.*" in said
    assert await world.ended() == []
    await replica.look()
    (entry,) = await world.record()
    assert (entry.action, entry.outcome, entry.after) == ("accept", "done", "accepted")
    assert entry.request_id
    assert world.slack.workspace.posts == [], "they have heard it"


@sqlite_only
@pytest.mark.usefixtures("hasty")
async def test_where_the_database_fails_for_long_before_scp_is_told_it_is_over_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile, alarms: Alarms
) -> None:
    """Who is told to press again may do so then."""
    alarms.expect("a decision is to be recorded later")
    monkeypatch.setattr(deciding, "RECORD_WITHIN", 0.0)
    replica = await world.replica()
    with ExitStack() as lock:

        async def fails() -> None:
            lock.enter_context(locked(world.clock.url))

        meanwhile.before(replica.store.decisions, "sending", fails)
        assert (await replica.decide(world.asked())).kind == "interrupted"
    await replica.look()
    assert await world.ended() == [("accept", "failed")]
    assert (await replica.decide(world.asked())).kind == "done"
    assert len(world.scp.puts) == 1


@pytest.fixture
async def unanswered(world: World, meanwhile: Meanwhile) -> Replica:
    """A replica whose next decision begins, though the database breaks off before it says so."""
    replica = await world.replica()

    async def breaks_off() -> None:
        raise StoreError("The database has gone away.", passing=True)

    meanwhile.after(replica.store.decisions, "begin", breaks_off)
    return replica


async def test_what_began_though_the_database_did_not_say_so_is_over_when_it_answers(
    world: World, unanswered: Replica
) -> None:
    with pytest.raises(StoreError, match="gone away"):
        await unanswered.decide(world.asked())
    assert (await world.triage()).underway is not None
    await unanswered.look()
    assert await world.ended() == [("accept", "failed")]
    assert (await unanswered.decide(world.asked(by=BOB))).kind == "done"


async def test_what_cannot_be_recorded_holds_up_no_other(
    world: World, unanswered: Replica, meanwhile: Meanwhile
) -> None:
    """Where it is that one alone which the database does not take."""
    with pytest.raises(StoreError, match="gone away"):
        await unanswered.decide(world.asked())

    async def breaks_off() -> None:
        raise StoreError("No such thing.")

    second = world.image(1)
    meanwhile.after(unanswered.store.decisions, "begin", breaks_off)
    with pytest.raises(StoreError, match="No such thing"):
        await unanswered.decide(world.asked(image=second))
    meanwhile.before(unanswered.store.decisions, "end_left", breaks_off)
    await unanswered.look()
    assert [await world.ended(image) for image in (world.image(), second)] == [[], INTERRUPTED]
    await unanswered.look()
    assert await world.ended() == INTERRUPTED


# ---- stopped


async def test_what_a_stop_cuts_off_before_scp_is_told_is_over_at_once(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """And who asked hears of it."""
    meanwhile.before(replica.store.decisions, "sending", dies)
    with pytest.raises(asyncio.CancelledError):
        await replica.decide(world.asked())
    await replica.triage.release()
    assert await world.ended() == [("accept", "failed")]
    (told,) = world.slack.workspace.posts
    assert "was interrupted before it asked Samsung Cloud" in shown(told)
    assert (await (await world.replica()).decide(world.asked(by=BOB))).kind == "done"


async def test_what_a_stop_cuts_off_while_it_begins_is_over_at_once(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.after(replica.store.decisions, "begin", dies)
    with pytest.raises(asyncio.CancelledError):
        await replica.decide(world.asked())
    assert (await world.triage()).underway is not None
    await replica.triage.release()
    assert await world.ended() == [("accept", "failed")]
    assert len(world.slack.workspace.posts) == 1


async def test_what_a_stop_cuts_off_when_scp_has_answered_is_recorded_at_once(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "finish", dies)
    with pytest.raises(asyncio.CancelledError):
        await replica.decide(world.asked())
    world.slack.fail("chat.postMessage", error="user_not_found", times=9)
    await replica.triage.release()
    assert await world.ended() == [("accept", "done")]
    settled = (await world.triage()).settled
    assert settled is not None
    assert settled.by == ADA


async def test_what_a_stop_cuts_off_while_scp_is_told_stays_open(
    world: World, replica: Replica
) -> None:
    """Nobody knows what comes of it."""
    world.scp.fail("slow", 1, methods=PUT, seconds=60)
    asking = asyncio.create_task(replica.decide(world.asked()))
    while not world.scp.puts:  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await replica.triage.release()
    assert await world.ended() == []
    assert (await world.triage()).underway is not None


def test_the_lease_is_longer_than_all_that_is_done_within_it() -> None:
    """Else another replica ends a decision of which SCP has not answered yet."""
    told = CHANGE_SECONDS + membership.VERIFY_WITHIN + deciding.RECORD_WITHIN
    assert timedelta(seconds=deciding.SEND_WITHIN + told) < deciding.LEASE
    assert timedelta(seconds=told) <= SENDING


async def test_each_wish_is_counted(world: World, replica: Replica) -> None:
    await replica.decide(world.asked())
    await replica.decide(world.asked("rejected"))
    text = replica.metrics.text().decode()
    assert 'pending_images_decisions_total{action="accept",outcome="done"} 1.0' in text
    assert 'pending_images_decisions_total{action="reject",outcome="settled"} 1.0' in text

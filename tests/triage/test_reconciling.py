"""What a process left behind on its way to a decision is ended by another, once."""

import asyncio
from datetime import timedelta

import pytest

from bot.oncall.values import AuditEntry
from bot.sim.scp import Route
from bot.sim.slack import Message
from bot.triage import membership
from bot.triage.deciding import LEASE
from bot.triage.reconciling import FIRST_PAUSE, NOT_APPLIED, QUIET
from tests.digests.clocks import SECOND
from tests.digests.world import Meanwhile, sqlite_only
from tests.listeners.scene import shown
from tests.triage.world import ADA, BOB, Replica, World

PUT = ("PUT",)


async def dies() -> None:
    """End the task that decides, as ``kill -9`` ends all."""
    raise asyncio.CancelledError


async def decide_and_die(world: World, replica: Replica) -> None:
    """Ask for a decision of which nobody hears any more."""
    with pytest.raises(asyncio.CancelledError):
        await replica.decide(world.asked())


async def last(world: World) -> AuditEntry:
    """What was recorded last."""
    return (await world.record())[-1]


def heard(world: World) -> list[Message]:
    """The direct messages that anybody got."""
    return [post for post in world.slack.workspace.posts if post.channel_id.startswith("D")]


def members_read(world: World) -> int:
    return sum("/members/" in seen.target and seen.method == "GET" for seen in world.scp.requests)


async def test_a_decision_that_was_not_told_to_scp_is_interrupted_when_its_lease_is_over(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "sending", dies)
    await decide_and_die(world, replica)
    other = await world.replica()
    await other.look()
    assert (await world.triage()).underway is not None
    world.clock.shift(LEASE + SECOND)
    await other.look()
    assert await world.ended() == [("accept", "failed")]
    assert "interrupted" in (await last(world)).detail
    assert world.scp.puts == []
    assert (await other.decide(world.asked(by=BOB))).kind == "done"


async def test_a_decision_that_scp_took_is_done_at_the_next_start(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """Between the PUT and its record lies nothing but the member's status."""
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    assert world.status() == "accepted"
    assert await world.ended() == []
    world.clock.shift(QUIET)
    await (await world.replica()).look()
    assert await world.ended() == [("accept", "done")]
    settled = (await world.triage()).settled
    assert settled is not None
    assert settled.by == ADA
    assert len(world.scp.puts) == 1


async def test_a_decision_that_scp_never_got_has_changed_nothing(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """Not before its lease is over: its request may be on its way still."""
    meanwhile.after(replica.store.decisions, "sending", dies)
    await decide_and_die(world, replica)
    other = await world.replica()
    await other.look()
    assert (await world.triage()).underway is not None
    world.clock.shift(LEASE + SECOND)
    await other.look()
    assert await world.ended() == [("accept", "failed")]
    assert NOT_APPLIED in (await last(world)).detail
    assert world.scp.puts == []


async def test_what_was_decided_in_the_console_since_is_elsewhere(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.after(replica.store.decisions, "sending", dies)
    await decide_and_die(world, replica)
    world.scp.members.decide(world.image().id, "rejected", world.scp.clock())
    other = await world.replica()
    await other.look()
    assert (await world.triage()).underway is not None, "the PUT may come still"
    world.clock.shift(LEASE + SECOND)
    await other.look()
    assert "elsewhere" in (await last(world)).detail
    assert (await world.triage()).settled is None


async def test_what_was_withdrawn_since_is_withdrawn(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    image = world.image()
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    world.scp.withdraw(image.id)
    world.clock.shift(LEASE + SECOND)
    await (await world.replica()).look()
    assert "withdrawn" in (await world.record(image))[-1].detail


async def test_a_recorded_decision_is_not_ended_again(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.after(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    world.clock.shift(LEASE + SECOND)
    await (await world.replica()).look()
    assert await world.ended() == [("accept", "done")]


async def test_of_several_who_look_one_records_it(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    others = [await world.replica() for _ in range(3)]
    world.clock.shift(QUIET)
    await asyncio.gather(*(other.look() for other in others))
    assert await world.ended() == [("accept", "done")]
    assert len(heard(world)) == 1


async def test_where_scp_does_not_tell_it_is_asked_again_later(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    other = await world.replica()
    world.scp.fail("server_500", routes=[Route.MEMBER])
    world.clock.shift(QUIET)
    await other.look()
    asked = len(world.scp.requests)
    await other.look()
    assert len(world.scp.requests) == asked, "not at every look"
    world.scp.heal()
    world.clock.shift(timedelta(seconds=FIRST_PAUSE) + SECOND)
    await other.look()
    assert await world.ended() == [("accept", "done")]


async def test_what_nobody_was_sure_of_is_done_when_scp_shows_it(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot goes on looking, long before the lease is over."""
    monkeypatch.setattr(membership, "VERIFY_WITHIN", 0.0)
    world.scp.fail("server_500", 1, methods=PUT)
    assert (await replica.decide(world.asked())).kind == "unsure"
    await replica.look()
    assert await world.ended() == [("accept", "unsure")]
    world.scp.members.decide(world.image().id, "accepted", world.scp.clock())
    world.clock.shift(timedelta(seconds=FIRST_PAUSE) + SECOND)
    await replica.look()
    assert await world.ended() == [("accept", "unsure"), ("accept", "done")]
    assert len(world.scp.puts) == 1


async def test_what_nobody_was_sure_of_and_scp_never_shows_has_failed_in_the_end(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "VERIFY_WITHIN", 0.0)
    world.scp.fail("server_500", 1, methods=PUT)
    await replica.decide(world.asked())
    world.clock.shift(LEASE + SECOND)
    await replica.look()
    assert await world.ended() == [("accept", "unsure"), ("accept", "failed")]
    assert (await replica.decide(world.asked())).kind == "done"


async def test_what_somebody_has_in_hand_is_left_to_them(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    other = await world.replica()
    await other.look()

    async def both_look() -> None:
        before = members_read(world)
        await other.look()
        await replica.look()
        assert members_read(world) == before

    meanwhile.after(replica.store.decisions, "sending", both_look)
    assert (await replica.decide(world.asked())).kind == "done"


async def test_an_end_that_another_has_recorded_is_what_the_person_hears(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """A replica that starts cannot know that one of which nothing was heard for long is alive."""
    other = await world.replica()

    async def starts() -> None:
        world.clock.shift(QUIET)
        await other.look()

    meanwhile.before(replica.store.decisions, "finish", starts)
    result = await replica.decide(world.asked())
    assert (result.kind, result.by) == ("done", ADA)
    assert await world.ended() == [("accept", "done")]


async def test_who_starts_leaves_a_young_decision_to_whoever_has_it_in_hand(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """They know what SCP has answered, and by what id."""
    world.scp.request_id_header = "X-Openstack-Request-Id"
    other = await world.replica()
    meanwhile.before(replica.store.decisions, "finish", other.look)
    assert (await replica.decide(world.asked())).kind == "done"
    assert (await last(world)).request_id
    assert heard(world) == []


async def test_what_was_left_at_the_start_is_ended_when_it_is_not_young_any_more(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """Long before its lease is over."""
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    other = await world.replica()
    await other.look()
    assert await world.ended() == []
    world.clock.shift(QUIET)
    await other.look()
    assert await world.ended() == [("accept", "done")]


async def test_whoever_was_told_that_nobody_knows_hears_the_end(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "VERIFY_WITHIN", 0.0)
    world.scp.fail("server_500", 1, methods=PUT)
    await replica.decide(world.asked())
    world.scp.members.decide(world.image().id, "accepted", world.scp.clock())
    for _ in range(2):
        world.clock.shift(LEASE + SECOND)
        await replica.look()
    [message] = heard(world)
    assert message.text == "Done: the image is accepted."
    assert f"*Accepted* by <@{ADA}>. Samsung Cloud confirms it." in shown(message)
    assert (world.image().name or "") in shown(message)


async def test_a_decision_is_ended_though_nobody_can_be_told(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    world.clock.shift(LEASE + SECOND)
    world.slack.fail("chat.postMessage", error="user_not_found", times=9)
    await (await world.replica()).look()
    assert await world.ended() == [("accept", "done")]


@sqlite_only
async def test_without_our_accounts_id_what_was_told_to_scp_stays_open(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    meanwhile.before(replica.store.decisions, "finish", dies)
    await decide_and_die(world, replica)
    world.clock.shift(LEASE + SECOND)
    await (await world.replica(scp_account_id=None)).look()
    assert (await world.triage()).underway is not None
    await (await world.replica()).look()
    assert await world.ended() == [("accept", "done")]

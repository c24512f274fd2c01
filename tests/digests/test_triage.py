"""What on-call has done shows in digests: who decided, what sleeps; and a posted one stays true."""

from datetime import timedelta

import pytest

from bot.images import PendingImage
from bot.oncall.values import Asked, Result
from bot.query import parse_query
from bot.sim.slack import Message
from bot.store import Begun, Copy, Deed
from tests.digests.clocks import DAY, HOUR, NINE, SECOND
from tests.digests.test_interruptions import UNSURE
from tests.digests.world import ADA, Replica, World, sqlite_only
from tests.listeners.scene import CHANNEL, names, title
from tests.listeners.scene import image as shared

LEASE = timedelta(seconds=60)


def image(world: World, number: int = 0) -> PendingImage:
    """One of the pending images."""
    shared = world.scp.images[number]
    return PendingImage(id=str(shared["id"]), name=str(shared["name"]))


async def snooze(world: World, until: timedelta) -> None:
    """Let the first image rest until so long after now."""
    deed = Deed(image(world), ADA, CHANNEL)
    await world.store.triage.snooze(deed, await world.store.now() + until, "later")


async def nine(world: World, replica: Replica, day: int = 0) -> Message:
    """Let the digest of a day come; return it."""
    world.clock.set(NINE + day * DAY + SECOND)
    await replica.look()
    return world.posts()[-1]


async def begin(world: World, number: int = 0) -> Begun:
    """Let Ada begin to accept an image."""
    asked = Asked(image=image(world, number), status="accepted", round=0, by=ADA, channel=CHANNEL)
    begun = await world.store.decisions.begin(
        asked, "a test", LEASE, needs_second=False, undo_for=LEASE
    )
    assert isinstance(begun, Begun)
    return begun


async def end(world: World, begun: Begun) -> None:
    """Have her decision recorded."""
    done = Result(kind="done", status="accepted")
    await world.store.decisions.finish(begun.decision, done, before="pending", after="accepted")


async def accept(world: World, number: int = 0) -> None:
    """Let Ada accept an image."""
    begun = await begin(world, number)
    world.scp.members.decide(begun.asked.image.id, "accepted", world.scp.clock())
    await end(world, begun)


async def pass_by(world: World, replica: Replica) -> None:
    """Have an image be shared, seen and accepted."""
    await world.release_watch()
    world.clock.shift(HOUR)
    world.scp.images.append(shared("flash"))
    await replica.look()
    await accept(world, -1)
    world.clock.shift(HOUR)
    await replica.look()


async def copies(world: World) -> list[Copy]:
    """The messages that are to be painted again once something was done with the first image."""
    await world.store.triage.claim(Deed(image(world), ADA, CHANNEL))
    return await world.store.copies.claim("a test", LEASE, 10)


async def test_what_is_snoozed_is_left_out_and_counted(world: World, replica: Replica) -> None:
    await world.schedule()
    await snooze(world, DAY)
    digest = await nine(world, replica)
    assert names(digest) == ["image-002", "image-003"]
    assert "1 snoozed" in world.last()


async def test_a_digest_that_asks_for_what_is_snoozed_shows_it(
    world: World, replica: Replica
) -> None:
    await world.schedule(query=parse_query("snoozed:yes"))
    await snooze(world, DAY)
    assert names(await nine(world, replica)) == ["image-001"]


@pytest.mark.parametrize("query", ["", "snoozed:no"])
async def test_what_falls_asleep_is_neither_gone_nor_changed_and_then_it_is_awake_again(
    world: World, replica: Replica, query: str
) -> None:
    await world.schedule(query=parse_query(query))
    await nine(world, replica)
    await snooze(world, DAY + HOUR)
    await nine(world, replica, day=1)
    assert "nothing new or gone" in world.last()
    assert "no longer" not in world.last()
    digest = await nine(world, replica, day=2)
    assert "0 new, 1 awake again, 0 gone" in world.last()
    assert names(digest)[0] == "image-001"
    await nine(world, replica, day=3)
    assert "nothing new or gone" in world.last()


@sqlite_only
async def test_what_wakes_up_breaks_the_silence_of_a_digest_of_changes(
    world: World, replica: Replica
) -> None:
    await snooze(world, DAY + 12 * HOUR)
    await world.schedule(only_changes=True)
    await nine(world, replica)
    await nine(world, replica, day=1)
    assert len(world.posts()) == 1
    await nine(world, replica, day=2)
    assert "1 awake again" in world.last()


@sqlite_only
@pytest.mark.parametrize(
    ("query", "header", "matched"),
    [
        ("", "2 of 3 pending images wait for a decision", 2),
        ("image", "2 of 3 pending images match", 2),
        ("snoozed:no", "2 of 3 pending images match", 2),
        ("snoozed:yes", "1 of 3 pending images matches", 1),
        ("snoozed:yes,no", "3 of 3 pending images match", 3),
    ],
)
async def test_header_record_and_trend_count_what_sleeps_alike(
    world: World, replica: Replica, query: str, header: str, matched: int
) -> None:
    """It counts in the total alone, unless the query asks for it."""
    await world.schedule(query=parse_query(query))
    await nine(world, replica)
    await snooze(world, 2 * DAY)
    digest = await nine(world, replica, day=1)
    assert title(digest) == header
    record = await world.record()
    assert (record.total, record.matched) == (3, matched)
    assert f", to {matched} now" in world.last()


@sqlite_only
async def test_the_trend_knows_on_which_days_an_image_slept(world: World, replica: Replica) -> None:
    await world.schedule()
    await nine(world, replica)
    await snooze(world, DAY)
    await nine(world, replica, day=1)
    await nine(world, replica, day=2)
    assert "from 2, 2 days ago, to 3 now; between 2 and 3" in world.last()


async def test_what_the_bot_accepted_is_in_the_next_digest_by_name(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await nine(world, replica)
    await accept(world)
    await nine(world, replica, day=1)
    assert world.posts()[-1].mentions == [ADA]
    assert "accepted" in world.last()


@pytest.mark.parametrize("query", ["", "flash", "claimed:none", "snoozed:no"])
async def test_what_was_shared_and_decided_between_two_digests_is_in_the_next(
    world: World, replica: Replica, query: str
) -> None:
    """Also where it speaks of changes only; and once."""
    await world.schedule(query=parse_query(query), only_changes=True)
    await nine(world, replica)
    await pass_by(world, replica)
    digest = await nine(world, replica, day=1)
    assert "0 new, 1 gone" in world.last()
    assert "flash · AccountName · accepted by" in " ".join(world.last().split())
    assert digest.mentions == [ADA]
    await nine(world, replica, day=2)
    assert len(world.posts()) == 2


@sqlite_only
@pytest.mark.parametrize("query", ["image", "-flash", "claimed:any", "snoozed:yes"])
async def test_what_passed_by_and_was_never_wanted_is_not_told(
    world: World, replica: Replica, query: str
) -> None:
    await world.schedule(query=parse_query(query))
    await nine(world, replica)
    await pass_by(world, replica)
    await nine(world, replica, day=1)
    assert "nothing new or gone" in world.last()


@sqlite_only
async def test_what_was_claimed_and_decided_between_two_digests_is_told_to_who_asks_for_claims(
    world: World, replica: Replica
) -> None:
    await world.schedule(query=parse_query(f"claimed:{ADA}"))
    await nine(world, replica)
    await world.store.triage.claim(Deed(image(world), ADA, CHANNEL))
    await accept(world)
    await nine(world, replica, day=1)
    assert "0 new, 1 gone" in world.last()


@sqlite_only
async def test_what_was_shared_and_withdrawn_between_two_digests_is_told(
    world: World, replica: Replica
) -> None:
    await world.release_watch()
    await world.schedule()
    await nine(world, replica)
    world.scp.images.append(shared("ghost"))
    world.clock.shift(HOUR)
    await replica.look()
    world.scp.withdraw(str(world.scp.images[-1]["id"]))
    await nine(world, replica, day=1)
    assert "0 new, 1 gone" in world.last()
    assert "ghost · AccountName · withdrawn" in " ".join(world.last().split())


@sqlite_only
async def test_the_first_digest_lists_no_history_and_the_next_neither(
    world: World, replica: Replica
) -> None:
    await world.release_watch()
    await replica.look()
    await accept(world)
    world.clock.shift(HOUR)
    await replica.look()
    await world.schedule()
    digest = await nine(world, replica, day=1)
    assert names(digest) == ["image-002", "image-003"]
    assert "gone" not in world.last().replace("new and gone", "")
    await nine(world, replica, day=2)
    assert "nothing new or gone" in world.last()


@pytest.mark.parametrize("only_changes", [False, True])
@pytest.mark.parametrize("query", ["", "snoozed:no"])
async def test_what_was_decided_in_its_sleep_is_told(
    world: World, replica: Replica, query: str, *, only_changes: bool
) -> None:
    """Whether or not a digest came while it slept."""
    await world.schedule(query=parse_query(query), only_changes=only_changes)
    await nine(world, replica)
    await snooze(world, 5 * DAY)
    await nine(world, replica, day=1)
    await accept(world)
    digest = await nine(world, replica, day=2)
    assert "0 new, 1 gone" in world.last()
    assert title(digest).startswith("2 ")
    posted = len(world.posts())
    await nine(world, replica, day=3)
    assert len(world.posts()) == posted + (not only_changes)
    assert only_changes or "nothing new or gone" in world.last()


@sqlite_only
async def test_a_decision_that_was_taken_back_is_no_change(world: World, replica: Replica) -> None:
    await world.release_watch()
    await world.schedule()
    await nine(world, replica)
    await accept(world)
    world.clock.shift(HOUR)
    await replica.look()
    world.scp.members.decide(image(world).id, "pending", world.scp.clock())
    await nine(world, replica, day=1)
    assert "nothing new or gone" in world.last()


@sqlite_only
async def test_what_went_while_digests_failed_is_told_by_the_next_that_is_posted(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await nine(world, replica)
    await pass_by(world, replica)
    world.scp.fail("hmac")
    await nine(world, replica, day=1)
    assert title(world.posts()[-1]) == "No digest this time"
    world.scp.heal()
    await nine(world, replica, day=2)
    assert "0 new, 1 gone" in world.last()


@sqlite_only
async def test_what_is_being_decided_while_a_digest_comes_is_told_by_the_next_with_by_whom(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await nine(world, replica)
    begun = await begin(world)
    world.scp.members.decide(begun.asked.image.id, "accepted", world.scp.clock())
    await nine(world, replica, day=1)
    assert "nothing new or gone" in world.last()
    await end(world, begun)
    digest = await nine(world, replica, day=2)
    assert digest.mentions == [ADA]
    assert "0 new, 1 gone" in world.last()


async def test_a_posted_digest_is_kept_to_be_painted(world: World, replica: Replica) -> None:
    await world.schedule()
    digest = await nine(world, replica)
    (copy,) = await copies(world)
    assert (copy.channel, copy.ts, len(copy.blocks)) == (CHANNEL, digest.ts, len(digest.blocks))
    assert set(copy.cards.values()) == {str(shared["id"]) for shared in world.scp.images}


async def test_a_digest_that_was_found_is_kept_to_be_painted(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    world.slack.fail("chat.postMessage", drop="after")
    await nine(world, replica)
    world.clock.shift(UNSURE + SECOND)
    await replica.look()
    (copy,) = await copies(world)
    assert copy.ts == world.posts()[0].ts
    assert set(copy.cards.values()) == {str(shared["id"]) for shared in world.scp.images}


@sqlite_only
async def test_a_notice_is_not_kept(world: World, replica: Replica) -> None:
    """It shows no images."""
    await world.schedule()
    world.scp.fail("hmac")
    await nine(world, replica)
    assert len(world.posts()) == 1
    assert await copies(world) == []


@sqlite_only
@pytest.mark.parametrize("approvers", [frozenset(), frozenset({ADA})])
async def test_a_digest_offers_decisions_where_they_can_be_made(
    world: World, approvers: frozenset[str]
) -> None:
    replica = await world.replica(approvers=approvers)
    await world.schedule()
    digest = await nine(world, replica)
    assert ("Accept" in str(digest.blocks)) == bool(approvers)

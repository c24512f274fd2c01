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
from tests.listeners.scene import CHANNEL, names

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


async def test_what_falls_asleep_is_neither_gone_nor_changed_and_awake_it_is_news(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await nine(world, replica)
    await snooze(world, DAY + HOUR)
    await nine(world, replica, day=1)
    assert "nothing new or gone" in world.last()
    assert "match" not in world.last()
    await nine(world, replica, day=2)
    assert "1 new" in world.last()


async def test_what_the_bot_accepted_is_in_the_next_digest_by_name(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await nine(world, replica)
    asked = Asked(image=image(world), status="accepted", round=0, by=ADA, channel=CHANNEL)
    begun = await world.store.decisions.begin(
        asked, "a test", LEASE, needs_second=False, undo_for=LEASE
    )
    assert isinstance(begun, Begun)
    done = Result(kind="done", status="accepted")
    await world.store.decisions.finish(begun.decision, done, before="pending", after="accepted")
    world.scp.members.decide(asked.image.id, "accepted", world.scp.clock())
    await nine(world, replica, day=1)
    assert world.posts()[-1].mentions == [ADA]
    assert "accepted" in world.last()


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

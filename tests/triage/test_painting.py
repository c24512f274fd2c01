"""Messages that show a card are painted anew when anything is done with its image."""

import asyncio
from datetime import timedelta

import pytest

from bot.blocks.cards.card import CardLook
from bot.blocks.message import Message
from bot.blocks.triage.watch_posts import watch_message
from bot.images import PendingImage
from bot.oncall.values import SETTLED_HOLDS
from bot.sim.slack import Message as Shown
from bot.store import Deed
from bot.triage import painting
from bot.triage.painting import AT_ONCE, CONFIGURED_SECONDS, LEASE, PASSING_SECONDS
from tests.digests.clocks import HOUR, MINUTE, SECOND
from tests.digests.world import Meanwhile, sqlite_only
from tests.listeners.scene import CHANNEL, ELSEWHERE, Alarms, labels, shown
from tests.triage.world import ADA, BOB, Replica, World

UPDATE = "chat.update"
APART = timedelta(seconds=4)
"""Longer than a message rests between two updates."""


async def post(world: World, *images: PendingImage, channel: str = CHANNEL) -> Shown:
    """Post a message with cards, and keep it."""
    now = await world.store.now()
    seen = await world.store.sightings.of([image.id for image in images])
    look = CardLook(now=now, first_seen=await world.store.sightings.first_seen(), decisions=True)
    message: Message = watch_message([seen[image.id].image for image in images], look)
    posted = world.slack.plant(channel, message.text, message.blocks)
    await world.store.copies.keep(
        channel, posted.ts, message.text, message.blocks, message.cards, now
    )
    return posted


@pytest.fixture
async def replica(world: World) -> Replica:
    """One process, which has seen the images."""
    replica = await world.replica(watch_channel=None)
    await replica.watch()
    return replica


async def test_every_copy_of_a_card_tells_who_has_claimed_it(
    world: World, replica: Replica
) -> None:
    first, second = world.image(0), world.image(1)
    copies = [await post(world, first, second), await post(world, first, channel=ELSEWHERE)]
    await world.claim(BOB)
    await replica.look()
    for copy in copies:
        assert f"Claimed* by <@{BOB}>" in shown(copy)
        assert "Release" in labels(copy.blocks)
    assert labels(copies[0].blocks).count("Claim") == 1, "the other card is as before"
    assert world.calls(UPDATE) == 2


async def test_a_decision_is_painted_and_its_undo(world: World, replica: Replica) -> None:
    copy = await post(world, world.image())
    await replica.decide(world.asked())
    await replica.look()
    assert f"Accepted* by <@{ADA}>" in shown(copy)
    assert labels(copy.blocks) == ["Details", "Undo"]
    await replica.decide(world.asked("pending", BOB, round=1, expected="accepted"))
    world.clock.shift(APART)
    await replica.look()
    assert {"Accept", "Reject", "Claim", "Snooze"} <= set(labels(copy.blocks))


@sqlite_only
async def test_what_the_watch_has_not_seen_yet_is_painted_by_what_scp_has_listed(
    world: World,
) -> None:
    replica = await world.replica(watch_channel=None)
    answer = await replica.images.get()
    now = await world.store.now()
    message = watch_message(answer.images[:1], CardLook(now=now))
    posted = world.slack.plant(CHANNEL, message.text, message.blocks)
    await world.store.copies.keep(
        CHANNEL, posted.ts, message.text, message.blocks, message.cards, now
    )
    await world.claim(image=answer.images[0])
    await replica.look()
    assert "Release" in labels(posted.blocks)
    assert "Kubernetes v1.28.7" in shown(posted), "all that the card has told it still tells"


async def test_undo_leaves_the_card_when_its_time_is_over(world: World, replica: Replica) -> None:
    """Nobody does anything then."""
    copy = await post(world, world.image())
    await replica.decide(world.asked())
    await replica.look()
    world.clock.shift(SETTLED_HOLDS - MINUTE)
    await replica.digests.watch.look()
    world.clock.shift(14 * MINUTE)
    await replica.watch()
    world.clock.shift(APART)
    await replica.look()
    assert labels(copy.blocks) == ["Details"]


async def test_a_decided_card_stays_so_until_scp_is_asked_again_however_long_that_takes(
    world: World, replica: Replica
) -> None:
    copy = await post(world, world.image())
    await replica.decide(world.asked())
    for _ in range(3):
        await replica.look()
        world.clock.shift(SETTLED_HOLDS)
    await replica.look()
    assert f"Accepted* by <@{ADA}>" in shown(copy)
    assert "Accept" not in labels(copy.blocks)


async def test_what_was_made_pending_in_the_console_is_painted_so(
    world: World, replica: Replica
) -> None:
    """It is some minutes until the watch sees it, and the card has been painted meanwhile."""
    copy = await post(world, world.image())
    await replica.decide(world.asked())
    world.scp.members.decide(world.image().id, "pending", 0)
    world.clock.shift(SETTLED_HOLDS + MINUTE)
    await replica.look()
    assert labels(copy.blocks) == ["Details", "Undo"]
    world.clock.shift(5 * MINUTE)
    await replica.watch()
    world.clock.shift(MINUTE)
    await replica.look()
    assert {"Accept", "Reject", "Claim", "Snooze"} <= set(labels(copy.blocks))


async def test_a_card_wakes_when_its_snooze_is_over(world: World, replica: Replica) -> None:
    copy = await post(world, world.image())
    until = await world.store.now() + HOUR
    await world.store.triage.snooze(Deed(world.image(), ADA, CHANNEL), until, "later")
    await replica.look()
    assert "Wake" in labels(copy.blocks)
    world.clock.shift(HOUR + SECOND)
    await replica.look()
    assert "Snooze" in labels(copy.blocks)


async def test_what_was_withdrawn_is_painted(world: World, replica: Replica) -> None:
    image = world.image()
    copy = await post(world, image)
    world.scp.withdraw(image.id)
    world.clock.shift(6 * MINUTE)
    await replica.watch()
    world.clock.shift(APART)
    await replica.look()
    assert "Withdrawn" in shown(copy)
    assert labels(copy.blocks) == ["Details"]


async def test_many_changes_are_few_updates(world: World, replica: Replica) -> None:
    """One update of a message every few seconds, however much is done; the last shows all."""
    copy = await post(world, world.image())
    for _ in range(5):
        await world.claim()
        await replica.look()
        await world.store.triage.release(Deed(world.image(), ADA, CHANNEL), anybodys=False)
        await replica.look()
    await world.claim(BOB)
    assert world.calls(UPDATE) == 1
    world.clock.shift(APART)
    await replica.look()
    assert world.calls(UPDATE) == 2
    assert f"<@{BOB}>" in shown(copy)


async def test_nothing_is_sent_where_nothing_is_seen_of_a_change(
    world: World, replica: Replica
) -> None:
    await post(world, world.image())
    await world.claim()
    await world.store.triage.release(Deed(world.image(), ADA, CHANNEL), anybodys=False)
    await replica.look()
    assert (await world.store.triage_agenda()).next_paint is None
    assert world.calls(UPDATE) == 0


async def test_what_changes_while_it_is_painted_is_painted_next(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    copy = await post(world, world.image())
    await world.claim()

    async def released() -> None:
        await world.store.triage.release(Deed(world.image(), ADA, CHANNEL), anybodys=False)

    meanwhile.before(replica.store.copies, "painted", released)
    await replica.look()
    assert "Release" in labels(copy.blocks)
    world.clock.shift(APART)
    await replica.look()
    assert "Claim" in labels(copy.blocks)


async def test_of_many_replicas_one_paints(world: World, replica: Replica) -> None:
    others = [await world.replica(watch_channel=None) for _ in range(2)]
    for _ in range(5):
        await post(world, world.image())
    await world.claim()
    await asyncio.gather(*(each.look() for each in (replica, *others)))
    assert world.calls(UPDATE) == 5


async def test_what_a_dead_process_was_painting_another_paints(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    copy = await post(world, world.image())
    await world.claim()
    meanwhile.after(replica.store.copies, "claim", dies)
    await replica.look()
    other = await world.replica(watch_channel=None)
    await other.look()
    assert world.calls(UPDATE) == 0
    world.clock.shift(LEASE + SECOND)
    await other.look()
    assert "Release" in labels(copy.blocks)


async def test_slacks_rate_limit_is_honoured_by_all_messages(
    world: World, replica: Replica
) -> None:
    copies = [await post(world, world.image()) for _ in range(AT_ONCE + 2)]
    await world.claim()
    world.slack.fail(UPDATE, retry_after=30)
    await replica.look()
    assert world.calls(UPDATE) == AT_ONCE
    world.clock.shift(20 * SECOND)
    await replica.look()
    assert world.calls(UPDATE) == AT_ONCE
    world.clock.shift(11 * SECOND)
    await replica.look()
    assert all("Release" in labels(copy.blocks) for copy in copies)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [("internal_error", PASSING_SECONDS), ("missing_scope", CONFIGURED_SECONDS)],
)
async def test_what_fails_is_painted_later(
    world: World, replica: Replica, error: str, seconds: float
) -> None:
    copy = await post(world, world.image())
    await world.claim()
    world.slack.fail(UPDATE, error=error)
    await replica.look()
    world.clock.shift(timedelta(seconds=seconds - 2))
    await replica.look()
    assert "Claim" in labels(copy.blocks)
    world.clock.shift(3 * SECOND)
    await replica.look()
    assert "Release" in labels(copy.blocks)


@pytest.mark.parametrize("why", ["deleted", "archived", "edit window"])
async def test_a_message_that_cannot_be_changed_is_forgotten(
    world: World, replica: Replica, why: str
) -> None:
    await post(world, world.image(), channel=ELSEWHERE)
    if why == "deleted":
        world.slack.delete_channel(ELSEWHERE)
    elif why == "archived":
        world.slack.archive(ELSEWHERE)
    else:
        world.slack.close_edits(0)
        world.clock.shift(SECOND)
    await world.claim()
    for _ in range(3):
        await replica.look()
        world.clock.shift(HOUR)
    assert world.calls(UPDATE) == 1


@sqlite_only
async def test_a_message_that_slack_finds_malformed_is_an_error_once(
    world: World, replica: Replica, alarms: Alarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a word of its own, for of the true ones every test's end complains."""
    monkeypatch.setattr(painting, "MALFORMED", frozenset({"odd_blocks"}))
    alarms.expect("a message is not repainted any more")
    await post(world, world.image())
    await world.claim()
    world.slack.fail(UPDATE, error="odd_blocks")
    for _ in range(3):
        await replica.look()
        world.clock.shift(HOUR)
    assert world.calls(UPDATE) == 1


@sqlite_only
async def test_a_message_that_slack_lets_wait_is_painted_later(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painting, "WITHIN_SECONDS", 0.2)
    copy = await post(world, world.image())
    await world.claim()
    world.slack.delay(UPDATE, 60.0, accepting=60.0)
    await replica.look()
    assert "Claim" in labels(copy.blocks)
    world.slack.delay(UPDATE, 0.0)
    world.clock.shift(timedelta(seconds=PASSING_SECONDS + 1))
    await replica.look()
    assert "Release" in labels(copy.blocks)

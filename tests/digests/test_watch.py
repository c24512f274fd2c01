"""The watch: what is pending is looked at again and again, by one replica at a time."""

import asyncio
from datetime import datetime, timedelta

import pytest
import structlog

from bot.digests import watch
from bot.digests.explaining import EXPLAINED_AT_MOST
from bot.digests.watch import FIRST_AFTER, LEASE
from bot.sim.scp import Route
from tests.digests.clocks import MINUTE, NINE, SECOND
from tests.digests.world import Meanwhile, Replica, World, sqlite_only
from tests.listeners.scene import Json, image

EVERY = timedelta(seconds=300)
"""As ``WATCH_SECONDS`` is by default."""
READY = timedelta(seconds=FIRST_AFTER) + SECOND

Logs = list[structlog.typing.EventDict]


@pytest.fixture(autouse=True)
async def watched(world: World) -> None:
    """Nobody else watches."""
    await world.release_watch()


def lists(world: World) -> int:
    """How often SCP was asked what is pending."""
    return sum(seen.target == "/v1/pending-images" for seen in world.scp.requests)


def asked(world: World) -> list[str]:
    """Which images SCP was asked about."""
    return [seen.target.split("/")[3] for seen in world.scp.requests if "/members/" in seen.target]


async def first_seen(world: World) -> dict[str, datetime]:
    return await world.store.sightings.first_seen()


def image_id(image: Json) -> str:
    return str(image["id"])


async def test_it_looks_every_so_many_seconds(world: World, replica: Replica) -> None:
    world.clock.shift(READY)
    for number in range(1, 4):
        await replica.look()
        assert lists(world) == number
        world.clock.shift(EVERY - 5 * SECOND)
        await replica.look()
        assert lists(world) == number
        world.clock.shift(6 * SECOND)
    assert replica.counted("pending_images_watch_polls") == {'outcome="ok"': 3.0}


@sqlite_only
async def test_how_often_is_a_setting(world: World) -> None:
    replica = await world.replica(watch_seconds=30.0)
    world.clock.shift(31 * SECOND)
    await replica.look()
    world.clock.shift(31 * SECOND)
    await replica.look()
    assert lists(world) == 2


@sqlite_only
async def test_a_process_does_not_watch_right_after_its_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has enough to do then."""
    monkeypatch.setattr(watch, "FIRST_AFTER", 60.0)
    replica = await world.replica()
    await replica.look()
    assert lists(world) == 0
    world.clock.shift(MINUTE + SECOND)
    await replica.look()
    assert lists(world) == 1


async def test_one_replica_at_a_time_looks(world: World) -> None:
    replicas = [await world.replica() for _ in range(3)]
    for number in range(1, 4):
        world.clock.shift(EVERY + SECOND)
        await asyncio.gather(*(replica.look() for replica in replicas))
        assert lists(world) == number


async def test_what_a_dead_replica_watched_another_takes_over(
    world: World, replica: Replica
) -> None:
    """When its lease has run out."""
    assert await world.store.sightings.claim_watch("a process that was killed", LEASE)
    world.clock.shift(LEASE - 5 * SECOND)
    await replica.look()
    assert lists(world) == 0
    world.clock.shift(6 * SECOND)
    await replica.look()
    assert lists(world) == 1
    assert len(await first_seen(world)) == 3


async def test_who_is_stopped_while_it_looks_leaves_the_watch_to_another_at_once(
    world: World, replica: Replica
) -> None:
    other = await world.replica()
    world.clock.shift(READY)
    world.scp.fail("slow", 1)
    await replica.digests.clock.look()
    assert await replica.tasks.drain(0.2) == 1
    await other.look()
    assert len(await first_seen(world)) == 3


async def test_a_look_that_takes_long_renews_its_lease(
    world: World, replica: Replica, meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.01)
    other, renewed = await world.replica(), asyncio.Event()
    world.clock.shift(READY)

    async def goes_on() -> None:
        world.clock.shift(LEASE - 5 * SECOND)
        meanwhile.after(replica.store.sightings, "renew_watch", tell)
        await renewed.wait()
        world.clock.shift(LEASE - 5 * SECOND)
        await other.look()

    async def tell() -> None:
        renewed.set()

    meanwhile.before(replica.store.sightings, "observe", goes_on)
    await replica.look()
    assert lists(world) == 1


async def test_it_records_when_an_image_was_first_seen_and_when_it_was_gone(
    world: World, replica: Replica
) -> None:
    """Every replica's lists know it from then on."""
    other = await world.replica()
    kept, gone, _ = world.scp.images
    world.clock.set(NINE)
    await replica.look()
    await other.look()
    assert set(replica.digests.board.first_seen) == {image_id(i) for i in world.scp.images}
    assert other.digests.board.first_seen == replica.digests.board.first_seen
    world.scp.withdraw(image_id(gone))
    fresh = image("fresh")
    world.scp.images.append(fresh)
    world.clock.set(NINE + 10 * MINUTE)
    await replica.look()
    await other.look()
    seen = await world.store.sightings.of([image_id(kept), image_id(gone), image_id(fresh)])
    near = MINUTE / 6
    assert abs(seen[image_id(kept)].first_seen - NINE) < near
    assert seen[image_id(kept)].gone_at is None
    gone_at = seen[image_id(gone)].gone_at
    assert gone_at
    assert abs(gone_at - (NINE + 10 * MINUTE)) < near
    assert abs(seen[image_id(fresh)].first_seen - (NINE + 10 * MINUTE)) < near
    assert image_id(gone) not in other.digests.board.first_seen
    assert image_id(fresh) in other.digests.board.first_seen


async def test_an_image_that_is_back_within_the_hour_never_left(
    world: World, replica: Replica
) -> None:
    missing = world.scp.images[0]
    world.clock.set(NINE)
    await replica.look()
    before = await first_seen(world)
    world.scp.images.remove(missing)
    world.clock.shift(EVERY + SECOND)
    await replica.look()
    world.scp.images.append(missing)
    world.clock.shift(EVERY + SECOND)
    await replica.look()
    assert await first_seen(world) == before


async def test_it_asks_what_became_of_what_is_gone(world: World, replica: Replica) -> None:
    """Once of each; withdrawn is what our account is no member of."""
    accepted, rejected, withdrawn = world.scp.images
    world.clock.set(NINE)
    await replica.look()
    world.scp.members.decide(image_id(accepted), "accepted", 0)
    world.scp.members.decide(image_id(rejected), "rejected", 0)
    world.scp.withdraw(image_id(withdrawn))
    for _ in range(3):
        world.clock.shift(EVERY + SECOND)
        await replica.look()
    ids = [image_id(one) for one in (accepted, rejected, withdrawn)]
    seen = await world.store.sightings.of(ids)
    assert [seen[one].how for one in ids] == ["accepted", "rejected", "withdrawn"]
    assert sorted(asked(world)) == sorted(ids)


@sqlite_only
async def test_without_our_accounts_id_it_does_not_ask(world: World) -> None:
    replica = await world.replica(scp_account_id=None)
    world.clock.set(NINE)
    await replica.look()
    world.scp.images.clear()
    world.clock.shift(EVERY + SECOND)
    await replica.look()
    assert asked(world) == []


@sqlite_only
async def test_it_asks_about_a_few_at_a_time(world: World, replica: Replica) -> None:
    world.scp.images = [image() for _ in range(EXPLAINED_AT_MOST + 5)]
    world.clock.set(NINE)
    await replica.look()
    world.scp.images.clear()
    for number in (EXPLAINED_AT_MOST, EXPLAINED_AT_MOST + 5):
        world.clock.shift(EVERY + SECOND)
        await replica.look()
        assert len(asked(world)) == number


@sqlite_only
async def test_an_answer_that_fails_is_asked_for_later(
    world: World, replica: Replica, logs: Logs
) -> None:
    """And the log says it once."""
    world.clock.set(NINE)
    await replica.look()
    gone = image_id(world.scp.images[0])
    world.scp.withdraw(gone)
    world.scp.fail("iam", routes=[Route.MEMBER])
    for _ in range(2):
        world.clock.shift(EVERY + SECOND)
        await replica.look()
    assert [e["what"] for e in logs if e["event"] == "it fails"] == [
        "asking what became of an image"
    ]
    world.scp.heal()
    world.clock.shift(EVERY + SECOND)
    await replica.look()
    assert (await world.store.sightings.of([gone]))[gone].how == "withdrawn"


@sqlite_only
async def test_one_that_always_fails_does_not_hold_up_the_others(
    world: World, replica: Replica
) -> None:
    world.clock.set(NINE)
    await replica.look()
    ids = [image_id(one) for one in world.scp.images]
    world.scp.images.clear()
    for _ in range(2 * len(ids)):  # each time the first that is asked about
        world.scp.fail("bad_parameter", 1, routes=[Route.MEMBER])
        world.clock.shift(EVERY + SECOND)
        await replica.look()
    assert sorted(asked(world)) == sorted(2 * ids)
    world.clock.shift(EVERY + SECOND)
    await replica.look()
    seen = await world.store.sightings.of(ids)
    assert [seen[one].how for one in ids] == ["withdrawn"] * len(ids)


async def test_a_failure_of_scp_is_counted_each_time_and_logged_once(
    world: World, replica: Replica, logs: Logs
) -> None:
    """Nothing counts as gone by it; the end of it is logged too."""
    world.clock.set(NINE)
    await replica.look()
    before = await first_seen(world)
    world.scp.fail("server_500")
    for _ in range(3):
        world.clock.shift(EVERY + SECOND)
        await replica.look()
    world.scp.heal()
    for _ in range(2):
        world.clock.shift(EVERY + SECOND)
        await replica.look()
    assert await first_seen(world) == before
    about = [e["event"] for e in logs if e.get("what") == "watching pending images"]
    assert about == ["it fails", "it works again"]
    counted = replica.counted("pending_images_watch_polls")
    assert counted == {'outcome="ok"': 3.0, 'outcome="ServerFailed"': 3.0}

"""The database goes away at each step: nothing is lost, nothing comes twice, all recovers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
import structlog
from psycopg import sql

from bot.digests.waits import LONGEST_WAIT
from bot.errors import StoreError
from bot.schedule import DeliveryState
from bot.sending import UNANSWERED_WAIT
from tests.databases import PostgresServer, running_postgres
from tests.digests.clocks import NINE, SECOND, Clock, Elapsed
from tests.digests.world import Meanwhile, Replica, World
from tests.listeners.scene import CHANNEL

Logs = list[structlog.typing.EventDict]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that these tests stop and start."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def clock(server: PostgresServer, elapsed: Elapsed) -> Clock:
    return Clock(server.url(server.create()), elapsed)


@pytest.fixture
def away(server: PostgresServer) -> Callable[[], Awaitable[None]]:
    """Stops the database; every connection breaks."""

    async def stop() -> None:
        server.stop()

    return stop


@pytest.fixture
def back(server: PostgresServer) -> Callable[[], Awaitable[None]]:
    """Starts it again."""

    async def start() -> None:
        server.start()

    return start


Act = Callable[[], Awaitable[None]]


async def test_while_it_is_away_the_clock_waits_and_says_so_once(
    world: World, replica: Replica, away: Act, back: Act, logs: Logs
) -> None:
    schedule = await world.schedule()
    world.clock.set(NINE + SECOND)
    await away()
    for _ in range(3):
        await replica.look()
    await back()
    await replica.look()
    await replica.look()
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    about = [e["event"] for e in logs if e.get("what") == "the digests' database"]
    assert about == ["it fails", "it works again"]


@pytest.mark.parametrize(
    "step",
    [
        ("deliveries", "claim"),
        ("schedules", "get"),
        ("deliveries", "baseline"),
        ("sightings", "observe"),
        ("sightings", "past"),
        ("deliveries", "begin_posting"),
    ],
    ids=".".join,
)
async def test_where_it_goes_away_before_the_post_the_digest_comes_when_it_is_back(
    world: World,
    replica: Replica,
    meanwhile: Meanwhile,
    step: tuple[str, str],
    away: Act,
    back: Act,
) -> None:
    """At once: what was in hand is given up for anybody."""
    schedule = await world.schedule()
    other = await world.replica()
    world.clock.set(NINE + SECOND)
    table, method = step
    meanwhile.before(getattr(replica.store, table), method, away)
    if method == "claim":
        await replica.look()
        await back()
    else:
        meanwhile.before(replica.store.deliveries, "put_back", back)
        await replica.look()
    await asyncio.gather(other.look(), replica.look())
    assert world.occurrences() == [f"{schedule.id}/2026-11-23T09:00/Asia/Seoul"]
    record = await world.record()
    assert record.state is DeliveryState.POSTED
    if method != "claim":
        assert record.delay == "the database could not be reached"


async def test_where_it_goes_away_after_the_post_the_record_is_written_when_it_is_back(
    world: World, replica: Replica, meanwhile: Meanwhile, away: Act, back: Act
) -> None:
    """And what was posted is not posted again."""
    await world.schedule()
    world.clock.set(NINE + SECOND)

    async def away_and_back() -> None:
        await away()
        meanwhile.before(replica.store.deliveries, "finish", back)

    meanwhile.before(replica.store.deliveries, "finish", away_and_back)
    await replica.look()
    await replica.look()
    record = await world.record()
    assert (record.state, record.ts) == (DeliveryState.POSTED, world.posts()[0].ts)
    assert len(world.posts()) == 1


async def test_where_it_goes_away_after_the_post_and_the_process_dies_another_finds_it(
    world: World, replica: Replica, meanwhile: Meanwhile, away: Act, back: Act
) -> None:
    await world.schedule()
    other = await world.replica()
    world.clock.set(NINE + SECOND)

    async def away_and_dead() -> None:
        await away()
        raise asyncio.CancelledError

    meanwhile.before(replica.store.deliveries, "finish", away_and_dead)
    await replica.look()
    await back()
    world.clock.shift(31 * SECOND)
    await other.look()
    assert (await world.record()).ts == world.posts()[0].ts
    assert len(world.posts()) == 1


async def test_where_only_a_part_of_it_fails_the_digest_is_tried_again_with_growing_waits(
    world: World, replica: Replica, server: PostgresServer
) -> None:
    """Claiming works and the step after it does not: else it would be claimed without a pause."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    database = world.clock.url.partition("?")[0].rpartition("/")[2]
    server.execute(sql.SQL("ALTER TABLE shifted.posts RENAME TO away"), database)
    await replica.look()
    tried = (await world.record()).attempts
    assert 1 < tried < 10
    server.execute(sql.SQL("ALTER TABLE shifted.away RENAME TO posts"), database)
    world.clock.shift(LONGEST_WAIT * SECOND)
    await replica.look()
    assert len(world.posts()) == 1


async def test_a_lost_answer_of_slack_is_remembered_through_an_outage(
    world: World, replica: Replica, meanwhile: Meanwhile, away: Act, back: Act
) -> None:
    """It is not given up as if nothing had been sent."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail("chat.postMessage", drop="after")

    async def away_and_back() -> None:
        await away()
        meanwhile.before(replica.store.deliveries, "put_back", back)

    meanwhile.before(replica.store.deliveries, "put_back", away_and_back)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTING
    world.clock.shift(UNANSWERED_WAIT * SECOND + SECOND)
    await replica.look()
    assert (await world.record()).ts == world.posts()[0].ts
    assert len(world.posts()) == 1


async def test_an_outage_while_it_looks_whether_it_arrived_forgets_nothing(
    world: World, replica: Replica, meanwhile: Meanwhile, away: Act, back: Act
) -> None:
    """What may have arrived is looked for again, and not given up as unsent."""
    await world.schedule()
    world.clock.set(NINE + SECOND)
    world.slack.fail("chat.postMessage", drop="after")
    await replica.look()
    world.clock.shift(UNANSWERED_WAIT * SECOND + SECOND)
    meanwhile.before(replica.store.schedules, "get", away)
    meanwhile.before(replica.store.deliveries, "put_back", back)
    await replica.look()
    await replica.look()
    assert (await world.record()).ts == world.posts()[0].ts
    assert len(world.posts()) == 1


async def test_a_record_that_another_replica_could_not_know_is_written_by_who_knows_it(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """Its lease ran out meanwhile, and another had it for a moment; here it is still known."""
    await world.schedule()
    world.clock.set(NINE + SECOND)

    async def sleep() -> None:
        world.clock.shift(31 * SECOND)
        await replica.store.deliveries.claim("thief", 1 * SECOND, replica.digests.settings_ids, 10)

    meanwhile.before(replica.store.deliveries, "finish", sleep)
    await replica.look()
    assert (await world.record()).state is DeliveryState.POSTING
    world.clock.shift(5 * SECOND)
    await replica.look()
    record = await world.record()
    assert (record.state, record.ts) == (DeliveryState.POSTED, world.posts()[0].ts)
    assert world.calls("conversations.history") == 0


async def test_the_watch_recovers_too(
    world: World, replica: Replica, meanwhile: Meanwhile, away: Act, back: Act
) -> None:
    await world.release_watch()
    world.clock.set(NINE)
    meanwhile.before(replica.store.sightings, "observe", away)
    await replica.look()
    await back()
    world.clock.shift(121 * SECOND)
    await replica.look()
    assert len(await world.store.sightings.first_seen()) == 3


async def test_a_preview_says_that_the_database_is_away(
    replica: Replica, away: Act, back: Act, world: World
) -> None:
    schedule = await world.schedule(channel=CHANNEL)
    await away()
    with pytest.raises(StoreError) as raised:
        await replica.digests.composer.preview(schedule)
    await back()
    assert raised.value.passing

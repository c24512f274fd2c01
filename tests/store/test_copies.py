"""A message that shows cards is painted when one of them is out of date: soon, once, never lost."""

import asyncio
from datetime import timedelta

import pytest

from bot.store import Store
from bot.store.engine import open_database
from bot.store.triage import rows as triage_rows
from bot.store.triage.auditing import append, draft
from bot.store.triage.copies import APART, mark
from bot.store.triage.forgetting import KEPT_FOR
from tests.store.conftest import Clock
from tests.store.steps import DAY, HOUR, MINUTE
from tests.store.triage_steps import (
    BOB,
    CHANNEL,
    IMAGE,
    LEASE,
    OTHER,
    deed,
    keep,
    look,
    painted,
    to_paint,
)


async def marked(store: Store) -> None:
    """Change something of the image a."""
    await store.triage.note(deed(), "a note")


async def test_a_message_is_not_painted_before_anything_changes(store: Store, clock: Clock) -> None:
    await keep(store, clock, "1.1", "a", "b")
    assert await to_paint(store) == []
    assert (await store.triage_agenda()).next_paint is None


async def test_every_message_that_shows_a_changed_image_is_painted(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a", "b")
    await keep(store, clock, "1.2", "b")
    await keep(store, clock, "1.3", "a")
    await marked(store)
    first, second = await to_paint(store)
    assert (first.ts, second.ts) == ("1.1", "1.3")
    assert (first.channel, first.text) == (CHANNEL, "text of 1.1")
    assert first.blocks == [
        {"type": "section", "block_id": "b.a"},
        {"type": "section", "block_id": "b.b"},
    ]
    assert first.cards == {"b.a": "a", "b.b": "b"}
    assert second.cards == {"b.a": "a"}


async def test_one_process_paints_a_message_at_a_time(
    store: Store, other: Store, clock: Clock
) -> None:
    for number in range(12):
        await keep(store, clock, f"1.{number}", "a")
    await marked(store)
    claims = [s.copies.claim(f"p{n}", LEASE, 4) for n, s in enumerate((store, other) * 3)]
    found = [copy.ts for copies in await asyncio.gather(*claims) for copy in copies]
    found += [copy.ts for copy in await to_paint(store)]
    assert sorted(found) == sorted(f"1.{number}" for number in range(12))


async def test_what_nobody_has_painted_in_time_is_taken_over(
    store: Store, other: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    [first] = await to_paint(store)
    next_paint = (await other.triage_agenda()).next_paint
    assert next_paint is not None
    assert timedelta() < next_paint - clock.now() <= LEASE
    clock.shift(LEASE)
    [second] = await to_paint(other, "p2")
    assert second.ts == first.ts
    assert second.owner != first.owner


async def test_a_painted_message_rests_until_something_changes(store: Store, clock: Clock) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    [copy] = await to_paint(store)
    blocks = [{"type": "divider"}]
    await store.copies.painted(copy, blocks, again_at=None)
    clock.shift(DAY)
    assert await to_paint(store) == []
    await marked(store)
    [again] = await to_paint(store)
    assert (again.text, again.blocks, again.cards) == (copy.text, blocks, copy.cards)


async def test_a_message_is_painted_once_in_a_few_seconds_however_often_it_is_marked(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    await marked(store)
    [copy] = await to_paint(store)
    await painted(store, copy)
    await marked(store)
    assert await to_paint(store) == []
    next_paint = (await store.triage_agenda()).next_paint
    assert next_paint is not None
    assert timedelta() < next_paint - clock.now() <= APART
    clock.shift(APART)
    assert len(await to_paint(store)) == 1


async def test_a_mark_while_somebody_paints_is_not_lost(
    store: Store, other: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    [copy] = await to_paint(store)
    await marked(other)
    assert await to_paint(other, "p2") == [], "it is being painted"
    await painted(store, copy)
    clock.shift(APART)
    [again] = await to_paint(other, "p2")
    assert again.version > copy.version
    await painted(other, again)
    clock.shift(APART)
    assert await to_paint(store) == []


async def test_marks_while_all_is_painted_end_with_everything_painted(
    store: Store, other: Store, clock: Clock
) -> None:
    """Whatever the order: after the last change each message is painted once more."""
    for number in range(5):
        await keep(store, clock, f"1.{number}", "a")
    seen: dict[str, int] = {}

    async def paint(each: Store, owner: str) -> None:
        for copy in await to_paint(each, owner):
            notes = len(await each.triage.notes("a", 100))
            await painted(each, copy)
            seen[copy.ts] = notes

    for _ in range(4):
        await asyncio.gather(marked(store), paint(store, "p1"), marked(other), paint(other, "p2"))
        clock.shift(APART)
    await paint(store, "p1")
    assert seen == {f"1.{number}": 8 for number in range(5)}


async def test_who_paints_after_losing_the_claim_has_it_painted_again(
    store: Store, other: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    [slow] = await to_paint(store)
    clock.shift(LEASE)
    [quick] = await to_paint(other, "p2")
    await painted(other, quick)
    await store.copies.painted(slow, [], again_at=None)
    clock.shift(APART)
    [again] = await to_paint(other, "p2")
    assert again.blocks == quick.blocks, "what somebody else has painted since"


async def test_what_time_alone_changes_is_painted_then_and_sooner_what_is_marked(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    for first in (HOUR, MINUTE):
        [copy] = await to_paint(store)
        await store.copies.painted(copy, copy.blocks, again_at=clock.now() + HOUR)
        clock.shift(first - timedelta(seconds=30))
        assert await to_paint(store) == []
        if first == MINUTE:
            await marked(store)
        clock.shift(timedelta(seconds=30))
    assert len(await to_paint(store)) == 1


async def test_a_mark_does_not_shorten_the_wait_that_slack_asks_for(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await marked(store)
    [copy] = await to_paint(store)
    await store.copies.put_back(copy, 30.0)
    await marked(store)
    clock.shift(timedelta(seconds=20))
    assert await to_paint(store) == []
    clock.shift(timedelta(seconds=10))
    assert len(await to_paint(store)) == 1


async def test_a_message_that_is_there_no_more_is_forgotten(store: Store, clock: Clock) -> None:
    await keep(store, clock, "1.1", "a")
    await keep(store, clock, "1.2", "a")
    await store.copies.forget(CHANNEL, "1.1")
    await store.copies.forget("C0SIM0002", "1.2")
    await marked(store)
    assert [copy.ts for copy in await to_paint(store)] == ["1.2"]


async def test_a_message_that_is_kept_again_shows_what_it_shows_now(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    await keep(store, clock, "1.1", "b")
    await marked(store)
    assert await to_paint(store) == []
    await store.triage.note(deed(OTHER), "a note")
    [copy] = await to_paint(store)
    assert copy.cards == {"b.b": "b"}


async def test_a_message_without_cards_is_kept(store: Store, clock: Clock) -> None:
    await keep(store, clock, "1.1")
    await marked(store)
    assert await to_paint(store) == []


@pytest.mark.parametrize("changed", ["before", "meanwhile"])
async def test_what_changed_while_a_message_was_on_its_way_is_painted(
    store: Store, clock: Clock, changed: str
) -> None:
    if changed == "before":
        await marked(store)
        clock.shift(HOUR)
    composed_at = clock.now()
    clock.shift(timedelta(seconds=5))
    if changed == "meanwhile":
        await marked(store)
    clock.shift(MINUTE)
    await store.copies.keep(CHANNEL, "1.1", "", [], {"b.a": "a"}, composed_at)
    assert len(await to_paint(store)) == (changed == "meanwhile")


async def test_what_went_while_a_message_was_on_its_way_is_painted(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE)
    composed_at = clock.now()
    await look(store, clock)
    await store.copies.keep(CHANNEL, "1.1", "", [], {"b.a": "a"}, composed_at)
    assert len(await to_paint(store)) == 1


async def test_a_change_that_is_not_committed_while_a_message_is_kept_is_not_missed(
    store: Store, clock: Clock
) -> None:
    """The message is not there to be marked, and the change is not there to be seen."""
    async with open_database(clock.url, clock.now) as database:
        async with database.writing() as transaction:
            await triage_rows.lock(transaction, "a")
            await triage_rows.change(transaction, "a", claimed_by=BOB, claimed_at=transaction.now)
            await append(transaction, [draft(IMAGE, actor=BOB, action="claim")])
            await mark(transaction, ["a"])
            keeping = asyncio.create_task(keep(store, clock, "1.1", "a"))
            await asyncio.wait([keeping], timeout=0.2)
        await keeping
    assert len(await to_paint(store)) == 1


async def test_a_message_tells_of_what_goes_and_comes_back(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE, OTHER)
    await keep(store, clock, "1.1", "a")
    for listed in ((OTHER,), (IMAGE, OTHER), (OTHER,)):
        await look(store, clock, *listed)
        [copy] = await to_paint(store)
        await painted(store, copy)
    clock.shift(MINUTE)
    await store.sightings.explain("a", "withdrawn")
    assert len(await to_paint(store)) == 1


async def test_very_old_messages_are_dropped_when_another_is_kept(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "a")
    clock.shift(KEPT_FOR - MINUTE)
    await keep(store, clock, "1.2", "a")
    clock.shift(2 * MINUTE)
    await keep(store, clock, "1.3", "b")
    await marked(store)
    assert [copy.ts for copy in await to_paint(store)] == ["1.2"]


async def test_the_longest_waiting_is_painted_first_at_most_so_many(
    store: Store, clock: Clock
) -> None:
    await keep(store, clock, "1.1", "b")
    await keep(store, clock, "1.2", "a")
    await marked(store)
    clock.shift(MINUTE)
    await store.triage.note(deed(OTHER), "later")
    [first] = await store.copies.claim("p1", LEASE, 1)
    [second] = await store.copies.claim("p1", LEASE, 1)
    assert (first.ts, second.ts) == ("1.2", "1.1")

"""What the watch channel is to be told is planned once, posted by one, and not repeated blindly."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.images import PendingImage
from bot.store import Go, Outgoing, Store
from tests.store.conftest import MONDAY, Clock
from tests.store.steps import DAY, HOUR, MINUTE
from tests.store.triage_steps import CHANNEL, IMAGE, LEASE, OTHER, actions, look, to_post

ELSEWHERE = "C0SIM0002"


def images(count: int, since: datetime = MONDAY) -> list[tuple[str, datetime]]:
    return [(f"i{number:02}", since) for number in range(count)]


async def all_planned(store: Store) -> list[Outgoing]:
    found = []
    while outgoing := await store.outbox.claim("p1", LEASE):
        found.append(outgoing)
    return found


async def posted_card(store: Store, clock: Clock, *, ts: str = "1.1") -> None:
    """Have SCP list an image, and its card be posted."""
    await look(store, clock, IMAGE)
    await plan_seen(store)
    outgoing = await to_post(store)
    assert await store.outbox.begin_posting(outgoing, LEASE) is Go.YES
    assert await store.outbox.finish(outgoing, ts=ts)


async def plan_seen(store: Store) -> int:
    first_seen = await store.sightings.first_seen()
    return await store.outbox.plan_cards(CHANNEL, list(first_seen.items()))


# ---- cards are planned


async def test_a_new_image_gets_one_card(store: Store) -> None:
    assert await store.outbox.plan_cards(CHANNEL, images(2)) == 2
    assert await store.outbox.plan_cards(CHANNEL, images(3)) == 1
    assert await store.outbox.plan_cards(CHANNEL, images(3)) == 0
    found = await all_planned(store)
    assert [outgoing.image_ids for outgoing in found] == [("i00",), ("i01",), ("i02",)]
    assert {(o.kind, o.channel, o.thread_ts, o.state) for o in found} == {
        ("watch", CHANNEL, None, "waiting")
    }
    assert len({outgoing.key for outgoing in found}) == 3


async def test_each_channel_gets_its_own(store: Store) -> None:
    assert await store.outbox.plan_cards(CHANNEL, images(1)) == 1
    assert await store.outbox.plan_cards(ELSEWHERE, images(1)) == 1


@pytest.mark.parametrize(("count", "posts"), [(10, [1] * 10), (11, [10, 1]), (25, [10, 10, 5])])
async def test_more_than_ten_at_once_share_posts(
    store: Store, count: int, posts: list[int]
) -> None:
    assert await store.outbox.plan_cards(CHANNEL, images(count)) == len(posts)
    assert [len(outgoing.image_ids) for outgoing in await all_planned(store)] == posts


async def test_an_image_that_is_shared_anew_gets_another_card(store: Store) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    assert await store.outbox.plan_cards(CHANNEL, images(1, MONDAY + DAY)) == 1


async def test_replicas_that_plan_together_plan_each_card_once(store: Store, other: Store) -> None:
    plans = [s.outbox.plan_cards(CHANNEL, images(25)) for s in (store, other) * 3]
    assert sorted(await asyncio.gather(*plans)) == [0, 0, 0, 0, 0, 3]
    assert len(await all_planned(store)) == 3


async def test_an_id_that_no_database_keeps_gets_one_card(store: Store) -> None:
    seen = [("a\x00b", MONDAY)]
    assert [await store.outbox.plan_cards(CHANNEL, seen) for _ in range(2)] == [1, 0]


# ---- and other posts


async def test_what_has_the_same_key_is_planned_once(store: Store, other: Store) -> None:
    plans = [
        s.outbox.plan("k", "resolved", CHANNEL, "1.1", ("a",), "withdrawn")
        for s in (store, other) * 3
    ]
    assert sorted(await asyncio.gather(*plans)) == [False] * 5 + [True]
    [outgoing] = await all_planned(store)
    assert (outgoing.key, outgoing.kind, outgoing.thread_ts) == ("k", "resolved", "1.1")
    assert (outgoing.image_ids, outgoing.detail) == (("a",), "withdrawn")


# ---- claimed and posted


async def test_of_all_who_claim_each_gets_another_post(store: Store, other: Store) -> None:
    await store.outbox.plan_cards(CHANNEL, images(6))
    claims = [s.outbox.claim(f"p{n}", LEASE) for n, s in enumerate((store, other) * 3)]
    got = [outgoing for outgoing in await asyncio.gather(*claims) if outgoing]
    got += await all_planned(store)
    assert sorted(outgoing.id for outgoing in got) == sorted({outgoing.id for outgoing in got})
    assert len(got) == 6


async def test_what_was_perhaps_sent_is_so_for_who_takes_it_over(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    first = await to_post(store)
    assert await store.outbox.begin_posting(first, LEASE) is Go.YES
    assert await other.outbox.claim("p2", LEASE) is None
    next_outgoing = (await other.triage_agenda()).next_outgoing
    assert next_outgoing is not None
    assert timedelta() < next_outgoing - clock.now() <= LEASE
    clock.shift(LEASE)
    second = await to_post(other, "p2")
    assert (second.id, second.state, second.attempts) == (first.id, "posting", 2)
    assert second.posting_at is not None
    assert await store.outbox.begin_posting(first, LEASE) is Go.LOST
    assert not await store.outbox.finish(first, ts="1.1")
    assert await other.outbox.finish(second, ts="1.1")
    assert await all_planned(store) == []
    assert (await store.triage_agenda()).next_outgoing is None


async def test_a_lease_that_is_over_is_no_leave_to_post(store: Store, clock: Clock) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    outgoing = await to_post(store)
    clock.shift(LEASE)
    assert await store.outbox.begin_posting(outgoing, LEASE) is Go.LOST


async def test_a_channel_takes_one_post_a_second(store: Store, clock: Clock) -> None:
    await store.outbox.plan_cards(CHANNEL, images(2))
    await store.outbox.plan_cards(ELSEWHERE, images(1))
    one, two, elsewhere = await all_planned(store)
    answers = [await store.outbox.begin_posting(o, LEASE) for o in (one, two, elsewhere)]
    assert answers == [Go.YES, Go.CROWDED, Go.YES]
    clock.shift(timedelta(seconds=1))
    assert await store.outbox.begin_posting(two, LEASE) is Go.YES


@pytest.mark.parametrize(("sent", "state"), [(False, "waiting"), (True, "posting")])
async def test_what_was_put_back_waits_and_says_whether_it_was_sent(
    store: Store, clock: Clock, sent: bool, state: str
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    outgoing = await to_post(store)
    assert await store.outbox.begin_posting(outgoing, LEASE) is Go.YES
    await store.outbox.put_back(outgoing, 30.0, sent=sent)
    clock.shift(timedelta(seconds=20))
    assert await store.outbox.claim("p1", LEASE) is None
    clock.shift(timedelta(seconds=10))
    again = await to_post(store)
    assert (again.state, again.posting_at is not None) == (state, sent)


async def test_who_stops_leaves_to_others_what_it_has_not_begun_to_post(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(2))
    posting, _ = await all_planned(store)
    assert await store.outbox.begin_posting(posting, LEASE) is Go.YES
    for process in ("p", "P1", "p11"):
        await store.outbox.release(process)
    clock.shift(MINUTE / 2)
    assert await other.outbox.claim("p2", LEASE) is None
    await store.outbox.release("p1")
    assert (await to_post(other, "p2")).image_ids == ("i01",)
    assert await other.outbox.claim("p2", LEASE) is None


# ---- the cards that stand


async def test_a_posted_card_stands_while_its_image_waits(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE, OTHER)
    await plan_seen(store)
    assert await store.outbox.cards(CHANNEL) == {}, "none is posted"
    first_seen = await store.sightings.first_seen()
    outgoing = await to_post(store)
    await store.outbox.finish(outgoing, ts="1.1")
    cards = await store.outbox.cards(CHANNEL)
    assert cards.keys() == {"a"}
    card = cards["a"]
    assert (card.channel, card.ts, card.since) == (CHANNEL, "1.1", first_seen["a"])
    assert (card.escalations, card.escalated_at) == (0, None)
    assert await store.outbox.cards(ELSEWHERE) == {}


async def test_a_post_that_failed_has_no_cards(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    await plan_seen(store)
    assert await store.outbox.finish(await to_post(store), ts=None, outcome="is_archived")
    assert await store.outbox.cards(CHANNEL) == {}


async def test_calls_are_counted_when_they_are_planned_and_recorded_when_posted(
    store: Store, clock: Clock
) -> None:
    await posted_card(store, clock)
    for number in (1, 2):
        clock.shift(HOUR)
        assert await store.outbox.plan(f"e{number}", "escalate", CHANNEL, "1.1", ("a",))
    assert not await store.outbox.plan("e2", "escalate", CHANNEL, "1.1", ("a",))
    assert await store.outbox.plan("e3", "escalate", CHANNEL, "9.9", ("a",))
    card = (await store.outbox.cards(CHANNEL))["a"]
    assert card.escalations == 2
    assert card.escalated_at is not None
    assert abs(card.escalated_at - clock.now()) < MINUTE
    assert await actions(store) == []
    await store.outbox.finish(await to_post(store), ts="1.2")
    await store.outbox.finish(await to_post(store), ts=None, outcome="nobody wants it any more")
    [call] = [e for e in await store.audit.of("a", 10) if e.action == "escalate"]
    assert (call.actor, call.outcome, call.channel) == ("bot", "done", CHANNEL)


async def test_a_card_stands_until_its_thread_says_what_became_of_the_image(
    store: Store, clock: Clock
) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    assert (await store.outbox.cards(CHANNEL)).keys() == {"a"}
    await store.outbox.plan("r", "resolved", CHANNEL, "1.1", ("a",))
    assert await store.outbox.cards(CHANNEL) == {}


async def test_an_image_that_is_back_soon_has_its_card_and_its_thread_tells_again(
    store: Store, clock: Clock
) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    await store.outbox.plan("r", "resolved", CHANNEL, "1.1", ("a",))
    await look(store, clock, IMAGE)
    assert await plan_seen(store) == 0
    assert (await store.outbox.cards(CHANNEL)).keys() == {"a"}
    await look(store, clock)
    assert (await store.outbox.cards(CHANNEL)).keys() == {"a"}


async def test_the_card_of_an_earlier_share_stands_no_more(store: Store, clock: Clock) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    clock.shift(HOUR)
    await look(store, clock, IMAGE)
    assert await store.outbox.cards(CHANNEL) == {}
    assert await plan_seen(store) == 1
    outgoing = next(o for o in await all_planned(store) if o.kind == "watch")
    await store.outbox.finish(outgoing, ts="2.2")
    assert (await store.outbox.cards(CHANNEL))["a"].ts == "2.2"


async def test_very_many_images_are_planned(store: Store, clock: Clock) -> None:
    await look(store, clock, *(PendingImage(id=f"i{n:04}") for n in range(2500)))
    assert await plan_seen(store) == 250
    assert await plan_seen(store) == 0

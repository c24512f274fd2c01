"""What the watch channel is to be told is planned once, posted by one, and not repeated blindly."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.images import PendingImage
from bot.oncall.escalating import CardPost
from bot.oncall.values import SETTLED_HOLDS
from bot.store import Go, Outgoing, Store
from tests.store.conftest import MONDAY, Clock
from tests.store.steps import DAY, HOUR, MINUTE
from tests.store.triage_steps import CHANNEL, IMAGE, LEASE, OTHER, actions, deed, look, to_post

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
    assert await store.outbox.begin_posting(outgoing, LEASE, outgoing.image_ids) is Go.YES
    assert await store.outbox.finish(outgoing, ts=ts)


async def posted_cards(store: Store, clock: Clock, count: int) -> None:
    """Have SCP list so many images, ten of which share a post, and their cards be posted."""
    await look(store, clock, *(PendingImage(id=image_id) for image_id, _ in images(count)))
    await plan_seen(store)
    for number, outgoing in enumerate(await all_planned(store)):
        assert await store.outbox.finish(outgoing, ts=f"1.{number}")


async def call(store: Store, due: dict[str, int]) -> Outgoing:
    """Plan the only call that is due."""
    assert await store.outbox.plan_calls(CHANNEL, due) == 1
    return await to_post(store)


async def waiting(
    store: Store,
    channel: str = CHANNEL,
    *,
    after: timedelta = timedelta(),
    again: timedelta | None = timedelta(),
) -> dict[str, CardPost]:
    return await store.outbox.unattended(channel, after=after, again=again)


async def ends(
    store: Store, channel: str = CHANNEL, *, unexplained_for: timedelta = timedelta()
) -> int:
    return await store.outbox.plan_ends(channel, unexplained_for)


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


@pytest.mark.parametrize("why", ["Not wanted any more.", "Slack says: is_archived."])
async def test_a_card_whose_post_did_not_come_about_is_planned_anew_when_it_is_seen_again(
    store: Store, why: str
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(11))
    ten, one = await all_planned(store)
    assert await store.outbox.finish(ten, ts=None, outcome=why)
    assert await store.outbox.finish(one, ts="1.1")
    assert await store.outbox.plan_cards(CHANNEL, images(11)) == 10
    again = await all_planned(store)
    assert sorted(each for o in again for each in o.image_ids) == sorted(ten.image_ids)
    assert {outgoing.key for outgoing in again}.isdisjoint({ten.key})
    assert await store.outbox.plan_cards(CHANNEL, images(11)) == 0


async def test_who_ends_posts_for_good_has_their_cards_never_planned_again(store: Store) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    assert await store.outbox.finish(await to_post(store), ts=None, again=False)
    assert await store.outbox.plan_cards(CHANNEL, images(1)) == 0


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
    assert await store.outbox.begin_posting(first, LEASE, first.image_ids) is Go.YES
    assert await other.outbox.claim("p2", LEASE) is None
    next_outgoing = (await other.triage_agenda()).next_outgoing
    assert next_outgoing is not None
    assert timedelta() < next_outgoing - clock.now() <= LEASE
    clock.shift(LEASE)
    second = await to_post(other, "p2")
    assert (second.id, second.state, second.failures) == (first.id, "posting", 0)
    assert await store.outbox.begin_posting(first, LEASE, first.image_ids) is Go.LOST
    assert not await store.outbox.finish(first, ts="1.1")
    assert await other.outbox.finish(second, ts="1.1")
    assert await all_planned(store) == []
    assert (await store.triage_agenda()).next_outgoing is None


async def test_a_lease_that_is_over_is_no_leave_to_post(store: Store, clock: Clock) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    outgoing = await to_post(store)
    clock.shift(LEASE)
    assert await store.outbox.begin_posting(outgoing, LEASE, outgoing.image_ids) is Go.LOST


async def test_a_channel_takes_one_post_a_second(store: Store, clock: Clock) -> None:
    await store.outbox.plan_cards(CHANNEL, images(2))
    await store.outbox.plan_cards(ELSEWHERE, images(1))
    one, two, elsewhere = await all_planned(store)
    answers = [
        await store.outbox.begin_posting(o, LEASE, o.image_ids) for o in (one, two, elsewhere)
    ]
    assert answers == [Go.YES, Go.CROWDED, Go.YES]
    clock.shift(timedelta(seconds=1))
    again = await to_post(store)
    assert again.id == two.id
    assert await store.outbox.begin_posting(again, LEASE, again.image_ids) is Go.YES


@pytest.mark.parametrize(("sent", "state"), [(False, "waiting"), (True, "posting")])
async def test_what_was_put_back_waits_and_says_whether_it_was_sent(
    store: Store, clock: Clock, sent: bool, state: str
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(1))
    outgoing = await to_post(store)
    assert await store.outbox.begin_posting(outgoing, LEASE, outgoing.image_ids) is Go.YES
    await store.outbox.put_back(outgoing, 30.0, sent=sent)
    clock.shift(timedelta(seconds=20))
    assert await store.outbox.claim("p1", LEASE) is None
    clock.shift(timedelta(seconds=10))
    again = await to_post(store)
    assert again.state == state


async def test_only_what_slack_has_not_taken_is_a_failure(store: Store) -> None:
    """That a post's turn had not come yet makes nobody wait for longer, or give it up."""
    await store.outbox.plan_cards(CHANNEL, images(1))
    counted = []
    for failed in (False, True, False, True):
        outgoing = await to_post(store)
        counted.append(outgoing.failures)
        await store.outbox.put_back(outgoing, 0, sent=False, failed=failed)
    assert counted == [0, 0, 1, 1]


async def test_who_takes_a_post_over_records_it_of_what_it_named(
    store: Store, other: Store, clock: Clock
) -> None:
    await posted_cards(store, clock, 11)
    clock.shift(HOUR)
    first = await call(store, {f"i{number:02}": 1 for number in range(3)})
    assert first.image_ids == ("i00", "i01", "i02")
    named = ("i00", "i02")
    assert await store.outbox.begin_posting(first, LEASE, named) is Go.YES
    clock.shift(LEASE)
    second = await to_post(other, "p2")
    assert second.image_ids == named
    assert await other.outbox.finish(second, ts="1.2")
    called = {i for i, card in (await waiting(store)).items() if card.escalations}
    assert called == set(named)
    recorded = [e.image_id async for e in store.audit.every() if e.action == "escalate"]
    assert recorded == list(named)


async def test_who_stops_leaves_to_others_what_it_has_not_begun_to_post(
    store: Store, other: Store, clock: Clock
) -> None:
    await store.outbox.plan_cards(CHANNEL, images(2))
    posting, _ = await all_planned(store)
    assert await store.outbox.begin_posting(posting, LEASE, posting.image_ids) is Go.YES
    for process in ("p", "P1", "p11"):
        await store.outbox.release(process)
    clock.shift(MINUTE / 2)
    assert await other.outbox.claim("p2", LEASE) is None
    await store.outbox.release("p1")
    assert (await to_post(other, "p2")).image_ids == ("i01",)
    assert await other.outbox.claim("p2", LEASE) is None


# ---- calls


async def test_a_posted_card_may_be_called_for_when_it_has_waited(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE, OTHER)
    await plan_seen(store)
    assert await waiting(store) == {}, "none is posted"
    first_seen = await store.sightings.first_seen()
    outgoing = await to_post(store)
    await store.outbox.finish(outgoing, ts="1.1")
    assert (await waiting(store)).keys() == {"a"}
    card = (await waiting(store))["a"]
    assert (card.channel, card.ts, card.since) == (CHANNEL, "1.1", first_seen["a"])
    assert (card.escalations, card.escalated_at) == (0, None)
    assert await waiting(store, ELSEWHERE) == {}
    assert await waiting(store, after=HOUR) == {}
    clock.shift(HOUR)
    assert (await waiting(store, after=HOUR)).keys() == {"a"}


@pytest.mark.parametrize("done", ["claimed", "snoozed", "gone", "being called"])
async def test_nobody_is_to_be_called_for_a_card_that(
    store: Store, clock: Clock, done: str
) -> None:
    await posted_card(store, clock)
    if done == "claimed":
        await store.triage.claim(deed())
    elif done == "snoozed":
        await store.triage.snooze(deed(), clock.now() + HOUR, "")
    elif done == "gone":
        await look(store, clock)
    else:
        await call(store, {"a": 1})
    assert await waiting(store) == {}
    clock.shift(HOUR)
    assert (await waiting(store)).keys() == ({"a"} if done == "snoozed" else set())


async def test_a_call_counts_when_it_is_posted(store: Store, clock: Clock) -> None:
    await posted_card(store, clock)
    for number in (1, 2):
        outgoing = await call(store, {"a": number})
        assert await store.outbox.plan_calls(CHANNEL, {"a": number}) == 0, "it is planned"
        assert await store.outbox.finish(outgoing, ts=f"1.{number + 1}")
        assert await store.outbox.plan_calls(CHANNEL, {"a": number}) == 0, "it was made"
        card = (await waiting(store, again=timedelta()))["a"]
        assert card.escalations == number
        assert card.escalated_at is not None
        assert abs(card.escalated_at - clock.now()) < MINUTE
        assert await waiting(store, again=None) == {}
        assert await waiting(store, again=HOUR) == {}
        clock.shift(HOUR)
        assert (await waiting(store, again=HOUR)).keys() == {"a"}
    calls = [e for e in await store.audit.of("a", 10) if e.action == "escalate"]
    assert [(e.actor, e.outcome, e.channel, e.detail) for e in calls] == [
        ("bot", "done", CHANNEL, "2"),
        ("bot", "done", CHANNEL, "1"),
    ]


async def test_a_call_that_was_not_wanted_any_more_is_none(store: Store, clock: Clock) -> None:
    await posted_card(store, clock)
    dropped = await call(store, {"a": 1})
    assert await store.outbox.finish(dropped, ts=None, outcome="Not wanted any more.")
    assert (await waiting(store, again=None))["a"].escalations == 0
    again = await call(store, {"a": 1})
    assert (again.detail, again.key == dropped.key) == ("1", False)
    assert await actions(store) == []


async def test_images_of_one_post_share_a_call(store: Store, clock: Clock) -> None:
    """One for each post, and for each number."""
    await posted_cards(store, clock, 23)
    due = {f"i{number:02}": 1 for number in range(23)}
    assert await store.outbox.plan_calls(CHANNEL, due) == 3
    calls = await all_planned(store)
    assert [len(o.image_ids) for o in calls] == [10, 10, 3]
    assert {(o.kind, o.detail) for o in calls} == {("escalate", "1")}
    assert [o.thread_ts for o in calls] == ["1.0", "1.1", "1.2"]
    await store.outbox.finish(calls[0], ts="2.1")
    assert await store.outbox.plan_calls(CHANNEL, due | {"i00": 2, "i01": 2}) == 1
    assert (await to_post(store)).image_ids == ("i00", "i01")


async def test_replicas_that_call_together_call_once(
    store: Store, other: Store, clock: Clock
) -> None:
    await posted_cards(store, clock, 11)
    due = {f"i{number:02}": 1 for number in range(11)}
    plans = [s.outbox.plan_calls(CHANNEL, due) for s in (store, other) * 3]
    assert sorted(await asyncio.gather(*plans)) == [0, 0, 0, 0, 0, 2]
    assert len(await all_planned(store)) == 2


# ---- and what became of images


async def test_a_thread_is_told_once_that_its_image_has_gone(
    store: Store, other: Store, clock: Clock
) -> None:
    await posted_card(store, clock)
    assert await ends(store) == 0
    await look(store, clock)
    plans = [ends(s) for s in (store, other) * 3]
    assert sorted(await asyncio.gather(*plans)) == [0, 0, 0, 0, 0, 1]
    [outgoing] = await all_planned(store)
    assert (outgoing.kind, outgoing.thread_ts, outgoing.image_ids) == ("resolved", "1.1", ("a",))
    assert await ends(store, ELSEWHERE) == 0


async def test_what_became_of_it_is_waited_for(store: Store, clock: Clock) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    assert await ends(store, unexplained_for=HOUR) == 0
    await store.sightings.explain("a", "withdrawn")
    assert await ends(store, unexplained_for=HOUR) == 1


async def test_a_post_that_failed_has_no_cards(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    await plan_seen(store)
    assert await store.outbox.finish(await to_post(store), ts=None, outcome="is_archived")
    assert await waiting(store) == {}
    await look(store, clock)
    assert await ends(store) == 0


async def test_the_thread_of_an_image_that_is_back_soon_is_told_and_told_again_when_it_goes(
    store: Store, clock: Clock
) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    assert await ends(store) == 1
    await look(store, clock, IMAGE)
    assert await plan_seen(store) == 0
    assert await waiting(store) == {}, "SCP may list it still for a while"
    clock.shift(SETTLED_HOLDS)
    await look(store, clock, IMAGE)
    for _ in range(2):
        assert await plan_seen(store) == 0
    assert (await waiting(store)).keys() == {"a"}
    await look(store, clock)
    assert await ends(store) == 1
    told = await all_planned(store)
    assert [(o.kind, o.thread_ts) for o in told] == [
        ("resolved", "1.1"),
        ("undone", "1.1"),
        ("resolved", "1.1"),
    ]


async def test_the_card_of_an_earlier_share_stands_no_more(store: Store, clock: Clock) -> None:
    await posted_card(store, clock)
    await look(store, clock)
    clock.shift(HOUR)
    await look(store, clock, IMAGE)
    assert await waiting(store) == {}
    assert await plan_seen(store) == 1
    await store.outbox.finish(await to_post(store), ts="2.2")
    assert (await waiting(store))["a"].ts == "2.2"
    await look(store, clock)
    assert await ends(store) == 1


async def test_very_many_images_are_planned(store: Store, clock: Clock) -> None:
    await look(store, clock, *(PendingImage(id=f"i{n:04}") for n in range(2500)))
    assert await plan_seen(store) == 250
    assert await plan_seen(store) == 0
    for number, outgoing in enumerate(await all_planned(store)):
        await store.outbox.finish(outgoing, ts=f"1.{number}")
    assert await store.outbox.plan_calls(CHANNEL, dict.fromkeys(await waiting(store), 1)) == 250
    assert await waiting(store) == {}
    await look(store, clock)
    assert await ends(store) == 2500


async def test_that_many_images_have_gone_is_planned_in_few_statements(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each takes as long as to a database far away, 2500 would outlast a transaction."""
    await look(store, clock, *(PendingImage(id=f"i{n:04}") for n in range(300)))
    await plan_seen(store)
    for number, outgoing in enumerate(await all_planned(store)):
        await store.outbox.finish(outgoing, ts=f"1.{number}")
    await look(store, clock)
    asked = []
    execute = AsyncConnection.execute

    async def counted(connection: AsyncConnection, *given: Any) -> Any:
        asked.append(given)
        return await execute(connection, *given)

    monkeypatch.setattr(AsyncConnection, "execute", counted)
    assert await ends(store) == 300
    assert len(asked) < 20
    assert await ends(store) == 0
    monkeypatch.undo()
    told = await all_planned(store)
    assert {(outgoing.kind, len(outgoing.image_ids)) for outgoing in told} == {("resolved", 1)}
    assert len(told) == 300

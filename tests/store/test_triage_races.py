"""Two hundred people at once, on three replicas: one decision, and everybody hears of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.images import PendingImage, PendingImages
from bot.oncall.values import MemberStatus, Result
from bot.store import Begun, Store, open_store
from tests.store.conftest import MONDAY, Clock
from tests.store.steps import DAY, MINUTE
from tests.store.triage_steps import (
    CHANNEL,
    NOW,
    actions,
    ask,
    asked,
    begun,
    deed,
    end,
    keep,
    painted,
    to_paint,
)

PEOPLE = 200


@pytest.fixture
async def stores(clock: Clock) -> AsyncIterator[list[Store]]:
    """The stores of three replicas."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(open_store(clock.url, now=clock.now)) for _ in range(3)
        ]


def wish(number: int) -> MemberStatus:
    return "accepted" if number % 2 else "rejected"


async def test_of_two_hundred_mixed_wishes_at_once_one_begins(stores: list[Store]) -> None:
    wishes = [ask(stores[n % 3], asked(wish(n), by=f"U{n}")) for n in range(PEOPLE)]
    answers = await asyncio.gather(*wishes)
    [winner] = [n for n, answer in enumerate(answers) if isinstance(answer, Begun)]
    others = [answer for answer in answers if isinstance(answer, Result)]
    assert Counter((a.kind, a.by, a.status) for a in others) == {
        ("underway", f"U{winner}", wish(winner)): PEOPLE - 1
    }
    assert (await stores[0].triage_agenda()).open_decisions == 1


async def test_of_two_hundred_wishes_one_comes_true_and_is_recorded_once(
    stores: list[Store],
) -> None:
    async def press(number: int) -> Result:
        store = stores[number % 3]
        answer = await ask(store, asked(wish(number), by=f"U{number}"))
        if isinstance(answer, Result):
            return answer
        assert await store.decisions.sending(answer)
        return await end(store, answer)

    answers = await asyncio.gather(*(press(number) for number in range(PEOPLE)))
    [done] = [answer for answer in answers if answer.kind == "done"]
    assert {answer.kind for answer in answers} <= {"done", "underway", "settled"}
    assert {(answer.by, answer.status) for answer in answers} == {(done.by, done.status)}
    [decision] = await actions(stores[0])
    assert decision[1] == "done"
    assert (await stores[1].triage.of(["a"]))["a"].settled == done.settled


async def test_of_all_who_end_a_decision_one_does(stores: list[Store]) -> None:
    decision = await begun(stores[0], asked())
    results = [Result(kind="done"), Result(kind="refused", problem="no"), Result(kind="unsure")]
    ends = [end(stores[n % 3], decision, results[n // 3 % 3]) for n in range(30)]
    ended = {answer.kind for answer in await asyncio.gather(*ends)} - {"unsure"}
    assert len(ended) == 1
    outcomes = [outcome for _, outcome in await actions(stores[0])]
    assert len([outcome for outcome in outcomes if outcome != "unsure"]) == 1
    assert outcomes.count("unsure") <= 1


async def test_one_of_two_who_must_agree_is_always_the_other(stores: list[Store]) -> None:
    wishes = [
        ask(stores[n % 3], asked(by=f"U{n % 4}", proposal_seen=True), needs_second=True)
        for n in range(40)
    ]
    answers = await asyncio.gather(*wishes)
    [decision] = [answer for answer in answers if isinstance(answer, Begun)]
    [proposed] = [a for a in answers if isinstance(a, Result) and a.kind == "proposed"]
    assert decision.proposed_by == proposed.by != decision.asked.by
    assert await actions(stores[0]) == [("propose", "done")]


async def test_whatever_is_done_at_once_to_images_on_shared_messages_ends(
    stores: list[Store], clock: Clock
) -> None:
    """Everybody takes locks in one order: else PostgreSQL would end some as deadlocks."""
    images = [PendingImage(id=f"i{n}") for n in range(12)]
    ids = [image.id for image in images]
    await stores[0].sightings.observe(PendingImages(images, [], MONDAY, "1.3"), NOW)
    for number in range(6):
        shown = ids if number % 2 else ids[::-1]
        await keep(stores[0], clock, f"1.{number}", *shown)
    until = clock.now() + DAY
    clock.shift(MINUTE)

    async def decide(store: Store, image: PendingImage) -> None:
        await end(store, await begun(store, asked(image=image)))

    async def paint(store: Store) -> None:
        for copy in await to_paint(store):
            await painted(store, copy)

    async def look(store: Store, part: list[PendingImage]) -> None:
        await store.sightings.observe(PendingImages(part, [], MONDAY, "1.3"), NOW)

    doings = []
    for number, image in enumerate(images):
        store, another = stores[number % 3], stores[(number + 1) % 3]
        doings += [
            decide(store, image),
            another.triage.claim(deed(image)),
            another.triage.snooze(deed(image), until, ""),
            store.triage.note(deed(image), "a note"),
            paint(another),
            keep(store, clock, f"2.{number}", *ids),
            look(another, images[number % 4 :]),
            store.sightings.explain(image.id, "withdrawn"),
            another.outbox.plan_cards(CHANNEL, [(each, MONDAY) for each in ids[number:]]),
            store.outbox.plan_calls(CHANNEL, dict.fromkeys(ids, 1)),
            another.outbox.plan_ends(CHANNEL, NOW),
        ]
    await asyncio.gather(*doings)
    verified = await stores[0].audit.verify()
    assert verified.problem is None
    done = [action for action in await actions(stores[0]) if action == ("accept", "done")]
    assert len(done) == len(images)

"""Claims, snoozes and notes: who has an image, until when it rests, and what was said of it."""

import asyncio
from datetime import timedelta

import pytest

from bot.images import PendingImage
from bot.oncall.values import UNTOUCHED, Note
from bot.store import Store
from tests.store.conftest import Clock
from tests.store.steps import DAY, HOUR, MINUTE
from tests.store.triage_steps import (
    ADA,
    BOB,
    CHANNEL,
    IMAGE,
    OTHER,
    actions,
    asked,
    begun,
    decided,
    deed,
    end,
    look,
)


async def test_of_an_image_that_nobody_has_touched_there_is_nothing(store: Store) -> None:
    assert await store.triage.of(["a"]) == {}
    assert await store.triage.of([]) == {}
    assert await store.triage.notes("a", 10) == []


# ---- claimed


async def test_a_claim_says_who_has_an_image_and_since_when(store: Store, clock: Clock) -> None:
    before = clock.now()
    change = await store.triage.claim(deed())
    assert change.done
    claim = change.triage.claim
    assert claim is not None
    assert claim.by == ADA
    assert before <= claim.at <= clock.now()
    assert await store.triage.of(["a", "b"]) == {"a": change.triage}


async def test_a_claimed_image_is_claimed_by_nobody_else(store: Store, clock: Clock) -> None:
    first = await store.triage.claim(deed())
    clock.shift(MINUTE)
    again = await store.triage.claim(deed(by=BOB))
    assert (again.done, again.triage) == (False, first.triage)
    assert await actions(store) == [("claim", "done")]


async def test_a_claim_that_comes_twice_is_answered_as_it_was_and_recorded_once(
    store: Store, clock: Clock
) -> None:
    first = await store.triage.claim(deed())
    clock.shift(MINUTE)
    assert await store.triage.claim(deed()) == first
    assert await actions(store) == [("claim", "done")]


async def test_of_many_who_claim_at_once_one_has_the_image(store: Store, other: Store) -> None:
    claims = [s.triage.claim(deed(by=f"U{n}")) for n, s in enumerate((store, other) * 15)]
    changes = await asyncio.gather(*claims)
    [winner] = [n for n, change in enumerate(changes) if change.done]
    assert {c.triage.claim.by for c in changes if c.triage.claim} == {f"U{winner}"}
    assert all(change.triage.claim for change in changes)
    assert await actions(store) == [("claim", "done")]


async def test_who_has_an_image_releases_it(store: Store) -> None:
    await store.triage.claim(deed())
    change = await store.triage.release(deed(), anybodys=False)
    assert (change.done, change.triage) == (True, UNTOUCHED)
    assert (await store.triage.claim(deed(by=BOB))).done


@pytest.mark.parametrize("anybodys", [False, True])
async def test_another_s_claim_is_released_only_by_who_may(store: Store, anybodys: bool) -> None:
    claimed = await store.triage.claim(deed())
    change = await store.triage.release(deed(by=BOB), anybodys=anybodys)
    assert change.done is anybodys
    assert change.triage == (UNTOUCHED if anybodys else claimed.triage)


async def test_what_nobody_has_is_not_released(store: Store) -> None:
    change = await store.triage.release(deed(), anybodys=True)
    assert (change.done, change.triage) == (False, UNTOUCHED)
    assert await actions(store) == []


async def test_an_image_just_decided_is_neither_claimed_nor_snoozed(
    store: Store, clock: Clock
) -> None:
    """SCP may list it still, and later for good: then somebody has made it pending again."""
    await decided(store, asked())
    until = clock.now() + DAY
    for change in (
        await store.triage.claim(deed(by=BOB)),
        await store.triage.snooze(deed(by=BOB), until, ""),
    ):
        assert not change.done
        assert change.triage.settled is not None
    clock.shift(timedelta(minutes=2))
    assert (await store.triage.claim(deed(by=BOB))).done
    assert (await store.triage.snooze(deed(by=BOB), until, "")).done


# ---- snoozed


async def test_a_snooze_says_until_when_and_why(store: Store, clock: Clock) -> None:
    until = clock.now() + DAY
    change = await store.triage.snooze(deed(), until, "no \x00 hurry")
    snooze = change.triage.snooze
    assert snooze is not None
    assert (snooze.until, snooze.by, snooze.reason) == (until, ADA, "no \ufffd hurry")
    assert change.triage.sleeps(clock.now())
    assert (await store.triage.of(["a"]))["a"] == change.triage


async def test_who_snoozes_again_changes_until_when(store: Store, clock: Clock) -> None:
    await store.triage.snooze(deed(), clock.now() + DAY, "")
    until = clock.now() + HOUR
    change = await store.triage.snooze(deed(by=BOB), until, "sooner")
    assert change.done
    assert change.triage.snooze is not None
    assert (change.triage.snooze.until, change.triage.snooze.by) == (until, BOB)


async def test_anybody_wakes_what_sleeps(store: Store, clock: Clock) -> None:
    await store.triage.snooze(deed(), clock.now() + DAY, "")
    change = await store.triage.wake(deed(by=BOB))
    assert (change.done, change.triage) == (True, UNTOUCHED)
    assert not (await store.triage.wake(deed())).done


async def test_what_has_slept_enough_is_not_woken(store: Store, clock: Clock) -> None:
    await store.triage.snooze(deed(), clock.now() + HOUR, "")
    clock.shift(HOUR)
    assert not (await store.triage.wake(deed())).done
    assert await actions(store) == [("snooze", "done")]


# ---- noted


async def test_notes_are_kept_the_newest_first(store: Store, clock: Clock) -> None:
    for count, text in enumerate(("one", "two", "three"), 1):
        clock.shift(MINUTE)
        assert (await store.triage.note(deed(), text)).triage.notes == count
    newest = await store.triage.notes("a", 2)
    assert [note.text for note in newest] == ["three", "two"]
    assert newest[0].at - newest[1].at >= MINUTE
    assert isinstance(newest[0], Note)
    assert newest[0].by == ADA
    assert await store.triage.notes("b", 2) == []


async def test_a_note_that_comes_twice_is_kept_and_recorded_once(
    store: Store, other: Store
) -> None:
    first = await store.triage.note(deed(), "a note", "V1")
    for again in (store, other, store):
        assert await again.triage.note(deed(), "a note", "V1") == first
    assert [note.text for note in await store.triage.notes("a", 10)] == ["a note"]
    assert await actions(store) == [("note", "done")]


async def test_notes_of_other_forms_images_and_words_are_kept_each(store: Store) -> None:
    """A form whose answer was lost may be submitted with another text; nothing typed is lost."""
    await store.triage.note(deed(), "a note", "V1")
    await store.triage.note(deed(), "a note", "V2")
    await store.triage.note(deed(), "another", "V1")
    await store.triage.note(deed(OTHER), "a note", "V1")
    found = await store.triage.of(["a", "b"])
    assert (found["a"].notes, found["b"].notes) == (3, 1)


# ---- an image is shared anew


async def test_an_image_that_is_shared_anew_begins_anew_but_for_notes_and_round(
    store: Store, clock: Clock
) -> None:
    await look(store, clock, IMAGE, OTHER)
    await decided(store, asked())
    clock.shift(timedelta(minutes=2))
    await store.triage.claim(deed())
    await store.triage.snooze(deed(), clock.now() + 10 * DAY, "")
    await store.triage.note(deed(), "kept")
    await store.triage.claim(deed(OTHER))
    await look(store, clock, OTHER)
    clock.shift(HOUR)
    await look(store, clock, IMAGE, OTHER)
    found = await store.triage.of(["a", "b"])
    assert (found["a"].claim, found["a"].snooze, found["a"].settled) == (None, None, None)
    assert (found["a"].notes, found["a"].round) == (1, 1), "a button of the share before is old"
    assert found["b"].claim is not None
    assert len(await store.triage.notes("a", 10)) == 1


async def test_an_image_that_is_back_soon_goes_on_as_it_was(store: Store, clock: Clock) -> None:
    await look(store, clock, IMAGE)
    claimed = await store.triage.claim(deed())
    await look(store, clock)
    await look(store, clock, IMAGE)
    assert await store.triage.of(["a"]) == {"a": claimed.triage}


async def test_very_many_images_are_asked_about_at_once(store: Store) -> None:
    await store.triage.claim(deed())
    ids = [f"i{n:04}" for n in range(2500)]
    assert (await store.triage.of([*ids, "a"])).keys() == {"a"}


@pytest.mark.parametrize("image_id", ["a\x00b", "a\ud800b", "'; DROP TABLE triage; --"])
async def test_whatever_an_id_is_the_image_is_found_by_it(store: Store, image_id: str) -> None:
    strange = PendingImage(id=image_id, name="\ud800\x00")
    change = await store.triage.claim(deed(strange))
    assert change.done
    assert await store.triage.of([image_id]) == {image_id: change.triage}
    assert (await store.audit.verify()).problem is None


# ---- recorded


async def test_everything_done_is_recorded_with_who_where_and_what(
    store: Store, clock: Clock
) -> None:
    until = clock.now() + DAY
    await store.triage.claim(deed())
    await store.triage.snooze(deed(), until, "later")
    await store.triage.wake(deed())
    await store.triage.note(deed(), "a note")
    await store.triage.release(deed(by=BOB), anybodys=True)
    entries = [entry async for entry in store.audit.every()]
    assert [(e.action, e.actor, e.reason, e.before, e.after) for e in entries] == [
        ("claim", ADA, "", "", ADA),
        ("snooze", ADA, "later", "", ""),
        ("wake", ADA, "", "", ""),
        ("note", ADA, "a note", "", ""),
        ("release", BOB, "", ADA, ""),
    ]
    assert {(e.channel, e.image_id, e.image_name, e.owner) for e in entries} == {
        (CHANNEL, "a", "결제 서버", "acc-1")
    }
    assert until.isoformat(timespec="seconds") in entries[1].detail
    assert until.isoformat(timespec="seconds") in entries[2].detail


async def test_a_decision_ends_claim_and_snooze(store: Store, clock: Clock) -> None:
    await store.triage.claim(deed())
    await store.triage.snooze(deed(), clock.now() + DAY, "")
    decision = await begun(store, asked(by=BOB))
    kept = (await store.triage.of(["a"]))["a"]
    assert kept.claim
    assert kept.snooze
    assert kept.underway
    assert (kept.underway.by, kept.underway.status) == (BOB, "accepted")
    await end(store, decision)
    ended = (await store.triage.of(["a"]))["a"]
    assert (ended.claim, ended.snooze, ended.underway) == (None, None, None)

"""What has to do with an image is found among all that was ever seen."""

from hashlib import sha256
from typing import Any

import pytest

from bot.images import PendingImage
from bot.oncall.provenance import ALIKE_KEPT, End, Kin, provenance
from bot.oncall.values import SETTLED_HOLDS
from bot.sightings import How
from bot.store import Store
from tests.store.conftest import Clock
from tests.store.triage_steps import ask, asked, decided, look

NEW = PendingImage(
    id="new", name="ubuntu-22.04", owner="acc-1", checksum="C0FFEE",
    os_hash_algo="sha512", os_hash_value="abc1",
)  # fmt: skip


def image(image_id: str, **fields: Any) -> PendingImage:
    return PendingImage(id=image_id, **fields)


async def kin(store: Store, of: PendingImage = NEW) -> Kin:
    return (await store.sightings.kin([of]))[of.id]


async def ends(store: Store, of: PendingImage = NEW) -> dict[End, int]:
    return dict((await kin(store, of)).ends)


async def alike(store: Store, of: PendingImage = NEW) -> dict[str, End]:
    return {each.image.id: each.end for each in (await kin(store, of)).alike}


async def test_where_nothing_was_seen_an_image_has_no_kin(store: Store) -> None:
    assert await store.sightings.kin([]) == {}
    assert await kin(store) == Kin(ends={}, alike=[])
    assert not await store.sightings.ever_accepted("acc-1")


async def test_the_owners_other_images_are_counted_by_what_became_of_them(
    store: Store, clock: Clock
) -> None:
    mine = [image(name, owner="acc-1") for name in "abcdef"]
    await look(store, clock, *mine, NEW, image("g", owner="acc-2"), image("h"))
    await look(store, clock, mine[5], NEW)
    became: dict[str, How] = {"a": "accepted", "b": "accepted", "c": "rejected", "d": "withdrawn"}
    for image_id, how in became.items():
        await store.sightings.explain(image_id, how)
    await store.sightings.explain("g", "accepted")
    expected = {"accepted": 2, "rejected": 1, "withdrawn": 1, "unknown": 1, "waiting": 1}
    assert await ends(store) == expected
    assert await ends(store, image("h")) == {}, "nobody knows what an unknown owner has shared"
    assert await ends(store, image("unseen", owner="acc-1")) == {**expected, "waiting": 2}


async def test_what_is_decided_counts_so_while_scp_still_lists_it_and_not_for_ever(
    store: Store, clock: Clock
) -> None:
    one, two = image("a", owner="acc-1"), image("b", owner="acc-1")
    await look(store, clock, one, two)
    await decided(store, asked(image=one))
    assert await ends(store) == {"accepted": 1, "waiting": 1}
    assert await ends(store, one) == {"waiting": 1}
    assert await store.sightings.ever_accepted("acc-1")
    clock.shift(SETTLED_HOLDS)
    await look(store, clock, one, two)
    assert await ends(store) == {"waiting": 2}, "somebody has made it pending again"
    assert not await store.sightings.ever_accepted("acc-1")
    await look(store, clock)
    assert await ends(store) == {"unknown": 2}


async def test_before_scp_was_ever_asked_a_decision_counts(store: Store) -> None:
    await decided(store, asked(image=image("a", owner="acc-1")))
    assert await ends(store) == {"accepted": 1}
    assert await store.sightings.ever_accepted("acc-1")


async def test_an_image_is_not_its_own_kin(store: Store, clock: Clock) -> None:
    await look(store, clock, NEW)
    await decided(store, asked(image=NEW))
    assert await kin(store) == Kin(ends={}, alike=[])
    assert await store.sightings.ever_accepted("acc-1"), "for a second approver it counts"


@pytest.mark.parametrize("how", ["rejected", "withdrawn", None])
async def test_an_owner_of_whom_nothing_was_accepted_was_never_accepted(
    store: Store, clock: Clock, how: How | None
) -> None:
    await look(store, clock, image("a", owner="acc-1"), image("b", owner="acc-2"))
    await look(store, clock)
    await store.sightings.explain("a", how)
    await store.sightings.explain("b", "accepted")
    assert not await store.sightings.ever_accepted("acc-1")
    assert await store.sightings.ever_accepted("acc-2")


async def test_a_proposal_accepts_nothing(store: Store, clock: Clock) -> None:
    await look(store, clock, NEW)
    await ask(store, asked(image=NEW), needs_second=True)
    assert not await store.sightings.ever_accepted("acc-1")


async def test_names_of_other_owners_that_look_alike_are_found(store: Store, clock: Clock) -> None:
    await look(
        store,
        clock,
        image("equal", owner="acc-2", name="Ubuntu-22.04"),
        image("Cyrillic", name="ubuntu-22.\u043e4"),
        image("other", owner="acc-2", name="ubuntu-24.04"),
        image("own", owner="acc-1", name="ubuntu-22.04"),
        image("nameless", owner="acc-2"),
        NEW,
    )
    assert await alike(store) == {"Cyrillic": "waiting", "equal": "waiting"}
    greek = image("x", owner="acc-1", name="\u039d\u0395\u0391")
    await look(store, clock, image("small", owner="acc-2", name="\u03bd\u03b5\u03b1"))
    assert await alike(store, greek) == {"small": "waiting"}, "but for case they are the same"
    assert await alike(store, image("y", name="")) == {}


async def test_the_same_content_is_found_where_it_was_accepted(store: Store, clock: Clock) -> None:
    by_hash = {"os_hash_algo": "SHA512", "os_hash_value": "ABC1"}
    await look(
        store,
        clock,
        image("by checksum", checksum="c0ffee"),
        image("by hash", owner="acc-1", **by_hash),
        image("rejected", checksum="c0ffee"),
        image("other", checksum="beef"),
        image("waits", **by_hash),
    )
    await look(store, clock, image("waits", **by_hash))
    for image_id in ("by checksum", "by hash", "other"):
        await store.sightings.explain(image_id, "accepted")
    await store.sightings.explain("rejected", "rejected")
    assert await alike(store) == {"by checksum": "accepted", "by hash": "accepted"}
    await decided(store, asked(image=image("waits", **by_hash)))
    assert (await alike(store))["waits"] == "accepted"


async def test_what_an_image_says_of_itself_later_counts(store: Store, clock: Clock) -> None:
    """While it is queued it has no checksum, and an owner can rename it."""
    queued = image("a", owner="acc-2", name="draft")
    await look(store, clock, queued)
    assert await alike(store) == {}
    await look(store, clock, image("a", owner="acc-2", name="ubuntu-22.04"))
    assert await alike(store) == {"a": "waiting"}


async def test_of_thousands_alike_some_are_told_whatever_the_owner_has_beside_them(
    store: Store, clock: Clock
) -> None:
    own = [image(f"a{n:03}", owner="acc-1", name=NEW.name) for n in range(ALIKE_KEPT + 5)]
    others = [image(f"b{n:03}", owner="acc-2", name=NEW.name) for n in range(ALIKE_KEPT + 5)]
    await look(store, clock, *own, *others)
    assert list(await alike(store)) == [other.id for other in others[:ALIKE_KEPT]]
    assert (await kin(store)).ends == {"waiting": ALIKE_KEPT + 5}


async def test_the_kin_of_several_is_each_ones_own(store: Store, clock: Clock) -> None:
    first, second = image("a", owner="acc-1", name="one"), image("b", owner="acc-2", name="0ne")
    third = image("c", owner="acc-1", name="three")
    await look(store, clock, first, second, third)
    found = await store.sightings.kin([first, second, third])
    told = {each.id: provenance(each, found[each.id]) for each in (first, second, third)}
    assert {each: told[each].shared for each in told} == {"a": 1, "b": 0, "c": 1}
    assert [other.id for other in told["a"].lookalikes] == ["b"]
    assert [other.id for other in told["b"].lookalikes] == ["a"]
    assert not told["c"].lookalikes


ODD = "x\x00\u202e<!channel>'; DROP TABLE sightings;--" * 500


async def test_odd_and_endless_texts_are_found_as_any(store: Store, clock: Clock) -> None:
    odd = image("odd", name=ODD, owner=ODD, checksum=ODD, os_hash_algo=ODD, os_hash_value=ODD)
    await look(store, clock, odd)
    assert await alike(store, image("x", name=ODD)) == {"odd": "waiting"}
    assert await ends(store, image("x", owner=ODD)) == {"waiting": 1}


async def test_an_image_is_found_by_the_hash_of_its_id(store: Store, clock: Clock) -> None:
    """As the cards of odd ids name it."""
    await look(store, clock, image("a\x00b"), image("c"))
    assert await store.sightings.hashed(sha256(b"d").hexdigest()) is None
    found = await store.sightings.hashed(sha256(b"a\x00b").hexdigest())
    assert found is not None
    assert found.image.id == "a\x00b"


async def test_of_ids_those_seen_are_told(store: Store, clock: Clock) -> None:
    await look(store, clock, image("a\x00b"), image("c"))
    await look(store, clock, image("d"))
    asked_for = ["a\x00b", "c", "d", "e", *(f"n{n}" for n in range(1_200))]
    assert await store.sightings.known(asked_for) == {"a\x00b", "c", "d"}
    assert await store.sightings.known([]) == set()

"""Where an image comes from."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from bot.images import PendingImage
from bot.oncall.provenance import Earlier, End, Kin, Provenance, kin_of, marks
from bot.oncall.provenance import provenance as provenance_by

NEW = PendingImage(
    id="new", name="ubuntu-22.04", owner="acc-1", checksum="C0FFEE",
    os_hash_algo="sha512", os_hash_value="abc1",
)  # fmt: skip


def seen(image_id: str, end: End = "unknown", **fields: Any) -> Earlier:
    return Earlier(image=PendingImage(id=image_id, **fields), end=end)


def provenance(image: PendingImage, earlier: Iterable[Earlier]) -> Provenance:
    return provenance_by(image, kin_of(image, earlier))


def test_what_became_of_the_owners_other_images_is_counted() -> None:
    earlier = [
        seen("a", "accepted", owner="acc-1"),
        seen("b", "accepted", owner="acc-1"),
        seen("c", "rejected", owner="acc-1"),
        seen("d", "withdrawn", owner="acc-1"),
        seen("e", owner="acc-1"),
        seen("f", "waiting", owner="acc-1"),
        seen("g", "waiting", owner="acc-1"),
        seen("new", "accepted", owner="acc-1"),
        seen("h", "accepted", owner="acc-2"),
        seen("i", "accepted"),
    ]
    found = provenance(NEW, iter(earlier))
    assert (found.accepted, found.rejected, found.withdrawn) == (2, 1, 1)
    assert (found.unknown, found.waiting, found.shared) == (1, 2, 7)
    assert not found.first_ever


def test_the_first_share_of_an_owner_is_told() -> None:
    others = [seen("new", "waiting", owner="acc-1"), seen("a", "accepted", owner="acc-2")]
    assert provenance(NEW, others).first_ever
    assert provenance(NEW, []).first_ever


@pytest.mark.parametrize("owner", [None, ""])
def test_of_an_unknown_owner_nothing_is_known(owner: str | None) -> None:
    image = PendingImage(id="new", owner=owner)
    found = provenance(image, [seen("a", "accepted", owner=owner)])
    assert found.shared == found.accepted == 0
    assert not found.first_ever


# ---- the same content


def same_content(image: PendingImage, *earlier: Earlier) -> list[str]:
    return [other.id for other in provenance(image, earlier).same_checksum]


def test_an_image_accepted_before_of_the_same_checksum_or_hash_is_told() -> None:
    assert same_content(
        NEW,
        seen("by checksum", "accepted", checksum="c0ffee"),
        seen("by hash", "accepted", os_hash_algo="SHA512", os_hash_value="ABC1"),
        seen("by both", "accepted", checksum="C0FFEE", os_hash_algo="sha512", os_hash_value="abc1"),
        seen("other algorithm", "accepted", os_hash_algo="sha256", os_hash_value="abc1"),
        seen("other", "accepted", checksum="beef"),
    ) == ["by checksum", "by hash", "by both"]


def test_only_what_was_accepted_vouches_for_the_same_content_and_never_for_itself() -> None:
    assert not same_content(
        NEW,
        seen("new", "accepted", checksum="C0FFEE"),
        seen("a", "rejected", checksum="C0FFEE"),
        seen("b", "withdrawn", checksum="C0FFEE"),
        seen("c", "waiting", checksum="C0FFEE"),
        seen("d", checksum="C0FFEE"),
    )


def test_of_one_checksum_but_another_hash_an_image_is_not_the_same() -> None:
    """A checksum is MD5: whoever likes makes another image with it."""
    forged: dict[str, Any] = {
        "checksum": "C0FFEE",
        "os_hash_algo": "sha512",
        "os_hash_value": "abc2",
    }
    assert not same_content(NEW, seen("a", "accepted", **forged))


@pytest.mark.parametrize("empty", [None, ""])
def test_images_without_a_checksum_are_not_the_same(empty: str | None) -> None:
    fields: dict[str, Any] = {"checksum": empty, "os_hash_value": empty, "os_hash_algo": empty}
    queued = PendingImage(id="new", **fields)
    assert not same_content(queued, seen("a", "accepted", **fields))
    hashed = fields | {"os_hash_value": "abc1"}
    assert not same_content(PendingImage(id="new", **hashed), seen("a", "accepted", **hashed))


# ---- names


def lookalikes(image: PendingImage, *earlier: Earlier) -> list[str]:
    return [other.id for other in provenance(image, earlier).lookalikes]


def test_names_of_other_owners_that_are_equal_or_look_alike_are_told() -> None:
    assert lookalikes(
        NEW,
        seen("equal", owner="acc-2", name="ubuntu-22.04"),
        seen("case", "waiting", owner="acc-2", name="Ubuntu-22.04"),
        seen("Cyrillic", "rejected", owner="acc-3", name="ubuntu-22.\u043e4"),
        seen("of nobody", name="ubuntu-22.O4"),
        seen("other", owner="acc-2", name="ubuntu-24.04"),
        seen("own", owner="acc-1", name="ubuntu-22.04"),
        seen("new", owner="acc-2", name="ubuntu-22.04"),
        seen("nameless", owner="acc-2"),
    ) == ["equal", "case", "Cyrillic", "of nobody"]


def test_names_equal_but_for_case_are_told_though_they_do_not_look_alike() -> None:
    image = PendingImage(id="new", owner="acc-1", name="\u039d\u0395\u0391")  # Greek capitals
    assert lookalikes(image, seen("a", owner="acc-2", name="\u03bd\u03b5\u03b1")) == ["a"]


def test_nameless_images_look_like_none_and_unseen_names_not_like_each_other() -> None:
    assert not lookalikes(PendingImage(id="new", name=""), seen("a", owner="acc-2", name=""))
    unseen = PendingImage(id="new", owner="acc-1", name="\u200b")
    assert not lookalikes(unseen, seen("a", owner="acc-2", name="\u200d"))


def test_a_name_that_mixes_scripts_is_told() -> None:
    assert provenance(PendingImage(id="new", name="p\u0430yp\u0430l"), []).mixed_scripts
    assert not provenance(NEW, []).mixed_scripts
    assert not provenance(PendingImage(id="new"), []).mixed_scripts


# ---- what is found where


def test_kin_of_several_places_are_told_together() -> None:
    stored = Kin(ends={"accepted": 2, "waiting": 1}, alike=[seen("a", owner="x", name=NEW.name)])
    listed = kin_of(NEW, [seen("b", "waiting", owner="acc-1"), seen("new", "waiting")])
    found = provenance_by(NEW, stored + listed + Kin())
    assert (found.shared, found.accepted, found.waiting) == (4, 2, 2)
    assert [other.id for other in found.lookalikes] == ["a"]


def test_what_only_resembles_kin_is_not_told() -> None:
    """A database finds by one mark at a time."""
    forged = seen("forged", "accepted", checksum="C0FFEE", os_hash_algo="sha512", os_hash_value="x")
    found = provenance_by(NEW, Kin(alike=[forged, seen("own", owner="acc-1", name=NEW.name)]))
    assert not found.same_checksum
    assert not found.lookalikes


TEXTS = st.none() | st.text(max_size=4)
IMAGES = st.builds(
    PendingImage,
    id=st.just("a"),
    name=TEXTS | st.sampled_from(["Paypal", "p\u0430ypal", "PAYPAL", "\u200b"]),
    owner=TEXTS,
    checksum=TEXTS | st.sampled_from(["C0", "c0"]),
    os_hash_algo=st.sampled_from([None, "", "sha512", "SHA512"]),
    os_hash_value=TEXTS | st.sampled_from(["C0", "c0"]),
)


@given(IMAGES, IMAGES)
def test_images_that_are_alike_have_a_mark_in_common(
    one: PendingImage, other: PendingImage
) -> None:
    other = replace(other, id="b")
    mine, others = asdict(marks(one)), asdict(marks(other))
    common = {mark for mark, text in mine.items() if text is not None and text == others[mark]}
    kin = kin_of(one, [Earlier(image=other, end="accepted")])
    assert ("owner" in common) == bool(kin.ends)
    if kin.alike:
        assert common & {"folded_name", "looks", "checksum", "os_hash"}


def test_marks_fit_any_index_however_long_or_odd_what_they_are_of() -> None:
    odd = "a\ud800\x00" * 5_000
    image = PendingImage(
        id=odd, name=odd, owner=odd, checksum=odd, os_hash_algo=odd, os_hash_value=odd
    )
    assert {len(mark) for mark in asdict(marks(image)).values()} == {64}
    assert {
        mark for name, mark in asdict(marks(PendingImage(id="a"))).items() if name != "id_hash"
    } == {None}

"""Where an image comes from: what the bot has seen before of its owner, and of its likes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec

from bot.images import PendingImage
from bot.oncall.lookalikes import mixes_scripts, skeleton
from bot.query import folded

End: TypeAlias = Literal["accepted", "rejected", "withdrawn", "unknown", "waiting"]
"""What became of an image: decided, gone without the bot's knowing how, or nothing yet."""

ALIKE_KEPT = 100
"""Of the images that look like one, and of those of the same content, so many are told at most."""


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """One image as the bot has seen it."""

    image: PendingImage
    end: End
    """A decision comes before SCP's list, which may be behind."""


class Kin(msgspec.Struct, frozen=True, kw_only=True):
    """The other images that have something to do with one."""

    ends: Mapping[End, int] = {}
    """How many of the same owner there are, by what became of them."""
    alike: Sequence[Earlier] = ()
    """Those that perhaps look like it or have its content."""

    def __add__(self, more: "Kin") -> "Kin":
        """Return these and others."""
        ends = Counter(self.ends) + Counter(more.ends)
        return Kin(ends=ends, alike=[*self.alike, *more.alike])


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is found by among all: digests, which any index takes.

    None where the image does not say it. Images with the same marks have the same in common.
    """

    id_hash: str
    """SHA-256 of its id, of which a card too odd for the id itself bears it."""
    owner: str | None
    folded_name: str | None
    looks: str | None
    """Of what all names have in common that look like its own."""
    checksum: str | None
    os_hash: str | None
    """Of the algorithm, too."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What the bot knows of an image besides what SCP says of it."""

    shared: int
    """How many other images of the same owner the bot has seen, of which so many were .."""
    accepted: int
    rejected: int
    withdrawn: int
    unknown: int
    """.. gone without the bot's knowing how."""
    waiting: int
    same_checksum: Sequence[PendingImage]
    """Accepted before, and of the same content."""
    lookalikes: Sequence[PendingImage]
    """Of other owners, by the same name or by one that looks the same."""
    mixed_scripts: bool
    """Whether a word of the name has letters of several scripts that look alike."""
    owner_known: bool

    @property
    def first_ever(self) -> bool:
        """Whether its owner is known, and has never shared another."""
        return self.owner_known and self.shared == 0


def marks(image: PendingImage) -> Marks:
    """Return what an image is found by."""
    name, os_hash = image.name or "", _os_hash(image)
    return Marks(
        id_hash=_digest(image.id),
        owner=owner_mark(image.owner),
        folded_name=_mark(folded(name)),
        looks=_mark(skeleton(name)),
        checksum=_mark(folded(image.checksum or "")),
        os_hash=_digest("\n".join(os_hash)) if all(os_hash) else None,
    )


def owner_mark(owner: str | None) -> str | None:
    """Return what an owner's images are found by; None of an unknown owner."""
    return _mark(owner or "")


def kin_of(image: PendingImage, earlier: Iterable[Earlier]) -> Kin:
    """Return what some images, itself perhaps included, have to do with one."""
    others = [each for each in earlier if each.image.id != image.id]
    owners = (each for each in others if image.owner and each.image.owner == image.owner)
    return Kin(
        ends=Counter(each.end for each in owners),
        alike=[
            each
            for each in others
            if _same_content(image, each.image) or _looks_like(image, each.image)
        ],
    )


def provenance(image: PendingImage, kin: Kin) -> Provenance:
    """Return what is known of an image by the others that have something to do with it."""
    ends = Counter(kin.ends)
    accepted = (each.image for each in kin.alike if each.end == "accepted")
    return Provenance(
        shared=ends.total(),
        accepted=ends["accepted"],
        rejected=ends["rejected"],
        withdrawn=ends["withdrawn"],
        unknown=ends["unknown"],
        waiting=ends["waiting"],
        same_checksum=[other for other in accepted if _same_content(image, other)],
        lookalikes=[each.image for each in kin.alike if _looks_like(image, each.image)],
        mixed_scripts=mixes_scripts(image.name or ""),
        owner_known=bool(image.owner),
    )


def _same_content(image: PendingImage, other: PendingImage) -> bool:
    (algorithm, value), (other_algorithm, other_value) = _os_hash(image), _os_hash(other)
    if algorithm and value and other_value and algorithm == other_algorithm:
        # the checksum is MD5, of which anybody can make two alike; so it cannot overrule this
        return value == other_value
    checksums = [folded(each.checksum or "") for each in (image, other)]
    return all(checksums) and checksums[0] == checksums[1]


def _os_hash(image: PendingImage) -> tuple[str, str]:
    return folded(image.os_hash_algo or ""), folded(image.os_hash_value or "")


def _looks_like(image: PendingImage, other: PendingImage) -> bool:
    if not image.name or not other.name or other.owner == image.owner:
        return False
    looks = skeleton(image.name)
    alike = bool(looks) and skeleton(other.name) == looks
    return alike or folded(other.name) == folded(image.name)


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _mark(text: str) -> str | None:
    return _digest(text) if text else None

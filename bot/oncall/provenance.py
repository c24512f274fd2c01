"""Where an image comes from: what the bot has seen before of its owner, and of its likes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

from bot.images import PendingImage
from bot.oncall.lookalikes import mixes_scripts, skeleton
from bot.query import folded

How: TypeAlias = Literal["accepted", "rejected", "withdrawn"]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """One image as the bot has seen it."""

    image: PendingImage
    how: How | None
    """What became of it, where the bot knows."""
    waits: bool
    """Whether SCP lists it as pending."""


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


def provenance(image: PendingImage, earlier: Iterable[Earlier]) -> Provenance:
    """Return what is known of an image by all that the bot has seen, itself perhaps included."""
    others = [each for each in earlier if each.image.id != image.id]
    ends = Counter(_end(each) for each in others if image.owner and each.image.owner == image.owner)
    accepted = (each.image for each in others if each.how == "accepted")
    return Provenance(
        shared=ends.total(),
        accepted=ends["accepted"],
        rejected=ends["rejected"],
        withdrawn=ends["withdrawn"],
        unknown=ends["unknown"],
        waiting=ends["waiting"],
        same_checksum=[other for other in accepted if _same_content(image, other)],
        lookalikes=_lookalikes(image, [each.image for each in others]),
        mixed_scripts=mixes_scripts(image.name or ""),
        owner_known=bool(image.owner),
    )


def never_accepted(image: PendingImage, earlier: Iterable[Earlier]) -> bool:
    """Tell whether no image of the owner was ever accepted, as far as the bot knows.

    Nobody knows what an unknown owner has shared before.
    """
    return not image.owner or not any(
        each.how == "accepted" and each.image.owner == image.owner for each in earlier
    )


def _end(each: Earlier) -> str:
    """Return what became of it: a decision comes before SCP's list, which may be behind."""
    return each.how or ("waiting" if each.waits else "unknown")


def _same_content(image: PendingImage, other: PendingImage) -> bool:
    algorithms = [folded(each.os_hash_algo or "") for each in (image, other)]
    hashes = [folded(each.os_hash_value or "") for each in (image, other)]
    if all(algorithms) and all(hashes) and algorithms[0] == algorithms[1]:
        # the checksum is MD5, of which anybody can make two alike; so it cannot overrule this
        return hashes[0] == hashes[1]
    checksums = [folded(each.checksum or "") for each in (image, other)]
    return all(checksums) and checksums[0] == checksums[1]


def _lookalikes(image: PendingImage, others: Iterable[PendingImage]) -> list[PendingImage]:
    if not image.name:
        return []
    name, looks = folded(image.name), skeleton(image.name)
    return [
        other
        for other in others
        if other.name
        and other.owner != image.owner
        and ((looks and skeleton(other.name) == looks) or folded(other.name) == name)
    ]

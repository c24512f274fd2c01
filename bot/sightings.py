"""What the bot has seen of pending images, and when.

SCP does not say when an image was shared (``scp/facts.md``), so how long one waits is counted from
when the bot first saw it.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from bot.images import NONE_SEEN, FirstSeen, PendingImage, PendingImages
from bot.pick import wanted
from bot.query import Query

__all__ = [
    "BACK_WITHIN",
    "NONE_SEEN",
    "Changes",
    "FirstSeen",
    "How",
    "Sighting",
    "changes",
    "days_until",
    "observe",
    "trend",
]

BACK_WITHIN = timedelta(hours=1)
"""An image that is back within less never left: SCP may miss one in a list, and a decision may be
taken back."""

How = Literal["accepted", "rejected", "withdrawn"]


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One pending image as the bot has seen it."""

    image: PendingImage
    """As it was listed last."""
    first_seen: datetime
    gone_at: datetime | None = None
    """When it was first missed in the list; None while it waits."""
    how: How | None = None
    """What became of it, where the bot knows."""
    by: str | None = None
    """The Slack user who decided, where the bot knows."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed between two digests of one schedule."""

    since: datetime
    """When the earlier one was posted."""
    new: Sequence[PendingImage]
    """Wanted now and not shown then, in the digest's order."""
    gone: Sequence[Sighting]
    """Shown then and not pending any more, the last gone first."""
    left: int
    """How many were shown then, are pending still, and match the query no more."""


def observe(known: Mapping[str, Sighting], answer: PendingImages, at: datetime) -> list[Sighting]:
    """Return the sightings that are new or changed by an answer of ``at``, to be kept by image id.

    ``answer`` is one of SCP to an unfiltered question, and no older than what made ``known``. An
    image that could not be read counts as listed, as it was before or else by its id alone. An
    answer that may not name all that wait makes nothing gone.
    """
    listed = {image.id: image for image in answer.images}
    for entry in answer.unreadable:
        if entry.id is not None and entry.id not in listed:
            earlier = known.get(entry.id)
            listed[entry.id] = earlier.image if earlier else PendingImage(id=entry.id)
    seen = [_seen(known.get(image.id), image, at) for image in listed.values()]
    changed = [sighting for sighting in seen if sighting != known.get(sighting.image.id)]
    if answer.possibly_cut or any(entry.id is None for entry in answer.unreadable):
        return changed
    missed = (known[image_id] for image_id in known.keys() - listed.keys())
    gone = [msgspec.structs.replace(s, gone_at=at) for s in missed if s.gone_at is None]
    return changed + sorted(gone, key=lambda sighting: sighting.image.id)


def changes(
    picked: Sequence[PendingImage],
    shown: Sequence[str],
    since: datetime,
    pending_ids: Container[str],
    past: Mapping[str, Sighting],
) -> Changes:
    """Return what has changed since a digest, posted at ``since``, counted the images ``shown``.

    ``picked`` is all that its query wants now, ``pending_ids`` all that is pending now, readable
    or not. Where ``past`` does not know an image that has gone, its id is all that is told.
    """
    before = dict.fromkeys(shown)
    now_wanted = {image.id for image in picked}
    gone = [_known(past, image_id, since) for image_id in before if image_id not in pending_ids]
    return Changes(
        since=since,
        new=[image for image in picked if image.id not in before],
        gone=sorted(gone, key=_gone_at, reverse=True),
        left=sum(image_id in pending_ids and image_id not in now_wanted for image_id in before),
    )


def days_until(now: datetime, timezone: str, count: int) -> list[datetime]:
    """Return the moments at which so many days end by a time zone's clocks, for the last one now.

    Of days that are over it does not matter at which second of them somebody asks today.
    """
    zone = ZoneInfo(timezone)
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return [*(today - timedelta(days=n) for n in reversed(range(count - 1))), now]


def trend(
    sightings: Iterable[Sighting],
    query: Query,
    moments: Sequence[datetime],
    began_at: datetime | None,
) -> list[int | None]:
    """Return how many images matched the query and waited at each moment.

    None for a moment before the bot began to watch (``began_at``; None: it never did). Ages and
    waiting are judged as of each moment, all else by how the image was listed last.
    """
    kept = list(sightings)
    first_seen = {sighting.image.id: sighting.first_seen for sighting in kept}

    def count(moment: datetime) -> int:
        waiting = [sighting.image for sighting in kept if _waits(sighting, moment)]
        return len(wanted(waiting, query, moment, first_seen))

    return [None if began_at is None or moment < began_at else count(moment) for moment in moments]


def _seen(earlier: Sighting | None, image: PendingImage, at: datetime) -> Sighting:
    """Return the sighting of an image that is listed at a moment."""
    if earlier is None:
        return Sighting(image=image, first_seen=at)
    if earlier.gone_at is None:
        return msgspec.structs.replace(earlier, image=image)
    back_soon = at - earlier.gone_at < BACK_WITHIN
    return Sighting(image=image, first_seen=earlier.first_seen if back_soon else at)


def _known(past: Mapping[str, Sighting], image_id: str, since: datetime) -> Sighting:
    """Return the sighting of an image that has gone; unknown, it was there at ``since``."""
    sighting = past.get(image_id)
    return sighting or Sighting(image=PendingImage(id=image_id), first_seen=since)


def _gone_at(sighting: Sighting) -> datetime:
    """Return when an image went; the latest moment where that was not seen: it is news."""
    return sighting.gone_at or datetime.max.replace(tzinfo=UTC)


def _waits(sighting: Sighting, moment: datetime) -> bool:
    return sighting.first_seen <= moment and (sighting.gone_at is None or moment < sighting.gone_at)

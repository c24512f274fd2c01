"""What the bot has seen of pending images, and when.

SCP does not say when an image was shared (``scp/facts.md``), so how long one waits is counted from
when the bot first saw it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from bot.images import NONE_SEEN, FirstSeen, PendingImage, PendingImages
from bot.oncall.values import NOTHING_DONE, UNTOUCHED, Triages
from bot.pick import wanted
from bot.query import Query

__all__ = [
    "BACK_WITHIN",
    "NONE_SEEN",
    "FirstSeen",
    "How",
    "Sighting",
    "awake",
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
    triages: Triages = NOTHING_DONE,
) -> list[int | None]:
    """Return how many images matched the query and waited at each moment, and did not sleep.

    None for a moment before the bot began to watch (``began_at``; None: it never did). Ages and
    waiting, claims and snoozes are judged as of each moment (``Triage.as_of``), all else by how the
    image was listed last. What sleeps counts where the query asks for it.
    """
    kept = list(sightings)
    first_seen = {sighting.image.id: sighting.first_seen for sighting in kept}
    touched = {key: triages[key] for key in first_seen.keys() & triages.keys()}

    def count(moment: datetime) -> int:
        waiting = [sighting.image for sighting in kept if _waits(sighting, moment)]
        then = {image_id: triage.as_of(moment) for image_id, triage in touched.items()}
        found = wanted(waiting, query, moment, first_seen, then)
        return len(awake(found, then, moment) if query.awake_only else found)

    return [None if began_at is None or moment < began_at else count(moment) for moment in moments]


def awake(images: Iterable[PendingImage], triages: Triages, now: datetime) -> list[PendingImage]:
    """Return those of the images that do not sleep."""
    return [image for image in images if not triages.get(image.id, UNTOUCHED).sleeps(now)]


def _seen(earlier: Sighting | None, image: PendingImage, at: datetime) -> Sighting:
    """Return the sighting of an image that is listed at a moment."""
    if earlier is None:
        return Sighting(image=image, first_seen=at)
    if earlier.gone_at is None:
        return msgspec.structs.replace(earlier, image=image)
    back_soon = at - earlier.gone_at < BACK_WITHIN
    return Sighting(image=image, first_seen=earlier.first_seen if back_soon else at)


def _waits(sighting: Sighting, moment: datetime) -> bool:
    return sighting.first_seen <= moment and (sighting.gone_at is None or moment < sighting.gone_at)

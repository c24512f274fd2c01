"""What has changed between two digests of one schedule.

Nothing is missed and nothing is told twice: a digest leaves behind which images it knew, shown or
asleep, and until when it knew what had gone. Observations have one order (``Sightings.observe``),
so whatever is found to be gone later bears a later moment.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

import msgspec

from bot.images import PendingImage
from bot.oncall.values import UNTOUCHED, Triage, Triages
from bot.pick import wanted
from bot.query import Query
from bot.sightings import Sighting


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """What a digest knew, for the next one to be compared with."""

    shown: Sequence[str]
    """Ids of the images that it counted."""
    asleep: Sequence[str] = ()
    """Ids of those that it left out because they slept."""
    as_of: datetime
    """When SCP was last asked before it: what had gone by then it told."""


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What a digest knows now."""

    picked: Sequence[PendingImage]
    """All that its query wants, in its order."""
    asleep: Sequence[PendingImage] = ()
    """What it would want if they did not sleep."""
    listed: Container[str]
    """Ids of all that SCP lists, readable or not."""
    past: Sequence[Sighting]
    """What waits, and what has gone since the digest before."""
    triages: Triages
    as_of: datetime
    """When SCP was last asked."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed between two digests of one schedule."""

    since: datetime
    """When the earlier one was posted."""
    new: Sequence[PendingImage]
    """Wanted now and not known then, in the digest's order."""
    woken: Sequence[PendingImage] = ()
    """Wanted now and left out then because they slept, in the digest's order."""
    gone: Sequence[Sighting]
    """Pending no more: what was known then, and what has come and gone meanwhile; the last gone
    first."""
    left: int
    """How many were shown then, are listed still, and match the query no more."""
    unsure: Sequence[str] = ()
    """Ids of what SCP does not list and of which it is not known yet whether it has gone, or by
    whom: the next digest tells."""


def changes(before: Stand, now: Present, query: Query, since: datetime) -> Changes:
    """Return what has changed since a digest that was posted at ``since``.

    What nobody has shown before it went is told where the query wants it as it was listed last.
    """
    shown = dict.fromkeys(before.shown)
    known = shown | dict.fromkeys(before.asleep)
    went = [
        sighting
        for image_id, sighting in _unlisted(known, before, now).items()
        if image_id in known or _is_news(sighting, before, now, query)
    ]
    in_order = sorted(went, key=lambda each: each.image.id)  # in which SCP is asked about them
    gone = [(each.gone_at, each) for each in in_order if each.gone_at and _is_certain(each, now)]
    expected = {image.id for image in (*now.picked, *now.asleep)}
    return Changes(
        since=since,
        new=[image for image in now.picked if image.id not in known],
        woken=[image for image in now.picked if image.id in known and image.id not in shown],
        gone=[each for _, each in sorted(gone, key=itemgetter(0), reverse=True)],
        left=sum(image_id in now.listed and image_id not in expected for image_id in shown),
        unsure=[each.image.id for each in went if not _is_certain(each, now)],
    )


def stand(before: Stand | None, now: Present, found: Changes | None) -> Stand:
    """Return what the next digest is to be compared with; ``found`` is what this one tells."""
    slept = set(before.asleep).difference(before.shown) if before else set()
    unsure = found.unsure if found else ()
    return Stand(
        shown=[*(image.id for image in now.picked), *(x for x in unsure if x not in slept)],
        asleep=[*(image.id for image in now.asleep), *(x for x in unsure if x in slept)],
        as_of=now.as_of,
    )


def _unlisted(known: Mapping[str, object], before: Stand, now: Present) -> dict[str, Sighting]:
    """Return, by id, what SCP does not list; what is known by its id alone is gone by now."""
    found = {image_id: _nameless(image_id, before, now) for image_id in known}
    for sighting in now.past:
        triage = now.triages.get(sighting.image.id, UNTOUCHED)
        found[sighting.image.id] = _as_decided(sighting, triage, before)
    return {key: sighting for key, sighting in found.items() if key not in now.listed}


def _nameless(image_id: str, before: Stand, now: Present) -> Sighting:
    image = PendingImage(id=image_id)
    return Sighting(image=image, first_seen=before.as_of, gone_at=now.as_of)


def _as_decided(sighting: Sighting, triage: Triage, before: Stand) -> Sighting:
    """Return the sighting of what SCP does not list, gone when the bot's decision was made.

    Where SCP lists it for a moment once more, or nobody could be sure that the list was whole, it
    has not gone at another time.
    """
    settled = triage.settled
    if settled is None:
        return sighting
    by_it = (sighting.how, sighting.by) == (settled.status, settled.by)
    if by_it if sighting.gone_at else before.as_of < settled.at:
        told = {"gone_at": settled.at, "how": settled.status, "by": settled.by}
        return msgspec.structs.replace(sighting, **told)
    return sighting


def _is_news(sighting: Sighting, before: Stand, now: Present, query: Query) -> bool:
    """Tell whether an image that no digest has shown went since, and was wanted when it did."""
    gone_at = sighting.gone_at
    if gone_at is None or not before.as_of < gone_at <= now.as_of:
        return False
    image = sighting.image
    # The default leaves out what sleeps; asleep no more, and decided, it is told all the same.
    asked = query.with_snoozed() if query.awake_only else query
    triages = {image.id: now.triages.get(image.id, UNTOUCHED).as_of(gone_at)}
    return bool(wanted([image], asked, gone_at, {image.id: sighting.first_seen}, triages))


def _is_certain(sighting: Sighting, now: Present) -> bool:
    """Tell whether it is known that an image has gone, and by whom if the bot decides."""
    if sighting.gone_at is None or sighting.gone_at > now.as_of:
        return False
    return now.triages.get(sighting.image.id, UNTOUCHED).underway is None

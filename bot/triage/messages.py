"""What the posts to the watch channel say, at the moment when they are posted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bot.blocks.message import Message
from bot.blocks.triage.watch_posts import (
    escalation_message,
    resolved_message,
    undone_message,
    watch_message,
)
from bot.images import PendingImage
from bot.oncall.escalating import WorkingHours
from bot.store import End, Outgoing
from bot.triage.deciding import LEASE
from bot.triage.looks import Known, Looks

UNRECORDED_FOR = LEASE + timedelta(seconds=30)
"""So long a thread waits to be told whose decision it was: one that was left open is ended by
another process when its lease is over."""


class CallRules(msgspec.Struct, frozen=True, kw_only=True):
    """When on-call is called, and who that is."""

    after: timedelta = timedelta(hours=24)
    again: timedelta | None = timedelta(hours=24)
    hours: WorkingHours | None = None
    oncall: Sequence[str] = ()
    """Ids of users and user groups."""


class Composed(msgspec.Struct, frozen=True):
    """What a post says."""

    message: Message
    at: datetime
    """When it was so, by the database's clock."""
    image_ids: tuple[str, ...]
    """Those that it names."""


class Later(msgspec.Struct, frozen=True):
    """A post whose words are not known yet."""

    seconds: float


class Messages:
    """Composes posts of the outbox."""

    def __init__(self, looks: Looks, rules: CallRules) -> None:
        self._looks = looks
        self._rules = rules

    async def images(self, outgoing: Outgoing) -> list[PendingImage]:
        """Return the images that a post is about, as far as they are known.

        Raise ``StoreError``.
        """
        return _images(outgoing, await self._looks.of(outgoing.image_ids))

    async def of(self, outgoing: Outgoing) -> Composed | Later | None:
        """Return what a post says now, or when to ask again; None where it is of no use any more.

        Raise ``StoreError``.
        """
        known = await self._looks.of(outgoing.image_ids)
        images = _wanted(outgoing, known)
        if not images:
            return None
        open_end = outgoing.kind == "resolved" and _told(outgoing) is None
        if open_end and (seconds := _unrecorded(images[0], known)) > 0:
            return Later(seconds)
        message, named = self._message(outgoing, images, known), {image.id for image in images}
        ids = tuple(image_id for image_id in outgoing.image_ids if image_id in named)
        return Composed(message, known.look.now, ids)

    def _message(self, outgoing: Outgoing, images: Sequence[PendingImage], known: Known) -> Message:
        match outgoing.kind:
            case "watch":
                return watch_message(images, known.look)
            case "escalate":
                since = max(known.look.first_seen[image.id] for image in images)
                waited, number = known.look.now - since, int(outgoing.detail)
                return escalation_message(images, self._rules.oncall, waited, number)
            case "resolved":
                end = _told(outgoing) or _end(images[0], known)
                return resolved_message(images[0], end.how, end.by)
            case "undone":
                return undone_message(images[0], outgoing.detail)


def _wanted(outgoing: Outgoing, known: Known) -> list[PendingImage]:
    """Return the images that a post is to name now; none where it is of no use any more."""
    images = _images(outgoing, known)
    match outgoing.kind:
        case "watch":
            shared = [image for image in images if _same_share(image, outgoing, known)]
            return shared if any(image.id not in known.look.gone for image in shared) else []
        case "escalate":
            return [image for image in images if _to_call_for(image, outgoing, known)]
        case "resolved":
            told = _told(outgoing) is not None
            return [image for image in images if told or not _waits(image, known)]
        case "undone":
            return images


def _same_share(image: PendingImage, outgoing: Outgoing, known: Known) -> bool:
    """Tell whether an image has not been shared anew since: then another post has its card."""
    return known.look.first_seen.get(image.id, outgoing.planned_at) <= outgoing.planned_at


def _to_call_for(image: PendingImage, outgoing: Outgoing, known: Known) -> bool:
    triage, look = known.look.triage(image.id), known.look
    looked_after = triage.claim or triage.underway or triage.sleeps(look.now)
    over = image.id in look.gone or look.settled(image.id)
    return not looked_after and not over and _same_share(image, outgoing, known)


def _images(outgoing: Outgoing, known: Known) -> list[PendingImage]:
    return [known.images[each] for each in outgoing.image_ids if each in known.images]


def _waits(image: PendingImage, known: Known) -> bool:
    """Tell whether an image that was gone, or decided, waits again."""
    return image.id not in known.look.gone and known.look.triage(image.id).settled is None


def _unrecorded(image: PendingImage, known: Known) -> float:
    """Return for how many seconds a decision may be recorded still, which tells whose it is."""
    underway = known.look.triage(image.id).underway
    return (underway.since + UNRECORDED_FOR - known.look.now).total_seconds() if underway else 0.0


def _told(outgoing: Outgoing) -> End | None:
    """Return what a thread is told in any case; None where it is told what is known then."""
    return msgspec.json.decode(outgoing.detail, type=End) if outgoing.detail else None


def _end(image: PendingImage, known: Known) -> End:
    """Return what became of an image, and by whom, as far as it is known."""
    gone, settled = known.look.gone.get(image.id), known.look.triage(image.id).settled
    if gone is not None and gone.how is not None:
        return End(gone.how, gone.by)
    return End(settled.status, settled.by) if settled else End(None)

"""What the posts to the watch channel say, at the moment when they are posted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bot.blocks.message import Message
from bot.blocks.watch_posts import (
    escalation_message,
    resolved_message,
    undone_message,
    watch_message,
)
from bot.images import PendingImage
from bot.oncall.escalating import WorkingHours
from bot.store import Outgoing
from bot.triage.looks import Known, Looks


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

    async def of(self, outgoing: Outgoing) -> Composed | None:
        """Return what a post says now; None where that is of no use any more.

        Raise ``StoreError``.
        """
        known = await self._looks.of(outgoing.image_ids)
        message = self._message(outgoing, known)
        return None if message is None else Composed(message, known.look.now)

    def _message(self, outgoing: Outgoing, known: Known) -> Message | None:
        images = _images(outgoing, known)
        if outgoing.kind == "undone":
            return undone_message(images[0], outgoing.detail) if images else None
        if outgoing.kind == "resolved":
            return _resolved(images, known)
        waiting = [image for image in images if image.id not in known.look.gone]
        if not waiting:
            return None
        if outgoing.kind == "watch":
            return watch_message(images, known.look)
        return self._escalation(waiting[0], outgoing, known)

    def _escalation(self, image: PendingImage, outgoing: Outgoing, known: Known) -> Message | None:
        triage, now = known.look.triage(image.id), known.look.now
        if triage.claim or triage.underway or triage.sleeps(now) or known.look.settled(image.id):
            return None
        waited = now - known.look.first_seen[image.id]
        return escalation_message(image, self._rules.oncall, waited, int(outgoing.detail))


def _images(outgoing: Outgoing, known: Known) -> list[PendingImage]:
    return [known.images[each] for each in outgoing.image_ids if each in known.images]


def _resolved(images: Sequence[PendingImage], known: Known) -> Message | None:
    """Return what became of an image; None where it waits again."""
    for image in images:
        gone, settled = known.look.gone.get(image.id), known.look.triage(image.id).settled
        if gone is not None and gone.how is not None:
            return resolved_message(image, gone.how, gone.by)
        if settled is not None:
            return resolved_message(image, settled.status, settled.by)
        if gone is not None:
            return resolved_message(image, None, None)
    return None

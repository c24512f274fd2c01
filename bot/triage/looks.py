"""How cards of images look now: what the bot knows of them, and what was done with them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from bot.blocks.cards.card import CardLook
from bot.images import PendingImage, PendingImages
from bot.oncall.values import SETTLED_HOLDS
from bot.store import Store

LISTED_SECONDS = 3600.0
"""How old a list of SCP's may be that tells of images which the watch has not seen yet."""

UNTOLD_PAUSE = timedelta(minutes=1)
"""After how long to look again whether SCP lists an image still, or again, that was decided."""

Recent: TypeAlias = Callable[[float], PendingImages | None]
"""``PendingImageCache.recent``."""


class Looks:
    """Tells how cards look, for everybody who sees them. ``decisions``: whether any can be made."""

    def __init__(self, store: Store, recent: Recent, *, decisions: bool) -> None:
        self._store = store
        self._recent = recent
        self._decisions = decisions

    async def of(self, ids: Iterable[str]) -> "Known":
        """Return what is known of some images. Raise ``StoreError``."""
        wanted = sorted(set(ids))
        now = await self._store.now()  # first: what changes after it is to be painted once more
        seen = await self._store.sightings.of(wanted)
        listed = self._recent(LISTED_SECONDS)
        images = {image.id: image for image in listed.images} if listed else {}
        images = {image_id: images[image_id] for image_id in wanted if image_id in images}
        look = CardLook(
            now=now,
            first_seen={image_id: sighting.first_seen for image_id, sighting in seen.items()},
            triages=await self._store.triage.of(wanted),
            gone={image_id: sighting for image_id, sighting in seen.items() if sighting.gone_at},
            decisions=self._decisions,
            listed_at=await self._store.sightings.observed_at(),
        )
        return Known(images | {image_id: one.image for image_id, one in seen.items()}, look)


class Known(msgspec.Struct, frozen=True):
    """Some images, and how their cards look."""

    images: Mapping[str, PendingImage]
    look: CardLook

    def changes_at(self, ids: Iterable[str]) -> datetime | None:
        """Return when the cards of some of them look otherwise though nobody does anything."""
        moments = (moment for each in ids for moment in self._turns(each))
        return min((moment for moment in moments if moment > self.look.now), default=None)

    def _turns(self, image_id: str) -> Iterable[datetime]:
        triage = self.look.triage(image_id)
        if triage.snooze:
            yield triage.snooze.until
        if triage.settled:
            yield triage.settled.at + SETTLED_HOLDS
            yield triage.settled.undo_until
            if image_id not in self.look.gone and self.look.settled(image_id):
                yield self.look.now + UNTOLD_PAUSE

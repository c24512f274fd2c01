"""The image that a card stands for: pending now, or as the bot has seen it, be it a month ago."""

from collections.abc import Sequence

import msgspec
import structlog

from bot.blocks.cards.card import find_image, value_hash, value_text
from bot.errors import ScpError, StoreError
from bot.images import FirstSeen, PendingImage, PendingImages
from bot.listeners.listings.listings import RECENT_SECONDS, ImageSource
from bot.listeners.together import both
from bot.oncall.provenance import Earlier, Kin, kin_of
from bot.sightings import Sighting
from bot.store import Store

log = structlog.get_logger(__name__)


class Known(msgspec.Struct, frozen=True):
    """An image that a card stands for."""

    image: PendingImage
    pending: bool
    """Whether SCP lists it; where SCP does not tell, whether the bot has not seen it go."""
    sighting: Sighting | None = None
    """As the bot has seen it, where it is not in SCP's list."""
    api_version: str = ""
    """Of SCP's list; empty where the image is not in it."""


class KnownImages:
    """Finds images by what a card's buttons carry of them (``card.details_value``)."""

    def __init__(self, images: ImageSource, store: Store) -> None:
        self._images = images
        self._store = store

    async def find(self, ref: str) -> Known | None:
        """Return the image, looked for in SCP's list and then in what was seen.

        None where neither knows it. Raise ``ScpError`` or ``StoreError`` where what one of them
        does not say might be known by the other, which fails.
        """
        try:
            listed = await self._listed(ref)
        except ScpError as error:
            log.warning("not in SCP's list for now", error=type(error).__name__, what=str(error))
            seen = await self._seen(ref)
            if seen is None:
                raise
            return seen
        if listed is not None:
            return listed
        seen = await self._seen(ref)
        return None if seen is None else msgspec.structs.replace(seen, pending=False)

    async def seen_first(self, ref: str) -> Known | None:
        """As ``find``, of an image that is expected to be gone: SCP's list comes last."""
        return await self._seen(ref) or await self.find(ref)

    async def shown(self, ref: str) -> PendingImage:
        """Return the image to name it, by its id alone where nobody tells more just now."""
        try:
            known = await self.find(ref)
        except (ScpError, StoreError) as error:
            log.info("an image is shown by its id", error=type(error).__name__)
            known = None
        return known.image if known else self.named(ref)

    async def kin(self, images: Sequence[PendingImage], first_seen: FirstSeen) -> dict[str, Kin]:
        """Return what else was seen, or is listed by SCP, that has to do with each; by id.

        What is in ``first_seen`` was seen. Raise ``StoreError``.
        """
        found, new = await both(self._store.sightings.kin(images), self._unseen(first_seen))
        waiting = [Earlier(image=image, end="waiting") for image in new]
        return {image.id: found[image.id] + kin_of(image, waiting) for image in images}

    def named(self, ref: str) -> PendingImage:
        """Return what is known of the image without asking anybody: at least what names it."""
        recent = self._images.recent(RECENT_SECONDS)
        found = find_image(recent.images, ref) if recent else None
        return found or PendingImage(id=value_text(ref))

    def resolved(self, ref: str) -> PendingImage | None:
        """As ``named``; None where that would be the fingerprint of an id that nobody knows."""
        image = self.named(ref)
        return None if image.id == ref else image

    async def _listed(self, ref: str) -> Known | None:
        # It may be newer than the cached answer.
        return _in(await self._images.get(), ref) or _in(await self._images.get(fresh=True), ref)

    async def _unseen(self, first_seen: FirstSeen) -> list[PendingImage]:
        """Return what SCP lists that nobody has looked at yet."""
        recent = self._images.recent(RECENT_SECONDS)
        new = [image for image in recent.images if image.id not in first_seen] if recent else []
        known = await self._store.sightings.known([image.id for image in new]) if new else set()
        return [image for image in new if image.id not in known]

    async def _seen(self, ref: str) -> Known | None:
        id_hash = value_hash(ref)
        if id_hash is not None:
            sighting = await self._store.sightings.hashed(id_hash)
        else:
            image_id = value_text(ref)
            sighting = (await self._store.sightings.of([image_id])).get(image_id)
        if sighting is None:
            return None
        return Known(sighting.image, sighting.gone_at is None, sighting)


def _in(answer: PendingImages, ref: str) -> Known | None:
    image = find_image(answer.images, ref)
    return None if image is None else Known(image, pending=True, api_version=answer.api_version)

"""Every field of one image, and what on-call has done with it."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.blocks.cards.details import DetailsOnCall, details_gone_view, details_view
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.limits import NOTES_SHOWN
from bot.blocks.message import View
from bot.blocks.origin import Origin
from bot.errors import StoreError
from bot.images import FirstSeen
from bot.listeners.listings.known_images import Known, KnownImages
from bot.listeners.together import both
from bot.oncall.values import UNTOUCHED
from bot.store import Store

log = structlog.get_logger(__name__)


class Details:
    """Draws the windows of details."""

    def __init__(
        self,
        *,
        known: KnownImages,
        store: Store,
        origin: Origin,
        decisions: bool,
        now: Callable[[], datetime],
        first_seen: Callable[[], FirstSeen],
    ) -> None:
        self._known = known
        self._store = store
        self._origin = origin
        self._decisions = decisions
        self._now = now
        self._first_seen = first_seen

    async def view(self, metadata: CardMetadata) -> View:
        """Return what there is to tell of an image. Raise ``ScpError``, ``StoreError``."""
        known = await self._known.find(metadata.ref)
        if known is None:
            return details_gone_view(metadata.ref)
        return details_view(
            known.image,
            self._now(),
            origin=self._origin,
            api_version=known.api_version,
            first_seen=self._first_seen().get(known.image.id),
            oncall=await self._oncall(known, metadata),
        )

    async def _oncall(self, known: Known, metadata: CardMetadata) -> DetailsOnCall | None:
        """Return what on-call has done; None where the database does not tell."""
        image_id = known.image.id
        try:
            triages, notes = await both(
                self._store.triage.of([image_id]), self._store.triage.notes(image_id, NOTES_SHOWN)
            )
        except StoreError as error:
            log.warning("details without on-call", what=str(error), remedy=error.remedy)
            return None
        return DetailsOnCall(
            metadata=metadata,
            triage=triages.get(image_id, UNTOUCHED),
            notes=notes,
            gone=None if known.pending else known.sighting,
            decisions=self._decisions,
        )

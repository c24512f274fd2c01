"""Every field of one image, and what on-call has done with it."""

from collections.abc import Callable
from datetime import datetime

from bot.blocks.details import details_gone_view, details_view
from bot.blocks.message import View
from bot.blocks.origin import Origin
from bot.images import FirstSeen
from bot.listeners.known_images import KnownImages


class Details:
    """Draws the windows of details."""

    def __init__(
        self,
        *,
        known: KnownImages,
        origin: Origin,
        now: Callable[[], datetime],
        first_seen: Callable[[], FirstSeen],
    ) -> None:
        self._known = known
        self._origin = origin
        self._now = now
        self._first_seen = first_seen

    async def view(self, ref: str) -> View:
        """Return what there is to tell of an image. Raise ``ScpError``, ``StoreError``."""
        known = await self._known.find(ref)
        if known is None or not known.pending:
            return details_gone_view(ref)
        return details_view(
            known.image,
            self._now(),
            origin=self._origin,
            api_version=known.api_version,
            first_seen=self._first_seen().get(known.image.id),
        )

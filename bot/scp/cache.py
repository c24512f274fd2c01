"""One flight and a short memory: thirty people at nine o'clock are one API call (design 2.5)."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.flight import cancel, join, launch
from bot.images import PendingImages

Fetch = Callable[[str | None, str | None], Awaitable[PendingImages]]
Filters = tuple[str | None, str | None]
"""Image type and original image type, as SCP filters by them."""

MAX_KEPT = 16
"""Answers to different filters that are kept; one of them may be 64 MiB."""
_UNFILTERED: Filters = (None, None)


class PendingImageCache:
    """Coalesces fetches of one filter and keeps each answer for ``seconds``.

    ``fetch`` is ``ScpClient.list_pending_images``; its failures reach everyone who waits and are
    not kept. ``clock`` tells seconds from any start.
    """

    def __init__(
        self, fetch: Fetch, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[Filters, tuple[float, PendingImages]] = {}
        self._flying: dict[Filters, asyncio.Task[PendingImages]] = {}
        self._following: dict[Filters, asyncio.Task[PendingImages]] = {}

    async def get(
        self,
        image_type: str | None = None,
        original_image_type: str | None = None,
        *,
        fresh: bool = False,
    ) -> PendingImages:
        """Return the images: kept, of the fetch under way, or of a new one.

        ``fresh`` takes only what was asked for after this call: a fetch under way is waited for,
        and one more follows it, for all who want it fresh.
        """
        filters = (image_type, original_image_type)
        if not fresh:
            images = self._recent(filters, self._seconds)
            if images is not None:
                return images
        return await join(self._follow(filters) if fresh else self._fly(filters))

    def recent(self, max_age_seconds: float) -> PendingImages | None:
        """Return the last unfiltered answer if it is no older than that, else None."""
        return self._recent(_UNFILTERED, max_age_seconds)

    def kept(self) -> PendingImages | None:
        """Return the unfiltered answer that ``get`` would return without asking, if any."""
        return self.recent(self._seconds)

    async def aclose(self) -> None:
        """Cancel what is under way."""
        for flight in [*self._following.values(), *self._flying.values()]:
            await cancel(flight)
        self._following.clear()
        self._flying.clear()

    def _recent(self, filters: Filters, max_age_seconds: float) -> PendingImages | None:
        arrived_at, images = self._kept.get(filters, (0.0, None))
        return images if self._clock() - arrived_at < max_age_seconds else None

    def _fly(self, filters: Filters) -> "asyncio.Task[PendingImages]":
        """Return the fetch under way, started now if there is none."""
        if filters not in self._flying:
            self._flying[filters] = launch(self._fetch_and_keep(filters))
        return self._flying[filters]

    def _follow(self, filters: Filters) -> "asyncio.Task[PendingImages]":
        """Return a fetch that has not been sent yet."""
        current = self._flying.get(filters)
        if current is None:
            return self._fly(filters)
        if filters not in self._following:
            self._following[filters] = launch(self._fetch_after(current, filters))
        return self._following[filters]

    async def _fetch_after(
        self, current: "asyncio.Task[PendingImages]", filters: Filters
    ) -> PendingImages:
        await asyncio.wait([current])
        return await self._fetch_and_keep(filters)

    async def _fetch_and_keep(self, filters: Filters) -> PendingImages:
        try:
            images = await self._fetch(*filters)
            self._keep(filters, images)
            return images
        finally:
            # Handed over at once, or a fetch started in between would overtake the next one.
            del self._flying[filters]
            if filters in self._following:
                self._flying[filters] = self._following.pop(filters)

    def _keep(self, filters: Filters, images: PendingImages) -> None:
        now = self._clock()
        young = [
            (other, kept)
            for other, kept in self._kept.items()
            if other not in {filters, _UNFILTERED} and now - kept[0] < self._seconds
        ]
        unfiltered = self._kept.get(_UNFILTERED)
        self._kept = dict(young[-MAX_KEPT + 1 :])
        if unfiltered is not None:
            self._kept[_UNFILTERED] = unfiltered
        self._kept[filters] = (now, images)

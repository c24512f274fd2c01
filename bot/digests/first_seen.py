"""When the bot first saw each waiting image, at hand for every list."""

from bot.images import FirstSeen
from bot.store import Sightings


class FirstSeenBoard:
    """Keeps the first sightings of what waits, so that a list need not ask the database."""

    def __init__(self, sightings: Sightings) -> None:
        self._sightings = sightings
        self._version: int | None = None
        self.first_seen: FirstSeen = {}
        """Image id to when it was first seen; replaced as a whole, never changed."""

    async def follow(self, version: int) -> None:
        """Reload if the sightings are of another version. Raise ``StoreError``."""
        if version != self._version:
            await self.reload()
            self._version = version

    async def reload(self) -> None:
        """Read the first sightings anew. Raise ``StoreError``."""
        self.first_seen = await self._sightings.first_seen()

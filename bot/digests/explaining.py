"""Asking SCP what became of images that are pending no more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.background.outage import Outage
from bot.errors import ScpError
from bot.sightings import How
from bot.store import Sightings

EXPLAINED_AT_MOST = 20
"""Images at a time; the others wait for the next time."""

_HOW: dict[str, How] = {"accepted": "accepted", "rejected": "rejected"}

AskStatus = Callable[[str], Awaitable[str | None]]
"""An image's id to the status that our account has as its member, None where it is no member;
raises ``ScpError``."""


class Explaining:
    """Asks, and records what it is told. ``ask_status`` is None where our id is not known."""

    def __init__(self, ask_status: AskStatus | None, sightings: Sightings) -> None:
        self._ask_status = ask_status
        self._sightings = sightings
        self._outage = Outage("asking what became of an image")
        self._failed: dict[str, int] = {}
        """What SCP was asked about in vain, and at which of all vain tries that was last."""
        self._tries = 0

    async def explain(self, within: float) -> None:
        """Explain what nobody has asked about, for so many seconds. Raise ``StoreError``."""
        if self._ask_status is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._explain(self._ask_status)

    async def _explain(self, ask_status: AskStatus) -> None:
        for image_id in await self._next():
            try:
                status = await ask_status(image_id)
            except ScpError as error:
                self._outage.met(error)
                self._tries += 1
                self._failed[image_id] = self._tries
                return  # the next one would most often fail alike
            self._outage.over()
            how = "withdrawn" if status is None else _HOW.get(status)
            await self._sightings.explain(image_id, how)

    async def _next(self) -> list[str]:
        """Return what to ask about, last what failed last: so none holds up all others."""
        found = await self._sightings.unexplained(EXPLAINED_AT_MOST + len(self._failed))
        self._failed = {each: self._failed[each] for each in found if each in self._failed}
        return sorted(found, key=lambda each: self._failed.get(each, 0))[:EXPLAINED_AT_MOST]

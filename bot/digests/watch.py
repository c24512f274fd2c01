"""The watch: what is pending is looked at again and again, by one replica at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeAlias

import structlog

from bot.background.elapsed import elapsed
from bot.background.outage import Outage
from bot.digests.explaining import Explaining
from bot.digests.snapshot import Snapshots
from bot.errors import ScpError, StoreError
from bot.images import FirstSeen, PendingImages
from bot.store import Sightings

LEASE = timedelta(seconds=20)
"""For so long nobody watches where a process dies in the middle of a look; one that lives renews
it."""

RENEW_SECONDS = 5.0
"""How often: it may fail twice, at the database's deadline or right away."""

EXPLAIN_WITHIN = 45.0
"""Seconds, lest the next look waits for an SCP that is slow to say what became of images."""

FIRST_AFTER = 1.0
"""Seconds that a process runs, at most, before it watches: a start has enough to do. When to watch
next stands in the database, so that one which keeps falling over does not ask SCP at each start."""

Observed: TypeAlias = Callable[[PendingImages, FirstSeen], Awaitable[None]]
"""Told what waits, and since when, after each look; raises ``StoreError``."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Watch:
    """Looks every so many ``seconds``, whichever replica it is.

    ``observed`` is told what it saw; ``observe`` counts each look by its outcome: ``ok`` or the
    error's name.
    """

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        sightings: Sightings,
        explaining: Explaining,
        seconds: float,
        owner: str,
        observed: Observed,
        observe: Callable[[str], None],
    ) -> None:
        self._snapshots = snapshots
        self._sightings = sightings
        self._explaining = explaining
        self._pause = timedelta(seconds=seconds)
        self._owner = owner
        self._observed = observed
        self._observe = observe
        self._from = elapsed() + min(FIRST_AFTER, seconds)
        self._looks = Outage("watching pending images")

    @property
    def ready(self) -> bool:
        """Whether this process runs long enough to watch."""
        return elapsed() >= self._from

    async def look(self) -> bool:
        """Look, if it is time and nobody else does; return whether. Raise ``StoreError``."""
        if not await self._sightings.claim_watch(self._owner, LEASE):
            return False
        again_in = timedelta()  # who is stopped leaves it to another at once
        renewing = asyncio.create_task(self._renew())
        try:
            await self._see()
            again_in = self._pause
        except StoreError:
            again_in = min(LEASE, self._pause)
            raise
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
            await self._sightings.end_watch(self._owner, again_in)
        return True

    async def _see(self) -> None:
        try:
            snapshot = await self._snapshots.take(explain=False)
        except ScpError as error:
            self._looks.met(error)
            self._observe(type(error).__name__)
        else:
            self._looks.over()
            self._observe("ok")
            await self._observed(snapshot.answer, snapshot.first_seen)
            await self._explaining.explain(EXPLAIN_WITHIN)

    async def _renew(self) -> None:
        """Keep the watch until it is ended; where the database fails, the look itself will."""
        mine = True
        while mine:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(StoreError):
                mine = await self._sightings.renew_watch(self._owner, LEASE)

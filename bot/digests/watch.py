"""The watch: what is pending is looked at again and again, by one replica at a time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias

import structlog

from bot.background.elapsed import elapsed
from bot.background.outage import Outage
from bot.digests.explaining import Explaining
from bot.digests.snapshot import Snapshots
from bot.errors import ScpError
from bot.images import FirstSeen, PendingImages
from bot.store import Sightings

LEASE = timedelta(seconds=120)
"""Of one look: SCP's deadline of 20 seconds twice, and the database's, with room."""

EXPLAIN_WITHIN = 45.0
"""Seconds, so that the lease is kept."""

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
        await self._sightings.end_watch(self._owner, self._pause)
        return True

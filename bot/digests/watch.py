"""The watch: what is pending is looked at again and again, by one replica at a time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.digests.elapsed import elapsed
from bot.digests.outage import Outage
from bot.digests.snapshot import Snapshots
from bot.errors import ScpError
from bot.sightings import How
from bot.store import Sightings

LEASE = timedelta(seconds=120)
"""Of one look: SCP's deadline of 20 seconds twice, and the database's, with room."""

EXPLAINED_AT_MOST = 20
"""Images a look; the others wait for the next one."""

EXPLAIN_WITHIN = 45.0
"""Seconds: not begun later than that, so that the lease is kept."""

FIRST_AFTER = 1.0
"""Seconds that a process runs, at most, before it watches: a start has enough to do. When to watch
next stands in the database, so that one which keeps falling over does not ask SCP at each start."""

_HOW: dict[str, How] = {"accepted": "accepted", "rejected": "rejected"}

AskStatus = Callable[[str], Awaitable[str | None]]
"""An image's id to the status that our account has as its member, None where it is no member;
raises ``ScpError``."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Watch:
    """Looks every so many ``seconds``, whichever replica it is.

    ``ask_status`` is None where our account's id is not known. ``observe`` counts each look by
    its outcome: ``ok`` or the error's name.
    """

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        sightings: Sightings,
        ask_status: AskStatus | None,
        seconds: float,
        owner: str,
        observe: Callable[[str], None],
    ) -> None:
        self._snapshots = snapshots
        self._sightings = sightings
        self._ask_status = ask_status
        self._pause = timedelta(seconds=seconds)
        self._owner = owner
        self._observe = observe
        self._from = elapsed() + min(FIRST_AFTER, seconds)
        self._looks = Outage("watching pending images")
        self._explanations = Outage("asking what became of an image")

    @property
    def ready(self) -> bool:
        """Whether this process runs long enough to watch."""
        return elapsed() >= self._from

    async def look(self) -> bool:
        """Look, if it is time and nobody else does; return whether. Raise ``StoreError``."""
        if not await self._sightings.claim_watch(self._owner, LEASE):
            return False
        began = elapsed()
        try:
            await self._snapshots.take()
        except ScpError as error:
            self._looks.met(error)
            self._observe(type(error).__name__)
        else:
            self._looks.over()
            self._observe("ok")
            await self._explain(began + EXPLAIN_WITHIN)
        await self._sightings.end_watch(self._owner, self._pause)
        return True

    async def _explain(self, until: float) -> None:
        """Find out what became of images that are pending no more."""
        if self._ask_status is None:
            return
        for image_id in await self._sightings.unexplained(EXPLAINED_AT_MOST):
            if elapsed() > until:
                return
            try:
                status = await self._ask_status(image_id)
            except ScpError as error:
                self._explanations.met(error)
                return  # the next one would fail alike
            self._explanations.over()
            how = "withdrawn" if status is None else _HOW.get(status)
            await self._sightings.explain(image_id, how)

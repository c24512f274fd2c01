"""What is pending at one moment, and all that is known of it."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from bot.background.elapsed import elapsed
from bot.digests.explaining import Explaining
from bot.digests.first_seen import FirstSeenBoard
from bot.images import FirstSeen, PendingImages
from bot.store import Past, Store

TREND_DAYS = 14

EXPLAIN_WITHIN = 8.0
"""Seconds that a digest waits to tell what became of the images that are gone."""

SHARED_SECONDS = 15.0
"""How old an answer may be for a digest that was due at the same moment as the one it was for."""


class Fetch(Protocol):
    """Where the images come from: ``PendingImageCache.get``."""

    async def __call__(self, *, fresh: bool) -> PendingImages:
        """Return all that is pending, asked for after this call; raise ``ScpError``."""


class Snapshot(msgspec.Struct, frozen=True):
    """One answer of SCP with what the bot knows of its images, by the database's clock."""

    answer: PendingImages
    first_seen: FirstSeen
    past: Past
    """What was seen since ``since``."""
    since: datetime
    """``TREND_DAYS`` ago."""
    taken: float
    """When, as ``elapsed`` counts."""

    @property
    def now(self) -> datetime:
        """The present moment: of the database, whatever this machine's clock says."""
        return self.answer.fetched_at + timedelta(seconds=self.age)

    @property
    def age(self) -> float:
        """Seconds since SCP answered."""
        return elapsed() - self.taken


class Snapshots:
    """Takes snapshots; each one is an observation that the store keeps.

    What is due at one moment shares one: a thousand digests at nine o'clock need not ask SCP a
    thousand times.
    """

    def __init__(
        self, fetch: Fetch, store: Store, board: FirstSeenBoard, explaining: Explaining
    ) -> None:
        self._fetch = fetch
        self._store = store
        self._board = board
        self._explaining = explaining
        self._shared: tuple[datetime, Snapshot] | None = None
        self._turn = asyncio.Lock()

    async def take(self, due: datetime | None = None, *, explain: bool = True) -> Snapshot:
        """Return what is pending now. Raise ``ScpError`` or ``StoreError``.

        With ``due`` it may be what another digest of that moment was told some seconds ago. Unless
        ``explain`` is False, SCP is asked what became of what has just gone.
        """
        if shared := self._recent(due):
            return shared
        # Without SCP's own filters: a digest says of how many, and never "nothing waits" of a part.
        began = elapsed()
        answer = await self._fetch(fresh=True)
        async with self._turn:  # several that waited for one answer observe it once
            if shared := self._recent(due):
                return shared
            # No older than the question: two clocks on two walls need not be compared.
            await self._store.sightings.observe(answer, timedelta(seconds=elapsed() - began))
            now, taken = await self._store.now(), elapsed()
            if explain:
                await self._explaining.explain(EXPLAIN_WITHIN)
            snapshot = await self._know(answer, now, taken)
            if due is not None:
                self._shared = due, snapshot
            return snapshot

    async def past(self, since: datetime) -> Past:
        """Return what was seen since a moment that a snapshot does not reach.

        Raise ``StoreError``.
        """
        return await self._store.sightings.past(since)

    def _recent(self, due: datetime | None) -> Snapshot | None:
        if due is None or self._shared is None or self._shared[0] != due:
            return None
        snapshot = self._shared[1]
        return snapshot if snapshot.age < SHARED_SECONDS else None

    async def _know(self, answer: PendingImages, now: datetime, taken: float) -> Snapshot:
        await self._board.reload()
        since = now - timedelta(days=TREND_DAYS)
        return Snapshot(
            answer=msgspec.structs.replace(answer, fetched_at=now),
            first_seen=self._board.first_seen,
            past=await self._store.sightings.past(since),
            since=since,
            taken=taken,
        )

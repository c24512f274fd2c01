"""From a schedule to what its digest says now: fetch, observe, pick, compare, render."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.blocks.digests.digest import LONGEST_WAITING, DigestContent, digest_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.digests.lateness import lateness
from bot.digests.snapshot import TREND_DAYS, Snapshot, Snapshots
from bot.images import PendingImage
from bot.oncall.values import UNTOUCHED, Triages
from bot.pick import pick
from bot.query import Query
from bot.schedule import Delivery, Draft, Schedule
from bot.sightings import Changes, changes, days_until, trend
from bot.store import Baseline, Shown, Store

SIGN_OF_LIFE_AFTER = timedelta(days=7) - timedelta(hours=1)
"""A digest that is silent while nothing changes says so once a week; it may be a bit early, for
the last one may have been a bit late."""

OBSERVED_LATE = timedelta(hours=1)
"""What went just before a digest was posted may be missing in it or not."""


class Composed(msgspec.Struct, frozen=True):
    """What a digest says, and what it counted."""

    message: Message | None
    """None where the schedule wants changes only, and there are none."""
    shown: Shown
    at: datetime
    """When it was so, by the database's clock."""
    late: bool = False
    """Whether it says that it is late."""


class Composer:
    """Composes digests.

    ``version_warning`` tells what to know of the API version, if anything; ``started`` when this
    process began, by the database's clock. ``decisions``: whether images can be decided here.
    """

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        store: Store,
        origin: Origin,
        version_warning: Callable[[], Awaitable[str | None]],
        started: Callable[[datetime], datetime],
        decisions: bool,
    ) -> None:
        self._snapshots = snapshots
        self._store = store
        self._origin = origin
        self._version_warning = version_warning
        self._started = started
        self._decisions = decisions

    async def compose(self, schedule: Schedule, delivery: Delivery, baseline: Baseline) -> Composed:
        """Return the digest that a delivery is to post. Raise ``ScpError`` or ``StoreError``."""
        snapshot = await self._snapshots.take(delivery.due)
        content, shown = await self._content(schedule, baseline, snapshot)
        still_watching = _says_only_that_it_watches(content, delivery)
        if still_watching and not _sign_of_life_is_due(baseline, content.now):
            return Composed(None, shown, content.now)
        late_seconds, reason = lateness(delivery, content.now, self._started(content.now))
        told = msgspec.structs.replace(
            content,
            late_seconds=late_seconds,
            late_reason=reason,
            still_watching=still_watching,
            asked_by=delivery.asked_by,
        )
        return Composed(digest_message(told), shown, content.now, late_seconds > 0)

    async def preview(self, draft: Draft) -> Message:
        """Return what a digest would say now. Raise ``ScpError`` or ``StoreError``."""
        baseline = NOTHING_YET
        if isinstance(draft, Schedule):
            baseline = await self._store.deliveries.baseline(draft.id)
        content, _ = await self._content(draft, baseline, await self._snapshots.take())
        return digest_message(msgspec.structs.replace(content, preview=True))

    async def _content(
        self, draft: Draft, baseline: Baseline, snapshot: Snapshot
    ) -> tuple[DigestContent, Shown]:
        answer, now = snapshot.answer, snapshot.now
        query = draft.query.with_sort(draft.query.sort or LONGEST_WAITING)
        triages = await self._store.triage.of([image.id for image in answer.images])
        found = pick(answer.images, query, now, snapshot.first_seen, triages)
        picked = _awake(found, query, triages, now)
        past, zone = snapshot.past, draft.timetable.timezone
        content = DigestContent(
            schedule=draft,
            answer=answer,
            picked=picked,
            changes=await self._changes(picked, baseline, snapshot, triages),
            first_seen=snapshot.first_seen,
            trend=trend(
                past.sightings, draft.query, days_until(now, zone, TREND_DAYS), past.began_at
            ),
            origin=self._origin,
            now=now,
            troubles=baseline.troubles,
            version_warning=await self._version_warning(),
            triages=triages,
            decisions=self._decisions,
            sleeping=len(found) - len(picked),
        )
        ids = [image.id for image in picked]
        return content, Shown(ids, answer.total, len(picked), answer.fetched_at)

    async def _changes(
        self,
        picked: Sequence[PendingImage],
        baseline: Baseline,
        snapshot: Snapshot,
        triages: Triages,
    ) -> Changes | None:
        if baseline.last is None:
            return None
        since = _posted_at(baseline.last)
        past = snapshot.past
        if since - OBSERVED_LATE < snapshot.since:
            past = await self._snapshots.past(since - OBSERVED_LATE)
        pending = {image.id for image in snapshot.answer.images}
        pending |= {entry.id for entry in snapshot.answer.unreadable if entry.id is not None}
        known = {sighting.image.id: sighting for sighting in past.sightings}
        # One that sleeps is neither gone nor does it match the query no more; awake, it is news.
        now = snapshot.now
        shown = [each for each in baseline.shown if not triages.get(each, UNTOUCHED).sleeps(now)]
        return changes(picked, shown, since, pending, known)


NOTHING_YET = Baseline(last=None, shown=(), troubles=[])
"""Of a draft that nobody has saved."""


def _awake(
    found: list[PendingImage], query: Query, triages: Triages, now: datetime
) -> list[PendingImage]:
    """Return the images that are not snoozed, or all where the query says which it wants."""
    if query.says_snoozed:
        return found
    return [image for image in found if not triages.get(image.id, UNTOUCHED).sleeps(now)]


def _says_only_that_it_watches(content: DigestContent, delivery: Delivery) -> bool:
    """Return whether the schedule wants changes only, and there are none to tell."""
    if not content.schedule.only_changes or delivery.asked_by is not None:
        return False
    found = content.changes
    return found is not None and not found.new and not found.gone


def _sign_of_life_is_due(baseline: Baseline, now: datetime) -> bool:
    return baseline.last is None or now - _posted_at(baseline.last) >= SIGN_OF_LIFE_AFTER


def _posted_at(delivery: Delivery) -> datetime:
    return delivery.posting_at or delivery.finished_at or delivery.due

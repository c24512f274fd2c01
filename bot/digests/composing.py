"""From a schedule to what its digest says now: fetch, observe, pick, compare, render."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from bot.blocks.digests.digest import LONGEST_WAITING, DigestContent, digest_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.changes import Present, Stand, changes, stand
from bot.digests.lateness import lateness
from bot.digests.snapshot import TREND_DAYS, Snapshot, Snapshots
from bot.oncall.values import Triages
from bot.pick import pick
from bot.query import Query
from bot.schedule import Delivery, Draft, Schedule
from bot.sightings import awake, days_until, trend
from bot.store import Baseline, Past, Shown, Store

SIGN_OF_LIFE_AFTER = timedelta(days=7) - timedelta(hours=1)
"""A digest that is silent while nothing changes says so once a week; it may be a bit early, for
the last one may have been a bit late."""

OBSERVED_LATE = timedelta(hours=1)
"""What went before a digest, and was being decided on then, is told in the next one."""


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
        answer, before = snapshot.answer, _stand(baseline)
        past = await self._past(before, snapshot)
        known = {image.id for image in answer.images}
        known |= {sighting.image.id for sighting in past.sightings}
        triages = await self._store.triage.of(known)
        now = _present(draft.query, snapshot, past, triages)
        found = None
        if before is not None and baseline.last is not None:
            found = changes(before, now, draft.query, _posted_at(baseline.last))
        content = DigestContent(
            schedule=draft,
            answer=answer,
            picked=now.picked,
            changes=found,
            first_seen=snapshot.first_seen,
            trend=_trend(draft, snapshot.now, past, triages),
            origin=self._origin,
            now=snapshot.now,
            troubles=baseline.troubles,
            version_warning=await self._version_warning(),
            triages=triages,
            decisions=self._decisions,
            sleeping=len(now.asleep),
        )
        after = stand(before, now, found)
        shown = Shown(
            ids=after.shown,
            total=answer.total,
            matched=len(now.picked),
            data_at=answer.fetched_at,
            asleep=after.asleep,
            as_of=after.as_of,
        )
        return content, shown

    async def _past(self, before: Stand | None, snapshot: Snapshot) -> Past:
        """Return what was seen since the digest before, and in the days of the trend."""
        past = snapshot.past
        if before is None or before.as_of - OBSERVED_LATE >= snapshot.since:
            return past
        further = await self._snapshots.past(before.as_of - OBSERVED_LATE)
        return msgspec.structs.replace(further, observed_at=past.observed_at)


NOTHING_YET = Baseline(last=None, shown=(), troubles=[])
"""Of a draft that nobody has saved."""


def _stand(baseline: Baseline) -> Stand | None:
    """Return what the last digest knew; None where there was none."""
    last = baseline.last
    if last is None:
        return None
    as_of = baseline.as_of or last.data_at or _posted_at(last)
    return Stand(shown=baseline.shown, asleep=baseline.asleep, as_of=as_of)


def _present(query: Query, snapshot: Snapshot, past: Past, triages: Triages) -> Present:
    answer, now = snapshot.answer, snapshot.now
    # Without the question, what sleeps is known, and told from what does not match.
    asked = query.with_snoozed() if query.awake_only else query
    sorted_so = asked.with_sort(query.sort or LONGEST_WAITING)
    found = pick(answer.images, sorted_so, now, snapshot.first_seen, triages)
    picked = awake(found, triages, now) if query.awake_only else found
    shown = {image.id for image in picked}
    unreadable = {entry.id for entry in answer.unreadable if entry.id is not None}
    return Present(
        picked=picked,
        asleep=[image for image in found if image.id not in shown],
        listed={image.id for image in answer.images} | unreadable,
        past=past.sightings,
        triages=triages,
        as_of=past.observed_at or answer.fetched_at,
    )


def _trend(draft: Draft, now: datetime, past: Past, triages: Triages) -> list[int | None]:
    days = days_until(now, draft.timetable.timezone, TREND_DAYS)
    return trend(past.sightings, draft.query, days, past.began_at, triages)


def _says_only_that_it_watches(content: DigestContent, delivery: Delivery) -> bool:
    """Return whether the schedule wants changes only, and there are none to tell."""
    if not content.schedule.only_changes or delivery.asked_by is not None:
        return False
    found = content.changes
    return found is not None and not (found.new or found.woken or found.gone)


def _sign_of_life_is_due(baseline: Baseline, now: datetime) -> bool:
    return baseline.last is None or now - _posted_at(baseline.last) >= SIGN_OF_LIFE_AFTER


def _posted_at(delivery: Delivery) -> datetime:
    return delivery.posting_at or delivery.finished_at or delivery.due

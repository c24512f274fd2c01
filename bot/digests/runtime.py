"""All that delivers digests in one process, built once."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from bot.background.elapsed import elapsed
from bot.background.outage import Outage
from bot.background.pace import Pace
from bot.blocks.origin import Origin
from bot.digests.clock import DigestClock
from bot.digests.composing import Composer
from bot.digests.crew import Crew
from bot.digests.delivery import DigestDelivery
from bot.digests.explaining import AskStatus, Explaining
from bot.digests.first_seen import FirstSeenBoard
from bot.digests.looking import Looking
from bot.digests.posting import Posting
from bot.digests.records import Records
from bot.digests.snapshot import Fetch, Snapshots
from bot.digests.telling import Telling
from bot.digests.watch import Observed, Watch
from bot.errors import StoreError
from bot.schedule import Draft, Schedule
from bot.slack import Slack
from bot.store import Store
from bot.tasks import Spawn

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the digests work with, and who counts what they do."""

    store: Store
    slack: Slack
    fetch: Fetch
    ask_status: AskStatus | None
    """None where our account's id is not known."""
    version_warning: Callable[[], Awaitable[str | None]]
    origin: Origin
    drafts: Sequence[Draft]
    """The digests that the settings ask for."""
    admins: Collection[str]
    """The users who are told where one of these fails."""
    watch_seconds: float
    decisions: bool
    """Whether images can be accepted and rejected here at all."""
    observed: Observed
    """Told what the watch has seen."""
    spawn: Spawn
    observe_digest: Callable[[str, bool], None]
    observe_watch: Callable[[str], None]


class DigestRuntime:
    """The digests of one process: prepared, then started, stopped, and at last released."""

    def __init__(self, around: Surroundings) -> None:
        owner, store = secrets.token_hex(8), around.store
        self._store = store
        self._drafts = around.drafts
        self.settings_ids: set[int] = set()
        """The schedules that the settings ask for now; known once it is prepared."""
        self.board = FirstSeenBoard(store.sightings)
        explaining = Explaining(around.ask_status, store.sightings)
        snapshots = Snapshots(around.fetch, store, self.board, explaining)
        self.composer = Composer(
            snapshots=snapshots,
            store=store,
            origin=around.origin,
            version_warning=around.version_warning,
            started=_began(),
            decisions=around.decisions,
        )
        self._spawn = around.spawn
        self._telling = Telling(store.schedules, around.slack.post_once, around.admins)
        pace = Pace()
        self.crew = Crew(
            deliveries=store.deliveries,
            delivery=_delivery(around, self.composer, self._telling, pace),
            pace=pace,
            outage=Outage("claiming digests in the database"),
            settings_ids=self.settings_ids,
            spawn=around.spawn,
            owner=owner,
        )
        self.watch = Watch(
            snapshots=snapshots,
            sightings=store.sightings,
            explaining=explaining,
            seconds=around.watch_seconds,
            owner=owner,
            observed=around.observed,
            observe=around.observe_watch,
        )
        self.clock = DigestClock(
            store=store,
            crew=self.crew,
            watch=self.watch,
            telling=self._telling,
            board=self.board,
            pace=pace,
            outage=Outage("the digests' database"),
            settings_ids=self.settings_ids,
            spawn=around.spawn,
            observe=around.observe_digest,
        )

    def start(self) -> None:
        """Deliver and watch from now on, on the running event loop."""
        self.clock.start()
        self._spawn(self._tell_anew())

    async def prepare(self) -> list[Schedule]:
        """Bring the database up to date; return the settings' digests. Raise ``StoreError``."""
        await self._store.migrate()
        kept = await self._store.schedules.sync_settings(self._drafts)
        self.settings_ids.clear()
        self.settings_ids.update(schedule.id for schedule in kept)
        await self.board.reload()  # before the first list
        return kept

    async def _tell_anew(self) -> None:
        try:
            await self._telling.tell_anew()
        except StoreError as error:
            log.warning("makers of paused digests not told", error=str(error), remedy=error.remedy)

    async def release(self) -> None:
        """Leave to others at once what is in hand and not posted, now that nothing runs."""
        try:
            await self.crew.release()
        except StoreError as error:
            log.warning("deliveries not released", error=str(error), remedy=error.remedy)


def _delivery(
    around: Surroundings, composer: Composer, telling: Telling, pace: Pace
) -> DigestDelivery:
    store, slack = around.store, around.slack
    records = Records(store.deliveries, store.copies, around.observe_digest)
    posting = Posting(
        post=slack.post_once,
        deliveries=store.deliveries,
        records=records,
        telling=telling,
        pace=pace,
    )
    return DigestDelivery(
        store=store,
        composer=composer,
        looking=Looking(slack.find_post, store, records),
        posting=posting,
        records=records,
        origin=around.origin,
    )


def _began() -> Callable[[datetime], datetime]:
    """Return what tells, given the present moment of the database, when this process began."""
    began = elapsed()
    return lambda now: now - timedelta(seconds=elapsed() - began)

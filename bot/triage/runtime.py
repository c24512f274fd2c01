"""All that on-call's triage does by itself in one process, built once."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from bot.background.outage import Outage
from bot.errors import StoreError
from bot.images import FirstSeen, PendingImages
from bot.slack import Slack
from bot.store import Store, TriageAgenda
from bot.tasks import Again, Spawn
from bot.triage.access import Access
from bot.triage.deciding import Deciding, Rules
from bot.triage.in_hand import InHand
from bot.triage.jobs import Job
from bot.triage.looks import Looks, Recent
from bot.triage.membership import Membership
from bot.triage.messages import CallRules, Messages
from bot.triage.painting import Painting
from bot.triage.posting import Posting
from bot.triage.reconciling import Reconciling
from bot.triage.watching import Watching

LOOK_SECONDS = 5.0
"""How often to look besides: another replica may have changed what is due."""

SOONEST_SECONDS = 0.05

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What triage works with, and who counts what it does."""

    store: Store
    slack: Slack
    access: Access
    membership: Membership | None
    """None where our account's id is not known."""
    recent: Recent
    rules: Rules
    calls: CallRules
    watch_channel: str | None
    spawn: Spawn
    observe_decision: Callable[[str, str], None]


class TriageRuntime:
    """The triage of one process: started, woken when something has changed, and stopped.

    Nothing runs before ``start``; ``look`` may be called without.
    """

    def __init__(self, around: Surroundings) -> None:
        owner, store, slack = secrets.token_hex(8), around.store, around.slack
        self._owner = owner
        self._store = store
        self._spawn = around.spawn
        self._in_hand = InHand(store.decisions, owner, slack.post)
        self.deciding = Deciding(
            access=around.access,
            store=store,
            membership=around.membership,
            rules=around.rules,
            in_hand=self._in_hand,
            wake=self.wake,
            observe=around.observe_decision,
        )
        looks = Looks(store, around.recent, decisions=not around.access.decisions_off)
        self._reconciling = Reconciling(store, around.membership, self._in_hand, slack.post)
        self._painting = Painting(
            update=slack.update, copies=store.copies, looks=looks, owner=owner
        )
        self._posting = Posting(
            post=slack.post_once,
            find=slack.find_post,
            outbox=store.outbox,
            copies=store.copies,
            messages=Messages(looks, around.calls),
            owner=owner,
        )
        self._watching = _watching(around)
        self._records = self._job("recording how decisions ended", self._in_hand.record)
        self._ends = self._job("ending what was left open", self._reconciling.reconcile)
        self._paints = self._job("repainting messages", self._painting.paint)
        self._posts = self._job("posting to the watch channel", self._posting.work)
        self._outage = Outage("triage's database")
        self._timer: asyncio.TimerHandle | None = None
        self._looks = Again(self.look, around.spawn)
        self._started = False

    async def observed(self, answer: PendingImages, first_seen: FirstSeen) -> None:
        """Take note of what the watch has just seen. Raise ``StoreError``."""
        if self._watching is not None:
            await self._watching.observed(answer, first_seen)
        self.wake()

    def start(self) -> None:
        """Begin, on the running event loop; first of all, end what was left open."""
        self._started = True
        self.wake()

    async def stop(self) -> None:
        """Begin nothing more; what is under way goes on."""
        self._started = False
        self._painting.stopping = self._posting.stopping = True
        if self._timer:
            self._timer.cancel()

    async def release(self) -> None:
        """Leave to others at once what is in hand, now that nothing runs.

        Posts are given up; of decisions that were cut off it is recorded what is known.
        """
        await _as_far_as_it_goes(self._store.outbox.release(self._owner))
        await _as_far_as_it_goes(self._in_hand.record())

    def wake(self) -> None:
        """Look soon: something has changed."""
        if self._started:
            self._looks.ask()

    async def look(self) -> None:
        """Have done what is due, and wake for the next moment."""
        agenda = None
        try:
            if self._watching is not None:
                await self._watching.look()
            agenda = await self._store.triage_agenda()
        except StoreError as error:
            self._outage.met(error)
        else:
            self._outage.over()
            self._begin(agenda)
        finally:
            self._set_timer(agenda)

    def _begin(self, agenda: TriageAgenda) -> None:
        if self._in_hand.left():
            self._records.call()
        if agenda.open_decisions or not self._reconciling.has_looked:
            self._ends.call()
        if agenda.next_paint and agenda.next_paint <= agenda.now and not self._painting.left():
            self._paints.call()
        if agenda.next_outgoing and agenda.next_outgoing <= agenda.now and not self._posting.left():
            self._posts.call()

    def _set_timer(self, agenda: TriageAgenda | None) -> None:
        """Convert the next moment by the database's clock into so many seconds from now."""
        if not self._started:
            return
        if self._timer:
            self._timer.cancel()
        lefts = (self._painting.left(), self._posting.left(), self._in_hand.left())
        seconds = min(_waits(agenda, *lefts))
        self._timer = asyncio.get_running_loop().call_later(seconds, self.wake)

    def _job(self, what: str, work: Callable[[], Awaitable[bool]]) -> Job:
        return Job(what, work, self._spawn, self.wake)


async def _as_far_as_it_goes(release: Awaitable[object]) -> None:
    try:
        await release
    except StoreError as error:
        log.warning("not all was released", error=str(error), remedy=error.remedy)


def _watching(around: Surroundings) -> Watching | None:
    if around.watch_channel is None:
        return None
    return Watching(
        around.store,
        around.watch_channel,
        around.calls,
        explained=around.membership is not None,
    )


def _waits(agenda: TriageAgenda | None, *lefts: float) -> list[float]:
    """Return the seconds until each of what may be next, the usual look included."""
    moments = (agenda.next_paint, agenda.next_outgoing) if agenda else ()
    now = agenda.now if agenda else None
    waits = [(moment - now).total_seconds() for moment in moments if moment and now]
    later = [max(SOONEST_SECONDS, wait) for wait in (*waits, *lefts) if wait > 0]
    return [LOOK_SECONDS, *later]

"""What people do with a channel's digests, whether they type it or press a button.

Whoever may not is refused before anything is done, and a digest of another channel is not there:
its number alone tells nothing. But where the bot does not answer in a channel any more, a digest of
it is stopped from any other.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

import msgspec
import structlog

from bot.blocks.limits import HISTORY_PAGE
from bot.blocks.message import Message
from bot.blocks.schedules import notices
from bot.blocks.schedules.channel import ScheduleRow, schedules_message
from bot.blocks.schedules.history import history_message
from bot.blocks.schedules.state import ScheduleState
from bot.errors import ScheduleError, ScheduleGone
from bot.listeners.digests.rights import Rights
from bot.listeners.places import can_look, check_place
from bot.schedule import Draft, Schedule, draft_of
from bot.slack import Slack
from bot.store import NEW_REVISION, Store
from bot.triage.access import Access

log = structlog.get_logger(__name__)


class Saved(msgspec.Struct, frozen=True):
    """A digest as it is kept now."""

    schedule: Schedule
    said: str
    """What was done, in our own mrkdwn."""


class RunningDigests(msgspec.Struct, frozen=True):
    """What the digests that run tell and do for those who look after them."""

    settings_ids: Callable[[], Collection[int]]
    """The ids of the digests that the settings ask for now."""
    preview: Callable[[Draft], Awaitable[Message]]
    """What a digest would say now; raises ``ScpError``."""
    wake: Callable[[], None]
    """Have what is due looked at soon."""


class Digests:
    """The digests of the settings, and those that people make.

    Its methods raise ``BotError``: ``StoreError``, and ``ScheduleGone`` and ``NotAllowed`` where
    they mean one digest.
    """

    def __init__(
        self,
        *,
        store: Store,
        slack: Slack,
        rights: Rights,
        access: Access,
        running: RunningDigests,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._slack = slack
        self._rights = rights
        self._access = access
        self._running = running
        self._now = now

    async def shown(self, channel_id: str, state: ScheduleState, said: str = "") -> Message:
        """Return the channel's digests, with a line of our own above them where one is given."""
        settings_ids = self._running.settings_ids()
        listed = await self._store.schedules.of_channel(channel_id, settings_ids)
        rows = [ScheduleRow(item.schedule, item.last) for item in listed]
        looked_up = await can_look(self._slack, channel_id) if rows else None
        return schedules_message(rows, state, can_look=looked_up, now=self._now(), said=said)

    async def found(self, channel_id: str, schedule_id: int, *, stranded: bool = False) -> Schedule:
        """Return a digest of the channel; ``stranded``: or of one where the bot does not answer."""
        schedule = await self._store.schedules.get(schedule_id)
        if schedule is None or self._is_outdated(schedule):
            raise ScheduleGone(schedule_id)
        is_stranded = not self._access.answers_in(schedule.channel)
        if schedule.channel != channel_id and not (stranded and is_stranded):
            raise ScheduleGone(schedule_id)
        return schedule

    async def changeable(
        self, user_id: str, channel_id: str, schedule_id: int, *, stranded: bool = False
    ) -> Schedule:
        """Return a digest that this person may change, as ``found``."""
        schedule = await self.found(channel_id, schedule_id, stranded=stranded)
        await self._rights.check(user_id, schedule)
        return schedule

    async def add(
        self, user_id: str, draft: Draft, asked_in: str, *, zone_guessed: bool = False
    ) -> Saved:
        """Set a digest up, once however often it is asked for in the same form or command."""
        checked = await self._check(draft)
        alike = await self._alike(draft)
        schedule = await self._store.schedules.add(draft, user_id, asked_in or None)
        if draft_of(schedule) != draft:  # saved again, and otherwise: the first answer was lost
            schedule = await self._store.schedules.change(schedule.id, NEW_REVISION, draft)
        self._running.wake()
        log.info("digest added", schedule=schedule.id, channel=draft.channel, user=user_id)
        twin = next((number for number in alike if number != schedule.id), None)
        said = notices.added_text(schedule, zone_guessed=zone_guessed, twin=twin)
        return Saved(schedule, said if checked else f"{said} {notices.unchecked_text(schedule)}")

    async def change(self, user_id: str, schedule: Schedule, draft: Draft) -> Saved:
        """Change a digest, as it was seen, into what is asked."""
        await self._rights.check(user_id, schedule)
        checked = await self._check(draft)
        changed = await self._store.schedules.change(schedule.id, schedule.revision, draft)
        self._running.wake()
        log.info("digest changed", schedule=schedule.id, channel=draft.channel, user=user_id)
        said = notices.changed_text(changed)
        return Saved(changed, said if checked else f"{said} {notices.unchecked_text(changed)}")

    async def pause(self, user_id: str, channel_id: str, schedule_id: int) -> str:
        """Pause a digest; return what was done."""
        schedule = await self.changeable(user_id, channel_id, schedule_id, stranded=True)
        if schedule.paused_at is not None:
            return notices.paused_already_text(schedule)
        paused = await self._store.schedules.pause(schedule_id, user_id)
        log.info("digest paused", schedule=schedule_id, user=user_id)
        return notices.paused_text(paused)

    async def resume(self, user_id: str, channel_id: str, schedule_id: int) -> str:
        """Let a paused digest run again, from now on; return what was done."""
        schedule = await self.found(channel_id, schedule_id, stranded=True)
        await self._rights.check_resuming(user_id, schedule)
        if schedule.paused_at is None:
            return notices.running_already_text(schedule)
        resumed = await self._store.schedules.resume(schedule_id)
        self._running.wake()
        log.info("digest resumed", schedule=schedule_id, user=user_id)
        return notices.resumed_text(resumed)

    async def delete(self, user_id: str, channel_id: str, schedule_id: int) -> str:
        """Delete a digest; return what was done."""
        schedule = await self.changeable(user_id, channel_id, schedule_id, stranded=True)
        await self._store.schedules.delete(schedule_id)
        log.info("digest deleted", schedule=schedule_id, user=user_id)
        return notices.deleted_text(schedule)

    async def send(self, user_id: str, channel_id: str, schedule_id: int) -> str:
        """Have a digest posted now, once a minute; return what was done."""
        schedule = await self.changeable(user_id, channel_id, schedule_id)
        planned = await self._store.deliveries.plan_now(schedule_id, user_id)
        self._running.wake()
        if planned is None:
            return notices.sent_already_text(schedule)
        log.info("digest sent by hand", schedule=schedule_id, user=user_id)
        return notices.on_its_way_text(schedule)

    async def deletion(self, user_id: str, channel_id: str, schedule_id: int) -> Message:
        """Return the question whether to delete a digest."""
        schedule = await self.changeable(user_id, channel_id, schedule_id, stranded=True)
        return notices.deletion_message(schedule, self._now())

    async def preview(self, channel_id: str, schedule_id: int) -> Message:
        """Return what a digest would say now. Raise ``ScpError``."""
        return await self._running.preview(await self.found(channel_id, schedule_id))

    async def history(self, channel_id: str, schedule_id: int | None, page: int = 1) -> Message:
        """Return a page of the deliveries of one digest, be it deleted meanwhile, or of all."""
        page = max(1, page)
        found = await self._store.deliveries.history(
            channel_id,
            schedule_id=schedule_id,
            limit=HISTORY_PAGE + 1,
            skip=(page - 1) * HISTORY_PAGE,
        )
        if schedule_id is not None and not found and page == 1:
            await self.found(channel_id, schedule_id)
        has_older = len(found) > HISTORY_PAGE
        return history_message(found[:HISTORY_PAGE], schedule_id, page, has_older=has_older)

    async def _check(self, draft: Draft) -> bool:
        """Raise ``ScheduleError`` for what cannot be kept; return as ``check_place``."""
        _check_mentions(draft)
        if not self._access.answers_in(draft.channel):
            raise ScheduleError(
                "The bot does not answer in that channel, so nobody could look after a digest "
                "there.",
                "Choose one where it answers, or ask the bot's operators to add this one "
                "(CHANNELS).",
                field="channel",
            )
        return await check_place(self._slack, draft.channel)

    async def _alike(self, draft: Draft) -> list[int]:
        """Return the numbers of the digests that ask for just that."""
        settings_ids = self._running.settings_ids()
        listed = await self._store.schedules.of_channel(draft.channel, settings_ids)
        return [item.schedule.id for item in listed if draft_of(item.schedule) == draft]

    def _is_outdated(self, schedule: Schedule) -> bool:
        """Tell whether it is of settings that name its channel no more."""
        return schedule.made_by is None and schedule.id not in self._running.settings_ids()


def _check_mentions(draft: Draft) -> None:
    if draft.mention_after and not draft.mentions:
        raise ScheduleError(
            "Nobody is mentioned, so a waiting time to mention them from does nothing.",
            "Name somebody too (typed: mention:U0123456789), or leave the waiting time out "
            "(typed: mention-after:none).",
            field="mention_after",
        )

"""The form in which people set digests up and change them: opened, and helped while filled in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from bot.blocks.message import View
from bot.blocks.schedules.form import form_view, new_draft
from bot.blocks.schedules.menus import country_options, zone_options
from bot.blocks.schedules.modal import FormMetadata, form_title
from bot.blocks.state import from_value
from bot.errors import SlackError
from bot.listeners.boundary import Ack
from bot.listeners.digests.digests import Digests
from bot.listeners.digests.query_check import QueryCheck
from bot.listeners.listings.actions import asked_by
from bot.listeners.listings.listings import Asked
from bot.listeners.payloads import Click, Suggestion
from bot.listeners.places import DEFAULT_ZONE, in_time, zone_of
from bot.listeners.windows import Windows
from bot.query import Query
from bot.schedule import check_digest_query
from bot.slack import Slack

log = structlog.get_logger(__name__)


class ScheduleForm:
    """Opens the form and offers what its long menus hold."""

    def __init__(
        self,
        digests: Digests,
        check: QueryCheck,
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._digests = digests
        self._check = check
        self._slack = slack
        self._windows = Windows(slack)
        self._now = now

    async def open_add(
        self, trigger_id: str, asked: Asked, query: Query = Query(), *, replace: bool = False
    ) -> None:
        """Open the form of a new digest for the channel; ``replace`` is of ``FormMetadata``.

        Raise ``SlackError``.
        """
        metadata = FormMetadata(
            channel_id=asked.channel_id, response_url=asked.response_url, replace=replace
        )
        fill = partial(self._new, metadata, asked.user_id, query)
        await self._open(trigger_id, form_title(None), fill)

    async def open_edit(
        self, trigger_id: str, asked: Asked, schedule_id: int, *, replace: bool = False
    ) -> None:
        """Open the form of a digest of the channel, or say in its place why the person may not.

        Raise ``SlackError``.
        """
        fill = partial(self._known, asked, schedule_id, replace)
        await self._open(trigger_id, form_title(schedule_id), fill)

    async def make_digest(self, ack: Ack, click: Click) -> None:
        """Make this a digest: the form, with the listing's query. Raise ``QueryError``."""
        await ack()
        state = from_value(click.action.chosen)
        check_digest_query(state.query)
        await self.open_add(click.trigger_id, asked_by(click), state.query)

    async def zones(self, ack: Ack, suggestion: Suggestion) -> None:
        """Offer the time zones that fit what is typed."""
        await ack(**zone_options(suggestion.value, self._now()))

    async def countries(self, ack: Ack, suggestion: Suggestion) -> None:
        """Offer the countries that fit what is typed."""
        await ack(**country_options(suggestion.value))

    async def _open(self, trigger_id: str, title: str, fill: Callable[[], Awaitable[View]]) -> None:
        view = await self._windows.open(trigger_id, title, fill)
        if view is not None:
            await self._check.opened(view)

    async def _new(self, metadata: FormMetadata, user_id: str, query: Query) -> View:
        zone, groups, check = await asyncio.gather(
            zone_of(self._slack, user_id), self._groups(), self._check.first(query)
        )
        draft = new_draft(metadata.channel_id, zone or DEFAULT_ZONE, query)
        return form_view(metadata, draft, groups, check, self._now())

    async def _known(self, asked: Asked, schedule_id: int, replace: bool) -> View:
        schedule = await self._digests.changeable(asked.user_id, asked.channel_id, schedule_id)
        metadata = FormMetadata(
            channel_id=asked.channel_id,
            response_url=asked.response_url,
            replace=replace,
            schedule_id=schedule.id,
            revision=schedule.revision,
        )
        groups, check = await asyncio.gather(self._groups(), self._check.first(schedule.query))
        return form_view(metadata, schedule, groups, check, self._now())

    async def _groups(self) -> Mapping[str, str] | None:
        """Return the names of the user groups by id; None where Slack does not tell."""
        try:
            groups = await in_time(self._slack.user_groups())
        except SlackError as error:
            log.info("user groups not known", code=error.code)
            return None
        return {group.id: f"@{group.handle} · {group.name}" for group in groups}

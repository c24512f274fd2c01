"""Tells, while a query is typed into a form, how many images match it now, or what is wrong.

People type faster than Slack and SCP answer. So the line under the query follows the last
keystroke alone: an answer to an earlier one is dropped, and whoever changed the form in between
(another replica) is not overwritten: Slack compares hashes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.blocks.message import Block
from bot.blocks.query_check import matches_block, mistake_block, not_counted_block, with_check
from bot.blocks.schedule_modal import FormMetadata, form_modal
from bot.errors import QueryError, ScpError, SlackError
from bot.images import FirstSeen, PendingImages
from bot.listeners.boundary import Ack
from bot.listeners.listings import ImageSource
from bot.listeners.options import images_in_time
from bot.listeners.payloads import SubmittedView, Typing
from bot.pick import pick
from bot.query import Query, parse_query
from bot.slack import Slack

log = structlog.get_logger(__name__)

_OVERTAKEN = frozenset({"hash_conflict", "not_found"})
"""What Slack says of a view that was changed or closed meanwhile."""

_VIEWS_KEPT = 256
"""Of so many forms the last keystroke is known; of any more the oldest is forgotten, and its line
may lag by a keystroke."""


@dataclass
class _Form:
    """One open form, as this process knows it."""

    typed_at: str = ""
    """When its last keystroke was; Slack's timestamp."""
    hash: str = ""
    """As our last update left it."""
    replaced: set[str] = field(default_factory=set)
    """The hashes that our updates have replaced."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def present(self, seen: str) -> str:
        """Return the hash of what our updates made of the view that somebody typed into."""
        return self.hash if seen in self.replaced else seen


class QueryCheck:
    """Checks queries for forms."""

    def __init__(
        self,
        images: ImageSource,
        first_seen: Callable[[], FirstSeen],
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._images = images
        self._first_seen = first_seen
        self._slack = slack
        self._now = now
        self._forms: dict[str, _Form] = {}

    async def first(self, query: Query) -> Block:
        """Return the line that a form opens with, soon."""
        answer = await images_in_time(self._images)
        return self._counted(query, answer) if answer else not_counted_block(query, None)

    async def typed(self, ack: Ack, typing: Typing) -> None:
        """Show the line for what has been typed so far, unless more was typed meanwhile."""
        await ack()
        form, at = self._form(typing.view.id), typing.action.action_ts
        form.typed_at = max(form.typed_at, at)
        check = await self._checked(typing.action.chosen)
        async with form.lock:
            if form.typed_at == at:
                await self._update(form, typing.view, check)

    async def _checked(self, typed: str) -> Block:
        try:
            query = parse_query(typed)
        except QueryError as error:
            return mistake_block(error)
        try:
            return self._counted(query, await self._images.get())
        except ScpError as error:
            log.warning("query not counted", error=type(error).__name__, what=str(error))
            return not_counted_block(query, error)

    def _counted(self, query: Query, answer: PendingImages) -> Block:
        picked = pick(answer.images, query, self._now(), self._first_seen())
        return matches_block(query, len(picked), answer.total)

    async def _update(self, form: _Form, view: SubmittedView, check: Block) -> None:
        metadata = FormMetadata.decode(view.private_metadata)
        modal = form_modal(metadata, with_check(view.blocks, check))
        seen = form.present(view.hash)
        try:
            form.hash = await self._slack.update_view(view.id, modal, hash=seen)
        except SlackError as error:
            # The line is a convenience: what is saved is checked again.
            told = log.info if error.code in _OVERTAKEN else log.warning
            told("query's line not updated", code=error.code)
        else:
            form.replaced.add(seen)

    def _form(self, view_id: str) -> _Form:
        form = self._forms.pop(view_id, None) or _Form()
        self._forms[view_id] = form  # the last used is the last
        if len(self._forms) > _VIEWS_KEPT:
            del self._forms[next(iter(self._forms))]
        return form

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
from bot.blocks.schedules.modal import FormMetadata, form_modal
from bot.blocks.schedules.query_check import (
    NOT_COUNTED_TEXT,
    counting_block,
    matches_block,
    matches_text,
    mistake_block,
    not_counted_block,
    query_being_counted,
    with_check,
)
from bot.errors import QueryError, ScpError, SlackError, StoreError
from bot.images import FirstSeen
from bot.listeners.boundary import Ack
from bot.listeners.listings.listings import ImageSource
from bot.listeners.listings.told import Told, ToldTriages, asks_of_oncall
from bot.listeners.payloads import ShownView, Typing
from bot.pick import pick
from bot.query import Query, parse_query
from bot.schedule import parse_digest_query
from bot.slack import Slack

log = structlog.get_logger(__name__)

_OVERTAKEN = frozenset({"hash_conflict", "not_found"})
"""What Slack says of a view that was changed or closed meanwhile."""

PATIENCE_SECONDS = 1.0
"""How long a form waits for its count before it opens without."""

TYPED_PATIENCE_SECONDS = 3.0
"""How long an answer to what was typed waits for it; SCP takes a second (``scp/facts.md``)."""

SILENT_SECONDS = 0.5
"""How long the line may tell of an earlier keystroke before it says that it counts."""

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
        *,
        images: ImageSource,
        first_seen: Callable[[], FirstSeen],
        slack: Slack,
        now: Callable[[], datetime],
        told: ToldTriages,
    ) -> None:
        self._images = images
        self._first_seen = first_seen
        self._slack = slack
        self._now = now
        self._told = told
        self._forms: dict[str, _Form] = {}

    async def first(self, query: Query) -> Block:
        """Return the line that a form opens with: the count, or soon that it is being counted."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._counted(query)
        except TimeoutError:
            return counting_block(query)

    async def in_words(self, query: Query) -> str:
        """Return how many match, after a blank and in our own mrkdwn, or that it is not known.

        It is told beside what was done, so that a word read as the query is noticed.
        """
        try:
            async with asyncio.timeout(TYPED_PATIENCE_SECONDS):
                return f" {matches_text(*await self._count(query))}."
        except (ScpError, StoreError, TimeoutError) as error:
            log.info("query not counted in time", error=type(error).__name__)
            return f" {NOT_COUNTED_TEXT}"

    async def opened(self, view: ShownView) -> None:
        """Finish the line of a form that has opened without its count."""
        query = query_being_counted(view.blocks)
        if query is not None:
            counted = await self._counted(parse_query(query))
            await self._show(view, "", counted)

    async def typed(self, ack: Ack, typing: Typing) -> None:
        """Show the line for what has been typed so far, unless more was typed meanwhile."""
        await ack()
        view, at = typing.view, typing.action.action_ts
        form = self._form(view.id)
        form.typed_at = max(form.typed_at, at)
        try:
            query = parse_digest_query(typing.action.chosen)
        except QueryError as error:
            await self._show(view, at, mistake_block(error))
            return
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                counted = await self._counted(query)
        except TimeoutError:
            await self._show(view, at, counting_block(query))
            counted = await self._counted(query)
        await self._show(view, at, counted)

    async def _counted(self, query: Query) -> Block:
        try:
            return matches_block(query, *await self._count(query))
        except (ScpError, StoreError) as error:
            log.warning("query not counted", error=type(error).__name__, what=str(error))
            return not_counted_block(query, error)

    async def _count(self, query: Query) -> tuple[int, int]:
        """Return how many images match, and how many there are.

        Raise ``ScpError``; ``StoreError`` where the database alone knows what matches.
        """
        answer = await self._images.get()
        told = await self._told.of(answer.images, query) if asks_of_oncall(query) else Told()
        first_seen = self._first_seen()
        picked = pick(answer.images, query, self._now(), first_seen, told.triages)
        return len(picked), answer.total

    async def _show(self, view: ShownView, typed_at: str, check: Block) -> None:
        """Show a line, unless more was typed since then."""
        form = self._form(view.id)
        async with form.lock:
            if form.typed_at == typed_at:
                await self._update(form, view, check)

    async def _update(self, form: _Form, view: ShownView, check: Block) -> None:
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

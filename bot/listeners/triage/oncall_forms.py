"""Snooze and Note: the windows that ask until when, or for a text; nothing typed is lost."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import structlog

from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import from_card_value
from bot.blocks.inputs import FormErrors, error_text
from bot.blocks.message import View
from bot.blocks.triage.notices import not_done_message, noted_message
from bot.blocks.triage.noting import NOTE_TITLE, note_view, read_note
from bot.blocks.triage.snoozing import SNOOZE_TITLE, read_snooze, snooze_view
from bot.errors import BotError
from bot.listeners.boundary import Ack
from bot.listeners.listings.known_images import KnownImages
from bot.listeners.payloads import Click, Submission
from bot.listeners.places import DEFAULT_ZONE, zone_of
from bot.listeners.together import both
from bot.listeners.triage.oncall import OnCall, Outcome, Wish
from bot.listeners.triage.redrawing import Redrawing, where_from, where_of
from bot.listeners.windows import Windows
from bot.oncall.snoozing import choices
from bot.slack import Slack

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.5
"""Of Slack's 3 for the answer to a submission (``slack/facts.md``): what is not kept by then is
kept behind the closed window, and told if it fails."""

Fill = Callable[[CardMetadata, str], Coroutine[Any, Any, View]]
"""Returns a form, given what it must remember and who opened it."""


class OnCallForms:
    """Opens the forms and answers them."""

    def __init__(
        self,
        *,
        oncall: OnCall,
        known: KnownImages,
        redrawing: Redrawing,
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._oncall = oncall
        self._known = known
        self._redrawing = redrawing
        self._slack = slack
        self._windows = Windows(slack)
        self._now = now

    async def open_snooze(self, ack: Ack, click: Click) -> None:
        """Snooze: ask until when."""
        await ack()
        await self._open(click, SNOOZE_TITLE, self._snooze_form)

    async def open_note(self, ack: Ack, click: Click) -> None:
        """Note: ask for a text."""
        await ack()
        await self._open(click, NOTE_TITLE, self._note_form)

    async def snooze(self, ack: Ack, submission: Submission) -> None:
        """Let the image rest, by the clocks of whoever asked."""
        metadata = CardMetadata.decode(submission.view.private_metadata)
        timezone, values = metadata.timezone or DEFAULT_ZONE, submission.view.state.values
        try:
            until, reason = read_snooze(values, self._now(), timezone)
        except FormErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        snoozing = self._oncall.snooze(_wish(submission, metadata), until, reason)
        outcome = await self._in_time(ack, submission, snoozing)
        if outcome is None:
            return
        where = where_from(submission.user.id, metadata)
        if not outcome.done:
            said = not_done_message(outcome.image, outcome.triage, self._now())
            await self._redrawing.tell(where, said)
        await self._redrawing.show(where)

    async def note(self, ack: Ack, submission: Submission) -> None:
        """Keep the text with the image."""
        metadata = CardMetadata.decode(submission.view.private_metadata)
        try:
            text = read_note(submission.view.state.values)
        except FormErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        noting = self._oncall.note(_wish(submission, metadata), text, submission.view.id)
        outcome = await self._in_time(ack, submission, noting)
        if outcome is None:
            return
        where = where_from(submission.user.id, metadata)
        if not metadata.details_id:  # which shows the notes
            await self._redrawing.tell(where, noted_message(outcome.image))
        await self._redrawing.show(where)

    async def _open(self, click: Click, title: str, fill: Fill) -> None:
        value = from_card_value(click.action.chosen)
        metadata = where_of(click, value).metadata(value)
        above = click.view is not None and click.view.type == "modal"
        filling = partial(fill, metadata, click.user.id)
        await self._windows.open(click.trigger_id, title, filling, above=above)

    async def _snooze_form(self, metadata: CardMetadata, user_id: str) -> View:
        zone, image = await both(zone_of(self._slack, user_id), self._known.shown(metadata.ref))
        # the submission goes by the same clock as what the form offers, and need not ask for it
        kept = msgspec.structs.replace(metadata, timezone=zone or DEFAULT_ZONE)
        return snooze_view(image, choices(self._now(), kept.timezone), kept)

    async def _note_form(self, metadata: CardMetadata, _user_id: str) -> View:
        return note_view(await self._known.shown(metadata.ref), metadata)

    async def _in_time(
        self,
        ack: Ack,
        submission: Submission,
        doing: Coroutine[Any, Any, Outcome],
    ) -> Outcome | None:
        """Return what became of it; None where it failed, and the form says so.

        Slack is told in time whatever the database does. Raise ``BotError`` where the form has
        closed by then.
        """
        task = asyncio.create_task(doing)
        try:
            await asyncio.wait({task}, timeout=max(0.0, PATIENCE_SECONDS - ack.seconds))
            if not task.done():
                await ack()
                return await task
        finally:
            task.cancel()
        try:
            outcome = task.result()
        except BotError as error:
            log.warning("form not kept", error=type(error).__name__, what=str(error))
            await ack(
                response_action="errors", errors={_first_input(submission): error_text(error)}
            )
            return None
        await ack()
        return outcome


def _first_input(submission: Submission) -> str:
    """Return the block id of the input at which an error of the whole form is told."""
    inputs = (block for block in submission.view.blocks if block["type"] == "input")
    return str(next(inputs)["block_id"])


def _wish(submission: Submission, metadata: CardMetadata) -> Wish:
    return Wish(metadata.ref, submission.user.id, metadata.channel)

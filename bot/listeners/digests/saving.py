"""Saves what is submitted of a digest's form, and tells how that went."""

import asyncio

import structlog

from bot.blocks.inputs import FormErrors
from bot.blocks.schedules import notices
from bot.blocks.schedules.modal import (
    FormMetadata,
    not_saved_view,
    overtaken_modal,
    refused_modal,
    saved_view,
    saving_view,
)
from bot.blocks.schedules.reading import at_field, read_form
from bot.blocks.schedules.state import ScheduleState
from bot.errors import BotError, ScheduleChanged, SlackError, StoreError
from bot.listeners.boundary import Ack
from bot.listeners.digests.digests import Digests, Saved
from bot.listeners.payloads import Submission
from bot.listeners.windows import Windows
from bot.schedule import Draft, Schedule, draft_of
from bot.slack import Slack

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.3
"""Of Slack's 3 for the answer to a submission (``slack/facts.md``): what is not saved by then is
saved behind a window that says so."""


class _Overtaken(ScheduleChanged):
    """Somebody else has saved the digest since the form was opened."""

    def __init__(self, now: Schedule) -> None:
        super().__init__(now.id)
        self.now = now


class ScheduleSaving:
    """Answers the form's Save."""

    def __init__(self, digests: Digests, slack: Slack) -> None:
        self._digests = digests
        self._slack = slack
        self._windows = Windows(slack)

    async def save_digest(self, ack: Ack, submission: Submission) -> None:
        """Save, or say at the inputs what is wrong; nothing that was typed is lost."""
        metadata = FormMetadata.decode(submission.view.private_metadata)
        try:
            draft = read_form(submission.view.state.values)
        except FormErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        saving = asyncio.create_task(self._saved(metadata, submission, draft))
        try:
            await asyncio.wait({saving}, timeout=max(0.0, PATIENCE_SECONDS - ack.seconds))
            if saving.done():
                await self._answer(ack, submission, metadata, saving)
            else:
                await ack(response_action="update", view=saving_view(metadata))
                await self._answer_late(submission, metadata, draft, saving)
        finally:
            saving.cancel()

    async def _saved(self, metadata: FormMetadata, submission: Submission, draft: Draft) -> Saved:
        user_id = submission.user.id
        if metadata.schedule_id is None:
            return await self._digests.add(user_id, draft, submission.view.id)
        seen = await self._digests.found(metadata.channel_id, metadata.schedule_id)
        if draft == draft_of(seen):
            return Saved(seen, notices.unchanged_text(seen))
        if seen.revision != metadata.revision:
            raise _Overtaken(seen)
        try:
            return await self._digests.change(user_id, seen, draft)
        except ScheduleChanged as error:
            raise _Overtaken(await self._digests.found(seen.channel, seen.id)) from error

    async def _answer(
        self,
        ack: Ack,
        submission: Submission,
        metadata: FormMetadata,
        saving: asyncio.Task[Saved],
    ) -> None:
        """Answer in the ack: close the form, or keep it open and say why."""
        view = submission.view
        try:
            saved = await saving
        except _Overtaken as error:
            log.info("digest changed meanwhile", schedule=error.now.id)
            overtaken = overtaken_modal(metadata, view.blocks, error.now)
            await ack(response_action="update", view=overtaken)
            return
        except BotError as error:
            log.warning("digest not saved", error=type(error).__name__, what=str(error))
            wrong = at_field(error, view.state.values)
            if wrong is not None:
                await ack(response_action="errors", errors=wrong.errors)
            else:
                refused = refused_modal(metadata, view.blocks, error)
                await ack(response_action="update", view=refused)
            return
        await ack(response_action="clear")
        await self._tell(submission.user.id, metadata, saved)

    async def _answer_late(
        self,
        submission: Submission,
        metadata: FormMetadata,
        draft: Draft,
        saving: asyncio.Task[Saved],
    ) -> None:
        """Answer in the window that has taken the form's place."""
        view_id = submission.view.id
        try:
            saved = await saving
        except BotError as error:
            log.warning("digest not saved late", error=type(error).__name__, what=str(error))
            await self._windows.update(view_id, not_saved_view(metadata, error, draft))
            return
        await self._windows.update(view_id, saved_view(metadata, saved.said))
        await self._tell(submission.user.id, metadata, saved)

    async def _tell(self, user_id: str, metadata: FormMetadata, saved: Saved) -> None:
        """Show the digests of the channel where the person is; or tell them directly."""
        schedule, said = saved.schedule, saved.said
        here = schedule.channel == metadata.channel_id
        state = ScheduleState(schedule_id=schedule.id if here else None)
        above = said if here else f"{said} {notices.elsewhere_text(schedule)}"
        try:
            message = await self._digests.shown(metadata.channel_id, state, above)
            await self._slack.respond(
                metadata.response_url, message, replace_original=metadata.replace
            )
        except (StoreError, SlackError) as error:
            log.info("told directly instead", error=type(error).__name__, what=str(error))
            await self._slack.post(user_id, notices.saved_message(schedule, said))

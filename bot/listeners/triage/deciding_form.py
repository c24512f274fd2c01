"""Accept and Reject: the window that tells what is at stake, and what becomes of its submission."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from bot.blocks.cards.details import failure_view
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import from_card_value
from bot.blocks.failures import failure_message
from bot.blocks.inputs import FormErrors
from bot.blocks.message import View
from bot.blocks.triage.deciding import (
    decide_title,
    decide_view,
    read_reason,
    result_message,
    results_view,
    working_view,
)
from bot.errors import BotError
from bot.listeners.boundary import Ack
from bot.listeners.payloads import Click, Submission
from bot.listeners.triage.decisions import Decided, Decisions, Wanted
from bot.listeners.triage.redrawing import Redrawing, where_from, where_of
from bot.listeners.windows import Windows
from bot.oncall.values import MemberStatus
from bot.slack import Slack

log = structlog.get_logger(__name__)


class DecidingForm:
    """Opens the form and answers it."""

    def __init__(
        self,
        decisions: Decisions,
        redrawing: Redrawing,
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._decisions = decisions
        self._redrawing = redrawing
        self._windows = Windows(slack)
        self._now = now

    async def accept(self, ack: Ack, click: Click) -> None:
        """Accept: ask."""
        await ack()
        await self._open(click, "accepted")

    async def reject(self, ack: Ack, click: Click) -> None:
        """Reject: ask, and why."""
        await ack()
        await self._open(click, "rejected")

    async def decide(self, ack: Ack, submission: Submission) -> None:
        """Decide, and tell what became of it in the form's place."""
        metadata = CardMetadata.decode(submission.view.private_metadata)
        reason = await given_reason(ack, submission, metadata.status, decide_title(metadata.status))
        if reason is None:
            return
        wanted = _wanted(submission.user.id, metadata, reason=reason)
        try:
            async with self._windows.deciding(submission.view.id):
                decided = await self._decisions.decide(wanted)
        except BotError as error:
            log.warning("not decided", error=type(error).__name__, what=str(error))
            await self._tell_failure(submission, metadata, error)
            return
        await self._tell(submission, metadata, decided)

    async def _open(self, click: Click, status: MemberStatus) -> None:
        value = from_card_value(click.action.chosen)
        metadata = where_of(click, value).metadata(value, status)
        above = click.view is not None and click.view.type == "modal"
        fill = partial(self._form, _wanted(click.user.id, metadata), metadata)
        await self._windows.open(click.trigger_id, decide_title(status), fill, above=above)

    async def _form(self, wanted: Wanted, metadata: CardMetadata) -> View:
        stakes = await self._decisions.stakes(wanted)
        if isinstance(stakes, Decided):
            return results_view([(stakes.image, stakes.result)], self._now())
        return decide_view(stakes, metadata, self._now())

    async def _tell(self, submission: Submission, metadata: CardMetadata, decided: Decided) -> None:
        """Tell in the window; where it was closed meanwhile, beside what the person looks at."""
        items, now = [(decided.image, decided.result)], self._now()
        view = results_view(items, now)
        where = where_from(submission.user.id, metadata)
        if not await self._windows.told(submission.view.id, view):
            await self._redrawing.tell(where, result_message(decided.image, decided.result, now))
        await self._redrawing.show(where)

    async def _tell_failure(
        self, submission: Submission, metadata: CardMetadata, error: BotError
    ) -> None:
        if not await self._windows.told(submission.view.id, failure_view(error)):
            where = where_from(submission.user.id, metadata)
            await self._redrawing.tell(where, failure_message(error))


async def given_reason(
    ack: Ack, submission: Submission, status: MemberStatus, title: str
) -> str | None:
    """Answer a form that decides: that it is being done, or what is wrong with its reason.

    Return the reason; None where it is wrong.
    """
    try:
        reason = read_reason(submission.view.state.values, required=status == "rejected")
    except FormErrors as error:
        await ack(response_action="errors", errors=error.errors)
        return None
    await ack(response_action="update", view=working_view(title))
    return reason


def _wanted(user_id: str, metadata: CardMetadata, *, reason: str = "") -> Wanted:
    return Wanted(
        ref=metadata.ref,
        round=metadata.round,
        status=metadata.status,
        expected=metadata.expected,
        by=user_id,
        channel=metadata.channel,
        reason=reason,
        proposal_seen=metadata.proposal_seen,
    )

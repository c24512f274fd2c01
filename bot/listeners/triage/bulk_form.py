"""Select several: which, whether really, and then each decided by itself."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from bot.blocks.cards.details import loading_view
from bot.blocks.inputs import FormErrors
from bot.blocks.message import Message, View
from bot.blocks.state import from_value
from bot.blocks.triage.bulk import (
    BULK_TITLE,
    bulk_confirm_view,
    bulk_pick_view,
    read_bulk_pick,
)
from bot.blocks.triage.bulk_metadata import BulkMetadata
from bot.blocks.triage.deciding import results_view
from bot.listeners.boundary import Ack
from bot.listeners.listings.actions import asked_by
from bot.listeners.listings.listings import Listings
from bot.listeners.payloads import Click, Submission
from bot.listeners.triage.deciding_form import given_reason
from bot.listeners.triage.decisions import Decided, Decisions, Wanted
from bot.listeners.triage.redrawing import Redrawing, Where
from bot.listeners.windows import Windows
from bot.slack import Slack

log = structlog.get_logger(__name__)

TOLD_AT_ONCE = 10
"""Results in a message: Slack takes 50 blocks in one (``slack/facts.md``)."""


class BulkForm:
    """Opens the form and answers its two pages."""

    def __init__(
        self,
        *,
        listings: Listings,
        decisions: Decisions,
        redrawing: Redrawing,
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._listings = listings
        self._decisions = decisions
        self._redrawing = redrawing
        self._windows = Windows(slack)
        self._now = now

    async def select(self, ack: Ack, click: Click) -> None:
        """Select several: offer the images of the list."""
        await ack()
        asked, state = asked_by(click), from_value(click.action.chosen)
        metadata = BulkMetadata(
            channel=asked.channel_id, response_url=asked.response_url, state=state
        )
        fill = partial(self._pick_form, asked.user_id, metadata)
        await self._windows.open(click.trigger_id, BULK_TITLE, fill)

    async def pick(self, ack: Ack, submission: Submission) -> None:
        """Next: list what was picked, with what is at stake."""
        metadata = BulkMetadata.decode(submission.view.private_metadata)
        try:
            picked = read_bulk_pick(submission.view.state.values, metadata)
        except FormErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        await ack(response_action="update", view=loading_view(BULK_TITLE))
        fill = partial(self._confirm_form, submission.user.id, picked)
        await self._windows.fill(submission.view.id, fill)

    async def decide(self, ack: Ack, submission: Submission) -> None:
        """Decide on each; tell what became of each in the form's place."""
        metadata = BulkMetadata.decode(submission.view.private_metadata)
        reason = await given_reason(ack, submission, metadata.status, BULK_TITLE)
        if reason is None:
            return
        user_id = submission.user.id
        async with self._windows.deciding(submission.view.id):
            decided = await self._decisions.decide_all(_wanted(user_id, metadata, reason))
        where = Where(
            user_id=user_id,
            channel_id=metadata.channel,
            response_url=metadata.response_url,
            state=metadata.state,
        )
        if not await self._windows.told(submission.view.id, self._results(decided)):
            await self._tell(where, decided)
        await self._redrawing.show(where)

    async def _pick_form(self, user_id: str, metadata: BulkMetadata) -> View:
        await self._decisions.check_several(user_id, metadata.channel)
        matching = await self._listings.matching(metadata.state, user_id)
        return bulk_pick_view(matching.images, matching.look, metadata)

    async def _confirm_form(self, user_id: str, metadata: BulkMetadata) -> View:
        wanted = _wanted(user_id, metadata)
        await self._decisions.check_several(user_id, metadata.channel)
        stakes, left_out = await self._decisions.stakes_of_all(wanted)
        left = [(each.image, each.result) for each in left_out]
        return bulk_confirm_view(stakes, left, metadata, self._now())

    async def _tell(self, where: Where, decided: Sequence[Decided]) -> None:
        """Tell the results beside the list: the window was closed meanwhile."""
        for start in range(0, len(decided), TOLD_AT_ONCE):
            blocks = self._results(decided[start : start + TOLD_AT_ONCE])["blocks"]
            said = "What became of the images that you have selected."
            await self._redrawing.tell(where, Message(said, blocks))

    def _results(self, decided: Sequence[Decided]) -> View:
        items = [(each.image, each.result) for each in decided]
        return results_view(items, self._now(), title=BULK_TITLE)


def _wanted(user_id: str, metadata: BulkMetadata, reason: str = "") -> list[Wanted]:
    return [
        Wanted(
            ref=item.ref,
            round=item.round,
            status=metadata.status,
            by=user_id,
            channel=metadata.channel,
            reason=reason,
            proposal_seen=item.proposal_seen,
        )
        for item in metadata.items
    ]

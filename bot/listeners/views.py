"""Submitted modals."""

import structlog

from bot.blocks.filters import FilterErrors, FiltersMetadata, read_filters
from bot.blocks.notices import expired_listing_message
from bot.blocks.state import ListingState, StaleMessage
from bot.errors import SlackError
from bot.listeners.boundary import Ack
from bot.listeners.listings import Listings
from bot.listeners.payloads import Submission
from bot.slack import Slack

log = structlog.get_logger(__name__)


class Views:
    """Answers what people submit."""

    def __init__(self, listings: Listings, slack: Slack) -> None:
        self._listings = listings
        self._slack = slack

    async def filters(self, ack: Ack, submission: Submission) -> None:
        """Apply the modal of further filters to the listing that it was opened over."""
        metadata = FiltersMetadata.decode(submission.view.private_metadata)
        try:
            query = read_filters(submission.view.state.values, metadata.state.query)
        except FilterErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        await ack()
        state = ListingState(query)
        try:
            await self._listings.answer(metadata.response_url, state, replace_original=True)
        except SlackError as error:
            # Most likely 30 minutes have passed, and Slack lets that listing change no more.
            log.warning("listing not updated", code=error.code)
            await self._tell_expired(metadata.channel_id, submission.user.id, state)

    async def stale(self, ack: Ack, _: Submission) -> None:
        """Answer a submission of what this release does not know."""
        await ack()
        raise StaleMessage

    async def _tell_expired(self, channel: str, user: str, state: ListingState) -> None:
        message = expired_listing_message(state)
        try:
            await self._slack.post_ephemeral(channel, user, message)
        except SlackError as error:
            log.info("told directly instead", channel=channel, code=error.code)
            await self._slack.post(user, message)

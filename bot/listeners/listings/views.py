"""Submitted modals."""

from bot.blocks.inputs import FormErrors
from bot.blocks.listings.filters import FiltersMetadata, read_filters
from bot.blocks.state import ListingState, StaleMessage
from bot.listeners.boundary import Ack
from bot.listeners.listings.listings import Asked, Listings
from bot.listeners.payloads import Submission


class Views:
    """Answers what people submit."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def filters(self, ack: Ack, submission: Submission) -> None:
        """Apply the modal of further filters to the listing that it was opened over."""
        metadata = FiltersMetadata.decode(submission.view.private_metadata)
        try:
            query = read_filters(submission.view.state.values, metadata.state.query)
        except FormErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        await ack()
        asked = Asked(submission.user.id, metadata.channel_id, metadata.response_url)
        await self._listings.answer(asked, ListingState(query), replace_original=True)

    async def stale(self, ack: Ack, _: Submission) -> None:
        """Answer a submission of what this release does not know."""
        await ack()
        raise StaleMessage

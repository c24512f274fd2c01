"""Buttons and menus. All state is in what was clicked, so any replica serves any click."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from bot.blocks.cards.details import DETAILS_TITLE
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import from_details_value
from bot.blocks.failures import failure_message
from bot.blocks.listings.filters import FILTERS_TITLE, FiltersMetadata, filters_view
from bot.blocks.listings.listing import shared_message
from bot.blocks.listings.menus import choose
from bot.blocks.message import View
from bot.blocks.state import ListingState, StaleMessage, from_menu, from_value
from bot.errors import ScpError, StoreError
from bot.listeners.boundary import Ack
from bot.listeners.listings.details import Details
from bot.listeners.listings.kept_posts import KeptPosts
from bot.listeners.listings.listings import Asked, ImageSource, Listings
from bot.listeners.payloads import Click
from bot.listeners.windows import Windows
from bot.pick import facets
from bot.slack import Slack

log = structlog.get_logger(__name__)


class Actions:
    """Answers what people press and choose."""

    def __init__(
        self,
        *,
        listings: Listings,
        images: ImageSource,
        details: Details,
        posts: KeptPosts,
        slack: Slack,
        now: Callable[[], datetime],
    ) -> None:
        self._listings = listings
        self._images = images
        self._details = details
        self._posts = posts
        self._slack = slack
        self._windows = Windows(slack)
        self._now = now

    async def show(self, ack: Ack, click: Click) -> None:
        """Clear, and the pages: show another state in place."""
        await ack()
        state = from_value(click.action.chosen)
        await self._listings.answer(asked_by(click), state, replace_original=True)

    async def refresh(self, ack: Ack, click: Click) -> None:
        """Refresh: the same state, read anew, in place."""
        await ack()
        state = from_value(click.action.chosen)
        await self._listings.answer(asked_by(click), state, replace_original=True, fresh=True)

    async def retry(self, ack: Ack, click: Click) -> None:
        """Try again: the list, or why it failed once more, in place of the failure."""
        await ack()
        state = from_value(click.action.chosen)
        try:
            await self._listings.show(asked_by(click), state, replace_original=True, fresh=True)
        except (ScpError, StoreError) as error:
            log.warning("no listing again", error=type(error).__name__, what=str(error))
            message = failure_message(error, state)
            await self._slack.respond(_url(click), message, replace_original=True)

    async def menu(self, ack: Ack, click: Click) -> None:
        """Filter or sort by a menu's choice, in place."""
        await ack()
        field, state = from_menu(click.action.block_id, click.action.action_id)
        chosen = choose(state, field, click.action.chosen)
        await self._listings.answer(asked_by(click), chosen, replace_original=True)

    async def open_listing(self, ack: Ack, click: Click) -> None:
        """Show whoever clicked a list of their own."""
        await ack()
        await self._listings.answer(asked_by(click), from_value(click.action.chosen))

    async def share(self, ack: Ack, click: Click) -> None:
        """Post a public copy; where the bot is no member, through the click's response_url."""
        await ack()
        asked, state = asked_by(click), from_value(click.action.chosen)
        # For all who see it, "me" is whoever shared it.
        everybodys = ListingState(state.query.resolved(asked.user_id), state.page)
        composed_at = await self._posts.composing()
        fetched = await self._listings.fetch(everybodys, asked.user_id)
        message = shared_message(fetched.listing, asked.user_id, self._now())
        await self._posts.post(asked, fetched.noted(message), composed_at)

    async def details(self, ack: Ack, click: Click) -> None:
        """Open every field of one image: a loading view first, while the trigger lives."""
        await ack()
        pressed = from_details_value(click.action.chosen)
        metadata = CardMetadata(
            ref=pressed.ref,
            channel=click.place,
            response_url=click.response_url,
            state=pressed.state,
        )
        fill = partial(self._details.view, metadata)
        await self._windows.open(click.trigger_id, DETAILS_TITLE, fill)

    async def more_filters(self, ack: Ack, click: Click) -> None:
        """Open the modal of further filters."""
        await ack()
        state = from_value(click.action.chosen)
        metadata = FiltersMetadata(state, _channel(click), _url(click))
        await self._windows.open(click.trigger_id, FILTERS_TITLE, partial(self._filters, metadata))

    async def stale(self, ack: Ack, _: Click) -> None:
        """Answer a click on what this release does not know."""
        await ack()
        raise StaleMessage

    async def _filters(self, metadata: FiltersMetadata) -> View:
        try:
            answer = await self._images.get()
        except ScpError as error:
            # The modal works without the statuses that are there.
            log.warning("no statuses", error=type(error).__name__, what=str(error))
            return filters_view(metadata, [])
        return filters_view(metadata, facets(answer.images, "status"))


def asked_by(click: Click) -> Asked:
    """Return who clicked and where the answer goes; raise StaleMessage where it cannot go there."""
    return Asked(click.user.id, _channel(click), _url(click))


def _url(click: Click) -> str:
    if click.response_url is None:
        raise StaleMessage
    return click.response_url


def _channel(click: Click) -> str:
    if click.channel is None:
        raise StaleMessage
    return click.channel.id

"""Buttons and menus. All state is in what was clicked, so any replica serves any click."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from bot.blocks.card import find_image
from bot.blocks.details import (
    DETAILS_TITLE,
    details_gone_view,
    details_view,
)
from bot.blocks.failures import failure_message
from bot.blocks.filters import FILTERS_TITLE, FiltersMetadata, filters_view
from bot.blocks.listing import shared_message
from bot.blocks.menus import choose
from bot.blocks.message import View
from bot.blocks.notices import shared_without_bot_message
from bot.blocks.origin import Origin
from bot.blocks.state import StaleMessage, from_menu, from_value
from bot.errors import ScpError, SlackError
from bot.images import FirstSeen
from bot.listeners.boundary import Ack
from bot.listeners.listings import Asked, ImageSource, Listings
from bot.listeners.payloads import Click
from bot.listeners.windows import Windows
from bot.pick import facets
from bot.slack import Slack

log = structlog.get_logger(__name__)

NOT_THERE = frozenset({"not_in_channel", "channel_not_found"})
"""What Slack says where the bot may not post: it is no member."""


class Actions:
    """Answers what people press and choose."""

    def __init__(
        self,
        listings: Listings,
        images: ImageSource,
        slack: Slack,
        origin: Origin,
        now: Callable[[], datetime],
        first_seen: Callable[[], FirstSeen],
    ) -> None:
        self._listings = listings
        self._images = images
        self._slack = slack
        self._windows = Windows(slack)
        self._origin = origin
        self._now = now
        self._first_seen = first_seen

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
        except ScpError as error:
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
        state = from_value(click.action.chosen)
        listing = await self._listings.fetch(state)
        message = shared_message(listing, click.user.id, self._now())
        try:
            await self._slack.post(_channel(click), message)
        except SlackError as error:
            if error.code not in NOT_THERE:
                raise
            await self._slack.respond(_url(click), message, in_channel=True)
            await self._slack.respond(_url(click), shared_without_bot_message())

    async def details(self, ack: Ack, click: Click) -> None:
        """Open every field of one image: a loading view first, while the trigger lives."""
        await ack()
        fill = partial(self._details, click.action.chosen)
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

    async def _details(self, value: str) -> View:
        answer = await self._images.get()
        image = find_image(answer.images, value)
        if image is None:
            # It may be newer than the cached answer.
            answer = await self._images.get(fresh=True)
            image = find_image(answer.images, value)
        if image is None:
            return details_gone_view(value)
        return details_view(
            image,
            self._now(),
            origin=self._origin,
            api_version=answer.api_version,
            first_seen=self._first_seen().get(image.id),
        )


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

"""Menus too long for a message ask for their options here, while somebody types into them."""

import asyncio

import structlog

from bot.blocks.listings.menus import menu_options
from bot.blocks.state import StaleMessage, from_menu
from bot.errors import ScpError
from bot.images import PendingImages
from bot.listeners.boundary import Ack
from bot.listeners.listings.listings import RECENT_SECONDS, ImageSource
from bot.listeners.payloads import Suggestion
from bot.pick import facets

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.4
"""Options travel in the ack, for which Slack waits 3 seconds (``slack/facts.md``); what the gate
has waited is of these."""


class Options:
    """Answers what a menu offers."""

    def __init__(self, images: ImageSource) -> None:
        self._images = images

    async def suggest(self, ack: Ack, suggestion: Suggestion) -> None:
        """Offer what is there, or was lately, and contains the typed text."""
        try:
            field, _ = from_menu(suggestion.block_id, suggestion.action_id)
        except StaleMessage as error:
            log.info("options for a menu of another release", what=str(error))
            await ack(options=[])
            return
        answer = await self._in_time(PATIENCE_SECONDS - ack.seconds)
        images = answer.images if answer else []
        await ack(**menu_options(field, facets(images, field), suggestion.value))

    async def _in_time(self, seconds: float) -> PendingImages | None:
        try:
            async with asyncio.timeout(seconds):
                return await self._images.get()
        except (ScpError, TimeoutError) as error:
            log.warning("options of before, if any", error=type(error).__name__, what=str(error))
            return self._images.recent(RECENT_SECONDS)

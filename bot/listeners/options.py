"""Menus too long for a message ask for their options here, while somebody types into them."""

import asyncio

import structlog

from bot.blocks.menus import menu_options
from bot.blocks.state import StaleMessage, from_menu
from bot.errors import ScpError
from bot.listeners.boundary import Ack
from bot.listeners.listings import ImageSource
from bot.listeners.payloads import Suggestion
from bot.pick import facets

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""Options travel in the ack, for which Slack waits 3 seconds (``slack/facts.md``)."""


class Options:
    """Answers what a menu offers."""

    def __init__(self, images: ImageSource) -> None:
        self._images = images

    async def suggest(self, ack: Ack, suggestion: Suggestion) -> None:
        """Offer what is there and contains the typed text; nothing where SCP does not answer."""
        try:
            field, _ = from_menu(suggestion.block_id, suggestion.action_id)
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._images.get()
        except (ScpError, StaleMessage, TimeoutError) as error:
            log.warning("no options", error=type(error).__name__, what=str(error))
            await ack(options=[])
            return
        await ack(**menu_options(field, facets(answer.images, field), suggestion.value))

"""The slash command ``/pending-images``."""

import structlog

from bot.blocks.failures import query_error_message
from bot.blocks.help import help_message
from bot.blocks.state import ListingState
from bot.errors import QueryError
from bot.listeners.boundary import Ack
from bot.listeners.digests.commands import DigestCommands
from bot.listeners.listings.listings import Asked, Listings
from bot.listeners.payloads import Command
from bot.listeners.triage.commands import TriageCommands
from bot.query import folded, parse_query
from bot.slack import Slack

log = structlog.get_logger(__name__)

COMMAND = "/pending-images"


class Commands:
    """Answers what people type."""

    def __init__(
        self,
        listings: Listings,
        digests: DigestCommands,
        triage: TriageCommands,
        slack: Slack,
    ) -> None:
        self._listings = listings
        self._digests = digests
        self._triage = triage
        self._slack = slack

    async def pending_images(self, ack: Ack, command: Command) -> None:
        """Do what the text asks for: a list, or a subcommand; or say what is wrong."""
        await ack()
        first, *rest = command.typed.split(maxsplit=1) or [""]
        word = folded(first)
        if word == "digest":
            await self._digests.typed(command)
            return
        if word in self._triage.answers:
            await self._triage.typed(command, word, "".join(rest).strip())
            return
        if folded(command.typed.strip()) == "help":
            await self._slack.respond(command.response_url, help_message())
            return
        try:
            query = parse_query(command.typed)
        except QueryError as error:
            log.info("query not understood", user=command.user_id, what=str(error))
            message = query_error_message(error, command.typed)
            await self._slack.respond(command.response_url, message)
            return
        asked = Asked(command.user_id, command.channel_id, command.response_url)
        await self._listings.answer(asked, ListingState(query))

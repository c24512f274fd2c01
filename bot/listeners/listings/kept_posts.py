"""Posts of people's wishes to a channel, kept where they show cards, so that those stay true."""

from datetime import datetime

import structlog

from bot.blocks.message import Message
from bot.blocks.notices import shared_without_bot_message
from bot.errors import SlackError, StoreError
from bot.listeners.listings.listings import Asked
from bot.slack import Slack
from bot.store import Store

log = structlog.get_logger(__name__)

NOT_THERE = frozenset({"not_in_channel", "channel_not_found"})
"""What Slack says where the bot may not post: it is no member."""


class KeptPosts:
    """Posts messages for people."""

    def __init__(self, slack: Slack, store: Store) -> None:
        self._slack = slack
        self._store = store

    async def composing(self) -> datetime | None:
        """Return the moment, to be asked before a message is composed; None: it is not known."""
        try:
            return await self._store.now()
        except StoreError as error:
            log.warning("a post will not be kept", what=str(error), remedy=error.remedy)
            return None

    async def post(self, asked: Asked, message: Message, composed_at: datetime | None) -> None:
        """Post to the channel; where the bot is no member, as an answer that all see.

        Such an answer cannot be repainted, and says so to whoever asked. Raise ``SlackError``.
        """
        try:
            ts = await self._slack.post(asked.channel_id, message)
        except SlackError as error:
            if error.code not in NOT_THERE:
                raise
            await self._slack.respond(asked.response_url, message, in_channel=True)
            await self._slack.respond(asked.response_url, shared_without_bot_message())
            return
        if composed_at is not None and message.cards:
            await self._keep(asked.channel_id, ts, message, composed_at)

    async def _keep(self, channel: str, ts: str, message: Message, composed_at: datetime) -> None:
        try:
            await self._store.copies.keep(
                channel, ts, message.text, message.blocks, message.cards, composed_at
            )
        except StoreError as error:
            log.error("a post will not be repainted", channel=channel, what=str(error))

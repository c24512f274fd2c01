"""Repainting what was posted: each message that shows an image which somebody has touched."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from bot.background.elapsed import elapsed
from bot.blocks.cards.card import repainted
from bot.blocks.message import Message
from bot.errors import SlackError
from bot.slack import NOT_ACCEPTED, PASSING, RATE_LIMITED
from bot.store import Copies, Copy
from bot.triage.looks import Known, Looks

LEASE = timedelta(seconds=60)
"""Of some messages in hand: what Slack is given at most, and the database's."""

AT_ONCE = 4
"""Messages that are painted at a time."""

WITHIN_SECONDS = 4.0
"""For one update, lest a single message that Slack lets wait holds up all others."""

LIMITED_SECONDS = 30.0
"""The pause where Slack asks for one and does not say how long."""

PASSING_SECONDS, CONFIGURED_SECONDS = 10.0, 60.0
"""Before the next attempt, where Slack fails, and where it refuses the bot as it is installed."""

GONE = frozenset(
    {
        "message_not_found",
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "cant_update_message",
        "edit_window_closed",
    }
)
"""Slack's words for a message that the bot cannot change any more."""

MALFORMED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
)
"""Slack's words for our own fault; the same would be refused again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Update(Protocol):
    """``Slack.update``."""

    async def __call__(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message with one request; raise ``SlackError``."""


class Painting:
    """Repaints the copies that are due, for the process ``owner``.

    The store lets each message rest for some seconds between two updates; where Slack asks for
    fewer updates, all of this process rest.
    """

    def __init__(self, *, update: Update, copies: Copies, looks: Looks, owner: str) -> None:
        self._update = update
        self._copies = copies
        self._looks = looks
        self._owner = owner
        self._free_at = 0.0
        self.stopping = False

    def left(self) -> float:
        """Return for how many seconds nothing may be updated; 0 where it may."""
        return max(0.0, self._free_at - elapsed())

    async def paint(self) -> bool:
        """Repaint what is due; return whether anything was. Raise ``StoreError``."""
        worked = False
        while not self.stopping and not self.left():
            claimed = await self._copies.claim(self._owner, LEASE, AT_ONCE)
            if not claimed:
                break
            worked = True
            await self._paint_all(claimed)
        return worked

    async def _paint_all(self, claimed: Sequence[Copy]) -> None:
        known = await self._looks.of({each for copy in claimed for each in copy.cards.values()})
        paintings = (self._paint(copy, known) for copy in claimed)
        for ended in await asyncio.gather(*paintings, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def _paint(self, copy: Copy, known: Known) -> None:
        blocks = repainted(copy.blocks, copy.cards, known.images, known.look)
        if blocks != copy.blocks:
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    await self._update(copy.channel, copy.ts, Message(copy.text, blocks))
            except SlackError as error:
                await self._failed(copy, error)
                return
            except TimeoutError:
                log.warning("Slack is slow to repaint a message", channel=copy.channel)
                await self._copies.put_back(copy, PASSING_SECONDS)
                return
        again_at = known.changes_at(copy.cards.values())
        await self._copies.painted(copy, blocks, again_at=again_at)

    async def _failed(self, copy: Copy, error: SlackError) -> None:
        if error.code in GONE | MALFORMED:
            say = log.error if error.code in MALFORMED else log.info
            say("a message is not repainted any more", channel=copy.channel, code=error.code)
            await self._copies.forget(copy.channel, copy.ts)
            return
        if error.code in RATE_LIMITED:
            seconds = error.retry_after or LIMITED_SECONDS
            self._free_at = elapsed() + seconds
        else:
            passing = error.code in PASSING | NOT_ACCEPTED
            seconds = PASSING_SECONDS if passing else CONFIGURED_SECONDS
        log.warning(
            "a message is repainted later", channel=copy.channel, code=error.code, seconds=seconds
        )
        await self._copies.put_back(copy, seconds)

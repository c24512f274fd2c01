"""Posts to the watch channel, exactly once each: cards, calls of on-call, and how it ended.

As with digests: a row of the database is claimed, marked as perhaps sent right before it is sent,
and looked for in the channel before it is sent again (design 2.7).
"""

from datetime import timedelta

import structlog

from bot import sending
from bot.background.elapsed import elapsed
from bot.background.pace import Pace
from bot.blocks.cards.card import cards_in
from bot.blocks.message import Message
from bot.errors import SlackError
from bot.sending import (
    BEFORE_PLANNED,
    CROWDED_WAIT,
    Find,
    PostOnce,
    held_up_since,
    is_unsure,
    pause_after_post,
    unseen,
)
from bot.slack import HELD_UP, NOT_ACCEPTED, PASSING, RATE_LIMITED
from bot.store import Copies, Go, Outbox, Outgoing
from bot.triage.messages import Composed, Later, Messages

EVENT_TYPE = "pending_images_watch"
"""Of the message metadata, by which a post can be found again."""

LEASE = timedelta(seconds=60)
"""Until it is about to be sent: two calls of Slack at ten seconds each, and the database's."""

LATER_SECONDS = 5.0
"""Before the look whether it is known by now what a post is to say."""

LONGEST_WAIT = 600.0
"""Seconds before Slack is tried again where it does not say when, or refuses: somebody may have to
invite the bot first."""

GIVE_UP_AFTER = 200
"""Failures: more than a day of the longest waits."""

UNUSABLE = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})
"""Slack's words where the bot may do nothing at all: posting would fail as looking does."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Posting:
    """Works the outbox off, for the process ``owner``, one post after another."""

    def __init__(
        self,
        *,
        post: PostOnce,
        find: Find,
        outbox: Outbox,
        copies: Copies,
        messages: Messages,
        owner: str,
    ) -> None:
        self._post = post
        self._find = find
        self._outbox = outbox
        self._copies = copies
        self._messages = messages
        self._owner = owner
        self._pace = Pace()
        self._free_at = 0.0
        self.stopping = False

    def left(self) -> float:
        """Return for how many seconds nothing may be posted; 0 where it may."""
        return max(self._pace.left(), self._free_at - elapsed(), 0.0)

    async def work(self) -> bool:
        """Post what is due; return whether there was anything. Raise ``StoreError``."""
        worked = False
        while not self.stopping and not self.left():
            outgoing = await self._outbox.claim(self._owner, LEASE)
            if outgoing is None:
                break
            worked = True
            await self._deliver(outgoing)
        return worked

    async def _deliver(self, outgoing: Outgoing) -> None:
        may_have_arrived = outgoing.state == "posting"
        if may_have_arrived and not await self._may_repeat(outgoing):
            return
        composed = await self._messages.of(outgoing)
        if composed is None:
            await self._outbox.finish(outgoing, ts=None, outcome="Not wanted any more.")
            return
        if isinstance(composed, Later):
            seconds = min(LATER_SECONDS, composed.seconds)
            await self._outbox.put_back(outgoing, seconds, sent=may_have_arrived)
            return
        asked = elapsed()
        go = await self._outbox.begin_posting(outgoing, sending.POSTING_LEASE, composed.image_ids)
        if go is Go.CROWDED:
            self._free_at = elapsed() + CROWDED_WAIT
        elif go is Go.YES:
            await self._send(outgoing, composed, asked)

    async def _send(self, outgoing: Outgoing, composed: Composed, asked: float) -> None:
        """Send it, unless it was held up since ``asked``, when the database let it go."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"occurrence": outgoing.key}}
        try:
            ts = await self._post(
                outgoing.channel,
                composed.message,
                metadata,
                unless=held_up_since(asked),
                thread_ts=outgoing.thread_ts,
            )
        except SlackError as error:
            await self._failed(outgoing, error, found=outgoing.state == "posting")
            return
        self._pace.posted()
        await self._keep(outgoing, ts, composed)

    async def _may_repeat(self, outgoing: Outgoing) -> bool:
        """Look for a post that may have arrived; where it has, or cannot be told, record that."""
        try:
            found = await self._find(
                outgoing.channel,
                EVENT_TYPE,
                outgoing.key,
                outgoing.planned_at - BEFORE_PLANNED,
                thread_ts=outgoing.thread_ts,
            )
        except SlackError as error:
            return await self._may_repeat_unseen(outgoing, error)
        if found is None:
            return True
        cards = cards_in(found.blocks, await self._messages.images(outgoing))
        message = Message(found.text, list(found.blocks), cards)
        there = Composed(message, outgoing.planned_at, outgoing.image_ids)
        await self._keep(outgoing, found.ts, there)
        return False

    async def _may_repeat_unseen(self, outgoing: Outgoing, error: SlackError) -> bool:
        """Tell whether to post again what the bot cannot look for; where not, record that.

        Where it may never look, a card is posted: twice does less harm than an image that nobody
        sees. Anything else counts as posted.
        """
        if error.code in PASSING | NOT_ACCEPTED | UNUSABLE:
            await self._failed(outgoing, error, found=True, looked=True)
            return False
        log.warning(
            "whether a post to the watch channel arrived cannot be told",
            channel=outgoing.channel,
            kind=outgoing.kind,
            key=outgoing.key,
            why=str(error),
            remedy=error.remedy,
        )
        if outgoing.kind == "watch":
            return True
        await self._outbox.finish_unseen(outgoing, unseen(error))
        return False

    async def _keep(self, outgoing: Outgoing, ts: str, composed: Composed) -> None:
        """Record that it is posted, its cards to be painted again when something changes."""
        message = composed.message
        if message.cards:
            await self._copies.keep(
                outgoing.channel, ts, message.text, message.blocks, message.cards, composed.at
            )
        await self._outbox.finish(outgoing, ts=ts)
        log.info("posted to the watch channel", kind=outgoing.kind, key=outgoing.key, ts=ts)

    async def _failed(
        self, outgoing: Outgoing, error: SlackError, *, found: bool, looked: bool = False
    ) -> None:
        """Put it back for another attempt; ``found``: it may have arrived the last time.

        ``looked``: it is not a post that has failed, but the look for it, which has other limits.
        """
        if outgoing.failures + 1 >= GIVE_UP_AFTER:
            await self._outbox.finish(outgoing, ts=None, outcome=f"{error} {error.remedy}".strip())
            log.error("given up a post to the watch channel", key=outgoing.key, why=str(error))
            return
        seconds = pause_after_post(error, outgoing.failures, LONGEST_WAIT)
        limited = error.code in RATE_LIMITED
        hold = limited and not looked
        if hold:
            self._pace.limited(outgoing.channel, seconds)
            self._free_at = elapsed() + seconds
        log.warning(
            "a post to the watch channel has to wait",
            channel=outgoing.channel,
            kind=outgoing.kind,
            seconds=seconds,
            why=str(error),
            remedy=error.remedy,
        )
        failed = not limited and error.code != HELD_UP
        sent = found or is_unsure(error)
        await self._outbox.put_back(outgoing, seconds, sent=sent, failed=failed, hold=hold)

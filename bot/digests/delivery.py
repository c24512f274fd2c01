"""One occurrence of a digest: fetch, pick, render, post to every channel."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec
import structlog

from bot.blocks.digest import LONGEST_UNCHANGED, digest_failure_message, digest_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.errors import (
    BodyUnreadable,
    RateLimited,
    ScpError,
    ServerFailed,
    SlackError,
    TimedOut,
    Unavailable,
    Unreachable,
)
from bot.images import PendingImages
from bot.pick import pick
from bot.schedule import Occurrence, Schedule
from bot.slack import NOT_ACCEPTED

EVENT_TYPE = "pending_images_digest"
"""Of the message metadata, by which a delivery can be found again (design 2.7)."""

WAITS = (5.0, 15.0, 40.0)
"""Seconds before each further try: a minute is nothing to a digest."""

TRANSIENT = (RateLimited, Unavailable, TimedOut, Unreachable, ServerFailed, BodyUnreadable)
"""What may be over by the next try; a refused signature or permission will not."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Posted(msgspec.Struct, frozen=True):
    """The channel has its message."""

    channel: str
    ts: str
    notice: bool
    """True where it is the notice that SCP failed, in the digest's place."""


class Failed(msgspec.Struct, frozen=True):
    """The channel has no message, or none that we know of."""

    channel: str
    code: str
    """Slack's word for it."""
    text: str
    """What happened and what to do."""


ChannelOutcome: TypeAlias = Posted | Failed


class Fetch(Protocol):
    """Where the images come from: ``PendingImageCache.get``."""

    async def __call__(self, *, fresh: bool) -> PendingImages:
        """Return all that is pending, asked for after this call; raise ``ScpError``."""


Post: TypeAlias = Callable[[str, Message, Mapping[str, object]], Awaitable[str]]
"""Channel, message and metadata to the message's ts; raises ``SlackError``: ``Slack.post``."""


class DigestDelivery:
    """Delivers digests; ``clock`` returns an aware moment, ``observe`` counts each channel.

    Observed are ``posted``, ``notice`` (posted in the digest's place) and ``failed``.
    """

    def __init__(
        self,
        *,
        fetch: Fetch,
        post: Post,
        origin: Origin,
        clock: Callable[[], datetime],
        observe: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._fetch = fetch
        self._post = post
        self._origin = origin
        self._clock = clock
        self._observe = observe
        self._sleep = sleep
        self._waits = waits

    async def compose(self, schedule: Schedule) -> Message:
        """Return the digest as it would be posted now; raise ``ScpError`` if SCP stays down."""
        query = schedule.query
        answer = await self._fetch_patiently()
        now = self._clock()
        picked = pick(answer.images, query.with_sort(query.sort or LONGEST_UNCHANGED), now)
        return digest_message(answer, picked, query, self._origin, now)

    async def deliver(self, schedule: Schedule, occurrence: Occurrence) -> list[ChannelOutcome]:
        """Post the digest, or the notice that there is none, to each channel once.

        A channel that refuses neither stops nor delays the others: it is logged and returned.
        Never raises ``BotError``.
        """
        try:
            message, notice = await self.compose(schedule), False
        except ScpError as error:
            log.warning(
                "digest without SCP",
                occurrence=occurrence.id,
                error=str(error),
                remedy=error.remedy,
            )
            message, notice = digest_failure_message(error, self._origin, self._clock()), True
        metadata = {
            "event_type": EVENT_TYPE,
            "event_payload": {"occurrence": occurrence.id, "schedule": schedule.id},
        }
        channels = dict.fromkeys(schedule.channels)  # one named twice gets one message
        posts = [self._post_to(channel, message, metadata, notice) for channel in channels]
        return _outcomes(await asyncio.gather(*posts, return_exceptions=True))

    async def _fetch_patiently(self) -> PendingImages:
        # Without SCP's own filters: a digest says of how many, and never "nothing waits" of a part.
        for wait in self._waits:
            try:
                return await self._fetch(fresh=True)
            except TRANSIENT as error:
                log.info("digest waits for SCP", seconds=wait, error=str(error))
            await self._sleep(wait)
        return await self._fetch(fresh=True)

    async def _post_to(
        self, channel: str, message: Message, metadata: Mapping[str, object], notice: bool
    ) -> ChannelOutcome:
        try:
            ts = await self._post_patiently(channel, message, metadata)
        except SlackError as error:
            text = " ".join(filter(None, (str(error), error.remedy)))
            log.warning("digest not posted", channel=channel, code=error.code, remedy=error.remedy)
            self._observe("failed")
            return Failed(channel, error.code, text)
        log.info("digest posted", channel=channel, ts=ts, notice=notice)
        self._observe("notice" if notice else "posted")
        return Posted(channel, ts, notice)

    async def _post_patiently(
        self, channel: str, message: Message, metadata: Mapping[str, object]
    ) -> str:
        for wait in self._waits:
            try:
                return await self._post(channel, message, metadata)
            except SlackError as error:
                if error.code not in NOT_ACCEPTED:
                    raise
                log.info("digest waits for Slack", channel=channel, seconds=wait, code=error.code)
            await self._sleep(wait)
        return await self._post(channel, message, metadata)


def _outcomes(results: Sequence[ChannelOutcome | BaseException]) -> list[ChannelOutcome]:
    """Return the outcomes; raise what is a bug of ours, now that every channel had its turn."""
    crashes = [result for result in results if isinstance(result, BaseException)]
    if crashes:
        raise BaseExceptionGroup("a digest could not be posted", crashes)
    return [result for result in results if not isinstance(result, BaseException)]

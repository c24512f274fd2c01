"""The daily digest."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.errors import BotError
from bot.images import PendingImage, PendingImages
from bot.query import Query


def digest_message(
    answer: PendingImages,
    picked: Sequence[PendingImage],
    query: Query,
    origin: Origin,
    now: datetime,
) -> Message:
    """Return the digest: how many, by type and owner, the longest unchanged first."""
    raise NotImplementedError


def digest_failure_message(error: BotError, origin: Origin, now: datetime) -> Message:
    """Return the one notice that there is no digest this time, and why."""
    raise NotImplementedError

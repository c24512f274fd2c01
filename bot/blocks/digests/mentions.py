"""Whom a digest mentions, and over which images."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.blocks.limits import MENTIONED_MAX
from bot.blocks.message import Block, mrkdwn, section
from bot.blocks.schedule_words import mention_tokens, span_words
from bot.blocks.text import counted
from bot.images import FirstSeen, PendingImage
from bot.schedule import Draft


def mentions_due(
    schedule: Draft, picked: Sequence[PendingImage], first_seen: FirstSeen, now: datetime
) -> bool:
    """Tell whether the schedule's people are to be mentioned: an image has waited long enough."""
    return bool(schedule.mentions and _ripe(schedule, picked, first_seen, now))


def mention_blocks(
    schedule: Draft, picked: Sequence[PendingImage], first_seen: FirstSeen, now: datetime
) -> list[Block]:
    """Return the line that mentions them and says why; nothing where they are not to be.

    It stands in the blocks alone: there it notifies, and there nothing else can be read into it.
    """
    if not mentions_due(schedule, picked, first_seen, now):
        return []
    whom = mention_tokens(schedule.mentions[:MENTIONED_MAX])
    if more := len(schedule.mentions[MENTIONED_MAX:]):
        whom += f" and {more:,} more"
    number = _ripe(schedule, picked, first_seen, now)
    return [section(mrkdwn(f":bell: {whom} {_why(number, schedule.mention_after)}"))]


def _ripe(
    schedule: Draft, picked: Sequence[PendingImage], first_seen: FirstSeen, now: datetime
) -> int:
    """Return how many of the images have waited long enough; one never seen is seen now."""
    until = now - timedelta(seconds=schedule.mention_after)
    return sum(first_seen.get(image.id, now) <= until for image in picked)


def _why(number: int, mention_after: int) -> str:
    if not mention_after:
        return f"{counted(number, 'image')} {'waits' if number == 1 else 'wait'} for a decision."
    has = "has" if number == 1 else "have"
    return f"{counted(number, 'image')} {has} waited {span_words(mention_after)} or longer."

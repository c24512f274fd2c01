"""Where a digest can go, and by which clock: what Slack knows of a channel and of a person."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from bot.errors import ScheduleError, SlackError
from bot.schedule import parse_timezone
from bot.slack import Slack

log = structlog.get_logger(__name__)

T = TypeVar("T")

DEFAULT_ZONE = "Asia/Seoul"
"""For whoever's own zone Slack does not tell."""

PATIENCE_SECONDS = 2.0
"""How long an answer waits for what Slack need not tell, a 429 and its wait included."""

LATE = "late"
"""Our code beside Slack's own: it may still tell, but nobody waits for it any more."""

_HIDDEN = "channel_not_found"
_INVITE = "Invite the bot there with /invite, then try again."


async def in_time(asking: Awaitable[T]) -> T:
    """Return what Slack tells, if it tells it soon. Raise ``SlackError``."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asking
    except TimeoutError as error:
        raise SlackError("Slack did not tell it in time.", code=LATE) from error


async def check_place(slack: Slack, channel_id: str) -> bool:
    """Raise ``ScheduleError`` where the bot certainly cannot post to a channel.

    Return whether it certainly can: where Slack does not tell, be it for a scope or because it is
    down, the digest will.
    """
    try:
        channel = await in_time(slack.channel(channel_id))
    except SlackError as error:
        if error.code == _HIDDEN:
            raise ScheduleError(
                "The bot cannot see that channel, so no digest can go there.",
                _INVITE,
                field="channel",
            ) from error
        log.info("not known whether the bot can post", channel=channel_id, code=error.code)
        return False
    if channel.is_archived:
        raise ScheduleError(
            f"#{channel.name} is archived, so no digest can go there.",
            "Unarchive it, or choose another channel.",
            field="channel",
        )
    # A direct message with the bot knows no members; any other is hidden from it.
    if not channel.is_member and channel.kind != "im":
        raise ScheduleError(
            f"The bot is not a member of #{channel.name}, so no digest can go there.",
            _INVITE,
            field="channel",
        )
    return True


async def can_look(slack: Slack, channel_id: str) -> bool | None:
    """Tell whether the bot may read a channel's history; None where Slack does not tell in time.

    Not kept: a scope granted, or the bot removed, a moment ago counts.
    """
    try:
        channel, bot = await in_time(asyncio.gather(slack.channel(channel_id), slack.identity()))
    except SlackError as error:
        log.info("not known whether the bot may look", channel=channel_id, code=error.code)
        return None
    scopes = bot.scopes
    if not scopes:
        return None
    return f"{channel.kind}:history" in scopes and (channel.is_member or channel.kind == "im")


async def zone_of(slack: Slack, user_id: str) -> str | None:
    """Return a person's own time zone, as Slack knows it; None where it or we do not know it."""
    try:
        timezone = (await in_time(slack.person(user_id))).timezone
        return parse_timezone(timezone) if timezone else None
    except SlackError as error:
        log.info("time zone not known", user=user_id, code=error.code)
    except ValueError:
        log.warning("a time zone of Slack's that is in no database", user=user_id)
    return None

"""Telling the maker of a schedule, once, that Slack refuses its digests."""

from typing import Protocol

import structlog

from bot.blocks.message import Message
from bot.blocks.notices import digest_paused_message, digest_refused_message
from bot.errors import SlackError
from bot.schedule import Schedule
from bot.store import Schedules

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Post(Protocol):
    """``Slack.post``: a user's id as the channel is a direct message."""

    async def __call__(self, channel: str, message: Message) -> str:
        """Post; raise ``SlackError``."""


class Telling:
    """Tells makers."""

    def __init__(self, schedules: Schedules, post: Post) -> None:
        self._schedules = schedules
        self._post = post

    async def tell(self, schedule: Schedule, channel: str, error: SlackError) -> None:
        """Tell the maker, unless that was done since the last digest that arrived.

        Raise ``StoreError``. A digest of the settings has no maker: the log says it.
        """
        log.error(
            "Slack refuses a digest",
            schedule=schedule.id,
            channel=channel,
            error=str(error),
            remedy=error.remedy,
        )
        await self._tell_once(schedule, digest_refused_message(schedule, channel, error))

    async def tell_untold(self) -> None:
        """Tell the makers of what has paused itself while Slack took no message to them either.

        Raise ``StoreError``.
        """
        for schedule in await self._schedules.untold():
            await self._tell_once(schedule, digest_paused_message(schedule))

    async def _tell_once(self, schedule: Schedule, message: Message) -> None:
        if schedule.made_by is None or not await self._schedules.claim_telling(schedule.id):
            return
        try:
            await self._post(schedule.made_by, message)
        except SlackError as untold:
            log.error(
                "the digest's maker could not be told",
                schedule=schedule.id,
                error=str(untold),
                remedy=untold.remedy,
            )
            await self._schedules.untell(schedule.id)

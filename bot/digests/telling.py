"""Telling whoever looks after a schedule, once, that Slack refuses its digests."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Protocol

import structlog

from bot.blocks.message import Message
from bot.blocks.notices import digest_refused_message
from bot.errors import SlackError
from bot.slack import NOT_ACCEPTED
from bot.store import Schedules, Untold

LEASE = timedelta(seconds=150)
"""Of one telling; and so soon it is tried again where Slack certainly took no message."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _End(Enum):
    """What became of a direct message."""

    TOLD = "told"
    NOT_YET = "not yet"
    REFUSED = "refused"


class Post(Protocol):
    """``Slack.post_once``: a user's id as the channel is a direct message."""

    async def __call__(self, channel: str, message: Message) -> str:
        """Post; raise ``SlackError``."""


class Telling:
    """Tells makers; of a digest of the settings, which has none, the users ``admins``."""

    def __init__(self, schedules: Schedules, post: Post, admins: Iterable[str]) -> None:
        self._schedules = schedules
        self._post = post
        self._admins = sorted(admins)

    async def tell(self) -> None:
        """Tell every maker who is to be told by now. Raise ``StoreError``."""
        while untold := await self._schedules.claim_telling(LEASE):
            await self._tell(untold)

    async def tell_anew(self) -> None:
        """Tell also those who could not be told when it happened. Raise ``StoreError``."""
        await self._schedules.tell_anew()
        await self.tell()

    async def _tell(self, untold: Untold) -> None:
        schedule = untold.schedule
        message = digest_refused_message(schedule, untold.failure)
        people = self._admins if schedule.made_by is None else [schedule.made_by]
        ends = {await self._end(person, message, schedule.id) for person in people}
        if _End.TOLD in ends or not people:  # where there is nobody, the log has said it
            await self._schedules.told(schedule.id)
        elif ends != {_End.NOT_YET}:
            await self._schedules.not_told(schedule.id)

    async def _end(self, person: str, message: Message, schedule_id: int) -> _End:
        try:
            await self._post(person, message)
        except SlackError as error:
            later = error.code in NOT_ACCEPTED
            log.log(
                logging.INFO if later else logging.ERROR,
                "the digest's maker could not be told",
                schedule=schedule_id,
                user=person,
                error=str(error),
                remedy=error.remedy,
            )
            return _End.NOT_YET if later else _End.REFUSED
        return _End.TOLD

"""Telling whoever looks after schedules, once, that Slack refuses their digests."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

import msgspec
import structlog

from bot.blocks.message import Message
from bot.blocks.notices import digests_refused_message
from bot.errors import SlackError
from bot.slack import NOT_ACCEPTED, RATE_LIMITED
from bot.store import Schedules, Untold

LEASE = timedelta(seconds=150)
"""Of one telling; and so soon it is tried again where Slack certainly took no message, and does not
say when."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Answer(msgspec.Struct, frozen=True):
    """What became of a direct message; without either it was refused."""

    told: bool = False
    again_in: timedelta | None = None


class Post(Protocol):
    """``Slack.post_once``: a user's id as the channel is a direct message."""

    async def __call__(self, channel: str, message: Message) -> str:
        """Post; raise ``SlackError``."""


class Telling:
    """Tells makers; of digests of the settings, which have none, the users ``admins``."""

    def __init__(self, schedules: Schedules, post: Post, admins: Iterable[str]) -> None:
        self._schedules = schedules
        self._post = post
        self._admins = sorted(admins)

    async def tell(self) -> None:
        """Tell every maker who is to be told by now, and whose turn it is. Raise ``StoreError``."""
        while untold := await self._schedules.claim_telling(LEASE, self._admins):
            await self._tell(untold)

    async def tell_anew(self) -> None:
        """Tell also those who could not be told when it happened. Raise ``StoreError``."""
        await self._schedules.tell_anew()
        await self.tell()

    async def _tell(self, untold: Sequence[Untold]) -> None:
        """Tell one maker, or the admins, of some schedules in one message."""
        made_by = untold[0].schedule.made_by
        people = self._admins if made_by is None else [made_by]
        message = digests_refused_message([(each.schedule, each.failure) for each in untold])
        numbers = [each.schedule.id for each in untold]
        answers = [await self._ask(person, message, numbers) for person in people]
        for number in numbers:
            await self._record(number, answers)

    async def _record(self, schedule_id: int, answers: Sequence[_Answer]) -> None:
        waits = [answer.again_in for answer in answers if answer.again_in is not None]
        if not answers or any(answer.told for answer in answers):
            await self._schedules.told(schedule_id)  # where there is nobody, the log has said it
        elif waits:
            await self._schedules.tell_later(schedule_id, max(waits))
        else:
            await self._schedules.not_told(schedule_id)

    async def _ask(self, person: str, message: Message, numbers: Sequence[int]) -> _Answer:
        try:
            await self._post(person, message)
        except SlackError as error:
            later = error.code in NOT_ACCEPTED | RATE_LIMITED
            log.log(
                logging.INFO if later else logging.ERROR,
                "the digest's maker could not be told",
                schedules=numbers,
                user=person,
                error=str(error),
                remedy=error.remedy,
            )
            if not later:
                return _Answer()
            if error.retry_after is None:
                return _Answer(again_in=LEASE)
            wait = timedelta(seconds=error.retry_after)
            await self._schedules.hold_telling(person, wait)
            return _Answer(again_in=wait)
        return _Answer(told=True)

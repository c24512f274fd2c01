"""Our account's membership in images: read, and set with a single request that is then verified."""

import asyncio
from typing import Protocol

import msgspec
import structlog

from bot.background.elapsed import elapsed
from bot.errors import NotFound, ScpError
from bot.images import ImageMember
from bot.oncall.values import MemberStatus, Result

VERIFY_WITHIN = 10.0
"""Seconds that SCP may take to show what it was told: whether it does so at once, nobody knows."""

FIRST_PAUSE = 0.2
"""Seconds before the second look; each pause after it is twice as long."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Members(Protocol):
    """The part of ``ScpClient`` that a membership is read and set by."""

    async def get_image_member(self, image_id: str, member_id: str) -> ImageMember | None:
        """Return the membership, None where there is none; raise ``ScpError``."""

    async def set_image_member(
        self, image_id: str, member_id: str, status: MemberStatus
    ) -> ImageMember:
        """Set the status with one request; raise ``ScpError``."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of telling SCP."""

    result: Result
    before: str = ""
    after: str = ""
    """The status of the membership before and then, as far as it is known."""
    request_id: str = ""


class Membership:
    """The membership of our ``account``."""

    def __init__(self, members: Members, account: str) -> None:
        self._members = members
        self._account = account

    async def read(self, image_id: str) -> str | None:
        """Return the status, None where there is no such membership. Raise ``ScpError``."""
        member = await self._members.get_image_member(image_id, self._account)
        return None if member is None else member.status

    async def set(self, image_id: str, before: str, wanted: MemberStatus) -> Told:
        """Set the status, once, and read until SCP shows it; never asks for it a second time."""
        try:
            member = await self._members.set_image_member(image_id, self._account, wanted)
        except NotFound as error:
            withdrawn = Result(kind="withdrawn")
            return Told(result=withdrawn, before=before, request_id=error.request_id or "")
        except ScpError as error:
            return await self._failed(image_id, before, wanted, error)
        status = await self._read_until_changed(image_id, before)
        result = verdict(status, wanted)
        if status == before:
            log.warning("SCP does not show yet what it took", image=image_id, status=wanted)
            status, result = wanted, Result(kind="done", status=wanted, shown=False)
        elif status != wanted:
            result = msgspec.structs.replace(result, taken=True)
        return Told(
            result=result,
            before=before,
            after=status or "",
            request_id=member.request_id or "",
        )

    async def _failed(
        self, image_id: str, before: str, wanted: MemberStatus, error: ScpError
    ) -> Told:
        """Find out what became of a request that failed, and may have been carried out."""
        log.warning(
            "SCP did not confirm a membership",
            image=image_id,
            status=wanted,
            error=type(error).__name__,
            what=str(error),
            may_have_applied=error.may_have_applied,
        )
        known = Told(
            result=refused(error), before=before, after=before, request_id=error.request_id or ""
        )
        if not error.may_have_applied:
            return known
        status = await self._read_until_changed(image_id, before)
        result = _unsure(error) if status == before else verdict(status, wanted)
        return msgspec.structs.replace(known, result=result, after=status or "")

    async def _read_until_changed(self, image_id: str, before: str) -> str | None:
        """Return the status as soon as it is not ``before``; ``before`` where it stays so.

        Also where SCP does not tell: it stays what was known.
        """
        end, pause = elapsed() + VERIFY_WITHIN, FIRST_PAUSE
        while True:
            status = await self._read_or(before, image_id, end - elapsed())
            if status != before or elapsed() + pause > end:
                return status
            await asyncio.sleep(pause)
            pause *= 2

    async def _read_or(self, unknown: str, image_id: str, seconds: float) -> str | None:
        try:
            async with asyncio.timeout(seconds):
                return await self.read(image_id)
        except (ScpError, TimeoutError) as error:
            log.info("a membership could not be read", image=image_id, error=type(error).__name__)
            return unknown


def verdict(status: str | None, wanted: str) -> Result:
    """Return the result of a wish, given the membership's status after it."""
    if status is None:
        return Result(kind="withdrawn")
    return Result(kind="done" if status == wanted else "elsewhere", status=status)


def refused(error: ScpError) -> Result:
    """Return the result of a wish of which SCP certainly did nothing."""
    return Result(kind="refused", problem=str(error), remedy=error.remedy)


def _unsure(error: ScpError) -> Result:
    return Result(kind="unsure", problem=str(error), remedy=error.remedy)

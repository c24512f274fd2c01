"""What a check of the doctor comes to."""

import asyncio
from collections.abc import Awaitable
from typing import Literal, TypeAlias, TypeVar

import msgspec

from bot.errors import BotError

TIMEOUT_SECONDS = 15.0
"""For each check."""

CHECK_NETWORK = "Check the network and any proxy on the way."

Answer = TypeVar("Answer")

Status: TypeAlias = Literal["ok", "warning", "failed", "skipped"]


class Check(msgspec.Struct, frozen=True):
    """One line of the doctor's report, in plain text for operators."""

    name: str
    status: Status
    found: str
    remedy: str = ""
    """What to do about it; empty where nothing need be done."""


def failure(name: str, error: BotError, remedy: str = "") -> Check:
    """Return a failed check, with the error's own remedy unless there is a better one."""
    return Check(name, "failed", str(error), remedy or error.remedy)


def skipped(name: str, why: str) -> Check:
    """Return a check that could not be made."""
    return Check(name, "skipped", f"Not checked: {why}")


async def within_time(call: Awaitable[Answer]) -> Answer:
    """Return what the call returns; raise ``BotError`` where it takes longer than a check may."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await call
    except TimeoutError:
        raise BotError(f"No answer within {TIMEOUT_SECONDS:g} s.", CHECK_NETWORK) from None

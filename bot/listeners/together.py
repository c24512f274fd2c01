"""Things that are done at once, of which none is left running when another fails."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


async def both(first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    """Return both results; where one fails, raise that when the other has ended, too."""
    one, other = await asyncio.gather(first, second, return_exceptions=True)
    if isinstance(one, BaseException):
        raise one
    if isinstance(other, BaseException):
        raise other
    return one, other


async def all_of(doings: Iterable[Awaitable[A]]) -> list[A]:
    """Return every result; where some fail, raise the first such when all have ended."""
    results: list[A] = []
    for result in await asyncio.gather(*doings, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        results.append(result)
    return results

"""A task that several callers await, each free to go away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def launch(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Start the work; its failure is not reported as lost if every caller has gone away."""
    flight = asyncio.create_task(work)
    flight.add_done_callback(lambda done: done.cancelled() or done.exception())
    return flight


async def join(flight: "asyncio.Task[T]") -> T:
    """Return the flight's result or raise its failure. Who is cancelled leaves it flying."""
    return await asyncio.shield(flight)


async def cancel(flight: "asyncio.Task[T]") -> None:
    """Cancel the flight and wait until it has ended."""
    flight.cancel()
    await asyncio.wait([flight])

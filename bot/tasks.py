"""The tasks of ours that run now, so that a stop can let them finish; and one that runs again.

Work after an ack runs in a task that neither Bolt nor the HTTP server waits for (design,
section 3); this set does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

Spawn: TypeAlias = Callable[[Coroutine[None, None, None]], object]
"""Runs work as a task that is drained at a stop: ``RunningTasks.start``."""

LAST_WORDS_SECONDS = 1.5
"""How long a cancelled task may take to tell somebody that it was."""


class Again:
    """Runs ``work`` when it is asked for, and once more where it was asked for meanwhile."""

    def __init__(self, work: Callable[[], Awaitable[None]], spawn: Spawn) -> None:
        self._work = work
        self._spawn = spawn
        self._asked = False
        self._runs = False

    def ask(self) -> None:
        """Have it done, from the beginning, though it is being done."""
        self._asked = True
        if not self._runs:
            self._runs = True
            self._spawn(self._run())

    def forget(self) -> None:
        """Begin it no more for what was asked so far; what is under way goes on."""
        self._asked = False

    async def _run(self) -> None:
        try:
            while self._asked:
                self._asked = False
                await self._work()
        finally:
            self._runs = False


class RunningTasks:
    """A set of running tasks that can be drained."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run ``work`` as a task that is kept until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait until all have ended, ``seconds`` at most; cancel and count those that have not.

        What they start meanwhile is waited for, too.
        """
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        while self._tasks and (left := ends - clock()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=LAST_WORDS_SECONDS)
        return len(late)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a task failed", exc_info=error)

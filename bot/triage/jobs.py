"""Work of which one run at a time goes on in a process."""

from collections.abc import Awaitable, Callable

from bot.background.outage import Outage
from bot.errors import StoreError
from bot.tasks import Spawn


class Job:
    """Runs ``work`` as a task when it is called; while that runs, calls add nothing.

    ``work`` returns whether it did anything, and then ``rested`` is called: there may be a next
    moment to be awake at.
    """

    def __init__(
        self,
        what: str,
        work: Callable[[], Awaitable[bool]],
        spawn: Spawn,
        rested: Callable[[], None],
    ) -> None:
        self._work = work
        self._spawn = spawn
        self._rested = rested
        self._outage = Outage(what)
        self._runs = False

    def call(self) -> None:
        """Have it done, unless it is being done."""
        if not self._runs:
            self._runs = True
            self._spawn(self._run())

    async def _run(self) -> None:
        worked = False
        try:
            worked = await self._work()
        except StoreError as error:
            self._outage.met(error)
        else:
            self._outage.over()
        finally:
            self._runs = False
        if worked:
            self._rested()

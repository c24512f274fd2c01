"""The workers of one process: claim what is open, deliver it, claim the next."""

from collections.abc import Callable, Collection
from datetime import timedelta

from bot.background.outage import Outage
from bot.background.pace import Pace
from bot.digests.delivery import DigestDelivery
from bot.errors import StoreError
from bot.store import Deliveries
from bot.tasks import Spawn

WORKERS = 8
"""Deliveries that one process has in hand at a time."""

PREPARING_LEASE = timedelta(seconds=60)
"""Longer than SCP's 20 seconds, eight for what is gone, and what the database takes."""


class Crew:
    """Works off what is open, for the process ``owner``, with ``WORKERS`` at most.

    ``spawn`` runs a worker as a task that the caller drains at the end; ``rested`` is called when
    the last of them has ended that had something to do.
    """

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        delivery: DigestDelivery,
        pace: Pace,
        outage: Outage,
        settings_ids: Collection[int],
        spawn: Spawn,
        owner: str,
    ) -> None:
        self._deliveries = deliveries
        self._delivery = delivery
        self._pace = pace
        self._outage = outage
        self._settings_ids = settings_ids
        self._spawn = spawn
        self._owner = owner
        self._workers = 0
        self._stopping = False
        self.rested: Callable[[], None] = lambda: None

    def call(self) -> None:
        """Have one more worker begin, unless all are at work or no post may be started."""
        if self._workers < WORKERS and self._may_work():
            self._workers += 1
            self._spawn(self._work())

    def stop(self) -> None:
        """Take up no more; what is in hand goes on."""
        self._stopping = True

    async def release(self) -> None:
        """Leave what is in hand, and not posted, to others at once. Raise ``StoreError``."""
        await self._deliveries.release(self._owner)

    def _may_work(self) -> bool:
        return not self._stopping and not self._pace.left()

    async def _work(self) -> None:
        """Work while there is something to do; who finds something calls in another."""
        worked = False
        try:
            while self._may_work():
                claimed = await self._deliveries.claim(
                    self._owner, PREPARING_LEASE, self._settings_ids, 1
                )
                self._outage.over()
                if not claimed:
                    break
                worked = True
                self.call()
                await self._delivery.deliver(claimed[0])
        except StoreError as error:
            self._outage.met(error)
        finally:
            self._workers -= 1
            if worked and not self._workers:
                self.rested()  # what was put back has a moment of its own

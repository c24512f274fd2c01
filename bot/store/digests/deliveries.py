"""The deliveries: planned, claimed, posted, recorded; each step one short transaction."""

from collections.abc import Collection
from datetime import timedelta

from bot.schedule import Delivery, DeliveryState, Schedule
from bot.store.digests import claiming, planning, posting, records
from bot.store.digests.posting import Go, Shown
from bot.store.digests.records import Baseline
from bot.store.engine import Database
from bot.store.rows import Unreadable


class Deliveries:
    """The table of deliveries. Every method raises ``StoreError`` where the database fails.

    Of the schedules that settings made, only ``settings_ids`` are planned and claimed. ``owner``
    is, when claiming, a name of the process; afterwards it is the claimed delivery's ``owner``,
    which tells one claim of the process from the next.
    """

    def __init__(self, database: Database, unreadable: Unreadable) -> None:
        self._database = database
        self._unreadable = unreadable

    async def plan_due(self, settings_ids: Collection[int], limit: int = 50) -> list[Delivery]:
        """Plan what is due of at most ``limit`` schedules; return what nobody had planned yet.

        Those too late are returned as skipped.
        """
        async with self._database.writing() as transaction:
            return await planning.plan_due(transaction, settings_ids, limit, self._unreadable)

    async def plan_now(self, schedule_id: int, asked_by: str | None) -> Delivery | None:
        """Plan a delivery now; None if one was asked for within the last minute.

        Raise ``ScheduleGone``, and ``ScheduleError`` for one that this release cannot read.
        """
        async with self._database.writing() as transaction:
            return await planning.plan_now(transaction, schedule_id, asked_by)

    async def claim(
        self, owner: str, lease: timedelta, settings_ids: Collection[int], limit: int
    ) -> list[Delivery]:
        """Claim at most ``limit`` deliveries that nobody has, the longest waiting first.

        One in the state POSTING has perhaps been sent: look before it is sent again.
        """
        async with self._database.writing() as transaction:
            return await claiming.claim(
                transaction, owner, lease, settings_ids, limit, self._unreadable
            )

    async def begin_posting(
        self, delivery_id: int, owner: str | None, lease: timedelta, shown: Shown
    ) -> Go:
        """Mark a delivery as perhaps sent, right before it is; its lease begins anew.

        Where it is not the channel's turn, put it back until then.
        """
        async with self._database.writing() as transaction:
            return await posting.begin(transaction, delivery_id, owner, lease, shown)

    async def put_back(
        self,
        delivery_id: int,
        owner: str | None,
        wait: timedelta,
        delay: str,
        *,
        sent: bool = False,
        scp_failed: bool = False,
        hold: bool = False,
    ) -> None:
        """Give a delivery up, to be taken up again after a wait.

        ``sent`` where it has perhaps arrived; ``delay`` says why it is late; ``hold``: nobody posts
        to its channel meanwhile.
        """
        async with self._database.writing() as transaction:
            if hold:
                await posting.hold(transaction, delivery_id, owner, wait)
            await posting.put_back(
                transaction, delivery_id, owner, wait, delay, sent=sent, scp_failed=scp_failed
            )

    async def finish(
        self,
        delivery_id: int,
        owner: str | None,
        state: DeliveryState,
        *,
        ts: str | None = None,
        outcome: str = "",
        refused: bool = False,
    ) -> Schedule | None:
        """End a delivery; return its schedule as it is then, None if it was not ours any more.

        A lease that has run out does not matter while nobody else has taken the delivery.
        ``refused`` counts a failure of the schedule, which pauses itself at the third in a row.
        """
        ended = {"state": state, "ts": ts, "outcome": outcome}
        async with self._database.writing() as transaction:
            return await posting.finish(transaction, delivery_id, owner, ended, refused=refused)

    async def release(self, owner: str) -> None:
        """Give up all that a process has claimed and not begun to post."""
        async with self._database.writing() as transaction:
            await claiming.release(transaction, owner)

    async def baseline(self, schedule_id: int) -> Baseline:
        """Return what the next digest of a schedule is compared with."""
        async with self._database.reading() as transaction:
            return await records.baseline(transaction, schedule_id)

    async def history(
        self, channel: str, *, schedule_id: int | None = None, limit: int = 20, skip: int = 0
    ) -> list[Delivery]:
        """Return the deliveries to a channel, the newest first; of one schedule if it is given.

        The newest ``skip`` are left out.
        """
        async with self._database.reading() as transaction:
            return await records.history(transaction, channel, schedule_id, limit, skip)

    async def get(self, delivery_id: int) -> Delivery | None:
        """Return a delivery, if there is one of that number."""
        async with self._database.reading() as transaction:
            return await records.get(transaction, delivery_id)

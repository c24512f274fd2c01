"""Ending what a process left behind: decisions that were begun, or told to SCP, and not recorded.

What became of them the member's status tells. Every replica may do this beside the others, and
beside who decides: the first to record an end has made it (``Decisions.finish``), and tells whoever
has waited for it.
"""

from collections.abc import Container
from datetime import timedelta

import structlog

from bot.background.elapsed import elapsed
from bot.errors import ScpError
from bot.oncall.values import Result
from bot.store import Begun, Store
from bot.triage.in_hand import Tell, tell_who_asked
from bot.triage.membership import Membership, verdict

AT_ONCE = 50
"""Decisions a look; the others wait for the next."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
"""Seconds before one is looked at again that could not be ended."""

QUIET = timedelta(seconds=15)
"""So long after it began, whoever lives has mostly recorded a decision, with SCP's request id."""

NOT_APPLIED = "Samsung Cloud has not carried it out."
NOT_APPLIED_REMEDY = "Nothing has changed: decide once more."

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Reconciling:
    """Ends open decisions but those ``in_hand``, which this process ends by itself.

    ``membership`` is None where our account's id is not known: then nobody can tell what became
    of a decision that was told to SCP. ``tell``: how it ended hears who had asked, once, if Slack
    takes it.
    """

    def __init__(
        self, store: Store, membership: Membership | None, in_hand: Container[int], tell: Tell
    ) -> None:
        self._store = store
        self._membership = membership
        self._in_hand = in_hand
        self._tell = tell
        self._tries: dict[int, tuple[int, float]] = {}
        """How often each was looked at in vain, and when to look again, as ``elapsed`` counts."""
        self._inherited: set[int] = set()
        """Those that somebody had in hand at the first look: most likely this process, before it
        fell over."""
        self.has_looked = False
        """Whether it was once."""

    async def reconcile(self) -> bool:
        """End what can be ended; return whether anything was. Raise ``StoreError``."""
        found = await self._store.decisions.open(AT_ONCE)
        if not self.has_looked:
            self._inherited = {begun.decision for begun in found}
        self._tries = {
            d.decision: self._tries[d.decision] for d in found if d.decision in self._tries
        }
        ended = False
        for begun in found:
            if self._is_time(begun):
                ended |= await self._end(begun)
        self.has_looked = True
        return ended

    def _is_time(self, begun: Begun) -> bool:
        if begun.decision in self._in_hand:
            return False
        if begun.decision in self._tries:
            return elapsed() >= self._tries[begun.decision][1]
        if begun.state == "begun" or begun.expired or begun.unsure:
            return True
        return begun.decision in self._inherited and begun.age >= QUIET

    async def _end(self, begun: Begun) -> bool:
        """End one if that can be told now; return whether it was."""
        image_id, expected = begun.asked.image.id, begun.asked.expected
        try:
            status = await self._status(begun)
        except ScpError as error:
            log.warning(
                "what became of a decision is not known yet", image=image_id, why=str(error)
            )
            self._later(begun)
            return False
        result = _result(begun, status)
        if result is None:
            self._later(begun)
            return False
        ended = await self._store.decisions.end_left(
            begun.decision, result, before=expected, after=status or ""
        )
        if ended is not None:
            await tell_who_asked(self._tell, begun, ended)
        return True

    async def _status(self, begun: Begun) -> str | None:
        """Return the member's status; as it was, of what was never told. Raise ``ScpError``."""
        if begun.state == "begun":
            return begun.asked.expected
        if self._membership is None:
            raise ScpError("Without SCP_ACCOUNT_ID nobody can be asked.", "Set SCP_ACCOUNT_ID.")
        return await self._membership.read(begun.asked.image.id)

    def _later(self, begun: Begun) -> None:
        tries, _ = self._tries.get(begun.decision, (0, 0.0))
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 10))
        self._tries[begun.decision] = (tries + 1, elapsed() + pause)


def _result(begun: Begun, status: str | None) -> Result | None:
    """Return how a decision ended, given the member's status; None while that may yet change."""
    if begun.state == "begun":
        return Result(kind="interrupted")
    wanted = begun.asked.status
    if not begun.expired and status != wanted:
        return None  # the request may be on its way still
    if status != begun.asked.expected:
        return verdict(status, wanted)
    return Result(kind="refused", problem=NOT_APPLIED, remedy=NOT_APPLIED_REMEDY)

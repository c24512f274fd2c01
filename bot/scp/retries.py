"""When a call is worth another try, and after how long (``scp/facts.md``, "Errors")."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import structlog

from bot.errors import RateLimited, ScpError, TimedOut, Unavailable, Unreachable
from bot.scp.responses import Reply, retry_after
from bot.scp.transport_errors import BodyTruncated

TRANSIENT = (RateLimited, Unavailable, TimedOut, Unreachable, BodyTruncated)
"""429; 502, 503, 504; no answer in time; no connection, or one that broke. Nothing else."""

Observe = Callable[[str, float], None]
"""Told of each attempt: ``ok`` or the error's class name, and how many seconds it took."""


class Retries(msgspec.Struct, frozen=True):
    """How patient a call is. All times in seconds."""

    attempts: int = 4
    wait_initial: float = 0.5
    """The first pause; each further one is twice as long. Up to this much is added at random."""
    wait_max: float = 5.0
    """No pause is longer, but for ``Retry-After`` and the random part."""
    deadline: float = 20.0
    """For the whole call, whatever happens in it."""


class Attempts:
    """The attempts of one call: counted, timed, reported, and repeated where that may help."""

    def __init__(self, retries: Retries, observe: Observe | None) -> None:
        self.reply: Reply | None = None
        """The answer of the attempt under way, once it is there."""
        self.may_correct_clock = True
        """Once a call."""
        self._change_left = False
        self._retries = retries
        self._observe = observe
        self._ends_at = time.monotonic() + retries.deadline
        self._started_at: float | None = None
        self._failures = 0
        self._last_error: ScpError | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Surround one attempt."""
        self.reply = None
        self._change_left = False
        self._started_at = time.monotonic()
        try:
            yield
        except ScpError as error:
            error.may_have_applied = self._may_have_applied()
            self._last_error = error
            self._ended(type(error).__name__)
            raise
        self._ended("ok")

    def change_leaves(self) -> None:
        """Note that in the attempt under way SCP is asked to change something from now on."""
        self._change_left = True

    def pause(self, error: ScpError) -> float | None:
        """Return the seconds until the next attempt, or None where another would not help."""
        self._failures += 1
        if not isinstance(error, TRANSIENT) or self._failures >= self._retries.attempts:
            return None
        backoff = self._retries.wait_initial * float(1 << (self._failures - 1))
        asked = retry_after(self.reply) if self.reply else None
        wait = max(min(backoff, self._retries.wait_max), asked or 0.0)
        wait += random.uniform(0, self._retries.wait_initial)  # noqa: S311  spreads load, no secret
        if time.monotonic() + wait >= self._ends_at:
            return None
        structlog.get_logger().warning(
            "scp.retry",
            attempt=self._failures,
            status=self.reply.status if self.reply else None,
            error=type(error).__name__,
            wait_seconds=round(wait, 3),
        )
        return wait

    def out_of_time(self) -> ScpError:
        """Return what to tell when the deadline ends the call: an attempt, or the pause after."""
        if self._started_at is None and self._last_error is not None:
            return self._last_error
        if self._started_at is not None:
            self._ended(TimedOut.__name__)
        error = TimedOut(
            f"SCP did not answer within {self._retries.deadline:g} s.", "Try again in a minute."
        )
        error.may_have_applied = self._may_have_applied()
        return error

    def _may_have_applied(self) -> bool:
        """Tell whether a change has left and was not clearly refused."""
        refused = self.reply is not None and 300 <= self.reply.status < 500  # noqa: PLR2004  the classes of refusals
        return self._change_left and not refused

    def _ended(self, outcome: str) -> None:
        if self._observe is not None and self._started_at is not None:
            self._observe(outcome, time.monotonic() - self._started_at)
        self._started_at = None

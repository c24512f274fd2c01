"""Rate limits, and failures that a test asks for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Drop = Literal["before", "after"]


@dataclass
class Failure:
    """How the next calls of one method fail."""

    method: str
    """A method's name, ``response_url``, or ``*`` for all."""
    error: str
    status: int | None
    """The HTTP status, None for the usual one."""
    retry_after: int | None
    drop: Drop | None
    """Close the connection without accepting the call, or after accepting it."""
    left: int


class Gate:
    """Decides whether a call may pass; rates are calls per second, bursts are calls."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.message_rate: float | None = None
        """chat.postMessage per channel; None for no limit."""
        self.message_burst = 3
        self.method_rates: dict[str, float] = {}
        self.method_burst = 1
        self._failures: list[Failure] = []
        self._buckets: dict[str, tuple[float, float]] = {}

    def fail(self, failure: Failure) -> None:
        """Add a failure; the first that fits a call is used, then counted down."""
        self._failures.append(failure)

    def failure(self, method: str) -> Failure | None:
        """Take the failure that fits, if any."""
        for failure in self._failures:
            if failure.method in {method, "*"} and failure.left > 0:
                failure.left -= 1
                return failure
        return None

    def seconds_to_wait(self, method: str, channel: str) -> int:
        """Return Retry-After for this call; 0 lets it pass and counts it."""
        waits = []
        if method == "chat.postMessage" and self.message_rate is not None:
            waits.append(self._take(f"{method} {channel}", self.message_rate, self.message_burst))
        if method in self.method_rates:
            waits.append(self._take(method, self.method_rates[method], self.method_burst))
        return max(waits, default=0)

    def _take(self, name: str, rate: float, burst: int) -> int:
        now = self.clock()
        tokens, since = self._buckets.get(name, (float(burst), now))
        tokens = min(float(burst), tokens + (now - since) * rate)
        allowed = tokens >= 1
        self._buckets[name] = (tokens - 1 if allowed else tokens, now)
        return 0 if allowed else max(1, math.ceil((1 - tokens) / rate))

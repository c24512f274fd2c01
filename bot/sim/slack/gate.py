"""Rate limits, failures that a test asks for, a bad line, and slow answers."""

import asyncio
import contextlib
import math
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Drop = Literal["before", "after"]


@dataclass
class Failure:
    """How the next calls of one method fail."""

    method: str
    """A method's name, ``response_url``, or ``*`` for all."""
    error: str
    status: int | None = None
    """The HTTP status, None for the usual one."""
    retry_after: int | None = None
    drop: Drop | None = None
    """Close the connection without accepting the call, or after accepting it."""
    accepted: bool = False
    """Whether the call takes effect before the error is answered."""
    left: int = 1

    @property
    def refuses(self) -> bool:
        """Whether the call is answered with an error and has no effect."""
        return self.drop is None and not self.accepted


@dataclass
class BadLine:
    """How likely a call fails, each from 0 to 1."""

    drop_before: float
    drop_after: float
    error_after: float
    methods: Collection[str]
    """Methods' names, ``response_url`` among them; ``*`` for all."""
    dice: random.Random

    def failure(self, method: str) -> Failure | None:
        """Return what happens to this call."""
        if not {method, "*"} & set(self.methods):
            return None
        drawn = self.dice.random()
        if drawn < self.drop_before:
            return Failure(method, "dropped", drop="before")
        if drawn < self.drop_before + self.drop_after:
            return Failure(method, "dropped", drop="after")
        if drawn < self.drop_before + self.drop_after + self.error_after:
            return Failure(method, "internal_error", status=500, accepted=True)
        return None


class Delay(NamedTuple):
    """How many seconds a method takes, before it accepts a call and before it answers."""

    accepting: float = 0.0
    answering: float = 0.0


class Bucket(NamedTuple):
    """Calls of one name, at so many per second, and how many may come at once."""

    name: str
    rate: float
    burst: int


@dataclass
class Rates:
    """How fast calls may come, in calls per second; None for no limit."""

    message_rate: float | None = None
    """chat.postMessage per channel."""
    message_burst: int = 3
    workspace_rate: float | None = None
    """chat.postMessage in all; Slack says "several hundred messages per minute"."""
    workspace_burst: int = 100
    method_rates: dict[str, float] = field(default_factory=dict)
    method_burst: int = 1
    method_bursts: dict[str, int] = field(default_factory=dict)

    def buckets(self, method: str, channel: str) -> list[Bucket]:
        """Return every limit that a call counts towards."""
        found = []
        if method == "chat.postMessage" and self.message_rate is not None:
            found.append(Bucket(f"{method} {channel}", self.message_rate, self.message_burst))
        if method == "chat.postMessage" and self.workspace_rate is not None:
            found.append(Bucket(f"{method} *", self.workspace_rate, self.workspace_burst))
        if method in self.method_rates:
            burst = self.method_bursts.get(method, self.method_burst)
            found.append(Bucket(method, self.method_rates[method], burst))
        return found


class Gate:
    """Decides whether a call may pass."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.rates = Rates()
        self.bad_line: BadLine | None = None
        self.delays: dict[str, Delay] = {}
        self.closing = asyncio.Event()
        """Set when the server stops: nothing waits any more."""
        self._failures: list[Failure] = []
        self._tokens: dict[str, tuple[float, float]] = {}

    def fail(self, failure: Failure) -> None:
        """Add a failure; the first that fits a call is used, then counted down."""
        self._failures.append(failure)

    def failure(self, method: str) -> Failure | None:
        """Take the failure that fits, if any: one that was asked for, or one by chance."""
        for failure in self._failures:
            if failure.method in {method, "*"} and failure.left > 0:
                failure.left -= 1
                return failure
        return None if self.bad_line is None else self.bad_line.failure(method)

    def delay(self, method: str) -> Delay:
        """Return how slow a method is now."""
        return self.delays.get(method, self.delays.get("*", Delay()))

    async def pause(self, seconds: float) -> None:
        """Wait so long, of real time, unless the server stops."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.closing.wait()

    def seconds_to_wait(self, method: str, channel: str) -> int:
        """Return Retry-After for this call; 0 lets it pass and counts it."""
        buckets = self.rates.buckets(method, channel)
        now = self.clock()
        waits = [self._wait(bucket, now) for bucket in buckets]
        if any(waits):
            return max(waits)
        for bucket in buckets:
            self._tokens[bucket.name] = (self._left(bucket, now) - 1, now)
        return 0

    def _left(self, bucket: Bucket, now: float) -> float:
        tokens, since = self._tokens.get(bucket.name, (float(bucket.burst), now))
        return min(float(bucket.burst), tokens + (now - since) * bucket.rate)

    def _wait(self, bucket: Bucket, now: float) -> int:
        missing = 1 - self._left(bucket, now)
        return 0 if missing <= 0 else max(1, math.ceil(missing / bucket.rate))

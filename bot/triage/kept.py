"""What Slack has told, kept for a while, and asked for once however many wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

import msgspec

from bot.background.elapsed import elapsed
from bot.errors import SlackError
from bot.flight import join, launch

PATIENCE_SECONDS = 2.0
"""How long a click waits for what Slack says of a person, a 429 and its wait included: the window
that it is to open has three (``slack/facts.md``)."""

KEPT_AT_MOST = 10_000
"""Answers that are kept; at one more, those too old are dropped."""

LATE = "late"
"""Our code beside Slack's own: it may still tell, but nobody waits for it any more."""

T = TypeVar("T")


class _Answer(msgspec.Struct, Generic[T], frozen=True):
    asked_at: float
    value: T


class Kept(Generic[T]):
    """Answers by id: for ``fresh`` seconds good, and for ``holds`` good enough, but to be renewed.

    Later they are asked for anew; what Slack does not tell then is not known.
    """

    def __init__(self, ask: Callable[[str], Awaitable[T]], *, fresh: float, holds: float) -> None:
        self._ask = ask
        self._fresh = fresh
        self._holds = holds
        self._kept: dict[str, _Answer[T]] = {}
        self._asking: dict[str, asyncio.Task[T]] = {}
        self._used: set[str] = set()
        """Ids whose answers were used when they were not fresh any more."""

    async def get(self, key: str) -> T:
        """Return what Slack says, or said not long ago. Raise ``SlackError``."""
        answer = self._kept.get(key)
        age = self._age(key)
        if answer is None or age >= self._holds:
            return await self.renew(key)
        if age >= self._fresh:
            self._used.add(key)
        return answer.value

    async def told(self, key: str) -> T | SlackError:
        """Return what ``get`` does, or why Slack does not tell."""
        try:
            return await self.get(key)
        except SlackError as error:
            return error

    def last(self, key: str) -> T | None:
        """Return what Slack has said last, however long ago, if that is remembered."""
        answer = self._kept.get(key)
        return None if answer is None else answer.value

    def to_renew(self, keys: AbstractSet[str], at_most: int) -> list[str]:
        """Return whose answers are not fresh, or not known: of these, then of others used since.

        What is oldest comes first.
        """
        chosen = [*self._stale(keys), *self._stale(self._used - keys)][:at_most]
        self._used.difference_update(chosen)
        return chosen

    async def renew(self, key: str) -> T:
        """Return what Slack says now, together with all who ask. Raise ``SlackError``."""
        if key not in self._asking:
            self._asking[key] = launch(self._ask_and_keep(key))
        return await join(self._asking[key])

    async def _ask_and_keep(self, key: str) -> T:
        asked_at = elapsed()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                value = await self._ask(key)
        except TimeoutError as error:
            raise SlackError("Slack did not tell it in time.", code=LATE) from error
        finally:
            del self._asking[key]
        self._make_room()
        self._kept[key] = _Answer(asked_at, value)
        return value

    def _stale(self, keys: AbstractSet[str]) -> list[str]:
        stale = (key for key in keys if self._age(key) >= self._fresh)
        return sorted(stale, key=self._age, reverse=True)

    def _age(self, key: str) -> float:
        answer = self._kept.get(key)
        return float("inf") if answer is None else elapsed() - answer.asked_at

    def _make_room(self) -> None:
        if len(self._kept) >= KEPT_AT_MOST:
            self._kept = {k: v for k, v in self._kept.items() if self._age(k) < self._holds}

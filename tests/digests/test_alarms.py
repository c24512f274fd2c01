"""The alarms: regularly, when asked to, and also where somebody sets the wall clock back."""

import asyncio

import pytest

from bot.digests import alarms as module
from bot.digests.alarms import Alarms


class Bell:
    """Counts how often it rings."""

    def __init__(self) -> None:
        self.rung = 0
        self._ringing = asyncio.Event()

    def __call__(self) -> None:
        self.rung += 1
        self._ringing.set()

    async def rings(self) -> None:
        """Wait until it rings once more."""
        self._ringing.clear()
        async with asyncio.timeout(5):
            await self._ringing.wait()


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour between two looks."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(module, "OVERSLEPT_SECONDS", 3 * 3600.0)


async def test_they_ring_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    for _ in range(3):
        await bell.rings()
    await alarms.stop()


@pytest.mark.usefixtures("seldom")
async def test_they_ring_when_they_are_asked_to() -> None:
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    alarms.ring_in(0.01)
    await bell.rings()
    await alarms.stop()


@pytest.mark.usefixtures("seldom")
async def test_the_last_wish_counts() -> None:
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    alarms.ring_in(0.01)
    alarms.ring_in(1800)
    await asyncio.sleep(0.05)
    assert bell.rung == 0
    await alarms.stop()


@pytest.mark.usefixtures("seldom")
async def test_a_wish_that_came_too_late_is_granted_at_once() -> None:
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    alarms.ring_in(-7200)
    await bell.rings()
    await alarms.stop()


async def test_who_overslept_wakes_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall clock set back would let the regular alarm sleep for as long: here, for an hour."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(module, "OVERSLEPT_SECONDS", 0.02)
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    await bell.rings()
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(module, "OVERSLEPT_SECONDS", 3600.0)
    for _ in range(3):
        await bell.rings()
    await alarms.stop()


async def test_after_the_stop_they_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "OVERSLEPT_SECONDS", 0.01)
    bell = Bell()
    alarms = Alarms(bell)
    alarms.start()
    await bell.rings()
    await alarms.stop()
    before = bell.rung
    await asyncio.sleep(0.05)
    assert bell.rung == before


async def test_a_stop_without_a_start_does_nothing() -> None:
    await Alarms(Bell()).stop()

"""What all tests of listeners have in common."""

import pytest

from bot.digests import watch


@pytest.fixture(autouse=True)
def _unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No watch asks SCP beside what a test does: many count the requests."""
    monkeypatch.setattr(watch, "FIRST_AFTER", 3600.0)

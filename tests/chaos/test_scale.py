"""Many digests due at once: all arrive at Slack's pace, once, and memory stays bounded.

At full length, with Slack's own limits: ``python -m tests.chaos --scale 1000``.
"""

import sys
from pathlib import Path

import pytest

from tests.chaos.scale import run_scale

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.timeout(300)
async def test_all_that_is_due_at_once_arrives_at_slacks_pace(tmp_path: Path) -> None:
    """A workspace that takes fewer messages a minute than Slack's own: so few digests meet it."""
    figures = await run_scale(60, tmp_path, a_minute=180)
    report = "\n".join(figures.lines())
    assert figures.faults == [], report
    assert (figures.tally.wanted, figures.tally.messages) == (60, 60)
    assert figures.seconds >= figures.least_seconds > 15
    assert 0 < figures.refused < 2 * 60, report  # it waits, and does not hammer

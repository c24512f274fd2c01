"""Every digest arrives once, whatever happens to replicas, database and lines.

A run of any length: ``python -m tests.chaos --help``.
"""

import sys
from pathlib import Path

import pytest

from tests.chaos.run import POINTS_MIN, Mischief, run_chaos

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.timeout(300)
async def test_sixty_digests_arrive_once_while_replicas_die_and_the_database_restarts(
    tmp_path: Path,
) -> None:
    """kill -9 at marked points, lost answers of Slack, restarts and a crash of PostgreSQL."""
    mischief = Mischief()
    outcome = await run_chaos(60, 20, mischief, tmp_path)
    report = "\n".join(outcome.lines())
    print(report)  # noqa: T201  pytest shows it where the test fails
    assert outcome.faults(mischief) == [], report
    assert outcome.tally.messages == outcome.tally.wanted >= 60
    assert outcome.tally.lost == []
    assert outcome.tally.duplicated == {}
    assert outcome.tally.recorded_wrongly == []
    assert outcome.killed.total() >= POINTS_MIN
    assert outcome.database_restarts.keys() == {"fast", "immediate"}
    assert outcome.looked_up > 0

"""``python -m tests.bench`` runs; how fast the bot is, it says itself."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.bench.figures import Line, Pair, as_json, ratio_line, table, value_line

REPOSITORY = Path(__file__).parents[1]
MEASURED = (
    "ack of a command / empty listener",
    "command to message, 50 images / hand-made",
    "200 commands at once: fetches",
    "200 commands at once: slowest ack",
    "200 commands at once: all messages",
    "commands a second, kept list",
    "commands a second, nothing kept",
    "commands a second, hand-made",
    "first page of 1,000, all / decode",
    "first page of 1,000, filtered / decode",
    "first page of 1,000: peak memory / decode",
    "start until ready / importing the libraries",
)


@pytest.mark.timeout(180)  # alone it takes twenty seconds, and all of a core
def test_the_quick_bench_measures_everything() -> None:
    bench = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        timeout=170,
    )
    lines = {line.what: line for line in msgspec.json.decode(bench.stdout, type=list[Line])}
    assert set(MEASURED) <= set(lines)
    assert all(0 < line.low <= line.median <= line.high for line in lines.values())
    assert lines["200 commands at once: fetches"].median == 1


def test_a_ratio_is_the_median_of_the_rounds_with_its_spread() -> None:
    rounds = [Pair(floor=0.001 * n, subject=0.002 * n + 0.001) for n in range(1, 12)]
    line = ratio_line("this / that", rounds, goal=2.2)
    assert line.low < line.median < line.high
    assert (round(line.median, 3), line.verdict) == (2.167, "ok")
    assert line.note == "13.00 ms to 6.00 ms"


def test_a_missed_goal_is_over_and_a_figure_without_goal_is_neither() -> None:
    over = value_line("much", "s", [3.0], goal=2)
    assert (over.median, over.low, over.high, over.verdict) == (3, 3, 3, "over")
    assert value_line("much", "s", [3.0]).verdict == ""


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = [value_line("much", "s", [3.0], goal=2), value_line("more", "MB", [4.0], note="here")]
    printed = table(lines).splitlines()
    assert printed[1].split() == ["much", "3.00", "s", "3.00-3.00", "<=", "2", "over"]
    assert printed[2].split() == ["more", "4.00", "MB", "4.00-4.00", "here"]
    assert [row["verdict"] for row in msgspec.json.decode(as_json(lines))] == ["over", ""]

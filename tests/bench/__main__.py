"""``python -m tests.bench``: how fast the bot is, as ratios to floors measured in the same run.

Exit code 0; 1 under ``--strict`` where a goal is missed; 2 where something could not be measured.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import msgspec

from tests.bench.commands import Sizes, measure_commands
from tests.bench.far_end import MeasuringFailed
from tests.bench.figures import Line, as_json, table
from tests.bench.first_page import body_of, measure_first_page
from tests.bench.startup import measure_startup

IMAGES = 50


class Plan(msgspec.Struct, frozen=True):
    """How much is measured."""

    commands: Sizes
    first_pages: dict[int, int]
    """Rounds by the number of images."""
    starts: int


FULL = Plan(Sizes(rounds=25, samples=20, bursts=3, sustained=1_600), {1_000: 25, 100_000: 7}, 3)
QUICK = Plan(Sizes(rounds=1, samples=3, bursts=1, sustained=16), {1_000: 1}, 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a goal is missed")
    parser.add_argument("--quick", action="store_true", help="only see that it works")
    args = parser.parse_args(arguments)
    try:
        lines = _measure(QUICK if args.quick else FULL)
    except (MeasuringFailed, OSError) as error:  # TimeoutError is an OSError
        print(f"Could not measure: {error!r}", file=sys.stderr)  # noqa: T201  a command prints
        return 2
    print(as_json(lines) if args.json else table(lines))  # noqa: T201  a command prints
    return int(args.strict and any(line.verdict == "over" for line in lines))


def _measure(plan: Plan) -> list[Line]:
    lines = asyncio.run(measure_commands(body_of(IMAGES), plan.commands))
    for count, rounds in plan.first_pages.items():
        lines += measure_first_page(count, rounds)
    return lines + asyncio.run(measure_startup(plan.starts))


if __name__ == "__main__":
    sys.exit(main())

"""``python -m tests.chaos``: a run of any length, with its figures.

Exit code 0 where every digest arrived once (under ``--stops``: at least once), 1 where not, or
where nothing was done to the replicas that was to be done.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Mischief, run_chaos


def main() -> int:
    """Run, print, and return the exit code."""
    usual = Mischief()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--occurrences", type=int, default=60)
    parser.add_argument("--channels", type=int, default=20, help="digests due at one moment")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--dooms", type=int, default=usual.dooms, help="marked points in each life")
    parser.add_argument("--stops", action="store_true", help="SIGSTOP for longer than the leases")
    parser.add_argument("--logs", type=Path, help="an empty directory for the replicas' logs")
    args = parser.parse_args()
    mischief = Mischief(seed=args.seed, dooms=args.dooms, stops=args.stops)
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        place = args.logs or Path(directory)
        place.mkdir(parents=True, exist_ok=True)
        running = run_chaos(args.occurrences, args.channels, mischief, place, tell=_tell)
        outcome = asyncio.run(running)
    print(*outcome.lines(), sep="\n")  # noqa: T201  a command prints
    faults = outcome.faults(mischief)
    print(f"NOT GOOD: {', '.join(faults)}" if faults else "good")  # noqa: T201
    return 1 if faults else 0


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)  # noqa: T201  a command prints


if __name__ == "__main__":
    sys.exit(main())

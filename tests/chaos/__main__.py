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
from tests.chaos.scale import run_scale


def main() -> int:
    """Run, print, and return the exit code."""
    usual = Mischief()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--occurrences", type=int, default=60)
    parser.add_argument("--channels", type=int, default=20, help="digests due at one moment")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--dooms", type=int, default=usual.dooms, help="marked points in each life")
    parser.add_argument(
        "--passes", type=int, default=usual.passes, help="so often a point may be passed, at most"
    )
    parser.add_argument("--stops", action="store_true", help="SIGSTOP for longer than the leases")
    parser.add_argument(
        "--scale", type=int, metavar="N", help="instead: N digests due at once, at Slack's pace"
    )
    parser.add_argument("--logs", type=Path, help="an empty directory for the replicas' logs")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        place = args.logs or Path(directory)
        place.mkdir(parents=True, exist_ok=True)
        if args.scale:
            faults = _scale(args.scale, place)
        else:
            mischief = Mischief(
                seed=args.seed, dooms=args.dooms, passes=args.passes, stops=args.stops
            )
            faults = _chaos(args.occurrences, args.channels, mischief, place)
    print(f"NOT GOOD: {', '.join(faults)}" if faults else "good")  # noqa: T201  a command prints
    return 1 if faults else 0


def _chaos(occurrences: int, channels: int, mischief: Mischief, place: Path) -> list[str]:
    outcome = asyncio.run(run_chaos(occurrences, channels, mischief, place, tell=_tell))
    print(*outcome.lines(), sep="\n")  # noqa: T201  as above
    return outcome.faults(mischief)


def _scale(schedules: int, place: Path) -> list[str]:
    """Run with a tenth of them first, so that memory can be compared."""
    faults = []
    for count in (max(1, schedules // 10), schedules):
        logs = place / str(count)
        logs.mkdir()
        figures = asyncio.run(run_scale(count, logs, tell=_tell))
        print(f"{count} digests due at once", *figures.lines(), sep="\n")  # noqa: T201  as above
        faults += figures.faults
    return faults


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)  # noqa: T201  a command prints


if __name__ == "__main__":
    sys.exit(main())

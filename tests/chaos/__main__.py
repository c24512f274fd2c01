"""``python -m tests.chaos``: a run of any length, with its figures."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Mischief, run_chaos


def main() -> int:
    """Run; return 0 where every digest arrived, and, unless processes were stopped, once."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--occurrences", type=int, default=60)
    parser.add_argument("--channels", type=int, default=50, help="digests due at one moment")
    parser.add_argument("--stops", action="store_true", help="SIGSTOP for longer than the leases")
    parser.add_argument("--logs", type=Path, help="an empty directory for the replicas' logs")
    parser.add_argument("--kill", type=float, default=Mischief.kill, help="chance at each point")
    args = parser.parse_args()
    mischief = Mischief(kill=args.kill, stops=args.stops)
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        place = args.logs or Path(directory)
        outcome = asyncio.run(
            run_chaos(args.occurrences, args.channels, mischief, place, tell=_tell)
        )
    print(outcome)  # noqa: T201  a command prints
    return 1 if outcome.lost or (outcome.duplicated and not args.stops) else 0


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)  # noqa: T201  a command prints


if __name__ == "__main__":
    sys.exit(main())

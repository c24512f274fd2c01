"""``python -m bot``: the commands, their exit codes, and the outermost errors."""

import argparse
import asyncio
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from bot.errors import BotError, SettingsError

EXIT_FAILED = 1
EXIT_WRONG_SETTINGS = 2
PREVIEWS = ("listing", "digest", "details", "decision", "home", "help", "error")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 failed, 2 wrong settings or usage.

    After a signal it is 128 and the signal's number, but for SIGTERM, which ends `run` well.
    """
    try:
        try:
            return _outcome(arguments)
        finally:
            sys.stdout.flush()  # here, where it can still be told that nobody reads it
    except BrokenPipeError:
        # Whoever read has had enough. The rest goes nowhere, or the exit would flush it in vain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _outcome(arguments: Sequence[str] | None) -> int:
    args = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a poor terminal is no reason to fail
    try:
        return int(args.run(args))
    except SettingsError as error:
        print("The settings are not right:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {problem}", file=sys.stderr)
        print("README.md, section Settings, tells where each comes from.", file=sys.stderr)
        return EXIT_WRONG_SETTINGS
    except BotError as error:
        print(f"{error} {error.remedy}".strip(), file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Pending images of Samsung Cloud Platform, in Slack."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="work for a Slack workspace until stopped")
    run.set_defaults(run=_run)
    digest = commands.add_parser("digest", help="deliver the digest of the settings")
    digest.add_argument("--now", action="store_true", required=True, help="not at its time")
    digest.add_argument("--dry-run", action="store_true", help="print it, post nothing")
    digest.set_defaults(run=_digest)
    doctor = commands.add_parser("doctor", help="check settings, Slack and SCP")
    doctor.add_argument("--json", action="store_true", help="machine-readable")
    doctor.set_defaults(run=_doctor)
    copying = commands.add_parser(
        "copy-database",
        help="copy all that the bot keeps to another database",
        description="Copy all that the bot keeps to another, empty database. Stop every bot first.",
    )
    copying.add_argument("source", metavar="FROM", type=_address, help="as DATABASE_URL names it")
    copying.add_argument("target", metavar="TO", type=_address, help="likewise; must hold nothing")
    copying.set_defaults(run=_copy_database)
    audit = commands.add_parser("audit", help="check the record of what was done")
    audit.add_argument("what", choices=("verify",), help="whether it is as it was written")
    audit.set_defaults(run=_audit)
    demo = commands.add_parser("demo", help="the bot between a simulated Slack and SCP")
    demo.set_defaults(run=_demo)
    preview = commands.add_parser("preview", help="print a message's JSON and a builder link")
    preview.add_argument("what", choices=PREVIEWS)
    preview.set_defaults(run=_preview)
    return parser


# Each command imports what it needs when it runs, so that `preview` and `--help` stay quick.


def _run(_: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _end)  # the imports take a while; the loop's own follows

    from bot.app import build
    from bot.logs import configure_logging
    from bot.settings import Need, load_settings

    settings = load_settings(Need.SLACK, Need.EVENTS, Need.SCP)
    configure_logging(settings.log_level, settings.secrets())

    async def run() -> None:
        stop = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
        async with build(settings) as bot:
            await bot.run(stop)

    asyncio.run(run())
    return 0


def _end(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _digest(args: argparse.Namespace) -> int:
    from bot.digest_now import deliver_digest, print_digest

    return print_digest() if args.dry_run else deliver_digest()


def _address(text: str) -> str:
    from bot.copy_database import address

    return address(text)


def _copy_database(args: argparse.Namespace) -> int:
    from bot.copy_database import copy

    return copy(args.source, args.target)


def _audit(_: argparse.Namespace) -> int:
    from bot.audit_verify import verify

    return verify()


def _doctor(args: argparse.Namespace) -> int:
    from bot.doctor import run_doctor

    return run_doctor(as_json=args.json)


def _demo(_: argparse.Namespace) -> int:
    from bot.demo import run_demo

    return run_demo()


def _preview(args: argparse.Namespace) -> int:
    from bot.preview import preview

    print(preview(args.what))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bot copy-database FROM TO``: all that the bot keeps, into another database."""

import asyncio
from argparse import ArgumentTypeError
from datetime import UTC, datetime

from pydantic import SecretStr

from bot.settings.databases import database_address
from bot.store.copying import copy_database

_DONE = (
    "Start the bots with DATABASE_URL set to the new database. The old one stays as it was: no bot "
    "may use it any more, or digests would come twice."
)


def address(text: str) -> str:
    """Return an address of a database as ``DATABASE_URL`` has it, for argparse."""
    try:
        return database_address(SecretStr(text)).get_secret_value()
    except ValueError as error:
        # argparse would quote what it was given, and so a password.
        raise ArgumentTypeError(str(error)) from error


def copy(source: str, target: str) -> int:
    """Copy, and print how much; return 0. Raise ``StoreError``."""
    copied = asyncio.run(copy_database(source, target, lambda: datetime.now(UTC)))
    print("Copied: " + ", ".join(f"{name} {number:,}" for name, number in copied.items()) + ".")
    print(_DONE)
    return 0

"""``python -m bot audit verify``: whether the record is as it was written."""

import asyncio
from datetime import UTC, datetime

from bot.errors import StoreError
from bot.logs import configure_logging
from bot.settings import load_settings
from bot.settings.databases import sqlite_file
from bot.store import Verification, open_store


def verify() -> int:
    """Print what the record comes to; return 0 where it is whole, else 1. Raise ``BotError``."""
    settings = load_settings()
    configure_logging(settings.log_level, settings.secrets())
    found = asyncio.run(_verification(settings.database_url.get_secret_value()))
    if found.problem is not None:
        print(f"The record is not as it was written. {found.problem}")
        print("Keep the database as it is, and compare it with a backup.")
        return 1
    entries = "1 entry" if found.entries == 1 else f"{found.entries:,} entries"
    print(f"The record is whole: {entries}.")
    print(f"Its last seal, to be kept elsewhere: {found.head}")
    return 0


async def _verification(url: str) -> Verification:
    path = sqlite_file(url)
    if path is not None and not path.exists():  # looking would make it
        raise StoreError(f"There is no database {path}.", "Correct DATABASE_URL.")
    async with open_store(url, now=lambda: datetime.now(UTC)) as store:
        if not await store.is_migrated():
            raise StoreError(
                "The database has no record that this release can read.",
                "Start the bot once: it brings the tables up to date.",
            )
        return await store.audit.verify()

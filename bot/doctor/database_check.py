"""The doctor's look at the database."""

import os
from datetime import datetime
from pathlib import Path

from bot.doctor.check import Check, failure, skipped, within_time
from bot.doctor.settings_checks import Survey
from bot.errors import BotError
from bot.settings import Settings
from bot.settings.databases import sqlite_file
from bot.store import open_store

NAME = "database"


async def check_database(survey: Survey, settings: Settings, now: datetime) -> Check:
    """Tell whether the database can be used; nothing is made or changed in it."""
    if obstacle := survey.obstacle("database_url"):
        return skipped(NAME, obstacle)
    url = settings.database_url.get_secret_value()
    path = sqlite_file(url)
    if path is not None and not path.exists():
        return _file_to_come(path)
    try:
        async with open_store(url, now=lambda: now) as store:
            migrated = await within_time(store.is_migrated())
    except BotError as error:
        return failure(NAME, error)
    kind = "PostgreSQL" if path is None else f"SQLite, {path}"
    if not migrated:
        return Check(NAME, "ok", f"{kind}. The next start brings its tables up to date.")
    return Check(NAME, "ok", f"{kind}, and its tables are of this release.")


def _file_to_come(path: Path) -> Check:
    parent = path.parent
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return Check(NAME, "ok", f"SQLite: {path} is made at the first start.")
    return Check(
        NAME,
        "failed",
        f"SQLite: {path} is not there and cannot be made.",
        f"Make the directory {parent} and let the bot write there, or set DATABASE_URL.",
    )

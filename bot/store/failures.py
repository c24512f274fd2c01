"""What goes wrong between us and a database, in words; no text of it holds a password."""

import re
import sqlite3

import psycopg
from sqlalchemy import exc
from sqlalchemy.engine import URL

from bot.errors import StoreError

_WAIT = "Try again in a minute; what the bot does by itself it repeats by itself."
"""True of a command or a form, which nobody repeats but a person, and of a digest."""
_LOOK = "Check DATABASE_URL, and the database's own log."

_SQLSTATES = {
    "28P01": ("refused the user name or the password", "Check them in DATABASE_URL.", False),
    "28000": ("refused the user", "Check DATABASE_URL, and pg_hba.conf of the server.", False),
    "3D000": ("has no such database", "Create it, or correct DATABASE_URL.", False),
    "3F000": ("has no schema to make tables in", _LOOK, False),
    "42501": ("does not permit that", "Grant the user its schema: the bot makes tables.", False),
    "25006": ("only reads at present", _WAIT, True),
    "53100": ("has no space left on its disk", "Make space.", True),
    "53300": ("has too many connections", "Raise its max_connections.", True),
    "55P03": ("was locked for too long", _WAIT, True),
    "57014": ("took too long", _WAIT, True),
    "57P03": ("is starting or stopping", _WAIT, True),
}
"""SQLSTATE -> what it did, what to do, and whether it passes."""

_WRONG_OPTION = re.compile(r"invalid (port number|\w+ value)")
"""What libpq says of an address before it asks anybody, who could not answer otherwise later."""

_PASSING_CLASSES = ("08", "40", "53", "57")
"""Connection, rollback (deadlocks), resources, an operator's doing (a restart)."""

_SAID = {
    "authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "too many connections": "53300",
    "too many clients": "53300",
    "remaining connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P03",
    "recovery mode": "57P03",
    "not yet accepting connections": "57P03",
    "permission denied": "42501",
    'role "': "28000",
    '" does not exist': "3D000",
}
"""While a connection is being made, the server's code is not told, only its text. The first counts:
texts of several kinds name a role or a database."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: ("is locked by another process", _WAIT, True),
    sqlite3.SQLITE_LOCKED: ("is locked", _WAIT, True),
    sqlite3.SQLITE_FULL: ("has no space left on its disk", "Make space.", True),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check that its directory exists and that the bot may write there.",
        False,
    ),
    sqlite3.SQLITE_READONLY: ("cannot be written", "Let the bot write the file.", False),
    sqlite3.SQLITE_PERM: ("may not be opened", "Let the bot read and write the file.", False),
    sqlite3.SQLITE_NOTADB: ("is no SQLite database", "Move that file away.", False),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup, or move it away.", False),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check its disk.", True),
}
"""Primary result code -> what it did, what to do, and whether it passes."""
_PRIMARY = 0xFF

_SHORTEST = 4
"""Letters of a password that is looked for within words, too."""


def place(url: URL) -> str:
    """Return what people call the database: ``PostgreSQL at db:5432/bot``, without a password."""
    if url.get_backend_name() == "sqlite":
        return "The database in memory" if "vfs" in url.query else f"The database {url.database}"
    hosts = url.query.get("host", "")
    host = url.host or (hosts if isinstance(hosts, str) else ",".join(hosts)) or "localhost"
    return f"PostgreSQL at {host}:{url.port or 5432}/{url.database or ''}"


def store_error(error: exc.SQLAlchemyError | TimeoutError, url: URL) -> StoreError:
    """Return what happened, in words."""
    if isinstance(error, TimeoutError | exc.TimeoutError):
        return StoreError(f"{place(url)} did not answer in time.", _WAIT, passing=True)
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    if isinstance(cause, psycopg.Error):
        return _of_postgresql(cause, url)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, url)
    return _worded(url, ("failed", _LOOK, False), str(cause or error))


def _of_postgresql(error: psycopg.Error, url: URL) -> StoreError:
    text = _first_line(error)
    state = error.sqlstate
    if state is None and _WRONG_OPTION.search(text):
        return _worded(url, ("cannot be reached so", "Correct DATABASE_URL.", False), text)
    if state is None and isinstance(error, psycopg.OperationalError):
        state = next((state for said, state in _SAID.items() if _says(text, said)), None)
        if state is None:
            return _worded(url, ("cannot be reached", _WAIT, True), text)
    known = _SQLSTATES.get(state or "")
    if known is None:
        passing = (state or "").startswith(_PASSING_CLASSES)
        known = ("broke off", _WAIT, True) if passing else ("failed", _LOOK, False)
    return _worded(url, known, text)


def _says(text: str, said: str) -> bool:
    return said in text and ("FATAL" in text or "password" in text)


def _of_sqlite(error: sqlite3.Error, url: URL) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    known = _SQLITE.get((code or 0) & _PRIMARY, ("failed", _LOOK, False))
    return _worded(url, known, _first_line(error))


def _worded(url: URL, known: tuple[str, str, bool], text: str) -> StoreError:
    what, remedy, passing = known
    said = f"{what}." if _tells_password(text, url) else f"{what}: {text}"
    return StoreError(f"{place(url)} {said}", remedy, passing=passing)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _tells_password(text: str, url: URL) -> bool:
    """Tell whether a text holds a password: it is left out then, as a gap would tell a word.

    One of a few letters is part of many words; it counts where it stands alone.
    """
    given = [value for name, value in url.normalized_query.items() if name.endswith("password")]
    passwords = [url.password or "", *(password for values in given for password in values)]
    return any(_holds(text, password) for password in passwords if password)


def _holds(text: str, password: str) -> bool:
    if len(password) >= _SHORTEST:
        return password in text
    return re.search(rf"(?<!\w){re.escape(password)}(?!\w)", text) is not None

"""Addresses of databases, as ``DATABASE_URL`` has them; no text here ever repeats one."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote

import msgspec
from pydantic import SecretStr

_SQLITE = "sqlite:///file.db or sqlite:////absolute/file.db"
_POSTGRESQL = "postgresql://user:password@host/database"

_ADDRESS = re.compile(
    r"(?P<kind>\w+)(?:\+\w+)?://"
    r"(?:[^:/]*(?::(?P<password>[^@]*))?@)?"
    r"(?P<host>\[[^/?]+\]|[^/:?]*)(?P<port>:[^/?]*)?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
)
"""As SQLAlchemy reads them (``sqlalchemy.engine.url``): a password may hold any sign but ``@``. A
driver after ``+`` is not needed, and makes no difference."""


class _Parts(msgspec.Struct, frozen=True):
    kind: str
    password: str | None
    host: str
    port: str | None
    database: str | None
    query: str | None


def database_address(secret: SecretStr) -> SecretStr:
    """Accept the address of a SQLite file or of a PostgreSQL database."""
    parts = _parts(secret.get_secret_value())
    if parts is not None and parts.kind == "sqlite":
        _check_sqlite(parts)
    elif parts is not None and parts.kind in ("postgresql", "postgres"):
        _check_postgresql(parts)
    else:
        raise ValueError(f"must be {_SQLITE}, or {_POSTGRESQL}")
    return secret


def passwords(url: str) -> list[str]:
    """Return the passwords in a database's address, as written and as meant; none without one."""
    parts = _parts(url)
    if parts is None:
        return []
    options = (option.partition("=") for option in (parts.query or "").split("&"))
    given = [value for name, _, value in options if name.endswith("password")]
    written = [password for password in (parts.password, *given) if password]
    return [form for password in written for form in (password, unquote(password))]


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None for another kind."""
    parts = _parts(url)
    if parts is None or parts.kind != "sqlite":
        return None
    return Path(unquote(parts.database or ""))


def _parts(url: str) -> _Parts | None:
    matched = _ADDRESS.fullmatch(url)
    return None if matched is None else _Parts(**matched.groupdict())


def _check_sqlite(parts: _Parts) -> None:
    if parts.host or parts.port or parts.password is not None:
        raise ValueError(f"must be {_SQLITE}")
    if unquote(parts.database or "") in ("", ":memory:"):
        raise ValueError(
            f"must name a file, as in {_SQLITE}: a database in memory ends with its process"
        )
    if parts.query is not None:  # some of which make it one in memory
        raise ValueError(f"must be {_SQLITE}, without options")


def _check_postgresql(parts: _Parts) -> None:
    host = parts.host or "host" in parse_qs(parts.query or "")
    if not host or not parts.database or (parts.port and not parts.port[1:].isdecimal()):
        raise ValueError(f"must name a host and a database, as in {_POSTGRESQL}")

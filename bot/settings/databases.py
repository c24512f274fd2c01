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
    r"(?:(?P<user>[^:/]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>\[[^/?@]+\]|[^/:?@]*)(?P<port>:[^/?@]*)?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
)
"""As SQLAlchemy reads them (``sqlalchemy.engine.url``), but for an ``@`` too many: there a password
ends at the first, and what is left of it becomes the host, which is shown; here it ends at the
last. A driver after ``+`` is not needed, and makes no difference."""

_PORT = re.compile("[0-9]{1,5}")

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PORT_MAX = 65_535


class _Parts(msgspec.Struct, frozen=True):
    kind: str
    user: str | None
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
    """Return the passwords in a database's address, as written and as meant; none without one.

    All that may be of one belongs to it, up to the last ``@``.
    """
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
    """Look for what no waiting mends: a connection would fail of it again and again."""
    user, password = parts.user or "", parts.password or ""
    # The last of these is a password among the options, the end of which would be the host.
    if "@" in user or "@" in password or "password=" in password:
        raise ValueError("must have each @ of a user name or a password written as %40")
    options = parse_qs(parts.query or "")
    if not (parts.host or "host" in options) or not parts.database:
        raise ValueError(f"must name a host and a database, as in {_POSTGRESQL}")
    ports = [port for given in options.get("port", ()) for port in given.split(",") if port]
    if not all(map(_is_port, [*ports, *([parts.port[1:]] if parts.port else [])])):
        raise ValueError(f"must have a port from 1 to {_PORT_MAX}")
    if not set(options.get("sslmode", ())).issubset(_SSL_MODES):
        raise ValueError(f"must have an sslmode that is one of {', '.join(_SSL_MODES)}")


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and 1 <= int(text) <= _PORT_MAX

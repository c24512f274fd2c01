"""The versions of the service ``virtualserver`` and which one to ask for (design 2.10). Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from bot.images import API_VERSIONS, parse_timestamp

FALLBACK = "1.0"
"""The version of the given API page (``scp/list-pending-images-1.0.txt``)."""
SOON = timedelta(days=90)
"""A version is deprecated when its end is nearer (``scp/facts.md``, "Versions")."""
_CALLABLE = ("CURRENT", "SUPPORTED")
_MAX_STATUS = 30


class ApiVersion(msgspec.Struct, frozen=True):
    """The version we ask for, and what the service says of it."""

    version: str
    source: Literal["pinned", "negotiated", "assumed"]
    """By setting; by the service's list; or because the service gave no list we can use."""
    status: str | None = None
    """CURRENT, SUPPORTED, DEPRECATED; None where we have not asked."""
    supported_until: date | None = None


class ListedVersion(msgspec.Struct, frozen=True):
    """An entry of the service's list, such as ``1.3``, ``CURRENT``."""

    version: str
    status: str
    supported_until: date | None


def choose(listed: Sequence[ListedVersion]) -> ApiVersion:
    """Return the newest version that we know and may call.

    CURRENT and SUPPORTED before DEPRECATED, which still answers; PLANNED never does. Without
    any of these, ``FALLBACK``.
    """
    known = [entry for entry in listed if entry.version in API_VERSIONS]
    for statuses in (_CALLABLE, ("DEPRECATED",)):
        fit = [entry for entry in known if entry.status in statuses]
        if fit:
            best = max(fit, key=lambda entry: API_VERSIONS.index(entry.version))
            return ApiVersion(best.version, "negotiated", best.status, best.supported_until)
    return ApiVersion(FALLBACK, "assumed")


def warning(chosen: ApiVersion, today: date) -> str | None:
    """Return what an operator should know of the version's end, or None."""
    until = chosen.supported_until
    if until is not None and until < today:
        return f"API version {chosen.version} is supported no longer: it ended on {until}."
    if until is not None and until - today < SOON:
        return f"API version {chosen.version} is supported only until {until}."
    if chosen.status == "DEPRECATED":
        return f"API version {chosen.version} is deprecated."
    return None


def parse_versions(body: bytes) -> list[ListedVersion]:
    """Return the readable entries of the service's list; none for any other body."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    entries = raw.get("versions") if isinstance(raw, dict) else None
    if not isinstance(entries, list):
        return []
    return [_listed(entry) for entry in entries if isinstance(entry, dict)]


def _listed(entry: dict[str, object]) -> ListedVersion:
    until = parse_timestamp(_text(entry.get("not_before")))
    return ListedVersion(
        version=_text(entry.get("id")).strip().lower().removeprefix("v"),
        status=_text(entry.get("status")).strip().upper()[:_MAX_STATUS],
        supported_until=until.date() if until else None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

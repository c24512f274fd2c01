"""The chain of hashes through the audit: who changes, drops or inserts an entry breaks it."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.oncall.values import AuditEntry

GENESIS = "0" * 64
"""What stands before the first entry, in place of a hash."""


class AuditDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that has no place in the record yet; the fields are those of ``AuditEntry``."""

    actor: str
    channel: str = ""
    action: str
    outcome: str
    image_id: str
    image_name: str
    owner: str
    reason: str = ""
    detail: str = ""
    request_id: str = ""
    before: str = ""
    after: str = ""


def sealed(draft: AuditDraft, number: int, at: datetime, previous_hash: str) -> AuditEntry:
    """Return the entry that a draft becomes behind the one whose hash is given."""
    digest = _hash(number, at, draft, previous_hash)
    fields = msgspec.structs.asdict(draft)
    return AuditEntry(number=number, at=at, previous_hash=previous_hash, hash=digest, **fields)


def hash_of(entry: AuditEntry) -> str:
    """Return the hash that the entry has to have for all else that it says."""
    return _hash(entry.number, entry.at, entry, entry.previous_hash)


def broken(entries: Iterable[AuditEntry]) -> str | None:
    """Tell in a sentence where a record, read from its first entry on, is not as it was written.

    None where it is. A record whose last entries were cut off shows no break: for that its length
    and its last hash have to be compared with what is known from elsewhere.
    """
    previous = GENESIS
    for number, entry in enumerate(entries, 1):
        if problem := _problem(entry, number, previous):
            return problem
        previous = entry.hash
    return None


_HASHED = tuple(AuditDraft.__struct_fields__)


def _hash(number: int, at: datetime, fields: AuditDraft | AuditEntry, previous_hash: str) -> str:
    """Return SHA-256 over one JSON array, in which no two different entries look alike."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    values: list[Any] = [number, moment, *(getattr(fields, name) for name in _HASHED)]
    # escaped, a text is ASCII whatever was typed, lone surrogates too
    text = json.dumps([*values, previous_hash], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _problem(entry: AuditEntry, number: int, previous: str) -> str | None:
    if entry.number != number:
        return f"Entry {number} is missing: entry {entry.number} stands in its place."
    if entry.previous_hash != previous:
        return f"Entry {number} does not follow the one before it: one of the two was replaced."
    if entry.hash != hash_of(entry):
        return f"Entry {number} was changed after it was written."
    return None

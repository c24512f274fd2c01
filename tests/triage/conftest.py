"""The world of the digests' tests, for triage."""

from tests.digests.conftest import (
    clock,
    elapsed,
    kept_database,
    meanwhile,
    migrated_file,
    postgres_url,
    slack,
    sqlite_url,
)

__all__ = [
    "clock",
    "elapsed",
    "kept_database",
    "meanwhile",
    "migrated_file",
    "postgres_url",
    "slack",
    "sqlite_url",
]

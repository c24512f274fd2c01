"""The whole record as a file, for an approver."""

import asyncio
import io
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.blocks.triage.audit_csv import CSV_HEAD, csv_rows
from bot.errors import BotError, NotAllowed
from bot.listeners.meant import AUDIT_EXPORT
from bot.listeners.payloads import Command
from bot.listeners.refusals import Refusals
from bot.oncall.values import AuditEntry
from bot.slack import Slack
from bot.store import Store
from bot.triage.access import Access

log = structlog.get_logger(__name__)

ROWS_AT_ONCE = 200
"""Some milliseconds' worth: between two such batches the loop is free for acks."""


class AuditExport:
    """Sends the record to approvers, to each one file at a time."""

    def __init__(
        self,
        *,
        slack: Slack,
        store: Store,
        access: Access,
        refusals: Refusals,
        now: Callable[[], datetime],
    ) -> None:
        self._slack = slack
        self._store = store
        self._access = access
        self._refusals = refusals
        self._now = now
        self._underway: set[str] = set()

    async def send(self, command: Command) -> int:
        """Send it to whoever asks, and return how many entries that are. Raise ``BotError``."""
        user_id = command.user_id
        try:
            await self._access.check_approver(user_id)
        except NotAllowed as why:
            await self._refusals.record(AUDIT_EXPORT, None, user_id, command.channel_id, why)
            raise
        if user_id in self._underway:
            raise BotError(
                "The record is being written for you already.",
                "Wait for the file in your direct messages with the bot.",
            )
        self._underway.add(user_id)
        try:
            return await self._send(user_id)
        finally:
            self._underway.discard(user_id)

    async def _send(self, user_id: str) -> int:
        content, entries = await self._written()
        channel = await self._slack.open_dm(user_id)
        await self._slack.upload(
            channel,
            f"pending-images-audit-{self._now():%Y%m%d-%H%M%S}.csv",
            content,
            title="Record of on-call's triage",
            comment=f"{entries:,} entries, the oldest first.",
        )
        log.info("record exported", user=user_id, entries=entries)
        return entries

    async def _written(self) -> tuple[bytes, int]:
        """Return the file, which alone is held whole, and how many entries are in it."""
        file, entries = io.BytesIO(), 0
        file.write(CSV_HEAD.encode())
        batch: list[AuditEntry] = []
        async for entry in self._store.audit.every():
            batch.append(entry)
            if len(batch) == ROWS_AT_ONCE:
                entries += await _write(file, batch)
                batch = []
        entries += await _write(file, batch)
        return file.getvalue(), entries


async def _write(file: io.BytesIO, batch: list[AuditEntry]) -> int:
    file.write(csv_rows(batch).encode())
    await asyncio.sleep(0)
    return len(batch)

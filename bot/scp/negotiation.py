"""Agreeing with the service on a version: asked once, kept for hours, never in the way."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import structlog

from bot.errors import ScpError
from bot.flight import cancel, join, launch
from bot.scp import versions
from bot.scp.exchange import Exchange
from bot.scp.versions import ApiVersion

AUTO = "auto"
TIMEOUT_SECONDS = 3.0
KEEP_SECONDS = 6 * 3600.0
RETRY_SECONDS = 300.0
"""After a failure the service is asked again this much later."""
_LISTS = (HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
"""OpenStack services list their versions under status 300."""


class Negotiation:
    """Knows which version to ask for: the pinned one, or what the service's root lists."""

    def __init__(
        self,
        exchange: Exchange,
        base_url: str,
        pinned: str,
        clock: Callable[[], float],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._exchange = exchange
        self._root = f"{base_url}/"
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._pinned = pinned != AUTO
        self._chosen = (
            ApiVersion(pinned, "pinned")
            if self._pinned
            else ApiVersion(versions.FALLBACK, "assumed")
        )
        self._due_at = float("-inf")
        self._flight: asyncio.Task[None] | None = None
        self._warned_of: ApiVersion | None = None

    async def version(self) -> ApiVersion:
        """Return the version to ask for, after at most ``timeout_seconds``. Never fails."""
        if not self._pinned and self._clock() >= self._due_at:
            if self._flight is None or self._flight.done():
                self._flight = launch(self._negotiate())
            await join(self._flight)
        return self._chosen

    async def aclose(self) -> None:
        """End a negotiation under way."""
        if self._flight is not None:
            await cancel(self._flight)

    async def _negotiate(self) -> None:
        """Ask the service's root, unsigned (``scp/facts.md``, "Versions")."""
        log = structlog.get_logger()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reply = await self._exchange.get(self._root, signed=False)
        except (ScpError, TimeoutError) as error:
            reason = str(error) or "no answer in time"
        else:
            chosen = versions.choose(versions.parse_versions(reply.body))
            if reply.status in _LISTS and chosen.source == "negotiated":
                self._keep(chosen)
                return
            reason = f"status {reply.status}, no version we know"
        # What was agreed on before, or the fallback, stays in use meanwhile.
        self._due_at = self._clock() + RETRY_SECONDS
        log.warning("scp.no_version_list", reason=reason, version=self._chosen.version)

    def _keep(self, chosen: ApiVersion) -> None:
        self._due_at = self._clock() + KEEP_SECONDS
        self._chosen = chosen
        today = datetime.fromtimestamp(self._clock(), UTC).date()
        text = versions.warning(chosen, today)
        if text is not None and chosen != self._warned_of:
            self._warned_of = chosen
            structlog.get_logger().warning("scp.api_version_ends", what=text)

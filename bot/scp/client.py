"""The client: pending images of our account, asked for with signature, patience and caution."""

import asyncio
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog

from bot.errors import ScpError, SignatureRefused
from bot.images import PendingImages
from bot.scp.auth import Credentials
from bot.scp.decoding import decode_images
from bot.scp.endpoint import with_query
from bot.scp.exchange import Exchange
from bot.scp.negotiation import AUTO, Negotiation
from bot.scp.responses import MAX_SKEW_SECONDS, body_of
from bot.scp.retries import Attempts, Observe, Retries
from bot.scp.versions import ApiVersion

PATH = "/v1/pending-images"
SERVICE = "virtualserver"
MAX_BODY_BYTES = 64 * 2**20
UNREADABLE_LOGGED = 50


class ScpClient:
    """Asks SCP for pending images. Every failure is a ``ScpError`` (``bot.errors``).

    ``clock`` tells seconds of the epoch. ``observe`` is told of every attempt. Construction
    raises ``SettingsError`` where the environment's certificates or proxy cannot be used.
    """

    def __init__(  # noqa: PLR0913  each is a setting of its own
        self,
        *,
        base_url: str,
        credentials: Credentials,
        api_version: str = AUTO,
        language: str = "en-US",
        max_body_bytes: int = MAX_BODY_BYTES,
        retries: Retries = Retries(),
        clock: Callable[[], float] = time.time,
        verify: ssl.SSLContext | bool = True,
        observe: Observe | None = None,
    ) -> None:
        base_url = base_url.rstrip("/")
        self._url = base_url + PATH
        self._retries = retries
        self._observe = observe
        self._exchange = Exchange(
            credentials=credentials,
            max_body_bytes=max_body_bytes,
            language=language,
            clock=clock,
            verify=verify,
        )
        self._negotiation = Negotiation(self._exchange, base_url, api_version, clock)

    async def list_pending_images(
        self, image_type: str | None = None, original_image_type: str | None = None
    ) -> PendingImages:
        """Return the images shared with our account that it has not decided on.

        The filters are exact, case-sensitive strings; one that is None is not sent. Ends within
        ``retries.deadline``.
        """
        filters = {"scp_image_type": image_type, "scp_original_image_type": original_image_type}
        url = with_query(self._url, filters)
        attempts = Attempts(self._retries, self._observe)
        try:
            async with asyncio.timeout(self._retries.deadline):
                chosen = await self._negotiation.version()
                listed = await self._patiently(attempts, url, chosen.version)
        except TimeoutError:
            raise attempts.out_of_time() from None
        if listed.possibly_cut:
            structlog.get_logger().warning("scp.list_possibly_cut", images=listed.total)
        if listed.unreadable:
            first = [f"{bad.id}: {bad.reason}" for bad in listed.unreadable[:UNREADABLE_LOGGED]]
            structlog.get_logger().warning(
                "scp.images_unreadable", images=len(listed.unreadable), first=first
            )
        return listed

    async def api_version_status(self) -> ApiVersion:
        """Return the version asked for, its status and its end. Never fails; takes 3 s at most."""
        return await self._negotiation.version()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._negotiation.aclose()
        await self._exchange.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _patiently(self, attempts: Attempts, url: str, version: str) -> PendingImages:
        while True:
            try:
                return await self._by_right_clock(attempts, url, version)
            except ScpError as error:
                wait = attempts.pause(error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)

    async def _by_right_clock(self, attempts: Attempts, url: str, version: str) -> PendingImages:
        """Ask; where the signature is refused for our clock, correct that and ask again.

        The correction stays for later calls, and is corrected again when the clock is.
        """
        auth = self._exchange.auth
        signed_with = auth.offset_seconds
        try:
            return await self._ask(attempts, url, version)
        except SignatureRefused as refused:
            skew = refused.skew_seconds
            wrong = skew is not None and abs(skew - signed_with) > MAX_SKEW_SECONDS
            if skew is None or not wrong or not attempts.may_correct_clock:
                raise
        attempts.may_correct_clock = False
        structlog.get_logger().warning("scp.clock_corrected", skew_seconds=round(skew))
        auth.offset_seconds = skew
        return await self._ask(attempts, url, version)

    async def _ask(self, attempts: Attempts, url: str, version: str) -> PendingImages:
        with attempts.attempt():
            headers = {"Scp-Api-Version": f"{SERVICE} {version}"}
            attempts.reply = reply = await self._exchange.get(url, headers)
            images, unreadable = decode_images(body_of(reply))
        return PendingImages(
            images=images,
            unreadable=unreadable,
            fetched_at=datetime.fromtimestamp(reply.arrived_at, UTC),
            api_version=version,
        )

"""The client: what SCP knows of images shared with us, asked with signature, patience, caution."""

import asyncio
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec
import structlog

from bot.errors import NotFound, ScpError, SignatureRefused
from bot.images import ImageMember, PendingImages
from bot.oncall.values import MemberStatus
from bot.scp.auth import Credentials
from bot.scp.decoding import decode_image_member, decode_images
from bot.scp.endpoint import with_query, with_segments
from bot.scp.exchange import Exchange
from bot.scp.negotiation import AUTO, Negotiation
from bot.scp.responses import (
    LIST_ACTION,
    MAX_SKEW_SECONDS,
    MEMBER_ACTION,
    SET_ACTION,
    Reply,
    body_of,
    request_id,
)
from bot.scp.retries import Attempts, Observe, Retries
from bot.scp.versions import ApiVersion

PATH = "/v1/pending-images"
IMAGES_PATH = "/v1/images"
SERVICE = "virtualserver"
MAX_BODY_BYTES = 64 * 2**20
UNREADABLE_LOGGED = 50
CHANGE_SECONDS = 15.0
"""How long a change may take at most; a person waits for it."""

Answer = TypeVar("Answer")
Read = Callable[[Reply, str], Answer]
"""Makes a value of a reply to a request for a version; raises ``ScpError``."""


class _Request(msgspec.Struct, Generic[Answer], frozen=True):
    url: str
    read: Read[Answer]
    change: bytes | None = None
    """What to put there; None asks only."""


class ScpClient:
    """Asks SCP for pending images and what our account has decided on them, and decides.

    Every failure is a ``ScpError`` (``bot.errors``). ``clock`` tells seconds of the epoch.
    ``observe`` is told of every attempt. Construction raises ``SettingsError`` where the
    environment's certificates or proxy cannot be used.
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
        self._base_url = base_url
        self._retries = retries
        # The member may change during a pause: who asked reads it again, and asks again.
        self._change_retries = msgspec.structs.replace(
            retries, attempts=1, deadline=min(retries.deadline, CHANGE_SECONDS)
        )
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
        listed = await self._call(
            _Request(with_query(self._base_url + PATH, filters), _pending_images)
        )
        if listed.possibly_cut:
            structlog.get_logger().warning("scp.list_possibly_cut", images=listed.total)
        if listed.unreadable:
            first = [f"{bad.id}: {bad.reason}" for bad in listed.unreadable[:UNREADABLE_LOGGED]]
            structlog.get_logger().warning(
                "scp.images_unreadable", images=len(listed.unreadable), first=first
            )
        return listed

    async def get_image_member(self, image_id: str, member_id: str) -> ImageMember | None:
        """Return an account's membership in an image that is shared with it.

        None where SCP knows of none: the image was withdrawn or deleted, or never shared with the
        account. ``member_id`` is the account's id. Ends within ``retries.deadline``.
        """
        url = self._member_url(image_id, member_id)
        try:
            return await self._call(_Request(url, _image_member))
        except NotFound:
            return None

    async def set_image_member(
        self, image_id: str, member_id: str, status: MemberStatus
    ) -> ImageMember:
        """Set what an account has decided on an image that is shared with it; return that.

        Nothing is repeated but what SCP refused for our clock: ``may_have_applied`` of the
        ``ScpError`` tells whether to read the member back. ``NotFound`` as where
        ``get_image_member`` returns None. Ends within ``CHANGE_SECONDS``.
        """
        change = msgspec.json.encode({"status": status})
        url = self._member_url(image_id, member_id)
        return await self._call(_Request(url, _changed_member, change))

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

    def _member_url(self, image_id: str, member_id: str) -> str:
        return with_segments(self._base_url + IMAGES_PATH, image_id, "members", member_id)

    async def _call(self, request: _Request[Answer]) -> Answer:
        retries = self._retries if request.change is None else self._change_retries
        attempts = Attempts(retries, self._observe)
        try:
            async with asyncio.timeout(retries.deadline):
                chosen = await self._negotiation.version()
                return await self._patiently(attempts, request, chosen.version)
        except TimeoutError:
            raise attempts.out_of_time() from None

    async def _patiently(
        self, attempts: Attempts, request: _Request[Answer], version: str
    ) -> Answer:
        while True:
            try:
                return await self._by_right_clock(attempts, request, version)
            except ScpError as error:
                wait = attempts.pause(error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)

    async def _by_right_clock(
        self, attempts: Attempts, request: _Request[Answer], version: str
    ) -> Answer:
        """Ask; where the signature is refused for our clock, correct that and ask again.

        The correction stays for later calls, and is corrected again when the clock is.
        """
        auth = self._exchange.auth
        signed_with = auth.offset_seconds
        try:
            return await self._ask(attempts, request, version)
        except SignatureRefused as refused:
            skew = refused.skew_seconds
            wrong = skew is not None and abs(skew - signed_with) > MAX_SKEW_SECONDS
            if skew is None or not wrong or not attempts.may_correct_clock:
                raise
        attempts.may_correct_clock = False
        structlog.get_logger().warning("scp.clock_corrected", skew_seconds=round(skew))
        auth.offset_seconds = skew
        return await self._ask(attempts, request, version)

    async def _ask(self, attempts: Attempts, request: _Request[Answer], version: str) -> Answer:
        headers = {"Scp-Api-Version": f"{SERVICE} {version}"}
        with attempts.attempt():
            if request.change is None:
                reply = await self._exchange.get(request.url, headers)
            else:
                reply = await self._exchange.put(
                    request.url, request.change, headers, attempts.change_leaves
                )
            attempts.reply = reply
            return request.read(reply, version)


def _pending_images(reply: Reply, version: str) -> PendingImages:
    images, unreadable = decode_images(body_of(reply, LIST_ACTION))
    return PendingImages(
        images=images,
        unreadable=unreadable,
        fetched_at=datetime.fromtimestamp(reply.arrived_at, UTC),
        api_version=version,
    )


def _image_member(reply: Reply, _version: str) -> ImageMember:
    return _member(reply, MEMBER_ACTION)


def _changed_member(reply: Reply, _version: str) -> ImageMember:
    return _member(reply, SET_ACTION)


def _member(reply: Reply, action: str) -> ImageMember:
    member = decode_image_member(body_of(reply, action))
    return msgspec.structs.replace(member, request_id=request_id(reply))

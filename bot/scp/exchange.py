"""One request and its answer over a pooled connection: httpx's only door in the bot.

Knows sizes, times and transport failures; what an answer means is ``bot.scp.responses``' matter.
"""

import contextlib
import functools
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from bot.errors import BodyTooLarge, BodyUnreadable, ScpError, SettingsError
from bot.scp.auth import SIGNATURE_HEADER, Credentials, ScpAuth
from bot.scp.responses import Reply
from bot.scp.transport_errors import BodyTruncated, translated

MAX_CONNECTIONS = 4
"""httpx's pool slows down with every open connection; the cache does the rest (design 3)."""
TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
LIMITS = httpx.Limits(
    max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS, keepalive_expiry=30
)
_DIRECT: Mapping[str, None] = {
    "all://127.0.0.1": None,
    "all://[::1]": None,
    "all://localhost": None,
}
"""No proxy leads to this machine, whatever HTTP_PROXY says: the demo runs behind one too."""
_MAX_REFUSAL_BYTES = 65_536
"""Of an error's body no more than this is read: enough to say what is wrong."""
_INFLATE_STEP = 1 << 20


class Exchange:
    """Sends requests, signed or not, and reads answers of a limited size."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        max_body_bytes: int,
        language: str,
        clock: Callable[[], float] = time.time,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.auth = ScpAuth(credentials, clock)
        self._credentials = credentials
        self._max_body_bytes = max_body_bytes
        self._clock = clock
        self._client = _build_client(language, verify)

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, signed: bool = True
    ) -> Reply:
        """Return the answer whatever its status; raise an ``ScpError`` where none arrives.

        A pre-encoded ``url`` travels, and is signed, as it is.
        """
        return await self._reply("GET", url, headers, signed=signed)

    async def put(
        self, url: str, body: bytes, headers: Mapping[str, str], leaving: Callable[[], None]
    ) -> Reply:
        """Send JSON, signed but for the body; the rest is as with ``get``.

        ``leaving`` is called when the request is about to leave, on a connection that is there.
        """
        typed = {**headers, "Content-Type": "application/json"}
        extensions = {"trace": _telling(leaving)}
        return await self._reply("PUT", url, typed, content=body, extensions=extensions)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _reply(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        *,
        signed: bool = True,
        **given: Any,
    ) -> Reply:
        try:
            request = self._client.build_request(method, _parsed(url), headers=headers, **given)
            response = await self._client.send(
                request, auth=self.auth if signed else None, stream=True
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The cause is not shown: h11 quotes the server's bytes, which may echo our headers.
            raise translated(error) from None
        try:
            body = await self._body(response)
        finally:
            await response.aclose()
        signature = response.request.headers.get(SIGNATURE_HEADER, "")
        return Reply(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            arrived_at=self._clock(),
            secrets=(self._credentials.access_key, self._credentials.secret_key, signature),
        )

    async def _body(self, response: httpx.Response) -> bytes:
        if response.status_code != HTTPStatus.OK:
            return await _beginning(response)
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._max_body_bytes:
            raise self._too_large()
        chunks = []
        size = 0
        async for chunk in _plain_bytes(response):
            size += len(chunk)
            if size > self._max_body_bytes:
                raise self._too_large()
            chunks.append(chunk)
        return b"".join(chunks)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"SCP's answer is larger than the limit of {self._max_body_bytes} bytes.",
            "Ask for fewer images: name one image type or original image type.",
        )


def _telling(leaving: Callable[[], None]) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """Return what httpx tells of a PUT's way (its "trace" extension); a proxy has its own."""

    async def trace(event: str, told: Mapping[str, Any]) -> None:
        if event == "http11.send_request_headers.started" and told["request"].method == b"PUT":
            leaving()

    return trace


@functools.lru_cache(maxsize=32)
def _parsed(url: str) -> httpx.URL:
    """Parse an address; it takes longer than to sign for it, and they are few."""
    return httpx.URL(url)


def _build_client(language: str, verify: ssl.SSLContext | bool) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Accept-Language": language,
                "User-Agent": "pending-images",
            },
            verify=verify,
            timeout=TIMEOUT,
            limits=LIMITS,
            follow_redirects=False,  # a redirect would carry the old signature
            trust_env=True,  # SSL_CERT_FILE, HTTPS_PROXY, NO_PROXY
            mounts=_DIRECT,
        )
    except OSError as error:  # ssl.SSLError is one
        problem = "SSL_CERT_FILE, SSL_CERT_DIR: the certificates there cannot be read."
        raise SettingsError([problem]) from error
    except (ValueError, ImportError, httpx.InvalidURL):
        # The cause is not shown: it quotes the proxy's address, which may hold a password.
        problem = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY: not the address of an HTTP proxy."
        raise SettingsError([problem]) from None


async def _beginning(response: httpx.Response) -> bytes:
    """Return as much of a refusal's body as arrives; its status has said the most already."""
    body = b""
    with contextlib.suppress(ScpError):
        async for chunk in _plain_bytes(response):
            body += chunk
            if len(body) >= _MAX_REFUSAL_BYTES:
                break
    return body[:_MAX_REFUSAL_BYTES]


async def _plain_bytes(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, decompressed.

    Raises ``BodyTruncated``, ``BodyUnreadable`` or another ``ScpError``.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise _garbled()
    inflate = _Inflater() if "gzip" in encoding else None
    try:
        async for chunk in response.aiter_raw():
            for step in [chunk] if inflate is None else inflate.steps(chunk):
                yield step
    except httpx.HTTPError as error:
        # The cause is not shown: h11 quotes the server's bytes, which may echo our headers.
        raise translated(error, reading=True) from None
    if inflate is not None and not inflate.complete:
        raise BodyTruncated


class _Inflater:
    """Decompresses gzip in steps of bounded size: httpx has no bound, and 64 KiB can hold 64 MiB.

    Whatever follows the first gzip member is ignored.
    """

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: with a gzip header

    @property
    def complete(self) -> bool:
        return self._decompressor.eof

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        full = True  # a full step may leave more inside the decompressor
        while (chunk or full) and not self.complete:
            try:
                step = self._decompressor.decompress(chunk, _INFLATE_STEP)
            except zlib.error as error:
                raise _garbled() from error
            full = len(step) == _INFLATE_STEP
            chunk = self._decompressor.unconsumed_tail
            yield step


def _garbled() -> BodyUnreadable:
    return BodyUnreadable(
        "SCP's answer is compressed in a way that cannot be read.",
        "Look for a proxy between the bot and SCP that changes what passes.",
    )

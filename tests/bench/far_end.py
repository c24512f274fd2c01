"""The far ends of a command, as fast as Python can be: Slack that sends, Slack and SCP that answer.

They check nothing: the strict simulators of ``bot.sim`` would take longer than the bot does.
"""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-000000000000-bench"
PATIENCE_SECONDS = 30.0

_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_WHO_ASKS = "U0BENCH01"
_IDENTITY = {"ok": True, "team": "Bench", "team_id": "T1", "user": "bot", "user_id": "U1"}
_PERSON = {
    "id": _WHO_ASKS,
    "team_id": "T1",
    "name": "ada",
    "real_name": "Ada",
    "tz": "Asia/Seoul",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "profile": {"display_name": "ada"},
}


class MeasuringFailed(Exception):
    """No figure came of it; the message says why."""


class Message(msgspec.Struct, frozen=True):
    """One HTTP message off the wire."""

    start: str
    """Request or status line."""
    body: bytes
    arrived_at: float
    """``time.perf_counter()`` at its last byte."""


class _Wire(asyncio.Protocol):
    """Cuts a stream into HTTP/1.1 messages by their ``Content-Length``; nothing is chunked."""

    def __init__(self, received: Callable[["_Wire", Message], None]) -> None:
        self._received = received
        self._buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, blank, rest = self._buffer.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if not blank or len(rest) < size:
                return
            self._buffer = rest[size:]
            start = head.partition(b"\r\n")[0].decode("ascii")
            self._received(self, Message(start, rest[:size], time.perf_counter()))


class FarEnd:
    """Answers as Slack's Web API, as response_urls and as SCP, and counts."""

    def __init__(self, images: bytes) -> None:
        self.fetches = 0
        self.url = ""
        self._images = _response("application/json", images)
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._sent = 0

    def new_command(self, text: str = "") -> tuple[bytes, "asyncio.Future[Message]"]:
        """Return a signed request, and what will be the message posted to its response_url."""
        self._sent += 1
        path = f"/commands/{self._sent}"
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[path] = answer
        return _signed_command(text, self.url + path), answer

    def answer(self, wire: _Wire, request: Message) -> None:
        """Answer one request."""
        path = request.start.split()[1]
        if path.startswith("/v1/pending-images"):
            self.fetches += 1
            wire.transport.write(self._images)
        elif path in self._waiting:
            wire.transport.write(_response("text/plain", b"ok"))
            self._waiting.pop(path).set_result(request)
        else:
            known = (
                {"ok": True, "user": _PERSON} if path.startswith("/api/users.info") else _IDENTITY
            )
            wire.transport.write(_response("application/json", msgspec.json.encode(known)))


@asynccontextmanager
async def open_far_end(images: bytes) -> AsyncIterator[FarEnd]:
    """Serve on a free port of the loopback; ``images`` is SCP's body."""
    far_end = FarEnd(images)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Wire(far_end.answer), "127.0.0.1", 0)
    far_end.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield far_end
    finally:
        server.close()


class Connection:
    """One kept connection to the bot, for one request at a time."""

    def __init__(self) -> None:
        self._response: asyncio.Future[Message]
        self._wire = _Wire(lambda _, response: self._response.set_result(response))

    async def open(self, port: int) -> None:
        """Connect to the loopback."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._wire, "127.0.0.1", port)

    async def send(self, request: bytes) -> Message:
        """Return the response to the request. Raise ``MeasuringFailed`` if it is no 200."""
        self._response = asyncio.get_running_loop().create_future()
        self._wire.transport.write(request)
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await self._response
        if " 200 " not in response.start:
            raise MeasuringFailed(f"a command was answered with {response.start}")
        return response

    def close(self) -> None:
        """Disconnect."""
        self._wire.transport.close()


@asynccontextmanager
async def connected(port: int, count: int = 1) -> AsyncIterator[list[Connection]]:
    """Open ``count`` connections."""
    connections = [Connection() for _ in range(count)]
    for connection in connections:
        await connection.open(port)
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def _signed_command(text: str, response_url: str) -> bytes:
    """Return the HTTP request of a slash command (``slack/facts.md``)."""
    fields = {
        "command": "/pending-images",
        "text": text,
        "user_id": _WHO_ASKS,
        "user_name": "ada",
        "channel_id": "C0BENCH01",
        "channel_name": "general",
        "team_id": "T1",
        "team_domain": "bench",
        "api_app_id": "A0BENCH01",
        "response_url": response_url,
        "trigger_id": "1.2.3",
    }
    body = urlencode(fields)
    now = str(int(time.time()))
    base = f"v0:{now}:{body}".encode()
    signature = hmac.digest(SIGNING_SECRET.encode(), base, hashlib.sha256).hex()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return (head + body).encode()


def _response(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body

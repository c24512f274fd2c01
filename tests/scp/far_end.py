"""SCP as a raw socket sees it: what arrives is kept, what goes back is scripted byte by byte."""

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

Send = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Send


class Seen(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


class FarEnd:
    """Answers each request for a list with the next answer; the last one repeats."""

    def __init__(self, *answers: Answer, root: Answer | None = None) -> None:
        self.answers = list(answers)
        self.root = root or reply(404)
        self.seen: list[Seen] = []
        self.connects: list[str] = []
        self.port = 0
        self.certificates: dict[str, ssl.SSLContext] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lists(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.target != "/"]

    @property
    def roots(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.target == "/"]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (seen := await _request(reader)) is not None:
                if seen.method == "CONNECT":
                    self.connects.append(seen.target)
                    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    await writer.start_tls(self.certificates[seen.target.partition(":")[0]])
                    continue
                self.seen.append(seen)
                await self._answer(seen, writer)
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target == "/" and self.root is not None:
            answer = self.root
        else:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(writer)


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)


@asynccontextmanager
async def running(far: FarEnd, tls: ssl.SSLContext | None = None) -> AsyncIterator[FarEnd]:
    server = await asyncio.start_server(far.connected, "127.0.0.1", 0, ssl=tls)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()


def reply(status: int = 200, body: bytes | object = b"", **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    fields = {"Content-Length": str(len(content)), "Content-Type": "application/json"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Some Reason\r\n{head}\r\n".encode() + content


def images(*ids: str) -> bytes:
    return reply(body={"images": [{"id": each, "name": f"image {each}"} for each in ids]})


def right_signature(seen: Seen, secret: str, scheme: str = "http") -> str:
    """As ``scp/facts.md`` says, by nothing but the standard library."""
    text = (
        seen.method
        + f"{scheme}://{seen.headers['host']}{seen.target}"
        + seen.headers["scp-timestamp"]
        + seen.headers["scp-accesskey"]
        + seen.headers["scp-clienttype"]
    )
    digest = hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()

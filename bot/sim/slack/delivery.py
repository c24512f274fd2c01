"""Sending payloads to the app: signed HTTP requests, with the three seconds Slack waits."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

import aiohttp

from bot.sim.slack.state import Json

ACK_SECONDS = 3.0


class NotAcknowledged(Exception):
    """The app did not answer as it must; the user sees an error, named by ``code``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Ack:
    """What came back within three seconds."""

    status: int
    body: object
    """The JSON of the answer, its text if it is not JSON, "" if it is empty."""
    elapsed: float
    """Seconds from sending to the whole answer."""


class Retry(NamedTuple):
    """That an event is sent again: the documents know 1 to 3, and reasons such as http_timeout."""

    number: int
    reason: str


class Carrier(Protocol):
    """A way to the app: HTTP or Socket Mode."""

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Ack:
        """Send a payload of the kind slash_commands, interactive or events_api."""
        ...


class HttpCarrier:
    """Posts to a request URL of the app, signed, as a load balancer before its replicas does."""

    def __init__(self, signing_secret: str) -> None:
        self.signing_secret = signing_secret
        self.events_urls: list[str] = []
        """One for each replica."""
        self.ack_seconds = ACK_SECONDS
        self._session: aiohttp.ClientSession | None = None
        self._turn = itertools.count()

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Ack:
        """Send one payload; raise NotAcknowledged unless 200 comes within the time."""
        content_type, body = encode(kind, payload)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signature_headers(self.signing_secret, body, time.time()),
        }
        if retry is not None:
            headers["X-Slack-Retry-Num"] = str(retry.number)
            headers["X-Slack-Retry-Reason"] = retry.reason
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.ack_seconds):
                status, text = await self._post(body, headers)
        except TimeoutError:
            raise NotAcknowledged("operation_timeout") from None
        except aiohttp.ClientError as error:
            raise NotAcknowledged("dispatch_failed", str(error)) from error
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            raise NotAcknowledged("dispatch_failed", f"app responded with status code {status}")
        return Ack(status, _decoded(text), time.monotonic() - started)

    async def aclose(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Post to the replica whose turn it is, or to the next that takes the connection."""
        if not self.events_urls:
            raise NotAcknowledged("dispatch_failed", "no events_url")
        turn = next(self._turn) % len(self.events_urls)
        *others, last = self.events_urls[turn:] + self.events_urls[:turn]
        for url in others:
            try:
                return await self._post_to(url, body, headers)
            except aiohttp.ClientConnectorError:
                continue  # nothing was sent
        return await self._post_to(last, body, headers)

    async def _post_to(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        if self._session is None:
            # No limit of connections: Slack does not queue the clicks of a crowd.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text()


def encode(kind: str, payload: Json) -> tuple[str, bytes]:
    """Return content type and body: commands are forms, interactions JSON in a form."""
    if kind == "events_api":
        return "application/json", json.dumps(payload).encode()
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def signature_headers(secret: str, body: bytes, now: float) -> dict[str, str]:
    """Return the two headers of Slack's signature v0 (slack/facts.md, Signature)."""
    stamp = str(int(now))
    signed = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _decoded(text: str) -> object:
    try:
        decoded: object = json.loads(text)
    except ValueError:
        return text
    return decoded

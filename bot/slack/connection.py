"""The one session to Slack, its clients and the way there."""

import copy
import functools
import re
import urllib.request
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp.connector import Connection
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT_SECONDS = 10
"""For one call of Slack, connection included."""

BUSY_RETRIES = 3

LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:|$)")
"""No proxy leads to this machine."""


send_unless: ContextVar[Callable[[], bool]] = ContextVar("send_unless")
"""Asked, where it is set, when a request is about to leave: the connection is there by then."""


class HeldUp(aiohttp.ClientError):
    """Nothing was sent: by the time that it could be, it was not to be any more."""


class _Request(aiohttp.ClientRequest):
    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send, unless it is not to be sent any more."""
        if send_unless.get(lambda: False)():
            raise HeldUp
        return await super().send(conn)


def slack_session() -> aiohttp.ClientSession:
    """Open the one session that all calls to Slack share; the caller closes it."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS), request_class=_Request
    )


def web_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Build the Web API client.

    It repeats a call only where Slack said ``ratelimited``: the SDK's default would repeat a
    post after a broken connection, and so might post twice.
    """
    client = AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=BUSY_RETRIES)],
    )
    client.proxy = proxy_for(api_url)
    return client


def never_repeating(client: AsyncWebClient) -> AsyncWebClient:
    """Return a client beside the given one that makes every call once, even where it is busy."""
    once = copy.copy(client)
    once.retry_handlers = []
    return once


def proxy_for(url: str) -> str | None:
    """Return the environment's proxy for ``url``; the SDK would ignore ``NO_PROXY``."""
    address = urlsplit(url)
    return _proxy(address.scheme, address.netloc)


@functools.lru_cache(maxsize=64)
def _proxy(scheme: str, host: str) -> str | None:
    if LOOPBACK.match(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)

"""The edge to Slack: the Web API and response_urls, with failures as ``SlackError``."""

import asyncio
import functools
import re
import urllib.request
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.message import Message, View
from bot.errors import SlackError
from bot.slack.failures import (
    BUSY,
    NOT_SLACK,
    PASSING,
    PASSING_STATUS,
    SOCKET_REMEDY,
    UNCERTAIN,
    UNREACHABLE,
    code_of_answer,
    code_of_failure,
    code_of_refusal,
    slack_error,
)

TIMEOUT_SECONDS = 10
"""For one call of Slack, connection included."""

BUSY_RETRIES = 3

LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:|$)")
"""No proxy leads to this machine."""

LONGEST_WAIT_SECONDS = 30
"""How long a person's answer may wait when Slack asks us to slow down."""


class Identity(msgspec.Struct, frozen=True):
    """Who the bot's token belongs to."""

    team: str
    user_id: str
    scopes: frozenset[str] = frozenset()
    """What the token may do; empty where Slack does not tell."""


class ChannelState(msgspec.Struct, frozen=True):
    """What Slack tells the bot of a channel."""

    name: str
    is_member: bool
    is_archived: bool


class Slack:
    """What the bot asks of Slack. Holds no state; session and token come from the caller."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self.client = client
        self._session = session

    async def identity(self) -> Identity:
        """Return whose token this is. Raise ``SlackError``."""
        answer = await self._read("accept the bot's token", self.client.auth_test())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = re.findall(r"[^\s,]+", headers.get("x-oauth-scopes", ""))
        return Identity(str(answer.get("team")), str(answer.get("user_id")), frozenset(scopes))

    async def channel(self, channel_id: str) -> ChannelState:
        """Return a channel's name and whether the bot can post there. Raise ``SlackError``."""
        answer = await self._read(
            f"tell of {channel_id}", self.client.conversations_info(channel=channel_id)
        )
        _text(answer, f"tell of {channel_id}", "channel", "id")
        channel = answer["channel"]
        return ChannelState(
            name=str(channel.get("name", "")),
            is_member=bool(channel.get("is_member")),
            is_archived=bool(channel.get("is_archived")),
        )

    async def socket_address(self, app_token: str) -> str:
        """Return an address for Socket Mode, whose ticket serves once. Raise ``SlackError``."""
        try:
            answer = await self._read(
                "open Socket Mode", self.client.apps_connections_open(app_token=app_token)
            )
        except SlackError as error:
            if error.code in PASSING:
                raise
            raise SlackError(str(error), SOCKET_REMEDY, code=error.code) from error
        return _text(answer, "open Socket Mode", "url")

    async def post(
        self, channel: str, message: Message, metadata: Mapping[str, Any] | None = None
    ) -> str:
        """Post to a channel, nothing unfurled; return the message's ts. Raise ``SlackError``."""
        answer = await self._call(
            f"post to {channel}",
            self.client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                metadata=dict(metadata) if metadata else None,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return _text(answer, f"post to {channel}", "ts")

    async def post_ephemeral(self, channel: str, user: str, message: Message) -> None:
        """Show a message to one member of a channel. Raise ``SlackError``."""
        await self._call(
            f"show a message in {channel}",
            self.client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=message.blocks
            ),
        )

    async def open_view(self, trigger_id: str, view: View) -> str:
        """Open a modal within the trigger's 3 seconds; return its id. Raise ``SlackError``."""
        answer = await self._call(
            "open a window", self.client.views_open(trigger_id=trigger_id, view=view)
        )
        return _text(answer, "open a window", "view", "id")

    async def update_view(self, view_id: str, view: View) -> None:
        """Replace an open modal. Raise ``SlackError``."""
        await self._call("update a window", self.client.views_update(view_id=view_id, view=view))

    async def respond(
        self,
        response_url: str,
        message: Message,
        *,
        replace_original: bool = False,
        in_channel: bool = False,
    ) -> None:
        """Answer through a response_url: five times within 30 minutes (``slack/facts.md``).

        The url is a secret, so no error and no log of ours names it. Raise ``SlackError``.
        """
        body = {
            "text": message.text,
            "blocks": message.blocks,
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": replace_original,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            status, answer = await self._send(response_url, msgspec.json.encode(body), in_channel)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise slack_error("answer", code_of_failure(error)) from error
        if status != HTTPStatus.OK:
            raise slack_error("answer", code_of_answer(answer) or f"http_{status}")

    async def _send(self, url: str, body: bytes, in_channel: bool) -> tuple[int, str]:
        # What only one person sees may arrive twice; what a channel sees may not.
        busy = BUSY if in_channel else BUSY | PASSING_STATUS
        attempt = 0
        while True:
            async with self._session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                proxy=proxy_for(url),
                allow_redirects=False,
            ) as response:
                if response.status not in busy or attempt == BUSY_RETRIES:
                    return response.status, await response.text(errors="replace")
                wait = response.headers.get("Retry-After", "1")
            attempt += 1
            await asyncio.sleep(min(int(wait), LONGEST_WAIT_SECONDS) if wait.isdecimal() else 1)

    async def _read(self, doing: str, call: Awaitable[Any]) -> Any:
        """Make a call that changes nothing, so that an answer lost leaves nothing uncertain."""
        try:
            return await self._call(doing, call)
        except SlackError as error:
            if error.code != UNCERTAIN:
                raise
            raise slack_error(doing, UNREACHABLE) from error

    async def _call(self, doing: str, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except SlackApiError as error:
            raise slack_error(doing, code_of_refusal(error.response)) from error
        except AttributeError as error:  # the SDK's, where a 200 comes with text that is no JSON
            raise slack_error(doing, NOT_SLACK) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, ValueError) as error:
            raise slack_error(doing, code_of_failure(error)) from error


def _text(answer: Any, doing: str, *path: str) -> str:
    """Return a text of Slack's answer; raise ``SlackError`` where it is not there."""
    part = answer.data
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    if not isinstance(part, str):
        raise slack_error(doing, NOT_SLACK)
    return part


def slack_session() -> aiohttp.ClientSession:
    """Open the one session that all calls to Slack share; the caller closes it."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))


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


def proxy_for(url: str) -> str | None:
    """Return the environment's proxy for ``url``; the SDK would ignore ``NO_PROXY``."""
    address = urlsplit(url)
    return _proxy(address.scheme, address.netloc)


@functools.lru_cache(maxsize=64)
def _proxy(scheme: str, host: str) -> str | None:
    if LOOPBACK.match(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)

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

TIMEOUT_SECONDS = 10
"""For one call of Slack, connection included."""

BUSY_RETRIES = 3

LONGEST_WAIT_SECONDS = 30
"""How long a person's answer may wait when Slack asks us to slow down."""

UNREACHABLE = "unreachable"
"""Our code beside Slack's own: no connection was made, so nothing was accepted."""

FAILING = "internal_error"
"""Slack's own code for a failure of its own."""

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
"""Slack's own codes for too many calls; nothing was accepted."""

UNCERTAIN = "no_answer"
"""Our code: the request may have arrived, but no answer came back."""

BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS})
PASSING_STATUS = frozenset({500, 502, 503, 504})

PASSING = frozenset(
    {UNREACHABLE, UNCERTAIN, FAILING, "fatal_error", "service_unavailable"}
    | RATE_LIMITED
    | {f"http_{status}" for status in PASSING_STATUS}
)
"""Failures that may pass by themselves."""

TOO_OLD = frozenset({"expired_url", "used_url", "http_404", "http_410"})
"""A response_url past its 30 minutes or five uses (``slack/facts.md``)."""

_TRIGGER_GONE = "Slack waits 3 seconds for a window to open: press the button again."

REMEDIES: Mapping[str, str] = {
    "not_in_channel": "Invite the bot with /invite, then try again.",
    "channel_not_found": "Invite the bot to the channel with /invite, or correct the channel's id.",
    "is_archived": "The channel is archived: unarchive it or choose another.",
    "restricted_action": "The workspace's settings forbid it: ask a workspace owner.",
    "invalid_auth": "The bot's token is not valid: reinstall the app and set SLACK_BOT_TOKEN.",
    "not_authed": "The bot's token is missing: set SLACK_BOT_TOKEN.",
    "account_inactive": "The app was removed or its user deactivated: reinstall the app.",
    "token_revoked": "The bot's token was revoked: reinstall the app and set SLACK_BOT_TOKEN.",
    "missing_scope": "The app lacks a scope: apply manifest.yaml and reinstall the app.",
    **dict.fromkeys(("expired_trigger_id", "trigger_expired"), _TRIGGER_GONE),
    **dict.fromkeys(RATE_LIMITED, "Slack asks for fewer messages: wait a minute, then try again."),
    "expired_url": "The message is older than 30 minutes: run /pending-images again.",
    "used_url": "The message was used too often: run /pending-images again.",
    FAILING: "Slack has trouble of its own: try again in a minute, and see status.slack.com.",
    UNREACHABLE: "Slack cannot be reached: check the network, the proxy and status.slack.com.",
    UNCERTAIN: "Slack did not answer; the message may have arrived all the same: look before "
    "you repeat.",
}

SOCKET_REMEDY = (
    "Set SLACK_APP_TOKEN to an app-level token with connections:write (Slack app, Basic "
    "Information), and turn Socket Mode on."
)


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
        answer = await self._call("accept the bot's token", self.client.auth_test())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = re.findall(r"[^\s,]+", headers.get("x-oauth-scopes", ""))
        return Identity(str(answer.get("team")), str(answer.get("user_id")), frozenset(scopes))

    async def channel(self, channel_id: str) -> ChannelState:
        """Return a channel's name and whether the bot can post there. Raise ``SlackError``."""
        answer = await self._call(
            f"tell of {channel_id}", self.client.conversations_info(channel=channel_id)
        )
        channel = answer.get("channel") or {}
        return ChannelState(
            name=str(channel.get("name", "")),
            is_member=bool(channel.get("is_member")),
            is_archived=bool(channel.get("is_archived")),
        )

    async def socket_address(self, app_token: str) -> str:
        """Return an address for Socket Mode, whose ticket serves once. Raise ``SlackError``."""
        try:
            answer = await self._call(
                "open Socket Mode", self.client.apps_connections_open(app_token=app_token)
            )
        except SlackError as error:
            if error.code in PASSING:
                raise
            raise SlackError(str(error), SOCKET_REMEDY, code=error.code) from error
        return str(answer["url"])

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
        return str(answer["ts"])

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
        return str(answer["view"]["id"])

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
        except aiohttp.ClientConnectorError as error:
            raise _slack_error("answer", UNREACHABLE) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _slack_error("answer", UNCERTAIN) from error
        if status != HTTPStatus.OK:
            raise _slack_error("answer", _code_of(answer) or f"http_{status}")

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

    async def _call(self, doing: str, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except SlackApiError as error:
            raise _slack_error(doing, _code_in(error.response)) from error
        except aiohttp.ClientConnectorError as error:
            raise _slack_error(doing, UNREACHABLE) from error
        except (
            aiohttp.ClientError,
            SlackClientError,
            TimeoutError,
            ValueError,
            AttributeError,  # of the SDK, where a status of 200 comes with text that is no JSON
        ) as error:
            raise _slack_error(doing, UNCERTAIN) from error


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
    if urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)


def _slack_error(doing: str, code: str) -> SlackError:
    remedy = REMEDIES.get(code, REMEDIES[FAILING] if code in PASSING else "")
    return SlackError(f"Slack did not {doing}: {code}.", remedy, code=code)


def _code_in(response: Any) -> str:
    """Return Slack's word for the failure, or one of ours for an answer that is not Slack's.

    For a proxy's text in Slack's place the SDK's error holds text, or the bare HTTP response.
    """
    data = getattr(response, "data", None)
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])
    status = response.status_code if hasattr(response, "status_code") else response.status
    return UNCERTAIN if status == HTTPStatus.OK else f"http_{status}"


def _code_of(answer: str) -> str:
    """Return Slack's word for the failure, from ``{"ok":false,"error":…}`` or plain text."""
    try:
        error = msgspec.json.decode(answer, type=_Failure).error
    except msgspec.DecodeError:
        error = answer.strip()
    return error if re.fullmatch(r"[a-z_]{1,50}", error) else ""


class _Failure(msgspec.Struct):
    error: str = ""

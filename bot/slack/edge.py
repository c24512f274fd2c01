"""The edge to Slack: the Web API and response_urls, with failures as ``SlackError``."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.message import Message, View
from bot.errors import SlackError
from bot.slack.answers import (
    channel_of,
    holds_occurrence,
    objects,
    person_of,
    text_at,
    user_group_of,
)
from bot.slack.connection import BUSY_RETRIES, never_repeating, proxy_for, send_unless
from bot.slack.failures import (
    BUSY,
    NOT_SLACK,
    PASSING,
    PASSING_STATUS,
    RATE_LIMITED,
    SOCKET_REMEDY,
    TOO_FAST,
    TOO_FAST_REMEDY,
    UNCERTAIN,
    UNREACHABLE,
    code_of_answer,
    code_of_failure,
    code_of_refusal,
    retry_after_of,
    slack_error,
)
from bot.slack.values import ChannelState, Identity, Person, UserGroup

HISTORY_PAGE = 200
"""Messages a request, as Slack recommends."""

LONGEST_WAIT_SECONDS = 30
"""How long a person's answer may wait when Slack asks us to slow down."""


class Slack:
    """What the bot asks of Slack. Holds no state; session and token come from the caller."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self.client = client
        self._once = never_repeating(client)
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
        text_at(answer, f"tell of {channel_id}", "channel", "id")
        return channel_of(answer["channel"])

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
        return text_at(answer, "open Socket Mode", "url")

    async def person(self, user_id: str) -> Person:
        """Return what Slack tells of a person. Raise ``SlackError``."""
        doing = f"tell of {user_id}"
        answer = await self._read(doing, self.client.users_info(user=user_id))
        text_at(answer, doing, "user", "id")
        return person_of(answer["user"])

    async def user_groups(self) -> list[UserGroup]:
        """Return the workspace's user groups that are in use. Raise ``SlackError``."""
        answer = await self._read("list the user groups", self.client.usergroups_list())
        return [user_group_of(group) for group in objects(answer, "usergroups")]

    async def find_post(
        self, channel: str, event_type: str, occurrence: str, oldest: datetime
    ) -> str | None:
        """Return the ts of the post whose metadata names the occurrence, None if there is none.

        Looks back to ``oldest``; asks once, so that a 429 comes back with its ``retry_after``.
        Raise ``SlackError``.
        """
        doing = f"show what was posted to {channel}"
        async for message in self._history(doing, channel, oldest):
            if holds_occurrence(message, event_type, occurrence):
                return str(message["ts"])
        return None

    async def post(self, channel: str, message: Message) -> str:
        """Post to a channel, nothing unfurled; return the message's ts. Raise ``SlackError``."""
        return await self._post(self.client, channel, message)

    async def post_once(
        self,
        channel: str,
        message: Message,
        metadata: Mapping[str, Any] | None = None,
        *,
        unless: Callable[[], bool] = lambda: False,
    ) -> str:
        """Post with a single request; a 429 comes back at once, with its ``retry_after``.

        ``unless`` is asked in the last moment before the request leaves; then nothing is sent.
        """
        asked = send_unless.set(unless)
        try:
            return await self._post(self._once, channel, message, metadata)
        finally:
            send_unless.reset(asked)

    async def post_ephemeral(self, channel: str, user: str, message: Message) -> None:
        """Show a message to one member of a channel. Raise ``SlackError``."""
        await self._call(
            f"show a message in {channel}",
            self.client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=message.blocks
            ),
        )

    async def open_view(self, trigger_id: str, view: View) -> str:
        """Open a modal within the trigger's 3 seconds; return its id. Raise ``SlackError``.

        Asks once: after the wait of a 429 the trigger is hardly alive any more.
        """
        doing = "open a window"
        try:
            answer = await self._call(
                doing, self._once.views_open(trigger_id=trigger_id, view=view)
            )
        except SlackError as error:
            if error.code not in RATE_LIMITED:
                raise
            raise SlackError(TOO_FAST, TOO_FAST_REMEDY, code=error.code) from error
        return text_at(answer, doing, "view", "id")

    async def update_view(self, view_id: str, view: View, hash: str | None = None) -> str:  # noqa: A002  Slack's own name
        """Replace an open modal, with ``hash`` only if that is its present one; return its new one.

        Raise ``SlackError``.
        """
        answer = await self._call(
            "update a window", self.client.views_update(view_id=view_id, view=view, hash=hash)
        )
        return text_at(answer, "update a window", "view", "hash")

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

    async def _post(
        self,
        client: AsyncWebClient,
        channel: str,
        message: Message,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        answer = await self._call(
            f"post to {channel}",
            client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                metadata=dict(metadata) if metadata else None,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return text_at(answer, f"post to {channel}", "ts")

    async def _history(
        self, doing: str, channel: str, oldest: datetime
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the messages of a channel, the newest first."""
        cursor: str | None = None
        while True:
            answer = await self._read(
                doing,
                self._once.conversations_history(
                    channel=channel,
                    oldest=f"{oldest.timestamp():.6f}",
                    include_all_metadata=True,
                    limit=HISTORY_PAGE,
                    cursor=cursor,
                ),
            )
            for message in objects(answer, "messages"):
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

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
            code = code_of_refusal(error.response)
            raise slack_error(doing, code, retry_after_of(error.response)) from error
        except AttributeError as error:  # the SDK's, where a 200 comes with text that is no JSON
            raise slack_error(doing, NOT_SLACK) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, ValueError) as error:
            raise slack_error(doing, code_of_failure(error)) from error

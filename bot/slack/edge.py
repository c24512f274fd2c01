"""The edge to Slack: the Web API and response_urls, with failures as ``SlackError``."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.message import Message, View
from bot.errors import SlackError
from bot.slack.answers import (
    channel_of,
    found_of,
    holds_occurrence,
    objects,
    person_of,
    text_at,
    texts,
    user_group_of,
)
from bot.slack.calls import called, repeatable
from bot.slack.connection import BUSY_RETRIES, never_repeating, proxy_for, send_unless
from bot.slack.failures import (
    BUSY,
    PASSING,
    PASSING_STATUS,
    RATE_LIMITED,
    SOCKET_REMEDY,
    TOO_FAST,
    TOO_FAST_REMEDY,
    code_of_answer,
    code_of_failure,
    slack_error,
)
from bot.slack.history import messages
from bot.slack.uploads import upload
from bot.slack.values import ChannelState, Found, Identity, Person, UserGroup

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
        answer = await repeatable("accept the bot's token", self.client.auth_test())
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = re.findall(r"[^\s,]+", headers.get("x-oauth-scopes", ""))
        return Identity(
            team=str(answer.get("team")),
            team_id=text_at(answer, "accept the bot's token", "team_id"),
            user_id=str(answer.get("user_id")),
            scopes=frozenset(scopes),
        )

    async def channel(self, channel_id: str) -> ChannelState:
        """Return a channel's name and whether the bot can post there. Raise ``SlackError``."""
        answer = await repeatable(
            f"tell of {channel_id}", self.client.conversations_info(channel=channel_id)
        )
        text_at(answer, f"tell of {channel_id}", "channel", "id")
        return channel_of(answer["channel"])

    async def socket_address(self, app_token: str) -> str:
        """Return an address for Socket Mode, whose ticket serves once. Raise ``SlackError``."""
        try:
            answer = await repeatable(
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
        answer = await repeatable(doing, self.client.users_info(user=user_id))
        text_at(answer, doing, "user", "id")
        return person_of(answer["user"])

    async def user_groups(self) -> list[UserGroup]:
        """Return the workspace's user groups that are in use. Raise ``SlackError``."""
        answer = await repeatable("list the user groups", self.client.usergroups_list())
        return [user_group_of(group) for group in objects(answer, "usergroups")]

    async def group_members(self, group_id: str) -> frozenset[str]:
        """Return the ids of the users of a user group that is in use. Raise ``SlackError``."""
        doing = f"tell who is in {group_id}"
        answer = await repeatable(doing, self.client.usergroups_users_list(usergroup=group_id))
        return texts(answer, doing, "users")

    async def open_dm(self, user_id: str) -> str:
        """Return the id of the bot's conversation with a person. Raise ``SlackError``."""
        doing = f"open a conversation with {user_id}"
        answer = await repeatable(doing, self.client.conversations_open(users=user_id))
        return text_at(answer, doing, "channel", "id")

    async def find_post(
        self,
        channel: str,
        event_type: str,
        occurrence: str,
        oldest: datetime,
        *,
        thread_ts: str | None = None,
    ) -> Found | None:
        """Return the post whose metadata names the occurrence, None if there is none.

        Looks back to ``oldest``, in the channel or in one thread; asks once, so that a 429 comes
        back with its ``retry_after``. Raise ``SlackError``.
        """
        async for message in messages(self._once, channel, oldest, thread_ts):
            if holds_occurrence(message, event_type, occurrence):
                return found_of(message)
        return None

    async def post(self, channel: str, message: Message, thread_ts: str | None = None) -> str:
        """Post to a channel or a thread, nothing unfurled; return the message's ts.

        Raise ``SlackError``.
        """
        return await self._post(self.client, channel, message, thread_ts=thread_ts)

    async def post_once(
        self,
        channel: str,
        message: Message,
        metadata: Mapping[str, Any] | None = None,
        *,
        thread_ts: str | None = None,
        unless: Callable[[], bool] = lambda: False,
    ) -> str:
        """Post with a single request; a 429 comes back at once, with its ``retry_after``.

        ``unless`` is asked in the last moment before the request leaves; then nothing is sent.
        """
        asked = send_unless.set(unless)
        try:
            return await self._post(self._once, channel, message, metadata, thread_ts)
        finally:
            send_unless.reset(asked)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message of the bot's with a single request. Raise ``SlackError``.

        A 429 comes back at once, with its ``retry_after``.
        """
        await repeatable(
            f"update a message in {channel}",
            self._once.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=message.blocks
            ),
        )

    async def upload(
        self, channel: str, filename: str, content: bytes, *, title: str, comment: str
    ) -> None:
        """Share a file in a conversation, which ``open_dm`` opens to a person.

        Raise ``SlackError``.
        """
        await upload(
            self.client, self._session, channel, filename, content, title=title, comment=comment
        )

    async def post_ephemeral(self, channel: str, user: str, message: Message) -> None:
        """Show a message to one member of a channel. Raise ``SlackError``."""
        await called(
            f"show a message in {channel}",
            self.client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=message.blocks
            ),
        )

    async def open_view(self, trigger_id: str, view: View) -> str:
        """Open a modal within the trigger's 3 seconds; return its id. Raise ``SlackError``.

        Asks once: after the wait of a 429 the trigger is hardly alive any more.
        """
        return await _opened(self._once.views_open(trigger_id=trigger_id, view=view))

    async def push_view(self, trigger_id: str, view: View) -> str:
        """Open a modal on top of the one that is open; the rest is as with ``open_view``."""
        return await _opened(self._once.views_push(trigger_id=trigger_id, view=view))

    async def publish_home(self, user_id: str, view: View) -> None:
        """Show a view in a person's App Home. Raise ``SlackError``."""
        await repeatable(
            f"show {user_id} the Home", self.client.views_publish(user_id=user_id, view=view)
        )

    async def update_view(self, view_id: str, view: View, hash: str | None = None) -> str:  # noqa: A002  Slack's own name
        """Replace an open modal, with ``hash`` only if that is its present one; return its new one.

        Raise ``SlackError``.
        """
        answer = await called(
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
        thread_ts: str | None = None,
    ) -> str:
        answer = await called(
            f"post to {channel}",
            client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                metadata=dict(metadata) if metadata else None,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return text_at(answer, f"post to {channel}", "ts")

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


async def _opened(call: Awaitable[Any]) -> str:
    """Return the id of the modal that a call opens. Raise ``SlackError``."""
    doing = "open a window"
    try:
        answer = await called(doing, call)
    except SlackError as error:
        if error.code not in RATE_LIMITED:
            raise
        raise SlackError(TOO_FAST, TOO_FAST_REMEDY, code=error.code) from error
    return text_at(answer, doing, "view", "id")

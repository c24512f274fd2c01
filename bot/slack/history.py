"""Reading what was posted to a channel or in a thread, page by page."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import objects
from bot.slack.calls import repeatable

PAGE = 200
"""Messages a request, as Slack recommends."""


async def messages(
    client: AsyncWebClient, channel: str, oldest: datetime, thread_ts: str | None
) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the messages of a channel, the newest first, or of one thread, the oldest first.

    A thread has the message that began it, too. Raise ``SlackError``.
    """
    method = client.conversations_history if thread_ts is None else client.conversations_replies
    wanted: dict[str, Any] = {} if thread_ts is None else {"ts": thread_ts}
    cursor: str | None = None
    while True:
        answer = await repeatable(
            f"show what was posted to {channel}",
            method(
                channel=channel,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
                **wanted,
            ),
        )
        for message in objects(answer, "messages"):
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return

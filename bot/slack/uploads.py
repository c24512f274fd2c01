"""Files for a conversation, in three steps (``slack/facts.md``, "Files")."""

from http import HTTPStatus

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import text_at
from bot.slack.calls import called, repeatable
from bot.slack.connection import proxy_for
from bot.slack.failures import (
    UNCERTAIN,
    UNREACHABLE,
    code_of_answer,
    code_of_failure,
    retry_after_of,
    slack_error,
)


async def upload(
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    channel: str,
    filename: str,
    content: bytes,
    *,
    title: str,
    comment: str,
) -> None:
    """Share a file in a conversation that has an id of its own. Raise ``SlackError``."""
    doing = f"take the file {filename}"
    place = await repeatable(
        doing, client.files_getUploadURLExternal(filename=filename, length=len(content))
    )
    file_id = text_at(place, doing, "file_id")
    await _send(session, text_at(place, doing, "upload_url"), content, doing)
    await called(
        f"share the file {filename} in {channel}",
        client.files_completeUploadExternal(
            files=[{"id": file_id, "title": title}], channel_id=channel, initial_comment=comment
        ),
    )


async def _send(session: aiohttp.ClientSession, url: str, content: bytes, doing: str) -> None:
    try:
        async with session.post(
            url, data=content, proxy=proxy_for(url), allow_redirects=False
        ) as response:
            status, answer = response.status, await response.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # Whoever has the address may upload: the cause, which may quote it, is not shown. Nobody
        # sees the file before it is shared, so no answer leaves nothing uncertain.
        code = code_of_failure(error)
        raise slack_error(doing, UNREACHABLE if code == UNCERTAIN else code) from None
    if status != HTTPStatus.OK:
        code = code_of_answer(answer) or f"http_{status}"
        raise slack_error(doing, code, retry_after_of(response))

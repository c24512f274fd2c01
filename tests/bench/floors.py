"""What the bot is compared with: ``python -m tests.bench.floors empty|minimum`` serves one.

Both stand behind the bot's own server and are built as its app is. ``empty`` only acknowledges;
``minimum`` also signs, fetches, decodes and posts ten blocks, written by hand without caution: in
a task, because an ack that waits for SCP would come too late for Slack.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import httpx
import msgspec

from bot.app import bolt_app
from bot.images import PendingImage
from bot.logs import configure_logging
from bot.settings import Settings
from bot.slack import slack_session, web_client
from bot.web import WebServer, slack_route

Listener = Callable[..., Awaitable[None]]
VERSION = "1.3"


class ImageList(msgspec.Struct):
    """SCP's body."""

    images: list[PendingImage]


decoder = msgspec.json.Decoder(ImageList)


async def acknowledge(ack: Any) -> None:
    """The empty listener."""
    await ack()


def minimum(
    settings: Settings, client: httpx.AsyncClient, session: aiohttp.ClientSession
) -> Listener:
    """Return the hand-made listener."""
    url = f"{settings.scp_endpoint}/v1/pending-images"

    async def answer(response_url: str) -> None:
        reply = await client.get(url, headers=_signed(settings, url))
        message = {"text": "images", "blocks": _ten_blocks(decoder.decode(reply.content).images)}
        data = msgspec.json.encode(message)
        kind = {"Content-Type": "application/json"}
        async with session.post(response_url, data=data, headers=kind) as response:
            await response.read()

    tasks: set[asyncio.Task[None]] = set()

    async def listener(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        task = asyncio.create_task(answer(body["response_url"]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return listener


def _signed(settings: Settings, url: str) -> dict[str, str]:
    assert settings.scp_access_key
    assert settings.scp_secret_key
    key = settings.scp_access_key.get_secret_value()
    secret = settings.scp_secret_key.get_secret_value()
    now = str(round(time.time() * 1000))
    digest = hmac.digest(secret.encode(), f"GET{url}{now}{key}Openapi".encode(), hashlib.sha256)
    return {
        "Scp-Accesskey": key,
        "Scp-Signature": base64.b64encode(digest).decode(),
        "Scp-Timestamp": now,
        "Scp-ClientType": "Openapi",
        "Scp-Api-Version": f"virtualserver {VERSION}",
    }


def _ten_blocks(images: list[PendingImage]) -> list[dict[str, Any]]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"{image.name} {image.owner}"}}
        for image in images[:10]
    ]


async def serve(which: str, settings: Settings) -> None:
    """Serve until killed; the port is the first line of the output, as it is of the bot's log."""
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=4)
    async with slack_session() as session, httpx.AsyncClient(limits=limits) as client:
        app = bolt_app(settings, web_client("", settings.slack_api_url, session))
        empty = which == "empty"
        app.command("/pending-images")(acknowledge if empty else minimum(settings, client, session))
        server = WebServer([slack_route(app, str)], "127.0.0.1", 0)
        await server.start()
        print(json.dumps({"event": "ready", "port": server.port}), file=sys.stderr, flush=True)  # noqa: T201  the parent reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging("info")
    asyncio.run(serve(sys.argv[1], Settings()))

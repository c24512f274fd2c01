"""A made-up app that answers what a test tells it to, and payloads for it: no code of the bot."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, SlackSim

Json = dict[str, Any]
Reply = Callable[[Json], Awaitable[web.Response]]
CHANNEL = "C0SIM0001"
ADA = "U0SIM0001"


class FakeApp:
    """Verifies signatures as slack_sdk does, keeps payloads, answers with ``reply``."""

    def __init__(self, slack: SlackSim) -> None:
        self.verifier = SignatureVerifier(slack.signing_secret)
        self.payloads: list[Json] = []
        self.content_types: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.reply: Reply = empty

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        assert self.verifier.is_valid_request(body, dict(request.headers))
        self.content_types.append(request.content_type)
        self.headers.append(request.headers)
        fields: Json = dict(parse_qsl(body, keep_blank_values=True))
        if request.content_type == "application/json":
            fields = json.loads(body)
        elif "payload" in fields:
            fields = json.loads(fields["payload"])
        self.payloads.append(fields)
        return await self.reply(fields)

    def answers(self, body: object) -> None:
        """Answer everything from now on with this JSON."""

        async def reply(_payload: Json) -> web.Response:
            return web.json_response(body)

        self.reply = reply


async def empty(_payload: Json) -> web.Response:
    return web.Response()


@asynccontextmanager
async def fake_app(slack: SlackSim) -> AsyncIterator[FakeApp]:
    app = FakeApp(slack)
    server = web.Application()
    server.router.add_post("/slack/events", app.answer)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield app
    finally:
        await runner.cleanup()


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def client(slack: SlackSim, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token or slack.bot_token, base_url=slack.api_url)


async def refused(call: Awaitable[object]) -> Json:
    """The body of a refused call."""
    try:
        await call
    except SlackApiError as error:
        body: Json = error.response.data
        return body
    raise AssertionError("was not refused")


async def post_json(url: str, body: object) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status, await answer.text()


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "text", **fields: object) -> Json:
    return {"type": "section", "text": mrkdwn(text), **fields}


def actions(*elements: Json, **fields: object) -> Json:
    return {"type": "actions", "elements": list(elements), **fields}


def button(action_id: str = "go", text: str = "Go", **fields: object) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **fields}


def option(value: str) -> Json:
    return {"text": plain(value.upper()), "value": value}


def select(action_id: str = "menu", *values: str, **fields: object) -> Json:
    options = [option(value) for value in values or ("a", "b")]
    return {"type": "static_select", "action_id": action_id, "options": options, **fields}


def modal(*blocks: Json, **fields: object) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **fields}


def entry(block_id: str = "name", **fields: object) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{block_id}_typed", **fields}
    label = plain(block_id)
    return {"type": "input", "block_id": block_id, "label": label, "element": element}


async def opened(slack: SlackSim, user: Actor, view: Json) -> None:
    """Let the app open a modal upon a command."""
    sent = await user.command("/open", "", CHANNEL)
    await client(slack).views_open(trigger_id=sent.payload["trigger_id"], view=view)

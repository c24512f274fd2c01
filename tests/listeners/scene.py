"""A bot between the two simulators, and what its tests look at."""

import asyncio
import io
import itertools
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import aiohttp
import pytest

from bot.app import build, utc_now
from bot.lifecycle import Bot
from bot.scp.retries import Retries
from bot.settings import GivenSettings, Settings
from bot.sim.api_page import api_page_image
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, Result, SlackSim
from bot.sim.slack.delivery import encode, signature_headers

Json: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["http", "socket"]

both_modes = pytest.mark.parametrize("mode", ["http", "socket"])
socket_mode = pytest.mark.parametrize("mode", ["socket"])

CHANNEL = "C0SIM0001"
ELSEWHERE = "C0SIM0002"
COMMAND = "/pending-images"
MALFORMED = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_payload",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "view_too_large",
    }
)
"""Refusals of Slack that are always the bot's own fault."""


@dataclass
class Scene:
    """Both simulators and one person, who uses a bot of these settings."""

    scp: ScpSim
    slack: SlackSim
    ada: Actor
    settings: Settings

    async def command(self, text: str = "", channel: str = CHANNEL) -> Message:
        """Type the command; return the answer."""
        return await self.answer(self.ada.command(COMMAND, text, channel))

    async def press(self, target: Message | OpenView, label: str) -> Message:
        """Press a button; return the message that this changed or brought."""
        return await self.answer(self.ada.press(target, label=label))

    async def choose(self, message: Message, field: str, label: str) -> Message:
        """Choose an option of a menu over a listing; return the message that this changed."""
        return await self.answer(self.ada.choose(message, menu(message, field)["action_id"], label))

    async def answer(self, doing: Awaitable[Result]) -> Message:
        """Do something; return the message that was changed or posted in answer."""
        before = {message: message.edits for message in self.slack.workspace.posts}
        await doing
        changed = await self.slack.wait_for(
            lambda: [m for m in self.slack.workspace.posts if before.get(m, -1) != m.edits]
        )
        return changed[0]

    async def opened(self, target: Message | OpenView, label: str, number: int = 0) -> OpenView:
        """Press a button (the ``number``-th of its label); return the filled modal."""
        block_id = [b["block_id"] for b in target.blocks if label in labels([b])][number]
        await self.ada.press(target, label=label, block_id=block_id)
        return await self.filled()

    async def filled(self) -> OpenView:
        """Return ada's modal once it is more than loading."""
        filled = await self.slack.wait_for(
            lambda: [v for v in self.slack.views_of(self.ada.id) if v.edits]
        )
        return filled[0]

    async def post(self, body: bytes, **headers: str) -> tuple[int, str]:
        """Post to the bot, correctly signed unless headers say otherwise."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = signature_headers(self.slack.signing_secret, body, time.time())
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                self.slack.events_url, data=io.BytesIO(body), headers=kind | signed | names
            ) as answer,
        ):
            return answer.status, await answer.text()

    async def post_payload(self, kind: str, payload: Json) -> tuple[int, str]:
        """Post a payload of one's own making, correctly signed."""
        content_type, body = encode(kind, payload)
        return await self.post(body, Content_Type=content_type)

    async def unanswered(self, doing: Awaitable[Any], part: str = "") -> None:
        """Do something for which SCP is asked, which answers nothing any more; wait until it is.

        ``part``: of the address for which it is asked.
        """
        self.scp.answering.clear()
        before = len(self.scp.requests)
        await doing
        while not any(part in seen.target for seen in self.scp.requests[before:]):  # noqa: ASYNC110  the simulator tells nobody
            await asyncio.sleep(0.01)

    def lists(self) -> list[str]:
        """Return the queries of the lists asked of SCP so far, each with its ``?``."""
        path = "/v1/pending-images"
        seen = [request.target for request in self.scp.requests]
        return [target.removeprefix(path) for target in seen if target.startswith(path)]

    def calls(self, method: str) -> list[Json]:
        """Return the arguments of every accepted call of a Web API method."""
        return [c.arguments for c in self.slack.calls if c.method == method and c.ok]


class Alarms(logging.Handler):
    """Warnings of the libraries and errors of the bot: a test fails on one it does not expect."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []
        self._expected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.name}: {record.getMessage()}")

    def expect(self, pattern: str) -> None:
        """Say that this test brings such a line about."""
        self._expected.append(pattern)

    def check(self) -> None:
        """Fail unless exactly the expected kinds of lines were seen."""
        unexpected = [t for t in self.texts if not any(re.search(p, t) for p in self._expected)]
        assert not unexpected, unexpected
        missed = [p for p in self._expected if not any(re.search(p, t) for t in self.texts)]
        assert not missed, missed


AT_ONCE = Retries(wait_initial=0.0, wait_max=0.0)
"""Repeated requests follow without a pause."""


@asynccontextmanager
async def running(
    settings: Settings, slack: SlackSim, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Bot]:
    """A started bot, to which the simulated Slack sends what people do."""
    async with build(settings, now=now, retries=AT_ONCE) as bot:
        before = len(slack.sockets.connections)
        await bot.start()
        slack.events_url = f"http://127.0.0.1:{bot.port}/slack/events"
        if settings.bot_mode == "socket":
            await slack.wait_for(lambda: len(slack.sockets.connections) > before)
        try:
            yield bot
        finally:
            await bot.stop()


def settings_for(scp: ScpSim, slack: SlackSim, mode: Mode = "http", **changes: Any) -> Settings:
    """Settings of a bot between the two simulators."""
    values: dict[str, Any] = {
        "bot_mode": mode,
        "slack_bot_token": slack.bot_token,
        "slack_app_token": slack.app_token,
        "slack_signing_secret": slack.signing_secret,
        "slack_api_url": slack.api_url,
        "port": 0,
        "scp_access_key": scp.access_key,
        "scp_secret_key": scp.secret_key,
        "scp_endpoint": scp.base_url,
        "scp_account_id": "our-account",
        "database_url": "sqlite://",
    }
    return GivenSettings(**(values | changes))


_numbers = itertools.count(1)


async def fetch(port: object, path: str) -> tuple[int, str]:
    """What the bot's HTTP server answers."""
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


def image(name: str = "", **changes: object) -> Json:
    """An image of SCP's wire, with an id of its own."""
    image_id = f"00000000-0000-4000-8000-{next(_numbers):012d}"
    return {**api_page_image(), "id": image_id, "name": name or f"image {image_id[-4:]}", **changes}


def images(count: int, **changes: object) -> list[Json]:
    """Images named ``image-001`` and so on, the first the newest."""
    newest = datetime(2025, 7, 22, tzinfo=UTC)
    return [
        image(f"image-{n:03}", created_at=(newest - timedelta(minutes=n)).isoformat()) | changes
        for n in range(1, count + 1)
    ]


def mixed() -> list[Json]:
    """Images of two types and two systems."""
    return [
        image("one", scp_image_type="custom", os_distro="rocky", scp_os_version="9.4", size=1),
        image("two", scp_image_type="custom", os_distro="alma", scp_os_version="8.8", size=3),
        image("three", scp_image_type="k8s", os_distro="alma", scp_os_version="9.4", size=2),
    ]


def texts(value: object) -> list[str]:
    """Every text of a message's or a view's blocks, in order."""
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if not isinstance(value, dict):
        return []
    held = value.get("text")
    own = [held] if isinstance(held, str) else []
    return own + [
        text for key, item in value.items() if key != "text" or not own for text in texts(item)
    ]


def shown(target: Message | OpenView) -> str:
    """All text of a message or a view."""
    return "\n".join(texts(target.blocks))


def title(message: Message) -> str:
    """The header's text."""
    return str(next(b["text"]["text"] for b in message.blocks if b["type"] == "header"))


def about(message: Message) -> str:
    """The text of the context line under the header."""
    return " | ".join(texts(next(b for b in message.blocks if b["type"] == "context")))


def elements(blocks: Sequence[Json]) -> Iterator[Json]:
    """Every element that can be pressed or chosen from."""
    for block in blocks:
        yield from block.get("elements", []) if block["type"] == "actions" else []
        yield from [block["accessory"]] if "accessory" in block else []


def labels(blocks: Sequence[Json]) -> list[str]:
    """What is written on the buttons."""
    return [e["text"]["text"] for e in elements(blocks) if e["type"] == "button"]


def names(message: Message) -> list[str]:
    """The names on the cards."""
    return [b["text"]["text"] for b in message.blocks if "accessory" in b]


def menu(message: Message, field: str) -> Json:
    """The menu of a field."""
    return next(e for e in elements(message.blocks) if e["action_id"].startswith(f"menu.{field}~"))


def options(message: Message, field: str) -> list[str]:
    """What a menu offers."""
    return [option["text"]["text"] for option in menu(message, field)["options"]]


def current(message: Message, field: str) -> str:
    """What a menu shows as chosen."""
    return str(menu(message, field)["initial_option"]["text"]["text"])


async def together(*doings: Awaitable[Result]) -> list[Result]:
    """Do several things at the same moment."""
    return await asyncio.gather(*doings)

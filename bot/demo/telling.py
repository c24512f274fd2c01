"""How the acts of the story are told: do something, wait for what comes, check it, draw it."""

import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from bot.demo.screen import Screen
from bot.demo.stage import CHANNEL, Stage
from bot.sim.slack import Actor, Message, OpenView

COMMAND = "/pending-images"
_CARDS = 3
"""How many images are drawn, after the first list."""
_BROADCAST = "<!channel>"
"""What would notify everybody, in one image's name."""

Act: TypeAlias = Callable[[], Awaitable[object]]
"""What a person does."""
Steps: TypeAlias = dict[str, Callable[[], Awaitable[None]]]
"""What happens, in order, by the sentence that announces it."""


class DemoFailed(Exception):
    """A step did not go as it should."""


class Teller:
    """What both acts need."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage = stage
        self._screen = screen
        self._ada = stage.ada
        self._ben = stage.ben

    async def _typed(self, actor: Actor, text: str) -> Message:
        """Type a command; return the answer."""
        return await self._message(actor, partial(actor.command, COMMAND, text, CHANNEL))

    async def _message(self, reader: Actor, act: Act) -> Message:
        news = await self._news(reader, act)
        if not isinstance(news, Message):
            raise DemoFailed("A window opened where a message should have come.")
        return news

    async def _window(self, reader: Actor, act: Act) -> OpenView:
        news = await self._news(reader, act)
        if not isinstance(news, OpenView):
            raise DemoFailed(f"No window opened, but a message came: {news.text}")
        return news

    async def _news(self, reader: Actor, act: Act) -> Message | OpenView:
        seen = self._stage.seen(reader)
        await act()
        return await self._stage.news(reader, seen)

    def _draw(self, target: Message | OpenView, reader: Actor | None = None) -> None:
        self._screen.show(target, reader or self._ada, cards=_CARDS)


def check_texts(target: Message | OpenView, *texts: str) -> None:
    """Raise DemoFailed unless people see these texts and no name has become a notification."""
    shown = target.content if isinstance(target, OpenView) else [target.text, target.blocks]
    there = json.dumps(shown, ensure_ascii=False)
    for text in texts:
        expect(text in there, f'"{text}" is missing in what came: {_start(target)}')
    marked = [text for text in _marked(shown) if _BROADCAST in text]
    expect(not marked, f"A name would notify everybody: {marked}")


def expect(holds: bool, otherwise: str) -> None:
    """Raise DemoFailed unless something holds."""
    if not holds:
        raise DemoFailed(otherwise)


def _marked(value: Any) -> Iterator[str]:
    """Give every text in which Slack looks for mentions."""
    if isinstance(value, list):
        for item in value:
            yield from _marked(item)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        yield from _marked(list(value.values()))


def _start(target: Message | OpenView) -> str:
    if isinstance(target, Message):
        return target.text
    return str(target.content["title"]["text"]) if "title" in target.content else "Home"

"""Modals: opened at once, while Slack's trigger lives, and filled when there is what they show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from bot.blocks.cards.details import failure_view, loading_view
from bot.blocks.message import View
from bot.errors import BotError, SlackError, Stopping, StoppingMidway
from bot.listeners.payloads import ShownView
from bot.slack import Slack

log = structlog.get_logger(__name__)


@asynccontextmanager
async def midway() -> AsyncIterator[None]:
    """Let a decision be made; whoever waits hears of it as such if the bot is stopped then."""
    try:
        yield
    except asyncio.CancelledError:
        raise asyncio.CancelledError from StoppingMidway()


class Windows:
    """Opens modals for people."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def open(
        self,
        trigger_id: str,
        title: str,
        fill: Callable[[], Awaitable[View]],
        *,
        above: bool = False,
    ) -> ShownView | None:
        """Open a loading view while the trigger lives, then fill it, or say why that failed.

        ``above``: over the modal in which the trigger was pressed. Return what it shows then; None
        if it was closed. Raise ``SlackError``.
        """
        show = self._slack.push_view if above else self._slack.open_view
        view_id = await show(trigger_id, loading_view(title))
        return await self.fill(view_id, fill)

    async def fill(self, view_id: str, fill: Callable[[], Awaitable[View]]) -> ShownView | None:
        """Fill an open modal, or say in it why that failed; as ``open``."""
        async with self._until_stopped(view_id, Stopping()):
            try:
                view = await fill()
            except BotError as error:
                log.warning("view not filled", error=type(error).__name__, what=str(error))
                view = failure_view(error)
        return await self.update(view_id, view)

    @asynccontextmanager
    async def deciding(self, view_id: str) -> AsyncIterator[None]:
        """Let a decision be made for a window, which tells if the bot is stopped in the middle."""
        async with self._until_stopped(view_id, StoppingMidway()):
            yield

    async def told(self, view_id: str, view: View) -> bool:
        """Tell in an open modal what became of a wish; return whether it is seen there.

        Whatever the reason why not, it has to be told elsewhere.
        """
        try:
            return await self.update(view_id, view) is not None
        except SlackError as error:
            log.warning("not told in the window", code=error.code, remedy=error.remedy)
            return False

    @asynccontextmanager
    async def _until_stopped(self, view_id: str, why: Stopping) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            await self.told(view_id, failure_view(why))
            raise asyncio.CancelledError from why

    async def update(self, view_id: str, view: View) -> ShownView | None:
        """Replace an open modal, unless it was closed meanwhile. Raise ``SlackError``."""
        try:
            seen = await self._slack.update_view(view_id, view)
        except SlackError as error:
            if error.code != "not_found":
                raise
            log.info("view closed before it was filled")
            return None
        return ShownView(view_id, view.get("private_metadata", ""), view["blocks"], seen)

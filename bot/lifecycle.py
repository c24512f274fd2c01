"""One running bot: how it starts, how it tells whether it is ready, how it stops."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import TypeVar

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.digests.runtime import DigestRuntime
from bot.errors import BotError, SlackError, StoreError
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack import PASSING, Slack
from bot.sockets import Socket
from bot.tasks import RunningTasks
from bot.triage.access import Access
from bot.triage.acquaintance import Acquaintance
from bot.triage.runtime import TriageRuntime
from bot.web import WebServer, health_routes, slack_route

log = structlog.get_logger(__name__)

T = TypeVar("T")

DRAIN_SECONDS = 6.5
"""How long a stop waits for what runs; with the last words of that, and with ``RELEASE_SECONDS``,
10 seconds at most, after which Docker kills."""

RELEASE_SECONDS = 2.0
"""How long a stop tries to leave to others what was in hand; where the database hangs, leases do
so later."""

GREETING_SECONDS = 5.0
"""Between attempts to reach the database, and Slack, at the start."""


class Bot:
    """The running parts; ``build`` makes one."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        *,
        slack: Slack,
        tasks: RunningTasks,
        metrics: Metrics,
        app: AsyncApp,
        digests: DigestRuntime,
        triage: TriageRuntime,
        access: Access,
        acquaintance: Acquaintance,
        settings: Settings,
    ) -> None:
        self._slack = slack
        self._tasks = tasks
        self._digests = digests
        self._triage = triage
        self._access = access
        self._acquaintance = acquaintance
        self._app_token = settings.slack_app_token if settings.bot_mode == "socket" else None
        self._app = app
        self._socket: Socket | None = None
        self._not_ready = "starting"
        self._closed = ""
        self._ends = AsyncExitStack()
        routes = health_routes(self._why_not_ready, metrics.text)
        if settings.bot_mode == "http":
            routes.append(slack_route(app, lambda: self._closed))
        self._server = WebServer(routes, settings.host, settings.port)

    @property
    def port(self) -> int:
        """The port of the HTTP server, once started."""
        return self._server.port

    async def run(self, stop: asyncio.Event) -> None:
        """Start, work until ``stop`` is set, and stop.

        Raise ``BotError`` where the address is in use or Slack refuses the tokens for good.
        """
        stopping = asyncio.create_task(stop.wait())
        starting = asyncio.create_task(self.start())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await starting
                await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            with suppress(asyncio.CancelledError, BotError):
                await starting
            await self.stop()

    async def start(self) -> None:
        """Listen, prepare the database, greet Slack, connect, and let digests and triage run.

        Raise ``BotError``.
        """
        await self._listen()
        self._ends.push_async_callback(self._release)
        self._ends.push_async_callback(self._drain)
        await self._patiently(self._digests.prepare)
        me = await self._patiently(self._slack.identity)
        self._access.team = me.team_id
        log.info("signed in to Slack", team=me.team, bot_user=me.user_id)
        self._ends.push_async_callback(self._acquaintance.stop)
        self._acquaintance.start()
        if self._app_token:
            token = self._app_token.get_secret_value()
            address = await self._patiently(lambda: self._slack.socket_address(token))
            self._socket = Socket(self._app, token, self._slack.client)
            self._ends.push_async_callback(self._socket.close)
            await self._socket.connect(address)
        self._ends.push_async_callback(self._digests.clock.stop)
        self._digests.start()
        self._ends.push_async_callback(self._triage.stop)
        self._triage.start()
        self._not_ready = ""
        log.info("ready", port=self.port, socket_mode=self._socket is not None)

    def wake(self) -> None:
        """Look soon what is due, though no alarm rings: a clock has been set."""
        self._digests.clock.wake()
        self._triage.wake()

    async def stop(self) -> None:
        """Take no more work, finish what runs, and let go of what was started."""
        self._not_ready = self._closed = "stopping"
        log.info("stopping", running=len(self._tasks))
        # Last started, first ended; so the server goes last, and until then it tells load
        # balancers that the bot is stopping.
        await self._ends.aclose()
        log.info("stopped")

    async def _drain(self) -> None:
        if late := await self._tasks.drain(DRAIN_SECONDS):
            log.error("stopped in the middle of work", cancelled=late, waited=DRAIN_SECONDS)

    async def _release(self) -> None:
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                await asyncio.gather(self._triage.release(), self._digests.release())
        except TimeoutError:
            log.error("stopped with work in hand: its leases have to end", waited=RELEASE_SECONDS)

    async def _listen(self) -> None:
        self._ends.push_async_callback(self._server.stop)
        try:
            await self._server.start()
        except OSError as error:
            raise BotError(
                f"The HTTP server cannot listen: {error.strerror}.",
                "Set HOST and PORT to an address of this machine that is free.",
            ) from error

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask Slack or the database until it can be reached.

        Raise ``SlackError`` or ``StoreError`` where it refuses for good.
        """
        while True:
            try:
                return await ask()
            except SlackError as error:
                if error.code not in PASSING:
                    raise
                self._not_ready = str(error)
                log.warning("Slack not reached yet", code=error.code, remedy=error.remedy)
            except StoreError as error:
                if not error.passing:
                    raise
                self._not_ready = str(error)
                log.warning("database not reached yet", error=str(error), remedy=error.remedy)
            await asyncio.sleep(GREETING_SECONDS)

    async def _why_not_ready(self) -> str:
        if not self._not_ready and self._socket and not await self._socket.connected():
            return "Socket Mode is not connected"
        return self._not_ready

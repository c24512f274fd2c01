"""Builds the world once, from settings, and runs it until it is told to stop."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.origin import Origin
from bot.digests.clock import DigestClock
from bot.digests.delivery import DigestDelivery
from bot.errors import BotError, SlackError
from bot.listeners import register
from bot.listeners.actions import Actions
from bot.listeners.boundary import Boundary
from bot.listeners.commands import Commands
from bot.listeners.listings import ImageSource, Listings
from bot.listeners.options import Options
from bot.listeners.views import Views
from bot.metrics import Metrics
from bot.schedule import Schedule
from bot.scp.auth import Credentials
from bot.scp.cache import PendingImageCache
from bot.scp.client import ScpClient
from bot.scp.endpoint import default_base_url
from bot.scp.retries import Retries
from bot.settings import Settings
from bot.slack import PASSING, Slack, slack_session, web_client
from bot.sockets import Socket
from bot.tasks import RunningTasks
from bot.web import WebServer, health_routes, slack_route

log = structlog.get_logger(__name__)

T = TypeVar("T")

DRAIN_SECONDS = 8.0
"""How long a stop waits for what runs; with the last words of that, 10 seconds at most."""

GREETING_SECONDS = 5.0
"""Between attempts to reach Slack at the start."""


def utc_now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)


class Bot:
    """The running parts; ``build`` makes one."""

    def __init__(
        self,
        *,
        slack: Slack,
        tasks: RunningTasks,
        metrics: Metrics,
        app: AsyncApp,
        digests: DigestClock | None,
        settings: Settings,
    ) -> None:
        self._slack = slack
        self._tasks = tasks
        self._digests = digests
        self._app_token = settings.slack_app_token if settings.bot_mode == "socket" else None
        self._app = app
        self._socket: Socket | None = None
        self._not_ready = "starting"
        self._closed = ""
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
        """Listen, greet Slack, connect, and set the digest's clock. Raise ``BotError``."""
        await self._listen()
        me = await self._patiently(self._slack.identity)
        log.info("signed in to Slack", team=me.team, bot_user=me.user_id)
        if self._app_token:
            token = self._app_token.get_secret_value()
            address = await self._patiently(lambda: self._slack.socket_address(token))
            self._socket = Socket(self._app, token, self._slack.client)
            await self._socket.connect(address)
        if self._digests:
            self._digests.start()
        self._not_ready = ""
        log.info("ready", port=self.port, socket_mode=self._socket is not None)

    async def stop(self) -> None:
        """Take no more work, finish what runs, and let go."""
        self._not_ready = self._closed = "stopping"
        log.info("stopping", running=len(self._tasks))
        if self._digests:
            await self._digests.stop()
        if self._socket:
            await self._socket.close()
        # The server goes last: until then it tells load balancers that the bot is stopping.
        if late := await self._tasks.drain(DRAIN_SECONDS):
            log.error("stopped in the middle of work", cancelled=late, waited=DRAIN_SECONDS)
        await self._server.stop()
        log.info("stopped")

    async def _listen(self) -> None:
        try:
            await self._server.start()
        except OSError as error:
            raise BotError(
                f"The HTTP server cannot listen: {error.strerror}.",
                "Set HOST and PORT to an address of this machine that is free.",
            ) from error

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask Slack until it can be reached. Raise ``SlackError`` where it refuses for good."""
        while True:
            try:
                return await ask()
            except SlackError as error:
                if error.code not in PASSING:
                    raise
                self._not_ready = str(error)
                log.warning("Slack not reached yet", code=error.code, remedy=error.remedy)
            await asyncio.sleep(GREETING_SECONDS)

    async def _why_not_ready(self) -> str:
        if not self._not_ready and self._socket and not await self._socket.connected():
            return "Socket Mode is not connected"
        return self._not_ready


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    retries: Retries = Retries(),  # noqa: B008 - frozen
) -> AsyncIterator[Bot]:
    """Build the bot that the settings describe; its connections are closed at the end."""
    metrics, tasks = Metrics(), RunningTasks()
    origin = origin_of(settings)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(open_slack(settings))
        images = await stack.enter_async_context(open_images(settings, metrics, retries))
        digests = None
        if settings.digest_channels:
            delivery = DigestDelivery(
                fetch=images.get,
                post=slack.post,
                origin=origin,
                clock=now,
                observe=metrics.observe_digest,
            )
            digests = DigestClock(
                schedule_of(settings), deliver=delivery.deliver, spawn=tasks.start, now=now
            )
        app = bolt_app(settings, slack.client)
        listen(app, Boundary(tasks, slack, metrics.observe_listener), images, slack, origin, now)
        yield Bot(
            slack=slack,
            tasks=tasks,
            metrics=metrics,
            app=app,
            digests=digests,
            settings=settings,
        )


@asynccontextmanager
async def open_slack(settings: Settings) -> AsyncIterator[Slack]:
    """Open the edge to Slack."""
    async with slack_session() as session:
        token = clear(settings.slack_bot_token)
        yield Slack(web_client(token, settings.slack_api_url, session), session)


@asynccontextmanager
async def open_images(
    settings: Settings,
    metrics: Metrics,
    retries: Retries = Retries(),  # noqa: B008 - frozen
) -> AsyncIterator[PendingImageCache]:
    """Open the signed client, behind its cache."""
    async with open_scp(settings, metrics, retries) as client:
        images = PendingImageCache(client.list_pending_images, settings.scp_cache_seconds)
        try:
            yield images
        finally:
            await images.aclose()


def open_scp(
    settings: Settings,
    metrics: Metrics,
    retries: Retries = Retries(),  # noqa: B008 - frozen
) -> ScpClient:
    """Build the signed client; entering it opens its connections."""
    return ScpClient(
        base_url=settings.scp_endpoint
        or default_base_url(settings.scp_region, settings.scp_environment),
        credentials=Credentials(clear(settings.scp_access_key), clear(settings.scp_secret_key)),
        api_version=settings.scp_api_version,
        language=settings.scp_language,
        max_body_bytes=settings.scp_max_body_bytes,
        retries=retries,
        observe=metrics.observe_scp,
    )


def origin_of(settings: Settings) -> Origin:
    """Return what the messages say of where their list comes from."""
    return Origin(
        account=settings.scp_account_id,
        region=settings.scp_region,
        environment=settings.scp_environment,
    )


def schedule_of(settings: Settings) -> Schedule:
    """Return the schedule that ``DIGEST_*`` describe."""
    return Schedule(
        id="settings",
        channels=settings.digest_channels,
        time=settings.digest_time,
        days=settings.digest_days,
        timezone=settings.digest_timezone,
        query=settings.digest_query,
    )


def bolt_app(settings: Settings, client: AsyncWebClient) -> AsyncApp:
    """Build Bolt's app without listeners. It asks Slack nothing: one workspace, one bot token."""
    authorized = AuthorizeResult(
        enterprise_id=None, team_id=None, bot_token=clear(settings.slack_bot_token)
    )

    async def authorize() -> AuthorizeResult:
        return authorized

    # Bolt's loggers take level and filters of this one, else the root's level. At DEBUG they print
    # whole payloads, at INFO the body of a request whose signature is wrong: response_urls in both.
    logger = logging.getLogger("slack_bolt.AsyncApp")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_is_news)
    return AsyncApp(
        logger=logger,
        client=client,
        authorize=authorize,
        signing_secret=clear(settings.slack_signing_secret),
        request_verification_enabled=settings.bot_mode == "http",
        process_before_response=True,  # a listener returns as soon as it has acknowledged
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Drop Bolt's warnings that it does not use the token of the environment: it need not."""
    return not re.search(r"`token`.* will be (ignored|unused)", record.getMessage())


def listen(
    app: AsyncApp,
    boundary: Boundary,
    images: ImageSource,
    slack: Slack,
    origin: Origin,
    now: Callable[[], datetime],
) -> None:
    """Register every listener."""
    listings = Listings(images, slack, origin, now)
    register(
        app,
        boundary,
        commands=Commands(listings, slack),
        actions=Actions(listings, images, slack, origin, now),
        options=Options(images),
        views=Views(listings),
    )


def clear(secret: SecretStr | None) -> str:
    """Return a secret's text, or nothing where it is not set."""
    return secret.get_secret_value() if secret else ""

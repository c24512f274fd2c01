"""Builds the world once, from settings."""

import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.origin import Origin
from bot.digests.clock import DigestClock
from bot.digests.delivery import DigestDelivery, Fetch, Post
from bot.images import FirstSeen
from bot.lifecycle import Bot
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
from bot.slack import Slack, slack_session, web_client
from bot.tasks import RunningTasks


def utc_now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    retries: Retries = Retries(),
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
        boundary = Boundary(tasks, slack, metrics.observe_listener)
        listen(app, boundary, images, slack, origin, now, first_seen=dict)
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
    retries: Retries = Retries(),
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
    retries: Retries = Retries(),
) -> ScpClient:
    """Build the signed client; entering it opens its connections."""
    return ScpClient(
        base_url=scp_address(settings),
        credentials=Credentials(clear(settings.scp_access_key), clear(settings.scp_secret_key)),
        api_version=settings.scp_api_version,
        language=settings.scp_language,
        max_body_bytes=settings.scp_max_body_bytes,
        retries=retries,
        observe=metrics.observe_scp,
    )


def scp_address(settings: Settings) -> str:
    """Return the service's address: the endpoint set, or the one of region and environment."""
    return settings.scp_endpoint or default_base_url(settings.scp_region, settings.scp_environment)


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


def digest_by_hand(settings: Settings, fetch: Fetch, post: Post) -> DigestDelivery:
    """Build a delivery that does not wait: whoever runs it by hand can run it again."""
    return DigestDelivery(
        fetch=fetch,
        post=post,
        origin=origin_of(settings),
        clock=utc_now,
        observe=lambda _: None,
        waits=(),
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
    *,
    first_seen: Callable[[], FirstSeen],
) -> None:
    """Register every listener."""
    listings = Listings(images, slack, origin, now, first_seen)
    register(
        app,
        boundary,
        commands=Commands(listings, slack),
        actions=Actions(listings, images, slack, origin, now, first_seen),
        options=Options(images),
        views=Views(listings),
    )


def clear(secret: SecretStr | None) -> str:
    """Return a secret's text, or nothing where it is not set."""
    return secret.get_secret_value() if secret else ""

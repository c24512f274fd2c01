"""Builds the world once, from settings."""

import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.origin import Origin
from bot.digests.explaining import AskStatus
from bot.digests.runtime import DigestRuntime, Surroundings
from bot.digests.watch import Observed
from bot.images import FirstSeen, PendingImages
from bot.lifecycle import Bot
from bot.listeners.boundary import Boundary
from bot.listeners.digests.digests import RunningDigests
from bot.listeners.wiring import Around, listen
from bot.metrics import Metrics
from bot.schedule import Draft, Timetable
from bot.scp.auth import Credentials
from bot.scp.cache import PendingImageCache
from bot.scp.client import ScpClient
from bot.scp.endpoint import default_base_url
from bot.scp.retries import Retries
from bot.scp.versions import warning
from bot.settings import Settings
from bot.slack import Slack, slack_session, web_client
from bot.store import Store, open_store
from bot.tasks import RunningTasks, Spawn
from bot.triage.access import Access, decisions_off
from bot.triage.acquaintance import Acquaintance
from bot.triage.deciding import Rules
from bot.triage.membership import Membership
from bot.triage.messages import CallRules
from bot.triage.runtime import Surroundings as TriageSurroundings
from bot.triage.runtime import TriageRuntime


class Edges(msgspec.Struct, frozen=True):
    """The ways out: to Slack, SCP and the database."""

    slack: Slack
    scp: ScpClient
    images: PendingImageCache
    store: Store


def utc_now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    scp_clock: Callable[[], float] | None = None,
    retries: Retries = Retries(),
) -> AsyncIterator[Bot]:
    """Build the bot that the settings describe; its connections are closed at the end.

    ``now`` is the clock of messages and of a SQLite database; ``scp_clock``, where it is given,
    counts the seconds of the epoch by which requests to SCP are signed and its answers kept.
    """
    metrics, tasks = Metrics(), RunningTasks()
    opened = open_edges(settings, metrics, now=now, scp_clock=scp_clock, retries=retries)
    async with opened as edges:
        access = access_of(settings, edges.slack)
        triage = triage_of(settings, edges, metrics, tasks.start, access)
        digests = digests_of(settings, edges, metrics, tasks.start, triage.observed)
        app = bolt_app(settings, edges.slack.client)
        bot = Bot(
            slack=edges.slack,
            tasks=tasks,
            metrics=metrics,
            app=app,
            digests=digests,
            triage=triage,
            access=access,
            acquaintance=Acquaintance(access),
            settings=settings,
        )
        around = Around(
            images=edges.images,
            slack=edges.slack,
            store=edges.store,
            running=RunningDigests(
                settings_ids=lambda: digests.settings_ids,
                preview=digests.composer.preview,
                wake=digests.clock.wake,
            ),
            first_seen=lambda: digests.board.first_seen,
            origin=origin_of(settings),
            admins=settings.digest_admins,
            now=now,
            access=access,
            deciding=triage.deciding,
            wake_triage=triage.wake,
        )
        listen(app, Boundary(tasks, edges.slack, metrics.observe_listener), around)
        yield bot


@asynccontextmanager
async def open_edges(
    settings: Settings,
    metrics: Metrics,
    *,
    now: Callable[[], datetime] = utc_now,
    scp_clock: Callable[[], float] | None = None,
    retries: Retries = Retries(),
) -> AsyncIterator[Edges]:
    """Open every way out; none of them is tried before it is used."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(open_slack(settings))
        client = open_scp(settings, metrics, retries, scp_clock or time.time)
        scp = await stack.enter_async_context(client)
        cached = _cached(settings, scp, scp_clock or time.monotonic)
        images = await stack.enter_async_context(cached)
        url = settings.database_url.get_secret_value()
        store = await stack.enter_async_context(open_store(url, now=now))
        yield Edges(slack, scp, images, store)


async def _unobserved(answer: PendingImages, first_seen: FirstSeen) -> None:
    """Let nobody know what the watch has seen."""


def digests_of(
    settings: Settings,
    edges: Edges,
    metrics: Metrics,
    spawn: Spawn,
    observed: Observed = _unobserved,
) -> DigestRuntime:
    """Build what delivers digests; it runs when it is started.

    ``observed`` is told what the watch has seen.
    """

    async def version_warning() -> str | None:
        return warning(await edges.scp.api_version_status(), utc_now().date())

    around = Surroundings(
        store=edges.store,
        slack=edges.slack,
        fetch=edges.images.get,
        ask_status=_ask_status(edges.scp, settings.scp_account_id),
        version_warning=version_warning,
        origin=origin_of(settings),
        drafts=drafts_of(settings),
        admins=settings.digest_admins,
        watch_seconds=settings.watch_seconds,
        decisions=not decisions_off(settings.approvers, settings.scp_account_id),
        observed=observed,
        spawn=spawn,
        observe_digest=metrics.observe_digest,
        observe_watch=metrics.observe_watch,
    )
    return DigestRuntime(around)


def access_of(settings: Settings, slack: Slack) -> Access:
    """Return who may read and decide, by the settings."""
    return Access(
        slack,
        approvers=settings.approvers,
        readers=settings.readers,
        channels=settings.allowed_channels,
        account=settings.scp_account_id,
    )


def triage_of(
    settings: Settings, edges: Edges, metrics: Metrics, spawn: Spawn, access: Access
) -> TriageRuntime:
    """Build what decides, repaints and calls on-call; it runs when it is started."""
    account = settings.scp_account_id
    around = TriageSurroundings(
        store=edges.store,
        slack=edges.slack,
        access=access,
        membership=Membership(edges.scp, account) if account else None,
        recent=edges.images.recent,
        rules=Rules(
            two_person=settings.two_person,
            undo_for=timedelta(minutes=settings.undo_minutes),
        ),
        calls=CallRules(
            after=settings.escalate_after,
            again=settings.escalate_again,
            hours=settings.escalate_hours,
            oncall=settings.oncall,
        ),
        watch_channel=settings.watch_channel,
        spawn=spawn,
        observe_decision=metrics.observe_decision,
    )
    return TriageRuntime(around)


def _ask_status(scp: ScpClient, account: str | None) -> AskStatus | None:
    """Return what asks for our account's status as a member, None where our id is not known."""
    if not account:
        return None

    async def ask_status(image_id: str) -> str | None:
        member = await scp.get_image_member(image_id, account)
        return None if member is None else member.status

    return ask_status


@asynccontextmanager
async def open_slack(settings: Settings) -> AsyncIterator[Slack]:
    """Open the edge to Slack."""
    async with slack_session() as session:
        token = clear(settings.slack_bot_token)
        yield Slack(web_client(token, settings.slack_api_url, session), session)


@asynccontextmanager
async def _cached(
    settings: Settings, client: ScpClient, clock: Callable[[], float]
) -> AsyncIterator[PendingImageCache]:
    images = PendingImageCache(client.list_pending_images, settings.scp_cache_seconds, clock)
    try:
        yield images
    finally:
        await images.aclose()


def open_scp(
    settings: Settings,
    metrics: Metrics,
    retries: Retries = Retries(),
    clock: Callable[[], float] = time.time,
) -> ScpClient:
    """Build the signed client; entering it opens its connections."""
    return ScpClient(
        base_url=scp_address(settings),
        credentials=Credentials(clear(settings.scp_access_key), clear(settings.scp_secret_key)),
        api_version=settings.scp_api_version,
        language=settings.scp_language,
        max_body_bytes=settings.scp_max_body_bytes,
        retries=retries,
        clock=clock,
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


def drafts_of(settings: Settings) -> list[Draft]:
    """Return the digests that ``DIGEST_*`` describe: one for each channel."""
    return [
        settings_draft(settings, channel) for channel in dict.fromkeys(settings.digest_channels)
    ]


def settings_draft(settings: Settings, channel: str) -> Draft:
    """Return the digest that ``DIGEST_*`` describe for a channel."""
    timetable = Timetable(
        times=settings.digest_time,
        days=settings.digest_days,
        timezone=settings.digest_timezone,
    )
    return Draft(channel=channel, timetable=timetable, query=settings.digest_query)


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


def clear(secret: SecretStr | None) -> str:
    """Return a secret's text, or nothing where it is not set."""
    return secret.get_secret_value() if secret else ""

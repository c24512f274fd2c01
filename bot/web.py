"""The HTTP server: ``/healthz``, ``/readyz``, ``/metrics``, and Slack's requests in HTTP mode."""

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

log = structlog.get_logger(__name__)

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SIGNED = re.compile(r"[0-9]{1,12}:v0=[0-9a-f]{64}")
"""Timestamp and signature by their look: the SDK's verifier fails on others instead of refusing."""

MAX_REQUEST_BYTES = 2**20
"""More than any payload of Slack; what is larger is not from Slack."""

NOT_FROM_SLACK = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What Bolt raises for a body that is not UTF-8, not JSON, or JSON of another shape: it reads the
body before it checks the signature."""

ACK_SECONDS = 3.0
"""How long Slack waits for an answer (``slack/facts.md``), so how long a stop lets one finish."""


def health_routes(
    not_ready: Callable[[], Awaitable[str]], metrics: Callable[[], bytes]
) -> list[web.RouteDef]:
    """Return the operators' routes. ``not_ready`` says why the bot is not ready, or nothing."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        reason = await not_ready()
        return web.Response(text=f"{reason or 'ready'}\n", status=503 if reason else 200)

    async def expose(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": METRICS_TYPE})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", expose),
    ]


def slack_route(app: AsyncApp, closed: Callable[[], str]) -> web.RouteDef:
    """Return ``/slack/events``: commands, clicks, options and views alike.

    ``closed`` says why the bot takes no more work, or nothing.
    """

    async def events(request: web.Request) -> web.Response:
        if why_not := closed():
            return web.Response(status=503, text=f"{why_not}\n")
        if not SIGNED.fullmatch(_signature_of(request)):
            return _refused()
        try:
            bolt_request = await to_bolt_request(request)
        except NOT_FROM_SLACK as error:
            log.info("unreadable request refused", error=type(error).__name__)
            return web.Response(status=400, text="not a request of Slack's\n")
        response = await app.async_dispatch(bolt_request)
        if response.status == HTTPStatus.UNAUTHORIZED:
            return _refused()
        return await to_aiohttp_response(response)

    return web.post("/slack/events", events)


def _signature_of(request: web.Request) -> str:
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    return f"{timestamp}:{request.headers.get('X-Slack-Signature', '')}"


def _refused() -> web.Response:
    log.warning(
        "signature refused", remedy="If Slack sent it, set SLACK_SIGNING_SECRET and the clock."
    )
    return web.Response(status=HTTPStatus.UNAUTHORIZED, text="not signed by Slack\n")


class WebServer:
    """Serves routes inside our event loop; ``port`` is the one in use."""

    def __init__(self, routes: list[web.RouteDef], host: str, port: int) -> None:
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.add_routes(routes)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=ACK_SECONDS
        )
        self._host = host
        self.port = port

    async def start(self) -> None:
        """Begin to listen. Raise ``OSError`` where the address cannot be used."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening; requests under way are answered first."""
        await self._runner.cleanup()

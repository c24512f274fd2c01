"""Socket Mode: Slack's requests over a websocket that we open."""

import asyncio

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import proxy_for

log = structlog.get_logger(__name__)

PING_SECONDS = 10.0
"""The connection counts as lost after four pings without an answer."""

FRESH_ADDRESS_SECONDS = 15.0
"""How long a lost connection may try its old address, whose ticket serves once."""

GOODBYE_SECONDS = 0.5
"""How long a stop waits for Slack to confirm; the SDK would wait as long as a stop may take."""


class Socket:
    """One Socket Mode connection, renewed by the SDK when Slack or the network ends it."""

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self._handler = AsyncSocketModeHandler(
            app, app_token, web_client=client, ping_interval=PING_SECONDS
        )
        # Like the Web API's client, the SDK's would ignore NO_PROXY.
        self._handler.client.proxy = proxy_for(client.base_url)
        self._renewing: asyncio.Task[None] | None = None

    async def connect(self, address: str) -> None:
        """Connect to an address of ``Slack.socket_address``; the SDK tries until it can."""
        self._handler.client.wss_uri = address
        self._renewing = asyncio.create_task(self._renew_address())
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK's

    async def connected(self) -> bool:
        """Whether Slack can reach us now."""
        return await self._handler.client.is_connected()

    async def close(self) -> None:
        """Disconnect: Slack sends what comes next to other replicas."""
        if self._renewing:
            self._renewing.cancel()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._handler.close_async()  # type: ignore[no-untyped-call]  # the SDK's
        except TimeoutError:
            log.info("Slack did not say goodbye")
            # The websocket counts as closed now, so that this lets go of the rest at once.
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # the SDK's

    async def _renew_address(self) -> None:
        """Have a lost connection ask for a new address.

        The SDK's reconnect loop repeats the address that it has, which Slack refuses once used.
        """
        while True:
            await asyncio.sleep(FRESH_ADDRESS_SECONDS)
            if not await self.connected():
                log.warning("Socket Mode is not connected; asking for a new address")
                self._handler.client.wss_uri = None

"""Socket Mode where the far end is no good company."""

import asyncio

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from bot.app import bolt_app
from bot.settings import GivenSettings
from bot.slack import slack_session, web_client
from bot.sockets import Socket


async def test_a_stop_does_not_wait_for_a_slack_that_does_not_say_goodbye() -> None:
    """As when the network is gone: the SDK would wait ten seconds, as long as a stop may take."""
    over = asyncio.Event()

    async def listen_and_be_silent(request: web.Request) -> web.WebSocketResponse:
        far_end = web.WebSocketResponse(autoclose=False, autoping=False)
        await far_end.prepare(request)
        assert (await far_end.receive()).type is WSMsgType.PING
        await over.wait()
        return far_end

    application = web.Application()
    application.router.add_get("/link", listen_and_be_silent)
    async with TestServer(application) as server, slack_session() as session:
        client = web_client("xoxb-1", str(server.make_url("/")), session)
        socket = Socket(bolt_app(GivenSettings(), client), "xapp-1", client)
        await socket.connect(str(server.make_url("/link")))
        assert await socket.connected()
        async with asyncio.timeout(5):
            await socket.close()
        assert not await socket.connected()
        over.set()

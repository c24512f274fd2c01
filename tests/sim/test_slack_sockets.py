"""Socket Mode of the simulated Slack, driven with slack_sdk's client and with a bare WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.sim.slack import NotAcknowledged, SlackSim
from tests.sim.slack_app import ADA, CHANNEL, Json, actions, button, client, option, plain

Listener = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim() as running:
        running.mode = "socket"
        running.channel(CHANNEL, members=[ADA])
        yield running


@asynccontextmanager
async def connected(slack: SlackSim, listener: Listener) -> AsyncIterator[SocketModeClient]:
    socket = SocketModeClient(slack.app_token, web_client=client(slack), ping_interval=60)
    socket.socket_mode_request_listeners.append(listener)
    await socket.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
    await slack.wait_for(lambda: slack.sockets.connections)
    try:
        yield socket
    finally:
        await socket.close()  # type: ignore[no-untyped-call]  # slack_sdk leaves it untyped
        socket.message_processor.cancel()
        await socket.aiohttp_client_session.close()


async def address(slack: SlackSim) -> str:
    answer = await client(slack).apps_connections_open(app_token=slack.app_token)
    return str(answer["url"])


def answering(payload: Json | None, kept: list[SocketModeRequest]) -> Listener:
    async def listener(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        kept.append(request)
        response = SocketModeResponse(request.envelope_id, payload)
        await socket.send_socket_mode_response(response)

    return listener


async def test_commands_and_their_acks_travel_in_envelopes(slack: SlackSim) -> None:
    kept: list[SocketModeRequest] = []
    async with connected(slack, answering({"text": "hi"}, kept)):
        result = await slack.user(ADA).command("/x", "a & b", CHANNEL)
    assert (result.status, result.body) == (200, {"text": "hi"})
    assert (kept[0].type, kept[0].payload["text"]) == ("slash_commands", "a &amp; b")
    assert kept[0].accepts_response_payload is True
    assert [message.text for message in slack.messages(CHANNEL, ADA)] == ["hi"]


async def test_an_event_comes_again_in_an_envelope_that_says_so(slack: SlackSim) -> None:
    kept: list[SocketModeRequest] = []
    async with connected(slack, answering(None, kept)):
        event = await slack.user(ADA).open_home()
        await slack.redeliver(event, 2, "http_error")
    assert [request.retry_attempt for request in kept] == [0, 2]
    assert kept[1].retry_reason == "http_error"
    assert kept[0].payload == kept[1].payload
    assert kept[0].envelope_id != kept[1].envelope_id


async def test_actions_options_and_events_travel_too(slack: SlackSim) -> None:
    menu = {"type": "external_select", "action_id": "menu", "placeholder": plain("p")}
    message = slack.plant(CHANNEL, "list", [actions(button(), menu)])
    ada = slack.user(ADA)
    kept: list[SocketModeRequest] = []
    async with connected(slack, answering({"options": [option("abc")]}, kept)):
        assert await ada.suggest(message, "menu", "abc") == [option("abc")]
    async with connected(slack, answering(None, kept)):
        await ada.press(message, "go")
        await ada.open_home()
    assert [request.type for request in kept] == ["interactive", "interactive", "events_api"]
    assert (kept[2].retry_attempt, kept[2].accepts_response_payload) == (0, False)
    assert slack.complaints == []


async def test_a_missing_ack_and_a_missing_connection(slack: SlackSim) -> None:
    async def silent(_socket: AsyncBaseSocketModeClient, _request: SocketModeRequest) -> None:
        return

    ada = slack.user(ADA)
    with pytest.raises(NotAcknowledged, match="no Socket Mode connection"):
        await ada.command("/x", "", CHANNEL)
    slack.ack_seconds = 0.05
    async with connected(slack, silent):
        with pytest.raises(NotAcknowledged, match="operation_timeout"):
            await ada.command("/x", "", CHANNEL)


async def test_several_connections_get_traffic_in_turn(slack: SlackSim) -> None:
    first: list[SocketModeRequest] = []
    second: list[SocketModeRequest] = []
    async with connected(slack, answering(None, first)), connected(slack, answering(None, second)):
        await slack.wait_for(lambda: len(slack.sockets.connections) == 2)
        for _ in range(4):
            await slack.user(ADA).command("/x", "", CHANNEL)
        assert [connection.delivered for connection in slack.sockets.connections] == [2, 2]
    assert (len(first), len(second)) == (2, 2)


async def test_a_client_comes_back_after_a_refresh(slack: SlackSim) -> None:
    kept: list[SocketModeRequest] = []
    async with connected(slack, answering(None, kept)):
        [old] = slack.sockets.connections
        await slack.disconnect()
        await slack.wait_for(
            lambda: slack.sockets.connections and old not in slack.sockets.connections
        )
        await slack.user(ADA).command("/x", "", CHANNEL)
    assert len(kept) == 1


async def test_a_connection_greets_and_answers_pings(slack: SlackSim) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as link:
        hello = await link.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["debug_info"]["approximate_connection_time"] > 0
        await link.ping(b"here")
        pong = await link.receive()
        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"here")


async def test_an_address_is_good_for_one_connection(slack: SlackSim) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_ten_connections_and_no_more(slack: SlackSim) -> None:
    async with aiohttp.ClientSession() as session:
        links = [await session.ws_connect(await address(slack)) for _ in range(10)]
        for link in links:
            assert (await link.receive_json())["type"] == "hello"
        one_more = await session.ws_connect(await address(slack))
        assert await one_more.receive_json() == {
            "type": "disconnect",
            "reason": "too_many_websockets",
        }
        assert (await one_more.receive()).type is aiohttp.WSMsgType.CLOSE
        for link in [*links, one_more]:
            await link.close()


async def test_a_warned_connection_gets_no_more_traffic(slack: SlackSim) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as link:
        await link.receive_json()
        await slack.disconnect("warning")
        assert (await link.receive_json())["reason"] == "warning"
        with pytest.raises(NotAcknowledged):
            await slack.user(ADA).command("/x", "", CHANNEL)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"envelope_id": "other"})])
async def test_an_answer_that_nothing_waits_for_is_recorded(slack: SlackSim, text: str) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as link:
        await link.send_str(text)
        await slack.wait_for(lambda: slack.complaints)
    assert slack.complaints == [f"socket: nothing waits for this answer: {text}"]


async def test_a_second_ack_is_recorded(slack: SlackSim) -> None:
    url = await address(slack)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as link:
        await link.receive_json()
        command = asyncio.create_task(slack.user(ADA).command("/x", "", CHANNEL))
        ack = {"envelope_id": (await link.receive_json())["envelope_id"]}
        await link.send_json(ack)
        await command
        await link.send_json(ack)
        await slack.wait_for(lambda: slack.complaints)

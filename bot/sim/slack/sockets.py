"""Socket Mode: connections, envelopes and their acknowledgements (slack/facts.md)."""

import asyncio
import itertools
import json
import time
import uuid
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.sim.slack.delivery import ACK_SECONDS, Ack, NotAcknowledged, Retry
from bot.sim.slack.state import APP_ID, Json
from bot.sim.slack.world import World

MAX_CONNECTIONS = 10
_CONNECTION_SECONDS = 18060


@dataclass(eq=False)
class Connection:
    """One WebSocket of the app."""

    socket: web.WebSocketResponse
    number: int
    delivered: int = 0
    """How many envelopes it was given."""
    going: bool = False
    """Whether it was told to go: it gets no more traffic."""


class Sockets:
    """Answers ``/link/`` and carries payloads to the connected app, connections in turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ack_seconds = ACK_SECONDS
        self.connections: list[Connection] = []
        self._numbers = itertools.count(1)
        self._turn = itertools.count()
        self._unanswered: dict[str, asyncio.Future[object]] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.world.tickets:
            return web.Response(status=401, text="invalid ticket")
        self.world.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = Connection(socket, next(self._numbers))
        self.connections.append(connection)
        try:
            await socket.send_json(self._hello(connection))
            self.world.workspace.changed()
            await self._listen(socket)
        finally:
            self.connections.remove(connection)
            self.world.workspace.changed()
        return socket

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Ack:
        """Send one envelope; raise NotAcknowledged unless it is acknowledged within the time."""
        envelope = _envelope(kind, payload, str(uuid.uuid4()), retry)
        unanswered = asyncio.get_running_loop().create_future()
        self._unanswered[envelope["envelope_id"]] = unanswered
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.ack_seconds):
                await self._send(envelope)
                body = await unanswered
        except TimeoutError:
            raise NotAcknowledged("operation_timeout") from None
        finally:
            del self._unanswered[envelope["envelope_id"]]
        return Ack(200, body, time.monotonic() - started)

    async def disconnect(self, reason: str) -> None:
        """Tell every connection to go: ``warning``, ``refresh_requested`` or ``link_disabled``."""
        for connection in list(self.connections):
            connection.going = True
            going = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sim"}}
            await connection.socket.send_json(going)

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            await connection.socket.close()

    async def _send(self, envelope: Json) -> None:
        """Send to the connection whose turn it is, or to the next that still takes anything."""
        staying = [connection for connection in self.connections if not connection.going]
        turn = next(self._turn) % max(1, len(staying))
        for connection in staying[turn:] + staying[:turn]:
            try:
                await connection.socket.send_json(envelope)
            except ConnectionError:
                continue  # it is closing: nothing was sent
            connection.delivered += 1
            return
        raise NotAcknowledged("dispatch_failed", "no Socket Mode connection")

    def _hello(self, connection: Connection) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "applink-sim",
                "build_number": connection.number,
                "approximate_connection_time": _CONNECTION_SECONDS,
            },
            "connection_info": {"app_id": APP_ID},
        }

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._take(frame.data)

    def _take(self, text: str) -> None:
        answer = _object(text)
        unanswered = self._unanswered.get(str(answer.get("envelope_id")))
        if unanswered is None or unanswered.done():
            self.world.workspace.complain(f"socket: nothing waits for this answer: {text[:100]}")
            return
        unanswered.set_result(answer.get("payload") or "")


def _envelope(kind: str, payload: Json, envelope_id: str, retry: Retry | None) -> Json:
    envelope = {
        "envelope_id": envelope_id,
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        again = retry or Retry(0, "")
        envelope |= {"retry_attempt": again.number, "retry_reason": again.reason}
    return envelope


def _object(text: str) -> Json:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

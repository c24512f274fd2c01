"""Commands over the wire: the ack, the message, two hundred at once, and as many as it takes."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import msgspec

from tests.bench.far_end import (
    PATIENCE_SECONDS,
    Connection,
    FarEnd,
    MeasuringFailed,
    Message,
    connected,
    open_far_end,
)
from tests.bench.figures import Line, Pair, pair_of, ratio_line, value_line
from tests.bench.programs import BOT, EMPTY, MINIMUM, running

ACK_GOAL = 1.3
MESSAGE_GOAL = 1.3
FETCHES_GOAL = 1
SLOWEST_ACK_GOAL = 3.0
"""Seconds that Slack waits (``slack/facts.md``)."""
AT_ONCE = 200
IN_FLIGHT = 16
SHOWN = 10
"""Images in a message."""
PAUSE_SECONDS = 0.005
"""Before each sample, so that what one program has yet to tidy up does not slow the other."""


class Sizes(msgspec.Struct, frozen=True):
    """How much is measured."""

    rounds: int
    samples: int
    """Alternate samples of floor and subject a round."""
    bursts: int
    sustained: int
    """Commands a round."""


async def measure_commands(body: bytes, sizes: Sizes) -> list[Line]:
    """Measure everything about commands; ``body`` is SCP's answer."""
    async with open_far_end(body) as far_end:
        return [
            await _ack(far_end, sizes),
            await _message(far_end, sizes),
            *await _bursts(far_end, sizes),
            *await _sustained(far_end, sizes),
        ]


async def _ack(far_end: FarEnd, sizes: Sizes) -> Line:
    async with AsyncExitStack() as stack:
        floor = await _connection(stack, far_end, EMPTY)
        subject = await _connection(stack, far_end, BOT)
        pairs = []
        for measured in range(-1, sizes.rounds):  # the first round warms up
            samples = [
                (
                    await _seconds_to_ack(far_end, floor, answered=False),
                    await _seconds_to_ack(far_end, subject, answered=True),
                )
                for _ in range(sizes.samples)
            ]
            if measured >= 0:
                pairs.append(_pair(samples))
    return ratio_line("ack of a command / empty listener", pairs, ACK_GOAL)


async def _message(far_end: FarEnd, sizes: Sizes) -> Line:
    async with AsyncExitStack() as stack:
        floor = await _connection(stack, far_end, MINIMUM)
        subject = await _connection(stack, far_end, BOT, cache_seconds=0)
        pairs = []
        for measured in range(-1, sizes.rounds):
            samples = [
                (
                    await _seconds_to_message(far_end, floor, PAUSE_SECONDS),
                    await _seconds_to_message(far_end, subject, PAUSE_SECONDS),
                )
                for _ in range(sizes.samples)
            ]
            if measured >= 0:
                pairs.append(_pair(samples))
    return ratio_line("command to message, 50 images / hand-made", pairs, MESSAGE_GOAL)


async def _bursts(far_end: FarEnd, sizes: Sizes) -> list[Line]:
    """Two hundred commands to a bot that has only just started and knows nothing."""
    fetches, acks, all_done = [], [], []
    for _ in range(sizes.bursts):
        before = far_end.fetches
        async with (
            running(BOT, far_end.url) as bot,
            connected(bot.port, AT_ONCE) as connections,
        ):
            slowest, seconds = await _burst(far_end, connections)
        fetches.append(far_end.fetches - before)
        acks.append(slowest)
        all_done.append(seconds)
    return [
        value_line("200 commands at once: fetches", "", fetches, FETCHES_GOAL),
        value_line("200 commands at once: slowest ack", "s", acks, SLOWEST_ACK_GOAL),
        value_line("200 commands at once: all messages", "s", all_done),
    ]


async def _burst(far_end: FarEnd, connections: Sequence[Connection]) -> tuple[float, float]:
    """Return the seconds until the last ack and until the last message."""
    commands = [far_end.new_command() for _ in connections]
    started = time.perf_counter()
    acks = await asyncio.gather(
        *(
            connection.send(request)
            for connection, (request, _) in zip(connections, commands, strict=True)
        )
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        arrivals = await asyncio.gather(*(_arrival(answer) for _, answer in commands))
    return max(ack.arrived_at for ack in acks) - started, max(arrivals) - started


async def _sustained(far_end: FarEnd, sizes: Sizes) -> list[Line]:
    async with (
        running(MINIMUM, far_end.url) as minimum,
        running(BOT, far_end.url) as bot,
        running(BOT, far_end.url, cache_seconds=0) as forgetful,
    ):
        programs = {
            "commands a second, kept list": bot,
            "commands a second, nothing kept": forgetful,
            "commands a second, hand-made": minimum,
        }
        rates: dict[str, list[float]] = {what: [] for what in programs}
        for measured in range(-1, sizes.bursts):
            for what, program in programs.items():
                rate = await _rate(far_end, program.port, sizes.sustained)
                if measured >= 0:
                    rates[what].append(rate)
    return [value_line(what, "/s", values) for what, values in rates.items()]


async def _rate(far_end: FarEnd, port: int, count: int) -> float:
    async def send_some(connection: Connection) -> None:
        for _ in range(count // IN_FLIGHT):
            await _seconds_to_message(far_end, connection)

    async with connected(port, IN_FLIGHT) as connections:
        started = time.perf_counter()
        await asyncio.gather(*map(send_some, connections))
        return (count // IN_FLIGHT) * IN_FLIGHT / (time.perf_counter() - started)


async def _connection(
    stack: AsyncExitStack, far_end: FarEnd, arguments: Sequence[str], cache_seconds: int = 60
) -> Connection:
    program = await stack.enter_async_context(running(arguments, far_end.url, cache_seconds))
    connections = await stack.enter_async_context(connected(program.port))
    return connections[0]


async def _seconds_to_ack(far_end: FarEnd, connection: Connection, *, answered: bool) -> float:
    """Send one command; where it is answered, wait for that too, lest it slow down the next."""
    await asyncio.sleep(PAUSE_SECONDS)
    request, answer = far_end.new_command()
    started = time.perf_counter()
    ack = await connection.send(request)
    if answered:
        await _arrival(answer)
    return ack.arrived_at - started


async def _seconds_to_message(far_end: FarEnd, connection: Connection, pause: float = 0.0) -> float:
    await asyncio.sleep(pause)
    request, answer = far_end.new_command()
    started = time.perf_counter()
    await connection.send(request)
    return await _arrival(answer) - started


async def _arrival(answer: "asyncio.Future[Message]") -> float:
    async with asyncio.timeout(PATIENCE_SECONDS):
        message = await answer
    if message.body.count(b'"type":"section"') < SHOWN:
        raise MeasuringFailed(f"a command was answered with {message.body[:300]!r}")
    return message.arrived_at


def _pair(samples: Sequence[tuple[float, float]]) -> Pair:
    floors, subjects = zip(*samples, strict=True)
    return pair_of(floors, subjects)

"""``python -m bot digest --now``: the settings' digests, by hand."""

import asyncio
import json
from collections.abc import Set as AbstractSet
from contextlib import suppress

from bot.app import digests_of, open_edges, settings_draft
from bot.blocks.message import Message
from bot.digests.crew import Crew
from bot.lifecycle import DRAIN_SECONDS
from bot.logs import configure_logging
from bot.metrics import Metrics
from bot.schedule import OPEN_STATES, Delivery, DeliveryState
from bot.settings import Need, Settings, load_settings
from bot.store import Deliveries
from bot.tasks import RunningTasks

PATIENCE_SECONDS = 90.0
"""Longer than SCP is tried again; a bot that runs goes on with what has not arrived by then."""

LOOK_SECONDS = 0.2

ASKED_LATELY = "asked for in the same minute before"

_SAID = {
    DeliveryState.POSTED: "digest posted",
    DeliveryState.NOTICE: "notice of a failure posted",
}


def deliver_digest() -> int:
    """Post the digest to its channels now; return 0 if every one has it, else 1."""
    settings = load_settings(Need.SCP, Need.SLACK, Need.CHANNELS)
    configure_logging(settings.log_level, settings.secrets())
    outcomes = asyncio.run(_deliver(settings))
    print("\n".join(f"{channel}: {_line(delivery)}" for channel, delivery in outcomes))
    posted = [d is not None and d.state is DeliveryState.POSTED for _, d in outcomes]
    return 0 if all(posted) else 1


def print_digest() -> int:
    """Print the digest as JSON and ask Slack nothing. Raise ``ScpError`` where there is none."""
    settings = load_settings(Need.SCP)
    configure_logging(settings.log_level, settings.secrets())
    message = asyncio.run(_compose(settings))
    body = {"text": message.text, "blocks": message.blocks}
    print(json.dumps(body, ensure_ascii=False, indent=2))
    return 0


async def _deliver(settings: Settings) -> list[tuple[str, Delivery | None]]:
    """Return each channel's delivery; None where one was asked for in this minute already."""
    tasks = RunningTasks()
    async with open_edges(settings, Metrics()) as edges:
        digests, deliveries = (
            digests_of(settings, edges, Metrics(), tasks.start),
            edges.store.deliveries,
        )
        planned = {
            s.channel: await deliveries.plan_now(s.id, None) for s in await digests.prepare()
        }
        await _work(digests.crew, deliveries, {d.id for d in planned.values() if d is not None})
        digests.crew.stop()
        await tasks.drain(DRAIN_SECONDS)
        await digests.release()
        return [(channel, d and await deliveries.get(d.id)) for channel, d in planned.items()]


async def _work(crew: Crew, deliveries: Deliveries, waiting: AbstractSet[int]) -> None:
    """Deliver until these have ended, be it by a bot that runs beside us."""
    with suppress(TimeoutError):  # it is told what has not ended
        async with asyncio.timeout(PATIENCE_SECONDS):
            while waiting:
                crew.call()
                await asyncio.sleep(LOOK_SECONDS)
                found = [await deliveries.get(number) for number in waiting]
                waiting = {d.id for d in found if d is not None and d.state in OPEN_STATES}


async def _compose(settings: Settings) -> Message:
    tasks = RunningTasks()
    async with open_edges(settings, Metrics()) as edges:
        await edges.store.migrate()
        draft = settings_draft(settings, next(iter(settings.digest_channels), ""))
        return await digests_of(settings, edges, Metrics(), tasks.start).composer.preview(draft)


def _line(delivery: Delivery | None) -> str:
    if delivery is None:
        return ASKED_LATELY
    if delivery.state in OPEN_STATES:
        return f"not posted yet: {delivery.delay or 'it is being tried'}"
    return _SAID.get(delivery.state, f"failed: {delivery.outcome or delivery.state}")

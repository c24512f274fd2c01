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
from bot.schedule import OPEN_STATES, Delivery, DeliveryState, Schedule, draft_of
from bot.settings import Need, Settings, load_settings
from bot.store import Deliveries
from bot.tasks import RunningTasks

PATIENCE_SECONDS = 90.0
"""Longer than SCP is tried again; a bot that runs goes on with what has not arrived by then."""

LOOK_SECONDS = 0.2

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
    return 0 if all(d.state is DeliveryState.POSTED for _, d in outcomes) else 1


def print_digest() -> int:
    """Print the digest as JSON and ask Slack nothing. Raise ``ScpError`` where there is none."""
    settings = load_settings(Need.SCP)
    configure_logging(settings.log_level, settings.secrets())
    message = asyncio.run(_compose(settings))
    body = {"text": message.text, "blocks": message.blocks}
    print(json.dumps(body, ensure_ascii=False, indent=2))
    return 0


async def _deliver(settings: Settings) -> list[tuple[str, Delivery]]:
    """Return each channel's delivery; one asked for in this minute already stands for both."""
    tasks = RunningTasks()
    async with open_edges(settings, Metrics()) as edges:
        digests = digests_of(settings, edges, Metrics(), tasks.start)
        deliveries = edges.store.deliveries
        planned = [await _plan(deliveries, schedule) for schedule in await digests.prepare()]
        await _work(digests.crew, deliveries, {delivery.id for delivery in planned})
        digests.crew.stop()
        await tasks.drain(DRAIN_SECONDS)
        await digests.release()
        return [(d.channel, await deliveries.get(d.id) or d) for d in planned]


async def _plan(deliveries: Deliveries, schedule: Schedule) -> Delivery:
    planned = await deliveries.plan_now(schedule.id, None)
    if planned is None:
        (planned,) = await deliveries.history(schedule.channel, schedule_id=schedule.id, limit=1)
    return planned


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
        kept = await edges.store.schedules.of_settings(draft.channel)
        # As it is kept, it is compared with the last one posted.
        asked = kept if kept and draft_of(kept) == draft else draft
        return await digests_of(settings, edges, Metrics(), tasks.start).composer.preview(asked)


def _line(delivery: Delivery) -> str:
    if delivery.state in OPEN_STATES:
        return f"not posted yet: {delivery.delay or 'it is being tried'}"
    return _SAID.get(delivery.state, f"failed: {delivery.outcome or delivery.state}")

"""``python -m bot digest --now``: the settings' digest, by hand."""

import asyncio
import json
from datetime import datetime

from bot.app import digest_by_hand, open_images, open_slack, schedule_of, utc_now
from bot.blocks.message import Message
from bot.digests.delivery import ChannelOutcome, Posted
from bot.logs import configure_logging
from bot.metrics import Metrics
from bot.schedule import Occurrence, Schedule
from bot.settings import Need, Settings, load_settings


def deliver_digest() -> int:
    """Post the digest to its channels now; return 0 if every one has it, else 1."""
    settings = load_settings(Need.SCP, Need.SLACK, Need.CHANNELS)
    configure_logging(settings.log_level, settings.secrets())
    outcomes = asyncio.run(_deliver(settings))
    print("\n".join(_line(outcome) for outcome in outcomes))
    return 0 if all(isinstance(o, Posted) and not o.notice for o in outcomes) else 1


def print_digest() -> int:
    """Print the digest as JSON and ask Slack nothing. Raise ``ScpError`` where there is none."""
    settings = load_settings(Need.SCP)
    configure_logging(settings.log_level, settings.secrets())
    message = asyncio.run(_compose(settings))
    body = {"text": message.text, "blocks": message.blocks}
    print(json.dumps(body, ensure_ascii=False, indent=2))
    return 0


async def _deliver(settings: Settings) -> list[ChannelOutcome]:
    schedule, now = schedule_of(settings), utc_now()
    async with open_slack(settings) as slack, open_images(settings, Metrics()) as images:
        delivery = digest_by_hand(settings, images.get, slack.post)
        return await delivery.deliver(schedule, _by_hand(schedule, now))


async def _compose(settings: Settings) -> Message:
    async with open_images(settings, Metrics()) as images:
        return await digest_by_hand(settings, images.get, _no_post).compose(schedule_of(settings))


async def _no_post(*_: object) -> str:
    raise NotImplementedError("a dry run posts nothing")


def _by_hand(schedule: Schedule, now: datetime) -> Occurrence:
    """Return the occurrence that a delivery by hand is: of this minute, not of the schedule."""
    moment = now.replace(second=0, microsecond=0)
    return Occurrence(
        schedule_id=f"{schedule.id}-by-hand",
        date=moment.date(),
        time=moment.time(),
        timezone="UTC",
        due=moment,
    )


def _line(outcome: ChannelOutcome) -> str:
    if not isinstance(outcome, Posted):
        return f"{outcome.channel}: failed: {outcome.text}"
    return f"{outcome.channel}: {'notice of a failure' if outcome.notice else 'digest'} posted"

"""Where a list comes from, in words."""

from datetime import datetime

import msgspec

from bot.blocks.limits import CARD_PART_MAX
from bot.blocks.message import Block, mrkdwn, plain
from bot.blocks.text import clip, duration_words, slack_date


class Origin(msgspec.Struct, frozen=True):
    """The account, region and environment that were asked."""

    account: str | None
    """Our own account's id or label; None where it is not configured."""
    region: str
    environment: str


def origin_text(origin: Origin, api_version: str) -> Block:
    """Return the line that names account, region and API version."""
    account = [f"Account {clip(origin.account, CARD_PART_MAX)}"] if origin.account else []
    region = f"{clip(origin.region, CARD_PART_MAX)}, environment {clip(origin.environment, 20)}"
    return plain(" · ".join([*account, region, f"API {clip(api_version, 20)}"]))


def age_text(fetched_at: datetime, now: datetime) -> Block:
    """Return when SCP answered, and how old that was when shown."""
    at = slack_date(fetched_at, "{time_secs}")
    return mrkdwn(f"As of {at}, {duration_words((now - fetched_at).total_seconds())} old when shown")

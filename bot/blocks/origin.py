"""Where a list comes from and what it was asked for, in words."""

from datetime import datetime

import msgspec

from bot.blocks.limits import ORIGIN_MAX, QUERY_SHOWN_MAX
from bot.blocks.message import Block, context, mrkdwn, plain
from bot.blocks.text import clip, duration_words, slack_date
from bot.query import Query, format_query


class Origin(msgspec.Struct, frozen=True):
    """The account, region and environment that were asked."""

    account: str | None
    """Our own account's id or label; None where it is not configured."""
    region: str
    environment: str


def origin_text(origin: Origin, api_version: str | None = None) -> Block:
    """Return the line that names account, region and, where known, the API version."""
    account = f"Account {clip(origin.account or 'not set', ORIGIN_MAX)}"
    region = clip(f"{origin.region}, environment {origin.environment}", ORIGIN_MAX)
    version = [f"API {clip(api_version, 20)}"] if api_version else []
    return plain(" · ".join([account, region, *version]))


def age_text(fetched_at: datetime, now: datetime) -> Block:
    """Return when SCP answered, and how old that was when shown."""
    at = slack_date(fetched_at, "{time_secs}")
    age = duration_words((now - fetched_at).total_seconds())
    return mrkdwn(f"As of {at}, {age} old when shown")


def cut_blocks(cut_at: int | None) -> list[Block]:
    """Return the line that a list of just this length may be cut; nothing where it is not."""
    if cut_at is None:
        return []
    return [context(mrkdwn(f"SCP sent exactly {cut_at:,} images: it may have cut the list."))]


def waiting_text() -> Block:
    """Return what the waiting time of images is counted from."""
    return mrkdwn("Waiting: since the bot first saw the image")


def query_text(query: Query) -> Block:
    """Return the line that says what was asked for."""
    text = format_query(query)
    return plain(f"Query: {text}" if text else "No filters", QUERY_SHOWN_MAX)

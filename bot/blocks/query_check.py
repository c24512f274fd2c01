"""The line under a query being typed: how many images match it now, or what is wrong with it."""

from collections.abc import Mapping, Sequence

from bot.blocks.failures import heading
from bot.blocks.limits import REASON_MAX
from bot.blocks.message import Block, context, mrkdwn, plain
from bot.blocks.origin import query_text
from bot.blocks.text import counted, match_verb
from bot.errors import QueryError, ScpError
from bot.query import Query

_CHECK = "query_check"


def matches_block(query: Query, matched: int, total: int) -> Block:
    """Return how many of all pending images a query matches now, and how it was read."""
    images = counted(total, "pending image")
    return _line(mrkdwn(f"*{matched:,}* of {images} {match_verb(matched)} now"), query_text(query))


def mistake_block(error: QueryError) -> Block:
    """Return what is wrong with a query, and the nearest that is valid."""
    text = f"{error} {error.remedy}".strip()
    if error.suggestion is not None and error.suggestion not in error.remedy:
        text += f" Nearest that is valid: {error.suggestion}"
    return _line(mrkdwn(":warning:"), plain(text, REASON_MAX))


def not_counted_block(query: Query, error: ScpError | None) -> Block:
    """Return that a query is right, but how many match it is not known; None: not in time."""
    why = heading(error) if error else "Samsung Cloud has not answered yet"
    return _line(
        mrkdwn(f"The query is right. How many match is not known: {why}."), query_text(query)
    )


def with_check(blocks: Sequence[Mapping[str, object]], check: Block) -> list[Block]:
    """Return a form's blocks as Slack sent them back, with another line under the query."""
    return [check if block.get("block_id") == _CHECK else dict(block) for block in blocks]


def _line(*elements: Block) -> Block:
    return context(*elements) | {"block_id": _CHECK}

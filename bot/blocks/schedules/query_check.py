"""The line under a query being typed: how many images match it now, or what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.blocks.failures import heading
from bot.blocks.limits import REASON_MAX
from bot.blocks.message import Block, context, mrkdwn, plain
from bot.blocks.origin import query_text
from bot.blocks.text import counted, match_verb
from bot.errors import BotError, QueryError
from bot.query import Query

_CHECK = "query_check"
_COUNTING = mrkdwn(":hourglass_flowing_sand: Counting how many match now …")


NOT_COUNTED_TEXT = "How many images match now is not known: Samsung Cloud did not tell in time."


def matches_text(matched: int, total: int) -> str:
    """Return how many of all pending images match now, in our own mrkdwn."""
    return f"*{matched:,}* of {counted(total, 'pending image')} {match_verb(matched)} now"


def matches_block(query: Query, matched: int, total: int) -> Block:
    """Return how many of all pending images a query matches now, and how it was read."""
    return _line(mrkdwn(matches_text(matched, total)), query_text(query))


def mistake_block(error: QueryError) -> Block:
    """Return what is wrong with a query, and the nearest that is valid."""
    text = f"{error} {error.remedy}".strip()
    if error.suggestion is not None and error.suggestion not in error.remedy:
        text += f" Nearest that is valid: {error.suggestion}"
    return _line(mrkdwn(":warning:"), plain(text, REASON_MAX))


def counting_block(query: Query) -> Block:
    """Return that a query is right, and how many match it is being asked."""
    return _line(_COUNTING, query_text(query))


def not_counted_block(query: Query, error: BotError) -> Block:
    """Return that a query is right, but how many match it is not known, and why."""
    return _line(
        mrkdwn(f"The query is right. How many match is not known: {heading(error)}."),
        query_text(query),
    )


def query_being_counted(blocks: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the query that a form is filled with, where its line says that it is counted."""
    held = {block.get("block_id"): block for block in blocks}
    if _CHECK not in held or held[_CHECK]["elements"][0] != _COUNTING:
        return None
    return str(held["query"]["element"].get("initial_value", ""))


def with_check(blocks: Sequence[Mapping[str, object]], check: Block) -> list[Block]:
    """Return a form's blocks as Slack sent them back, with another line under the query."""
    return [check if block.get("block_id") == _CHECK else dict(block) for block in blocks]


def _line(*elements: Block) -> Block:
    return context(*elements) | {"block_id": _CHECK}

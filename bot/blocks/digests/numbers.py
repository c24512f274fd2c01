"""A digest's images in numbers: by type, by owner, and day by day."""

from collections.abc import Sequence

from bot.blocks.limits import OWNER_MAX, TYPE_MAX
from bot.blocks.listings.menus import told_apart
from bot.blocks.message import Block, rich_text, words
from bot.blocks.text import clip, counted, sparkline
from bot.images import PendingImage
from bot.pick import facets

_COUNTED = 5
"""How many types or owners are named with their numbers."""


def number_blocks(picked: Sequence[PendingImage], trend: Sequence[int | None]) -> list[Block]:
    """Return the totals by type and owner, and the trend; nothing where there is neither."""
    lines = []
    if picked:
        lines.append(_counts("By type: ", picked, "type", TYPE_MAX))
        lines.append(_counts("By owner: ", picked, "owner", OWNER_MAX))
    lines += _trend(trend)
    return [rich_text(lines)] if lines else []


def _counts(label: str, picked: Sequence[PendingImage], field: str, limit: int) -> list[Block]:
    found = told_apart(facets(picked, field))
    parts = [f"{clip(facet.label, limit)} {facet.count:,}" for facet in found[:_COUNTED]]
    if more := len(found) - len(parts):
        parts.append(f"and {more:,} more")
    return [words(label, bold=True), words(" · ".join(parts))]


def _trend(trend: Sequence[int | None]) -> list[list[Block]]:
    """Return the drawing with its numbers in words, for whom a drawing says nothing."""
    known = [number for number in trend if number is not None]
    if len(known) < 2:  # noqa: PLR2004 - one day is no trend
        return []
    days = counted(len(trend) - 1 - trend.index(known[0]), "day")
    said = f" from {known[0]:,}, {days} ago, to {known[-1]:,} now"
    if min(known) < max(known):
        said += f"; between {min(known):,} and {max(known):,}"
    label = words(f"Last {counted(len(trend), 'day')}: ", bold=True)
    return [[label, words(sparkline(trend)), words(said)]]

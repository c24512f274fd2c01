"""Small constructors of Block Kit objects, as plain dictionaries.

``plain`` is for text from elsewhere (SCP, what a user typed): it makes the text inert and never
lets Slack read emoji names, links or mentions into it. ``mrkdwn`` is for our own words and date
tokens only.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import msgspec

from bot.blocks.limits import OPTION_TEXT_MAX, TEXT_OBJECT_MAX
from bot.blocks.text import clip, inert, slack_seconds, utc_text, width

Block: TypeAlias = dict[str, Any]
View: TypeAlias = dict[str, Any]
Cards: TypeAlias = Mapping[str, str]
"""Where images stand in a message: by the block id of a card's first block, the image's id."""

NO_CARDS: Cards = MappingProxyType({})


class Message(msgspec.Struct, frozen=True):
    """A message: its blocks, and the text for notifications and screen readers."""

    text: str
    """Our own words and numbers only, never empty."""
    blocks: list[Block]
    cards: Cards = NO_CARDS


def plain(text: str, limit: int = TEXT_OBJECT_MAX) -> Block:
    """Return text from anywhere as text that stays text; a blank one becomes a dash."""
    shown = clip(inert(text[: limit + 1]), limit)
    return {"type": "plain_text", "text": shown if shown.strip() else "—", "emoji": False}


def mrkdwn(text: str) -> Block:
    """Return our own words; verbatim, so that Slack adds no links of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """Return a header of our own words."""
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def section(text: Block, *, accessory: Block | None = None, block_id: str | None = None) -> Block:
    """Return a section, with a button beside it where one is given."""
    block: Block = {"type": "section", "text": text}
    if block_id is not None:
        block["block_id"] = block_id
    if accessory is not None:
        block["accessory"] = accessory
    return block


def context(*elements: Block, block_id: str | None = None) -> Block:
    """Return a line of small text."""
    block: Block = {"type": "context", "elements": list(elements)}
    return block if block_id is None else block | {"block_id": block_id}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    """Return a row of menus or buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def divider() -> Block:
    """Return a thin line."""
    return {"type": "divider"}


def button(
    text: str, action_id: str, value: str, style: Literal["primary", "danger"] | None = None
) -> Block:
    """Return a button labelled with our own words."""
    block: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "action_id": action_id,
        "value": value,
    }
    return block if style is None else block | {"style": style}


def option(text: str, value: str) -> Block:
    """Return an option of a menu."""
    return {"text": plain(text, OPTION_TEXT_MAX), "value": value}


def words(text: str, *, bold: bool = False, code: bool = False) -> Block:
    """Return a piece of a rich text line; what it holds stays text, and code is easily copied."""
    element: Block = {"type": "text", "text": inert(text) or "—"}
    if bold or code:
        element["style"] = {"bold": True} if bold else {"code": True}
    return element


def date(moment: datetime) -> Block:
    """Return a moment within a rich text line, in the reader's own time zone, or else UTC."""
    seconds = slack_seconds(moment)
    if seconds is None:
        return words(utc_text(moment))
    return {
        "type": "date",
        "timestamp": seconds,
        "format": "{date_short_pretty} {time}",
        "fallback": utc_text(moment),
    }


def person(user_id: str) -> Block:
    """Return a mention of a user within a rich text line."""
    return {"type": "user", "user_id": user_id}


def text_width(part: object) -> int:
    """Return the width of all text in blocks, as Slack may count it (``text.width``)."""
    if isinstance(part, dict):
        own = part.get("text")
        if isinstance(own, str):
            return width(own)
        return sum(map(text_width, part.values()))
    return sum(map(text_width, part)) if isinstance(part, list | tuple) else 0


def rich_text(lines: Iterable[Iterable[Block]]) -> Block:
    """Return lines of rich text, each made of ``words`` and ``date``."""
    elements: list[Block] = []
    for line in lines:
        if elements:
            elements.append({"type": "text", "text": "\n"})
        elements += line
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def bullets(lines: Iterable[Iterable[Block]]) -> Block:
    """Return a bulleted list of rich text lines, made of ``words``, ``date`` and ``person``."""
    items = [{"type": "rich_text_section", "elements": list(line)} for line in lines]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }

"""What a reader's client would make of texts: mentions, links, emphasis, emoji (slack/facts.md).

Tests compare the result with what the bot itself meant, to show that nothing from the cloud became
live. Where Slack's own behaviour is not documented the construct counts as live.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.sim.slack.problems import as_list, as_object


class Markup(NamedTuple):
    """One live construct."""

    kind: str
    """user, channel, usergroup, broadcast, link, date, unknown (another ``<...>``);
    auto_broadcast, auto_channel, auto_link, auto_email; bold, italic, strike, code, code_block,
    quote; emoji."""
    source: str
    """The text that makes it, or the id, url, name or range of a rich text element."""
    pointer: str
    """Where: a JSON pointer to the text object, /text for the text beside the blocks."""


_ANGLE = re.compile(r"<([^<>\n]+)>")
_ANGLE_KINDS = (
    ("user", re.compile(r"@[UW][A-Z0-9]+(\|.*)?")),
    ("channel", re.compile(r"#[CGD][A-Z0-9]+(\|.*)?")),
    ("usergroup", re.compile(r"!subteam\^.*")),
    ("broadcast", re.compile(r"!(here|channel|everyone)(\|.*)?")),
    ("date", re.compile(r"!date\^.*")),
    ("link", re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:.*")),
)
_AUTO = (
    ("auto_broadcast", re.compile(r"(?<![\w@])@(?:here|channel|everyone)\b", re.IGNORECASE)),
    ("auto_channel", re.compile(r"(?<![\w#&/])#[^\W_][\w-]*")),
    ("auto_email", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")),
    (
        "auto_link",
        re.compile(
            r"\b(?:https?|ftp)://[^\s<>|]+|\bmailto:[^\s<>|]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+"
            r"(?:com|net|org|io|dev|app|cloud|ai|co|kr|info|me)\b(?![\w-])",
            re.IGNORECASE,
        ),
    ),
)
_CODE = (
    ("code_block", re.compile(r"```(.+?)```", re.DOTALL)),
    ("code", re.compile(r"(?<![\w`])`[^`\n]+`(?![\w`])")),
)
_EMPHASIS = tuple(
    (
        kind,
        re.compile(rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])[^{mark}\n]*(?<!\s){mark}(?![\w{mark}])"),
    )
    for kind, mark in (("bold", r"\*"), ("italic", "_"), ("strike", "~"))
)
_QUOTE = re.compile(r"^(?:>|&gt;).*$", re.MULTILINE)
_EMOJI = re.compile(r":(?:100|1234|[a-z0-9_+'-]*[a-z_+'-][a-z0-9_+'-]*):", re.IGNORECASE)
_PLACEHOLDER = "\N{OBJECT REPLACEMENT CHARACTER}"
_RICH_KEYS = {
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "broadcast": "range",
    "link": "url",
    "emoji": "name",
    "date": "timestamp",
}


def active_markup(blocks: Sequence[object], text: str = "") -> list[Markup]:
    """Return every live construct of a message or a view, in the order of the payload.

    Rich text styles are left out: no text can smuggle them in. ``text`` is the text beside the
    blocks: mrkdwn that is not verbatim.
    """
    beside = list(mrkdwn_markup(text, "/text", verbatim=False))
    return beside + [
        found for index, block in enumerate(blocks) for found in _within(block, f"/blocks/{index}")
    ]


def mrkdwn_markup(text: str, pointer: str, *, verbatim: bool) -> Iterator[Markup]:
    """Yield the live constructs of one mrkdwn text; ``verbatim`` stops auto-parsing alone."""
    for match in _ANGLE.finditer(text):
        kind = _angle_kind(match[1])
        yield Markup(kind, match[0], pointer)
        if kind == "link":
            yield from _matches("emoji", _EMOJI, match[1].partition("|")[2], pointer)
    rest = _ANGLE.sub(_PLACEHOLDER, text)
    if not verbatim:
        for kind, pattern in _AUTO:
            yield from _matches(kind, pattern, rest, pointer)
            rest = pattern.sub(" ", rest) if kind == "auto_email" else rest
    for kind, pattern in _CODE:
        yield from _matches(kind, pattern, rest, pointer)
        rest = pattern.sub(" ", rest)
    for kind, pattern in (*_EMPHASIS, ("quote", _QUOTE), ("emoji", _EMOJI)):
        yield from _matches(kind, pattern, rest, pointer)


def without_code(text: str) -> str:
    """Return a mrkdwn text without what stands in backticks."""
    for _, pattern in _CODE:
        text = pattern.sub(" ", text)
    return text


def _within(value: object, pointer: str) -> Iterator[Markup]:
    for index, item in enumerate(as_list(value)):
        yield from _within(item, f"{pointer}/{index}")
    fields = as_object(value)
    kind, text = fields.get("type"), fields.get("text")
    if kind in {"mrkdwn", "markdown"} and isinstance(text, str):
        yield from mrkdwn_markup(text, pointer, verbatim=fields.get("verbatim") is True)
    elif kind == "plain_text" and isinstance(text, str):
        if fields.get("emoji") is not False:
            yield from _matches("emoji", _EMOJI, text, pointer)
    elif kind in _RICH_KEYS and _RICH_KEYS[str(kind)] in fields:
        yield Markup(str(kind), str(fields[_RICH_KEYS[str(kind)]]), pointer)
    else:
        for key, held in fields.items():
            yield from _within(held, f"{pointer}/{key}")


def _matches(kind: str, pattern: re.Pattern[str], text: str, pointer: str) -> Iterator[Markup]:
    for match in pattern.finditer(text):
        yield Markup(kind, match[0], pointer)


def _angle_kind(inner: str) -> str:
    return next((kind for kind, form in _ANGLE_KINDS if form.fullmatch(inner)), "unknown")

"""Slack's text objects and mrkdwn as terminal text, exactly as live as they would be in Slack.

Everything from a payload passes ``visible`` and becomes ``rich.text.Text``, never rich markup:
neither escape sequences nor markup in the data can act on the terminal. Whatever would notify
many people is drawn glaring, so that a smuggled mention cannot be overlooked.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.emoji import Emoji
from rich.panel import Panel
from rich.text import Text

from bot.sim.terminal_dates import format_date
from bot.sim.terminal_layout import Prefixed

BOLD, ITALIC, STRIKE = "bold", "italic", "strike"
CODE = "bright_red on grey19"
LINK = "underline blue"
MENTION = "bold cyan"
GLARING = "bold black on bright_yellow"
QUOTE_BAR = Text("▌ ", style="dim")


class Reader(msgspec.Struct, frozen=True):
    """Who looks: the names that the client knows, its zone and its clock."""

    people: Mapping[str, str]
    """Names of people and of user groups, by id."""
    channels: Mapping[str, str]
    zone: tzinfo
    now: datetime


def visible(text: str) -> str:
    """Return the text with control characters and bidi overrides replaced by visible signs.

    Newlines stay, tabs become spaces, and what has no width in Slack (such as a zero-width
    space) is left out.
    """
    return "".join(_visible(character) for character in text.replace("\r\n", "\n"))


def plain(text: str, *, emoji: bool = True) -> str:
    """Return ``plain_text`` as shown: literal, but for ``:emoji:`` codes."""
    return visible(Emoji.replace(text) if emoji else text)


def object_text(text: Mapping[str, Any] | None, reader: Reader) -> Text:
    """Return a text object in one piece, for a label, a field or a context element."""
    if text is None:
        return Text()
    if text.get("type") != "mrkdwn":
        return Text(plain(text["text"], emoji=text.get("emoji") is not False))
    return mrkdwn_line(text["text"], reader, verbatim=text.get("verbatim") is True)


def draw_object(text: Mapping[str, Any], reader: Reader) -> RenderableType:
    """Return a text object as paragraphs, with its quotes and preformatted parts."""
    if text.get("type") != "mrkdwn":
        return object_text(text, reader)
    return draw_mrkdwn(text["text"], reader, verbatim=text.get("verbatim") is True)


def draw_mrkdwn(text: str, reader: Reader, *, verbatim: bool = False) -> RenderableType:
    """Return mrkdwn as paragraphs, quotes behind a bar and preformatted parts in boxes."""
    parts: list[RenderableType] = []
    for index, piece in enumerate(_PREFORMATTED.split(text)):
        if index % 2:
            parts.append(preformatted(_styled(piece.strip("\n"), _IN_CODE, reader)))
        elif piece.strip("\n") or len(text) == len(piece):
            parts += _paragraphs(piece.strip("\n"), reader, verbatim=verbatim)
    return Group(*parts)


def mrkdwn_line(text: str, reader: Reader, *, verbatim: bool = False) -> Text:
    """Return mrkdwn as one text; quotes keep a bar on their first line."""
    pieces = _PREFORMATTED.split(text)
    line = Text()
    for index, piece in enumerate(pieces):
        if index % 2:
            line.append_text(_styled(piece, _IN_CODE, reader, CODE))
            continue
        for quoted, part in _quotes(piece):
            line.append_text(QUOTE_BAR if quoted else Text())
            line.append_text(_styled(part, _VERBATIM if verbatim else _PARSED, reader))
            line.append("\n")
        line.right_crop(1)
    return line


def preformatted(text: Text) -> RenderableType:
    """Return the text in a box, as preformatted text is shown."""
    return Panel(text, border_style="dim", expand=False)


def mention(kind: str, ident: str, reader: Reader, label: str = "") -> Text:
    """Return a mention: kind ``@`` of a person, ``#`` of a channel, ``!`` of many people."""
    if kind == "!":
        named = reader.people.get(ident) or label.lstrip("@") or ident
        return Text(f"»@{visible(named)}«", style=GLARING)
    names = reader.people if kind == "@" else reader.channels
    return Text(kind + visible(names.get(ident) or label.lstrip("@#") or ident), style=MENTION)


def date(unix: str | float, template: str, fallback: str, reader: Reader) -> Text:
    """Return a date in the reader's zone, or the fallback where Slack would show that."""
    shown = format_date(unix, template, reader.zone, reader.now)
    return Text(visible(fallback if shown is None else shown))


def _visible(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    if character in _SUBSTITUTES:
        return _SUBSTITUTES[character]
    if character < " ":
        return chr(0x2400 + ord(character))  # Unicode's pictures of the control characters
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"


_SUBSTITUTES = {
    "\t": "    ",
    "\x7f": "␡",
    **dict.fromkeys("\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{SOFT HYPHEN}\ufeff", ""),
    **{joiner: joiner for joiner in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"},
}
_PREFORMATTED = re.compile(r"```(.+?)```", re.DOTALL)
_QUOTE = re.compile(r"(?:>|&gt;) ?")
_QUOTE_REST = re.compile(r"(?:>|&gt;){3} ?")

# What may stand between the marks of emphasis: tokens whole, so that a mark in a URL is no mark.
_INSIDE = r"(?=\S)(?P<{0}_text>(?:<[^<>\n]*>|<(?![^<>\n]*>)|[^{1}<\n])+)(?<=\S)"
_EMPHASIS = "|".join(
    rf"(?<![^\W_])(?P<{name}>{mark})" + _INSIDE.format(name, mark) + rf"{mark}(?![^\W_])"
    for name, mark in (("bold", r"\*"), ("italic", "_"), ("strike", "~"))
)
_ANGLED = r"<(?P<token>[^<>\n]+)>"
_CODE = r"`(?P<code>[^`\n]+)`"
_AUTO = (
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"*_~`])"
    r"|(?<![\w@])@(?P<all>here|channel|everyone)\b"
    r"|(?<![\w&#])#(?P<channel>[\w-]+)"
)
_IN_CODE = re.compile(_ANGLED)
_VERBATIM = re.compile(f"{_CODE}|{_ANGLED}|{_EMPHASIS}")
_PARSED = re.compile(f"{_VERBATIM.pattern}|{_AUTO}")


def _paragraphs(text: str, reader: Reader, *, verbatim: bool) -> list[RenderableType]:
    grammar = _VERBATIM if verbatim else _PARSED
    parts: list[RenderableType] = []
    for quoted, piece in _quotes(text):
        shown = _styled(piece, grammar, reader)
        parts.append(Prefixed(shown, QUOTE_BAR) if quoted else shown)
    return parts


def _quotes(text: str) -> list[tuple[bool, str]]:
    """Return the text in runs of lines that are quoted or not; ``>>>`` quotes all that follows."""
    runs: list[tuple[bool, list[str]]] = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if rest := _QUOTE_REST.match(line):
            runs.append((True, [line[rest.end() :], *lines[index + 1 :]]))
            break
        mark = _QUOTE.match(line)
        if not runs or runs[-1][0] != bool(mark):
            runs.append((bool(mark), []))
        runs[-1][1].append(line[mark.end() :] if mark else line)
    return [(quoted, "\n".join(run)) for quoted, run in runs]


def _styled(text: str, grammar: re.Pattern[str], reader: Reader, style: str = "") -> Text:
    """Return the text with what the grammar finds in it drawn, innermost parts included."""
    shown = Text(style=style)
    emoji = grammar is not _IN_CODE
    end = 0
    for match in grammar.finditer(text):
        shown.append(plain(_unescape(text[end : match.start()]), emoji=emoji))
        shown.append_text(_found(match, grammar, reader))
        end = match.end()
    return shown.append(plain(_unescape(text[end:]), emoji=emoji))


def _found(match: re.Match[str], grammar: re.Pattern[str], reader: Reader) -> Text:
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    if token := found.get("token"):
        return _token(token, reader)
    if code := found.get("code"):
        return _styled(code, _IN_CODE, reader, CODE)
    if url := found.get("url"):
        return Text(visible(_unescape(url)), style=LINK)
    if everyone := found.get("all"):
        return mention("!", everyone, reader)
    if channel := found.get("channel"):
        known = channel in reader.channels.values()
        return Text(visible(f"#{channel}"), style=MENTION if known else "")
    name = next(name for name in (BOLD, ITALIC, STRIKE) if name in found)
    return _styled(found[f"{name}_text"], grammar, reader, name)


def _token(token: str, reader: Reader) -> Text:
    """Return what stands for ``<token>``: a mention, a date or a link."""
    target, _, label = token.partition("|")
    if target.startswith("!date^"):
        unix, _, rest = target.removeprefix("!date^").partition("^")
        template, _, url = rest.partition("^")
        shown = date(unix, _unescape(template), _unescape(label), reader)
        shown.stylize(LINK if url else "")
        return shown
    if target.startswith("!subteam^"):
        return mention("!", target.removeprefix("!subteam^"), reader, _unescape(label))
    if target[0] in "@#!":
        return mention(target[0], target[1:], reader, _unescape(label))
    return Text(plain(_unescape(label or target.removeprefix("mailto:"))), style=LINK)


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

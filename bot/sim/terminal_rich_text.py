"""Slack's ``rich_text`` blocks as terminal text."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.sim.terminal_elements import unsupported
from bot.sim.terminal_layout import Prefixed
from bot.sim.terminal_text import (
    CODE,
    LINK,
    QUOTE_BAR,
    Reader,
    date,
    mention,
    plain,
    preformatted,
    visible,
)

BULLETS = "•◦▪"
STYLES = ("bold", "italic", "strike", "underline")


def draw_rich_text(block: Mapping[str, Any], reader: Reader) -> RenderableType:
    """Return a ``rich_text`` block: sections, lists, preformatted text and quotes."""
    return Group(*(part for element in block["elements"] for part in _part(element, reader)))


def draw_inline(elements: Iterable[Mapping[str, Any]], reader: Reader) -> Text:
    """Return the elements of a ``rich_text_section`` as one text."""
    return Text().join(_styled(element, reader) for element in elements)


def _part(element: Mapping[str, Any], reader: Reader) -> Iterator[RenderableType]:
    kind = element.get("type")
    if kind == "rich_text_list":
        yield from _items(element, reader)
    elif kind == "rich_text_preformatted":
        yield preformatted(draw_inline(element["elements"], reader))
    elif kind == "rich_text_quote":
        yield Prefixed(_trimmed(draw_inline(element["elements"], reader)), QUOTE_BAR)
    elif kind == "rich_text_section":
        yield _trimmed(draw_inline(element["elements"], reader))
    else:
        yield unsupported(kind)


def _trimmed(text: Text) -> Text:
    """Return the text without its last line break: Slack ends a section before a list with one."""
    if text.plain.endswith("\n"):
        text.right_crop(1)
    return text


def _items(element: Mapping[str, Any], reader: Reader) -> Iterator[RenderableType]:
    indent = int(element.get("indent") or 0)
    margin = "▌ " if element.get("border") else ""
    margin += "   " * indent + " "
    for index, item in enumerate(element["elements"], int(element.get("offset") or 0)):
        mark = _mark(element.get("style"), indent, index)
        label = Text(f"{margin}{mark} ")
        text = _trimmed(draw_inline(item.get("elements") or (), reader))
        yield Prefixed(text, label, Text(margin.ljust(label.cell_len)))


def _mark(style: object, indent: int, index: int) -> str:
    """Return what stands before an item; numbered lists go 1., a., i. with their depth."""
    if style != "ordered":
        return BULLETS[indent % len(BULLETS)]
    return f"{(str(index + 1), _letters(index), _roman(index + 1))[indent % 3]}."


def _letters(index: int) -> str:
    text = ""
    while index >= 0:
        text = chr(ord("a") + index % 26) + text
        index = index // 26 - 1
    return text


def _roman(number: int) -> str:
    text = ""
    for value, digits in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        text += digits * (number // value)
        number %= value
    return text


def _styled(element: Mapping[str, Any], reader: Reader) -> Text:
    """Return one element of a section; its text is literal, unlike mrkdwn."""
    kind = element.get("type")
    text = _INLINE[kind](element, reader) if kind in _INLINE else unsupported(kind)
    styles = element.get("style") or {}
    text.stylize(" ".join(name for name in STYLES if styles.get(name)))
    text.stylize(CODE if styles.get("code") else "")
    return text


def _text(element: Mapping[str, Any], _reader: Reader) -> Text:
    return Text(visible(element["text"]))


def _link(element: Mapping[str, Any], _reader: Reader) -> Text:
    return Text(visible(element.get("text") or element["url"]), style=LINK)


def _emoji(element: Mapping[str, Any], _reader: Reader) -> Text:
    return Text(plain(f":{element['name']}:"))


def _date(element: Mapping[str, Any], reader: Reader) -> Text:
    fallback = element.get("fallback") or ""
    return date(element["timestamp"], element["format"], fallback, reader)


def _color(element: Mapping[str, Any], _reader: Reader) -> Text:
    return Text(visible(element["value"]))


_INLINE: dict[object, Callable[[Mapping[str, Any], Reader], Text]] = {
    "text": _text,
    "link": _link,
    "emoji": _emoji,
    "date": _date,
    "color": _color,
    "user": lambda element, reader: mention("@", element["user_id"], reader),
    "channel": lambda element, reader: mention("#", element["channel_id"], reader),
    "usergroup": lambda element, reader: mention("!", element["usergroup_id"], reader),
    "broadcast": lambda element, reader: mention("!", element["range"], reader),
}

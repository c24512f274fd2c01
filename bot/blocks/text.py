"""Words for people: inert, clipped, humanised."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from unicodedata import category

from bot.query import utf16_units

_ASTRAL = 0xFFFF
_ESCAPES = {"&": 5, "<": 4, ">": 4}
"""Lengths of ``&amp;``, ``&lt;`` and ``&gt;``, into which Slack turns these characters."""

_WIDE = re.compile("[&<>\U00010000-\U0010ffff]")
"""What counts more than one."""

_ACTIVE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls, tabs and line ends among them
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"  # invisible, or letters without a shape
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidi controls
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff"  # surrogates without their other half
    "\U000e0000-\U000e0fff"  # tags
    "]"
)
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Mn", "Me", "Cf", "Cc", "Cn", "Co", "Cs"})
"""Unicode's categories of blanks, of marks upon others, and of what has no look of its own."""

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category that nobody sees."""

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_THOUSAND_IN_TENTHS = 10_000
_SECONDS_END = 2**33
"""In the year 2242; no document of Slack's says which timestamps it takes."""
_MINUTE = 60
_BARS = "▁▂▃▄▅▆▇█"
SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
"""Units of time in seconds, the longest first."""


def inert(text: str) -> str:
    """Return the text with every character that hides, reorders or breaks made visible (U+FFFD)."""
    return text if _is_plain_ascii(text) else _ACTIVE.sub("\ufffd", text)


def is_inert(text: str) -> bool:
    """Tell whether the text holds nothing that ``inert`` would replace."""
    return _is_plain_ascii(text) or _ACTIVE.search(text) is None


def is_visible(text: str) -> bool:
    """Tell whether anybody can see something of the text."""
    return any(char not in _BLANK and category(char) not in _UNSEEN for char in text)


def width(text: str) -> int:
    """Return the text's length as Slack may count it: UTF-16 units, escaped."""
    return utf16_units(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def clip(text: str, limit: int) -> str:
    """Return the text, cut to the width ``limit`` with an ellipsis where it is wider."""
    # nearly every text is narrow and short, and a page clips a hundred
    if len(text) <= limit and _WIDE.search(text) is None:
        return text
    text = text[: limit + 1]
    if width(text) <= limit:
        return text
    fitting = sum(total < limit for total in accumulate(map(_cost, text)))
    return text[:fitting].rstrip() + "…"


def human_bytes(size: int) -> str:
    """Return a number of bytes, not negative, in decimal units, such as ``2.4 GB``."""
    unit = 0
    # in whole numbers, because JSON's may be too large for floats; 999,950 is shown as 1 MB
    while unit < len(_UNITS) - 1 and _tenths(size, unit) >= _THOUSAND_IN_TENTHS:
        unit += 1
    whole, rest = divmod(_tenths(size, unit), 10)
    return f"{whole}{f'.{rest}' if rest else ''} {_UNITS[unit]}"


def exact_bytes(size: int) -> str:
    """Return a number of bytes for people and to the byte: ``2.4 GB (2,400,000,000 bytes)``."""
    return f"{human_bytes(size)} ({size:,} bytes)"


def slack_seconds(moment: datetime) -> int | None:
    """Return a moment as Slack takes it, in seconds of the epoch; None where it may refuse it."""
    seconds = int(moment.timestamp())
    return seconds if 0 < seconds < _SECONDS_END else None


def slack_date(moment: datetime, form: str = "{date_short_pretty} {time}") -> str:
    """Return a mrkdwn token that Slack shows in the reader's own time zone, or else UTC."""
    seconds = slack_seconds(moment)
    if seconds is None:
        return utc_text(moment)
    return f"<!date^{seconds}^{form}|{utc_text(moment)}>"


def utc_text(moment: datetime) -> str:
    """Return a moment in UTC, such as ``2025-07-22 09:00 UTC``."""
    return f"{moment.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


def duration_words(seconds: float) -> str:
    """Return a length of time in its largest unit, rounded down: ``3 days``; never negative."""
    whole = max(0, int(seconds))
    for length, unit in SPANS:
        if whole >= length:
            return counted(whole // length, unit)
    return counted(0, "second")


def waiting_words(seconds: float) -> str:
    """Return how long an image has waited; below a minute seconds mean nothing to anybody."""
    return "less than a minute" if seconds < _MINUTE else duration_words(seconds)


def sparkline(numbers: Sequence[int | None]) -> str:
    """Return numbers, not negative, as a small drawing over the line of zero: ``▁▃▅█``.

    Only zero lies on the line; an unknown one is a dot.
    """
    top = max((number for number in numbers if number is not None), default=0)
    return "".join("·" if number is None else _bar(number, top) for number in numbers)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 image``, ``2 images``, ``3 entries``."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number:,} {plural}"


def match_verb(number: int) -> str:
    """Return the verb for that many images: one matches, others match."""
    return "matches" if number == 1 else "match"


def _is_plain_ascii(text: str) -> bool:
    """Tell at a glance whether the text is inert, as most are."""
    return text.isascii() and text.isprintable()


def _cost(ch: str) -> int:
    return _ESCAPES.get(ch, 2 if ord(ch) > _ASTRAL else 1)


def _bar(number: int, top: int) -> str:
    # rounded up, so that one of a thousand is not drawn as none
    return _BARS[-(-number * (len(_BARS) - 1) // max(1, top))]


def _tenths(size: int, unit: int) -> int:
    """Return a number of bytes in tenths of a unit, rounded."""
    return size * 10 if unit == 0 else (size * 20 // 1000**unit + 1) // 2

"""The volumes of an image in readable lines."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bot.blocks.limits import VOLUME_TEXT_MAX, VOLUMES_SHOWN_MAX
from bot.blocks.message import Block, words
from bot.blocks.text import clip, counted, width
from bot.images import parse_volumes

_PART_MAX = 80
_READABLE: dict[str, Callable[[str], str]] = {
    "device_name": lambda text: text,
    "volume_size": lambda text: f"{text} GB",
    "volume_type": lambda text: f"type {text}",
    "disk_bus": lambda text: f"bus {text}",
    "device_type": lambda text: f"as {text}",
    "source_type": lambda text: f"from {text}",
    "destination_type": lambda text: f"to {text}",
    "boot_index": lambda text: f"boot index {text}",
    "encrypted": lambda text: {"yes": "encrypted", "no": "not encrypted"}.get(
        text, f"encrypted {text}"
    ),
    "snapshot_id": lambda text: f"snapshot {text}",
}
"""What is said of the usual keys of a block device mapping, in this order."""


def volume_lines(text: str | None, limit: int) -> list[list[Block]]:
    """Return the block device mapping, a line a volume; the raw text where it has none."""
    label = words("Volumes: ", bold=True)
    if text is None:
        return [[label, words("—")]]
    volumes = parse_volumes(text)
    if volumes is None:
        sent = f"not in a form that can be read, {counted(len(text), 'character')} as sent: "
        return [[label, words(sent), words(clip(text, limit), code=True)]]
    if not volumes:
        return [[label, words("none")]]
    shown = volumes[:VOLUMES_SHOWN_MAX]
    lines = [[label, words(counted(len(volumes), "volume"))]]
    lines += [
        [words(f"{number}. "), *_volume(volume, limit)] for number, volume in enumerate(shown, 1)
    ]
    if more := len(volumes) - len(shown):
        lines.append([words(f"… and {more:,} more")])
    return lines


def _volume(volume: Mapping[str, Any], limit: int) -> list[Block]:
    """Return what is known of a volume; ids as code, to be copied."""
    known = [key for key in _READABLE if key in volume]
    others = [key for key in volume if key not in _READABLE]
    pieces: list[Block] = []
    used = 0
    for key in (*known, *others):
        if volume[key] is None:
            continue
        if used > min(VOLUME_TEXT_MAX, limit):
            pieces.append(words(" · …"))
            break
        part = _part(key, _value_text(volume[key]))
        used += width(part)
        if pieces:
            pieces.append(words(" · "))
        pieces.append(words(part, code=key.endswith(("_id", "_uuid", "device_name"))))
    return pieces or [words("nothing is told of it")]


def _part(key: str, text: str) -> str:
    readable = _READABLE.get(key)
    shown = clip(text, _PART_MAX)
    if readable is not None:
        return readable(shown)
    return f"{clip(key.replace('_', ' '), _PART_MAX)} {shown}".strip() or "—"


def _value_text(value: object) -> str:
    """Return a JSON value in words."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return msgspec.json.encode(value).decode()

"""The notice of entries in SCP's list that are no images we can read."""

from collections.abc import Iterable, Sequence

from bot.blocks.limits import NOTICE_MAX
from bot.blocks.message import Block, context, mrkdwn, plain
from bot.blocks.text import clip, counted, width
from bot.images import UnreadableImage

_ID_SHOWN = 40


def unreadable_blocks(
    unreadable: Sequence[UnreadableImage], limit: int = NOTICE_MAX
) -> list[Block]:
    """Return the notice; nothing where there are none.

    It names as many of them as fit into the width ``limit``.
    """
    if not unreadable:
        return []
    what = f"{counted(len(unreadable), 'image')} could not be read: "
    room = limit - width(what) - len(f"{len(unreadable):,} more")
    named = _fitting((clip(entry.id, _ID_SHOWN) for entry in unreadable if entry.id), room)
    if more := len(unreadable) - len(named):
        named.append(f"{more:,} more" if named else "SCP sent no readable id")
    return [context(mrkdwn(":warning:"), plain(what + ", ".join(named), limit))]


def _fitting(names: Iterable[str], room: int) -> list[str]:
    """Return the first names that fit into the room, each with a comma and a space after it."""
    fitting: list[str] = []
    for name in names:
        room -= width(name) + len(", ")
        if room < 0:
            break
        fitting.append(name)
    return fitting

"""Whom a message notifies: only mentions that Slack makes live (slack/facts.md, mrkdwn).

What the documents leave open counts as no mention here, and as live in ``markup``: a mention in
code, in the text beside blocks, which only stands in for them, and within a menu or a dialog.
"""

import re
from collections.abc import Collection, Sequence

from bot.sim.slack.markup import active_markup, without_code
from bot.sim.slack.problems import as_object, type_of

_KINDS = {"user", "usergroup", "broadcast", "auto_broadcast"}
_NAME = re.compile(r"(?:<@|<!subteam\^|<!|@|^)(\w+)")
_SIGNS = re.compile("@|<!")
_BROADCASTS = {"here", "channel", "everyone"}
_UNSHOWN = {"confirm", "options", "option_groups", "initial_option", "initial_options"}
"""Keys of what opens only for the person who clicks."""


def mentions_in(blocks: Sequence[object], text: str, known: Collection[str]) -> list[str]:
    """Return ids of users and user groups, here, channel and everyone, each once, in order.

    An id that is not ``known`` is nobody's.
    """
    shown = [_shown(block) for block in blocks]
    found = active_markup(shown, "" if shown else without_code(text))
    names = [_name(markup.source) for markup in found if markup.kind in _KINDS]
    return list(dict.fromkeys(name for name in names if name in known or name in _BROADCASTS))


def _shown(value: object) -> object:
    if isinstance(value, list):
        return [_shown(item) for item in value]
    fields = as_object(value)
    if not fields:
        return value
    if type_of(value) in {"mrkdwn", "markdown"}:
        text = str(fields.get("text", ""))
        # Most texts hold no mention, and looking for all that may be live takes long.
        return {**fields, "text": without_code(text)} if _SIGNS.search(text) else {}
    return {key: _shown(held) for key, held in fields.items() if key not in _UNSHOWN}


def _name(source: str) -> str:
    found = _NAME.match(source)
    return "" if found is None else found[1]

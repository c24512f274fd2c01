"""The record of one or several images, for people."""

from collections.abc import Mapping, Sequence

from bot.blocks.limits import GONE_NAME_MAX, QUERY_SHOWN_MAX, RECORD_TEXT_MAX
from bot.blocks.message import (
    Block,
    Message,
    context,
    date,
    header,
    mrkdwn,
    person,
    plain,
    rich_text,
    section,
    words,
)
from bot.blocks.schedule_words import USER_ID
from bot.blocks.text import clip, counted
from bot.oncall.values import AuditEntry

_NONE = "Nothing is recorded of an image by this id or with this in its name."
_MORE = "Older entries are left out: `/pending-images audit export` has all of them."

_ACTIONS: Mapping[str, tuple[str, str]] = {
    "claim": ("claimed it", "claim it"),
    "release": ("released it", "release it"),
    "snooze": ("snoozed it", "snooze it"),
    "wake": ("woke it", "wake it"),
    "note": ("left a note", "leave a note"),
    "propose": ("proposed to accept it", "propose to accept it"),
    "accept": ("accepted it", "accept it"),
    "reject": ("rejected it", "reject it"),
    "undo": ("undid the decision", "undo the decision"),
    "escalate": ("called on-call", "call on-call"),
    "seen": ("saw it for the first time", "see it"),
    "gone": ("saw that it is no longer pending", "see it gone"),
    "explained": ("learned what became of it", "learn what became of it"),
}
"""What was done, and what was to be done."""
_OUTCOMES = {
    "refused": ", and may not",
    "failed": ", which failed",
    "unsure": "; whether Samsung Cloud took it was not known then",
}


def image_history_message(
    entries: Sequence[AuditEntry], wanted: str, *, more: bool = False
) -> Message:
    """Return what is recorded, the newest first, RECORD_SHOWN entries at most.

    ``wanted`` is the id or the part of a name that was typed; ``more``: there are older entries.
    """
    title = "History of images"
    asked = context(plain(f"Asked for: {wanted}", QUERY_SHOWN_MAX))
    if not entries:
        return Message(f"{title}. {_NONE}", [header(title), asked, section(mrkdwn(_NONE))])
    which = f"{counted(len(entries), 'entry')}, the newest first"
    blocks = [header(title), asked, context(mrkdwn(f"{which}."))]
    blocks += [rich_text(_lines(entry)) for entry in entries]
    blocks += [context(mrkdwn(_MORE))] if more else []
    return Message(f"{title}. {which}.", blocks)


def _lines(entry: AuditEntry) -> list[list[Block]]:
    """Return who did what when with which image; why; and what came of it."""
    name = clip(entry.image_name.strip() or "(no name)", GONE_NAME_MAX)
    lines = [
        [date(entry.at), words("  "), _actor(entry.actor), words(f" {_deed(entry)}")],
        [words(name, bold=True), words(" "), words(clip(entry.image_id, GONE_NAME_MAX), code=True)],
    ]
    written = {"Reason": entry.reason, "More": entry.detail, "Changed": _change(entry)}
    for label, text in written.items():
        if shown := " ".join(text.split()):
            lines.append([words(f"{label}: "), words(clip(shown, RECORD_TEXT_MAX))])
    if entry.request_id:
        request_id = words(clip(entry.request_id, GONE_NAME_MAX), code=True)
        lines.append([words("Request id: "), request_id])
    return lines


def _actor(actor: str) -> Block:
    return person(actor) if USER_ID.fullmatch(actor) else words("the bot")


def _deed(entry: AuditEntry) -> str:
    did, to_do = _ACTIONS.get(entry.action, (entry.action, entry.action))
    outcome = _OUTCOMES.get(entry.outcome)
    return clip(did if outcome is None else f"wanted to {to_do}{outcome}", RECORD_TEXT_MAX)


def _change(entry: AuditEntry) -> str:
    """Return what was before and after; the claims of people are told by who did it."""
    statuses = {"pending", "accepted", "rejected"}
    if entry.before == entry.after or not {entry.before, entry.after} & statuses:
        return ""
    return f"{entry.before or 'nothing'} to {entry.after or 'nothing'}"

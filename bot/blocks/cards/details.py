"""The modal with every field of an image, and what on-call has done with it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, details_value, shown_name, value_text
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.state import card_buttons, note_button, state_elements
from bot.blocks.cards.volumes import volume_lines
from bot.blocks.failures import failure_blocks
from bot.blocks.limits import (
    DETAILS_TEXT_MAX,
    DETAILS_TIGHT_MAX,
    DETAILS_VALUE_MAX,
    HEADER_MAX,
    MODAL_TITLE_MAX,
    QUERY_SHOWN_MAX,
)
from bot.blocks.message import (
    Block,
    View,
    actions,
    context,
    date,
    divider,
    mrkdwn,
    person,
    plain,
    rich_text,
    section,
    words,
)
from bot.blocks.origin import Origin, origin_text
from bot.blocks.schedule_words import USER_ID
from bot.blocks.text import clip, duration_words, exact_bytes, waiting_words, width
from bot.errors import BotError
from bot.images import PendingImage, parse_timestamp
from bot.oncall.values import UNTOUCHED, Note, Snooze, Triage
from bot.sightings import Sighting

DETAILS_TITLE = "Image details"

_TIMES_TITLE = "Owner and times"
_GROUPS: dict[str, dict[str, str]] = {
    "What it is": {
        "name": "Name",
        "id": "Id",
        "status": "Status",
        "scp_image_type": "Image type",
        "scp_original_image_type": "Original image type",
        "visibility": "Visibility",
        "protected": "Protected from deletion",
        "os_hidden": "Hidden in lists",
    },
    "Operating system": {
        "os_distro": "System",
        "scp_os_version": "Version",
        "scp_os_build_version": "Build",
        "scp_k8s_version": "Kubernetes",
        "scp_gpu_driver": "GPU driver",
    },
    "Size": {
        "size": "Size",
        "virtual_size": "Virtual size",
        "min_disk": "Smallest disk",
        "min_ram": "Smallest memory (min_ram, as sent)",
    },
    _TIMES_TITLE: {
        "owner_account_name": "Account",
        "owner": "Account id",
        "owner_user_name": "User",
        "created_at": "Created",
        "updated_at": "Updated",
    },
    "Integrity": {
        "checksum": "Checksum (MD5)",
        "os_hash_algo": "Hash",
        "os_hash_value": "Hash value",
    },
    "Technical": {
        "disk_format": "Disk format",
        "container_format": "Container format",
        "root_device_name": "Root device",
        "file": "File",
        "url": "URL",
    },
}
"""Every field but ``volumes``, with what people call it."""

_CODE = frozenset({"id", "owner", "checksum", "os_hash_value", "root_device_name", "file", "url"})
"""What one may want to copy, and what must never become a link."""
_BYTES = frozenset({"size", "virtual_size"})
_TIMES = frozenset({"created_at", "updated_at"})


class DetailsOnCall(msgspec.Struct, frozen=True, kw_only=True):
    """What on-call has done with the image, and what can be done in its details."""

    metadata: CardMetadata
    """What the details must remember: where whoever opened them looks at the image."""
    triage: Triage = UNTOUCHED
    notes: Sequence[Note] = ()
    """The newest first, NOTES_SHOWN at most."""
    gone: Sighting | None = None
    """Where it is not pending any more."""
    decisions: bool = False
    """Whether images can be accepted and rejected here at all."""


def loading_view(title: str) -> View:
    """Return a modal to open at once, while a trigger id lives, and to update later."""
    return _modal(ids.LOADING, title, [section(mrkdwn(":hourglass_flowing_sand: Loading …"))])


def details_view(
    image: PendingImage,
    now: datetime,
    *,
    origin: Origin,
    api_version: str,
    first_seen: datetime | None = None,
    oncall: DetailsOnCall | None = None,
) -> View:
    """Return every field of the image in readable form, and how long it waits where known.

    With what on-call has done, where that is told.
    """
    limit = _value_limit(image, () if oncall is None else oncall.notes)
    name: Block = {"type": "header", "text": plain(shown_name(image), HEADER_MAX)}
    blocks = [name, context(origin_text(origin, api_version))]
    blocks += [] if oncall is None else _oncall_blocks(image, oncall, now, limit)
    for title, labels in _GROUPS.items():
        lines = [_line(image, field, label, now, limit) for field, label in labels.items()]
        if title == _TIMES_TITLE and first_seen is not None:
            lines.append(_first_seen_line(first_seen, now))
        blocks += [divider(), section(mrkdwn(f"*{title}*")), rich_text(lines)]
    blocks.append(rich_text(volume_lines(image.volumes, limit)))
    view = _modal(ids.DETAILS_VIEW, DETAILS_TITLE, blocks)
    return view if oncall is None else view | {"private_metadata": oncall.metadata.encode()}


def details_gone_view(value: str) -> View:
    """Return what to say of an image (a Details button's value) that is not pending any more."""
    image_id = words(clip(value_text(value), QUERY_SHOWN_MAX), code=True)
    text = (
        "*This image is no longer pending.* Somebody has accepted or rejected it, "
        "or its owner has withdrawn it. Press *Refresh* on the list to see what is left."
    )
    return _modal(
        ids.DETAILS_VIEW,
        DETAILS_TITLE,
        [section(mrkdwn(text)), rich_text([[words("Id: "), image_id]])],
    )


def failure_view(error: BotError) -> View:
    """Return what to say in a modal when its content could not be fetched."""
    return _modal(ids.DETAILS_VIEW, "That did not work", failure_blocks(error))


def _modal(callback_id: str, title: str, blocks: list[Block]) -> View:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, MODAL_TITLE_MAX),
        "close": plain("Close", MODAL_TITLE_MAX),
        "blocks": blocks,
    }


def _oncall_blocks(
    image: PendingImage, oncall: DetailsOnCall, now: datetime, limit: int
) -> list[Block]:
    """Return what was done, the buttons for what can be done, and the notes."""
    look = CardLook(
        now=now,
        triages={image.id: oncall.triage},
        gone={} if oncall.gone is None else {image.id: oncall.gone},
        decisions=oncall.decisions,
    )
    done = _standing(image.id, look)
    deeds = _deed_lines(image.id, look)
    return [
        *([context(*done)] if done else []),
        *([rich_text(deeds)] if deeds else []),
        actions("details.acts", _buttons(image.id, look)),
        *(
            rich_text([_note_head(each), [words(_lines(each.text, limit))]])
            for each in oncall.notes
        ),
    ]


def _buttons(image_id: str, look: CardLook) -> list[Block]:
    """Return what a card offers, and a note in any case."""
    ref = details_value(image_id)
    offered, note = card_buttons(image_id, ref, look), note_button(image_id, ref, look)
    return offered if note in offered else [*offered, note]


def _standing(image_id: str, look: CardLook) -> list[Block]:
    """Return where a decision stands; what people have done is told with why, line by line."""
    decided = look.settled(image_id) or look.triage(image_id).underway
    return state_elements(image_id, look) if decided or image_id in look.gone else []


def _deed_lines(image_id: str, look: CardLook) -> list[list[Block]]:
    """Return who has done what and when, and in full what they have written of why."""
    triage = look.triage(image_id)
    claim, proposal, settled = triage.claim, triage.proposal, triage.settled
    asleep = triage.snooze if triage.sleeps(look.now) else None
    lines = [
        *([_deed("Claimed", claim.by, claim.at)] if claim else []),
        *([_snoozed(asleep)] if asleep else []),
        *([_deed("Proposed", proposal.by, proposal.at, proposal.reason)] if proposal else []),
    ]
    if proposal:
        lines.append([words("One more approver must accept it.")])
    if settled and look.settled(image_id) is None:
        was = f"{settled.status.capitalize()} before"
        lines.append(_deed(was, settled.by, settled.at, settled.reason))
    elif settled and settled.reason.strip():
        lines.append([words("Reason: ", bold=True), words(_lines(settled.reason))])
    return lines


def _deed(
    what: str, by: str, at: datetime, reason: str = "", more: Sequence[Block] = ()
) -> list[Block]:
    who = person(by) if USER_ID.fullmatch(by) else words("somebody")
    why = [words(f": {_lines(reason)}")] if reason.strip() else []
    return [words(f"{what} by ", bold=True), who, words(", "), date(at), *more, *why]


def _snoozed(snooze: Snooze) -> list[Block]:
    until = [words(", until "), date(snooze.until)]
    return _deed("Snoozed", snooze.by, snooze.at, snooze.reason, until)


def _note_head(note: Note) -> list[Block]:
    return _deed("Note", note.by, note.at)


def _lines(text: str, limit: int = DETAILS_VALUE_MAX) -> str:
    """Return what somebody has written, its lines one after the other: inert text has no others."""
    return clip(" / ".join(filter(None, map(str.strip, text.splitlines()))), limit)


def _value_limit(image: PendingImage, notes: Sequence[Note]) -> int:
    """Return how much of each value and note is shown, so that all together fit a view."""
    values = (getattr(image, field) for field in image.__struct_fields__)
    total = sum(min(width(v), DETAILS_VALUE_MAX) for v in values if isinstance(v, str))
    # of volumes there may be many lines, of which none is long
    total += width(image.volumes or "") + sum(width(note.text) for note in notes)
    return DETAILS_VALUE_MAX if total <= DETAILS_TEXT_MAX else DETAILS_TIGHT_MAX


def _line(image: PendingImage, field: str, label: str, now: datetime, limit: int) -> list[Block]:
    value: str | int | bool | None = getattr(image, field)
    return [words(f"{label}: ", bold=True), *_value(field, value, now, limit)]


def _first_seen_line(first_seen: datetime, now: datetime) -> list[Block]:
    """Return since when the image waits, as far as the bot knows: SCP does not tell."""
    waiting = waiting_words((now - first_seen).total_seconds())
    return [
        words("First seen: ", bold=True),
        date(first_seen),
        words(f" (waiting {waiting} since the bot first saw it)"),
    ]


def _value(field: str, value: str | bool | int | None, now: datetime, limit: int) -> list[Block]:
    if value is None or value == "":
        return [words("—")]
    if isinstance(value, bool):
        return [words("yes" if value else "no")]
    if isinstance(value, int):
        return [words(clip(_number(field, value), limit))]
    if field in _TIMES:
        return _time(value, now, limit)
    return _text(value, limit, code=field in _CODE)


def _number(field: str, value: int) -> str:
    if field in _BYTES:
        return exact_bytes(value) if value >= 0 else f"{value:,} (no size, as sent)"
    return f"{value:,} GB" if field == "min_disk" else f"{value:,}"


def _time(text: str, now: datetime, limit: int) -> list[Block]:
    """Return a moment in the reader's time zone, how long ago it was, and what SCP sent."""
    moment = parse_timestamp(text)
    if moment is None:
        return [words("not a time that can be read: "), *_text(text, limit, code=True)]
    seconds = (now - moment).total_seconds()
    ago = f"{duration_words(seconds)} ago" if seconds >= 0 else f"in {duration_words(-seconds)}"
    return [date(moment), words(f" ({ago}, sent as "), *_text(text, limit, code=True), words(")")]


def _text(text: str, limit: int, *, code: bool) -> list[Block]:
    shown = clip(text, limit)
    pieces = [words(shown, code=code)]
    if shown != text:
        pieces.append(words(f" ({len(text):,} characters in all)"))
    return pieces

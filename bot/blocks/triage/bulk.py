"""The windows in which several images are decided on: which, whether really, and what became."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, details_value, shown_name
from bot.blocks.inputs import FormErrors, Values, input_block, state_of
from bot.blocks.limits import (
    BULK_MAX,
    MODAL_TITLE_MAX,
    NAME_MAX,
    OPTION_REF_MAX,
    OPTIONS_MAX,
    OWNER_MAX,
    PLACEHOLDER_MAX,
)
from bot.blocks.message import (
    Block,
    View,
    context,
    divider,
    mrkdwn,
    option,
    plain,
    rich_text,
    section,
    words,
)
from bot.blocks.state import StaleMessage
from bot.blocks.text import clip, counted, human_bytes
from bot.blocks.triage.bulk_metadata import BulkMetadata, Picked
from bot.blocks.triage.deciding import VERBS, reason_input
from bot.blocks.triage.result_words import result_blocks
from bot.blocks.triage.stakes import Stakes, warned_of
from bot.images import PendingImage
from bot.oncall.values import Result, Verdict
from bot.query import utf16_units

BULK_TITLE = "Select several"

_STATUS = "status"
_IMAGES = "images"
_NONE = "None of these images can be decided on together just now."


def bulk_pick_view(images: Sequence[PendingImage], look: CardLook, metadata: BulkMetadata) -> View:
    """Return the form that asks which of a list's images to decide on, and how."""
    options = _options(images, look)
    if not options:
        return _window(BULK_TITLE, [section(mrkdwn(_NONE))], ids.LOADING, metadata)
    verdicts = [option(VERBS[status], status) for status in _VERDICTS]
    how: Block = {"type": "radio_buttons", "action_id": _STATUS, "options": verdicts}
    which: Block = {
        "type": "multi_static_select",
        "action_id": _IMAGES,
        "placeholder": plain("Choose images", PLACEHOLDER_MAX),
        "options": options[:OPTIONS_MAX],
        "max_selected_items": BULK_MAX,
    }
    hint = f"At most {BULK_MAX} at a time. You see what is at stake before anything is done."
    if more := len(images) - len(options[:OPTIONS_MAX]):
        hint += f" {more:,} of this list cannot be chosen here: narrow it, or use their cards."
    blocks = [
        input_block(_STATUS, "What to do", how, optional=False),
        input_block(_IMAGES, "Images", which, hint, optional=False),
    ]
    return _window(BULK_TITLE, blocks, ids.BULK_PICK, metadata, submit="Next")


def read_bulk_pick(values: Values, metadata: BulkMetadata) -> BulkMetadata:
    """Return the metadata with what was submitted; raise FormErrors where something is missing."""
    verdict = (state_of(values, _STATUS).get("selected_option") or {}).get("value")
    status = next((known for known in _VERDICTS if known == verdict), None)
    if status is None:
        raise FormErrors({_STATUS: "Choose what to do."})
    chosen = state_of(values, _IMAGES).get("selected_options") or []
    items = tuple(_picked(str(one["value"])) for one in chosen)
    if not 1 <= len(items) <= BULK_MAX:
        raise FormErrors({_IMAGES: f"Choose 1 to {BULK_MAX} images."})
    return msgspec.structs.replace(metadata, status=status, items=items)


def bulk_confirm_view(
    stakes: Sequence[Stakes],
    left_out: Sequence[tuple[PendingImage, Result]],
    metadata: BulkMetadata,
    now: datetime,
) -> View:
    """Return the form that lists the images with what is at stake, and asks whether really.

    ``left_out`` are those of which there is nothing to decide any more, and why.
    """
    verb, number = VERBS[metadata.status], counted(len(stakes), "image")
    left = [block for image, result in left_out for block in result_blocks(image, result, now)]
    if not stakes:
        return _window(BULK_TITLE, [section(mrkdwn(_NONE)), *left], ids.LOADING, metadata)
    proposed = {details_value(each.image.id): each.proposed for each in stakes}
    items = tuple(
        msgspec.structs.replace(item, proposal_seen=proposed[item.ref])
        for item in metadata.items
        if item.ref in proposed
    )
    which = "this image" if len(stakes) == 1 else f"each of these {number} by itself"
    blocks = [
        section(mrkdwn(f"*{verb}* {which}: {_HOW[metadata.status]}")),
        divider(),
        *(_image_block(each) for each in stakes),
        divider(),
        *left,
        reason_input(metadata.status),
        context(mrkdwn("One reason for all of them.")),
    ]
    kept = msgspec.structs.replace(metadata, items=items)
    submit = verb if len(stakes) == 1 else f"{verb} all"
    return _window(f"{verb} {number}", blocks, ids.BULK_CONFIRM, kept, submit=submit)


_VERDICTS: tuple[Verdict, ...] = ("accepted", "rejected")
_HOW: Mapping[Verdict, str] = {
    "accepted": "what is accepted comes among this account's images, at once.",
    "rejected": "what is rejected leaves the pending list, at once.",
}


def _options(images: Sequence[PendingImage], look: CardLook) -> list[Block]:
    """Return an option for each image that can be decided on and that the form can remember."""
    options: dict[str, Block] = {}
    for image in images:
        ref, triage = details_value(image.id), look.triage(image.id)
        free = triage.underway is None and look.settled(image.id) is None
        if free and utf16_units(ref) <= OPTION_REF_MAX:
            owner = image.owner_account_name or image.owner or "owner unknown"
            text = f"{clip(shown_name(image), OWNER_MAX)} · {clip(owner, OWNER_MAX)}"
            value = f"{triage.round}~{ref}"
            options[value] = option(text, value) | {"description": plain(image.id, 75)}
    return list(options.values())


def _picked(value: str) -> Picked:
    number, _, ref = value.partition("~")
    if not number.isdecimal():
        raise StaleMessage
    return Picked(ref, int(number))


def _image_block(stakes: Stakes) -> Block:
    """Return what the image is in two lines, and what to beware of in a third."""
    image = stakes.image
    owner = clip(image.owner_account_name or "owner without a name", OWNER_MAX)
    size = "size unknown" if image.size is None or image.size < 0 else human_bytes(image.size)
    lines = [
        [words(clip(shown_name(image), NAME_MAX), bold=True), words(f" · {owner} · {size}")],
        [
            words(clip(image.id, NAME_MAX), code=True),
            words(" owned by "),
            words(clip(image.owner or "unknown", NAME_MAX), code=True),
        ],
    ]
    if warned := warned_of(stakes):
        lines.append([words("⚠ Beware: ", bold=True), words("; ".join(warned))])
    return rich_text(lines)


def _window(
    title: str, blocks: list[Block], callback_id: str, metadata: BulkMetadata, *, submit: str = ""
) -> View:
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, MODAL_TITLE_MAX),
        "close": plain("Cancel" if submit else "Close", MODAL_TITLE_MAX),
        "private_metadata": metadata.encode(),
        "blocks": blocks,
    }
    return view | {"submit": plain(submit, MODAL_TITLE_MAX)} if submit else view

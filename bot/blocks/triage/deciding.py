"""The windows of a decision: what is at stake, that it is being done, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks import ids
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import CardValue, to_card_value
from bot.blocks.inputs import FormErrors, Values, input_block, text_element, written
from bot.blocks.limits import MODAL_TITLE_MAX, WHY_AMONG_MAX
from bot.blocks.limits import REASON_MAX as WHY_MAX
from bot.blocks.message import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    divider,
    mrkdwn,
    plain,
    section,
)
from bot.blocks.origin import origin_text
from bot.blocks.text import counted
from bot.blocks.triage.result_words import result_blocks, result_spoken
from bot.blocks.triage.stakes import Stakes, identity_block, provenance_block, warning_blocks
from bot.images import PendingImage
from bot.oncall.values import REASON_MAX, MemberStatus, Result, Verdict

REASON = "reason"
"""Block id of the input of a reason."""

VERBS: dict[MemberStatus, str] = {"accepted": "Accept", "rejected": "Reject", "pending": "Undo"}

_EFFECTS = {
    "accepted": "*Accepting* puts the image among this account's images, at once, for all in it.",
    "rejected": "*Rejecting* takes the image off the pending list, at once and for all; it does "
    "not come among this account's images.",
}
_NOW = {
    "accepted": " It is accepted now; this changes that.",
    "rejected": " It is rejected now; this changes that.",
    "pending": "",
}


def decide_title(status: MemberStatus) -> str:
    """Return the title of the window in which an image is accepted or rejected."""
    return f"{VERBS[status]} image"


def decide_view(stakes: Stakes, metadata: CardMetadata, now: datetime) -> View:
    """Return the form that tells what is at stake and asks for a reason."""
    effect = _EFFECTS[stakes.status] + _NOW[metadata.expected]
    shown = msgspec.structs.replace(metadata, proposal_seen=stakes.proposed)
    blocks = [
        section(mrkdwn(effect)),
        *warning_blocks(stakes),
        divider(),
        identity_block(stakes),
        provenance_block(stakes, now),
        context(origin_text(stakes.origin, stakes.api_version)),
        reason_input(stakes.status),
    ]
    return {
        "type": "modal",
        "callback_id": ids.DECIDE,
        "title": plain(decide_title(stakes.status), MODAL_TITLE_MAX),
        "submit": plain(VERBS[stakes.status], MODAL_TITLE_MAX),
        "close": plain("Cancel", MODAL_TITLE_MAX),
        "private_metadata": shown.encode(),
        "blocks": blocks,
    }


def reason_input(status: MemberStatus) -> Block:
    """Return the input of a reason: optional to accept, required to reject."""
    example = "Why, for whoever asks later"
    element = text_element(REASON, "", example, REASON_MAX) | {"multiline": True}
    hint = "Kept in the image's history."
    return input_block(REASON, "Reason", element, hint, optional=status != "rejected")


def read_reason(values: Values, *, required: bool) -> str:
    """Return the reason that was submitted; raise FormErrors where it is missing or too long."""
    reason = written(values, REASON)
    if required and not reason:
        raise FormErrors({REASON: "Say why, in a few words: the image's owner may ask."})
    if len(reason) > REASON_MAX:
        raise FormErrors({REASON: f"At most {REASON_MAX} characters, please."})
    return reason


def working_view(title: str) -> View:
    """Return what takes the form's place while Samsung Cloud is told."""
    said = "Working … This can take some seconds. You may close this window."
    return _notice(title, [section(mrkdwn(f":hourglass_flowing_sand: {said}"))])


def results_view(
    items: Sequence[tuple[PendingImage, Result]],
    now: datetime,
    *,
    title: str = "Result",
) -> View:
    """Return what became of each wish."""
    blocks = [] if len(items) == 1 else [section(mrkdwn(f"*{_summary(items)}*"))]
    longest = WHY_MAX if len(items) == 1 else WHY_AMONG_MAX
    for image, result in items:
        blocks += result_blocks(image, result, now, longest)
    return _notice(title, blocks)


def result_message(
    image: PendingImage, result: Result, now: datetime, again: CardValue | None = None
) -> Message:
    """Return what became of a wish, for whoever had it.

    ``again`` offers the opposite of a decision that could not be undone.
    """
    blocks = [*result_blocks(image, result, now), *_opposite(again)]
    return Message(result_spoken(result), blocks)


def _summary(items: Sequence[tuple[PendingImage, Result]]) -> str:
    done = sum(result.kind in {"done", "unrecorded"} for _, result in items)
    return f"{done:,} of {counted(len(items), 'image')} decided"


def _opposite(again: CardValue | None) -> list[Block]:
    """Return the button of the decision opposite to the one that holds; nothing for none."""
    if again is None:
        return []
    status: Verdict = "rejected" if again.expected == "accepted" else "accepted"
    value, verb = to_card_value(again), VERBS[status]
    said = f"It could not be made pending again. *{verb}* it instead, if that is what you want."
    if status == "rejected":
        pressed = button(verb, ids.REJECT, value, "danger")
    else:
        pressed = button(verb, ids.ACCEPT, value, "primary")
    return [section(mrkdwn(said)), actions("opposite", [pressed])]


def _notice(title: str, blocks: list[Block]) -> View:
    return {
        "type": "modal",
        "callback_id": ids.LOADING,
        "title": plain(title, MODAL_TITLE_MAX),
        "close": plain("Close", MODAL_TITLE_MAX),
        "blocks": blocks,
    }

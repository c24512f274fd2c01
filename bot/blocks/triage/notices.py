"""Short notices of on-call's triage: what did not happen, and what cannot be told."""

from datetime import datetime

from bot.blocks.cards.card import CardLook, shown_name
from bot.blocks.cards.state import state_elements
from bot.blocks.limits import NAME_MAX, UNTOLD_MAX
from bot.blocks.message import Block, Message, context, mrkdwn, plain, section
from bot.blocks.text import counted
from bot.errors import BotError
from bot.images import PendingImage
from bot.oncall.values import Triage

_GONE = (
    "The image is no longer pending: somebody has accepted or rejected it, or its owner has "
    "withdrawn it."
)
_MEANWHILE = "It has changed since this was drawn. Now it is like this:"
_UNTOUCHED = "Nobody has claimed it, and it does not sleep."


def done_message(image: PendingImage, triage: Triage, now: datetime) -> Message:
    """Return how an image is now, for whoever pressed a card that cannot be drawn anew."""
    said = "Done."
    why = "This card is too old to be drawn anew, or not the bot's to draw. Now it is like this:"
    blocks = [
        section(mrkdwn(f":white_check_mark: *{said}* {why}")),
        section(plain(shown_name(image), NAME_MAX)),
        _state(image, triage, now),
    ]
    return Message(f"{said} Open the message for how it is now.", blocks)


def not_done_message(image: PendingImage, triage: Triage | None, now: datetime) -> Message:
    """Return what to tell a person whose click came too late; no triage: the image is gone."""
    said = "Nothing was changed."
    why = _GONE if triage is None else _MEANWHILE
    blocks = [
        section(mrkdwn(f":information_source: *{said}* {why}")),
        section(plain(shown_name(image), NAME_MAX)),
        *([] if triage is None else [_state(image, triage, now)]),
    ]
    return Message(f"{said} Open the message for how it is now.", blocks)


def noted_message(image: PendingImage) -> Message:
    """Return that a comment was kept, for whoever sees no place where it shows."""
    said = "Your note is kept with the image."
    return Message(
        said,
        [
            section(mrkdwn(f":white_check_mark: {said} *Details* and its history show it.")),
            section(plain(shown_name(image), NAME_MAX)),
        ],
    )


def exported_message(entries: int) -> Message:
    """Return that the record was sent, and where it is."""
    said = f"The record, {counted(entries, 'entry')}, is sent to you."
    where = "It is a file in your direct messages with the bot; Slack scans it before it shows it."
    return Message(f"{said} {where}", [section(mrkdwn(f":white_check_mark: *{said}* {where}"))])


def untold_block(error: BotError) -> Block:
    """Return the line that says that a list tells nothing of claims and the like."""
    said = "Who has claimed what, and what is snoozed or decided just now, cannot be told:"
    return context(mrkdwn(f":warning: {said}"), plain(str(error), UNTOLD_MAX))


def _state(image: PendingImage, triage: Triage, now: datetime) -> Block:
    look = CardLook(now=now, triages={image.id: triage})
    return context(*(state_elements(image.id, look) or [mrkdwn(_UNTOUCHED)]))

"""What somebody means by a click, a form or a command, for the gate: to do what, and where."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import from_card_value
from bot.blocks.listings.filters import FiltersMetadata
from bot.blocks.schedules.modal import FormMetadata
from bot.blocks.state import StaleMessage
from bot.blocks.triage.bulk_metadata import BulkMetadata
from bot.listeners.payloads import AnyPayload, Click, Command, Payload, Submission, Typing
from bot.oncall.values import ACTIONS
from bot.query import folded

SEVERAL = "bulk"
"""What the record calls the wish to decide on several images, before it is known on which."""

AUDIT_EXPORT = "audit export"
"""What it calls the wish to have all of it."""


class Meant(msgspec.Struct, frozen=True):
    """What somebody wants, as the record calls it."""

    action: str
    ref: str | None = None
    """Which image: see ``card.details_value``; None for no single one."""
    acts: bool = True
    """Whether it is more than reading."""
    recorded: bool = True
    """Whether it is a matter of the record: what is done with images is, a digest is not."""


Means: TypeAlias = Callable[[AnyPayload], Sequence[Meant]]
"""Tells what a payload is to bring about; nothing where that is to read."""

DIGEST_READING = frozenset({"list", "preview", "history", "help"})
"""What is typed after ``digest`` to look; every other word is to change or send something."""


def by_acting(_: Payload) -> Sequence[Meant]:
    """Return what is meant where something is to be posted or kept that is no matter of the record.

    That is all that the gate has to know of it.
    """
    return [Meant("act", recorded=False)]


def by_card(action: str) -> Means[Click]:
    """Return what a card's button means, or the button over a list."""

    def means(click: Click) -> Sequence[Meant]:
        try:
            return [Meant(action, from_card_value(click.action.chosen).ref)]
        except StaleMessage:  # several images, or a button of another release
            return [Meant(action)]

    return means


def by_form(action: str) -> Means[Submission]:
    """Return what the form over one image means."""

    def means(submission: Submission) -> Sequence[Meant]:
        try:
            return [Meant(action, CardMetadata.decode(submission.view.private_metadata).ref)]
        except StaleMessage:
            return [Meant(action)]

    return means


def by_decision(submission: Submission) -> Sequence[Meant]:
    """Return what the form of a decision means."""
    try:
        metadata = CardMetadata.decode(submission.view.private_metadata)
    except StaleMessage:
        return [Meant("decide")]
    return [Meant(ACTIONS[metadata.status], metadata.ref)]


def by_several(submission: Submission) -> Sequence[Meant]:
    """Return what the forms over several images mean: each of them, once they are picked."""
    try:
        metadata = BulkMetadata.decode(submission.view.private_metadata)
    except StaleMessage:
        return [Meant(SEVERAL)]
    picked = [Meant(ACTIONS[metadata.status], item.ref) for item in metadata.items]
    return picked or [Meant(SEVERAL)]


def by_command(command: Command) -> Sequence[Meant]:
    """Return what is typed, but for lists and help."""
    match folded(command.typed).split():
        case ["digest", word, *_] if word not in DIGEST_READING:
            return by_acting(command)
        case ["handoff", *_]:
            return [Meant("handoff")]
        case ["history", *_]:
            return [Meant("history", acts=False)]
        case ["audit", "export"]:
            return [Meant(AUDIT_EXPORT)]
        case _:
            return []


def place_of(payload: Payload) -> str:
    """Return the channel where somebody does something: that of a window is where it was opened.

    Empty for the App Home.
    """
    if not isinstance(payload, Click | Submission | Typing) or payload.view is None:
        return payload.place
    for channel_in in _CHANNELS:
        try:
            return channel_in(payload.view.private_metadata)
        except StaleMessage:
            continue
    return payload.place


_CHANNELS: Sequence[Callable[[str], str]] = (
    lambda text: CardMetadata.decode(text).channel,
    lambda text: BulkMetadata.decode(text).channel,
    lambda text: FiltersMetadata.decode(text).channel_id,
    lambda text: FormMetadata.decode(text).channel_id,
)
"""Each reads the metadata of one kind of window."""

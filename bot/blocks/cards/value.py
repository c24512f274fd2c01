"""What the buttons of an image carry, so that any replica serves any click, however late."""

import re

import msgspec

from bot.blocks.state import ListingState, StaleMessage, from_value, to_value
from bot.oncall.values import MemberStatus

_RELEASE = "ca1~"
_VALUE = re.compile(
    _RELEASE
    + r"(?P<round>[0-9]{1,9})~(?P<expected>pending|accepted|rejected)~(?P<length>[0-9]{1,3})~"
    r"(?P<rest>.*)",
    re.DOTALL,
)


class CardValue(msgspec.Struct, frozen=True):
    """Which image is meant, and as what it was shown."""

    ref: str
    """As ``card.details_value`` writes it and ``card.find_image`` reads it."""
    round: int = 0
    """Of the triage that the card showed: a button of another round is out of date."""
    state: ListingState | None = None
    """Of the listing that it stands in, which is drawn anew for whoever clicked."""
    expected: MemberStatus = "pending"
    """What the membership has to be for the wish to make sense."""


def to_card_value(value: CardValue) -> str:
    """Return the value as a button carries it.

    It ends in a tilde or in a query, so that no blank stands at an end, where Slack might trim it.
    """
    state = "" if value.state is None else to_value(value.state)
    return f"{_RELEASE}{value.round}~{value.expected}~{len(value.ref)}~{value.ref}~{state}"


def to_details_value(ref: str, state: ListingState | None) -> str:
    """Return the value of a Details button; alone, what names the image says all."""
    return ref if state is None else to_card_value(CardValue(ref, state=state))


def from_details_value(text: str) -> CardValue:
    """Return what a Details button carries; raise StaleMessage if that is none of ours."""
    return from_card_value(text) if text.startswith(_RELEASE) else CardValue(text)


def from_card_value(text: str) -> CardValue:
    """Return what a button carries; raise StaleMessage if that is none of ours."""
    matched = _VALUE.fullmatch(text)
    if matched is None:
        raise StaleMessage
    length, rest = int(matched["length"]), matched["rest"]
    ref, state = rest[:length], rest[length + 1 :]
    if not ref or rest[length : length + 1] != "~":
        raise StaleMessage
    return CardValue(
        ref,
        int(matched["round"]),
        from_value(state) if state else None,
        msgspec.convert(matched["expected"], MemberStatus),
    )

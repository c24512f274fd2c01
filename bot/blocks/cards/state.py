"""What on-call has done with an image, in words, and the buttons for what can be done next."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from bot.blocks import ids
from bot.blocks.cards.value import CardValue, to_card_value
from bot.blocks.limits import REASON_SHOWN_MAX
from bot.blocks.message import Block, button, mrkdwn, plain
from bot.blocks.schedule_words import mention_tokens
from bot.blocks.state import ListingState
from bot.blocks.text import slack_date
from bot.images import NONE_SEEN, FirstSeen
from bot.oncall.values import (
    NOTHING_DONE,
    UNTOUCHED,
    MemberStatus,
    Settled,
    Snooze,
    Triage,
    Triages,
    Underway,
)
from bot.sightings import Sighting

NONE_GONE: Mapping[str, Sighting] = MappingProxyType({})

GONE_ELSEWHERE = "decided or withdrawn elsewhere"
"""What can be said of an image that left the list while nobody told the bot why."""

DOING: Mapping[MemberStatus, str] = MappingProxyType(
    {"accepted": "Being accepted", "rejected": "Being rejected", "pending": "Being undone"}
)


class CardLook(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the images of some cards, and what their buttons may do."""

    now: datetime
    first_seen: FirstSeen = NONE_SEEN
    """How long an image waits is told where the bot knows when it first saw it."""
    triages: Triages = NOTHING_DONE
    gone: Mapping[str, Sighting] = NONE_GONE
    """Those that are not pending any more, by image id."""
    decisions: bool = False
    """Whether images can be accepted and rejected here at all."""
    state: ListingState | None = None
    """Of the listing in which the cards stand."""
    listed_at: datetime | None = None
    """When SCP listed what waits, as far as ``gone`` goes; None: just now."""

    def triage(self, image_id: str) -> Triage:
        """Return what on-call has done with an image."""
        return self.triages.get(image_id, UNTOUCHED)

    def settled(self, image_id: str) -> Settled | None:
        """Return the bot's decision, if it is how things are with the image."""
        triage, gone = self.triage(image_id), self.gone.get(image_id)
        if triage.underway is not None:
            return None
        if gone is None:
            return triage.lately_settled(self.listed_at or self.now)
        settled = triage.settled
        return settled if settled and gone.how in (None, settled.status) else None


def state_elements(image_id: str, look: CardLook) -> list[Block]:
    """Return what on-call has done with the image, as elements of a context; none for nothing."""
    triage, gone = look.triage(image_id), look.gone.get(image_id)
    if triage.underway is not None:
        return [mrkdwn(underway_words(triage.underway))]
    settled = look.settled(image_id)
    if settled is not None:
        return [mrkdwn(_settled_words(settled, look))]
    if gone is not None:
        return [mrkdwn(f"*{gone_words(gone)}*")]
    said = [mrkdwn(f"*Claimed* by {mention_tokens([triage.claim.by])}")] if triage.claim else []
    if triage.snooze and triage.sleeps(look.now):
        said += snooze_elements(triage.snooze)
    if triage.proposal:
        by = mention_tokens([triage.proposal.by])
        said.append(mrkdwn(f"*Proposed* by {by}, one more must accept"))
    return said


def card_buttons(image_id: str, ref: str, look: CardLook) -> list[Block]:
    """Return the buttons for what can be done with the image now; none where there is nothing."""
    triage, settled = look.triage(image_id), look.settled(image_id)
    if settled is not None:
        return _undo(ref, triage, settled, look)
    if image_id in look.gone:
        return []
    value = to_card_value(CardValue(ref, triage.round, look.state))
    buttons = [
        button("Release", ids.RELEASE, value)
        if triage.claim
        else button("Claim", ids.CLAIM, value),
        button("Wake", ids.WAKE, value)
        if triage.sleeps(look.now)
        else button("Snooze", ids.SNOOZE, value),
        note_button(image_id, ref, look),
    ]
    if look.decisions and triage.underway is None:
        buttons.append(button("Accept", ids.ACCEPT, value, "primary"))
        buttons.append(button("Reject", ids.REJECT, value, "danger"))
    return buttons


def note_button(image_id: str, ref: str, look: CardLook) -> Block:
    """Return the button that asks for a comment."""
    value = CardValue(ref, look.triage(image_id).round, look.state)
    return button("Note", ids.NOTE, to_card_value(value))


def underway_words(underway: Underway) -> str:
    """Return whose decision SCP is being told of, as mrkdwn."""
    by = mention_tokens([underway.by])
    return f":hourglass_flowing_sand: *{DOING[underway.status]}*, asked for by {by}"


def snooze_elements(snooze: Snooze) -> list[Block]:
    """Return until when the image rests, and why, as elements of a context."""
    until = mrkdwn(f"*Snoozed* until {slack_date(snooze.until)}")
    reason = " ".join(snooze.reason.split())
    return [until, plain(reason, REASON_SHOWN_MAX)] if reason else [until]


def gone_words(sighting: Sighting) -> str:
    """Return what became of an image that is pending no more, as mrkdwn."""
    if sighting.how is None:
        return f"No longer pending: {GONE_ELSEWHERE}"
    by = mention_tokens([sighting.by]) if sighting.by else ""
    return f"{sighting.how.capitalize()}{f' by {by}' if by else ''}"


def _settled_words(settled: Settled, look: CardLook) -> str:
    by = mention_tokens([settled.by])
    said = f"*{settled.status.capitalize()}* by {by}, {slack_date(settled.at)}"
    if settled.proposed_by is not None:
        said += f", proposed by {mention_tokens([settled.proposed_by])}"
    if look.decisions and look.now < settled.undo_until:
        said += f" · Undo until {slack_date(settled.undo_until, '{time}')}"
    return said


def _undo(ref: str, triage: Triage, settled: Settled, look: CardLook) -> list[Block]:
    if not look.decisions or look.now >= settled.undo_until:
        return []
    value = CardValue(ref, triage.round, look.state, expected=settled.status)
    return [button("Undo", ids.UNDO, to_card_value(value))]

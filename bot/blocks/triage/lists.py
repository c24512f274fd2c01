"""Who looks after what, what rests, and what nobody has claimed: of all images that wait."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks.cards.card import CardLook, shown_name
from bot.blocks.limits import GONE_NAME_MAX, REASON_SHOWN_MAX
from bot.blocks.message import Block, date, person, words
from bot.blocks.schedule_words import USER_ID
from bot.blocks.text import clip, waiting_words
from bot.images import PendingImage


class Sorted(msgspec.Struct, frozen=True):
    """The images that wait, by what on-call has done with them; each the longest waiting first."""

    waiting: int
    """How many, of whatever kind."""
    claimed: Sequence[PendingImage]
    """By anybody, resting or not."""
    sleeping: Sequence[PendingImage]
    """All that rest, claimed or not."""
    free: Sequence[PendingImage]
    """Neither claimed nor resting."""

    def claimed_by(self, user_id: str, look: CardLook) -> list[PendingImage]:
        """Return those that one person has claimed."""
        return [image for image in self.claimed if _claimant(image, look) == user_id]


def by_what_was_done(images: Sequence[PendingImage], look: CardLook) -> Sorted:
    """Return the images that wait, sorted; those that have gone or were decided wait no more."""
    now = look.now
    waiting = [i for i in images if i.id not in look.gone and look.settled(i.id) is None]
    waiting.sort(key=lambda image: (look.first_seen.get(image.id, now), image.id))
    claimed = [image for image in waiting if look.triage(image.id).claim]
    sleeping = [image for image in waiting if look.triage(image.id).sleeps(now)]
    taken = {image.id for image in (*claimed, *sleeping)}
    free = [image for image in waiting if image.id not in taken]
    return Sorted(len(waiting), claimed, sleeping, free)


def claimed_line(image: PendingImage, look: CardLook) -> list[Block]:
    """Return who has claimed an image, since when, and how long it waits."""
    claim = look.triage(image.id).claim
    line = [_name(image)]
    if claim is not None:
        line += [words(" · claimed by "), _who(claim.by), words(" "), date(claim.at)]
    return [*line, *_waiting(image, look)]


def sleeping_line(image: PendingImage, look: CardLook) -> list[Block]:
    """Return until when an image rests, by whose wish, and why."""
    snooze = look.triage(image.id).snooze
    if snooze is None:
        return [_name(image)]
    line = [_name(image), words(" · until "), date(snooze.until), words(" by "), _who(snooze.by)]
    reason = " ".join(snooze.reason.split())
    return [*line, words(f" · {clip(reason, REASON_SHOWN_MAX)}")] if reason else line


def longest_words(images: Sequence[PendingImage], look: CardLook) -> str:
    """Return how long the first has waited, where that is known."""
    seen = look.first_seen.get(images[0].id) if images else None
    return "" if seen is None else f", the longest for {_span(seen, look.now)}"


def _claimant(image: PendingImage, look: CardLook) -> str | None:
    claim = look.triage(image.id).claim
    return claim.by if claim else None


def _name(image: PendingImage) -> Block:
    return words(clip(shown_name(image), GONE_NAME_MAX), bold=True)


def _who(user_id: str) -> Block:
    return person(user_id) if USER_ID.fullmatch(user_id) else words("somebody")


def _waiting(image: PendingImage, look: CardLook) -> list[Block]:
    seen = look.first_seen.get(image.id)
    return [] if seen is None else [words(f" · waiting {_span(seen, look.now)}")]


def _span(seen: datetime, now: datetime) -> str:
    return waiting_words((now - seen).total_seconds())

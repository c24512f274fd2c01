"""What is posted to the watch channel: new images, calls for on-call, and what became of them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, card_ids, cards, shown_name
from bot.blocks.cards.state import GONE_ELSEWHERE
from bot.blocks.limits import MENTIONED_MAX, NAME_MAX
from bot.blocks.message import Message, mrkdwn, plain, section
from bot.blocks.schedule_words import mention_tokens
from bot.blocks.text import counted, duration_words
from bot.images import PendingImage
from bot.sightings import How


def watch_message(images: Sequence[PendingImage], look: CardLook) -> Message:
    """Return the post of new images, PAGE_SIZE at most, each as a card."""
    stamp = ids.nonce(look.now)
    verb = "waits" if len(images) == 1 else "wait"
    said = f"{counted(len(images), 'new image')} {verb} for a decision"
    blocks = [section(mrkdwn(f":new: *{said}*")), *cards(images, stamp, look)]
    return Message(f"{said}.", blocks, card_ids(images, stamp))


def escalation_message(
    images: Sequence[PendingImage], oncall: Sequence[str], waited: timedelta, number: int
) -> Message:
    """Return the call for on-call in the thread of images' cards, PAGE_SIZE at most.

    So long each of them has waited; ``number`` counts from 1.

    Who is on call stands in the blocks alone: there it notifies, and there nothing else can be
    read into it.
    """
    one = len(images) == 1
    which = "this image, and it" if one else f"these {len(images)} images, and each"
    said = f"Nobody has claimed {which} has waited {_span(waited)}."
    again = f" This is call number {number:,}." if number > 1 else ""
    whom = mention_tokens(oncall[:MENTIONED_MAX])
    act = "Claim it, decide it or snooze it" if one else "Claim, decide or snooze each"
    what = f"{act} on its card, above."
    return Message(
        f"{said}{again} {what}",
        [
            section(mrkdwn(f":bell: {f'{whom} ' if whom else ''}*{said}*{again} {what}")),
            *(section(plain(shown_name(image), NAME_MAX)) for image in images),
        ],
    )


def resolved_message(image: PendingImage, how: How | None, by: str | None) -> Message:
    """Return what became of an image, for the thread of its card."""
    what = f"This image was {how or GONE_ELSEWHERE}"
    who = mention_tokens([by]) if by else ""
    told = f"*{what}*{f' by {who}' if who else ''}."
    sign = {"accepted": ":white_check_mark:", "rejected": ":no_entry_sign:"}.get(how or "", "")
    return Message(
        f"{what}.",
        [
            section(mrkdwn(f"{sign} {told}".strip())),
            section(plain(shown_name(image), NAME_MAX)),
        ],
    )


def undone_message(image: PendingImage, by: str) -> Message:
    """Return that an image waits again, for the thread of its card.

    ``by``: who undid the decision; empty where that was not done with the bot.
    """
    what = "This image is pending again"
    who = mention_tokens([by])
    undid = f": {who} undid the decision" if who else ""
    return Message(
        f"{what}.",
        [
            section(mrkdwn(f":leftwards_arrow_with_hook: *{what}*{undid}.")),
            section(plain(shown_name(image), NAME_MAX)),
        ],
    )


def _span(waited: timedelta) -> str:
    return duration_words(waited.total_seconds())

"""What is at stake in a decision on one image: what to beware of, what it is, where it is from."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks.cards.card import shown_name
from bot.blocks.limits import ALIKE_SHOWN, GONE_NAME_MAX, QUERY_SHOWN_MAX
from bot.blocks.message import Block, bullets, date, mrkdwn, person, rich_text, section, words
from bot.blocks.origin import Origin
from bot.blocks.schedule_words import USER_ID
from bot.blocks.text import clip, counted, exact_bytes, waiting_words
from bot.images import PendingImage
from bot.oncall.provenance import ALIKE_KEPT, Provenance
from bot.oncall.values import MemberStatus, Triage


class Stakes(msgspec.Struct, frozen=True, kw_only=True):
    """All that an approver should know before deciding."""

    image: PendingImage
    status: MemberStatus
    """What the membership is to become."""
    provenance: Provenance
    triage: Triage
    first_seen: datetime | None
    """When the bot first saw it."""
    needs_second: bool
    """Whether two approvers have to agree."""
    origin: Origin
    api_version: str
    """Empty where the image is not in SCP's list."""

    @property
    def proposed(self) -> bool:
        """Whether another's proposal waits for this decision."""
        return self.needs_second and self.triage.proposal is not None


def warning_blocks(stakes: Stakes) -> list[Block]:
    """Return what to beware of, each with what it is based on; nothing where there is nothing."""
    warnings = _warnings(stakes)
    if not warnings:
        return []
    return [section(mrkdwn(f":warning: *{_beware(len(warnings))}*")), bullets(warnings)]


def warned_of(stakes: Stakes) -> list[str]:
    """Return the same in catchwords, for a line among others."""
    found = stakes.provenance
    held = {
        "first share of its owner": found.first_ever,
        "owner unknown": not found.owner_known,
        "same content as one accepted before": bool(found.same_checksum),
        "name like one of another owner": bool(found.lookalikes),
        "name mixes scripts": found.mixed_scripts,
        "not active": not _is_active(stakes.image),
        "needs a second approver": stakes.needs_second and not stakes.proposed,
        "proposed, and decided by a second approver": stakes.proposed,
    }
    return [catchword for catchword, holds in held.items() if holds]


def identity_block(stakes: Stakes) -> Block:
    """Return what the image is, with what one may copy as code."""
    image = stakes.image
    system = " ".join(filter(None, [image.os_distro, image.scp_os_version]))
    size = "" if image.size is None or image.size < 0 else exact_bytes(image.size)
    facts = {
        "Name": (image.name, False),
        "Id": (image.id, True),
        "Status": (image.status, False),
        "Image type": (image.scp_image_type, False),
        "System": (system, False),
        "Size": (size, False),
        "Checksum (MD5)": (image.checksum, True),
        _hash_label(image): (image.os_hash_value, True),
        "Owner account id": (image.owner, True),
        "Owner account": (image.owner_account_name, False),
        "Owner user": (image.owner_user_name, False),
    }
    return rich_text(_fact(label, value, code=code) for label, (value, code) in facts.items())


def provenance_block(stakes: Stakes, now: datetime) -> Block:
    """Return what the bot has seen of the owner and of the image before."""
    lines = [[words("Of this owner: ", bold=True), words(owner_words(stakes.provenance))]]
    if stakes.first_seen is not None:
        waiting = waiting_words((now - stakes.first_seen).total_seconds())
        seen = [words("First seen: ", bold=True), date(stakes.first_seen)]
        lines.append([*seen, words(f" (waiting {waiting})")])
    return rich_text([*lines, *_done_words(stakes.triage, now)])


def owner_words(found: Provenance) -> str:
    """Return how many other images of the owner the bot has seen, and what became of them."""
    if not found.owner_known:
        return "nothing can be told, for Samsung Cloud does not say whose it is"
    if found.first_ever:
        return "no other image seen before"
    ends = {
        "accepted": found.accepted,
        "rejected": found.rejected,
        "withdrawn": found.withdrawn,
        "gone otherwise": found.unknown,
        "waiting": found.waiting,
    }
    told = ", ".join(f"{number:,} {end}" for end, number in ends.items() if number)
    return f"{counted(found.shared, 'other image')} seen: {told}"


def _beware(number: int) -> str:
    return "Beware of one thing" if number == 1 else f"Beware of {number} things"


def _warnings(stakes: Stakes) -> list[list[Block]]:
    """Return a line for each, the gravest first."""
    image, found = stakes.image, stakes.provenance
    lines = []
    if found.lookalikes:
        said = "The name looks like that of another owner's image: "
        lines.append([words(said, bold=True), *_named(found.lookalikes)])
    if found.mixed_scripts:
        said = "The name mixes letters of several scripts that look alike."
        lines.append([words(said, bold=True), words(" It may not be what it seems to say.")])
    if not found.owner_known:
        lines.append([words("The owner is unknown.", bold=True)])
    elif found.first_ever:
        said = "First share ever from this owner account"
        lines.append([words(said, bold=True), words(", as far as the bot has seen.")])
    if found.same_checksum:
        said = "The same content was accepted before: "
        lines.append([words(said, bold=True), *_named(found.same_checksum)])
    if not _is_active(image):
        said = clip(image.status or "", QUERY_SHOWN_MAX)
        lines.append([words("It is not active: ", bold=True), words(said)])
    if stakes.needs_second:
        lines.append(_second(stakes.triage))
    return lines


def _second(triage: Triage) -> list[Block]:
    said = words("Two approvers have to agree.", bold=True)
    if triage.proposal is None:
        return [said, words(" Yours is a proposal; Samsung Cloud is told when another accepts.")]
    by = triage.proposal.by
    who = [person(by)] if USER_ID.fullmatch(by) else [words("somebody")]
    return [said, words(" Proposed by "), *who, words("; accepted when another one accepts.")]


def _named(images: Sequence[PendingImage]) -> list[Block]:
    """Return a few images by name and id, and how many more there are."""
    pieces: list[Block] = []
    for image in images[:ALIKE_SHOWN]:
        owner = image.owner_account_name or image.owner or "owner unknown"
        name = f"{clip(shown_name(image), GONE_NAME_MAX)} of {clip(owner, GONE_NAME_MAX)} "
        pieces += [words(f"{', ' if pieces else ''}{name}")]
        pieces += [words(clip(image.id, GONE_NAME_MAX), code=True)]
    if (more := len(images) - ALIKE_SHOWN) > 0:
        least = "at least " if len(images) >= ALIKE_KEPT else ""
        pieces += [words(f" and {least}{more:,} more")]
    return pieces


def _is_active(image: PendingImage) -> bool:
    return image.status is None or image.status.casefold() == "active"


def _hash_label(image: PendingImage) -> str:
    return f"Hash ({clip(image.os_hash_algo, QUERY_SHOWN_MAX)})" if image.os_hash_algo else "Hash"


def _fact(label: str, value: str | None, *, code: bool) -> list[Block]:
    shown = words("—") if not value else words(clip(value, QUERY_SHOWN_MAX), code=code)
    return [words(f"{label}: ", bold=True), shown]


def _done_words(triage: Triage, now: datetime) -> list[list[Block]]:
    """Return who has claimed it, and until when it rests."""
    lines = []
    if triage.claim is not None and USER_ID.fullmatch(triage.claim.by):
        lines.append([words("Claimed by: ", bold=True), person(triage.claim.by)])
    if triage.snooze is not None and triage.sleeps(now):
        reason = " ".join(triage.snooze.reason.split())
        why = [words(f" ({reason})")] if reason else []
        lines.append([words("Snoozed until: ", bold=True), date(triage.snooze.until), *why])
    return lines

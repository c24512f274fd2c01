"""One image in a list, with the buttons for what on-call can do about it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from bot.blocks.cards.state import CardLook, card_buttons, state_elements
from bot.blocks.cards.value import to_details_value
from bot.blocks.ids import DETAILS
from bot.blocks.limits import (
    CARD_STATE_MAX,
    EXTRA_MAX,
    NAME_MAX,
    OS_MAX,
    OWNER_MAX,
    STATUS_MAX,
    TYPE_MAX,
)
from bot.blocks.message import (
    Block,
    Cards,
    actions,
    button,
    context,
    mrkdwn,
    plain,
    section,
    text_width,
)
from bot.blocks.state import swap_signs
from bot.blocks.text import clip, human_bytes, is_inert, slack_date, waiting_words
from bot.images import PendingImage, parse_timestamp

__all__ = [
    "CardLook",
    "card_blocks",
    "card_ids",
    "cards",
    "cards_width",
    "details_value",
    "find_image",
    "repainted",
    "shown_name",
    "value_text",
]

_ID = "id~"
_HASH = "sha256~"
_PLAIN_ID_MAX = 255
_FACTS = ".facts"
_ONCALL = ".oncall"
_ACTS = ".acts"
"""What the block ids of a card's other blocks end in."""


def cards(images: Iterable[PendingImage], stamp: str, look: CardLook) -> list[Block]:
    """Return the images' cards, under block ids of their own (``card_ids``)."""
    return [
        block
        for number, image in enumerate(images)
        for block in card_blocks(image, f"image.{number}.{stamp}", look)
    ]


def card_ids(images: Iterable[PendingImage], stamp: str) -> Cards:
    """Return where the images stand that ``cards`` drew."""
    return {f"image.{number}.{stamp}": image.id for number, image in enumerate(images)}


def card_blocks(image: PendingImage, block_id: str, look: CardLook) -> list[Block]:
    """Return the blocks of an image, at most CARD_BLOCKS of them.

    Its name with a Details button, the facts, what on-call has done with it if anything, and the
    buttons for what can be done next if there is anything.
    """
    ref = details_value(image.id)
    details = button("Details", DETAILS, to_details_value(ref, look.state))
    about = [*_status(image), plain(_facts(image)), mrkdwn(_times(image, look))]
    blocks = [
        section(plain(shown_name(image), NAME_MAX), accessory=details, block_id=block_id),
        context(*about, block_id=f"{block_id}{_FACTS}"),
    ]
    if done := state_elements(image.id, look):
        blocks.append(context(*done, block_id=f"{block_id}{_ONCALL}"))
    if buttons := card_buttons(image.id, ref, look):
        blocks.append(actions(f"{block_id}{_ACTS}", buttons))
    return blocks


def repainted(
    blocks: Sequence[Block], cards: Cards, images: Mapping[str, PendingImage], look: CardLook
) -> list[Block]:
    """Return a message's blocks with its cards (``Message.cards``) as they are to look now.

    A card whose image is not in ``images`` stays as it is, and so does all else.
    """
    known = {block_id: images[cards[block_id]] for block_id in cards if cards[block_id] in images}
    rest = {f"{block_id}{part}" for block_id in known for part in (_FACTS, _ONCALL, _ACTS)}
    painted: list[Block] = []
    for block in blocks:
        block_id = block.get("block_id", "")
        if block_id in known:
            painted += card_blocks(known[block_id], block_id, look)
        elif block_id not in rest:
            painted.append(block)
    return painted


def cards_width(blocks: Iterable[Block]) -> int:
    """Return the width of the text that cards may come to hold when they are painted anew."""
    fixed = [b for b in blocks if not b.get("block_id", "").endswith((_ONCALL, _ACTS))]
    return text_width(fixed) + CARD_STATE_MAX * sum("accessory" in block for block in fixed)


def shown_name(image: PendingImage) -> str:
    """Return the image's name, or its id where it has none."""
    return image.name if image.name and image.name.strip() else f"(no name) {image.id}"


def details_value(image_id: str) -> str:
    """Return what names an image in its buttons; stands for any id, however long or odd."""
    if len(image_id) <= _PLAIN_ID_MAX and is_inert(image_id):
        return _ID + swap_signs(image_id)
    return _HASH + sha256(image_id.encode(errors="surrogatepass")).hexdigest()


def find_image(images: Iterable[PendingImage], value: str) -> PendingImage | None:
    """Return the image that ``details_value`` names, or None where it is gone."""
    if value.startswith(_ID):
        wanted = value_text(value)
        return next((image for image in images if image.id == wanted), None)
    return next((image for image in images if details_value(image.id) == value), None)


def cards_in(blocks: Sequence[Block], images: Iterable[PendingImage]) -> Cards:
    """Return where images stand in a message that Slack shows (``Message.cards``)."""
    known, found = list(images), {}
    for block in blocks:
        accessory = block.get("accessory", {})
        if accessory.get("action_id") == DETAILS:
            image = find_image(known, str(accessory.get("value")))
            if image is not None:
                found[str(block["block_id"])] = image.id
    return found


def value_text(value: str) -> str:
    """Return the id of an image by what names it, or for an odd one its fingerprint."""
    return swap_signs(value.removeprefix(_ID)) if value.startswith(_ID) else value


def value_hash(value: str) -> str | None:
    """Return the SHA-256 of the id in a Details button's value, or None where the id is there."""
    return value.removeprefix(_HASH) if value.startswith(_HASH) else None


def _status(image: PendingImage) -> list[Block]:
    """Return a warning where the image cannot be used as it is now."""
    if image.status is None or image.status.casefold() == "active":
        return []
    return [mrkdwn(":warning: *Not active:*"), plain(image.status, STATUS_MAX)]


def _facts(image: PendingImage) -> str:
    parts = [
        _type(image),
        _os(image),
        f"Kubernetes {clip(image.scp_k8s_version, EXTRA_MAX)}" if image.scp_k8s_version else "",
        f"GPU driver {clip(image.scp_gpu_driver, EXTRA_MAX)}" if image.scp_gpu_driver else "",
        _size(image.size),
        clip(image.owner_account_name or image.owner or "owner unknown", OWNER_MAX),
        clip(image.owner_user_name or "", OWNER_MAX),
    ]
    return " · ".join(part for part in parts if part)


def _type(image: PendingImage) -> str:
    image_type = clip(image.scp_image_type or "type unknown", TYPE_MAX)
    if not image.scp_original_image_type:
        return image_type
    return f"{image_type} (from {clip(image.scp_original_image_type, TYPE_MAX)})"


def _os(image: PendingImage) -> str:
    system = f"{image.os_distro or ''} {image.scp_os_version or ''}".strip()
    return clip(system or "OS unknown", OS_MAX)


def _size(size: int | None) -> str:
    return "size unknown" if size is None or size < 0 else clip(human_bytes(size), EXTRA_MAX)


def _times(image: PendingImage, look: CardLook) -> str:
    dates = f"created {_date(image.created_at)} · updated {_date(image.updated_at)}"
    first_seen = look.first_seen.get(image.id)
    if first_seen is None or image.id in look.gone:
        return dates
    return f"{dates} · waiting {waiting_words((look.now - first_seen).total_seconds())}"


@lru_cache(maxsize=1024)  # the same images come again with every list
def _date(text: str | None) -> str:
    moment = parse_timestamp(text)
    return "unknown" if moment is None else slack_date(moment)

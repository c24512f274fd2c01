"""One image in a list."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from bot.blocks.ids import DETAILS
from bot.blocks.limits import (
    EXTRA_MAX,
    NAME_MAX,
    OS_MAX,
    OWNER_MAX,
    STATUS_MAX,
    TYPE_MAX,
)
from bot.blocks.message import Block, button, context, mrkdwn, plain, section
from bot.blocks.state import swap_signs
from bot.blocks.text import clip, human_bytes, is_inert, slack_date, waiting_words
from bot.images import FirstSeen, PendingImage, parse_timestamp

_ID = "id~"
_HASH = "sha256~"
_PLAIN_ID_MAX = 255


def cards(
    images: Iterable[PendingImage], stamp: str, first_seen: FirstSeen, now: datetime
) -> list[Block]:
    """Return the images' cards, under block ids of their own."""
    return [
        block
        for number, image in enumerate(images)
        for block in card_blocks(image, f"image.{number}.{stamp}", first_seen.get(image.id), now)
    ]


def card_blocks(
    image: PendingImage, block_id: str, first_seen: datetime | None, now: datetime
) -> list[Block]:
    """Return the two blocks of an image: its name with a Details button, and the facts.

    How long it waits is told where the bot knows when it first saw it.
    """
    details = button("Details", DETAILS, details_value(image.id))
    return [
        section(plain(shown_name(image), NAME_MAX), accessory=details, block_id=block_id),
        context(*_status(image), plain(_facts(image)), mrkdwn(_times(image, first_seen, now))),
    ]


def shown_name(image: PendingImage) -> str:
    """Return the image's name, or its id where it has none."""
    return image.name if image.name and image.name.strip() else f"(no name) {image.id}"


def details_value(image_id: str) -> str:
    """Return the value of an image's Details button; holds any id, however long or odd."""
    if len(image_id) <= _PLAIN_ID_MAX and is_inert(image_id):
        return _ID + swap_signs(image_id)
    return _HASH + sha256(image_id.encode(errors="surrogatepass")).hexdigest()


def find_image(images: Iterable[PendingImage], value: str) -> PendingImage | None:
    """Return the image that a Details button's value stands for, or None where it is gone."""
    if value.startswith(_ID):
        wanted = value_text(value)
        return next((image for image in images if image.id == wanted), None)
    return next((image for image in images if details_value(image.id) == value), None)


def value_text(value: str) -> str:
    """Return the id in a Details button's value, or for an odd one its fingerprint."""
    return swap_signs(value.removeprefix(_ID)) if value.startswith(_ID) else value


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


def _times(image: PendingImage, first_seen: datetime | None, now: datetime) -> str:
    dates = f"created {_date(image.created_at)} · updated {_date(image.updated_at)}"
    if first_seen is None:
        return dates
    return f"{dates} · waiting {waiting_words((now - first_seen).total_seconds())}"


@lru_cache(maxsize=1024)  # the same images come again with every list
def _date(text: str | None) -> str:
    moment = parse_timestamp(text)
    return "unknown" if moment is None else slack_date(moment)

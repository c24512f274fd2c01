"""One image in a list."""

from collections.abc import Iterable, Sequence

from bot.blocks.message import Block
from bot.images import PendingImage


def card_blocks(image: PendingImage, block_id: str) -> list[Block]:
    """Return the two blocks of an image: its name with a Details button, and the facts."""
    raise NotImplementedError


def details_value(image_id: str) -> str:
    """Return the value of an image's Details button; holds any id, however long or odd."""
    raise NotImplementedError


def find_image(images: Iterable[PendingImage], value: str) -> PendingImage | None:
    """Return the image that a Details button's value stands for, or None where it is gone."""
    raise NotImplementedError

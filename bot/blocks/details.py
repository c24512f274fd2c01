"""The modal with every field of an image."""

from datetime import datetime

from bot.blocks.message import View
from bot.blocks.origin import Origin
from bot.errors import BotError
from bot.images import PendingImage


def loading_view(title: str) -> View:
    """Return a modal to open at once, while a trigger id lives, and to update later."""
    raise NotImplementedError


def details_view(image: PendingImage, now: datetime, *, origin: Origin, api_version: str) -> View:
    """Return every field of the image in readable form."""
    raise NotImplementedError


def details_gone_view(value: str) -> View:
    """Return what to say of an image (a Details button's value) that is not pending any more."""
    raise NotImplementedError


def failure_view(error: BotError) -> View:
    """Return what to say in a modal when its content could not be fetched."""
    raise NotImplementedError

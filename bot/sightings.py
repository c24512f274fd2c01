"""What the bot has seen of pending images, and when.

SCP does not say when an image was shared (``scp/facts.md``), so how long one waits is counted from
when the bot first saw it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from bot.images import PendingImage

How = Literal["accepted", "rejected", "withdrawn"]


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One pending image as the bot has seen it."""

    image: PendingImage
    """As it was listed last."""
    first_seen: datetime
    gone_at: datetime | None = None
    """When it was first missed in the list; None while it waits."""
    how: How | None = None
    """What became of it, where the bot knows."""
    by: str | None = None
    """The Slack user who decided, where the bot knows."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed between two digests of one schedule."""

    since: datetime
    """When the earlier one was posted."""
    new: Sequence[PendingImage]
    """Wanted now and not shown then, in the digest's order."""
    gone: Sequence[Sighting]
    """Shown then and not pending any more, the last gone first."""
    left: int
    """How many were shown then, are pending still, and match the query no more."""

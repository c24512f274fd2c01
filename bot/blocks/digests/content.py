"""What a digest is made of."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.blocks.origin import Origin
from bot.changes import Changes
from bot.images import FirstSeen, PendingImage, PendingImages
from bot.oncall.values import NOTHING_DONE, Triages
from bot.schedule import Delivery, Draft


class DigestContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that a digest shows."""

    schedule: Draft
    """A ``Schedule`` where it is kept and so has a number."""
    answer: PendingImages
    picked: Sequence[PendingImage]
    """What the schedule's query picks of the answer, in its order, or in ``LONGEST_WAITING``."""
    changes: Changes | None
    """None in the first digest of a schedule."""
    first_seen: FirstSeen
    trend: Sequence[int | None]
    """How many matched each day and did not sleep, the last is today; None before the bot
    watched."""
    origin: Origin
    now: datetime
    late_seconds: int = 0
    late_reason: str = ""
    troubles: Sequence[Delivery] = ()
    """Earlier ones that did not arrive as a digest, since the last that did."""
    version_warning: str | None = None
    """What to know of the API version where its end is near."""
    still_watching: bool = False
    """Whether it is the sign of life of a digest that is silent while nothing changes."""
    asked_by: str | None = None
    """The user who pressed Send now."""
    preview: bool = False
    """Whether one person alone sees it, before anything is posted."""
    triages: Triages = NOTHING_DONE
    decisions: bool = False
    """Whether images can be accepted and rejected here at all."""
    sleeping: int = 0
    """How many that the query matches are left out because they are snoozed."""

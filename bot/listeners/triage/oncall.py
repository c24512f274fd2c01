"""What people do with an image short of deciding: claim, release, snooze, wake, note."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
import structlog

from bot.errors import NotAllowed, NotKnown
from bot.images import PendingImage
from bot.listeners.listings.known_images import Known, KnownImages
from bot.listeners.refusals import Refusals
from bot.oncall.values import Triage
from bot.store import Change, Deed, Store
from bot.triage.access import Access

log = structlog.get_logger(__name__)


class Wish(msgspec.Struct, frozen=True):
    """Who wants something of an image, and where."""

    ref: str
    """Which image: see ``card.details_value``."""
    by: str
    """The Slack user."""
    channel: str
    """Empty for the App Home."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a wish."""

    image: PendingImage
    change: Change | None
    """None where the image is not pending any more, and nothing was done."""

    @property
    def triage(self) -> Triage | None:
        """How it is now; None where the image is not pending any more."""
        return self.change.triage if self.change else None

    @property
    def done(self) -> bool:
        """Whether it was."""
        return self.change is not None and self.change.done


class OnCall:
    """Does what people want of an image; whom the gate lets in may all of it but one thing.

    Its methods raise ``StoreError``, and ``ScpError`` where SCP alone could know the image.
    """

    def __init__(
        self,
        *,
        known: KnownImages,
        store: Store,
        access: Access,
        refusals: Refusals,
        wake: Callable[[], None],
    ) -> None:
        self._known = known
        self._triage = store.triage
        self._access = access
        self._refusals = refusals
        self._wake = wake

    async def claim(self, wish: Wish) -> Outcome:
        """Have the person look after the image, unless somebody does."""
        return await self._do("claim", wish, self._triage.claim)

    async def release(self, wish: Wish) -> Outcome:
        """Give a claim up. Raise ``NotAllowed`` where it is another's and the person may not."""
        anybodys, doubt = self._access.anybody_releases, None
        try:
            anybodys = anybodys or await self._access.may_approve(wish.by)
        except NotKnown as unknown:  # which matters only where the claim is another's
            doubt = unknown

        async def release(deed: Deed) -> Change:
            return await self._triage.release(deed, anybodys=anybodys)

        outcome = await self._do("release", wish, release)
        await self._check_release(wish, outcome, doubt)
        return outcome

    async def snooze(self, wish: Wish, until: datetime, reason: str) -> Outcome:
        """Let the image rest until a moment."""

        async def snooze(deed: Deed) -> Change:
            return await self._triage.snooze(deed, until, reason)

        return await self._do("snooze", wish, snooze)

    async def rouse(self, wish: Wish) -> Outcome:
        """End an image's rest."""
        return await self._do("wake", wish, self._triage.wake)

    async def note(self, wish: Wish, text: str, asked_in: str) -> Outcome:
        """Keep a comment with an image, be it decided or gone; once a form and text."""
        known = await self._find(wish)
        deed = Deed(known.image, wish.by, wish.channel)
        change = await self._triage.note(deed, text, asked_in)
        return self._ended("note", wish, Outcome(known.image, change))

    async def _do(
        self, action: str, wish: Wish, deed: Callable[[Deed], Awaitable[Change]]
    ) -> Outcome:
        known = await self._find(wish)
        if not known.pending:
            return self._ended(action, wish, Outcome(known.image, None))
        change = await deed(Deed(known.image, wish.by, wish.channel))
        return self._ended(action, wish, Outcome(known.image, change))

    async def _find(self, wish: Wish) -> Known:
        return await self._known.find(wish.ref) or Known(self._known.named(wish.ref), pending=False)

    def _ended(self, action: str, wish: Wish, outcome: Outcome) -> Outcome:
        image = outcome.image.id
        log.info("on-call", action=action, image=image, user=wish.by, done=outcome.done)
        if outcome.done:
            self._wake()
        return outcome

    async def _check_release(self, wish: Wish, outcome: Outcome, doubt: NotKnown | None) -> None:
        claim = outcome.change.triage.claim if outcome.change else None
        if outcome.done or claim is None or claim.by == wish.by:
            return
        if doubt is not None:
            raise doubt
        why = NotAllowed(
            "Somebody else has claimed this image, and only they or an approver may release it.",
            "Ask them, or an approver.",
            ask=(claim.by,),
        )
        await self._refusals.record("release", outcome.image, wish.by, wish.channel, why)
        raise why

"""Who is let in: asked before every listener, at every command, click and submission.

Whoever is refused hears it where they look, by the boundary: beside the list, or by direct message
after a submission. Menus stay empty, and a Home says it in place of what it would show.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog

from bot.errors import NotAllowed
from bot.listeners.boundary import Ack, Listener
from bot.listeners.listings.known_images import KnownImages
from bot.listeners.meant import Means, place_of
from bot.listeners.payloads import AnyPayload, Event, Submission, Suggestion
from bot.listeners.refusals import Refusals
from bot.triage.access import Access

log = structlog.get_logger(__name__)


Refuse = Callable[[str, NotAllowed], Awaitable[None]]
"""Tells somebody that they are refused, and why."""


class Gate:
    """Wraps listeners for the boundary."""

    def __init__(self, access: Access, refusals: Refusals, known: KnownImages) -> None:
        self._access = access
        self._refusals = refusals
        self._known = known

    def acked(
        self, listener: Listener[AnyPayload], means: Means[AnyPayload] | None = None
    ) -> Listener[AnyPayload]:
        """Return the listener of a command or a click: Slack need not wait until it is let in.

        Whom Slack does not tell of is not let in to what ``means`` more than to read; so too in
        the next. What is a matter of the record is recorded where it is refused.
        """

        @wraps(listener)
        async def gated(ack: Ack, payload: AnyPayload) -> None:
            await ack()
            await self._admit(payload, means)
            await listener(ack, payload)

        return gated

    def answered(
        self, listener: Listener[Submission], means: Means[Submission] | None = None
    ) -> Listener[Submission]:
        """Return the listener of a submission, whose answer travels in the ack."""

        @wraps(listener)
        async def gated(ack: Ack, submission: Submission) -> None:
            await self._admit(submission, means)
            await listener(ack, submission)

        return gated

    def offered(self, listener: Listener[Suggestion]) -> Listener[Suggestion]:
        """Return the listener of a menu's options: there are none for whoever is not let in."""

        @wraps(listener)
        async def gated(ack: Ack, suggestion: Suggestion) -> None:
            try:
                await self._admit(suggestion)
            except NotAllowed as error:
                log.info("no options", user=suggestion.sender.id, what=str(error))
                await ack(options=[])
                return
            await listener(ack, suggestion)

        return gated

    def homed(self, listener: Listener[Event], refuse: Refuse) -> Listener[Event]:
        """Return the listener of who opens the Home, which tells there whom the gate refuses."""

        @wraps(listener)
        async def gated(ack: Ack, event: Event) -> None:
            await ack()
            try:
                await self._admit(event)
            except NotAllowed as why:
                await refuse(event.sender.id, why)
                return
            await listener(ack, event)

        return gated

    async def _admit(self, payload: AnyPayload, means: Means[AnyPayload] | None = None) -> None:
        sender, place = payload.sender, place_of(payload)
        meant = means(payload) if means else []
        acting = any(each.acts for each in meant)
        try:
            await self._access.admit(sender.id, sender.team_id, place or None, acting=acting)
        except NotAllowed as why:
            for each in (one for one in meant if one.recorded):
                image = None if each.ref is None else self._known.resolved(each.ref)
                await self._refusals.record(each.action, image, sender.id, place, why)
            raise

"""Who is let in: asked before every listener, at every command, click and submission.

Whoever is refused hears it where they look, by the boundary: beside the list, or by direct message
after a submission. Menus stay empty, and a Home says it in place of what it would show.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog

from bot.blocks.card import value_text
from bot.blocks.card_metadata import CardMetadata
from bot.blocks.card_value import from_card_value
from bot.blocks.state import StaleMessage
from bot.errors import NotAllowed
from bot.images import PendingImage
from bot.listeners.boundary import Ack, Listener
from bot.listeners.payloads import AnyPayload, Click, Event, Payload, Submission, Suggestion
from bot.listeners.refusals import Refusals
from bot.triage.access import Access

log = structlog.get_logger(__name__)


Refuse = Callable[[str, NotAllowed], Awaitable[None]]
"""Tells somebody that they are refused, and why."""


class Gate:
    """Wraps listeners for the boundary."""

    def __init__(self, access: Access, refusals: Refusals) -> None:
        self._access = access
        self._refusals = refusals

    def acked(
        self, listener: Listener[AnyPayload], action: str | None = None
    ) -> Listener[AnyPayload]:
        """Return the listener of a command or a click: Slack need not wait until it is let in.

        With ``action``, what the record calls it, a refusal is recorded, and whoever Slack does not
        tell of is not let in; so too in the next.
        """

        @wraps(listener)
        async def gated(ack: Ack, payload: AnyPayload) -> None:
            await ack()
            await self._admit(payload, action)
            await listener(ack, payload)

        return gated

    def answered(
        self, listener: Listener[Submission], action: str | None = None
    ) -> Listener[Submission]:
        """Return the listener of a submission, whose answer travels in the ack."""

        @wraps(listener)
        async def gated(ack: Ack, submission: Submission) -> None:
            await self._admit(submission, action)
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

    async def _admit(self, payload: Payload, action: str | None = None) -> None:
        sender = payload.sender
        try:
            await self._access.admit(
                sender.id, sender.team_id, payload.place or None, acting=action is not None
            )
        except NotAllowed as why:
            if action is not None:
                image = _image_meant(payload)
                await self._refusals.record(action, image, sender.id, payload.place, why)
            raise


def _image_meant(payload: Payload) -> PendingImage | None:
    """Return the image of a card's button or of a form, by what names it there."""
    try:
        if isinstance(payload, Click):
            ref = from_card_value(payload.action.chosen).ref
        elif isinstance(payload, Submission):
            ref = CardMetadata.decode(payload.view.private_metadata).ref
        else:
            return None
    except StaleMessage:  # several images, or a button of another release
        return None
    return PendingImage(id=value_text(ref))

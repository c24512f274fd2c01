"""Who is let in: asked before every listener, at every command, click and submission.

Whoever is refused hears it where they look, by the boundary: beside the list, or by direct message
after a submission. Menus stay empty, and a Home says it in place of what it would show.
"""

from functools import wraps

import structlog

from bot.errors import NotAllowed
from bot.listeners.boundary import Ack, Listener
from bot.listeners.payloads import AnyPayload, Suggestion
from bot.triage.access import Access

log = structlog.get_logger(__name__)


class Gate:
    """Wraps listeners for the boundary."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def acked(self, listener: Listener[AnyPayload]) -> Listener[AnyPayload]:
        """Return the listener of a command or a click: Slack need not wait until it is let in."""

        @wraps(listener)
        async def gated(ack: Ack, payload: AnyPayload) -> None:
            await ack()
            await self._admit(payload)
            await listener(ack, payload)

        return gated

    def answered(self, listener: Listener[AnyPayload]) -> Listener[AnyPayload]:
        """Return the listener of a submission, whose answer travels in the ack."""

        @wraps(listener)
        async def gated(ack: Ack, payload: AnyPayload) -> None:
            await self._admit(payload)
            await listener(ack, payload)

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

    async def _admit(self, payload: AnyPayload) -> None:
        sender = payload.sender
        await self._access.admit(sender.id, sender.team_id, payload.place or None)

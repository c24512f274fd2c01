"""Keeping at hand who the approvers are, so that a crowd's clicks need not ask Slack.

Slack takes some hundred ``users.info`` a minute (``slack/facts.md``): asked for at the click, two
hundred approvers at once would be told that nobody knows whether they are any.
"""

import asyncio

import structlog

from bot.errors import SlackError
from bot.flight import cancel
from bot.triage.access import Access

PACE_SECONDS = 2.0
"""Between two people, so that three processes stay below Slack's limit together."""

AT_ONCE = 30
"""People a look."""

LOOK_SECONDS = 10.0
"""Between two looks for whom to ask of: in ``PERSON_HOLDS_SECONDS`` all of 350 approvers are."""

BACKOFF_SECONDS = 30.0
"""After Slack has not told."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Acquaintance:
    """Asks Slack of approvers, and of who has clicked, before what it said of them is too old."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Ask no more."""
        if self._keeping is not None:
            await cancel(self._keeping)

    async def _keep(self) -> None:
        while True:
            for user_id in await self._access.to_renew(AT_ONCE):
                await self._renew(user_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _renew(self, user_id: str) -> None:
        pause = PACE_SECONDS
        try:
            await self._access.renew(user_id)
        except SlackError as error:
            log.info("Slack does not tell of a person", user=user_id, code=error.code)
            pause = error.retry_after or BACKOFF_SECONDS
        await asyncio.sleep(pause)

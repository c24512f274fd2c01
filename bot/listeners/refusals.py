"""Who was refused what, for the record."""

import structlog

from bot.errors import NotAllowed, NotKnown, StoreError
from bot.images import PendingImage
from bot.store import Store

log = structlog.get_logger(__name__)


class Refusals:
    """Records refusals; the person is told them whether or not that succeeds."""

    def __init__(self, store: Store) -> None:
        self._audit = store.audit

    async def record(
        self, action: str, image: PendingImage | None, by: str, channel: str, why: NotAllowed
    ) -> None:
        """Record that somebody may not do something; ``channel`` is empty for the App Home.

        That Slack does not tell whether they may is for the log, not for the record.
        """
        log.info("refused", action=action, user=by, channel=channel, what=str(why))
        if isinstance(why, NotKnown):
            return
        try:
            await self._audit.refused(action, image, by, channel, str(why))
        except StoreError as error:
            log.error("a refusal is not in the record", action=action, user=by, what=str(error))

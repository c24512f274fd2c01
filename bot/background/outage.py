"""A failure that lasts is logged once, and its end once."""

import structlog

from bot.errors import BotError

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Outage:
    """Whether something that is asked again and again fails at present; ``what`` names it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lasts = False

    def met(self, error: BotError) -> None:
        """Log a failure, unless it was the same the last time."""
        if not self._lasts:
            log.warning("it fails", what=self._what, error=str(error), remedy=error.remedy)
        self._lasts = True

    def over(self) -> None:
        """Log that it works again, if it did not."""
        if self._lasts:
            log.info("it works again", what=self._what)
        self._lasts = False

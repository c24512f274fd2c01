"""What the database tells of on-call, for lists that are shown whether or not it does."""

import asyncio

import msgspec
import structlog

from bot.errors import StoreError
from bot.oncall.values import NOTHING_DONE, Triages
from bot.query import TRIAGED, Query
from bot.store import Store

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 4.0
"""How long a list waits for the database, which has 20 seconds for a transaction."""


class Told(msgspec.Struct, frozen=True):
    """What was done with the images, or why that is not known."""

    triages: Triages = NOTHING_DONE
    failure: StoreError | None = None


class ToldTriages:
    """Reads what was done with the images, patiently but not for ever."""

    def __init__(self, store: Store, decisions_off: str) -> None:
        self._store = store
        self.decisions = not decisions_off
        """Whether images can be accepted and rejected at all."""

    async def all(self, query: Query) -> Told:
        """Return what was done; raise ``StoreError`` where the query cannot be judged without."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return Told(await self._store.triage.all())
        except TimeoutError:
            failure = StoreError("The database did not answer in time.", passing=True)
        except StoreError as error:
            failure = error
        log.warning("a list without on-call", what=str(failure), remedy=failure.remedy)
        if any(terms.field in TRIAGED for terms in query.terms):
            raise failure
        return Told(failure=failure)

"""What the database tells of on-call, for lists that are shown whether or not it does."""

import asyncio
from collections.abc import Iterable

import msgspec
import structlog

from bot.errors import StoreError
from bot.images import PendingImage
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

    def __init__(self, store: Store, *, decisions: bool) -> None:
        self._store = store
        self.decisions = decisions
        """Whether images can be accepted and rejected at all."""

    async def of(self, images: Iterable[PendingImage], query: Query) -> Told:
        """Return what was done with the images that a query is asked of.

        Raise ``StoreError`` where the query cannot be judged without.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return Told(await self._store.triage.of([image.id for image in images]))
        except TimeoutError:
            failure = StoreError("The database did not answer in time.", passing=True)
        except StoreError as error:
            failure = error
        log.warning("a list without on-call", what=str(failure), remedy=failure.remedy)
        if asks_of_oncall(query):
            raise failure
        return Told(failure=failure)


def asks_of_oncall(query: Query) -> bool:
    """Tell whether what was done with an image matters to whether a query matches it."""
    return any(terms.field in TRIAGED for terms in query.terms)

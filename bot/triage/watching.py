"""What is to be posted to the watch channel: new cards, calls of on-call, and how it ended."""

from datetime import datetime, timedelta

from bot.background.elapsed import elapsed
from bot.images import FirstSeen, PendingImages
from bot.oncall.escalating import CardPost, escalation_due
from bot.oncall.values import UNTOUCHED, Triage
from bot.store import Store
from bot.triage.messages import CallRules

UNEXPLAINED_FOR = timedelta(minutes=15)
"""So long the thread waits to be told what became of an image; after that it says what it knows."""

LOOK_PAUSE = 5.0
"""Seconds at least between two looks of a process: each click wakes it, and nobody is called, or
told that an image has gone, by a click."""


class Watching:
    """Plans posts to one ``channel``; every replica may, for each is planned once.

    ``explained``: whether the bot can ask SCP what became of an image.
    """

    def __init__(self, store: Store, channel: str, rules: CallRules, *, explained: bool) -> None:
        self._store = store
        self._channel = channel
        self._rules = rules
        self._unexplained_for = UNEXPLAINED_FOR if explained else timedelta()
        self._from = elapsed()

    async def observed(self, answer: PendingImages, first_seen: FirstSeen) -> None:
        """Plan the cards of images that are new in SCP's list. Raise ``StoreError``."""
        seen = [(each.id, first_seen[each.id]) for each in answer.images if each.id in first_seen]
        await self._store.outbox.plan_cards(self._channel, seen)
        self._from = elapsed()

    async def look(self) -> None:
        """Plan what has become due for the cards that are posted, unless one has just looked.

        Raise ``StoreError``.
        """
        if elapsed() < self._from:
            return
        await self._store.outbox.plan_ends(self._channel, self._unexplained_for)
        if self._rules.oncall and (due := await self._due()):
            await self._store.outbox.plan_calls(self._channel, due)
        self._from = elapsed() + LOOK_PAUSE

    async def _due(self) -> dict[str, int]:
        """Return for which images on-call is to be called, each with the call's number."""
        rules, store = self._rules, self._store
        cards = await store.outbox.unattended(self._channel, after=rules.after, again=rules.again)
        if not cards:
            return {}
        now = await store.now()
        listed_at = await store.sightings.observed_at() or now
        triages = await store.triage.of(cards)
        numbers = {
            image_id: self._number(card, triages.get(image_id, UNTOUCHED), now, listed_at)
            for image_id, card in cards.items()
        }
        return {image_id: number for image_id, number in numbers.items() if number is not None}

    def _number(
        self, card: CardPost, triage: Triage, now: datetime, listed_at: datetime
    ) -> int | None:
        if triage.lately_settled(listed_at):
            return None
        rules = self._rules
        return escalation_due(
            card, triage, now, after=rules.after, again=rules.again, hours=rules.hours
        )

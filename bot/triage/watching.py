"""What is to be posted to the watch channel: new cards, calls of on-call, and how it ended."""

from datetime import datetime, timedelta
from typing import Literal

from bot.images import FirstSeen, PendingImages
from bot.oncall.escalating import CardPost, escalation_due
from bot.oncall.values import UNTOUCHED, Triage
from bot.sightings import Sighting
from bot.store import Store
from bot.triage.messages import CallRules

UNEXPLAINED_FOR = timedelta(minutes=15)
"""So long the thread waits to be told what became of an image; after that it says what it knows."""


class Watching:
    """Plans posts to one ``channel``; every replica may, for each is planned once.

    ``explained``: whether the bot can ask SCP what became of an image.
    """

    def __init__(self, store: Store, channel: str, rules: CallRules, *, explained: bool) -> None:
        self._store = store
        self._channel = channel
        self._rules = rules
        self._explained = explained

    async def observed(self, answer: PendingImages, first_seen: FirstSeen) -> None:
        """Plan the cards of images that are new in SCP's list. Raise ``StoreError``."""
        seen = [(each.id, first_seen[each.id]) for each in answer.images if each.id in first_seen]
        await self._store.outbox.plan_cards(self._channel, seen)

    async def look(self) -> None:
        """Plan what has become due for the cards that are posted. Raise ``StoreError``."""
        cards = await self._store.outbox.cards(self._channel)
        if not cards:
            return
        now = await self._store.now()
        listed_at = await self._store.sightings.observed_at() or now
        seen = await self._store.sightings.of(cards)
        triages = await self._store.triage.of(cards)
        for image_id, card in cards.items():
            sighting, triage = seen.get(image_id), triages.get(image_id, UNTOUCHED)
            if sighting is not None and sighting.gone_at is not None:
                await self._resolve(card, sighting, now - sighting.gone_at)
            elif self._rules.oncall and not triage.lately_settled(listed_at):
                await self._call(card, image_id, triage, now)

    async def _call(self, card: CardPost, image_id: str, triage: Triage, now: datetime) -> None:
        rules = self._rules
        number = escalation_due(
            card, triage, now, after=rules.after, again=rules.again, hours=rules.hours
        )
        if number is not None:
            await self._plan("escalate", card, image_id, str(number))

    async def _resolve(self, card: CardPost, gone: Sighting, gone_for: timedelta) -> None:
        if gone.how is None and self._explained and gone_for < UNEXPLAINED_FOR:
            return
        # One that has come back may go again.
        await self._plan("resolved", card, gone.image.id, str(gone.gone_at))

    async def _plan(
        self, kind: Literal["escalate", "resolved"], card: CardPost, image_id: str, detail: str
    ) -> None:
        """Plan a post in a card's thread, once by what it is about."""
        key = f"{kind}:{card.channel}:{card.ts}:{image_id}:{detail}"
        await self._store.outbox.plan(key, kind, card.channel, card.ts, (image_id,), detail)

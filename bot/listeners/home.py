"""The App Home: drawn when somebody opens it, and again after what they do in it."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.blocks.home import HomeContent, Queue, home_view, not_for_you_view
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.errors import NotAllowed, ScpError, SlackError, StoreError
from bot.listeners.boundary import Ack
from bot.listeners.listings.listings import Listings
from bot.listeners.payloads import Click, Event
from bot.schedule import Schedule
from bot.slack import Slack
from bot.store import Store
from bot.triage.access import Access

log = structlog.get_logger(__name__)

HOME = "home"
"""What Slack calls this tab of the app."""


class Home:
    """Publishes Homes."""

    def __init__(
        self,
        *,
        slack: Slack,
        store: Store,
        listings: Listings,
        access: Access,
        origin: Origin,
        now: Callable[[], datetime],
    ) -> None:
        self._slack = slack
        self._store = store
        self._listings = listings
        self._access = access
        self._origin = origin
        self._now = now

    async def opened(self, ack: Ack, event: Event) -> None:
        """Draw the Home of whoever opens it; Slack shows what was published last until then."""
        await ack()
        if event.event.tab != HOME:
            return
        try:
            await self.publish(event.event.user)
        except SlackError as error:
            # Nobody has asked for anything: it is drawn when it is opened again.
            log.warning("Home not drawn", user=event.event.user, code=error.code)

    async def refresh(self, ack: Ack, click: Click) -> None:
        """Refresh."""
        await ack()
        await self.publish(click.user.id)

    async def publish(self, user_id: str) -> None:
        """Show a person what is theirs. Raise ``SlackError``."""
        queue, schedules, may_decide = await asyncio.gather(
            self._queue(user_id), self._schedules(user_id), self._access.is_approver(user_id)
        )
        content = HomeContent(
            user_id=user_id,
            queue=queue,
            schedules=schedules,
            answers_in=self._access.answers_in,
            may_decide=may_decide,
            decisions_off=self._access.decisions_off,
            origin=self._origin,
            now=self._now(),
        )
        await self._slack.publish_home(user_id, home_view(content))

    async def refuse(self, user_id: str, why: NotAllowed) -> None:
        """Show somebody who may not use the bot why. Raise ``SlackError``."""
        await self._slack.publish_home(user_id, not_for_you_view(why))

    async def _queue(self, user_id: str) -> Queue | ScpError | StoreError:
        try:
            found = await self._listings.matching(ListingState(), user_id)
        except (ScpError, StoreError) as error:
            log.warning("Home without the queue", error=type(error).__name__, what=str(error))
            return error
        return Queue(
            images=found.images,
            look=found.look,
            fetched_at=found.fetched_at,
            cut_at=found.cut_at,
        )

    async def _schedules(self, user_id: str) -> list[Schedule] | StoreError:
        try:
            return await self._store.schedules.made_by(user_id)
        except StoreError as error:
            log.warning("Home without digests", what=str(error), remedy=error.remedy)
            return error

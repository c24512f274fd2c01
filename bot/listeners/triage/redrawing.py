"""What a person looks at, drawn anew after what they did there; and words, where nothing shows it.

Messages that all see are repainted by ``bot.triage.painting``. A list, a window and a Home of one
person are theirs alone, so whoever acted there is shown the new ones here.
"""

import msgspec
import structlog

from bot.blocks import ids
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import CardValue
from bot.blocks.message import Message
from bot.blocks.state import ListingState, StaleMessage
from bot.errors import SlackError, StoreError
from bot.listeners.home import Home
from bot.listeners.listings.details import Details
from bot.listeners.listings.listings import Asked, Listings
from bot.listeners.payloads import Click
from bot.listeners.windows import Windows
from bot.oncall.values import MemberStatus
from bot.slack import Slack
from bot.store import Store

log = structlog.get_logger(__name__)


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody does something, and what they look at there."""

    user_id: str
    channel_id: str = ""
    """Empty for the App Home."""
    response_url: str | None = None
    """Answers there; None in the App Home."""
    state: ListingState | None = None
    """Of the list of their own, where they look at one."""
    posted: str = ""
    """The ts of the message that they look at, where all see that."""
    details_id: str = ""
    """The window of an image's details, where they look at one."""
    ref: str = ""
    """Which image that shows."""

    def metadata(self, value: CardValue, status: MemberStatus = "pending") -> CardMetadata:
        """Return what a window over a card must remember; ``status`` is of a decision."""
        return CardMetadata(
            ref=value.ref,
            round=value.round,
            status=status,
            expected=value.expected,
            channel=self.channel_id,
            response_url=self.response_url,
            state=self.state,
            details_id=self.details_id,
        )


def where_of(click: Click, value: CardValue) -> Where:
    """Return where a card's button was pressed. Raise ``StaleMessage`` where that is not told."""
    view, user_id = click.view, click.user.id
    if view is None:
        if click.channel is None or click.response_url is None:
            raise StaleMessage
        return Where(
            user_id=user_id,
            channel_id=click.channel.id,
            response_url=click.response_url,
            state=value.state,
            posted="" if click.container.is_ephemeral else click.container.message_ts,
        )
    if view.type == "home":
        return Where(user_id=user_id)
    metadata = CardMetadata.decode(view.private_metadata)
    details_id = view.id if view.callback_id == ids.DETAILS_VIEW else metadata.details_id
    return where_from(user_id, msgspec.structs.replace(metadata, details_id=details_id))


def where_from(user_id: str, metadata: CardMetadata) -> Where:
    """Return where a window was opened."""
    return Where(
        user_id=user_id,
        channel_id=metadata.channel,
        response_url=metadata.response_url,
        state=metadata.state,
        details_id=metadata.details_id,
        ref=metadata.ref,
    )


class Redrawing:
    """Shows people how it is now. Its methods raise ``SlackError``."""

    def __init__(
        self, *, listings: Listings, details: Details, home: Home, slack: Slack, store: Store
    ) -> None:
        self._listings = listings
        self._details = details
        self._home = home
        self._slack = slack
        self._store = store
        self._windows = Windows(slack)

    async def show(self, where: Where) -> bool:
        """Draw anew what the person looks at, if it is theirs alone.

        Return whether they see there how it is now, or soon will.
        """
        if not where.channel_id:
            await self._home.publish(where.user_id)
        if where.details_id:
            await self._show_details(where)
        if where.state is not None and where.response_url is not None:
            asked = Asked(where.user_id, where.channel_id, where.response_url)
            await self._listings.answer(asked, where.state, replace_original=True)
            return True
        if where.details_id or not where.channel_id:
            return True
        return await self._is_painted(where)

    async def tell(self, where: Where, message: Message) -> None:
        """Tell the person something beside what they look at; directly where that cannot be."""
        try:
            await self._tell_there(where, message)
        except SlackError as error:
            log.info("told directly instead", channel=where.channel_id, code=error.code)
            await self._slack.post(where.user_id, message)

    async def _tell_there(self, where: Where, message: Message) -> None:
        if where.response_url is None:
            await self._slack.post(where.user_id, message)
            return
        try:
            await self._slack.respond(where.response_url, message)
        except SlackError as error:
            log.info("told in the channel instead", code=error.code)
            await self._slack.post_ephemeral(where.channel_id, where.user_id, message)

    async def _is_painted(self, where: Where) -> bool:
        """Tell whether the message is repainted: one of long ago is not, nor an answer to all."""
        try:
            return await self._store.copies.knows(where.channel_id, where.posted)
        except StoreError as error:
            log.info("not known whether a message is painted", what=str(error))
            return False

    async def _show_details(self, where: Where) -> None:
        metadata = CardMetadata(
            ref=where.ref,
            channel=where.channel_id,
            response_url=where.response_url,
            state=where.state,
        )
        await self._windows.fill(where.details_id, lambda: self._details.view(metadata))

"""What people type of on-call: ``handoff``, ``history`` and ``audit``."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from bot.blocks.audit_csv import audit_csv
from bot.blocks.failures import failure_message
from bot.blocks.handoff import Handoff, handoff_message
from bot.blocks.image_history import image_history_message
from bot.blocks.limits import RECORD_SHOWN
from bot.blocks.message import Message
from bot.blocks.oncall_notices import exported_message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.errors import BotError, NotAllowed
from bot.listeners.kept_posts import KeptPosts
from bot.listeners.listings import Asked, Listings
from bot.listeners.payloads import Command
from bot.listeners.refusals import Refusals
from bot.query import folded
from bot.slack import Slack
from bot.store import Store
from bot.triage.access import Access

log = structlog.get_logger(__name__)

Answer = Callable[[Command, str], Awaitable[Message | None]]
"""Answers a command, given what follows its first word; None where something else is the answer."""

_LONGEST = 40  # characters of a mistyped word that are repeated
_QUOTES = '"“”„'


class TriageCommands:
    """Answers what people type of on-call."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        *,
        listings: Listings,
        posts: KeptPosts,
        origin: Origin,
        slack: Slack,
        store: Store,
        access: Access,
        refusals: Refusals,
        now: Callable[[], datetime],
    ) -> None:
        self._listings = listings
        self._posts = posts
        self._origin = origin
        self._slack = slack
        self._store = store
        self._access = access
        self._refusals = refusals
        self._now = now
        self.answers: Mapping[str, Answer] = {
            "handoff": self._handoff,
            "history": self._history,
            "audit": self._audit,
        }
        """The first words of what is answered here."""

    async def typed(self, command: Command, word: str, rest: str) -> None:
        """Answer a command by its first word. Raise ``SlackError``."""
        try:
            message = await self.answers[word](command, rest)
        except BotError as error:
            log.info("command refused", word=word, error=type(error).__name__, what=str(error))
            message = failure_message(error)
        if message is not None:
            await self._slack.respond(command.response_url, message)

    async def _handoff(self, command: Command, rest: str) -> None:
        if rest:
            raise BotError(
                "A handoff has nothing to choose.", "Write /pending-images handoff and no more."
            )
        composed_at = await self._posts.composing()
        found = await self._listings.matching(ListingState(), command.user_id)
        handoff = Handoff(
            images=found.images,
            look=found.look,
            by=command.user_id,
            origin=self._origin,
            fetched_at=found.fetched_at,
            cut_at=found.cut_at,
        )
        asked = Asked(command.user_id, command.channel_id, command.response_url)
        await self._posts.post(asked, handoff_message(handoff), composed_at)
        log.info("shift handed off", user=command.user_id, channel=command.channel_id)

    async def _history(self, _command: Command, rest: str) -> Message:
        wanted = rest.strip(_QUOTES).strip()
        if not wanted:
            raise BotError(
                "There is no image to tell the history of.",
                "Write its id, or a part of its name, as in /pending-images history ubuntu.",
            )
        entries = await self._store.audit.of(wanted, RECORD_SHOWN + 1)
        more = len(entries) > RECORD_SHOWN
        return image_history_message(entries[:RECORD_SHOWN], wanted, more=more)

    async def _audit(self, command: Command, rest: str) -> Message:
        if folded(rest) != "export":
            raise BotError(
                f'I do not know "{f"audit {rest[:_LONGEST]}".strip()}".',
                "Write /pending-images audit export for the whole record as a file.",
            )
        try:
            await self._access.check_approver(command.user_id)
        except NotAllowed as why:
            await self._refusals.record(
                "audit export", None, command.user_id, command.channel_id, why
            )
            raise
        entries = [entry async for entry in self._store.audit.every()]
        channel = await self._slack.open_dm(command.user_id)
        await self._slack.upload(
            channel,
            f"pending-images-audit-{self._now():%Y%m%d-%H%M%S}.csv",
            audit_csv(entries).encode(),
            title="Record of on-call's triage",
            comment=f"{len(entries):,} entries, the oldest first.",
        )
        log.info("record exported", user=command.user_id, entries=len(entries))
        return exported_message(len(entries))

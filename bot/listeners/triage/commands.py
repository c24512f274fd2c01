"""What people type of on-call: ``handoff``, ``history`` and ``audit``."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.blocks.failures import failure_message
from bot.blocks.limits import RECORD_SHOWN
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.blocks.triage.handoff import Handoff, handoff_message
from bot.blocks.triage.image_history import image_history_message
from bot.blocks.triage.notices import exported_message
from bot.errors import BotError
from bot.listeners.listings.kept_posts import KeptPosts
from bot.listeners.listings.listings import Asked, Listings
from bot.listeners.payloads import Command
from bot.listeners.triage.audit_export import AuditExport
from bot.query import folded
from bot.slack import Slack
from bot.store import Store

log = structlog.get_logger(__name__)

Answer = Callable[[Command, str], Awaitable[Message | None]]
"""Answers a command, given what follows its first word; None where something else is the answer."""

_LONGEST = 40  # characters of a mistyped word that are repeated
_QUOTES = '"“”„'


class TriageCommands:
    """Answers what people type of on-call."""

    def __init__(
        self,
        *,
        listings: Listings,
        posts: KeptPosts,
        origin: Origin,
        slack: Slack,
        store: Store,
        export: AuditExport,
    ) -> None:
        self._listings = listings
        self._posts = posts
        self._origin = origin
        self._slack = slack
        self._store = store
        self._export = export
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
        return exported_message(await self._export.send(command))

"""What people type of digests: ``/pending-images digest …``."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from functools import partial

import structlog

from bot.blocks.failures import typed_failure_message
from bot.blocks.message import Message
from bot.blocks.schedules import notices
from bot.blocks.schedules.help import schedule_help_message
from bot.blocks.schedules.state import ScheduleState
from bot.errors import BotError, DigestCommandError
from bot.listeners.digests.digests import Digests
from bot.listeners.digests.form import ScheduleForm
from bot.listeners.digests.query_check import QueryCheck
from bot.listeners.listings.listings import Asked
from bot.listeners.payloads import Command
from bot.listeners.places import DEFAULT_ZONE, zone_of
from bot.query import WIDE_SIGNS, folded
from bot.schedule import draft_of, parse_add, parse_edit
from bot.slack import Slack

log = structlog.get_logger(__name__)

_NUMBER = re.compile("#?([0-9]{1,9})")
_LONGEST = 40  # characters of a mistyped word that are compared and repeated

Answer = Callable[[Command, str], Awaitable[Message | None]]
"""Answers a command, given what follows the subcommand's word; None where a form is the answer."""


class DigestCommands:
    """Answers what people type after ``digest``."""

    def __init__(
        self, digests: Digests, form: ScheduleForm, check: QueryCheck, slack: Slack
    ) -> None:
        self._digests = digests
        self._check = check
        self._form = form
        self._slack = slack
        self.answers: Mapping[str, Answer] = {
            "list": self._list,
            "add": self._add,
            "edit": self._edit,
            "pause": partial(self._do, "pause", digests.pause),
            "resume": partial(self._do, "resume", digests.resume),
            "send": partial(self._do, "send", digests.send),
            "preview": self._preview,
            "history": self._history,
            "delete": self._delete,
            "help": self._help,
        }
        """What there is to type after ``digest``."""

    async def typed(self, command: Command) -> None:
        """Answer a command that starts with ``digest``. Raise ``SlackError``."""
        _, text = _first_word(command.typed)
        try:
            message = await self._answer(command, text)
        except BotError as error:
            # What was typed is gone from Slack's input, so that every refusal repeats it.
            log.info("digest command refused", error=type(error).__name__, what=str(error))
            message = typed_failure_message(error, command.typed)
        if message is not None:
            await self._slack.respond(command.response_url, message)

    async def _answer(self, command: Command, text: str) -> Message | None:
        word, rest = _first_word(text)
        answer = self.answers.get(folded(word) or "list")
        if answer is None:
            raise self._unknown(word, rest)
        return await answer(command, rest)

    def _unknown(self, word: str, rest: str) -> DigestCommandError:
        """Return the mistake of a word that is no subcommand."""
        what = f'I do not know "digest {word[:_LONGEST]}".'
        if re.match("[0-9]{1,2}:", word.translate(WIDE_SIGNS)):
            meant = f"digest add {word} {rest}".strip()
            return DigestCommandError(
                what, "To set one up, write add before the time.", suggestion=meant
            )
        near = get_close_matches(folded(word[:_LONGEST]), self.answers, n=1, cutoff=0.5)
        if not near:
            return DigestCommandError(what, f"After digest comes {', '.join(self.answers)}.")
        meant = f"digest {near[0]} {rest}".strip()
        return DigestCommandError(what, f'Did you mean "{near[0]}"?', suggestion=meant)

    async def _help(self, _command: Command, _rest: str) -> Message:
        return schedule_help_message()

    async def _list(self, command: Command, _rest: str) -> Message:
        return await self._digests.shown(command.channel_id, ScheduleState())

    async def _add(self, command: Command, rest: str) -> Message | None:
        if not rest:
            await self._form.open_add(command.trigger_id, _asked_by(command))
            return None
        zone = await zone_of(self._slack, command.user_id)
        draft = parse_add(rest, channel=command.channel_id, timezone=zone or DEFAULT_ZONE)
        typed = draft.timetable.timezone.casefold() in folded(rest)
        adding = self._digests.add(
            command.user_id, draft, command.trigger_id, zone_guessed=zone is None and not typed
        )
        saved, count = await asyncio.gather(adding, self._check.in_words(draft.query))
        return await self._shown(command, saved.schedule.id, f"{saved.said}{count}")

    async def _edit(self, command: Command, rest: str) -> Message | None:
        number, pieces = _first_word(rest)
        schedule_id = _number(number, "edit")
        if not pieces:
            await self._form.open_edit(command.trigger_id, _asked_by(command), schedule_id)
            return None
        schedule = await self._digests.changeable(command.user_id, command.channel_id, schedule_id)
        draft = parse_edit(pieces, draft_of(schedule))
        if draft == draft_of(schedule):
            return await self._shown(command, schedule_id, notices.unchanged_text(schedule))
        changing = self._digests.change(command.user_id, schedule, draft)
        saved, count = await asyncio.gather(changing, self._check.in_words(draft.query))
        return await self._shown(command, schedule_id, f"{saved.said}{count}")

    async def _do(
        self,
        word: str,
        deed: Callable[[str, str, int], Awaitable[str]],
        command: Command,
        rest: str,
    ) -> Message:
        schedule_id = _number(rest, word)
        said = await deed(command.user_id, command.channel_id, schedule_id)
        return await self._shown(command, schedule_id, said)

    async def _delete(self, command: Command, rest: str) -> Message:
        schedule_id = _number(rest, "delete")
        return await self._digests.deletion(command.user_id, command.channel_id, schedule_id)

    async def _preview(self, command: Command, rest: str) -> Message:
        return await self._digests.preview(command.channel_id, _number(rest, "preview"))

    async def _history(self, command: Command, rest: str) -> Message:
        schedule_id = _number(rest, "history") if rest else None
        return await self._digests.history(command.channel_id, schedule_id)

    async def _shown(self, command: Command, schedule_id: int, said: str) -> Message:
        state = ScheduleState(schedule_id=schedule_id)
        return await self._digests.shown(command.channel_id, state, said)


def _asked_by(command: Command) -> Asked:
    return Asked(command.user_id, command.channel_id, command.response_url)


def _first_word(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def _number(text: str, word: str) -> int:
    """Return the digest's number that was typed, as ``3`` or ``#3``."""
    matched = _NUMBER.fullmatch(text.translate(WIDE_SIGNS))
    if matched is None:
        raise DigestCommandError(
            f'"{text[:_LONGEST]}" is not the number of a digest.'
            if text
            else "There is no number of a digest.",
            f'Write it after the word, as in "digest {word} 3". '
            "/pending-images digest shows the numbers of this channel's digests.",
        )
    return int(matched[1])

"""Who may read, and who may decide: asked at every click, not when a button was drawn."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

import structlog

from bot.background.elapsed import elapsed
from bot.errors import NotAllowed, SlackError
from bot.scp.flight import join, launch
from bot.slack import Person, Slack

KEPT_SECONDS = 60.0
"""For so long the bot may go by what Slack said of a person or a user group."""

PATIENCE_SECONDS = 2.0
"""How long a click waits for what Slack says of a person, a 429 and its wait included: the window
that it is to open has three (``slack/facts.md``)."""

KEPT_AT_MOST = 10_000
"""Answers that are kept; at one more, those too old are dropped."""

ASKED_MAX = 5
"""How many people a refusal names."""

LATE = "late"
"""Our code beside Slack's own: it may still tell, but nobody waits for it any more."""

UNKNOWN_PERSON = frozenset({"user_not_found", "user_not_visible"})
"""Slack's own words for somebody who is not of this workspace."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

T = TypeVar("T")


class Access:
    """Admits people to the bot, and approvers to decisions.

    ``approvers`` and ``readers`` are ids of users and of user groups; approvers may read whatever
    ``readers`` says, and without readers everybody may but guests and strangers. ``channels``:
    where the bot answers; none: anywhere. ``account``: our id in Samsung Cloud, without which
    nothing can be decided.
    """

    def __init__(
        self,
        slack: Slack,
        *,
        approvers: AbstractSet[str],
        readers: AbstractSet[str],
        channels: Iterable[str],
        account: str | None,
        team: str | None = None,
    ) -> None:
        self._approvers = approvers
        self._readers = readers
        self._channels = frozenset(channels)
        self._account = account
        self.team = team
        """Id of the workspace that the bot is of; until Slack has told it, nobody is admitted."""
        self._people = _Kept(slack.person)
        self._groups = _Kept(slack.group_members)

    @property
    def decisions_off(self) -> str:
        """Why nobody may decide anything; empty where approvers may."""
        missing = [
            name
            for name, value in (("APPROVERS", self._approvers), ("SCP_ACCOUNT_ID", self._account))
            if not value
        ]
        return f"Decisions are off: {' and '.join(missing)} not set." if missing else ""

    @property
    def anybody_releases(self) -> bool:
        """Whether everybody may release another's claim: there is nobody else to ask."""
        return not self._approvers

    async def admit(self, user_id: str, team_id: str | None, channel_id: str | None) -> None:
        """Raise ``NotAllowed`` where the bot does not answer this person, or not there.

        ``team_id`` is the workspace that Slack names beside the person; no ``channel_id``: the App
        Home, or a window that belongs to no channel.
        """
        if channel_id and self._channels and channel_id not in self._channels:
            where = ", ".join(f"<#{channel}>" for channel in sorted(self._channels))
            raise NotAllowed("The bot does not answer in this channel.", f"Use it in {where}.")
        await self._check_person(user_id, team_id)
        if self._readers and not await self._is_reader(user_id):
            raise NotAllowed(
                "You are not among those whom the bot answers (READERS).",
                "Ask the bot's operators to add you, or a user group of yours.",
            )

    async def check_approver(self, user_id: str) -> None:
        """Raise ``NotAllowed`` unless this person may decide now, as far as Slack tells."""
        if off := self.decisions_off:
            raise NotAllowed(off, "Ask the bot's operators to set it.")
        doubt = await self._doubt(user_id)
        if doubt is not None:
            raise NotAllowed(
                f"Only approvers may do that. {doubt}".strip(),
                "Ask an approver, or the bot's operators to make you one (APPROVERS).",
                ask=tuple(sorted(_users(self._approvers))[:ASKED_MAX]),
            )

    async def is_approver(self, user_id: str) -> bool:
        """Tell whether this person may decide now; False too where Slack does not tell."""
        return not self.decisions_off and await self._doubt(user_id) is None

    async def _check_person(self, user_id: str, team_id: str | None) -> None:
        """Raise ``NotAllowed`` for a guest, a stranger, or one who has left."""
        if self.team is None:  # who is a stranger cannot be told
            raise NotAllowed("The bot is starting.", "Try again in a minute.")
        try:
            person = await self._people.get(user_id)
        except SlackError as error:
            self._check_unknown(user_id, team_id, error)
            return
        if person.is_guest:
            raise NotAllowed(
                "The bot does not answer guests of the workspace.",
                "Ask a full member to look for you.",
            )
        if person.deleted or self._is_strange(person):
            raise _stranger()

    def _check_unknown(self, user_id: str, team_id: str | None, error: SlackError) -> None:
        """Admit whom Slack does not tell anything of, unless readers are set or it is odd."""
        strange = bool(team_id and team_id != self.team)
        if strange or error.code in UNKNOWN_PERSON:
            raise _stranger() from error
        if self._readers:
            raise NotAllowed(
                f"The bot could not find out whether it may answer you: {_reason(error)}.",
                "Try again in a minute.",
            ) from error
        log.warning("admitted unseen: Slack does not tell", user=user_id, code=error.code)

    def _is_strange(self, person: Person) -> bool:
        theirs = {person.team_id, *person.teams} - {None}
        return person.is_stranger or bool(theirs and self.team not in theirs)

    async def _is_reader(self, user_id: str) -> bool:
        try:
            return await self._is_among(user_id, self._readers | self._approvers)
        except SlackError as error:
            raise NotAllowed(
                f"The bot could not find out whether you are a reader: {_reason(error)}.",
                "Try again in a minute, or ask the bot's operators.",
            ) from error

    async def _doubt(self, user_id: str) -> str | None:
        """Return None for an approver, else why nobody knows whether this is one, if so."""
        try:
            if not await self._is_among(user_id, self._approvers):
                return ""
            person = await self._people.get(user_id)
        except SlackError as error:
            log.warning("not known whether an approver", user=user_id, code=error.code)
            return f"Slack does not tell the bot whether you are one: {_reason(error)}."
        return "" if person.is_guest or person.deleted or self._is_strange(person) else None

    async def _is_among(self, user_id: str, wanted: AbstractSet[str]) -> bool:
        """Tell whether a user is named, or of a group that is. Raise ``SlackError``."""
        if user_id in wanted:
            return True
        groups = sorted(wanted - _users(wanted))
        failure: SlackError | None = None
        for asked in await asyncio.gather(
            *(self._groups.get(group) for group in groups), return_exceptions=True
        ):
            if isinstance(asked, SlackError):
                failure = asked
            elif isinstance(asked, BaseException):
                raise asked
            elif user_id in asked:
                return True
        if failure:
            raise failure
        return False


class _Kept(Generic[T]):
    """Answers of Slack by id, each asked for once however many wait for it, and kept a while."""

    def __init__(self, ask: Callable[[str], Awaitable[T]]) -> None:
        self._ask = ask
        self._kept: dict[str, tuple[float, T]] = {}
        self._asking: dict[str, asyncio.Task[T]] = {}

    async def get(self, key: str) -> T:
        """Return what Slack says, or said less than ``KEPT_SECONDS`` ago. Raise ``SlackError``."""
        asked_at, answer = self._kept.get(key, (0.0, None))
        if answer is not None and elapsed() - asked_at < KEPT_SECONDS:
            return answer
        if key not in self._asking:
            self._asking[key] = launch(self._ask_and_keep(key))
        return await join(self._asking[key])

    async def _ask_and_keep(self, key: str) -> T:
        asked_at = elapsed()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._ask(key)
        except TimeoutError as error:
            raise SlackError("Slack did not tell it in time.", code=LATE) from error
        finally:
            del self._asking[key]
        self._make_room(asked_at)
        self._kept[key] = (asked_at, answer)
        return answer

    def _make_room(self, now: float) -> None:
        if len(self._kept) >= KEPT_AT_MOST:
            young = {k: v for k, v in self._kept.items() if now - v[0] < KEPT_SECONDS}
            self._kept = young


def _users(ids: AbstractSet[str]) -> frozenset[str]:
    """Return the users among ids of users and user groups (``S…``)."""
    return frozenset(each for each in ids if not each.startswith("S"))


def _stranger() -> NotAllowed:
    return NotAllowed(
        "The bot answers members of its own workspace only.",
        "Ask one of them to look for you.",
    )


def _reason(error: SlackError) -> str:
    if error.code == "missing_scope":
        return "the app lacks the scope users:read or usergroups:read"
    return "it did not answer"

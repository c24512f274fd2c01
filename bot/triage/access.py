"""Who may read, and who may decide: asked at every click, not when a button was drawn."""

import asyncio
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import structlog

from bot.errors import NotAllowed, NotKnown, SlackError
from bot.slack import Person, Slack
from bot.triage.kept import Kept

KEPT_SECONDS = 60.0
"""For so long the bot goes by what Slack said of a user group; what it said of a person is asked
for again behind the scenes (``bot.triage.acquaintance``)."""

PERSON_HOLDS_SECONDS = 900.0
"""For so long what Slack said of a person holds, whether a guest, or of the workspace at all: of
two hundred approvers nobody can ask Slack every minute. Who is deactivated cannot click."""

ASKED_MAX = 5
"""How many people a refusal names."""

UNKNOWN_PERSON = frozenset({"user_not_found", "user_not_visible"})
"""Slack's own words for somebody who is not of this workspace."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def decisions_off(approvers: AbstractSet[str], account: str | None) -> str:
    """Return why nobody may decide anything; empty where approvers may."""
    settings = (("APPROVERS", approvers), ("SCP_ACCOUNT_ID", account))
    missing = [name for name, value in settings if not value]
    return f"Decisions are off: {' and '.join(missing)} not set." if missing else ""


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
        self._people = Kept(slack.person, fresh=KEPT_SECONDS, holds=PERSON_HOLDS_SECONDS)
        self._groups = Kept(slack.group_members, fresh=KEPT_SECONDS, holds=KEPT_SECONDS)

    @property
    def decisions_off(self) -> str:
        """Why nobody may decide anything; empty where approvers may."""
        return decisions_off(self._approvers, self._account)

    @property
    def anybody_releases(self) -> bool:
        """Whether everybody may release another's claim: there is nobody else to ask."""
        return not self._approvers

    def answers_in(self, channel_id: str) -> bool:
        """Tell whether people may use the bot in a channel."""
        return not self._channels or channel_id in self._channels

    async def admit(
        self, user_id: str, team_id: str | None, channel_id: str | None, *, acting: bool = False
    ) -> None:
        """Raise ``NotAllowed`` where the bot does not answer this person, or not there.

        ``team_id`` is the workspace that Slack names beside the person; no ``channel_id``: the App
        Home, or a window that belongs to no channel. ``acting``: who is to do more than read has to
        be known; ``NotKnown`` where Slack does not tell. Waits no longer than for one answer.
        """
        self._check_channel(channel_id)
        if self.team is None:  # who is a stranger cannot be told
            raise NotKnown("The bot is starting.", "Try again in a minute.")
        readers = self._readers | self._approvers if self._readers else frozenset[str]()
        person, is_reader = await self._asked(user_id, readers)
        if isinstance(person, Person):
            self._check_person(person)
            # Slack contradicts itself: enough to read by, and to do nothing by.
            if acting and team_id and team_id not in {self.team, *person.teams}:
                raise _stranger()
        else:
            self._check_unseen(user_id, team_id, person, acting=acting)
        if self._readers:
            _check_reader(is_reader)

    async def check_approver(self, user_id: str) -> None:
        """Raise ``NotAllowed`` unless this person may decide now, ``NotKnown`` where none tells."""
        if off := self.decisions_off:
            raise NotAllowed(off, "Ask the bot's operators to set it.")
        if not await self.may_approve(user_id):
            raise NotAllowed(
                "Only approvers may do that.",
                "Ask an approver, or the bot's operators to make you one (APPROVERS).",
                ask=self._whom_to_ask(user_id),
            )

    async def may_approve(self, user_id: str) -> bool:
        """Tell whether this person may decide now. Raise ``NotKnown`` where Slack does not tell."""
        if self.decisions_off:
            return False
        person, is_among = await self._asked(user_id, self._approvers)
        if is_among is False or _is_unknown(person):
            return False
        for failure in (is_among, person):
            if isinstance(failure, SlackError):
                log.warning("not known whether an approver", user=user_id, code=failure.code)
                raise _not_known("an approver", failure) from failure
        return isinstance(person, Person) and self._is_member(person)

    async def is_approver(self, user_id: str) -> bool:
        """Tell whether this person may decide now; False too where Slack does not tell."""
        try:
            return await self.may_approve(user_id)
        except NotKnown:
            return False

    async def to_renew(self, at_most: int) -> list[str]:
        """Return whom to ask Slack of, so that nobody need wait for that at a click.

        Approvers come first: without them nothing is decided.
        """
        groups = sorted(self._approvers - _users(self._approvers))
        told = await asyncio.gather(*map(self._groups.told, groups))
        members = [each for each in told if not isinstance(each, SlackError)]
        return self._people.to_renew(_users(self._approvers).union(*members), at_most)

    async def renew(self, user_id: str) -> None:
        """Ask Slack of a person, for later. Raise ``SlackError``."""
        await self._people.renew(user_id)

    def _whom_to_ask(self, user_id: str) -> tuple[str, ...]:
        """Return some of those who may decide: nobody of whom Slack has said that they may not."""
        others = sorted(_users(self._approvers) - {user_id})
        told = [(each, self._people.last(each)) for each in others]
        may = [each for each, last in told if last is None or self._is_member(last)]
        return tuple(may[:ASKED_MAX])

    async def _asked(
        self, user_id: str, wanted: AbstractSet[str]
    ) -> tuple[Person | SlackError, bool | SlackError]:
        """Return who this is, and whether they are among those wanted: both asked at once."""
        return await asyncio.gather(self._people.told(user_id), self._is_among(user_id, wanted))

    def _check_channel(self, channel_id: str | None) -> None:
        if channel_id and not self.answers_in(channel_id):
            where = ", ".join(f"<#{channel}>" for channel in sorted(self._channels))
            raise NotAllowed("The bot does not answer in this channel.", f"Use it in {where}.")

    def _check_person(self, person: Person) -> None:
        """Raise ``NotAllowed`` for a guest, a stranger, or one who has left."""
        if person.is_guest:
            raise NotAllowed(
                "The bot does not answer guests of the workspace.",
                "Ask a full member to look for you.",
            )
        if not self._is_member(person):
            raise _stranger()

    def _check_unseen(
        self, user_id: str, team_id: str | None, error: SlackError, *, acting: bool
    ) -> None:
        """Let read of whom Slack does not tell now, unless readers are set or they were odd once.

        Whoever was a member when Slack last told may act too.
        """
        strange = bool(team_id and team_id != self.team)
        if strange or _is_unknown(error):
            raise _stranger() from error
        before = self._people.last(user_id)
        if before is not None:
            self._check_person(before)
        if self._readers or (acting and before is None):
            raise _not_known("somebody whom it answers", error) from error
        log.warning("admitted unseen: Slack does not tell", user=user_id, code=error.code)

    def _is_member(self, person: Person) -> bool:
        """Tell whether somebody is of this workspace, and no guest."""
        theirs = {person.team_id, *person.teams} - {None}
        strange = person.is_stranger or bool(theirs and self.team not in theirs)
        return not (strange or person.is_guest or person.deleted)

    async def _is_among(self, user_id: str, wanted: AbstractSet[str]) -> bool | SlackError:
        """Return whether a user is named, or of a group that is; or why Slack does not tell."""
        if user_id in wanted:
            return True
        groups = sorted(wanted - _users(wanted))
        told = await asyncio.gather(*map(self._groups.told, groups))
        if any(user_id in each for each in told if not isinstance(each, SlackError)):
            return True
        return next((each for each in told if isinstance(each, SlackError)), False)


def _check_reader(is_reader: bool | SlackError) -> None:
    if isinstance(is_reader, SlackError):
        raise _not_known("a reader", is_reader) from is_reader
    if not is_reader:
        raise NotAllowed(
            "You are not among those whom the bot answers (READERS).",
            "Ask the bot's operators to add you, or a user group of yours.",
        )


def _users(ids: AbstractSet[str]) -> frozenset[str]:
    """Return the users among ids of users and user groups (``S…``)."""
    return frozenset(each for each in ids if not each.startswith("S"))


def _stranger() -> NotAllowed:
    return NotAllowed(
        "The bot answers members of its own workspace only.",
        "Ask one of them to look for you.",
    )


def _is_unknown(told: object) -> bool:
    return isinstance(told, SlackError) and told.code in UNKNOWN_PERSON


def _not_known(what: str, error: SlackError) -> NotKnown:
    return NotKnown(
        f"Slack does not tell the bot whether you are {what}: {_reason(error)}.",
        "Nothing was done. Try again in a minute, or ask the bot's operators.",
    )


def _reason(error: SlackError) -> str:
    if error.code == "missing_scope":
        return "the app lacks the scope users:read or usergroups:read"
    return "it did not answer"

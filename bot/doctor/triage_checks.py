"""The doctor's look at triage: who may decide, who is called, and where."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from bot.doctor.check import Check, skipped, within_time
from bot.doctor.scp_checks import ACCOUNT
from bot.doctor.settings_checks import Survey
from bot.errors import BotError
from bot.settings import Settings
from bot.slack import Person, Slack

APPROVERS = "approvers"
READERS = "readers"
ONCALL = "on-call"
DECISIONS = "decisions"

_NAMED = 5
"""So many people a check names."""

_TWO = 2


class _Office(msgspec.Struct, frozen=True):
    """Where people are looked up, and what settings can be gone by."""

    survey: Survey
    slack: Slack
    team: str


def check_decisions(survey: Survey, settings: Settings, others: Iterable[Check]) -> Check:
    """Tell whether images can be accepted and rejected in Slack, or why the buttons are absent.

    ``others``: what was checked besides; who may decide, and for which account, is among it.
    """
    if obstacle := survey.obstacle("approvers", "scp_account_id"):
        return skipped(DECISIONS, obstacle)
    needed = [check for check in others if check.name in (APPROVERS, ACCOUNT)]
    if wrong := [check.name for check in needed if check.status == "failed"]:
        return skipped(DECISIONS, f"{' and '.join(wrong)} failed, see above.")
    if settings.approvers and settings.scp_account_id:
        rule = f"TWO_PERSON={settings.two_person}, UNDO_MINUTES={settings.undo_minutes:g}"
        return Check(DECISIONS, "ok", f"Approvers can accept and reject in Slack; {rule}.")
    if settings.approvers:
        return Check(
            DECISIONS,
            "failed",
            "APPROVERS is set, but SCP_ACCOUNT_ID is not: nobody can decide, buttons are absent.",
            "Set SCP_ACCOUNT_ID; SCP's console shows it under IAM, Account information.",
        )
    return Check(
        DECISIONS,
        "skipped",
        "Off: APPROVERS is not set, so nobody can accept or reject in Slack; buttons are absent.",
        "Name users or user groups in APPROVERS, where on-call is to decide.",
    )


async def check_people(survey: Survey, settings: Settings, slack: Slack, team: str) -> list[Check]:
    """Ask Slack who the approvers, the readers and on-call are; ``team`` is the workspace's id."""
    office = _Office(survey, slack, team)
    approvers, readers, oncall = await asyncio.gather(
        _approvers(office, settings),
        _among(office, READERS, settings.readers),
        _oncall(office, settings),
    )
    return [check for check in (approvers, readers, oncall) if check is not None]


async def _approvers(office: _Office, settings: Settings) -> Check | None:
    found = await _among(office, APPROVERS, settings.approvers)
    if found is None or found.status != "ok" or settings.two_person == "never":
        return found
    if len(await _people(office.slack, settings.approvers)) < _TWO:
        return Check(
            APPROVERS,
            "failed",
            f"{found.found} TWO_PERSON={settings.two_person} asks for two.",
            "Name a second approver, or set TWO_PERSON=never.",
        )
    return found


async def _oncall(office: _Office, settings: Settings) -> Check | None:
    found = await _among(office, ONCALL, settings.oncall)
    if found is None or found.status != "ok" or settings.watch_channel:
        return found
    return Check(
        ONCALL,
        "warning",
        f"{found.found} Nobody will be called: WATCH_CHANNEL is not set.",
        "Set WATCH_CHANNEL: on-call is mentioned in the thread of an image's card there.",
    )


async def _among(office: _Office, name: str, ids: Iterable[str]) -> Check | None:
    """Return the check of a setting that names people; None where it names nobody."""
    setting = name.replace("-", "").upper()
    if obstacle := office.survey.obstacle(setting.lower(), "slack_bot_token", "slack_api_url"):
        return skipped(name, obstacle)
    if not ids:
        return None
    try:
        people = await _people(office.slack, ids)
        odd = await _odd(office, sorted(people))
    except BotError as error:
        remedy = "The app needs users:read and usergroups:read; correct the ids in"
        return Check(name, "failed", str(error), f"{error.remedy} {remedy} {setting}.".strip())
    return _judged(name, setting, people, odd)


def _judged(name: str, setting: str, people: Iterable[str], odd: Sequence[str]) -> Check:
    count = len(set(people))
    if odd:
        found = f"{', '.join(odd[:_NAMED])}: the bot refuses those."
        return Check(name, "failed", found, f"Correct {setting}.")
    if not count:
        found = "The user groups named have no members."
        return Check(name, "failed", found, f"Correct {setting}, or fill the groups.")
    return Check(name, "ok", f"{count} {'person' if count == 1 else 'people'}.")


async def _people(slack: Slack, ids: Iterable[str]) -> frozenset[str]:
    """Return the users named and the members of the groups named. Raise ``BotError``."""
    groups = [each for each in ids if each.startswith("S")]
    members = await asyncio.gather(*(within_time(slack.group_members(each)) for each in groups))
    return frozenset(each for each in ids if not each.startswith("S")).union(*members)


async def _odd(office: _Office, users: Sequence[str]) -> list[str]:
    """Return what is wrong with the people whom the bot would refuse. Raise ``BotError``."""
    people = [await within_time(office.slack.person(user)) for user in users]
    found = [(person, _why(person, office.team)) for person in people]
    return [f"{person.name} ({person.id}) {why}" for person, why in found if why]


def _why(person: Person, team: str) -> str:
    if person.deleted:
        return "has left"
    if person.is_bot:
        return "is a bot"
    if person.is_guest:
        return "is a guest"
    theirs = person.teams | ({person.team_id} if person.team_id else set())
    strange = person.is_stranger or (theirs and team not in theirs)
    return "is of another workspace" if strange else ""

"""The doctor's look at the settings, and what follows from them without asking anybody."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bot.app import drafts_of
from bot.doctor.check import Check, skipped
from bot.schedule import next_occurrence
from bot.settings import Need, Problem, Settings, read_settings

SETTINGS = "settings"
"""The name, or its beginning, of every check of a setting."""

_README = "README.md, section Settings, tells where each setting comes from and what it may be."
_DIGEST = ("digest_channels", "digest_time", "digest_days", "digest_timezone")


class Survey(msgspec.Struct, frozen=True):
    """The settings as far as they can be read."""

    settings: Settings
    """What is missing or wrong has its default here."""
    problems: Sequence[Problem]

    def obstacle(self, *names: str) -> str:
        """Return why what needs these settings cannot be checked; empty where it can."""
        broken = {problem.name for problem in self.problems}
        lacking = [name.upper() for name in names if name.upper() in broken]
        if not lacking:
            return ""
        return f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing or wrong."


def survey_settings() -> Survey:
    """Read what a bot that runs would read, and go on where something is wrong."""
    return Survey(*read_settings(Need.SLACK, Need.EVENTS, Need.SCP))


def check_settings(survey: Survey) -> list[Check]:
    """Return a check for every problem, or the one that says there is none."""
    if survey.problems:
        return [_problem(problem) for problem in survey.problems]
    return [Check(SETTINGS, "ok", f"BOT_MODE={survey.settings.bot_mode}, and nothing is missing.")]


def refused_checks(problems: Sequence[str]) -> list[Check]:
    """Return a failed check for each problem of a ``SettingsError`` that building raised."""
    named = [text.partition(": ") for text in problems]
    return [Check(f"{SETTINGS}: {names}", "failed", hint, _README) for names, _, hint in named]


def check_digest(survey: Survey, settings: Settings, now: datetime) -> Check:
    """Tell when the next digest is due; ``now`` is aware."""
    name = "next digest"
    if obstacle := survey.obstacle(*_DIGEST):
        return skipped(name, obstacle)
    if not settings.digest_channels:
        return Check(name, "skipped", "DIGEST_CHANNELS is not set: there is no digest.")
    timetable = drafts_of(settings)[0].timetable
    due = next_occurrence(0, timetable, now).due
    local = due.astimezone(ZoneInfo(settings.digest_timezone))
    hours, minutes = divmod(int((due - now).total_seconds()) // 60, 60)
    when = f"{local:%a %Y-%m-%d %H:%M} {settings.digest_timezone}"
    return Check(name, "ok", f"{when}, in {hours} h {minutes} min.")


def _problem(problem: Problem) -> Check:
    name = f"{SETTINGS}: {problem.name}"
    if problem.kind == "missing":
        return Check(name, "failed", "It is missing.", f"Set it to {problem.hint}")
    return Check(name, "failed", f"It is wrong: {problem.hint}", f"Correct it. {_README}")

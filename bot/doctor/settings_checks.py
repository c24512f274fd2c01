"""The doctor's look at the settings, and what follows from them without asking anybody."""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bot.app import schedule_of
from bot.doctor.check import Check, skipped
from bot.errors import SettingsError
from bot.schedule import next_occurrence
from bot.settings import DEFAULT_SECRETS_DIR, Need, Settings, load_settings

SETTINGS = "settings"
"""The name, or its beginning, of every check of a setting."""

_PROBLEM = re.compile(r"([A-Z_, ]+?)(?: is (missing|wrong))?: (.+)", re.DOTALL)
_README = "README.md, section Settings, tells where each setting comes from and what it may be."
_DIGEST = ("digest_channels", "digest_time", "digest_days", "digest_timezone")


class Survey(msgspec.Struct, frozen=True):
    """The settings as far as they can be read."""

    settings: Settings | None
    """What is missing or wrong has its default here; None where no setting could be read."""
    problems: Sequence[str]
    broken: frozenset[str]
    """Names of the settings that are missing or wrong, in lower case."""

    def obstacle(self, *names: str) -> str:
        """Return why what needs these settings cannot be checked; empty where it can."""
        lacking = [name.upper() for name in names if name in self.broken]
        if not lacking:
            return ""
        return f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing or wrong."


def survey_settings() -> Survey:
    """Read what a bot that runs would read, and go on where something is wrong."""
    try:
        settings = load_settings(Need.SLACK, Need.EVENTS, Need.SCP)
    except SettingsError as error:
        matches = map(_PROBLEM.match, error.problems)
        broken = frozenset(match[1].lower() for match in matches if match)
        return Survey(_without(broken), error.problems, broken)
    return Survey(settings, [], frozenset())


def check_settings(survey: Survey) -> list[Check]:
    """Return a check for every problem, or the one that says there is none."""
    if survey.problems or survey.settings is None:
        return problem_checks(survey.problems)
    return [Check(SETTINGS, "ok", f"BOT_MODE={survey.settings.bot_mode}, and nothing is missing.")]


def problem_checks(problems: Sequence[str]) -> list[Check]:
    """Return a failed check for each problem of a ``SettingsError``."""
    return [_problem(text) for text in problems]


def check_account(survey: Survey, settings: Settings) -> Check:
    """Tell whether messages can name our account."""
    name = "account id"
    if obstacle := survey.obstacle("scp_account_id"):
        return skipped(name, obstacle)
    if settings.scp_account_id is None:
        return Check(
            name,
            "warning",
            "SCP_ACCOUNT_ID is not set: messages cannot name the account.",
            "Set it; SCP's console shows it under IAM, Account information.",
        )
    return Check(name, "ok", settings.scp_account_id)


def check_digest(survey: Survey, settings: Settings, now: datetime) -> Check:
    """Tell when the next digest is due; ``now`` is aware."""
    name = "next digest"
    if obstacle := survey.obstacle(*_DIGEST):
        return skipped(name, obstacle)
    if not settings.digest_channels:
        return Check(name, "skipped", "DIGEST_CHANNELS is not set: there is no digest.")
    due = next_occurrence(schedule_of(settings), now).due
    local = due.astimezone(ZoneInfo(settings.digest_timezone))
    hours, minutes = divmod(int((due - now).total_seconds()) // 60, 60)
    when = f"{local:%a %Y-%m-%d %H:%M} {settings.digest_timezone}"
    return Check(name, "ok", f"{when}, in {hours} h {minutes} min.")


def _without(broken: frozenset[str]) -> Settings | None:
    """Read the settings with the default in place of what is missing or wrong."""
    secrets_dir = Path(os.environ.get("SECRETS_DIR") or DEFAULT_SECRETS_DIR)
    fields = Settings.model_fields
    try:
        return Settings(
            _env_file=".env",
            _env_file_encoding="utf-8",
            _secrets_dir=secrets_dir if secrets_dir.is_dir() else None,
            **{name: fields[name].default for name in broken if name in fields},
        )
    except (SettingsError, OSError, UnicodeDecodeError):
        return None  # its problems are in the survey already


def _problem(text: str) -> Check:
    match = _PROBLEM.match(text)
    if match is None:
        return Check(SETTINGS, "failed", text, _README)
    name, kind, hint = match.groups()
    if kind == "missing":
        return Check(f"{SETTINGS}: {name}", "failed", "It is missing.", f"Set it to {hint}")
    return Check(f"{SETTINGS}: {name}", "failed", f"It is wrong: {hint}", f"Correct it. {_README}")

"""``python -m bot doctor``: would the bot work with these settings, and if not, what to do."""

import asyncio
import sys
from datetime import datetime

from rich.console import Console

from bot.app import utc_now
from bot.doctor.check import Check
from bot.doctor.database_check import check_database
from bot.doctor.report import draw, fit_to_show, to_json
from bot.doctor.scp_checks import check_scp
from bot.doctor.settings_checks import (
    SETTINGS,
    Survey,
    check_digest,
    check_settings,
    survey_settings,
)
from bot.doctor.slack_checks import check_slack
from bot.doctor.triage_checks import check_decisions
from bot.logs import configure_logging


def run_doctor(*, as_json: bool) -> int:
    """Make every check that can be made, and print the report.

    Return 0 where none failed, 2 where a setting is missing or wrong, and 1 otherwise.
    """
    survey = survey_settings()
    secrets = survey.settings.secrets()
    configure_logging("error", secrets)  # anything less would disturb the table
    checks = [*check_settings(survey), *asyncio.run(_ask(survey, utc_now()))]
    checks = [fit_to_show(check, secrets) for check in checks]
    if as_json:
        sys.stdout.write(to_json(checks) + "\n")
    else:
        draw(checks, Console())
    return _exit_code(checks)


async def _ask(survey: Survey, now: datetime) -> list[Check]:
    settings = survey.settings
    slack, scp, database = await asyncio.gather(
        check_slack(survey, settings),
        check_scp(survey, settings, now.date()),
        check_database(survey, settings, now),
    )
    *scp, account = scp
    decisions = check_decisions(survey, settings, [*slack, account])
    digest = check_digest(survey, settings, now)
    return [*slack, *scp, database, account, digest, decisions]


def _exit_code(checks: list[Check]) -> int:
    failed = [check.name for check in checks if check.status == "failed"]
    if any(name.startswith(SETTINGS) for name in failed):
        return 2
    return 1 if failed else 0

"""Who may change a schedule, asked at every click: what a button was drawn for may be long ago."""

from collections.abc import Set as AbstractSet

import structlog

from bot.errors import NotAllowed, SlackError
from bot.listeners.places import in_time
from bot.schedule import Schedule
from bot.slack import Slack

log = structlog.get_logger(__name__)

ASKED_MAX = 5
"""How many people a refusal names."""


class Rights:
    """A schedule is its maker's, the administrators' of the settings, and the workspace's own."""

    def __init__(self, slack: Slack, admins: AbstractSet[str]) -> None:
        self._slack = slack
        self._admins = admins

    async def check(self, user_id: str, schedule: Schedule) -> None:
        """Raise ``NotAllowed``, which says whom to ask, where this person may not change it."""
        if schedule.made_by is None:
            raise NotAllowed(
                f"Digest {schedule.id} comes from the bot's settings (DIGEST_*) and is changed "
                "there alone.",
                "Ask the bot's operators, or add a digest of your own.",
            )
        if user_id == schedule.made_by:
            return
        doubt = await self._doubt(user_id)
        if doubt is not None:
            raise NotAllowed(
                f"Digest {schedule.id} is somebody else's. {doubt}".strip(),
                "Ask the one who made it, or an administrator.",
                ask=(schedule.made_by, *self._named()),
            )

    async def check_resuming(self, user_id: str, schedule: Schedule) -> None:
        """As ``check``; but one of the settings, which pauses itself alone, is administrators'."""
        if schedule.made_by is not None:
            await self.check(user_id, schedule)
            return
        doubt = await self._doubt(user_id)
        if doubt is not None:
            raise NotAllowed(
                f"Digest {schedule.id} comes from the bot's settings (DIGEST_*). {doubt}".strip(),
                "Ask an administrator of the workspace, or the bot's operators.",
                ask=self._named(),
            )

    def _named(self) -> tuple[str, ...]:
        return tuple(sorted(self._admins)[: ASKED_MAX - 1])

    async def _doubt(self, user_id: str) -> str | None:
        """Return None for an administrator, else why nobody knows whether this is one, if so."""
        if user_id in self._admins:
            return None
        try:
            person = await in_time(self._slack.person(user_id))
        except SlackError as error:
            log.info("not known whether an administrator", user=user_id, code=error.code)
            return f"Slack does not tell the bot who is an administrator: {_reason(error)}."
        return None if person.is_admin else ""


def _reason(error: SlackError) -> str:
    if error.code == "missing_scope":
        return "the app lacks the scope users:read"
    return "it did not answer; try again in a minute if you are one"

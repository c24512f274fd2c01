"""The doctor's look at Slack: tokens, scopes, the channels posted to, and people."""

import asyncio

from bot.app import clear, open_slack
from bot.doctor.check import Check, failure, skipped, within_time
from bot.doctor.settings_checks import Survey
from bot.doctor.triage_checks import check_people
from bot.errors import BotError
from bot.manifest import bot_scopes
from bot.settings import Settings
from bot.slack import REMEDIES, ChannelState, Identity, Slack

TOKEN = "Slack token"  # noqa: S105  a name to print
SCOPES = "scopes"
CHANNELS = "digest channels"
WATCH = "watch channel"


async def check_slack(survey: Survey, settings: Settings) -> list[Check]:
    """Ask Slack, with what is set, whether it would let the bot work."""
    async with open_slack(settings) as slack:
        bot, events = await asyncio.gather(
            _bot_checks(survey, settings, slack), _events_check(survey, settings, slack)
        )
    return [*bot[:2], events, *bot[2:]]


async def _bot_checks(survey: Survey, settings: Settings, slack: Slack) -> list[Check]:
    """Return the checks of the token and its scopes, then those of channels and people."""
    posted_to = _posted_to(settings)
    names = [SCOPES, *map(_channel_name, posted_to)]
    unread = [
        skipped(name, obstacle)
        for name, setting in ((CHANNELS, "digest_channels"), (WATCH, "watch_channel"))
        if (obstacle := survey.obstacle(setting))
    ]
    if obstacle := survey.obstacle("slack_bot_token", "slack_api_url"):
        return [*(skipped(name, obstacle) for name in [TOKEN, *names]), *unread]
    try:
        me = await within_time(slack.identity())
    except BotError as error:
        why = "the bot's token could not be used."
        token = failure(TOKEN, error)
        return [token, *(skipped(name, why) for name in names), *unread]
    token = Check(TOKEN, "ok", f"Workspace {me.team}, bot user {me.user_id}.")
    channels = await asyncio.gather(*(_channel_check(slack, channel) for channel in posted_to))
    people = await check_people(survey, settings, slack, me.team_id)
    return [token, _scopes_check(me), *channels, *unread, *people]


def _posted_to(settings: Settings) -> list[str]:
    """Return the channels to which the settings have the bot post, each once."""
    watched = [settings.watch_channel] if settings.watch_channel else []
    return list(dict.fromkeys([*settings.digest_channels, *watched]))


def _scopes_check(me: Identity) -> Check:
    wanted = bot_scopes()
    if not me.scopes:
        return Check(
            SCOPES,
            "warning",
            "Slack's answer does not name the token's scopes.",
            f"See under OAuth & Permissions that the bot has {_listed(wanted)}.",
        )
    if missing := wanted - me.scopes:
        return Check(
            SCOPES,
            "failed",
            f"Missing: {_listed(missing)}.",
            "Apply manifest.yaml to the Slack app and reinstall it to the workspace.",
        )
    if extra := me.scopes - wanted:
        return Check(
            SCOPES,
            "warning",
            f"All that it needs; not needed: {_listed(extra)}.",
            "Remove what is not needed from the Slack app: a stolen token could use it.",
        )
    return Check(SCOPES, "ok", f"As in manifest.yaml: {_listed(wanted)}.")


async def _channel_check(slack: Slack, channel_id: str) -> Check:
    name = _channel_name(channel_id)
    if channel_id.startswith("D"):
        why = "it is a direct message, which only a scope that the bot does not need could show."
        return skipped(name, why)
    try:
        channel = await within_time(slack.channel(channel_id))
    except BotError as error:
        return failure(name, error)
    return _membership(name, channel)


def _membership(name: str, channel: ChannelState) -> Check:
    if channel.is_archived:
        return Check(name, "failed", f"#{channel.name} is archived.", REMEDIES["is_archived"])
    if not channel.is_member:
        found = f"The bot is not a member of #{channel.name}."
        return Check(name, "failed", found, "Invite it there: /invite @pending-images")
    return Check(name, "ok", f"#{channel.name}, and the bot is a member.")


async def _events_check(survey: Survey, settings: Settings, slack: Slack) -> Check:
    """Tell whether commands and clicks can reach the bot."""
    if settings.bot_mode == "http":
        return _signing_secret_check(survey)
    name = "app token"
    if obstacle := survey.obstacle("slack_app_token", "slack_api_url", "bot_mode"):
        return skipped(name, obstacle)
    try:
        await within_time(slack.socket_address(clear(settings.slack_app_token)))
    except BotError as error:
        return failure(name, error)
    return Check(name, "ok", "Slack gives the bot a Socket Mode address.")


def _signing_secret_check(survey: Survey) -> Check:
    name = "signing secret"
    if obstacle := survey.obstacle("slack_signing_secret"):
        return skipped(name, obstacle)
    return Check(name, "ok", "It is set. Only a request from Slack can show that it is right.")


def _channel_name(channel_id: str) -> str:
    return f"channel {channel_id}"


def _listed(scopes: frozenset[str]) -> str:
    return ", ".join(sorted(scopes))

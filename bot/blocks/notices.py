"""Short notices: what happened instead of what was asked for, and what to do."""

from bot.blocks import ids
from bot.blocks.message import Message, actions, button, context, mrkdwn, plain, section
from bot.blocks.schedule_words import schedule_line
from bot.blocks.state import ListingState, to_value
from bot.query import Query
from bot.schedule import Schedule


def shared_without_bot_message() -> Message:
    """Return what to tell a person whose list was shared where the bot is no member."""
    said = "Shared, but the bot is not a member of this channel."
    return Message(
        f"{said} To have the bot post here itself, invite it.",
        [
            section(
                mrkdwn(
                    f":information_source: *{said}* The list was posted as an answer to you. "
                    "To have the bot post here itself, invite it with `/invite`."
                )
            )
        ],
    )


def expired_listing_message(state: ListingState) -> Message:
    """Return what to tell a person whose listing can be changed no more, with a way to a new one.

    Slack lets a message be changed for 30 minutes and five times a click (``slack/facts.md``).
    """
    said = "Your list is too old for Slack to change."
    kept = "Your filters are kept in this button."
    after = "This button opens a new one." if state.query == Query() else kept
    return Message(
        f"{said} Press Open the list for a new one.",
        [
            section(mrkdwn(f":information_source: *{said}* {after}")),
            actions("expired", [button("Open the list", ids.OPEN, to_value(state))]),
        ],
    )


def digest_refused_message(schedule: Schedule, failure: str) -> Message:
    """Return what to tell its maker, once, when Slack refuses the digests of a schedule.

    ``failure`` says what happened and what to do; it may quote Slack.
    """
    why = (
        "You made it" if schedule.made_by else "It is of the bot's settings, and you look after it"
    )
    name, where = f"Digest #{schedule.id}", f"<#{schedule.channel}>"
    if schedule.paused_at is not None:
        said, place = f"{name} has paused itself", f"{name} to {where} has paused itself"
        then = "`/pending-images digest` in its channel shows that, and resumes it."
    else:
        said, place = f"{name} could not be posted", f"{name} could not be posted to {where}"
        then = (
            "You are told once, until one arrives again. After three failures in a row it pauses"
            " itself; `/pending-images digest` in its channel shows that, and resumes it."
        )
    return Message(
        f"{said}. Open the message for what to do.",
        [
            section(mrkdwn(f":warning: *{place}.* {why}, so you are told.")),
            section(plain(f"It is due at {schedule_line(schedule)}.")),
            section(plain(failure or "Slack does not take it.")),
            context(mrkdwn(then)),
        ],
    )

"""Short notices: what happened instead of what was asked for, and what to do."""

from bot.blocks import ids
from bot.blocks.message import Message, actions, button, mrkdwn, section
from bot.blocks.state import ListingState, to_value
from bot.query import Query


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

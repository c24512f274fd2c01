"""Short notices: what happened instead of what was asked for, and what to do."""

from collections.abc import Sequence

from bot.blocks import ids
from bot.blocks.limits import OUTCOME_MAX, SCHEDULE_LINE_MAX
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    mrkdwn,
    plain,
    section,
)
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


def digests_refused_message(refused: Sequence[tuple[Schedule, str]]) -> Message:
    """Return what to tell their maker, once, when Slack refuses the digests of schedules.

    Of each it says what happened and what to do, which may quote Slack; ten fit a message.
    """
    said = [_what_was_refused(schedule) for schedule, _ in refused]
    text = said[0] if len(said) == 1 else f"{len(said)} digests could not be posted"
    blocks: list[Block] = []
    for what, (schedule, failure) in zip(said, refused, strict=True):
        blocks += [divider()] if blocks else []
        blocks += _refused_blocks(what, schedule, failure)
    return Message(f"{text}. Open the message for what to do.", blocks)


def _what_was_refused(schedule: Schedule) -> str:
    paused = schedule.paused_at is not None
    return f"Digest #{schedule.id} {'has paused itself' if paused else 'could not be posted'}"


def _refused_blocks(what: str, schedule: Schedule, failure: str) -> list[Block]:
    why = (
        "You made it" if schedule.made_by else "It is of the bot's settings, and you look after it"
    )
    where = f"<#{schedule.channel}>"
    if schedule.paused_at is not None:
        place = what.replace(" has", f" to {where} has")
        then = "`/pending-images digest` in its channel shows that, and resumes it."
    else:
        place = f"{what} to {where}"
        then = (
            "You are told once, until one arrives again. After three failures in a row it pauses"
            " itself; `/pending-images digest` in its channel shows that, and resumes it."
        )
    return [
        section(mrkdwn(f":warning: *{place}.* {why}, so you are told.")),
        section(plain(f"It is due at {schedule_line(schedule)}.", SCHEDULE_LINE_MAX)),
        section(plain(failure or "Slack does not take it.", OUTCOME_MAX)),
        context(mrkdwn(then)),
    ]

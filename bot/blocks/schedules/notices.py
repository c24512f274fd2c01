"""One line each: what was done to a digest, or why there was nothing to do. Our own mrkdwn."""

from datetime import datetime

from bot.blocks import ids
from bot.blocks.message import Block, Message, actions, button, context, mrkdwn, plain, section
from bot.blocks.schedule_words import query_words, schedule_line
from bot.blocks.schedules.state import ScheduleState, schedule_value
from bot.blocks.text import slack_date
from bot.schedule import Schedule


def added_text(schedule: Schedule, *, zone_guessed: bool = False, twin: int | None = None) -> str:
    """Say that a digest is set up.

    Also where the time zone of its maker is not known, by which; and the number of a twin.
    """
    said = f":white_check_mark: Digest *#{schedule.id}* is set up."
    if twin is not None:
        said += f" Digest *#{twin}* is just like it."
    if zone_guessed:
        said += (
            " Slack does not tell the bot your time zone, so its times are by the clocks of"
            f" {schedule.timetable.timezone}; `/pending-images digest edit {schedule.id}`"
            " changes that."
        )
    return said


def unchecked_text(schedule: Schedule) -> str:
    """Say that nobody knows whether a digest can be posted."""
    return (
        f"Slack did not tell the bot whether it is in {_place(schedule)}: "
        "if it is not, invite it there with `/invite`."
    )


def changed_text(schedule: Schedule) -> str:
    """Say that a digest is changed."""
    return f":white_check_mark: Digest *#{schedule.id}* is changed."


def unchanged_text(schedule: Schedule) -> str:
    """Say that a digest is already as it was asked to be."""
    return f"Digest *#{schedule.id}* is like that already; nothing was changed."


def elsewhere_text(schedule: Schedule) -> str:
    """Say what a digest is that goes to another channel than the one looked at."""
    when = f"next {slack_date(schedule.next_due)}" if schedule.next_due else "but is paused"
    return (
        f"It goes to {_place(schedule)}, {when}. "
        "`/pending-images digest` there shows and changes it."
    )


def saved_message(schedule: Schedule, said: str) -> Message:
    """Tell a person directly what was done; ``said`` is our own words."""
    return Message(
        f"Digest #{schedule.id} is saved. Run /pending-images digest in its channel to change it.",
        [section(mrkdwn(said)), context(mrkdwn(elsewhere_text(schedule)))],
    )


def paused_text(schedule: Schedule) -> str:
    """Say that a digest is paused."""
    return f":double_vertical_bar: Digest *#{schedule.id}* is paused until somebody resumes it."


def paused_already_text(schedule: Schedule) -> str:
    """Say that a digest was paused before."""
    return f"Digest *#{schedule.id}* was paused already; nothing was changed."


def resumed_text(schedule: Schedule) -> str:
    """Say that a digest runs again."""
    return f":white_check_mark: Digest *#{schedule.id}* runs again."


def running_already_text(schedule: Schedule) -> str:
    """Say that a digest was not paused."""
    return f"Digest *#{schedule.id}* is not paused; nothing was changed."


def deleted_text(schedule: Schedule) -> str:
    """Say that a digest is deleted."""
    return f":wastebasket: Digest *#{schedule.id}* is deleted and will not be posted any more."


def on_its_way_text(schedule: Schedule) -> str:
    """Say that a digest was asked for now."""
    return (
        f":outbox_tray: Digest *#{schedule.id}* is on its way to this channel."
        " Press *Refresh* for how it went."
    )


def sent_already_text(schedule: Schedule) -> str:
    """Say that somebody asked for a digest within the same minute: it comes once."""
    return (
        f"Digest *#{schedule.id}* was asked for within this minute already: it is posted once."
        " Press *Refresh* for how it went."
    )


def deletion_message(schedule: Schedule, now: datetime) -> Message:
    """Ask whether a digest is really to be deleted."""
    asked = f"Delete digest #{schedule.id}?"
    value = schedule_value(ScheduleState(schedule_id=schedule.id))
    delete = button("Delete", ids.DIGEST_DELETE, value) | {"style": "danger"}
    keep = button("Keep it", ids.DIGESTS_SHOW, value)
    return Message(
        f"{asked} Press Delete, or keep it.",
        [
            section(mrkdwn(f"*{asked}* It will not be posted any more. This cannot be undone.")),
            context(plain(schedule_line(schedule)), plain(query_words(schedule.query))),
            actions(f"delete.{ids.nonce(now)}", [delete, keep]),
        ],
    )


def _place(schedule: Schedule) -> str:
    """Return where a digest goes: of a direct message Slack shows no link to others."""
    return "a direct message" if schedule.channel.startswith("D") else f"<#{schedule.channel}>"


def delete_confirmation(schedule: Schedule) -> Block:
    """Return the dialog that asks before a Delete button does it."""
    return {
        "title": plain(f"Delete digest #{schedule.id}?"),
        "text": plain("It will not be posted any more. This cannot be undone."),
        "confirm": plain("Delete"),
        "deny": plain("Keep it"),
        "style": "danger",
    }

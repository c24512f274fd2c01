"""The small print of a digest: what went wrong, why one sees it, and how to change it."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks.digests.content import DigestContent
from bot.blocks.limits import FOOTNOTE_MAX, LATE_MAX, TROUBLE_MAX, TROUBLES_SHOWN
from bot.blocks.message import Block, context, mrkdwn, plain
from bot.blocks.schedule_words import is_late, late_words, mention_tokens, schedule_line
from bot.blocks.text import clip, counted, slack_date
from bot.schedule import MISSED_MAX, Delivery, DeliveryState, Draft, Schedule


def footer_blocks(content: DigestContent) -> list[Block]:
    """Return what went wrong on the way, and why one sees the digest and how to change it."""
    return [
        *_late(content.late_seconds, content.late_reason),
        *_troubles(content.troubles),
        *_version(content.version_warning),
        *_sleeping(content.sleeping, content.answer.total),
        _small_print(_why(content), content.schedule),
    ]


def failure_footer(schedule: Draft, now: datetime) -> list[Block]:
    """Return which digest failed, when the next one is due, and how to change it."""
    due = []
    if isinstance(schedule, Schedule) and schedule.next_due and schedule.next_due > now:
        due.append(context(mrkdwn(f"The next one is due {slack_date(schedule.next_due)}.")))
    why = f"Why you see this: {_which(schedule)}."
    return [*due, _small_print(why, schedule)]


def _small_print(why: str, schedule: Draft) -> Block:
    due = plain(_due_text(schedule), FOOTNOTE_MAX)
    return context(mrkdwn(why), due, *_how_to_change(schedule))


def _sleeping(number: int, total: int) -> list[Block]:
    """Return how many images are left out because somebody has snoozed them, and how they count."""
    if not number:
        return []
    are, count = ("is", "counts") if number == 1 else ("are", "count")
    said = f"{counted(number, 'snoozed image')} {are} left out here"
    said += f" and {count} in no number but the total of {total:,}"
    return [context(mrkdwn(f"{said}: `/pending-images snoozed:yes` lists all that rest."))]


def _late(seconds: int, reason: str) -> list[Block]:
    if not is_late(seconds):
        return []
    late = late_words(seconds)
    said = plain(f"{late}: {reason}" if reason else late, LATE_MAX)
    return [context(mrkdwn(":warning:"), said)]


def _version(warning: str | None) -> list[Block]:
    return [context(mrkdwn(":warning:"), plain(warning, FOOTNOTE_MAX))] if warning else []


def _troubles(troubles: Sequence[Delivery]) -> list[Block]:
    skipped = [trouble for trouble in troubles if trouble.state is DeliveryState.SKIPPED]
    others = [trouble for trouble in troubles if trouble.state in _SAID]
    blocks = [_skipped(skipped)] if skipped else []
    blocks += map(_trouble, others[:TROUBLES_SHOWN])
    if more := len(others[TROUBLES_SHOWN:]):
        where = "`/pending-images digest history` shows them"
        blocks.append(context(mrkdwn(f":warning: {more:,} more did not arrive: {where}.")))
    return blocks


def _skipped(skipped: Sequence[Delivery]) -> Block:
    """Return one line for all that were skipped."""
    number = sum(delivery.missed or 1 for delivery in skipped)
    last = max(skipped, key=lambda delivery: delivery.due)
    due = slack_date(last.due)
    if number == 1:
        what = f"An earlier digest, due {due}, was skipped"
    else:
        plus = " or more" if number >= MISSED_MAX else ""
        what = f"{number:,}{plus} earlier digests were skipped, the last one due {due}"
    return _with_reason(what, last)


def _trouble(delivery: Delivery) -> Block:
    before, after = _SAID[delivery.state]
    return _with_reason(f"{before} due {slack_date(delivery.due)} {after}", delivery)


_SAID = {
    DeliveryState.FAILED: ("The digest", "was not posted"),
    DeliveryState.UNSURE: ("The digest", "may not have arrived, and was not repeated"),
    DeliveryState.NOTICE: ("Instead of the digest", "there was only a notice"),
}


def _with_reason(what: str, delivery: Delivery) -> Block:
    reason = clip(" ".join((delivery.outcome or delivery.delay).split()), TROUBLE_MAX)
    if not reason:
        return context(mrkdwn(f":warning: {what}."))
    return context(mrkdwn(f":warning: {what}:"), plain(reason, TROUBLE_MAX))


def _why(content: DigestContent) -> str:
    if content.preview:
        return "A preview: only you see it, and nothing was posted."
    why = f"Why you see this: {_which(content.schedule)}"
    if content.asked_by is not None:
        return f"{why}, asked for by {mention_tokens([content.asked_by])} with Send now."
    made_by = content.schedule.made_by if isinstance(content.schedule, Schedule) else None
    # Only in the first, because Slack notifies whom a message names: not every day, for having
    # once made it.
    if content.changes is None and made_by is not None:
        why += f", made by {mention_tokens([made_by])}"
    return f"{why}."


def _which(schedule: Draft) -> str:
    if not isinstance(schedule, Schedule):
        return "a digest that is not saved yet"
    if schedule.made_by is None:
        return f"digest #{schedule.id}, from the bot's settings"
    return f"digest #{schedule.id} of this channel"


def _due_text(schedule: Draft) -> str:
    silent = ", only when something has changed" if schedule.only_changes else ""
    return f"Due {schedule_line(schedule)}{silent}"


def _how_to_change(schedule: Draft) -> list[Block]:
    if not isinstance(schedule, Schedule):
        return []
    if schedule.made_by is None:
        change = "`/pending-images digest` shows it; the bot's operators change it."
    else:
        change = "Change, pause or delete it: `/pending-images digest`"
    return [mrkdwn(change)]

"""What became of a decision, in words: what happened, who, when, and what to do."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.blocks.cards.card import shown_name
from bot.blocks.limits import NAME_MAX, REASON_MAX
from bot.blocks.message import Block, context, mrkdwn, plain, rich_text, section, words
from bot.blocks.schedule_words import mention_tokens
from bot.blocks.text import clip, slack_date
from bot.images import PendingImage
from bot.oncall.values import Result

_PAST: Mapping[str | None, str] = {
    "accepted": "accepted",
    "rejected": "rejected",
    "pending": "pending",
}
_DOING: Mapping[str | None, str] = {"accepted": "accept", "rejected": "reject"}


def result_words(result: Result, now: datetime) -> str:
    """Return what became of a wish, as our own mrkdwn."""
    return _WORDS[result.kind](result, now)


def result_blocks(
    image: PendingImage, result: Result, now: datetime, longest: int = REASON_MAX
) -> list[Block]:
    """Return which image it was, and what became of the wish: three blocks at most.

    Of what went wrong, and of what to do, no more than ``longest`` is shown.
    """
    sign = _SIGNS.get(result.kind, _INFORMATION)
    blocks = [
        rich_text([[words(clip(shown_name(image), NAME_MAX), bold=True)]]),
        section(mrkdwn(f"{sign} {result_words(result, now)}")),
    ]
    why = [
        plain(f"{lead}{' '.join(text.split())}", longest)
        for lead, text in (("", result.problem), ("What to do: ", _remedy(result)))
        if text.strip()
    ]
    return [*blocks, context(*why)] if why else blocks


def result_spoken(result: Result) -> str:
    """Return the same in short for notifications and screen readers, without anybody's name."""
    words = _SPOKEN_TAKEN if result.taken else _SPOKEN
    return words[result.kind].format(status=_PAST.get(result.status, "in another state"))


_INFORMATION = ":information_source:"
_SIGNS = {
    "done": ":white_check_mark:",
    "unsure": ":warning:",
    "refused": ":warning:",
    "interrupted": ":warning:",
    "unrecorded": ":warning:",
}


_CONFIRMED = "Samsung Cloud confirms it."
_TAKEN = "Samsung Cloud has taken it; it does not show yet."


def _remedy(result: Result) -> str:
    """Return what to do; of what the bot finds out by itself there is nothing."""
    return "" if result.kind == "unsure" else result.remedy


def _done(result: Result, now: datetime) -> str:
    if result.status == "pending":
        pending = "The image is pending again." if result.shown else _TAKEN
        return f"*Undone*{_by_and_when(result)}. {pending}"
    settled, confirmed = result.settled, _CONFIRMED if result.shown else _TAKEN
    if settled is None:
        return f"*Done*{_by_and_when(result)}. {confirmed}"
    said = f"*{settled.status.capitalize()}* by {mention_tokens([settled.by])}"
    if settled.proposed_by is not None:
        said += f", as {mention_tokens([settled.proposed_by])} had proposed"
    said += f". {confirmed}"
    if now < settled.undo_until:
        said += f" Its card offers *Undo* until {slack_date(settled.undo_until)}."
    return said


def _unrecorded(result: Result, _: datetime) -> str:
    return (
        f"*Samsung Cloud has it: the image is {_PAST.get(result.status, 'decided')}.* The bot's "
        "database has not taken it down yet: the record and the image's card follow, by "
        "themselves, as soon as it does. If they have not within an hour, tell whoever runs the "
        "bot."
    )


def _proposed(_: Result, __: datetime) -> str:
    return (
        "*Proposed.* Two approvers have to agree on this image, so nothing was sent to Samsung "
        "Cloud yet. Ask another approver to press *Accept* on its card."
    )


def _already_proposed(result: Result, _: datetime) -> str:
    when = f", {slack_date(result.at)}" if result.at else ""
    return (
        f"*You have proposed it already*{when}. Another approver has to press *Accept*; "
        "nothing was changed."
    )


def _proposed_meanwhile(result: Result, _: datetime) -> str:
    who = mention_tokens([result.by]) if result.by else "Somebody else"
    when = f", {slack_date(result.at)}" if result.at else ""
    return (
        f"*Proposed meanwhile* by {who}{when}. Yours would not be a proposal any more but decide, "
        "so nothing was sent to Samsung Cloud yet. If you agree, press *Accept* once more."
    )


def _underway(result: Result, _: datetime) -> str:
    verb = _DOING.get(result.status, "undo")
    who = mention_tokens([result.by]) if result.by else "somebody"
    return (
        f"*Samsung Cloud is being told just now* to {verb} it, as {who} decided. "
        "Nothing of yours was sent. Its card tells what comes of that."
    )


def _settled(result: Result, _: datetime) -> str:
    status = _PAST.get(result.status, "decided")
    return (
        f"*Already {status}*{_by_and_when(result)}. Nothing of yours was sent. "
        "To change that, press *Undo* on its card as long as that is offered."
    )


def _out_of_date(_: Result, __: datetime) -> str:
    return (
        "*This card was out of date*: a decision was made since, and undone. Nothing was changed. "
        "Look at the image as it is now, and decide again."
    )


def _withdrawn(result: Result, _: datetime) -> str:
    if result.taken:
        return (
            "*Samsung Cloud took it, but the image is no longer shared with this account*: its "
            "owner has withdrawn or deleted it since. There is nothing to decide any more."
        )
    return (
        "*No longer shared with this account*: its owner has withdrawn or deleted it. "
        "There is nothing to decide, and nothing was changed."
    )


def _elsewhere(result: Result, _: datetime) -> str:
    status = _PAST.get(result.status)
    if result.taken:
        now = status or "in a state that the bot does not know"
        return (
            f"*Samsung Cloud took it, but the image is {now} by now, and not through the bot*: "
            "somebody used the console or the API since. To change that, use the console."
        )
    told = f"is {status} already" if status else "is in a state that the bot does not know"
    return (
        f"*It {told}, and not through the bot*: somebody used the console or the API. "
        "Nothing was changed. To change that, use the console."
    )


def _too_late(result: Result, _: datetime) -> str:
    when = f": the time for that ended {slack_date(result.at)}" if result.at else ""
    return f"*Too late to undo*{when}. Nothing was changed. To change it now, use the console."


def _refused(_: Result, __: datetime) -> str:
    return "*Not done*, and nothing was changed."


def _unsure(_: Result, __: datetime) -> str:
    return (
        "*It is not known yet whether Samsung Cloud has taken it.* The bot goes on looking, and "
        "the image's card will tell. There is nothing to do until then."
    )


def _interrupted(_: Result, __: datetime) -> str:
    return (
        "*The bot was interrupted before it asked Samsung Cloud.* Nothing was changed. "
        "Press the button again."
    )


def _by_and_when(result: Result) -> str:
    by = f" by {mention_tokens([result.by])}" if result.by else ""
    return f"{by}, {slack_date(result.at)}" if result.at else by


_WORDS: Mapping[str, Callable[[Result, datetime], str]] = {
    "done": _done,
    "proposed": _proposed,
    "already_proposed": _already_proposed,
    "proposed_meanwhile": _proposed_meanwhile,
    "underway": _underway,
    "settled": _settled,
    "out_of_date": _out_of_date,
    "withdrawn": _withdrawn,
    "elsewhere": _elsewhere,
    "too_late": _too_late,
    "refused": _refused,
    "unsure": _unsure,
    "interrupted": _interrupted,
    "unrecorded": _unrecorded,
}
_SPOKEN: dict[str, str] = {
    "done": "Done: the image is {status}.",
    "proposed": "Proposed: another approver has to accept the image too.",
    "already_proposed": "You have proposed it already: another approver has to accept it.",
    "proposed_meanwhile": "Nothing was sent yet: another approver has proposed it meanwhile.",
    "underway": "Nothing of yours was sent: another decision is on its way to Samsung Cloud.",
    "settled": "Nothing of yours was sent: the image is {status} already.",
    "out_of_date": "Nothing was changed: the card was out of date.",
    "withdrawn": "Nothing was changed: the image is no longer shared with this account.",
    "elsewhere": "Nothing was changed: the image is {status}, and not through the bot.",
    "too_late": "Nothing was changed: it is too late to undo.",
    "refused": "Not done, and nothing was changed. Open the message for why.",
    "unsure": "It is not known yet whether Samsung Cloud has taken it. The bot goes on looking.",
    "interrupted": "Nothing was changed: the bot was interrupted. Press the button again.",
    "unrecorded": "Samsung Cloud has it: the image is {status}. The record follows.",
}
_SPOKEN_TAKEN: Mapping[str, str] = _SPOKEN | {
    "withdrawn": "Samsung Cloud took it, but the image is no longer shared with this account.",
    "elsewhere": "Samsung Cloud took it, but by now the image is {status}, not through the bot.",
}

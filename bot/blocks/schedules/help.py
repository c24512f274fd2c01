"""The answer to ``/pending-images digest help``."""

from typing import NamedTuple

from bot.blocks.message import Block, Message, context, header, mrkdwn, rich_text, section, words


class CommandRow(NamedTuple):
    """Something that can be typed of digests."""

    typed: str
    """A whole command, without the name of the slash command."""
    meaning: str


DIGEST_COMMANDS = (
    CommandRow("digest", "the digests of this channel, with buttons for all below"),
    CommandRow("digest list", "the same"),
    CommandRow("digest add", "opens the form of a new one"),
    CommandRow("digest add 09:00 weekdays Asia/Seoul type:custom", "sets one up without the form"),
    CommandRow("digest edit 3", "opens the form of number 3"),
    CommandRow("digest edit 3 09:00,17:30 mon-thu", "changes what is named, and no more"),
    CommandRow("digest pause 3", "posts it no more until it is resumed"),
    CommandRow("digest resume 3", "posts it again, from the next time on"),
    CommandRow("digest send 3", "posts it to the channel now"),
    CommandRow("digest preview 3", "shows you alone what it would say now"),
    CommandRow(
        "digest history 3", "its deliveries, the newest first; without a number the channel's"
    ),
    CommandRow("digest delete 3", "deletes it, after a question"),
    CommandRow("digest help", "all of this"),
)
"""What can be typed, for the help text and the README."""

DIGEST_PIECES = (
    CommandRow("09:00,17:30", "the time of day, or several; the one thing that add needs"),
    CommandRow("mon-thu,sat", "the days; also daily, weekdays (unless others are named), weekend"),
    CommandRow("Europe/Berlin", "the time zone; your own unless another is named"),
    CommandRow("only-changes", "silent while nothing changes, but for a sign of life each week"),
    CommandRow("skip:KR", "not on the public holidays of a country"),
    CommandRow("mention:U0123456789,S0123456789", "mentions users and user groups, by their ids"),
    CommandRow(
        "mention-after:3d",
        "mentions them only where an image has waited so long; not without mention:",
    ),
    CommandRow("grace:4h", "how late it is still worth posting"),
    CommandRow(
        "if-unsure:never-twice",
        "where an interrupted one cannot be looked up, leave it; never-lost posts it again",
    ),
    CommandRow("type:custom waiting:>3d", "which images: a query, as /pending-images help has it"),
    CommandRow(
        "query:none",
        "takes the query away; likewise skip, mention and mention-after, and only-changes:no",
    ),
)
"""What ``add`` and ``edit`` understand, for the help text and the README."""

_WHAT = (
    "A digest posts to a channel what is new, gone and still waiting, at the times that you "
    "choose. Everybody may add one and look at all; its maker and administrators may change it."
)
_NOTES = (
    "Numbers stand before the digests in the list; `3` and `#3` are the same. Times, days and time "
    "zone come before the query, the rest anywhere; what is in quotes is always the query's."
)


def schedule_help_message() -> Message:
    """Return all that can be typed of digests."""
    return Message(
        _spoken(),
        [
            header("Digests"),
            section(mrkdwn(_WHAT)),
            rich_text([[words("Type", bold=True)], *map(_command, DIGEST_COMMANDS)]),
            rich_text(
                [[words("What add and edit understand", bold=True)], *map(_row, DIGEST_PIECES)]
            ),
            context(mrkdwn(_NOTES)),
        ],
    )


def _spoken() -> str:
    """Return the commands for screen readers, their signs escaped for Slack."""
    rows = [f"{row.typed}  {row.meaning}" for row in (*DIGEST_COMMANDS, *DIGEST_PIECES)]
    text = "\n".join(["How to use /pending-images digest.", *rows])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _command(row: CommandRow) -> list[Block]:
    return _row(row._replace(typed=f"/pending-images {row.typed}"))


def _row(row: CommandRow) -> list[Block]:
    return [words(row.typed, code=True), words(f"  {row.meaning}")]

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
    CommandRow("digest add 09:00 weekdays Asia/Seoul type:custom", "sets one up here"),
    CommandRow("digest edit 3 09:00,17:30 mon-thu", "changes what is named, and no more"),
    CommandRow("digest pause 3", "posts it no more until it is resumed"),
    CommandRow("digest resume 3", "posts it again, from the next time on"),
    CommandRow("digest send 3", "posts it to the channel now"),
    CommandRow("digest preview 3", "shows you alone what it would say now"),
    CommandRow("digest history 3", "its last deliveries; without a number those of the channel"),
    CommandRow("digest delete 3", "deletes it, after a question"),
    CommandRow("digest help", "this text"),
)
"""What can be typed, for the help text and the README."""

DIGEST_PIECES = (
    CommandRow("09:00,17:30", "the time of day, or several; needed"),
    CommandRow("mon,wed", "the days: daily, weekdays, weekend, mon-thu; weekdays unless named"),
    CommandRow("Europe/Berlin", "the time zone; your own unless named"),
    CommandRow("only-changes", "silent while nothing changes, but for a sign of life each week"),
    CommandRow("skip:KR", "not on the public holidays of a country"),
    CommandRow("mention:U0123456789,S0123456789", "mentions users and user groups, by their ids"),
    CommandRow("mention-after:3d", "mentions them only where an image has waited as long"),
    CommandRow("grace:4h", "how late it is still worth posting"),
    CommandRow(
        "if-unsure:never-twice",
        "after an interruption rather missing than twice; else if-unsure:never-lost",
    ),
    CommandRow("type:custom waiting:>3d", "which images: any query, as /pending-images help says"),
)
"""What ``add`` and ``edit`` understand, for the help text and the README."""

_WHAT = (
    "A digest posts to a channel what is new, gone and still waiting, at the times that you "
    "choose. Everybody may add one and look at all; its maker and administrators may change it."
)
_NOTES = "Numbers stand before the digests in the list; `3` and `#3` are the same."


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

"""The answer to ``/pending-images help``."""

from bot.blocks.message import Block, Message, context, header, mrkdwn, rich_text, section, words
from bot.query import HELP_EXAMPLES, HelpRow

_WHAT = (
    "Images that other accounts have shared with ours and that nobody has accepted or rejected "
    "yet. Only you see the answer, until you share it."
)
_HOW = "How to use /pending-images: words, filters and an order narrow the list."
_EXAMPLES = (
    ("/pending-images", "everything, newest first"),
    ("/pending-images type:custom os:ubuntu,rocky", "custom images with either system"),
    ("/pending-images web -test size:>10GB sort:-size", "large ones, the largest first"),
    ("/pending-images updated:>30d sort:updated", "unchanged for a month"),
    ("/pending-images waiting:>3d sort:waiting", "waiting for days, the longest first"),
    ("/pending-images claimed:none snoozed:no", "what nobody looks after yet"),
    ("/pending-images claimed:me", "what you have claimed"),
    ("/pending-images handoff", "post claims, what is snoozed and the oldest to this channel"),
    ("/pending-images history ubuntu", "who did what with images, by id or part of a name"),
    ("/pending-images audit export", "the whole record as a file, for approvers"),
    ("/pending-images digest", "the digests of this channel, to add, change and look at"),
    ("/pending-images digest help", "all that can be typed of digests"),
    ("/pending-images help", "this text"),
)
_NOTES = (
    "On each card: Claim says that you look after the image, Snooze lets it rest, and approvers "
    "Accept or Reject it. Details take notes. "
    "Case never matters, and filters add up: an image is shown when all of them match. "
    "The menus over a list do the same without typing."
)


def help_message() -> Message:
    """Return the grammar of queries with examples, and the commands."""
    return Message(
        _spoken(),
        [
            header("Pending images"),
            section(mrkdwn(_WHAT)),
            rich_text([[words("Try", bold=True)], *map(_example, _EXAMPLES)]),
            rich_text([[words("What a query can say", bold=True)], *map(_row, HELP_EXAMPLES)]),
            context(mrkdwn(_NOTES)),
        ],
    )


def _spoken() -> str:
    """Return the grammar for screen readers, its signs escaped for Slack."""
    rows = [f"{row.syntax}  {row.meaning}, as in {row.example}" for row in HELP_EXAMPLES]
    text = "\n".join([_HOW, *rows])
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _example(example: tuple[str, str]) -> list[Block]:
    command, meaning = example
    return [words(command, code=True), words(f"  {meaning}")]


def _row(row: HelpRow) -> list[Block]:
    return [
        words(row.syntax, code=True),
        words(f"  {row.meaning}, as in "),
        words(row.example, code=True),
    ]

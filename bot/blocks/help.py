"""The answer to ``/pending-images help``."""

from bot.blocks.message import Message


def help_message() -> Message:
    """Return the grammar of queries with examples, and the commands."""
    raise NotImplementedError

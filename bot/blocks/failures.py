"""What people are told when something went wrong."""

from bot.blocks.message import Message
from bot.blocks.state import ListingState
from bot.errors import BotError, QueryError


def query_error_message(error: QueryError, typed: str) -> Message:
    """Return what is wrong with the text typed after the command, and the nearest valid word."""
    raise NotImplementedError


def failure_message(error: BotError, state: ListingState | None = None) -> Message:
    """Return what happened and what to do, with a button to try again where a state is known."""
    raise NotImplementedError


def crash_message(reference: str) -> Message:
    """Return the apology for a bug of ours; ``reference`` finds it in the log."""
    raise NotImplementedError

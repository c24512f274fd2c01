"""What people are told when something went wrong."""

from bot import errors
from bot.blocks import ids
from bot.blocks.limits import QUERY_SHOWN_MAX, REASON_MAX, SPOKEN_MAX
from bot.blocks.message import (
    Block,
    Message,
    actions,
    button,
    context,
    mrkdwn,
    plain,
    rich_text,
    section,
    words,
)
from bot.blocks.schedule_words import mention_tokens
from bot.blocks.state import ListingState, StaleMessage, to_value
from bot.blocks.text import clip
from bot.errors import BotError, NotAllowed, QueryError, ScheduleError, ScpError, StoreError

_HEADINGS: dict[type[BotError], str] = {
    errors.AuthHeadersMissing: "Samsung Cloud saw no credentials in the request",
    errors.SignatureRefused: "Samsung Cloud refused the bot's signature",
    errors.NotEntitled: "The service is not open to this account",
    errors.Unauthorized: "Samsung Cloud refused the bot's credentials",
    errors.Forbidden: "The bot lacks a permission in Samsung Cloud",
    errors.BadParameter: "Samsung Cloud did not accept the request",
    errors.NotFound: "Samsung Cloud does not know what was asked for",
    errors.NotTheApi: "Something other than the API answered",
    errors.ServerFailed: "Samsung Cloud failed inside",
    errors.Unavailable: "Samsung Cloud is unavailable right now",
    errors.RateLimited: "Samsung Cloud asks for fewer requests",
    errors.UnexpectedStatus: "Samsung Cloud gave an answer that no document names",
    errors.TimedOut: "Samsung Cloud did not answer in time",
    errors.Unreachable: "Samsung Cloud cannot be reached",
    errors.TlsFailed: "No secure connection to Samsung Cloud",
    errors.BodyTooLarge: "The list is larger than the bot accepts",
    errors.BodyUnreadable: "The answer of Samsung Cloud cannot be read",
    ScpError: "Samsung Cloud did not answer as asked",
    errors.Stopping: "The bot is being restarted",
    errors.SlackError: "Slack did not accept it",
    errors.StoreError: "The bot's database did not do what was asked",
    errors.ScheduleError: "A digest cannot be set up like this",
    errors.DigestCommandError: "This command cannot be understood",
    errors.ScheduleGone: "That digest is not here",
    errors.ScheduleChanged: "Somebody else has changed this digest",
    errors.NotAllowed: "You may not do that",
    errors.NotKnown: "Slack does not tell who you are right now",
    errors.SettingsError: "The bot's settings are wrong",
    QueryError: "The query cannot be understood",
    StaleMessage: "These buttons are out of date",
    BotError: "That did not work",
}


def query_error_message(error: QueryError, typed: str) -> Message:
    """Return what is wrong with the text typed after the command, and the nearest valid word."""
    blocks = failure_blocks(error)
    lines = [[words("You typed: ", bold=True), words(clip(typed, QUERY_SHOWN_MAX), code=True)]]
    if error.suggestion is not None and error.suggestion not in error.remedy:
        nearest = words(clip(error.suggestion, QUERY_SHOWN_MAX), code=True)
        lines.append([words("Nearest that is valid: ", bold=True), nearest])
    if typed.strip():
        blocks.append(rich_text(lines))
    blocks.append(
        context(
            mrkdwn("Nothing was fetched. `/pending-images help` shows every filter with examples.")
        )
    )
    return Message(
        "The query cannot be understood. Nothing was fetched. "
        "Type /pending-images help for every filter with examples.",
        blocks,
    )


def typed_failure_message(error: BotError, typed: str) -> Message:
    """Return why what was typed of digests did not work, with all of it, to be typed again."""
    blocks = failure_blocks(error)
    command = words(clip(f"/pending-images {typed.strip()}", REASON_MAX), code=True)
    lines = [[words("You typed: ", bold=True), command]]
    suggestion = error.suggestion if isinstance(error, ScheduleError | QueryError) else None
    if suggestion is not None and suggestion not in error.remedy:
        nearest = words(clip(suggestion, QUERY_SHOWN_MAX), code=True)
        lines.append([words("Nearest that is valid: ", bold=True), nearest])
    # a database that breaks off may have done it all the same
    sure = "Look at `/pending-images digest` before you type it again."
    if not isinstance(error, StoreError):
        sure = "Nothing was changed. `/pending-images digest help` has every form with examples."
    return Message(spoken(error), [*blocks, rich_text(lines), context(mrkdwn(sure))])


def failure_message(error: BotError, state: ListingState | None = None) -> Message:
    """Return what happened and what to do, with a button to try again where a state is known."""
    blocks = failure_blocks(error)
    if state is not None:
        # one button in the message, so its block id need not change
        again = button("Try again", ids.RETRY, to_value(state))
        blocks.append(actions("again", [again]))
    return Message(spoken(error), blocks)


def failure_blocks(error: BotError) -> list[Block]:
    """Return a heading in our words, what happened, what to do, and SCP's request id."""
    blocks = [section(mrkdwn(f":warning: *{heading(error)}*"))]
    blocks.append(section(plain(_one_line(str(error)), REASON_MAX)))
    if error.remedy:
        # a query's remedy is a question: Did you mean ...?
        lead = "" if isinstance(error, QueryError) else "What to do: "
        blocks.append(section(plain(f"{lead}{_one_line(error.remedy)}", REASON_MAX)))
    if isinstance(error, NotAllowed) and error.ask:
        blocks.append(section(mrkdwn(f"They may: {mention_tokens(error.ask)}")))
    if isinstance(error, ScpError) and error.request_id:
        request_id = words(clip(error.request_id, QUERY_SHOWN_MAX), code=True)
        blocks.append(rich_text([[words("Request id: "), request_id]]))
    return blocks


def crash_message(reference: str) -> Message:
    """Return the apology for a bug of ours; ``reference`` finds it in the log."""
    text = (
        "Something went wrong on the bot's side. It is not your fault. If you asked for a change, "
        "look whether it was made before you ask again."
    )
    code = words(clip(reference, QUERY_SHOWN_MAX), code=True)
    return Message(
        f"{text} If it happens again, tell the bot's operators the code in this message.",
        [
            section(mrkdwn(f":warning: {text}")),
            rich_text([[words("If it happens again, tell the bot's operators this: "), code]]),
        ],
    )


def spoken(error: BotError) -> str:
    """Return what notifications and screen readers say: our own words, never the cloud's."""
    if not error.remedy:
        return f"{heading(error)}."
    own = isinstance(error, _OWN_REMEDY) and not isinstance(error, errors.Forbidden)
    what_to_do = _one_line(error.remedy) if own else "Open the message for what to do."
    return clip(f"{heading(error)}. {what_to_do}", SPOKEN_MAX)


_OWN_REMEDY = (
    ScpError,
    StaleMessage,
    errors.Stopping,
    errors.ScheduleGone,
    errors.ScheduleChanged,
    NotAllowed,
)
"""Their remedies quote nobody, but for the action that ``Forbidden`` names (``bot.scp``)."""


def heading(error: BotError) -> str:
    """Return the kind of the failure in our own words."""
    return next(_HEADINGS[kind] for kind in type(error).__mro__ if kind in _HEADINGS)


def _one_line(text: str) -> str:
    """Return the text without line ends, which inert text cannot have."""
    return " ".join(text.split())

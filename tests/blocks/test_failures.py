import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.blocks import ids
from bot.blocks.failures import crash_message, failure_message, query_error_message
from bot.blocks.help import help_message
from bot.blocks.message import Message
from bot.blocks.notices import expired_listing_message, shared_without_bot_message
from bot.blocks.state import ListingState, StaleMessage, from_value
from bot.errors import QueryError
from bot.query import HELP_EXAMPLES, Query, parse_query
from tests.blocks.examples import CLOUD, QUERIES
from tests.blocks.limits import MARK, check_message, texts

STATE = ListingState(parse_query("type:custom"), 2)
SCP_ERRORS = errors.ScpError.__subclasses__()


def shown(message: Message) -> str:
    check_message(
        message.text, message.blocks, longest_text=1_500 if message == help_message() else 300
    )
    return "".join(texts(message.blocks))


def test_every_scp_error_has_a_heading_of_its_own() -> None:
    made = [kind("what", "remedy") for kind in SCP_ERRORS]
    assert len({failure_message(error).text for error in made}) == len(SCP_ERRORS) == 17


@pytest.mark.parametrize("kind", SCP_ERRORS)
def test_an_scp_error_says_what_happened_and_what_to_do(kind: type[errors.ScpError]) -> None:
    error = kind(f"{MARK}<!here>\nit broke", "Mend it.", request_id="req-77")
    text = shown(failure_message(error, STATE))
    assert f"{MARK}<!here> it broke" in text
    assert "What to do: Mend it." in text
    assert "Request id: req-77" in text


@pytest.mark.parametrize("kind", SCP_ERRORS)
def test_a_screen_reader_hears_what_to_do(kind: type[errors.ScpError]) -> None:
    text = failure_message(kind(f"{MARK}<!here>", "Mend it.")).text
    cloudy = kind is errors.Forbidden  # its remedy names an action in the cloud's words
    assert text.endswith(". Open the message for what to do." if cloudy else ". Mend it.")


def test_a_screen_reader_hears_what_to_do_with_other_failures() -> None:
    assert failure_message(StaleMessage()).text.endswith("Run /pending-images again.")
    slack = failure_message(errors.SlackError("No.", f"{MARK} Invite it."))
    assert slack.text == "Slack did not accept it. Open the message for what to do."
    mistake = query_error_message(QueryError(MARK, MARK), "typ:custom")
    assert "Type /pending-images help" in mistake.text
    assert "tell the bot's operators the code" in crash_message("k3v9-2a").text


def test_a_screen_reader_hears_the_grammar() -> None:
    lines = help_message().text.split("\n")
    assert len(lines) == 1 + len(HELP_EXAMPLES)
    assert "size:&gt;  larger than" in help_message().text
    assert not set("<>") & set(help_message().text)


def test_a_list_too_old_keeps_the_filters_that_there_are() -> None:
    assert "Your filters are kept" in shown(expired_listing_message(STATE))
    assert "Your filters are kept" in shown(
        expired_listing_message(ListingState(Query(sort="name")))
    )
    bare = shown(expired_listing_message(ListingState(page=2)))
    assert "filters" not in bare
    assert "This button opens a new one." in bare


def test_try_again_carries_the_state() -> None:
    again = failure_message(errors.TimedOut("Too late."), STATE).blocks[-1]["elements"][0]
    assert again["action_id"] == ids.RETRY
    assert from_value(again["value"]) == STATE


def test_without_a_state_there_is_nothing_to_try_again() -> None:
    message = failure_message(errors.TimedOut("Too late."))
    assert "Try again" not in shown(message)
    assert "What to do" not in shown(message)


def test_an_error_of_a_kind_to_come_falls_back_on_its_parents_words() -> None:
    class Teapot(errors.RateLimited):
        pass

    assert failure_message(Teapot("short")).text == failure_message(errors.RateLimited("x")).text


def test_a_click_on_an_old_message_says_what_to_do() -> None:
    assert "Run /pending-images again." in shown(failure_message(StaleMessage()))


@given(CLOUD, CLOUD, CLOUD, QUERIES)
def test_any_failure_is_within_limits_and_inert(
    what: str, remedy: str, request_id: str, query: Query
) -> None:
    for error in (
        errors.Forbidden(what, remedy, request_id=request_id),
        errors.BadParameter(what, "Correct it. " * 99, request_id=request_id),
        errors.SlackError(what, remedy),
        errors.BotError(what, remedy),
    ):
        shown(failure_message(error, ListingState(query)))


@given(CLOUD, st.text())
def test_any_typed_text_is_answered_within_limits_and_inert(typed: str, suggestion: str) -> None:
    shown(query_error_message(QueryError(typed, typed, suggestion=suggestion), typed))


def test_a_mistake_names_the_nearest_valid_word_and_fetches_nothing() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("typ:custom")
    text = shown(query_error_message(caught.value, "typ:custom"))
    assert "The query cannot be understood" in text
    assert 'Did you mean "type:custom"?' in text
    assert "You typed: typ:custom" in text
    assert "Nothing was fetched" in text
    assert "Nearest that is valid" not in text


def test_a_suggestion_that_the_remedy_does_not_name_is_shown() -> None:
    error = QueryError("Wrong.", "Look it up.", suggestion="type:")
    assert "Nearest that is valid: type:" in shown(query_error_message(error, "typ"))


def test_a_blank_text_is_not_quoted_back() -> None:
    assert "You typed" not in shown(query_error_message(QueryError("Wrong."), " "))


def test_a_crash_is_ours_and_has_a_reference() -> None:
    text = shown(crash_message("k3v9-2a"))
    assert "Something went wrong on the bot's side." in text
    assert "k3v9-2a" in text


def test_help_shows_every_form_with_its_example() -> None:
    text = shown(help_message())
    for row in HELP_EXAMPLES:
        assert f"{row.syntax}  {row.meaning}, as in {row.example}" in text
    examples = [line.split("  ")[0] for line in text.split("\n") if line.startswith("/pending")]
    commands = {"digest", "handoff", "history", "audit"}
    queries = [example for example in examples if commands.isdisjoint(example.split())]
    assert (len(examples), len(queries)) == (13, 8)
    for example in queries:
        parse_query(example.removeprefix("/pending-images"))


@pytest.mark.parametrize("message", [shared_without_bot_message(), expired_listing_message(STATE)])
def test_a_notice_is_within_limits(message: Message) -> None:
    assert ":information_source:" in shown(message)

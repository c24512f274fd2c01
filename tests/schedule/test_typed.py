"""Schedules as people type them."""

from datetime import time
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import ScheduleError
from bot.query import MAX_QUERY_LENGTH, Query, Word, format_query, parse_query, utf16_units
from bot.schedule import Draft, Timetable, countries, format_draft, parse_add, parse_edit
from tests.schedule.clocks import PLACES
from tests.test_query import queries

WEEKDAYS = frozenset(range(5))
PLAIN = Draft(channel="C1", timetable=Timetable((time(9),), WEEKDAYS, "Asia/Seoul"))
FULL = Draft(
    channel="C1",
    timetable=Timetable((time(9), time(17, 30)), frozenset({0, 2}), "Europe/Berlin", "KR"),
    query=parse_query("type:custom waiting:>3d"),
    only_changes=True,
    mentions=("U0123456789", "S0123456789"),
    mention_after=3 * 86_400,
    grace=7200,
    if_unsure="never_twice",
)
FULL_TEXT = (
    "09:00,17:30 mon,wed Europe/Berlin only-changes skip:KR mention:U0123456789,S0123456789"
    " mention-after:3d grace:2h if-unsure:never-twice type:custom waiting:>3d"
)


def add(text: str) -> Draft:
    return parse_add(text, channel="C1", timezone="Asia/Seoul")


def when(text: str) -> Timetable:
    return add(text).timetable


def mistake(text: str) -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        add(text)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("text", "what", "field", "suggestion"),
    [
        ("09:00 only-changed", "only-changed", "only_changes", "only-changes"),
        ("09:00 only_changes", "only_changes", "only_changes", "only-changes"),
        ("09:00 type:custom only-change", "only-change", "only_changes", "only-changes"),
        ("09:00 seoul", "seoul", "timezone", "Asia/Seoul"),
        ("09:00 rome", "rome", "timezone", "Europe/Rome"),
        ("09:00 weekdays new_york", "new_york", "timezone", "America/New_York"),
        ("0900", "0900", "times", "09:00"),
        ("weekdays 09.00", "09.00", "times", "09:00"),
        ("09h00 type:custom", "09h00", "times", "09:00"),
        ("9h", "9h", "times", "09:00"),
        ("09:00 mon - fri", "A dash stands alone", "days", None),
        ("09:00 mon \u2013 fri", "A dash stands alone", "days", None),
    ],
)
def test_what_is_nearly_a_piece_is_named_and_asked_about(
    text: str, what: str, field: str, suggestion: str | None
) -> None:
    error = mistake(text)
    assert what in str(error)
    assert (error.field, error.suggestion) == (field, suggestion)


@pytest.mark.parametrize("word", ["only-changed", "only_changes", "seoul"])
def test_what_is_nearly_a_piece_is_looked_for_in_quotes(word: str) -> None:
    draft = add(f'09:00 "{word}"')
    assert draft.query == parse_query(f'"{word}"')
    assert add(format_draft(draft)) == draft


def test_a_dash_is_told_how_a_range_is_written() -> None:
    assert "mon-fri" in mistake("09:00 mon - fri").remedy


def test_a_time_is_enough() -> None:
    assert add("09:00") == PLAIN


def test_every_piece_is_understood() -> None:
    assert add(FULL_TEXT) == FULL
    assert format_draft(FULL) == FULL_TEXT
    assert format_draft(PLAIN) == "09:00 weekdays Asia/Seoul"


@pytest.mark.parametrize(
    "text",
    [
        "weekdays 09:00",
        "Asia/Seoul 9:00 MON-FRI",
        "only-changes:no 09:00 skip:none weekdays mention:none grace:4h query:none",
        "09:00 mon tue wed thu fri",
        "09:00 mon, tue, wed-fri",
        "09:00 mon\u2013fri",
        "\uff10\uff19\uff1a\uff10\uff10 weekdays",
        "\uff10\uff19\uff1a\uff10\uff10 \uff2don\uff0dfri Asia\uff0fSeoul \uff53kip\uff1anon\uff45",
        "\n09:00\tweekdays ",
        "09:00 mention-after:none if-unsure:never-lost",
    ],
)
def test_one_schedule_can_be_typed_in_many_ways(text: str) -> None:
    assert add(text) == PLAIN


@pytest.mark.parametrize(
    "text",
    ["09:00,17:30", "09:00, 17:30", "17:30 9:00", "09:00,09:00,17:30", "09:00\u300117:30",
     "09:00 , 17:30", "09:00 \u3001 17:30", "09:00,\uff0c17:30",
     "\uff10\uff19\uff1a00\uff0c17:30 ,"],
)  # fmt: skip
def test_times_are_in_order_and_each_once(text: str) -> None:
    assert when(text).times == (time(9), time(17, 30))


@pytest.mark.parametrize("zone", ["UTC", "Japan", "America/Argentina/Buenos_Aires", "Etc/GMT+9"])
def test_a_zone_may_have_any_form_that_the_database_has(zone: str) -> None:
    assert when(f"09:00 {zone}").timezone == zone


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("09:00 web daily Asia/Tokyo", "web daily Asia/Tokyo"),
        ('09:00 "daily"', "daily"),
        ('09:00 "Asia/Seoul" mon', "Asia/Seoul mon"),
        ('09:00 daily UTC "only-changes" x', "only-changes x"),
        ("09:00 type:custom skip:KR os:none", "type:custom os:none"),
        ("09:00 claimed:<@U0123456789|a b> UTC", "claimed:U0123456789 UTC"),
        ('09:00 "skip:KR"', '"skip:KR"'),
        ('09:00 "a  b" grace:1h c', '"a  b" c'),
        ("09:00 -daily -Asia/Seoul", "-daily -Asia/Seoul"),
        ("09:00 japan utc", "japan utc"),
        ("09:00 skip mention grace", "skip mention grace"),
        ('09:00 "UTC+9" "every" "days"', "UTC+9 every days"),
        ('09:00 web "days" UTC+9', "web days UTC+9"),
        ('09:00 "localtime"', "localtime"),
        ("09:00 localtime2 factory pst -5", "localtime2 factory pst -5"),
        ("09:00 mon , web", "web"),
    ],
)
def test_the_rest_is_the_query_and_what_is_quoted_always(text: str, query: str) -> None:
    assert add(text).query == parse_query(query)


@pytest.mark.parametrize(
    "text",
    [
        "mention:U0123456789,S0123456789",
        "mention:@U0123456789,@S0123456789",
        "mention:<@U0123456789|jane>,<!subteam^S0123456789|@sre>",
        "mention:<@U0123456789|jane doe>,<!subteam^S0123456789>",
        'mention:"U0123456789, S0123456789"',
        "mention:U0123456789,S0123456789,U0123456789",
        "mention:\uff35\uff10123456789\uff0cS0123456789",
    ],
)
def test_mentions_are_ids_in_every_form_that_slack_has(text: str) -> None:
    assert add(f"09:00 {text} web").mentions == FULL.mentions


@pytest.mark.parametrize("country", ["kr", "KR", '"South Korea"', "south-korea", "Korea"])
def test_a_country_goes_by_code_or_name(country: str) -> None:
    assert when(f"09:00 skip:{country}").holidays == "KR"


@pytest.mark.parametrize(
    ("text", "field", "suggestion", "said"),
    [
        ("", "times", None, "There is no time of day."),
        ("weekdays web", "times", None, "There is no time of day."),
        ("25:00", "times", None, '"25:00" is not a time of day.'),
        ("9am", "times", "09:00", '"9am" is not a time of day.'),
        ("web 09:00", "times", None, 'The time "09:00" stands behind the query.'),
        ("09:00 weekday", "days", "weekdays", '"weekday" is not a day.'),
        ("09:00 monday", "days", "mon", '"monday" is not a day.'),
        ("09:00 mon-fry", "days", "fri", '"fry" is not a day.'),
        ("09:00 Asia/Soul", "timezone", "Asia/Seoul", '"Asia/Soul" is not a known time zone.'),
        ("09:00 KST", "timezone", "Asia/Seoul", '"KST" is not a known time zone.'),
        ("09:00 UTC+9", "timezone", "Asia/Seoul", '"UTC+9" is an offset, and not a time zone.'),
        ("09:00 gmt+09:00 x", "timezone", "Asia/Seoul", '"gmt+09:00" is an offset'),
        ("09:00 Asia/Seoul +0900", "timezone", "Asia/Seoul", '"+0900" is an offset'),
        ("09:00 UTC\u22125", "timezone", None, '"UTC-5" is an offset'),
        ("09:00 -05:00", "timezone", None, '"-05:00" is an offset'),
        ("09:00 PST", "timezone", None, '"PST" is not a known time zone.'),
        ("09:00 localtime", "timezone", None, '"localtime" is not a known time zone.'),
        ("09:00 Factory", "timezone", None, '"Factory" is not a known time zone.'),
        ("09:00 Asia/Calcutta EST", "timezone", None, "Asia/Calcutta and EST are 2 time zones."),
        ("09:00 Asia/Calcutta,EST x", "timezone", None, "Asia/Calcutta and EST are 2 time zones."),
        ("09:00 workdays", "days", "weekdays", '"workdays" is not a day.'),
        ("09:00 every day", "days", "daily", '"day" is not a day.'),
        ("09:00 every monday", "days", "mon", '"monday" is not a day.'),
        ("09:00 every mon", "days", None, '"every" is not a day.'),
        ("09:00 business days", "days", None, '"days" is not a day.'),
        ("09:00 \ud3c9\uc77c", "days", "weekdays", '"\ud3c9\uc77c" is not a day.'),
        ("9:00 pm", "times", "21:00", '"9:00 pm" is not a time of day.'),
        ("09:00 skip:Koreaa", "holidays", "KR", '"Koreaa" is not a country whose holidays'),
        ("09:00 skip:", "holidays", None, '"" is not a country whose holidays'),
        ("09:00 skp:KR", "holidays", "skip:KR", 'I do not know "skp:KR".'),
        ("09:00 holidays:KR", "holidays", "skip:KR", 'I do not know "holidays:KR".'),
        ("09:00 skip:KR skip:JP", "holidays", None, '"skip:JP" is the second of its kind.'),
        ("09:00 mention:@sre", "mentions", None, '"@sre" is not the id of a person'),
        ("09:00 mention:SRE", "mentions", None, '"SRE" is not the id of a person'),
        ("09:00 mention:", "mentions", None, '"" is not the id of a person'),
        ("09:00 mention-after:3", "mention_after", None, '"3" is not a length of time.'),
        ("09:00 mention-after:9w9d", "mention_after", None, '"9w9d" is not a length of time.'),
        ("09:00 grace:8d", "grace", None, '"8d" cannot be the grace.'),
        ("09:00 grace:0m", "grace", None, '"0m" cannot be the grace.'),
        ("09:00 grac:1h", "grace", "grace:1h", 'I do not know "grac:1h".'),
        ("09:00 if-unsure:twice", "if_unsure", "if-unsure:never-twice", "I do not understand"),
        ("09:00 only-changes:x", "only_changes", None, 'I do not understand "only-changes:x".'),
        ("09:00 typ:custom", "query", "type:", 'I do not know the filter "typ:".'),
        ('09:00 "web', "query", None, "The quote before"),
        ("09:00 query:web", "query", None, 'I do not understand "query:web".'),
        ("09:00 claimed:none,me", "query", None, "A digest is for everybody"),
        ("09:00 query:none web", "query", None, '"query:none" and "web" do not go together.'),
    ],
)
def test_a_mistake_names_its_field_and_the_nearest_right(
    text: str, field: str, suggestion: str | None, said: str
) -> None:
    error = mistake(text)
    assert str(error).startswith(said)
    assert (error.field, error.suggestion) == (field, suggestion)


@pytest.mark.parametrize(
    "text", ["09:00 UTC+9", "09:00 workdays", "09:00 localtime", "09:00 every"]
)
def test_what_looks_like_a_day_or_zone_can_be_looked_for_in_quotes(text: str) -> None:
    assert "put it in quotes" in mistake(text).remedy
    at, word = text.split()
    assert add(f'{at} "{word}"').query == Query((Word(word),))


def test_no_more_times_and_mentions_than_anybody_reads() -> None:
    times = ",".join(f"00:{minute:02}" for minute in range(25))
    assert str(mistake(times)) == "25 times a day are too many."
    ids = ",".join(f"U{number:04}" for number in range(21))
    assert str(mistake(f"09:00 mention:{ids}")) == "21 mentions are too many."


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("", {}),
        ("only-changes:no", {"only_changes": False}),
        ("mention:none", {"mentions": ()}),
        ("mention-after:none", {"mention_after": 0}),
        ("grace:1h if-unsure:never-lost", {"grace": 3600, "if_unsure": "never_lost"}),
        ("query:none", {"query": Query()}),
        ("os:ubuntu web", {"query": parse_query("os:ubuntu web")}),
    ],
)
def test_an_edit_replaces_what_is_named_and_no_more(typed: str, changed: dict[str, Any]) -> None:
    assert parse_edit(typed, FULL) == msgspec.structs.replace(FULL, **changed)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("08:00", {"times": (time(8),)}),
        ("weekend", {"days": frozenset({5, 6})}),
        ("Asia/Tokyo", {"timezone": "Asia/Tokyo"}),
        ("skip:none", {"holidays": None}),
        (
            "08:00 daily skip:JP",
            {"times": (time(8),), "days": frozenset(range(7)), "holidays": "JP"},
        ),
    ],
)
def test_an_edit_keeps_the_rest_of_the_timetable(typed: str, changed: dict[str, Any]) -> None:
    timetable = msgspec.structs.replace(FULL.timetable, **changed)
    assert parse_edit(typed, FULL) == msgspec.structs.replace(FULL, timetable=timetable)


def test_an_edit_that_is_wrong_changes_nothing_and_says_so() -> None:
    with pytest.raises(ScheduleError, match="not a known time zone"):
        parse_edit("Asia/Soul", FULL)


# ---- properties


spans = st.integers(1, 365 * 24 * 60).map(lambda minutes: minutes * 60)
tricky = st.sampled_from(
    ["only-changes", "Only-Changes", "mon", "weekdays", "weekdayz", "Asia/Seoul", "a/b", "UTC",
     "KST", "9am", "skip", "help", "digest", "none", "<@U1|a", "b>", "only\u2013changes", "sun,x",
     "every", "days", "workdays", "UTC+9", "+9", "localtime", "PST", "pm", "\u3001", "UTC,EST"]
)  # fmt: skip
word_queries = st.lists(st.builds(Word, tricky, st.booleans()), max_size=4).map(
    lambda words: Query(words=tuple(words))
)
drafts = st.builds(
    Draft,
    channel=st.just("C1"),
    timetable=st.builds(
        Timetable,
        times=st.sets(
            st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=24
        ).map(lambda times: tuple(sorted(times))),
        days=st.frozensets(st.integers(0, 6), min_size=1),
        timezone=st.sampled_from(PLACES),
        holidays=st.sampled_from([None, *(code for code, _ in countries())]),
    ),
    query=st.one_of(queries, word_queries).map(lambda query: query.resolved("U0123456789")),
    only_changes=st.booleans(),
    mentions=st.lists(
        st.from_regex(r"[UWS][0-9A-Z]{8,10}", fullmatch=True), unique=True, max_size=20
    ).map(tuple),
    mention_after=st.one_of(st.just(0), spans),
    grace=st.integers(1, 7 * 24 * 60).map(lambda minutes: minutes * 60),
    if_unsure=st.sampled_from(["never_lost", "never_twice"]),
)
fragments = st.sampled_from(
    ["09:00", ",", " ", "mon", "-fri", "weekdays", "Asia/", "Seoul", "UTC", "only-changes", "skip:",
     "KR", "mention:", "<@U1|a b>", "U1", "grace:", "4h", "query:", "none", '"', "type:", "x", "\\",
     "if-unsure:", "never-twice", "\uff1a", "\u2013", "\0"]
)  # fmt: skip


@given(drafts)
def test_every_draft_survives_its_text(draft: Draft) -> None:
    assume(utf16_units(format_query(draft.query)) <= MAX_QUERY_LENGTH)
    text = format_draft(draft)
    assert add(text) == draft
    assert parse_edit(text, draft) == draft


@given(st.one_of(st.text(), st.lists(fragments, max_size=14).map("".join)))
def test_any_text_is_a_draft_that_survives_or_a_schedule_error(text: str) -> None:
    try:
        draft = add(text)
    except ScheduleError as error:
        assert str(error)  # noqa: PT017 - most texts raise, and the few that do not are right
        return
    assert add(format_draft(draft)) == draft

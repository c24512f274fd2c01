from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.inputs import FormErrors
from bot.blocks.message import View
from bot.blocks.schedules.form import form_view, new_draft
from bot.blocks.schedules.menus import country_options, zone_options
from bot.blocks.schedules.modal import (
    FormMetadata,
    not_saved_view,
    overtaken_modal,
    refused_modal,
    saved_view,
    saving_view,
)
from bot.blocks.schedules.query_check import (
    counting_block,
    matches_block,
    mistake_block,
    not_counted_block,
    with_check,
)
from bot.blocks.schedules.reading import at_field, read_form
from bot.blocks.state import StaleMessage
from bot.errors import (
    BotError,
    NotAllowed,
    QueryError,
    ScheduleChanged,
    ScheduleError,
    StoreError,
    TimedOut,
)
from bot.query import Query, parse_query
from bot.schedule import MAX_MENTIONS, Draft, Timetable, countries
from tests.blocks.examples import CLOUD, NOW, QUERIES
from tests.blocks.limits import MARK, check_options_answer, check_view, texts, units
from tests.blocks.schedule_examples import schedule
from tests.schedule.clocks import PLACES

URL = "https://hooks.slack.example/actions/T0/1234567890/abcdefghijklmnopqrstuvwx"
HERE = FormMetadata(channel_id="C012ABCDEF", response_url=URL)
CHECK = matches_block(Query(), 23, 23)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)

USERS = st.integers(0, 99).map(lambda number: f"U0{number}ABCD")
GROUPS = st.integers(0, 199).map(lambda number: f"S0{number}ABCD")
TIMETABLES = st.builds(
    Timetable,
    st.sets(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=24)
    .map(sorted)
    .map(tuple),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(PLACES),
    st.none() | st.sampled_from([code for code, _ in countries()]),
)
DRAFTS = st.builds(
    Draft,
    channel=st.sampled_from(["C012ABCDEF", "G012ABCDEF", "D012ABCDEF"]),
    timetable=TIMETABLES,
    query=QUERIES,
    only_changes=st.booleans(),
    mentions=st.tuples(
        st.lists(USERS, max_size=10, unique=True), st.lists(GROUPS, max_size=10, unique=True)
    ).map(lambda both: (*both[0], *both[1])),
    mention_after=st.integers(0, 500_000).map(lambda minutes: minutes * 60),
    grace=st.integers(1, 10_080).map(lambda minutes: minutes * 60),
    if_unsure=st.sampled_from(["never_lost", "never_twice"]),
)
NAMED = st.none() | st.dictionaries(GROUPS, CLOUD, max_size=130)


def view_of(draft: Draft, groups: Mapping[str, str] | None = None) -> View:
    return form_view(HERE, draft, groups, CHECK, NOW)


def draft_of(query: str = "", **changes: Any) -> Draft:
    draft = new_draft("C012ABCDEF", "Asia/Seoul", parse_query(query))
    return msgspec.structs.replace(draft, **changes)


_STARTS: Mapping[str, tuple[str, str, Any]] = {
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "plain_text_input": ("value", "initial_value", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "external_select": ("selected_option", "initial_option", None),
    "static_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
}


def submitted(view: View, **changes: Any) -> dict[str, dict[str, Any]]:
    """Return the form's values as Slack sends them, with some inputs' states replaced."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        key, initial, empty = _STARTS[element["type"]]
        state = changes.get(block["block_id"], element.get(initial, empty))
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], key: state}}
    return values


def labels(answer: Mapping[str, Any]) -> list[str]:
    return [option["text"]["text"] for option in answer["options"]]


@given(DRAFTS, NAMED)
def test_submitting_the_form_untouched_gives_the_same_draft(
    draft: Draft, groups: dict[str, str] | None
) -> None:
    view = view_of(draft, groups)
    check_view(view)
    assert read_form(submitted(view)) == draft


def test_a_new_digest_starts_at_nine_on_weekdays_in_ones_own_zone() -> None:
    draft = read_form(submitted(view_of(new_draft("C1", "Europe/Berlin", parse_query("web")))))
    when = Timetable((time(9),), frozenset(range(5)), "Europe/Berlin")
    assert draft == Draft(channel="C1", timetable=when, query=parse_query("web"))


@given(
    st.builds(
        FormMetadata,
        channel_id=st.just("C012ABCDEF"),
        response_url=st.just(URL),
        replace=st.booleans(),
        schedule_id=st.none() | st.integers(1, 10**9),
        revision=st.integers(0, 10**9),
    )
)
def test_metadata_survives_slack(metadata: FormMetadata) -> None:
    assert units(metadata.encode()) <= 3000
    assert FormMetadata.decode(metadata.encode()) == metadata


@pytest.mark.parametrize(
    "text", ["", "[]", '["pf0","C0","u",false,null,0]', '["pf1","C0","u",false]', '["\ud800"]']
)
def test_metadata_of_another_release_is_told_as_such(text: str) -> None:
    with pytest.raises(StaleMessage):
        FormMetadata.decode(text)


def test_every_mistake_is_told_at_its_own_input() -> None:
    values = submitted(
        view_of(draft_of()),
        channel=None,
        times="9 o'clock",
        days=[],
        timezone=None,
        query="typ:custom",
        mention_after="soon" + MARK * 500,
    )
    with pytest.raises(FormErrors) as caught:
        read_form(values)
    errors = caught.value.errors
    assert list(errors) == ["channel", "times", "days", "timezone", "query", "mention_after"]
    assert "Did you mean" in errors["query"]
    assert all(len(text) <= 300 for text in errors.values())


def test_more_mentions_than_a_digest_can_carry_are_a_mistake() -> None:
    groups = {f"S0{number}": f"@team-{number}" for number in range(11)}
    view = view_of(draft_of(mentions=tuple(groups)), groups)
    users = [f"U0{number}" for number in range(MAX_MENTIONS - 10)]
    with pytest.raises(FormErrors) as caught:
        read_form(submitted(view, mentions=users))
    assert list(caught.value.errors) == ["mentions"]
    assert len(read_form(submitted(view, mentions=users[:-1])).mentions) == MAX_MENTIONS


def test_a_grace_of_the_typed_form_is_kept_among_the_usual_ones() -> None:
    view = view_of(draft_of(grace=90 * 60))
    element = next(b["element"] for b in view["blocks"] if b.get("block_id") == "grace")
    assert labels(element) == [
        "Up to 1 hour late",
        "Up to 90 minutes late",
        "Up to 4 hours late",
        "Up to 12 hours late",
        "Up to 1 day late",
    ]
    assert element["initial_option"] == element["options"][1]


def test_the_digest_of_a_direct_message_can_be_chosen_where_it_is() -> None:
    channels = [
        view_of(draft_of(channel=channel))["blocks"][0]["element"]["filter"]["include"]
        for channel in ("C012ABCDEF", "D012ABCDEF")
    ]
    assert ["im" in include for include in channels] == [False, True]


def test_user_groups_that_slack_does_not_tell_are_left_out_with_a_hint() -> None:
    view = view_of(draft_of(), groups=None)
    assert "groups" not in submitted(view)
    assert "usergroups:read" in "\n".join(texts(view["blocks"]))


def test_user_groups_of_the_digest_stay_where_slack_does_not_tell_any() -> None:
    view = view_of(draft_of(mentions=("U0AA", "S0GONE")), groups=None)
    assert read_form(submitted(view)).mentions == ("U0AA", "S0GONE")
    assert "usergroups:read" in "\n".join(texts(view["blocks"]))


def test_a_workspace_without_user_groups_has_no_menu_of_them() -> None:
    view = view_of(draft_of(), groups={})
    assert "groups" not in submitted(view)
    assert "usergroups:read" not in "\n".join(texts(view["blocks"]))


def test_of_too_many_user_groups_the_chosen_are_offered_and_the_rest_counted() -> None:
    groups = {f"S{number:03}": f"@team-{number:03}" for number in range(150)}
    view = view_of(draft_of(mentions=("S149",)), groups)
    block = next(block for block in view["blocks"] if block.get("block_id") == "groups")
    assert labels(block["element"])[:3] == ["@team-149", "@team-000", "@team-001"]
    assert "50 more cannot be offered" in block["hint"]["text"]
    assert "mention:S0123456789" in block["hint"]["text"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("seoul", "Asia/Seoul (UTC+09:00)"),
        ("SEOUL", "Asia/Seoul (UTC+09:00)"),
        ("asia/seo", "Asia/Seoul (UTC+09:00)"),
        ("new york", "America/New_York (UTC-04:00)"),
        ("new_york", "America/New_York (UTC-04:00)"),
        ("ber", "Atlantic/Bermuda (UTC-03:00)"),
        ("europe ber", "Europe/Berlin (UTC+02:00)"),
        ("+5:30", "Asia/Calcutta (UTC+05:30)"),
        ("kst", "Asia/Pyongyang (UTC+09:00)"),
        ("utc", "Etc/UTC (UTC+00:00)"),
        ("\uff53\uff45\uff4f\uff55\uff4c", "Asia/Seoul (UTC+09:00)"),
        ("korea", "Asia/Seoul (UTC+09:00)"),
        ("south kor", "Asia/Seoul (UTC+09:00)"),
        ("KR", "Asia/Seoul (UTC+09:00)"),
        ("germany", "Europe/Berlin (UTC+02:00)"),
        ("New Zealand", "Pacific/Auckland (UTC+12:00)"),
    ],
)
def test_a_time_zone_is_found_by_city_region_country_or_offset(typed: str, first: str) -> None:
    assert labels(zone_options(typed, SUMMER))[0] == first


def test_every_country_finds_the_zones_in_it() -> None:
    """All that zone.tab has: it lacks two islands where nobody lives, and Kosovo."""
    found = {code for code, name in countries() if labels(zone_options(name, SUMMER))}
    assert {code for code, _ in countries()} - found <= {"BV", "HM", "XK"}


@pytest.mark.parametrize("typed", ["utc+9", "UTC+09:00", "gmt+9", "+9", "+09:00"])
def test_time_zones_of_an_offset_come_first_where_it_is_typed(typed: str) -> None:
    found = labels(zone_options(typed, SUMMER))
    assert "Asia/Seoul (UTC+09:00)" in found
    assert all(label.endswith("(UTC+09:00)") for label in found[:10])


@given(st.text(max_size=20) | st.sampled_from(["", "a", "e", "/", "+", "utc", "asia"]))
def test_slack_takes_what_is_offered_for_any_text(typed: str) -> None:
    check_options_answer(zone_options(typed, NOW))
    check_options_answer(country_options(typed))


@pytest.mark.parametrize("typed", ["kr", "KR", "korea", "South Korea", "republic of korea"])
def test_a_country_is_found_by_name_or_code(typed: str) -> None:
    assert "South Korea (KR)" in labels(country_options(typed))


def test_no_country_is_offered_before_anything_is_typed() -> None:
    options = country_options("")["options"]
    values = submitted(view_of(draft_of()), holidays=options[0])
    assert read_form(values).timetable.holidays is None


@given(QUERIES, st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_line_under_the_query_keeps_slacks_limits(
    query: Query, matched: int, total: int
) -> None:
    lines = [
        matches_block(query, matched, total),
        counting_block(query),
        not_counted_block(query, TimedOut("No answer.")),
        mistake_block(QueryError(MARK + "x" * 4000, MARK, suggestion=MARK * 90)),
    ]
    for line in lines:
        check_view(
            view_of(draft_of()) | {"blocks": with_check(view_of(draft_of())["blocks"], line)}
        )


def test_the_line_says_how_many_match() -> None:
    line = "\n".join(texts(matches_block(parse_query("type:custom"), 3, 23)))
    assert line == "*3* of 23 pending images match now\nQuery: type:custom"


def test_the_line_of_a_mistake_names_the_nearest_valid_word() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("size:>3")
    assert "GB" in "\n".join(texts(mistake_block(caught.value)))


def test_another_line_changes_nothing_else_of_the_form() -> None:
    blocks = view_of(draft_of())["blocks"]
    line = counting_block(Query())
    changed = with_check(blocks, line)
    assert [(a, b) for a, b in zip(blocks, changed, strict=True) if a != b] == [(CHECK, line)]


@pytest.mark.parametrize(
    "error",
    [
        ScheduleChanged(3),
        NotAllowed("Not yours.", "Ask.", ask=("U0AAAA1",)),
        StoreError("The database " + MARK * 4000, MARK, passing=True),
    ],
)
def test_a_refusal_stands_above_the_form_once_and_keeps_its_inputs(error: BotError) -> None:
    blocks = view_of(draft_of("web"))["blocks"]
    once = refused_modal(HERE, blocks, error)
    check_view(once)
    twice = refused_modal(HERE, once["blocks"], error)
    assert twice == once
    assert twice["blocks"][-len(blocks) :] == blocks


def test_what_somebody_else_saved_stands_above_the_form_and_is_what_is_replaced_next() -> None:
    blocks = view_of(draft_of("web"))["blocks"]
    now = schedule(revision=7, query=parse_query(f'"{MARK * 40}"'))
    view = overtaken_modal(HERE, refused_modal(HERE, blocks, StoreError("Gone."))["blocks"], now)
    check_view(view)
    assert "Gone." not in "\n".join(texts(view["blocks"]))
    assert view["blocks"][-len(blocks) :] == blocks
    assert FormMetadata.decode(view["private_metadata"]).revision == 7


def test_after_a_failing_database_one_is_told_to_look_before_saving_again() -> None:
    view = refused_modal(HERE, view_of(draft_of())["blocks"], StoreError("Gone."))
    assert "it may have been saved" in "\n".join(texts(view["blocks"]))


def test_a_mistake_about_an_input_is_told_there_and_any_other_is_not() -> None:
    values = submitted(view_of(draft_of()))
    error = at_field(ScheduleError("No member.", "Invite it.", field="channel"), values)
    assert error is not None
    assert error.errors == {"channel": "No member. Invite it."}
    assert at_field(ScheduleError("No."), values) is None
    assert at_field(StoreError("No."), values) is None


@given(DRAFTS)
def test_what_was_not_saved_in_time_can_be_typed_instead(draft: Draft) -> None:
    view = not_saved_view(HERE, StoreError("Gone."), draft)
    check_view(view)
    assert any("/pending-images digest add" in text for text in texts(view["blocks"]))


def test_what_is_shown_while_and_after_saving_keeps_slacks_limits() -> None:
    check_view(saving_view(HERE))
    check_view(saved_view(HERE, "Digest *#3* is set up."))

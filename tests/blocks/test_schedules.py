"""The digests of a channel, their history, and what is said of changes to them."""

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.blocks import ids
from bot.blocks.failures import failure_message, typed_failure_message
from bot.blocks.limits import MENTIONS_SHOWN, SCHEDULES_PAGE
from bot.blocks.message import Message
from bot.blocks.schedules import notices
from bot.blocks.schedules.channel import ScheduleRow, schedules_message
from bot.blocks.schedules.help import (
    DIGEST_COMMANDS,
    DIGEST_PIECES,
    CommandRow,
    schedule_help_message,
)
from bot.blocks.schedules.history import history_message
from bot.blocks.schedules.state import ScheduleState, read_schedule_value, schedule_value
from bot.blocks.state import StaleMessage
from bot.errors import NotAllowed, ScheduleChanged, ScheduleError, ScheduleGone, StoreError
from bot.query import parse_query
from bot.schedule import Delivery, DeliveryState, Schedule, Timetable, parse_add, parse_edit
from tests.blocks.limits import MARK, check_message, texts
from tests.blocks.schedule_examples import CHANNEL, MAKER, NINE, NOW, delivery, schedule

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
FIRST_PAGE = ScheduleState()
HOSTILE = f"{MARK}<!channel> *bold* `code` <https://evil.example|ok> @here :tada: \u202e\x00"


def board(
    *schedules: Schedule,
    last: Delivery | None = None,
    state: ScheduleState = FIRST_PAGE,
    can_look: bool | None = True,
    said: str = "",
) -> Message:
    rows = [ScheduleRow(item, last) for item in schedules]
    message = schedules_message(rows, state, can_look=can_look, now=NOW, said=said)
    check_message(message.text, message.blocks)
    return message


def shown(message: Message) -> str:
    check_message(message.text, message.blocks, longest_text=3_000)
    return "".join(texts(message.blocks))


def buttons(message: Message) -> dict[str, str]:
    """Label -> action id of the message's buttons; of several digests the last's."""
    return {
        element["text"]["text"]: element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


def numbers(message: Message) -> list[int]:
    """The digests that the message shows."""
    lines = [b["elements"][0]["elements"][0] for b in message.blocks if b["type"] == "rich_text"]
    return [int(line["text"].split()[0].removeprefix("#")) for line in lines]


def test_a_digest_says_when_what_who_and_how_it_went() -> None:
    text = shown(
        board(
            schedule(3, query=parse_query("type:custom"), mentions=("U0ON1", "S0OPS")),
            last=delivery(),
        )
    )
    for part in (
        "#3  09:00 weekdays, Asia/Seoul",
        "Shows: type:custom",
        "Next: 2026-11-24 00:00 UTC",
        "Last: 2026-11-23 00:00 UTC, posted: 5 of 23 images",
        f"made by <@{MAKER}>",
        "mentions <@U0ON1> <!subteam^S0OPS>",
        "at most 4 hours late",
    ):
        assert part in text


def test_options_are_told() -> None:
    text = shown(
        board(
            schedule(
                timetable=Timetable(NINE.times, NINE.days, NINE.timezone, "KR"),
                only_changes=True,
                mentions=("U0ON1",),
                mention_after=3 * 86400,
                grace=1800,
            )
        )
    )
    for part in (
        "public holidays of South Korea",
        "only when something has changed",
        "mentions <@U0ON1> where an image has waited 3 days",
        "at most 30 minutes late",
        "Last: none yet",
    ):
        assert part in text


def test_a_paused_digest_says_since_when_by_whom_and_offers_resume() -> None:
    message = board(schedule(paused_at=NOW - timedelta(days=1), paused_by="U0OTHER", next_due=None))
    assert "Paused since 2026-11-22 09:00 UTC" in shown(message)
    assert "paused by <@U0OTHER>" in shown(message)
    assert "Next" not in shown(message)
    assert "Resume" in buttons(message)
    assert "Pause" not in buttons(message)


def test_a_digest_that_paused_itself_says_why() -> None:
    text = shown(
        board(
            schedule(
                paused_at=NOW,
                pause_reason="Slack did not post to C012ABCDEF: is_archived.",
                next_due=None,
                failures=3,
            ),
            last=delivery(state=DeliveryState.FAILED, ts=None, outcome="is_archived"),
        )
    )
    assert "Paused by itself since " in text
    assert ": Slack did not post to C012ABCDEF: is_archived." in text
    assert "not posted: is_archived (3 refusals of Slack's in a row)" in text


def test_a_running_digest_offers_everything() -> None:
    assert buttons(board(schedule())) == {
        "Edit": ids.DIGEST_EDIT,
        "Pause": ids.DIGEST_PAUSE,
        "Send now": ids.DIGEST_SEND,
        "Preview": ids.DIGEST_PREVIEW,
        "History": ids.DIGEST_HISTORY,
        "Delete": ids.DIGEST_DELETE,
        "Add": ids.DIGEST_ADD,
        "History of all": ids.DIGEST_HISTORY,
        "Refresh": ids.DIGESTS_SHOW,
    }


def test_a_digest_of_the_settings_is_read_only_and_says_so() -> None:
    message = board(schedule(made_by=None))
    assert "set by `DIGEST_*` in the bot's settings, and changed there alone" in shown(message)
    own = set(buttons(message)) - {"Add", "History of all", "Refresh"}
    assert own == {"Preview", "History"}


def test_a_digest_of_the_settings_that_paused_itself_can_be_resumed() -> None:
    offered = buttons(board(schedule(made_by=None, paused_at=NOW, next_due=None)))
    assert set(offered) - {"Add", "History of all", "Refresh"} == {"Resume", "Preview", "History"}


def test_deleting_asks_first() -> None:
    message = board(schedule(7))
    row = next(b for b in message.blocks if b.get("block_id", "").startswith("digest.7"))
    confirm = row["elements"][-1]["confirm"]
    assert confirm["title"]["text"] == "Delete digest #7?"
    assert confirm["confirm"]["text"] == "Delete"


@pytest.mark.parametrize(
    ("can_look", "policy", "said"),
    [
        (True, "never_lost", "none is lost and none comes twice"),
        (False, "never_lost", "*never lost*: it may come twice"),
        (False, "never_twice", "*never twice*: it may be missing"),
        (None, "never_twice", "where the bot may not read it"),
        (None, "never_twice", "*never twice*: it may be missing"),
    ],
)
def test_it_says_what_happens_to_interrupted_deliveries(
    can_look: bool | None, policy: str, said: str
) -> None:
    assert said in shown(board(schedule(if_unsure=policy), can_look=can_look))


def test_where_the_bot_can_look_no_policy_is_named() -> None:
    assert "never lost" not in shown(board(schedule()))


def test_a_channel_without_digests_says_how_to_have_one() -> None:
    message = board()
    assert "digest add 09:00 weekdays" in shown(message)
    assert list(buttons(message)) == ["Add", "Refresh"]


def test_what_was_done_stands_above_and_is_spoken() -> None:
    message = board(schedule(), said=notices.paused_text(schedule()))
    assert message.text == notices.paused_text(schedule())
    assert message.blocks[1]["text"]["text"].startswith(":double_vertical_bar: Digest *#3*")


def test_digests_beyond_a_page_are_on_the_next() -> None:
    many = [schedule(number) for number in range(1, SCHEDULES_PAGE + 4)]
    first = board(*many)
    assert numbers(first) == list(range(1, SCHEDULES_PAGE + 1))
    assert "Previous" not in buttons(first)
    tools = first.blocks[-2]["elements"]
    state = read_schedule_value(next(e for e in tools if e["text"]["text"] == "Next")["value"])
    second = board(*many, state=state)
    assert numbers(second) == [9, 10, 11]
    assert "Next" not in buttons(second)
    assert second.text == "11 digests in this channel. Page 2 of 2."


def test_the_page_of_the_digest_that_is_meant_is_shown() -> None:
    many = [schedule(number) for number in range(1, 20)]
    assert 17 in numbers(board(*many, state=ScheduleState(1, 17)))


@pytest.mark.parametrize("page", [0, 3, 999_999_999])
def test_a_page_that_is_not_there_any_more_shows_one_that_is(page: int) -> None:
    many = [schedule(number) for number in range(1, 10)]
    assert numbers(board(*many, state=ScheduleState(page))) == ([9] if page else list(range(1, 9)))


def test_every_button_carries_its_digest_and_page() -> None:
    many = [schedule(number) for number in range(1, 10)]
    for block in board(*many, state=ScheduleState(2)).blocks:
        if block.get("block_id", "").startswith("digest."):
            states = [read_schedule_value(e["value"]) for e in block["elements"]]
            assert set(states) == {ScheduleState(2, 9)}


def widest_schedule(number: int, *, paused: bool) -> Schedule:
    every_quarter = tuple(time(n // 4, 15 * (n % 4)) for n in range(96))
    name = "America/Argentina/ComodRivadavia"
    changes: dict[str, Any] = {
        "timetable": Timetable(every_quarter, frozenset({0, 2, 4, 6}), name, "GB"),
        "query": parse_query(f'"{"&<" * 60}"'),
        "only_changes": True,
        "mentions": tuple(f"S{n:029}" for n in range(40)),
        "mention_after": 3 * 86400,
        "grace": 123_456,
        "made_by": "U" + "1" * 30,
    }
    if paused:
        changes |= {"paused_at": NOW, "paused_by": "W" + "2" * 30, "pause_reason": HOSTILE * 20}
    return schedule(number, **changes)


@pytest.mark.parametrize("paused", [True, False])
@pytest.mark.parametrize("can_look", [True, False, None])
def test_the_widest_page_keeps_all_limits(paused: bool, can_look: bool | None) -> None:
    many = [widest_schedule(999_999_000 + n, paused=paused) for n in range(SCHEDULES_PAGE * 3)]
    last = delivery(state=DeliveryState.FAILED, outcome=HOSTILE * 50, ts=None)
    said = notices.added_text(many[0], zone_guessed=True)
    message = board(*many, last=last, state=ScheduleState(2), can_look=can_look, said=said)
    assert f"and {40 - MENTIONS_SHOWN} more" in shown(message)


def test_buttons_values_come_back_as_they_were() -> None:
    for state in (ScheduleState(), ScheduleState(4, 17), ScheduleState(2)):
        assert read_schedule_value(schedule_value(state)) == state


@pytest.mark.parametrize(
    "value", ["", "pi1~1~", "pd1~1~x", "pd1~~3", "pd2~1~3", "pd1~1~" + "9" * 20]
)
def test_a_value_of_another_release_says_so(value: str) -> None:
    with pytest.raises(StaleMessage):
        read_schedule_value(value)


def test_a_button_that_names_no_digest_where_one_is_needed_is_stale() -> None:
    with pytest.raises(StaleMessage):
        _ = ScheduleState(1).schedule


def test_a_history_tells_every_moment() -> None:
    text = shown(history_message([delivery(attempts=2)], 3))
    for part in (
        "History of digest #3",
        "The last 1 delivery",
        "#3  2026-11-23 00:00 UTC  posted: 5 of 23 images",
        "planned 2026-11-23 00:00 UTC · started 2026-11-23 00:00 UTC · posted 2026-11-23",
        "message 1795392003.000100",
        "2 attempts",
    ):
        assert part in text


def test_a_late_delivery_says_how_late_and_why() -> None:
    late = delivery(ts="1795394830.000100", delay="restarted")
    text = shown(history_message([late], 3))
    assert "posted 47 minutes late" in text
    assert "held up: restarted" in text


def test_a_delivery_sent_by_hand_says_by_whom() -> None:
    assert "Sent by hand by <@U0OTHER>" in shown(history_message([delivery(asked_by="U0OTHER")], 3))


def test_a_delivery_on_its_way_has_no_end() -> None:
    open_one = delivery(state=DeliveryState.WAITING, started_at=None, finished_at=None, ts=None)
    text = shown(history_message([open_one], None))
    assert "waits to be tried" in text
    assert "ended" not in text
    assert "started" not in text


def test_a_skipped_delivery_says_when_it_ended() -> None:
    skipped = delivery(state=DeliveryState.SKIPPED, missed=3, ts=None, total=None)
    text = shown(history_message([skipped], None))
    assert "3 skipped" in text
    assert "ended 2026-11-23" in text


def test_a_history_without_deliveries_says_so() -> None:
    assert "Nothing was delivered yet" in shown(history_message([], None))


@pytest.mark.parametrize("state", list(DeliveryState))
def test_the_widest_history_keeps_all_limits(state: DeliveryState) -> None:
    many = [
        delivery(
            number,
            state=state,
            schedule_id=999_999_999,
            asked_by="U" + "1" * 30,
            outcome=HOSTILE * 50,
            delay=HOSTILE * 50,
            attempts=10**6,
            missed=1000,
            total=10**9,
            matched=10**9 - 1,
        )
        for number in range(20)
    ]
    shown(history_message(many, 999_999_999, 999_999, has_older=True))


def test_a_refusal_names_whom_to_ask_as_a_mention() -> None:
    error = NotAllowed("Digest 3 is somebody else's.", "Ask its maker.", ask=(MAKER, "U0ADMIN"))
    message = failure_message(error)
    assert f"They may: <@{MAKER}> <@U0ADMIN>" in shown(message)
    assert message.text == "You may not do that. Ask its maker."


def test_what_was_typed_is_repeated_whole() -> None:
    typed = "digest add 9:00 " + "word " * 90
    error = ScheduleError(f'{MARK}"x" is not a day.', "Write mon.", suggestion="mon-thu")
    text = shown(typed_failure_message(error, typed))
    assert f"/pending-images {typed.strip()}" in text
    assert "Nearest that is valid: mon-thu" in text
    assert "Nothing was changed." in text


def test_of_a_broken_database_nothing_is_promised() -> None:
    text = shown(typed_failure_message(StoreError("It broke.", passing=True), "digest pause 3"))
    assert "Nothing was changed" not in text
    assert "Look at `/pending-images digest`" in text


def test_hostile_typed_text_stays_text() -> None:
    shown(typed_failure_message(ScheduleError(HOSTILE, HOSTILE, suggestion=HOSTILE), HOSTILE * 99))


@pytest.mark.parametrize("error", [ScheduleGone(3), ScheduleChanged(3), StoreError("It broke.")])
def test_a_failure_about_digests_has_a_heading_of_its_own(error: Any) -> None:
    assert "That did not work" not in shown(failure_message(error))


def test_a_question_before_deleting_says_which() -> None:
    message = notices.deletion_message(schedule(query=parse_query("web")), NOW)
    assert "Delete digest #3?" in shown(message)
    assert "09:00 weekdays, Asia/Seoul" in shown(message)
    assert buttons(message) == {"Delete": ids.DIGEST_DELETE, "Keep it": ids.DIGESTS_SHOW}


def test_a_new_digest_says_by_whose_clocks_where_that_was_a_guess() -> None:
    said = notices.added_text(schedule(), zone_guessed=True)
    assert "by the clocks of Asia/Seoul" in said
    assert "clocks" not in notices.added_text(schedule())


def test_the_help_has_every_command_and_piece() -> None:
    message = schedule_help_message()
    text = shown(message)
    assert all(row.typed in text for row in (*DIGEST_COMMANDS, *DIGEST_PIECES))
    assert not set("<>") & set(message.text)


@pytest.mark.parametrize("row", DIGEST_COMMANDS)
def test_every_command_is_in_the_readme_in_the_words_of_the_help(row: CommandRow) -> None:
    assert f"| `{row.typed}` | {row.meaning} |" in README


@pytest.mark.parametrize("row", DIGEST_PIECES)
def test_every_piece_is_in_the_readme_and_is_understood(row: CommandRow) -> None:
    assert f"| `{row.typed}` | {row.meaning} |" in README
    draft = parse_add(f"09:00 {row.typed}", channel=CHANNEL, timezone="Asia/Seoul")
    changed = parse_edit(row.typed, draft)
    assert changed == draft


def test_a_direct_message_is_named_and_no_link_to_it_is_shown() -> None:
    direct = schedule(channel="D0SIM0001")
    for said in (notices.elsewhere_text(direct), notices.unchecked_text(direct)):
        assert "a direct message" in said
        assert "<#" not in said
    assert f"<#{CHANNEL}>" in notices.elsewhere_text(schedule())

"""How long a delivery waits, when it has waited too long, and what it says of it. Pure."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.background.outage import Outage
from bot.digests.lateness import NOT_RUNNING, PLANNED_LATE, RESTARTED, lateness
from bot.digests.waits import (
    LONGEST_WAIT,
    TRIED_AT_ONCE,
    outage_pause,
    pause,
    too_late,
    why,
)
from bot.errors import SlackError, StoreError
from bot.schedule import Delivery, DeliveryState, Schedule
from bot.sending import FIRST_WAIT
from tests.digests.clocks import HOUR, MINUTE, NINE, SECOND
from tests.digests.world import draft

spans = st.timedeltas(timedelta(), timedelta(days=30))


def delivery(**named: Any) -> Delivery:
    fields: dict[str, Any] = {
        "id": 1,
        "schedule_id": 1,
        "channel": "C1",
        "occurrence": "1/2026-11-23T09:00/Asia/Seoul",
        "due": NINE,
        "planned_at": NINE + SECOND,
        "state": DeliveryState.PREPARING,
        "not_before": NINE,
    }
    return Delivery(**(fields | named))


def schedule(grace: int) -> Schedule:
    wanted = draft(grace=grace)
    return Schedule(
        id=1,
        revision=1,
        channel=wanted.channel,
        timetable=wanted.timetable,
        grace=grace,
        made_by="U1",
        made_at=NINE,
        next_due=None,
    )


def error(code: str = "internal_error", retry_after: float | None = None) -> SlackError:
    return SlackError("no", "wait", code=code, retry_after=retry_after)


@given(st.integers(0, 10_000), st.floats(0, 1e6))
def test_slacks_own_word_counts_whatever_was_tried(attempts: int, seconds: float) -> None:
    assert pause(delivery(attempts=attempts), error(retry_after=seconds)) == seconds


@given(st.integers(1, 10_000))
def test_without_it_waits_grow_up_to_a_minute(attempts: int) -> None:
    wait = pause(delivery(attempts=attempts), error())
    assert FIRST_WAIT <= wait <= LONGEST_WAIT
    assert wait <= pause(delivery(attempts=attempts + 1), error())
    assert wait == min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 10))


def test_the_first_waits() -> None:
    waits = [pause(delivery(attempts=number), error()) for number in range(6)]
    assert waits == [5, 5, 10, 20, 40, 60]


@given(st.integers(0, 10_000))
def test_after_an_outage_of_the_database_waits_begin_with_none_and_grow_up_to_a_minute(
    attempts: int,
) -> None:
    wait = outage_pause(delivery(attempts=attempts))
    assert 0 <= wait <= outage_pause(delivery(attempts=attempts + 1)) <= LONGEST_WAIT
    assert (wait == 0) == (attempts <= TRIED_AT_ONCE)


def test_a_late_digest_names_what_it_waited_for() -> None:
    codes = ("ratelimited", "rate_limited", "unreachable", "no_answer", "internal_error")
    assert [why(error(code)) for code in codes] == [
        "Slack asked to wait",
        "Slack asked to wait",
        "Slack could not be reached",
        "Slack did not answer",
        "Slack did not answer",
    ]


@given(st.integers(0, 30 * 86_400), spans)
def test_it_is_too_late_once_the_grace_is_over(grace: int, late: timedelta) -> None:
    seconds = timedelta(seconds=grace)
    assert too_late(delivery(), schedule(grace), NINE + late) == (late > seconds)


@given(spans, spans, spans)
def test_lateness_is_told_in_whole_seconds_from_a_minute_on(
    late: timedelta, planned: timedelta, running: timedelta
) -> None:
    now = NINE + late
    seconds, reason = lateness(
        delivery(planned_at=NINE + planned, delay="Slack asked to wait"), now, now - running
    )
    if late < MINUTE:
        assert (seconds, reason) == (0, "")
        return
    assert seconds == late // SECOND
    if planned <= PLANNED_LATE:
        assert reason == "Slack asked to wait", "what held it up last"
    else:
        assert reason == (RESTARTED if now - running > NINE else NOT_RUNNING)


def reason_of(planned: timedelta, started: datetime) -> str:
    return lateness(delivery(planned_at=NINE + planned), NINE + HOUR, started)[1]


def test_the_reason_is_the_first_that_held_it_up() -> None:
    assert reason_of(47 * MINUTE, NINE + 46 * MINUTE) == "restarted"
    assert reason_of(47 * MINUTE, NINE - HOUR) == "the bot or its database was not running"
    assert reason_of(SECOND, NINE - HOUR) == ""
    assert reason_of(SECOND, NINE + 46 * MINUTE) == "restarted", "it died with it in hand"


def test_an_outage_is_logged_when_it_begins_and_when_it_ends(logs: list[dict[str, Any]]) -> None:
    outage, failure = Outage("the sky"), StoreError("It is away.", "Wait.", passing=True)
    outage.over()
    for _ in range(2):
        outage.met(failure)
        outage.met(failure)
        outage.over()
        outage.over()
    assert [entry["event"] for entry in logs] == ["it fails", "it works again"] * 2
    assert logs[0]["error"] == "It is away."
    assert logs[0]["remedy"] == "Wait."

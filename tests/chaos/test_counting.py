"""The count of a chaos run sees what it must see."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.digests.posting import EVENT_TYPE
from bot.schedule import Delivery, DeliveryState
from tests.chaos.counting import Post, Wanted, tally
from tests.chaos.run import Mischief, Outcome

NINE = datetime(2026, 11, 27, 9, tzinfo=UTC)
WANTED = [Wanted("C01", "1/nine", NINE), Wanted("C02", "2/nine", NINE)]


def post(channel: str, occurrence: str | None, seconds: float = 1.0) -> Post:
    payload = {"occurrence": occurrence}
    metadata = None if occurrence is None else {"event_type": EVENT_TYPE, "event_payload": payload}
    return Post(channel, f"{NINE.timestamp() + seconds:.6f}", metadata)


def record(
    occurrence: str, ts: str | None, state: DeliveryState = DeliveryState.POSTED
) -> Delivery:
    return Delivery(
        id=1,
        schedule_id=1,
        channel="C01",
        occurrence=occurrence,
        asked_by=None,
        due=NINE,
        planned_at=NINE,
        state=state,
        not_before=NINE,
        ts=ts,
        finished_at=NINE + timedelta(seconds=2),
    )


POSTS = [post("C01", "1/nine"), post("C02", "2/nine")]
RECORDS = [record("1/nine", POSTS[0].ts), record("2/nine", POSTS[1].ts)]


def test_nothing_is_wrong_where_each_arrived_once() -> None:
    counted = tally(WANTED, POSTS, RECORDS)
    assert counted.at_fault == []
    assert (counted.wanted, counted.messages) == (2, 2)


def test_what_did_not_arrive_is_lost_whatever_the_records_say() -> None:
    counted = tally(WANTED, POSTS[:1], RECORDS)
    assert counted.lost == ["2/nine"]
    assert counted.recorded_wrongly == ["2/nine"]


def test_what_arrived_twice_is_duplicated_whatever_the_records_say() -> None:
    counted = tally(WANTED, [*POSTS, post("C01", "1/nine", 1.5)], RECORDS)
    assert counted.at_fault == ["duplicated"]
    assert counted.duplicated == {"1/nine": 2}


@pytest.mark.parametrize(
    "stray", [post("C01", None), post("C02", "1/nine"), post("C01", "1/ten"), post("C03", None)]
)
def test_a_message_that_nobody_wanted_is_a_stray(stray: Post) -> None:
    """One without metadata might be a second digest that nobody can tell from the first."""
    counted = tally(WANTED, [*POSTS, stray], RECORDS)
    assert counted.at_fault == ["strays"]
    assert len(counted.strays) == 1


def test_what_arrived_before_it_was_due_is_early() -> None:
    early = [post("C01", "1/nine", -0.001), POSTS[1]]
    counted = tally(WANTED, early, [record("1/nine", early[0].ts), RECORDS[1]])
    assert counted.at_fault == ["early"]
    assert counted.early == ["1/nine"]


@pytest.mark.parametrize(
    "records",
    [
        RECORDS[1:],
        [*RECORDS, RECORDS[0]],
        [*RECORDS, record("1/ten", None)],
        [record("1/nine", "1.000000"), RECORDS[1]],
        [record("1/nine", POSTS[0].ts, DeliveryState.UNSURE), RECORDS[1]],
    ],
)
def test_a_record_that_does_not_fit_its_message_is_wrong(records: list[Delivery]) -> None:
    counted = tally(WANTED, POSTS, records)
    assert counted.at_fault == ["recorded_wrongly"]


def outcome(posts: list[Post], killed: Counter[str], stopped: Counter[str]) -> Outcome:
    return Outcome(
        tally=tally(WANTED, posts, RECORDS),
        killed=killed,
        struck=0,
        stopped=stopped,
        database_restarts=Counter(),
        looked_up=0,
        duplicates=[],
        seconds=1.0,
        unfinished=False,
    )


KILLED = Counter(["before finish"])
TWICE = [*POSTS, POSTS[0]]


def test_a_run_in_which_nobody_died_is_not_good() -> None:
    assert outcome(POSTS, KILLED, Counter()).faults(Mischief()) == []
    assert outcome(POSTS, Counter(), Counter()).faults(Mischief()) == ["nobody was killed"]


def test_duplicates_are_forgiven_only_where_replicas_are_stopped_and_losses_never() -> None:
    stops = Mischief(stops=True)
    stopped = Counter(["at any instant"])
    assert outcome(TWICE, KILLED, Counter()).faults(Mischief()) == ["duplicated"]
    assert outcome(TWICE, KILLED, stopped).faults(stops) == []
    assert outcome(POSTS, KILLED, Counter()).faults(stops) == ["nobody was stopped"]
    assert "lost" in outcome(POSTS[:1], KILLED, stopped).faults(stops)
    assert "duplicated 1" in "\n".join(outcome(TWICE, KILLED, stopped).lines())

from datetime import time, timedelta
from typing import Any

import pytest

from bot.blocks.schedule_words import (
    late_words,
    mention_tokens,
    outcome_words,
    query_words,
    schedule_line,
    span_words,
)
from bot.query import parse_query
from bot.schedule import DeliveryState, Timetable
from tests.blocks.schedule_examples import delivery, schedule

DUE = delivery().due


def test_a_schedule_is_its_times_days_and_zone() -> None:
    assert schedule_line(schedule()) == "09:00 weekdays, Asia/Seoul"
    timetable = Timetable((time(9), time(17, 30)), frozenset(range(7)), "UTC", "KR")
    assert schedule_line(schedule(timetable=timetable)) == (
        "09:00, 17:30 daily, UTC, not on public holidays of South Korea"
    )


def test_a_query_is_its_canonical_text() -> None:
    assert query_words(parse_query("TYPE:custom  web")) == "web type:custom"
    assert query_words(parse_query("")) == "all pending images"


def test_mentions_notify_users_and_groups() -> None:
    assert mention_tokens(["U012", "W012", "S012"]) == "<@U012> <@W012> <!subteam^S012>"


@pytest.mark.parametrize(
    "odd", ["", "U", "u012", "C012", "U012|x", "U012> <!here", "@here", "U012\n", "U" + "0" * 99]
)
def test_what_is_no_id_is_no_mention(odd: str) -> None:
    assert mention_tokens([odd]) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than a minute late"),
        (59, "less than a minute late"),
        (60, "1 minute late"),
        (47 * 60 + 59, "47 minutes late"),
        (3600, "1 hour late"),
        (3600 + 50 * 60, "1 hour 50 minutes late"),
        (2 * 86_400 + 3 * 3600 + 60, "2 days 3 hours late"),
    ],
)
def test_how_late_is_told_in_two_units_at_most(seconds: int, said: str) -> None:
    assert late_words(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3 * 86_400, "3 days"), (36 * 3600, "36 hours"), (5400, "90 minutes"), (61, "61 seconds")],
)
def test_a_span_is_told_to_the_second(seconds: int, said: str) -> None:
    assert span_words(seconds) == said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "posted: 5 of 23 images"),
        ({"matched": 23}, "posted: 23 images"),
        ({"total": 1, "matched": None}, "posted: 1 image"),
        ({"total": None}, "posted"),
        (
            {"ts": f"{(DUE + timedelta(minutes=47)).timestamp():.6f}", "delay": "restarted"},
            "posted 47 minutes late: 5 of 23 images",
        ),
        (  # found, and recorded, long after it was posted
            {"finished_at": DUE + timedelta(minutes=47)},
            "posted: 5 of 23 images",
        ),
        (
            {"ts": "?", "finished_at": DUE + timedelta(hours=1)},
            "posted 1 hour late: 5 of 23 images",
        ),
        ({"state": DeliveryState.SILENT}, "silent, because nothing had changed"),
        ({"state": DeliveryState.SKIPPED, "missed": 1, "outcome": "too late"}, "skipped: too late"),
        ({"state": DeliveryState.SKIPPED, "missed": 3}, "3 skipped"),
        ({"state": DeliveryState.FAILED, "outcome": "no_channel"}, "not posted: no_channel"),
        ({"state": DeliveryState.UNSURE}, "perhaps posted, and not repeated"),
        ({"state": DeliveryState.NOTICE}, "posted a notice in the digest's place"),
        (
            {"state": DeliveryState.WAITING, "finished_at": None, "delay": "Slack asked to wait"},
            "waits to be tried: Slack asked to wait",
        ),
        ({"state": DeliveryState.PREPARING}, "being prepared"),
        ({"state": DeliveryState.POSTING}, "being posted"),
    ],
)
def test_what_became_of_a_delivery_is_told(parts: dict[str, Any], said: str) -> None:
    assert outcome_words(delivery(**parts)) == said

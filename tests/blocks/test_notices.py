"""What their makers are told of digests that Slack refuses."""

from datetime import time

import pytest
from msgspec.structs import replace

from bot.blocks.notices import digests_refused_message
from bot.schedule import Timetable
from tests.blocks.limits import check_message
from tests.blocks.schedule_examples import NOW, schedule


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("paused_at", [None, NOW])
def test_ten_failures_with_the_longest_of_words_fit_a_message(
    count: int, paused_at: object
) -> None:
    often = Timetable(
        tuple(time(hour, 30) for hour in range(24)), frozenset(range(5)), "Asia/Seoul"
    )
    made = schedule(timetable=often, paused_at=paused_at)
    refused = [replace(made, id=10**9 + n) for n in range(count)]
    message = digests_refused_message([(each, "&" * 5_000) for each in refused])
    check_message(message.text, message.blocks)
    assert all(f"#{each.id}" in str(message.blocks) for each in refused)

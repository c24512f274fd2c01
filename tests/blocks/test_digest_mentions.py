from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.digests.digest import mentions_due
from tests.blocks.digest_examples import FIRST_SEEN, MANY, checked, content_of, headings
from tests.blocks.examples import NOW
from tests.blocks.schedule_examples import schedule

DAY = 86_400


def mention(count: int, **options: Any) -> str | None:
    """The line that mentions people in a digest of that many images, of which one waits a day."""
    first_seen = {image.id: NOW - timedelta(days=n + 1) for n, image in enumerate(MANY[:count])}
    kept = schedule(**({"mentions": ("U0ONCALL", "S0ONCALL")} | options))
    said = headings(checked(content_of(MANY[:count], schedule=kept, first_seen=first_seen)))
    return said[0].removeprefix(":bell: ") if said[0].startswith(":bell:") else None


@pytest.mark.parametrize(
    ("count", "after", "said"),
    [
        (0, 0, None),
        (1, 0, "<@U0ONCALL> <!subteam^S0ONCALL> 1 image waits for a decision."),
        (2, 0, "<@U0ONCALL> <!subteam^S0ONCALL> 2 images wait for a decision."),
        (2, 3 * DAY, None),
        (3, 3 * DAY, "<@U0ONCALL> <!subteam^S0ONCALL> 1 image has waited 3 days or longer."),
        (9, 36 * 3600, "<@U0ONCALL> <!subteam^S0ONCALL> 8 images have waited 36 hours or longer."),
    ],
)
def test_people_are_mentioned_where_an_image_has_waited_long_enough(
    count: int, after: int, said: str | None
) -> None:
    assert mention(count, mention_after=after) == said


def test_nobody_is_mentioned_where_nobody_is_to_be() -> None:
    assert mention(9, mentions=()) is None


def test_more_people_than_one_digest_mentions_are_counted() -> None:
    said = mention(1, mentions=tuple(f"U{n}" for n in range(23)))
    assert said is not None
    assert said.count("<@U") == 20
    assert " and 3 more 1 image waits" in said


def test_an_image_never_seen_before_has_waited_no_time() -> None:
    kept = schedule(mentions=("U0ONCALL",), mention_after=60)
    assert not mentions_due(kept, MANY, {}, NOW)
    assert mentions_due(kept, MANY, FIRST_SEEN, NOW)
    assert mentions_due(schedule(mentions=("U0ONCALL",)), MANY, {}, NOW)

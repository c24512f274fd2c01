from collections.abc import Sequence

import pytest

from bot.blocks.digests.numbers import number_blocks
from bot.images import PendingImage
from tests.blocks.digest_examples import MANY, TREND
from tests.blocks.examples import image
from tests.blocks.limits import check_message


def lines(images: Sequence[PendingImage], trend: Sequence[int | None]) -> list[str]:
    blocks = number_blocks(images, trend)
    if not blocks:
        return []
    check_message("Numbers", blocks)
    (section,) = blocks[0]["elements"]
    return "".join(piece["text"] for piece in section["elements"]).split("\n")


def test_images_are_counted_by_type_and_owner() -> None:
    by_type, by_owner = lines(MANY, [])
    assert by_type == "By type: custom 12 · gpu_custom 6 · k8s 5"
    assert " · PartnerAccount 5 · Research c4ca4238 5 · Platform Team 4" in by_owner


def test_the_most_frequent_owners_alone_are_named() -> None:
    owners = [image(n, owner=f"o{n}", owner_account_name=f"Team {n}") for n in range(8)]
    assert lines(owners, [])[1] == (
        "By owner: Team 0 1 · Team 1 1 · Team 2 1 · Team 3 1 · Team 4 1 · and 3 more"
    )


def test_the_trend_is_drawn_and_said() -> None:
    assert lines([], TREND) == [
        "Last 14 days: ··▇▇▇███▇▇▇▇██ from 18, 11 days ago, to 23 now; between 18 and 25"
    ]


@pytest.mark.parametrize(
    ("trend", "said"),
    [
        ([3, 3], ["Last 2 days: ██ from 3, 1 day ago, to 3 now"]),
        ([0, 0, 0], ["Last 3 days: ▁▁▁ from 0, 2 days ago, to 0 now"]),
        ([None, 3], []),
        ([None, None], []),
        ([], []),
    ],
)
def test_one_day_is_no_trend(trend: list[int | None], said: list[str]) -> None:
    assert lines([], trend) == said

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.cards.card import CardLook
from bot.blocks.message import Message
from bot.blocks.triage.watch_posts import (
    escalation_message,
    resolved_message,
    undone_message,
    watch_message,
)
from bot.images import PendingImage
from tests.blocks.examples import IMAGES, NOW, image
from tests.blocks.limits import MARK, check_message, texts
from tests.blocks.triage_examples import ADA, CLAIMED

DAY = timedelta(hours=24)


def shown(message: Message) -> str:
    check_message(message.text, message.blocks)
    return "\n".join(texts(message.blocks))


@given(st.lists(IMAGES, min_size=1, max_size=10))
def test_any_new_images_are_posted_as_cards_within_limits(images: list[PendingImage]) -> None:
    message = watch_message(images, CardLook(now=NOW, decisions=True))
    shown(message)
    assert list(message.cards.values()) == [one.id for one in images]


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 new image waits for a decision"), (3, "3 new images wait for a decision")],
)
def test_a_post_counts_what_is_new_and_shows_how_it_stands(count: int, said: str) -> None:
    images = [image(number) for number in range(count)]
    look = CardLook(now=NOW, triages={images[0].id: CLAIMED}, decisions=True)
    message = watch_message(images, look)
    assert message.text == f"{said}."
    assert f":new: *{said}*" in shown(message)
    assert "*Claimed* by <@U0ADA>" in shown(message)


def test_on_call_is_mentioned_in_the_blocks_alone() -> None:
    message = escalation_message([image(1)], ("S0ONCALL", ADA, "U1> <!here"), DAY, 1)
    assert shown(message) == (
        ":bell: <!subteam^S0ONCALL> <@U0ADA> *Nobody has claimed this image, and it has waited "
        "1 day.* Claim it, decide it or snooze it on its card, above.\nweb-server-001"
    )
    assert message.text == (
        "Nobody has claimed this image, and it has waited 1 day. "
        "Claim it, decide it or snooze it on its card, above."
    )


def test_a_second_call_says_so_and_nobody_to_mention_is_no_fault() -> None:
    text = shown(escalation_message([image(1)], (), 2 * DAY, 2))
    assert text.startswith(":bell: *Nobody has claimed")
    assert "waited 2 days.* This is call number 2." in text


def test_one_call_names_all_images_of_a_post() -> None:
    message = escalation_message([image(1), image(2), image(3)], ("S0ONCALL",), DAY, 2)
    text = shown(message)
    assert "Nobody has claimed these 3 images, and each has waited 1 day.* This is" in text
    assert "Claim, decide or snooze each on its card, above." in text
    assert text.endswith("web-server-001\nweb-server-002\nweb-server-003")
    assert text.count("<!subteam^S0ONCALL>") == 1


@pytest.mark.parametrize(("by", "said"), [(ADA, ": <@U0ADA> undid the decision."), ("", ".")])
def test_an_image_is_pending_again_and_who_undid_it_is_told_where_known(by: str, said: str) -> None:
    message = undone_message(image(1), by)
    assert f"*This image is pending again*{said}" in shown(message)
    assert message.text == "This image is pending again."


@pytest.mark.parametrize(
    ("how", "by", "said"),
    [
        ("accepted", ADA, "*This image was accepted* by <@U0ADA>."),
        ("rejected", None, "*This image was rejected*."),
        ("withdrawn", None, "*This image was withdrawn*."),
        (None, None, "*This image was decided or withdrawn elsewhere*."),
        ("accepted", "U1> <!here", "*This image was accepted*."),
    ],
)
def test_what_became_of_an_image_is_told_with_who_where_known(
    how: Any, by: str | None, said: str
) -> None:
    message = resolved_message(image(1), how, by)
    assert said in shown(message)
    assert message.text in said.replace("*", "").replace(" by <@U0ADA>", "")


@given(IMAGES)
def test_any_image_is_called_for_and_resolved_within_limits(one: PendingImage) -> None:
    shown(escalation_message([one] * 10, ["U" + "0" * 16] * 50, timedelta(days=10**5), 10**6))
    assert MARK not in resolved_message(one, None, ADA).text
    shown(resolved_message(one, None, ADA))

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.images import PendingImage
from bot.sightings import Sighting
from tests.blocks.digest_examples import (
    GONE,
    LAST,
    MANY,
    checked,
    content_of,
    headings,
    names,
    shown,
)
from tests.blocks.examples import NOW, image

OLD = "*{} still waiting*{}, the longest first (counted since the bot first saw them)"


def gone_lines(gone: Sequence[Sighting]) -> list[str]:
    """What is told of what has gone, a mention as its id."""
    lists = [
        block["elements"][0]["elements"]
        for block in checked(content_of(gone=gone)).blocks
        if block["type"] == "rich_text" and block["elements"][0]["type"] == "rich_text_list"
    ]
    return [
        "".join(piece.get("text") or f"@{piece['user_id']}" for piece in line["elements"])
        for line in (lists[0] if lists else [])
    ]


def test_what_has_changed_is_told_with_the_day_of_the_last_digest() -> None:
    since = headings(checked(content_of(new=[0, 1], gone=GONE[:1])))[0]
    assert since == (
        f"Since the last digest, <!date^{int(LAST.timestamp())}^{{date_short_pretty}} {{time}}|"
        "2026-11-20 09:00 UTC>: *2 new, 1 gone*."
    )


def test_where_nothing_has_changed_it_says_so() -> None:
    assert headings(checked(content_of()))[0].endswith(": *nothing new or gone*.")


def test_a_sign_of_life_says_that_the_bot_is_still_watching() -> None:
    said = headings(checked(content_of(still_watching=True)))[0]
    assert said.startswith(":eyes: *Nothing has changed since <!date^")
    assert "The bot is still watching." in said


def test_what_is_awake_again_is_counted_in_words_of_its_own() -> None:
    message = checked(content_of(woken=[0]))
    assert headings(message)[0].endswith(": *0 new, 1 awake again, 0 gone*.")
    assert "Since the last one: 0 new, 1 awake again, 0 gone." in message.text


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (1, " 1 more still waits and matches the query no longer."),
        (2, " 2 more still wait and match the query no longer."),
    ],
)
def test_images_that_left_the_query_are_no_gone_ones(left: int, said: str) -> None:
    assert headings(checked(content_of(left=left)))[0].endswith(said)


def test_the_longest_waiting_come_first_and_say_how_long() -> None:
    message = checked(content_of(MANY[:3]))
    assert names(message) == ["web-server-002", "web-server-001", "web-server-000"]
    assert "· waiting 2 days" in shown(message)
    assert headings(message)[1] == (
        "*3 still waiting*, the longest first (counted since the bot first saw them)"
    )


def test_a_query_with_an_order_keeps_it() -> None:
    message = checked(content_of(MANY, "sort:-size"))
    assert names(message)[0] == "web-server-022"
    assert headings(message)[1] == "*23 still waiting*, the first 10 below, in the query's order"
    longest = headings(checked(content_of(MANY, "sort:waiting")))[1]
    assert "the longest first" in longest


def test_the_new_come_first_under_a_heading_of_their_own() -> None:
    message = checked(content_of(MANY[:5], new=[0, 3]))
    assert headings(message)[1:] == [
        ":new: *2 new*",
        "*3 still waiting*, the longest first (counted since the bot first saw them)",
    ]
    assert [name[-1] for name in names(message)] == ["3", "0", "4", "2", "1"]


def test_the_ones_awake_again_come_after_the_new_under_a_heading_of_their_own() -> None:
    message = checked(content_of(MANY[:5], new=[0], woken=[2, 3]))
    assert headings(message)[1:] == [
        ":new: *1 new*",
        ":alarm_clock: *2 awake again*",
        OLD.format(2, ""),
    ]
    assert [name[-1] for name in names(message)] == ["0", "3", "2", "4", "1"]


def test_of_many_new_and_awake_again_each_and_the_others_have_room() -> None:
    message = checked(content_of(new=range(9), woken=range(9, 15)))
    assert headings(message)[1:] == [
        ":new: *9 new*, the first 3 below",
        ":alarm_clock: *6 awake again*, the first 1 below",
        OLD.format(8, ", the first 5 below"),
    ]


@pytest.mark.parametrize(
    ("count", "new", "new_cards", "old_cards"),
    [(23, 2, 2, 7), (23, 9, 4, 5), (12, 9, 6, 3), (23, 23, 9, 0), (4, 4, 4, 0), (9, 0, 0, 9)],
)
def test_as_many_cards_as_have_room_and_both_new_and_old_have_room(
    count: int, new: int, new_cards: int, old_cards: int
) -> None:
    message = checked(content_of(MANY[:count], new=range(new)))
    fresh = {f"web-server-{number:03}" for number in range(new)}
    assert [name in fresh for name in names(message)] == [True] * new_cards + [False] * old_cards


def test_how_many_are_not_shown_is_told() -> None:
    fresh, old = headings(checked(content_of(new=range(9))))[1:]
    assert fresh == ":new: *9 new*, the first 4 below"
    assert old.startswith("*14 still waiting*, the first 5 below, the longest first")


def test_what_has_gone_is_told_by_name_owner_and_fate() -> None:
    assert gone_lines(GONE) == [
        "web-server-060 · PartnerAccount · accepted by @U0DECIDER",
        "web-server-061 · Research · rejected",
        f"web-server-062 · {image(62).owner} · withdrawn",
        "web-server-063 · Platform Team · decided or withdrawn elsewhere",
    ]
    assert gone_lines([]) == []


def test_an_image_of_which_only_the_id_is_known_is_told_by_it() -> None:
    unknown = Sighting(image=PendingImage(id="id-1"), first_seen=LAST)
    assert gone_lines([unknown]) == [
        "(no name) id-1 · owner unknown · decided or withdrawn elsewhere"
    ]


@pytest.mark.parametrize("by", ["", "jin", "U1> <!here", "S0GROUP", "u0lower"])
def test_who_decided_is_mentioned_by_a_users_id_alone(by: str) -> None:
    (line,) = gone_lines([Sighting(image=image(1), first_seen=LAST, how="accepted", by=by)])
    assert line == "web-server-001 · Research · accepted"


def test_of_many_that_have_gone_the_rest_are_counted() -> None:
    gone = [Sighting(image=image(number), first_seen=LAST) for number in range(200)]
    lines = gone_lines(gone)
    assert len(lines) == 16
    assert lines[-1] == "and 185 more"
    assert "*200 gone*" in headings(checked(content_of(gone=gone)))


def test_an_image_first_seen_just_now_waits_since_then() -> None:
    message = checked(content_of(MANY[:1], first_seen={MANY[0].id: NOW - timedelta(seconds=5)}))
    assert "· waiting less than a minute" in shown(message)

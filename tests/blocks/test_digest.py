from datetime import time

import msgspec
import pytest
from hypothesis import given, settings

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, repainted
from bot.blocks.digests.digest import DigestContent, digest_failure_message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState, from_value
from bot.errors import Forbidden, Unavailable
from bot.images import PendingImage, UnreadableImage
from bot.oncall.values import UNTOUCHED, Triage
from bot.query import Query, Word, parse_query
from bot.schedule import DeliveryState, Draft, Timetable
from bot.sightings import Sighting
from bot.sim.slack.limits import message_problems
from bot.sim.slack.markup import active_markup
from tests.blocks.digest_examples import (
    BROKEN,
    DIGESTS,
    GONE,
    MANY,
    SCHEDULES,
    checked,
    content_of,
    contents,
    headings,
    names,
    shown,
)
from tests.blocks.examples import CLOUD, EVER, NOW, ORIGIN, image
from tests.blocks.limits import MARK, check_message
from tests.blocks.schedule_examples import delivery, schedule
from tests.blocks.triage_examples import WIDEST


@settings(max_examples=60)
@given(contents())
def test_any_digest_is_within_limits_and_inert(content: DigestContent) -> None:
    message = checked(content)
    live = {found.kind for found in active_markup(message.blocks, message.text)}
    assert live <= {"date", "bold", "emoji", "code", "user", "usergroup"}


@pytest.mark.parametrize(("piece", "count"), [("&", 1), ("&", 10), ("x", 101), ("&", 1_000)])
@pytest.mark.parametrize("triage", [UNTOUCHED, WIDEST])
def test_a_digest_with_all_that_may_befall_one_is_within_limits(
    piece: str, count: int, triage: Triage
) -> None:
    """Also when its cards are painted anew."""
    content = widest(MARK + piece * 4_999, count)
    busy = {shown.id: triage for shown in content.picked}
    message = checked(
        msgspec.structs.replace(content, triages=busy, decisions=True, sleeping=count)
    )
    wide = {shown.id: shown for shown in content.picked}
    look = CardLook(now=NOW, triages=dict.fromkeys(wide, WIDEST), decisions=True)
    check_message(message.text, repainted(message.blocks, message.cards, wide, look))
    assert min(count, 5) <= len(names(message)) <= 7
    assert len(message.blocks) > 40 or count == 1
    assert f"*{count:,} gone*" in shown(message)
    assert "could not be read: " in shown(message)


@pytest.mark.parametrize("name", DIGESTS)
def test_slack_takes_each_example(name: str) -> None:
    message = DIGESTS[name]()
    assert message_problems({"text": message.text, "blocks": message.blocks}) == []


def widest(long: str, count: int) -> DigestContent:
    """A digest of which every part is as wide as may be."""
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    wide = dict.fromkeys(every, long) | dict.fromkeys(
        ("created_at", "updated_at"), "2025-07-22T09:00:00Z"
    )
    images = [
        image(n, **wide | {"id": f"{long}{n}", "owner": f"{n % 7}{long}"}) for n in range(count)
    ]
    timetable = Timetable(
        times=tuple(time(hour) for hour in range(24)),
        days=frozenset((0, 2, 4, 6)),
        timezone="America/Argentina/ComodRivadavia",
        holidays="GS",
    )
    trouble = delivery(state=DeliveryState.UNSURE, outcome=long, due=NOW)
    whole = content_of(
        images,
        Query((Word("&" * 400),)),
        picked=images,
        gone=[Sighting(image=gone, first_seen=NOW, by="U" + "0" * 16) for gone in images],
        left=count,
        first_seen={one.id: EVER for one in images},
        unreadable=[UnreadableImage(f"{n}{long}", long) for n in range(count)],
        schedule=schedule(
            10**9,
            timetable=timetable,
            query=Query((Word("&" * 400),)),
            only_changes=True,
            mentions=tuple(f"S{n:016}" for n in range(50)),
            mention_after=90 * 60,
        ),
        trend=[10**6] * 14,
        origin=Origin(long, long, long),
        late_seconds=10**9,
        late_reason=long,
        troubles=[trouble] * 9 + [delivery(state=DeliveryState.SKIPPED, outcome=long, due=NOW)],
        version_warning=long,
        asked_by="U" + "0" * 16,
    )
    assert whole.changes is not None
    news = {"new": images[: count // 3], "woken": images[count // 3 : count // 2]}
    return msgspec.structs.replace(whole, changes=msgspec.structs.replace(whole.changes, **news))


@pytest.mark.parametrize(
    ("images", "query", "said"),
    [
        (MANY[:1], "", "1 pending image waits for a decision"),
        (MANY, "", "23 pending images wait for a decision"),
        (MANY, "type:k8s", "5 of 23 pending images match"),
        (MANY, "server-022", "1 of 23 pending images matches"),
        (MANY, "nowhere", "0 of 23 pending images match"),
        ([], "", "Nothing is waiting"),
        ([], "type:k8s", "Nothing is waiting"),
    ],
)
def test_the_title_says_how_many(images: list[PendingImage], query: str, said: str) -> None:
    message = checked(content_of(images, query))
    assert message.blocks[0]["text"]["text"] == said
    assert message.text.startswith(f"Digest: {said}.")


@pytest.mark.parametrize(
    ("images", "sleeping", "said"),
    [
        (MANY, 3, "20 of 23 pending images wait for a decision"),
        (MANY[:2], 1, "1 of 2 pending images waits for a decision"),
        (MANY[:1], 1, "0 of 1 pending image wait for a decision"),
    ],
)
def test_what_sleeps_counts_in_the_title_s_total_alone(
    images: list[PendingImage], sleeping: int, said: str
) -> None:
    message = checked(content_of(images, picked=images[sleeping:], sleeping=sleeping))
    assert message.blocks[0]["text"]["text"] == said


def test_the_notification_says_the_numbers_in_our_own_words() -> None:
    message = checked(content_of(new=[3], gone=GONE))
    assert message.text == (
        "Digest: 23 pending images wait for a decision. Since the last one: 1 new, 4 gone. "
        "Everyone here can open the whole list."
    )
    quiet = checked(content_of(still_watching=True))
    assert "Since the last one: nothing new or gone. The bot is still watching." in quiet.text
    assert "47 minutes late." in checked(content_of(late_seconds=47 * 60)).text
    assert checked(content_of(preview=True)).text.startswith("Preview of a digest: ")


def test_the_first_digest_knows_of_no_earlier_one() -> None:
    message = checked(content_of(changes=None))
    assert "last one" not in message.text
    assert "This is the first digest here" in shown(message)
    assert "*23 waiting*, the first 10 below" in shown(message)


def test_news_come_before_what_still_waits() -> None:
    message = checked(content_of(new=[0], gone=GONE))
    assert [heading.split("*")[1] for heading in headings(message)] == [
        "1 new, 4 gone",
        "1 new",
        "4 gone",
        "22 still waiting",
    ]


def test_the_whole_list_is_opened_with_the_digests_query() -> None:
    query = parse_query("type:custom")
    message = checked(content_of(MANY, query))
    row = message.blocks[-3]
    assert row["elements"][0]["action_id"] == ids.OPEN
    assert from_value(row["elements"][0]["value"]) == ListingState(query)
    assert "Query: type:custom" in shown(message)


def test_empty_digests_say_why_and_what_has_gone() -> None:
    nothing = checked(content_of([], gone=GONE))
    assert "Nothing to do." in shown(nothing)
    assert "*4 gone*" in shown(nothing)
    assert "Open the whole list" not in shown(nothing)
    assert "None of the pending images matches" in shown(checked(content_of(MANY, "nowhere")))
    asleep = checked(content_of(MANY, "nowhere", sleeping=2))
    assert "All that this digest looks for is snoozed." in shown(asleep)
    broken = shown(checked(content_of([], unreadable=[BROKEN])))
    assert "None of them can be read." in broken
    assert f"1 image could not be read: {BROKEN.id}" in broken


@pytest.mark.parametrize("count", [24, 25])
def test_a_list_that_may_be_cut_is_told(count: int) -> None:
    message = checked(content_of([image(number) for number in range(count)]))
    said = "SCP sent exactly 25 images: it may have cut the list."
    assert (said in shown(message)) == (count == 25)


def test_no_two_cards_share_a_block_id() -> None:
    message = checked(content_of(new=range(8)))
    card_ids = [block["block_id"] for block in message.blocks if "accessory" in block]
    assert len(set(card_ids)) == len(names(message)) == 9
    assert list(message.cards) == card_ids


@given(CLOUD, CLOUD, SCHEDULES)
def test_any_notice_of_failure_is_within_limits_and_inert(
    what: str, remedy: str, kept: Draft
) -> None:
    message = digest_failure_message(Forbidden(what, remedy), kept, ORIGIN, NOW)
    check_message(message.text, message.blocks)


def test_a_notice_of_failure_says_what_happened_and_when_the_next_digest_is() -> None:
    failed = Unavailable("SCP said: no.", "Try again in a minute.")
    kept = schedule(query=parse_query("type:custom"))
    message = digest_failure_message(failed, kept, ORIGIN, NOW)
    check_message(message.text, message.blocks)
    assert message.text == (
        "No digest of pending images this time. Samsung Cloud is unavailable right now. "
        "Try again in a minute."
    )
    assert message.blocks[0]["text"]["text"] == "No digest this time"
    assert "The next one is due <!date^" in shown(message)
    assert "digest #3 of this channel" in shown(message)
    (row,) = (block for block in message.blocks if block["type"] == "actions")
    assert from_value(row["elements"][0]["value"]) == ListingState(kept.query)


def test_a_notice_of_failure_is_silent_on_a_next_digest_that_is_not_known() -> None:
    for kept in (schedule(next_due=None), schedule(next_due=NOW)):
        message = digest_failure_message(Unavailable("SCP said: no."), kept, ORIGIN, NOW)
        assert "The next one" not in shown(message)

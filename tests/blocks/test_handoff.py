from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.cards.card import CardLook
from bot.blocks.home import HomeContent, Queue, home_view, not_for_you_view
from bot.blocks.message import Message, View
from bot.blocks.origin import Origin
from bot.blocks.triage.handoff import Handoff, handoff_message
from bot.errors import NotAllowed, StoreError, Unavailable
from bot.images import PendingImage
from bot.oncall.values import Claim, Triage
from tests.blocks.digest_examples import SCHEDULES
from tests.blocks.examples import CLOUD, EVER, FETCHED, IMAGES, NOW, ORIGIN, image
from tests.blocks.limits import MARK, check_home, check_message, texts
from tests.blocks.schedule_examples import schedule
from tests.blocks.triage_examples import (
    ACCEPTED,
    ADA,
    BOB,
    CLAIMED,
    SNOOZED,
    TRIAGES,
    WIDEST,
    WITHDRAWN,
)

FEW = [image(number) for number in range(9)]
DONE = {
    FEW[1].id: CLAIMED,
    FEW[2].id: SNOOZED,
    FEW[3].id: Triage(claim=Claim(BOB, NOW)),
    FEW[4].id: ACCEPTED,
}
SEEN = {shown.id: NOW - timedelta(days=number + 1) for number, shown in enumerate(FEW)}
LOOK = CardLook(now=NOW, first_seen=SEEN, triages=DONE, decisions=True)


def handoff_of(images: list[PendingImage] = FEW, look: CardLook = LOOK) -> Handoff:
    return Handoff(images=images, look=look, by=ADA, origin=ORIGIN, fetched_at=FETCHED)


def told(message: Message) -> str:
    check_message(message.text, message.blocks)
    return "\n".join("".join(texts(block)) for block in message.blocks)


@settings(max_examples=40)
@given(st.lists(st.tuples(IMAGES, TRIAGES), max_size=30))
def test_any_handoff_and_home_are_within_limits_and_inert(
    pairs: list[tuple[PendingImage, Triage]],
) -> None:
    images = [one for one, _ in pairs]
    look = CardLook(now=NOW, triages={one.id: done for one, done in pairs}, decisions=True)
    told(handoff_message(handoff_of(images, look)))
    shown(queue=Queue(images=images, look=look, fetched_at=FETCHED, cut_at=20))


@pytest.mark.parametrize("piece", ["x", "&", "😀"])
def test_the_widest_handoff_is_within_limits(piece: str) -> None:
    long = MARK + piece * 4999
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    wide = [image(n, **dict.fromkeys(every, long) | {"id": f"{long}{n}"}) for n in range(60)]
    look = CardLook(
        now=NOW,
        first_seen=dict.fromkeys((one.id for one in wide), EVER),
        triages={one.id: WIDEST for one in wide[:30]},
        decisions=True,
    )
    message = handoff_message(handoff_of(wide, look))
    assert "and 20 more" in told(message)
    assert len(message.cards) == 4


def test_a_handoff_tells_claims_what_rests_and_the_oldest_that_is_free() -> None:
    message = handoff_message(handoff_of())
    text = told(message)
    assert message.text == "Shift handoff: 2 claimed, 1 snoozed, 5 that nobody has claimed."
    assert "*2 claimed*\nweb-server-003 · claimed by  " in text
    assert "web-server-001 · claimed by  2026-11-23 07:00 UTC · waiting 2 days" in text
    assert "*1 snoozed*\nweb-server-002 · until 2026-11-26 09:00 UTC by  · owner on holiday" in text
    assert "*5 that nobody has claimed*, the longest for 9 days; the oldest below" in text
    assert list(message.cards.values()) == [FEW[n].id for n in (8, 7, 6, 5)]
    assert "By <@U0ADA>" in text
    named = [each for each in (ADA, BOB) if f"'user_id': '{each}'" in str(message.blocks)]
    assert named == [ADA, BOB]
    assert message.blocks[-1]["elements"][0]["action_id"] == ids.OPEN


def test_what_has_gone_or_was_decided_waits_no_more() -> None:
    gone = {FEW[n].id: WITHDRAWN for n in (1, 8)}
    message = handoff_message(handoff_of(look=msgspec.structs.replace(LOOK, gone=gone)))
    assert message.text == "Shift handoff: 1 claimed, 1 snoozed, 4 that nobody has claimed."


def test_a_handoff_of_nothing_says_so() -> None:
    message = handoff_message(handoff_of([]))
    assert "*0 claimed*\n*0 snoozed*\n*0 that nobody has claimed*\n" in told(message)
    assert not message.cards


def home(**fields: Any) -> View:
    own: dict[str, Any] = {
        "user_id": ADA,
        "queue": Queue(images=FEW, look=LOOK, fetched_at=FETCHED),
        "schedules": [],
        "may_decide": True,
        "origin": ORIGIN,
        "now": NOW,
    }
    view = home_view(HomeContent(**(own | fields)))
    check_home(view)
    return view


def shown(**fields: Any) -> str:
    return "\n".join("".join(texts(block)) for block in home(**fields)["blocks"])


def test_the_home_shows_my_claims_the_queue_and_the_oldest_that_is_free() -> None:
    text = shown()
    assert (
        "*8 pending images wait for a decision*: 2 claimed, 1 snoozed, "
        "5 claimed by nobody, the longest for 9 days." in text
    )
    mine = text[text.index("My claims") : text.index("Waiting longest")]
    assert "web-server-001" in mine
    assert "web-server-003" not in mine
    assert "web-server-008" in text
    assert "You have made no digest." in text
    (refresh,) = home()["blocks"][1]["elements"]
    assert refresh["action_id"] == ids.HOME_REFRESH


def test_an_empty_queue_and_no_claims_are_told() -> None:
    text = shown(queue=Queue(images=[], look=LOOK, fetched_at=FETCHED))
    assert "*Nothing waits for a decision.*" in text
    assert "You have claimed no image." in text


def test_the_home_shows_my_digests_and_where_they_go() -> None:
    kept = schedule(paused_at=NOW)
    text = shown(schedules=[kept] * 12)
    assert f"#{kept.id} in <#{kept.channel}> · *paused*09:00 weekdays, Asia/Seoul" in text
    assert "And 2 more." in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"may_decide": True}, "You are an approver: you may accept, reject and undo."),
        ({"may_decide": False}, "You cannot accept or reject: you are no approver, as far as"),
        ({"decisions_off": "Decisions are off."}, "note them. Decisions are off."),
    ],
)
def test_the_home_says_what_i_may_do(fields: dict[str, Any], said: str) -> None:
    assert said in shown(**fields)


def test_what_cannot_be_told_is_said_in_its_place() -> None:
    failed = Unavailable("SCP said: no.", "Try again in a minute.")
    text = shown(queue=failed, schedules=StoreError("The database is away."))
    assert "Samsung Cloud is unavailable right now" in text
    assert "The database is away." in text
    assert "You are an approver" in text


def test_whoever_may_not_look_is_told_why() -> None:
    view = not_for_you_view(NotAllowed("Guests may not.", "Ask somebody."))
    check_home(view)
    assert "Guests may not." in "".join(texts(view["blocks"]))


@settings(max_examples=30)
@given(
    st.lists(SCHEDULES, max_size=12),
    CLOUD | st.just(""),
    st.builds(Origin, st.none() | CLOUD, CLOUD, CLOUD),
)
def test_any_home_fits_and_is_inert(schedules: list[Any], off: str, origin: Origin) -> None:
    kept = [one for one in schedules if hasattr(one, "id")]
    look = CardLook(now=NOW, triages=dict.fromkeys((i.id for i in MANY), WIDE_OF_ADA))
    queue = Queue(images=MANY, look=look, fetched_at=FETCHED, cut_at=100)
    shown(schedules=kept, decisions_off=off, origin=origin, queue=queue)


MANY = [image(number) for number in range(100)]
WIDE_OF_ADA = Triage(claim=Claim(ADA, NOW))

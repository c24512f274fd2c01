from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.cards.card import CardLook, card_blocks, card_ids, cards, cards_width, repainted
from bot.blocks.cards.value import CardValue, from_card_value, to_card_value
from bot.blocks.message import Block, context, divider, plain, text_width
from bot.blocks.state import ListingState, StaleMessage
from bot.blocks.text import slack_date
from bot.images import PendingImage
from bot.oncall.values import SETTLED_HOLDS, UNTOUCHED, MemberStatus, Triage
from bot.query import Query
from bot.sightings import Sighting
from tests.blocks.examples import CLOUD, IMAGES, NOW, QUERIES, image
from tests.blocks.limits import check_message, escaped, texts, units
from tests.blocks.triage_examples import (
    ACCEPTED,
    ADA,
    CLAIMED,
    LATER,
    PROPOSED,
    SIGHTINGS,
    SNOOZED,
    TRIAGES,
    UNDERWAY,
    WIDEST,
    WITHDRAWN,
    resting,
    settled,
)

SHOWN = image(1)
AGO = slack_date(NOW - timedelta(minutes=1))
BOTH = [ids.CLAIM, ids.SNOOZE, ids.NOTE, ids.ACCEPT, ids.REJECT]


def card(triage: Triage = UNTOUCHED, gone: Sighting | None = None, **parts: Any) -> list[Block]:
    look: dict[str, Any] = {"now": NOW, "decisions": True, "triages": {SHOWN.id: triage}}
    look["gone"] = {} if gone is None else {SHOWN.id: gone}
    return card_blocks(SHOWN, "image.0.n", CardLook(**(look | parts)))


def buttons(blocks: list[Block]) -> list[str]:
    return [b["action_id"] for row in blocks if row["type"] == "actions" for b in row["elements"]]


def said(blocks: list[Block]) -> str:
    return " ".join(t for b in blocks if b["block_id"].endswith(".oncall") for t in texts(b))


def value(blocks: list[Block], action_id: str) -> CardValue:
    rows = (b for row in blocks if row["type"] == "actions" for b in row["elements"])
    return from_card_value(next(b["value"] for b in rows if b["action_id"] == action_id))


@pytest.mark.parametrize(
    ("triage", "line", "offered"),
    [
        (UNTOUCHED, "", BOTH),
        (CLAIMED, "*Claimed* by <@U0ADA>", [ids.RELEASE, *BOTH[1:]]),
        (
            SNOOZED,
            f"*Snoozed* until {slack_date(NOW + timedelta(days=3))} owner on holiday",
            [ids.CLAIM, ids.WAKE, *BOTH[2:]],
        ),
        (resting(-1), "", BOTH),
        (PROPOSED, "*Proposed* by <@U0ADA>, one more must accept", BOTH),
        (
            UNDERWAY,
            ":hourglass_flowing_sand: *Being accepted*, asked for by <@U0ADA>",
            [ids.CLAIM, ids.SNOOZE, ids.NOTE],
        ),
        (
            ACCEPTED,
            f"*Accepted* by <@U0ADA>, {AGO} · Undo until {slack_date(LATER, '{time}')}",
            [ids.UNDO],
        ),
    ],
)
def test_a_card_tells_what_was_done_and_offers_what_can_be_done(
    triage: Triage, line: str, offered: list[str]
) -> None:
    blocks = card(triage)
    check_message("A card", blocks)
    assert said(blocks) == line
    assert buttons(blocks) == offered


@pytest.mark.parametrize("triage", [UNTOUCHED, CLAIMED, SNOOZED, PROPOSED, UNDERWAY, ACCEPTED])
def test_without_decisions_nothing_can_be_decided(triage: Triage) -> None:
    offered = set(buttons(card(triage, decisions=False)))
    assert not offered & {ids.ACCEPT, ids.REJECT, ids.UNDO}
    assert "Undo" not in said(card(triage, decisions=False))


def test_no_undo_is_offered_when_its_time_is_over() -> None:
    blocks = card(ACCEPTED, WITHDRAWN_BY_NOBODY, now=LATER)
    assert buttons(blocks) == []
    assert said(blocks).startswith("*Accepted* by <@U0ADA>")
    assert "Undo" not in said(blocks)


WITHDRAWN_BY_NOBODY = msgspec.structs.replace(WITHDRAWN, how=None)


@pytest.mark.parametrize(
    ("how", "by", "line"),
    [
        ("accepted", ADA, "*Accepted by <@U0ADA>*"),
        ("rejected", None, "*Rejected*"),
        ("withdrawn", None, "*Withdrawn*"),
        (None, None, "*No longer pending: decided or withdrawn elsewhere*"),
        (None, "U1> <!here>", "*No longer pending: decided or withdrawn elsewhere*"),
        ("accepted", "U1> <!here>", "*Accepted*"),
    ],
)
def test_a_card_of_an_image_that_is_gone_tells_why_and_offers_nothing(
    how: Any, by: str | None, line: str
) -> None:
    blocks = card(CLAIMED, msgspec.structs.replace(WITHDRAWN, how=how, by=by))
    assert said(blocks) == line
    assert buttons(blocks) == []
    assert "waiting" not in " ".join(texts(blocks))


def test_a_decision_that_did_not_last_is_not_told_as_what_holds() -> None:
    assert said(card(ACCEPTED, WITHDRAWN)) == "*Withdrawn*"
    later = NOW + SETTLED_HOLDS
    assert buttons(card(ACCEPTED, now=later)) == BOTH


def test_a_decision_holds_until_scp_has_listed_the_image_again_well_after_it() -> None:
    later = NOW + 5 * SETTLED_HOLDS
    assert said(card(ACCEPTED, now=later, listed_at=NOW)).startswith("*Accepted* by <@U0ADA>")
    assert buttons(card(ACCEPTED, now=later, listed_at=later)) == BOTH


def test_a_decision_that_two_made_names_both() -> None:
    line = said(card(Triage(settled=settled("rejected", proposed_by="U0BOB"))))
    assert line.startswith("*Rejected* by <@U0ADA>, ")
    assert ", proposed by <@U0BOB> · Undo until " in line


def test_buttons_carry_the_round_and_what_is_expected() -> None:
    state = ListingState(Query(), 3)
    proposed = msgspec.structs.replace(PROPOSED, round=4)
    assert value(card(proposed, state=state), ids.ACCEPT) == CardValue(
        f"id~{SHOWN.id}", 4, state, "pending"
    )
    assert value(card(ACCEPTED), ids.UNDO) == CardValue(f"id~{SHOWN.id}", 1, None, "accepted")


def test_accept_and_reject_look_apart_and_are_named() -> None:
    (row,) = (block for block in card() if block["type"] == "actions")
    assert [(b["text"]["text"], b.get("style")) for b in row["elements"]] == [
        ("Claim", None),
        ("Snooze", None),
        ("Note", None),
        ("Accept", "primary"),
        ("Reject", "danger"),
    ]


@given(IMAGES, TRIAGES, st.none() | SIGHTINGS, st.booleans())
def test_any_card_is_within_limits_and_inert(
    shown: PendingImage, triage: Triage, gone: Sighting | None, decisions: bool
) -> None:
    look = CardLook(
        now=NOW,
        triages={shown.id: triage},
        gone={} if gone is None else {shown.id: gone},
        decisions=decisions,
    )
    blocks = card_blocks(shown, "image.0.n", look)
    assert len(blocks) <= 4
    check_message("A card", blocks)
    assert sum(map(escaped, texts(blocks))) <= cards_width(blocks)


@pytest.mark.parametrize(
    "triage", [WIDEST, Triage(settled=settled(by="U" + "0" * 16, proposed_by="U" + "0" * 16))]
)
def test_the_widest_of_states_has_its_share(triage: Triage) -> None:
    blocks = card(triage)
    assert sum(map(escaped, texts(blocks[2:]))) <= cards_width(blocks) - text_width(blocks[:2])


@given(
    st.text().filter(bool) | CLOUD,
    st.integers(0, 10**9 - 1),
    st.none() | st.builds(ListingState, QUERIES, st.integers(1, 10**6)),
    st.sampled_from(("pending", "accepted", "rejected")),
)
def test_a_buttons_value_comes_back_as_it_was(
    image_id: str, number: int, state: ListingState | None, expected: MemberStatus
) -> None:
    (shown,) = [PendingImage(id=image_id)]
    ref = card_blocks(shown, "b", CardLook(now=NOW))[0]["accessory"]["value"]
    carried = to_card_value(CardValue(ref, number, state, expected))
    assert units(carried) <= 2000
    assert not set("<>&") & set(carried)
    assert from_card_value(carried) == CardValue(ref, number, state, expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id~x",
        "ca0~0~pending~4~id~x~",
        "ca1~0~approved~4~id~x~",
        "ca1~-1~pending~4~id~x~",
        "ca1~0~pending~9~id~x~",
        "ca1~0~pending~0~~",
        "ca1~0~pending~4~id~x~pi0~1~",
    ],
)
def test_a_value_that_is_none_of_ours_is_stale(text: str) -> None:
    with pytest.raises(StaleMessage):
        from_card_value(text)


def painted(done: Mapping[str, Triage], known: list[PendingImage]) -> list[Block]:
    shown = [image(number) for number in range(3)]
    posted = [divider(), *cards(shown, "n", CardLook(now=NOW)), context(plain("below"))]
    look = CardLook(now=LATER, triages=done, decisions=True)
    images = {each.id: each for each in known}
    return repainted(posted, card_ids(shown, "n"), images, look)


def test_a_repainted_card_is_drawn_as_it_would_be_now_and_all_else_stays() -> None:
    second = image(1)
    blocks = painted({second.id: CLAIMED}, [second])
    look = CardLook(now=LATER, triages={second.id: CLAIMED}, decisions=True)
    old = CardLook(now=NOW)
    assert blocks == [
        divider(),
        *card_blocks(image(0), "image.0.n", old),
        *card_blocks(second, "image.1.n", look),
        *card_blocks(image(2), "image.2.n", old),
        context(plain("below")),
    ]


def test_a_card_repainted_twice_has_no_traces_of_before() -> None:
    shown = [image(number) for number in range(3)]
    once = painted({each.id: CLAIMED for each in shown}, shown)
    twice = repainted(once, card_ids(shown, "n"), {s.id: s for s in shown}, CardLook(now=NOW))
    assert twice == [divider(), *cards(shown, "n", CardLook(now=NOW)), context(plain("below"))]

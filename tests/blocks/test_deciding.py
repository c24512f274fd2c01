from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import CardValue, from_card_value
from bot.blocks.inputs import FormErrors
from bot.blocks.message import Block, View
from bot.blocks.state import StaleMessage
from bot.blocks.text import slack_date
from bot.blocks.triage.deciding import (
    decide_view,
    read_reason,
    result_message,
    results_view,
    working_view,
)
from bot.blocks.triage.result_words import result_words
from bot.blocks.triage.stakes import Stakes, warned_of
from bot.images import PendingImage
from bot.oncall.provenance import ALIKE_KEPT
from bot.oncall.values import Result, Triage
from tests.blocks.examples import CLOUD, IMAGES, NOW, ORIGIN, image
from tests.blocks.limits import MARK, check_message, check_view, texts, units
from tests.blocks.triage_examples import (
    ADA,
    BOB,
    LATER,
    METADATA,
    PROPOSED,
    RESULTS,
    STAKES,
    provenance_of,
    settled,
    stakes_of,
)

REF = CardMetadata(ref="id~x", channel="C1", status="accepted")


def shown(view: View) -> str:
    return "\n".join("".join(texts(block)) for block in view["blocks"])


def drawn(stakes: Stakes, **fields: Any) -> View:
    metadata = CardMetadata(ref="id~x", channel="C1", status=stakes.status, **fields)
    view = decide_view(stakes, metadata, NOW)
    check_view(view)
    return view


def warnings(stakes: Stakes) -> list[str]:
    """The lines of warning, without the heading."""
    blocks = drawn(stakes)["blocks"]
    listed = [e for b in blocks if b["type"] == "rich_text" for e in b["elements"]]
    return ["".join(texts(line)) for each in listed if "style" in each for line in each["elements"]]


@settings(max_examples=60)
@given(STAKES, METADATA)
def test_any_stakes_fit_into_a_view_and_are_inert(stakes: Stakes, metadata: CardMetadata) -> None:
    check_view(decide_view(stakes, metadata, NOW))


@given(METADATA)
def test_what_a_window_must_remember_comes_back_as_it_was(metadata: CardMetadata) -> None:
    text = metadata.encode()
    assert units(text) <= 3000
    assert CardMetadata.decode(text) == metadata


@pytest.mark.parametrize("text", ["", "{}", "[]~", '["cm0"]~', "id~x", REF.encode()[:-2], "[1"])
def test_metadata_of_another_release_is_stale(text: str) -> None:
    with pytest.raises(StaleMessage):
        CardMetadata.decode(text)


@pytest.mark.parametrize(("status", "verb"), [("accepted", "Accept"), ("rejected", "Reject")])
def test_the_form_says_first_what_will_happen_and_asks_by_the_same_word(
    status: str, verb: str
) -> None:
    view = drawn(stakes_of(image(1), status))
    assert shown(view).startswith(f"*{verb}ing* ")
    assert view["title"]["text"] == f"{verb} image"
    assert view["submit"]["text"] == verb
    assert view["callback_id"] == ids.DECIDE
    (reason,) = (block for block in view["blocks"] if block["type"] == "input")
    assert reason["optional"] == (verb == "Accept")
    assert reason["element"]["max_length"] == 300
    assert reason["element"]["multiline"] is True


def test_the_opposite_of_what_holds_says_that_it_changes_that() -> None:
    assert "It is accepted now; this changes that." in shown(
        drawn(stakes_of(image(1), "rejected"), expected="accepted")
    )


def test_the_form_names_the_image_in_full() -> None:
    third = image(3)
    text = shown(drawn(stakes_of(third)))
    for said in (
        "Name: web-server-003\n",
        f"Id: {third.id}\n",
        "System: ubuntu 22.04\n",
        "Size: 2.8 GB (2,811,000,000 bytes)\n",
        f"Checksum (MD5): {third.checksum}\n",
        f"Owner account id: {third.owner}\n",
        "Owner account: Platform Team\n",
        "Owner user: user3@example.com\n",
        f"Account {ORIGIN.account}",
        "(waiting 3 days)",
    ):
        assert said in text + "\n"


def test_an_image_of_a_known_owner_has_nothing_to_beware_of() -> None:
    known = provenance_of(shared=12, accepted=7, rejected=1, withdrawn=1, unknown=2, waiting=1)
    view = drawn(stakes_of(image(1), provenance=known))
    assert "Beware" not in shown(view)
    assert (
        "Of this owner: 12 other images seen: 7 accepted, 1 rejected, 1 withdrawn, "
        "2 gone otherwise, 1 waiting" in shown(view)
    )


ONE = provenance_of(shared=1, accepted=1)


@pytest.mark.parametrize(
    ("fields", "line", "catchword"),
    [
        (
            {"provenance": provenance_of()},
            "First share ever from this owner account, as far as the bot has seen.",
            "first share of its owner",
        ),
        (
            {"provenance": provenance_of(owner_known=False)},
            "The owner is unknown.",
            "owner unknown",
        ),
        (
            {"provenance": provenance_of(shared=1, same_checksum=[image(4, name="old")])},
            f"The same content was accepted before: old of Research {image(4).id}",
            "same content as one accepted before",
        ),
        (
            {"provenance": provenance_of(shared=1, lookalikes=[image(n) for n in range(5)])},
            (
                "The name looks like that of another owner's image: web-server-000 of "
                f"PartnerAccount {image(0).id}, web-server-001 of Research {image(1).id}, "
                f"web-server-002 of {image(2).owner} {image(2).id} and 2 more"
            ),
            "name like one of another owner",
        ),
        (
            {"provenance": provenance_of(shared=1, mixed_scripts=True)},
            (
                "The name mixes letters of several scripts that look alike. "
                "It may not be what it seems to say."
            ),
            "name mixes scripts",
        ),
        (
            {"provenance": ONE, "needs_second": True},
            (
                "Two approvers have to agree. Yours is a proposal; Samsung Cloud is told when "
                "another accepts."
            ),
            "needs a second approver",
        ),
        (
            {"provenance": ONE, "needs_second": True, "triage": PROPOSED},
            "Two approvers have to agree. Proposed by ; accepted when another one accepts.",
            "proposed, and decided by a second approver",
        ),
    ],
)
def test_what_to_beware_of_stands_above_all_else(
    fields: dict[str, Any], line: str, catchword: str
) -> None:
    stakes = stakes_of(image(1), **fields)
    assert warnings(stakes) == [line]
    assert warned_of(stakes) == [catchword]
    assert drawn(stakes)["blocks"][1]["text"]["text"] == ":warning: *Beware of one thing*"


@pytest.mark.parametrize("status", ["queued", "deactivated"])
def test_an_image_that_cannot_be_used_yet_is_a_warning(status: str) -> None:
    stakes = stakes_of(image(1, status=status), provenance=ONE)
    assert warnings(stakes) == [f"It is not active: {status}"]
    assert warned_of(stakes) == ["not active"]


def test_all_that_is_to_beware_of_is_told_and_counted() -> None:
    found = provenance_of(lookalikes=[image(2)], same_checksum=[image(3)], mixed_scripts=True)
    stakes = stakes_of(image(1, status="queued"), provenance=found, needs_second=True)
    assert len(warnings(stakes)) == len(warned_of(stakes)) == 6
    assert "*Beware of 6 things*" in shown(drawn(stakes))


def test_of_very_many_alike_it_is_told_that_there_may_be_more() -> None:
    """The bot looks no further than for a hundred."""
    many = provenance_of(shared=1, lookalikes=[image(n) for n in range(ALIKE_KEPT)])
    assert " and at least 97 more" in shown(drawn(stakes_of(image(1), provenance=many)))


def test_who_has_claimed_or_proposed_it_is_mentioned_by_a_valid_id_alone() -> None:
    sly = Triage(claim=None, proposal=PROPOSED.proposal)
    stakes = stakes_of(image(1), triage=sly, needs_second=True)
    assert "'user_id': 'U0ADA'" in str(drawn(stakes))


def submitted(text: str | None) -> dict[str, dict[str, Block]]:
    return {"reason": {"reason": {"type": "plain_text_input", "value": text}}}


UNSEEN = [
    "\u200b",
    "\u2060\ufeff",
    "\u00ad \u3164",
    "\u2800",
    "\u0301",
    "\ufe0f",
    "\U000e0041",
    "\x00",
]
"""Texts of which nobody sees anything."""


@pytest.mark.parametrize("text", [None, "", "   \n", *UNSEEN])
def test_a_reason_may_be_missing_where_it_is_not_required(text: str | None) -> None:
    assert read_reason(submitted(text), required=False) == ""
    with pytest.raises(FormErrors) as caught:
        read_reason(submitted(text), required=True)
    assert caught.value.errors == {"reason": "Say why, in a few words: the image's owner may ask."}


def test_one_character_that_can_be_seen_is_a_reason() -> None:
    for text in ("-", "\u200b.", "\uac00", "\U0001f600"):
        assert read_reason(submitted(text), required=True) == text


def test_a_reason_is_read_without_blanks_around_it_and_has_an_end() -> None:
    assert read_reason(submitted(" not\nours "), required=True) == "not\nours"
    assert read_reason(submitted("x" * 300), required=True) == "x" * 300
    with pytest.raises(FormErrors, match="fields"):
        read_reason(submitted("x" * 301), required=False)


@given(st.lists(st.tuples(IMAGES, RESULTS), min_size=1, max_size=25))
@settings(max_examples=30)
def test_any_results_fit_into_a_view_and_are_inert(
    items: list[tuple[PendingImage, Result]],
) -> None:
    check_view(results_view(items, NOW))
    for one, result in items:
        message = result_message(one, result, NOW)
        check_message(message.text, message.blocks)


AT = NOW.replace(minute=0, second=0)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            Result(kind="done", status="accepted", settled=settled()),
            (
                "*Accepted* by <@U0ADA>. Samsung Cloud confirms it. Its card offers *Undo* until "
                f"{slack_date(LATER)}."
            ),
        ),
        (
            Result(kind="done", settled=settled("rejected", proposed_by=BOB, undo_until=NOW)),
            "*Rejected* by <@U0ADA>, as <@U0BOB> had proposed. Samsung Cloud confirms it.",
        ),
        (
            Result(kind="done", status="pending", by=ADA),
            "*Undone* by <@U0ADA>. The image is pending again.",
        ),
        (Result(kind="done", status="accepted", by=ADA), "*Done* by <@U0ADA>. Samsung Cloud"),
        (
            Result(kind="unrecorded", status="accepted", by=ADA),
            "*Samsung Cloud has it: the image is accepted.* The bot's database has not taken it",
        ),
        (
            Result(kind="proposed_meanwhile", by=ADA, at=AT),
            f"*Proposed meanwhile* by <@U0ADA>, {slack_date(AT)}. Yours would not be a proposal",
        ),
        (Result(kind="proposed"), "Ask another approver to press *Accept* on its card."),
        (Result(kind="already_proposed", at=AT), f"already*, {slack_date(AT)}. Another approver"),
        (
            Result(kind="underway", by=ADA, status="rejected"),
            "told just now* to reject it, as <@U0ADA> decided. Nothing of yours was sent.",
        ),
        (
            Result(kind="settled", by=ADA, at=AT, status="rejected"),
            f"*Already rejected* by <@U0ADA>, {slack_date(AT)}. Nothing of yours was sent.",
        ),
        (Result(kind="out_of_date"), "Nothing was changed. Look at the image as it is now"),
        (Result(kind="withdrawn"), "its owner has withdrawn or deleted it"),
        (Result(kind="elsewhere", status="accepted"), "*It is accepted already, and not through"),
        (Result(kind="elsewhere", status="odd"), "is in a state that the bot does not know"),
        (
            Result(kind="elsewhere", status="rejected", taken=True),
            "*Samsung Cloud took it, but the image is rejected by now, and not through the bot*",
        ),
        (
            Result(kind="elsewhere", status="odd", taken=True),
            "the image is in a state that the bot does not know by now",
        ),
        (
            Result(kind="withdrawn", taken=True),
            "*Samsung Cloud took it, but the image is no longer shared with this account*",
        ),
        (Result(kind="too_late", at=AT), f"the time for that ended {slack_date(AT)}."),
        (Result(kind="refused", problem="No."), "*Not done*, and nothing was changed."),
        (Result(kind="unsure"), "The bot goes on looking"),
        (Result(kind="interrupted"), "Nothing was changed. Press the button again."),
    ],
)
def test_a_result_says_what_happened_who_when_and_what_to_do(result: Result, said: str) -> None:
    assert said in result_words(result, NOW)
    message = result_message(image(1), result, NOW)
    check_message(message.text, message.blocks)
    assert said in "\n".join(texts(message.blocks))
    assert "<@" not in message.text


@pytest.mark.parametrize(
    "result",
    [Result(kind="elsewhere", status="rejected", taken=True), Result(kind="withdrawn", taken=True)],
)
def test_of_what_samsung_cloud_took_nobody_says_that_nothing_was_changed(result: Result) -> None:
    message = result_message(image(1), result, NOW)
    assert "Samsung Cloud took it" in message.text
    assert "othing was changed" not in message.text + shown({"blocks": message.blocks})


def test_why_a_wish_was_refused_is_told_with_what_to_do() -> None:
    refused = Result(kind="refused", problem=MARK + "SCP\nsaid no.", remedy="Grant it.")
    text = shown(results_view([(image(1), refused)], NOW))
    assert f"{MARK}SCP said no." in text
    assert "What to do: Grant it." in text


def test_results_of_several_are_told_one_by_one_under_their_sum() -> None:
    items = [
        (image(1), Result(kind="done", settled=settled())),
        (image(2), Result(kind="withdrawn")),
    ]
    text = shown(results_view(items, NOW, title="Results"))
    assert text.startswith("*1 of 2 images decided*")
    assert text.index("web-server-001") < text.index("*Accepted*") < text.index("web-server-002")


@pytest.mark.parametrize(
    ("holds", "action_id", "verb"),
    [("accepted", ids.REJECT, "Reject"), ("rejected", ids.ACCEPT, "Accept")],
)
def test_where_an_undo_is_refused_the_opposite_is_offered(
    holds: Any, action_id: str, verb: str
) -> None:
    again = CardValue("id~x", 3, None, holds)
    refused = Result(kind="refused", problem="No.")
    message = result_message(image(1), refused, NOW, again)
    check_message(message.text, message.blocks)
    pressed = message.blocks[-1]["elements"][0]
    assert (pressed["action_id"], pressed["text"]["text"]) == (action_id, verb)
    assert from_card_value(pressed["value"]) == again


@given(CLOUD)
def test_the_working_view_can_take_a_forms_place(title: str) -> None:
    view = working_view(title)
    check_view(view)
    assert "Working" in shown(view)

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from bot.blocks import ids
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.inputs import FormErrors
from bot.blocks.message import Block
from bot.blocks.triage.noting import note_view, read_note
from bot.blocks.triage.snoozing import read_snooze, snooze_view
from bot.images import PendingImage
from bot.oncall.snoozing import choices
from tests.blocks.examples import IMAGES, NOW, image
from tests.blocks.limits import check_view
from tests.blocks.triage_examples import METADATA

ZONE = "Asia/Seoul"


def submitted(chosen: str | None, day: str | None = None, reason: str | None = None) -> Any:
    option = None if chosen is None else {"value": chosen}
    return {
        "until": {"until": {"type": "radio_buttons", "selected_option": option}},
        "day": {"day": {"type": "datepicker", "selected_date": day}},
        "reason": {"reason": {"type": "plain_text_input", "value": reason}},
    }


def inputs(view: Block) -> dict[str, Block]:
    return {b["block_id"]: b for b in view["blocks"] if b["type"] == "input"}


@given(IMAGES, METADATA)
def test_the_forms_fit_into_a_view_whatever_the_image(
    shown: PendingImage, metadata: CardMetadata
) -> None:
    for view in (
        snooze_view(shown, choices(NOW, ZONE), metadata),
        note_view(shown, metadata),
    ):
        check_view(view)
        assert CardMetadata.decode(view["private_metadata"]) == metadata


def test_the_form_offers_an_hour_tomorrow_monday_and_a_date_by_name() -> None:
    view = snooze_view(image(1), choices(NOW, ZONE), CardMetadata(ref="id~x"))
    assert view["callback_id"] == ids.SNOOZE_FORM
    until = inputs(view)["until"]
    assert [option["text"]["text"] for option in until["element"]["options"]] == [
        "For an hour: Mon 23 Nov 2026, 19:00",
        "Until tomorrow: Tue 24 Nov 2026, 09:00",
        "Until next Monday: Mon 30 Nov 2026, 09:00",
        "Until a date, 09:00",
    ]
    assert {name: found["optional"] for name, found in inputs(view).items()} == {
        "until": False,
        "day": True,
        "reason": True,
    }


@pytest.mark.parametrize(
    ("chosen", "day", "hours"),
    [("1h", None, 1), ("1h", "2026-12-01", 1), ("tomorrow", None, 15), ("date", "2026-11-25", 39)],
)
def test_what_was_chosen_is_a_moment(chosen: str, day: str | None, hours: int) -> None:
    until, reason = read_snooze(submitted(chosen, day, " waits for\nparts "), NOW, ZONE)
    assert until.replace(minute=0, second=0) == NOW.replace(minute=0, second=0) + timedelta(
        hours=hours
    )
    assert reason == "waits for\nparts"


def test_a_reason_of_which_nobody_sees_anything_is_none() -> None:
    assert read_snooze(submitted("1h", None, "\u200b\u3164"), NOW, ZONE)[1] == ""


@pytest.mark.parametrize(
    ("chosen", "day", "reason", "field"),
    [
        (None, None, None, "until"),
        ("never", None, None, "until"),
        ("date", None, None, "day"),
        ("date", "2026-11-20", None, "day"),
        ("date", "2030-01-01", None, "day"),
        ("1h", None, "x" * 301, "reason"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    chosen: str | None, day: str | None, reason: str | None, field: str
) -> None:
    with pytest.raises(FormErrors) as caught:
        read_snooze(submitted(chosen, day, reason), NOW, ZONE)
    assert list(caught.value.errors) == [field]


def noted(text: str | None) -> Any:
    return {"note": {"note": {"type": "plain_text_input", "value": text}}}


def test_a_note_is_kept_without_blanks_around_it() -> None:
    assert read_note(noted(" asked\nthe owner \n")) == "asked\nthe owner"
    assert read_note(noted("x" * 1000)) == "x" * 1000


@pytest.mark.parametrize("text", [None, "", " \n ", "\u200b", "\u3164 \u2060", "x" * 1001])
def test_a_note_must_say_something_and_has_an_end(text: str | None) -> None:
    with pytest.raises(FormErrors) as caught:
        read_note(noted(text))
    assert list(caught.value.errors) == ["note"]

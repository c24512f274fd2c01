import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import ids
from bot.blocks.cards.card import details_value
from bot.blocks.cards.details import (
    DetailsOnCall,
    details_gone_view,
    details_view,
    failure_view,
    loading_view,
)
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import from_card_value
from bot.blocks.limits import MESSAGE_TEXT_MAX, NOTES_SHOWN
from bot.blocks.message import View
from bot.blocks.text import width
from bot.errors import Forbidden
from bot.images import PendingImage
from bot.oncall.values import NOTE_MAX, Note, Triage
from bot.sightings import Sighting
from tests.blocks.examples import CLOUD, IMAGES, NOW, ORIGIN, image
from tests.blocks.limits import MARK, check_view, texts
from tests.blocks.triage_examples import (
    ACCEPTED,
    ADA,
    CLAIMED,
    METADATA,
    PROPOSED,
    SIGHTINGS,
    SNOOZED,
    TRIAGES,
    WITHDRAWN,
    settled,
)

_VOLUME = (
    '[{"tag":null,"volume_size":104,"device_name":"/dev/vda","encrypted":true,'
    '"disk_bus":"virtio","source_type":"snapshot","snapshot_id":"ab-1","volume_id":null}]'
)


def view_of(shown: PendingImage) -> View:
    view = details_view(shown, NOW, origin=ORIGIN, api_version="1.3")
    check_view(view)
    return view


def text_of(shown: PendingImage) -> str:
    return "".join(texts(view_of(shown)["blocks"]))


@given(IMAGES)
def test_any_image_fits_into_a_view_and_is_inert(shown: PendingImage) -> None:
    view_of(shown)


@pytest.mark.parametrize("piece", ["x", "&", "😀", "\n", "漢"])
def test_values_of_5000_characters_in_every_field_fit_into_a_view(piece: str) -> None:
    long = MARK + piece * 4_999
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    text = text_of(image(1, **dict.fromkeys(every, long)))
    assert text.count("(5,000 characters in all)") == len(every) - 1
    assert "not in a form that can be read, " in text


@pytest.mark.parametrize("piece", ["x", "&", "😀"])
def test_the_longest_details_are_no_longer_than_a_message_may_be(piece: str) -> None:
    every = [f for f, kind in PendingImage.__annotations__.items() if "str" in str(kind)]
    fattest = image(1, **dict.fromkeys(every, piece * 5_000))
    long = {f"key{n}": piece * 80 for n in range(40)}
    notes = [Note(ADA, NOW, piece * NOTE_MAX)] * NOTES_SHOWN
    for volumes in (fattest.volumes, json.dumps([long] * 16)):
        view = details_view(
            msgspec.structs.replace(fattest, volumes=volumes),
            NOW,
            origin=ORIGIN,
            api_version="1.3",
            oncall=DetailsOnCall(metadata=METADATA_HERE, notes=notes),
        )
        check_view(view)
        assert sum(map(width, texts(view["blocks"]))) <= MESSAGE_TEXT_MAX


def test_one_long_value_is_shown_up_to_thousands() -> None:
    text = text_of(image(1, name="n" * 5_000))
    assert "n" * 2_499 + "… (5,000 characters in all)" in text


def test_every_field_of_the_api_is_shown() -> None:
    """Each of the 31 fields gets a value found nowhere else."""
    for number, field in enumerate(PendingImage.__struct_fields__):
        kind = str(PendingImage.__annotations__[field])
        if "bool" in kind:
            assert text_of(image(1, **{field: True})) != text_of(image(1, **{field: False}))
        elif "int" in kind:
            assert f"777,00{number:02}"[:5] in text_of(image(1, **{field: 777_000 + number}))
        else:
            assert f"value-{number}." in text_of(image(1, **{field: f"value-{number}."}))


def test_sizes_are_humanised_and_exact() -> None:
    text = text_of(image(1, size=2_400_000_001, virtual_size=None, min_disk=100, min_ram=2048))
    assert "Size: 2.4 GB (2,400,000,001 bytes)\nVirtual size: —\n" in text
    assert "Smallest disk: 100 GB\nSmallest memory (min_ram, as sent): 2,048" in text


def test_a_negative_size_is_shown_as_sent() -> None:
    assert "Size: -1,500 (no size, as sent)\n" in text_of(image(1, size=-1500))


def test_an_image_that_the_bot_has_seen_tells_since_when_it_waits() -> None:
    view = details_view(
        image(1), NOW, origin=ORIGIN, api_version="1.3", first_seen=NOW - timedelta(days=3)
    )
    check_view(view)
    text = "".join(texts(view["blocks"]))
    assert "First seen: 2026-11-20 09:00 UTC (waiting 3 days since the bot first saw it)" in text


def test_of_an_image_that_the_bot_has_not_seen_nothing_is_claimed() -> None:
    assert "First seen" not in text_of(image(1))
    assert "waiting" not in text_of(image(1))


@given(IMAGES, st.datetimes(timezones=st.just(UTC)))
def test_any_moment_first_seen_fits_into_a_view(shown: PendingImage, first_seen: datetime) -> None:
    check_view(details_view(shown, NOW, origin=ORIGIN, api_version="1.3", first_seen=first_seen))


def test_times_are_shown_in_the_readers_zone_and_as_sent() -> None:
    view = view_of(image(1, created_at="2026-11-20T18:00:00+09:00", updated_at="soon"))
    dates = [e for e in view["blocks"][13]["elements"][0]["elements"] if e["type"] == "date"]
    assert dates == [
        {
            "type": "date",
            "timestamp": 1795165200,
            "format": "{date_short_pretty} {time}",
            "fallback": "2026-11-20 09:00 UTC",
        }
    ]
    text = "".join(texts(view["blocks"]))
    assert " (3 days ago, sent as 2026-11-20T18:00:00+09:00)" in text
    assert "Updated: not a time that can be read: soon" in text
    assert "(in 8 days, sent as " in text_of(image(1, created_at="2026-12-01T10:00:00Z"))


@pytest.mark.parametrize("field", ["id", "owner", "checksum", "os_hash_value", "file", "url"])
def test_what_one_may_copy_is_code_and_never_a_link(field: str) -> None:
    elements = [
        element
        for block in view_of(image(1, **{field: "https://x.example"}))["blocks"]
        if block["type"] == "rich_text"
        for element in block["elements"][0]["elements"]
    ]
    found = [element for element in elements if element.get("text") == "https://x.example"]
    assert found == [{"type": "text", "text": "https://x.example", "style": {"code": True}}]


@pytest.mark.parametrize(
    ("volumes", "said"),
    [
        (None, "Volumes: —"),
        ("[]", "Volumes: none"),
        ("{", "Volumes: not in a form that can be read, 1 character as sent: {"),
        ("[{}]", "Volumes: 1 volume\n1. nothing is told of it"),
        (
            _VOLUME,
            "1. /dev/vda · 104 GB · bus virtio · from snapshot · encrypted · snapshot ab-1",
        ),
        ('[{"encrypted":false,"x":{"y":[1]}}]', '1. not encrypted · x {"y":[1]}'),
        ('[{"encrypted":"maybe"}]', "1. encrypted maybe"),
        ("[" + ",".join(["{}"] * 20) + "]", "16. nothing is told of it\n… and 4 more"),
    ],
)
def test_volumes_are_decoded_into_lines(volumes: str | None, said: str) -> None:
    assert text_of(image(1, volumes=volumes)).endswith(said)


def test_a_volume_with_too_much_to_say_is_cut() -> None:
    crowded = "[{" + ",".join(f'"key{n}":"{"v" * 70}"' for n in range(40)) + "}]"
    assert text_of(image(1, volumes=crowded)).endswith("v · …")


def test_the_loading_view_can_be_opened_at_once() -> None:
    view = loading_view("Image details")
    check_view(view)
    assert "Loading" in "".join(texts(view["blocks"]))


@given(CLOUD)
def test_an_image_that_is_gone_is_named(image_id: str) -> None:
    check_view(details_gone_view(details_value(image_id)))


def test_an_image_that_is_gone_may_have_been_accepted_rejected_or_withdrawn() -> None:
    text = "".join(texts(details_gone_view(details_value("id-1"))["blocks"]))
    for word in ("accepted", "rejected", "withdrawn", "Id: id-1"):
        assert word in text


def test_a_failure_in_a_modal_says_what_to_do() -> None:
    view = failure_view(Forbidden(MARK + "no", "Grant it.", request_id="req-1"))
    check_view(view)
    assert "What to do: Grant it." in "".join(texts(view["blocks"]))


METADATA_HERE = CardMetadata(ref="id~x", channel="C1")
NOTES = st.builds(
    Note, st.sampled_from((ADA, MARK)), st.just(NOW), st.text(max_size=NOTE_MAX) | CLOUD
)


def oncall_view(**fields: Any) -> View:
    oncall = DetailsOnCall(metadata=METADATA_HERE, **({"decisions": True} | fields))
    view = details_view(image(1), NOW, origin=ORIGIN, api_version="1.3", oncall=oncall)
    check_view(view)
    return view


def buttons(view: View) -> list[str]:
    (row,) = (block for block in view["blocks"] if block["type"] == "actions")
    return [pressed["action_id"] for pressed in row["elements"]]


@given(
    IMAGES,
    TRIAGES,
    st.lists(NOTES, max_size=10),
    st.none() | SIGHTINGS,
    st.booleans(),
    METADATA,
)
def test_any_details_with_all_that_was_done_fit_into_a_view_and_are_inert(
    shown: PendingImage,
    triage: Triage,
    notes: list[Note],
    gone: Sighting | None,
    decisions: bool,
    metadata: CardMetadata,
) -> None:
    oncall = DetailsOnCall(
        metadata=metadata, triage=triage, notes=notes, gone=gone, decisions=decisions
    )
    view = details_view(shown, NOW, origin=ORIGIN, api_version="", oncall=oncall)
    check_view(view)
    assert CardMetadata.decode(view["private_metadata"]) == metadata


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({}, [ids.CLAIM, ids.SNOOZE, ids.NOTE, ids.ACCEPT, ids.REJECT]),
        ({"triage": CLAIMED, "decisions": False}, [ids.RELEASE, ids.SNOOZE, ids.NOTE]),
        ({"triage": ACCEPTED}, [ids.UNDO, ids.NOTE]),
        ({"gone": WITHDRAWN}, [ids.NOTE]),
    ],
)
def test_details_offer_what_a_card_does_and_a_note(
    fields: dict[str, Any], offered: list[str]
) -> None:
    view = oncall_view(**fields)
    assert buttons(view) == offered
    (row,) = (block for block in view["blocks"] if block["type"] == "actions")
    for pressed in row["elements"]:
        assert from_card_value(pressed["value"]).ref == details_value(image(1).id)


def test_details_tell_what_was_done_and_why_in_full_and_the_notes() -> None:
    notes = [Note(ADA, NOW, "asked the owner\n\nno answer yet"), Note(MARK, NOW, "first")]
    view = oncall_view(triage=SNOOZED, notes=notes)
    text = "\n".join("".join(texts(block)) for block in view["blocks"])
    until = SNOOZED.snooze.until if SNOOZED.snooze else NOW
    assert f"Snoozed by , 2026-11-23 09:00 UTC, until {until:%Y-%m-%d %H:%M} UTC: owner" in text
    assert "asked the owner / no answer yet" in text
    assert text.index("asked the owner") < text.index("first") < text.index("What it is")
    assert "'user_id': 'U0ADA'" in str(view)
    assert MARK not in str(view)


def test_a_decision_is_told_with_its_reason() -> None:
    triage = Triage(settled=settled(reason="as agreed"))
    text = "".join(texts(oncall_view(triage=triage)["blocks"]))
    assert text.count("Accepted") == 1
    assert "*Accepted* by <@U0ADA>" in text
    assert "Reason: as agreed" in text


def test_a_decision_that_holds_no_more_is_told_as_what_was() -> None:
    was = settled(reason="as agreed", at=NOW - timedelta(hours=1))
    text = "".join(texts(oncall_view(triage=Triage(settled=was))["blocks"]))
    assert "Accepted before by , 2026-11-23 08:00 UTC: as agreed" in text


@pytest.mark.parametrize(
    ("triage", "told"),
    [(CLAIMED, "Claimed"), (SNOOZED, "Snoozed"), (PROPOSED, "Proposed"), (ACCEPTED, "Accepted")],
)
def test_details_tell_each_deed_once(triage: Triage, told: str) -> None:
    text = "".join(texts(oncall_view(triage=triage)["blocks"]))
    assert text.count(told) == 1

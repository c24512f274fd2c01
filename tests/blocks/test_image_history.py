import csv
import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks.limits import RECORD_SHOWN
from bot.blocks.message import Message
from bot.blocks.triage.audit_csv import CSV_HEAD, csv_rows
from bot.blocks.triage.image_history import image_history_message
from bot.oncall.chain import GENESIS
from bot.oncall.values import AuditEntry
from tests.blocks.examples import CLOUD, NOW
from tests.blocks.limits import MARK, check_message, texts
from tests.blocks.triage_examples import ADA


def entry(**fields: Any) -> AuditEntry:
    own: dict[str, Any] = {
        "number": 7,
        "at": NOW - timedelta(hours=1),
        "actor": ADA,
        "channel": "C1",
        "action": "accept",
        "outcome": "done",
        "image_id": "id-1",
        "image_name": "web",
        "owner": "o1",
        "previous_hash": GENESIS,
        "hash": GENESIS,
    }
    return AuditEntry(**(own | fields))


ENTRIES = st.builds(
    entry,
    actor=st.sampled_from((ADA, "bot", MARK, "U1> <!here")),
    action=st.sampled_from(("claim", "undo", "escalate", MARK + "{0} {x}")),
    outcome=st.sampled_from(("done", "refused", "failed", "unsure", MARK)),
    **dict.fromkeys(
        ("image_id", "image_name", "owner", "reason", "detail", "request_id", "before", "after"),
        CLOUD | st.just(""),
    ),
)


def shown(message: Message) -> str:
    check_message(message.text, message.blocks)
    return "\n".join("".join(texts(block)) for block in message.blocks)


@settings(max_examples=60)
@given(st.lists(ENTRIES, max_size=RECORD_SHOWN), CLOUD | st.just(""), st.booleans())
def test_any_history_is_within_limits_and_inert(
    entries: list[AuditEntry], wanted: str, more: bool
) -> None:
    shown(image_history_message(entries, wanted, more=more))


@pytest.mark.parametrize("piece", ["x", "&", "😀"])
def test_the_widest_history_is_within_limits(piece: str) -> None:
    texts_of = ("image_id", "image_name", "reason", "detail", "request_id", "before", "action")
    wide = entry(**dict.fromkeys(texts_of, MARK + piece * 4000), after="accepted", outcome="unsure")
    shown(image_history_message([wide] * RECORD_SHOWN, piece * 4000, more=True))


def test_a_history_tells_who_did_what_when_why_and_what_came_of_it() -> None:
    decided = entry(reason="as\nagreed", request_id="req-1", before="pending", after="accepted")
    message = image_history_message([decided], "id-1")
    text = shown(message)
    assert "Asked for: id-1" in text
    assert "1 entry, the newest first." in text
    assert "  accepted it\nweb id-1\nReason: as agreed\nChanged: pending to accepted\n" in text
    assert "Request id: req-1" in text
    assert "'user_id': 'U0ADA'" in str(message.blocks)
    assert "'timestamp': 1795420808" in str(message.blocks)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "claim", "after": ADA}, "claimed it"),
        ({"outcome": "refused"}, "wanted to accept it, and may not"),
        ({"action": "reject", "outcome": "failed", "detail": "no"}, "reject it, which failed"),
        ({"outcome": "unsure"}, "accept it; whether Samsung Cloud took it was not known then"),
        ({"action": "gone", "actor": "bot"}, "the bot saw that it is no longer pending"),
        ({"action": "explained", "actor": "bot"}, "the bot learned what became of it"),
        ({"action": "newer"}, " newer"),
    ],
)
def test_each_deed_has_its_words(fields: dict[str, Any], said: str) -> None:
    text = shown(image_history_message([entry(**fields)], "x", more=True))
    assert said in text
    assert "Changed" not in text
    assert "`/pending-images audit export` has all of them" in text


def test_an_image_of_which_nothing_is_recorded_is_told_so() -> None:
    assert "Nothing is recorded of an image" in shown(image_history_message([], "x"))


def rows(entries: list[AuditEntry]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(CSV_HEAD + csv_rows(entries), newline="")))


def test_the_file_has_every_field_by_its_name() -> None:
    decided = entry(reason='said "yes", twice', request_id="req-1")
    (row,) = rows([decided])
    assert tuple(row) == AuditEntry.__struct_fields__
    assert row == {
        **{key: str(value) for key, value in msgspec.structs.asdict(decided).items()},
        "at": "2026-11-23T08:00:08+00:00",
    }


UNSEEN = ["\u200b", "\u2060", "\ufeff", "\u202e", "\u3000", "\xa0", "\u3164", "\x00", "\x1b"]
SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\ufe63", "\u207a"]


@pytest.mark.parametrize(
    "start",
    [
        *("\t", "\r", "\n", *SIGNS),
        *(f"{unseen}=" for unseen in (" ", *UNSEEN)),
        " \u200b \uff20",
    ],
)
def test_no_cell_is_a_formula(start: str) -> None:
    (row,) = rows([entry(reason=f"{start}1+1", image_name=f"a{start}b")])
    assert row["reason"] == f"'{start}1+1"
    assert row["image_name"] == f"a{start}b"


@given(st.lists(ENTRIES, max_size=5))
def test_any_record_comes_back_from_the_file(entries: list[AuditEntry]) -> None:
    found = rows(entries)
    assert len(found) == len(entries)
    for row, kept in zip(found, entries, strict=True):
        assert row["detail"].removeprefix("'").encode() == kept.detail.removeprefix("'").encode(
            errors="replace"
        )

"""The chain of hashes through the audit."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.chain import GENESIS, AuditDraft, broken, hash_of, sealed
from bot.oncall.values import AuditEntry

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
drafts = st.builds(AuditDraft, **dict.fromkeys(AuditDraft.__struct_fields__, texts))
moments = st.datetimes(timezones=st.just(UTC))


def record(drafts: list[AuditDraft]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number, draft in enumerate(drafts, 1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(sealed(draft, number, AT + timedelta(seconds=number), previous))
    return entries


def draft(**fields: str) -> AuditDraft:
    usual = {"actor": "U1", "action": "claim", "outcome": "done", "owner": "acc-1"}
    return AuditDraft(**{**usual, "image_id": "1a", "image_name": "web", **fields})


THREE = record([draft(), draft(action="note", reason="a"), draft(action="accept")])


def test_an_entry_has_all_that_its_draft_says() -> None:
    given_fields = {name: name for name in AuditDraft.__struct_fields__}
    entry = sealed(AuditDraft(**given_fields), 7, AT, GENESIS)
    assert {name: getattr(entry, name) for name in given_fields} == given_fields
    assert (entry.number, entry.at, entry.previous_hash) == (7, AT, GENESIS)
    assert entry.hash == hash_of(entry)


def test_a_hash_written_by_this_release_is_the_same_for_every_later_one() -> None:
    assert THREE[0].hash == "65c8259f81ac519142f7db6c11c87ef91e90e8bc86c7540c36d292d5be1391de"


@given(st.lists(drafts, max_size=5))
def test_a_record_as_it_was_written_is_not_broken(drafts: list[AuditDraft]) -> None:
    assert broken(record(drafts)) is None
    assert broken([]) is None


@given(st.lists(drafts, min_size=1, max_size=4), st.data())
def test_a_change_of_any_field_of_any_entry_is_found(
    drafts: list[AuditDraft], data: st.DataObject
) -> None:
    entries = record(drafts)
    place = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(AuditDraft.__struct_fields__))
    other = data.draw(texts.filter(lambda text: text != getattr(entries[place], name)))
    entries[place] = msgspec.structs.replace(entries[place], **{name: other})
    assert broken(entries) == f"Entry {place + 1} was changed after it was written."


@given(drafts, moments, moments)
def test_another_moment_gives_another_hash(
    draft: AuditDraft, first: datetime, second: datetime
) -> None:
    hashes = {sealed(draft, 1, at, GENESIS).hash for at in (first, second)}
    assert len(hashes) == len({first, second})


def test_what_stands_in_one_field_or_the_next_is_not_the_same() -> None:
    pairs = [("a", ""), ("", "a"), ('a","', ""), ("", '","a'), ("a\0", "b"), ("a", "\0b")]
    hashes = {sealed(draft(before=b, after=a), 1, AT, GENESIS).hash for b, a in pairs}
    assert len(hashes) == len(pairs)


def test_a_moment_is_the_same_in_whatever_zone_the_database_gives_it_back() -> None:
    seoul = AT.astimezone(timezone(timedelta(hours=9)))
    assert sealed(draft(), 1, seoul, GENESIS).hash == sealed(draft(), 1, AT, GENESIS).hash


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (THREE[1:], "Entry 1 is missing: entry 2 stands in its place."),
        ([THREE[0], THREE[2]], "Entry 2 is missing: entry 3 stands in its place."),
        ([THREE[1], THREE[0]], "Entry 1 is missing: entry 2 stands in its place."),
        ([*THREE, THREE[2]], "Entry 4 is missing: entry 3 stands in its place."),
    ],
)
def test_a_missing_repeated_or_displaced_entry_is_found(
    entries: list[AuditEntry], problem: str
) -> None:
    assert broken(entries) == problem


def test_an_entry_written_anew_with_its_right_hash_breaks_the_next() -> None:
    forged = sealed(draft(actor="U9"), 1, AT, GENESIS)
    assert broken([forged]) is None
    assert broken([forged, *THREE[1:]]) == (
        "Entry 2 does not follow the one before it: one of the two was replaced."
    )


def test_a_record_has_to_begin_at_the_beginning() -> None:
    assert broken([sealed(draft(), 1, AT, THREE[2].hash)]) == (
        "Entry 1 does not follow the one before it: one of the two was replaced."
    )

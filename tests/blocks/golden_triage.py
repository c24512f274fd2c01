"""What on-call sees, for the review of its wording (``test_golden.py``)."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.blocks.cards.card import CardLook, details_value
from bot.blocks.cards.details import DetailsOnCall, details_view
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.cards.value import CardValue
from bot.blocks.home import HomeContent, Queue, home_view
from bot.blocks.message import Message, View
from bot.blocks.triage.bulk import bulk_confirm_view, bulk_pick_view
from bot.blocks.triage.bulk_metadata import BulkMetadata, Picked
from bot.blocks.triage.deciding import decide_view, result_message, results_view, working_view
from bot.blocks.triage.handoff import Handoff, handoff_message
from bot.blocks.triage.image_history import image_history_message
from bot.blocks.triage.noting import note_view
from bot.blocks.triage.snoozing import snooze_view
from bot.blocks.triage.watch_posts import escalation_message, resolved_message, watch_message
from bot.oncall.chain import GENESIS
from bot.oncall.snoozing import choices
from bot.oncall.values import AuditEntry, Note, Result
from tests.blocks.examples import FETCHED, NOW, ORIGIN, image
from tests.blocks.schedule_examples import schedule
from tests.blocks.triage_examples import (
    ACCEPTED,
    ADA,
    BOB,
    CLAIMED,
    PROPOSED,
    SNOOZED,
    UNDERWAY,
    WITHDRAWN,
    provenance_of,
    settled,
    stakes_of,
)

_IMAGES = [image(number) for number in range(8)]
_LOOK = CardLook(
    now=NOW,
    first_seen={shown.id: NOW - timedelta(days=n + 1) for n, shown in enumerate(_IMAGES)},
    triages=dict(
        zip(
            (shown.id for shown in _IMAGES),
            (CLAIMED, SNOOZED, PROPOSED, UNDERWAY, ACCEPTED),
            strict=False,
        )
    ),
    gone={_IMAGES[5].id: WITHDRAWN},
    decisions=True,
)
_METADATA = CardMetadata(ref="id~x", channel="C012ABCDEF", response_url="https://example.com/1")
_BULK = BulkMetadata(
    channel="C012ABCDEF",
    items=tuple(Picked(details_value(shown.id), 0) for shown in _IMAGES[6:]),
)
_KINDS: tuple[Result, ...] = (
    Result(kind="done", status="accepted", settled=settled()),
    Result(kind="done", status="pending", by=ADA, at=NOW),
    Result(kind="proposed"),
    Result(kind="already_proposed", at=NOW),
    Result(kind="underway", by=BOB, status="rejected"),
    Result(kind="settled", by=BOB, at=NOW, status="rejected"),
    Result(kind="out_of_date"),
    Result(kind="withdrawn"),
    Result(kind="elsewhere", status="accepted"),
    Result(kind="too_late", at=NOW),
    Result(kind="refused", problem="SCP refused the request.", remedy="Grant SetImageMember."),
    Result(kind="unsure"),
    Result(kind="interrupted"),
)


def _entry(number: int, action: str, **fields: str) -> AuditEntry:
    own = {"actor": ADA, "channel": "C012ABCDEF", "outcome": "done"}
    names = {"image_id": _IMAGES[0].id, "image_name": "web-server-000", "owner": "o1"}
    chain = {"previous_hash": GENESIS, "hash": GENESIS}
    at = NOW + timedelta(minutes=number)
    return AuditEntry(number=number, at=at, action=action, **(own | names | chain | fields))


def _decide() -> View:
    found = provenance_of(lookalikes=[_IMAGES[1]], same_checksum=[_IMAGES[2]], mixed_scripts=True)
    stakes = stakes_of(_IMAGES[6], provenance=found, triage=PROPOSED, needs_second=True)
    return decide_view(stakes, _METADATA, NOW)


def _confirm() -> View:
    known = provenance_of(shared=3, accepted=2, waiting=1)
    stakes = [stakes_of(shown, "rejected", provenance=known) for shown in _IMAGES[6:]]
    left_out = [(_IMAGES[5], Result(kind="withdrawn"))]
    return bulk_confirm_view(stakes, left_out, _BULK, NOW)


def _details() -> View:
    notes = [Note(ADA, NOW, "asked the owner"), Note(BOB, NOW - timedelta(days=1), "who is that?")]
    oncall = DetailsOnCall(metadata=_METADATA, triage=SNOOZED, notes=notes, decisions=True)
    return details_view(_IMAGES[1], NOW, origin=ORIGIN, api_version="1.3", oncall=oncall)


def _handoff() -> Message:
    return handoff_message(
        Handoff(images=_IMAGES, look=_LOOK, by=ADA, origin=ORIGIN, fetched_at=FETCHED)
    )


def _home() -> View:
    queue = Queue(images=_IMAGES, look=_LOOK, fetched_at=FETCHED)
    return home_view(
        HomeContent(
            user_id=ADA,
            queue=queue,
            schedules=[schedule()],
            may_decide=True,
            origin=ORIGIN,
            now=NOW,
        )
    )


TRIAGE: Mapping[str, Callable[[], Message | View]] = {
    "cards": lambda: watch_message(_IMAGES, _LOOK),
    "escalation": lambda: escalation_message(
        [_IMAGES[6]], ("S0ONCALL", ADA), timedelta(hours=25), 2
    ),
    "resolved": lambda: resolved_message(_IMAGES[6], "accepted", ADA),
    "decide": _decide,
    "working": lambda: working_view("Accept image"),
    "results": lambda: results_view([(_IMAGES[6], result) for result in _KINDS], NOW),
    "undo_refused": lambda: result_message(
        _IMAGES[6], _KINDS[10], NOW, CardValue("id~x", 1, None, "accepted")
    ),
    "snooze": lambda: snooze_view(_IMAGES[6], choices(NOW, "Asia/Seoul"), _METADATA),
    "note": lambda: note_view(_IMAGES[6], _METADATA),
    "bulk_pick": lambda: bulk_pick_view(_IMAGES[5:], CardLook(now=NOW), _BULK),
    "bulk_confirm": _confirm,
    "details_oncall": _details,
    "handoff": _handoff,
    "home": _home,
    "image_history": lambda: image_history_message(
        [
            _entry(4, "accept", reason="as agreed", before="pending", after="accepted"),
            _entry(3, "accept", actor=BOB, outcome="refused", detail="no approver"),
            _entry(2, "claim", after=ADA),
            _entry(1, "seen", actor="bot", channel=""),
        ],
        "web-server",
    ),
}
"""By the names of their golden files."""

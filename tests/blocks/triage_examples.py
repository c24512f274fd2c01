"""What on-call has done, for the tests of ``bot.blocks``."""

import typing
from datetime import UTC, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from bot.blocks.cards.card import details_value
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.blocks.triage.stakes import Stakes
from bot.images import PendingImage
from bot.oncall.provenance import Provenance
from bot.oncall.values import (
    REASON_MAX,
    UNTOUCHED,
    Claim,
    Proposal,
    Result,
    Settled,
    Snooze,
    Triage,
    Underway,
)
from bot.sightings import Sighting
from tests.blocks.examples import CLOUD, IMAGES, NOW, ORIGIN, QUERIES, image
from tests.blocks.limits import MARK

ADA, BOB = "U0ADA", "U0BOB"
LATER = NOW + timedelta(minutes=10)
LONGEST_USER = "U0123456789ABCDEF"


def settled(status: Any = "accepted", **fields: Any) -> Settled:
    """A decision of a minute ago, which can be undone for ten more."""
    own: dict[str, Any] = {
        "decision": 7,
        "by": ADA,
        "at": NOW - timedelta(minutes=1),
        "undo_until": LATER,
    }
    return Settled(status=status, **(own | fields))


CLAIMED = Triage(claim=Claim(ADA, NOW - timedelta(hours=2)))
SNOOZED = Triage(snooze=Snooze(NOW + timedelta(days=3), BOB, NOW, "owner on holiday"))
PROPOSED = Triage(proposal=Proposal(ADA, NOW, "looks right"))
UNDERWAY = Triage(underway=Underway("accepted", ADA, NOW))
ACCEPTED = Triage(round=1, settled=settled())
WITHDRAWN = Sighting(image=image(0), first_seen=NOW, gone_at=NOW, how="withdrawn")
WIDEST = Triage(
    round=10**8,
    claim=Claim(LONGEST_USER, NOW),
    snooze=Snooze(NOW + timedelta(days=365), LONGEST_USER, NOW, MARK.ljust(REASON_MAX, "x")),
    proposal=Proposal(LONGEST_USER, NOW, "x" * REASON_MAX),
    notes=10**6,
)
"""It makes a card as wide as may be."""

_PEOPLE = st.sampled_from((ADA, "W0AB", LONGEST_USER, MARK, "U1> <!here"))
_MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.sampled_from((NOW, LATER))
_REASONS = st.just("") | st.text(max_size=REASON_MAX).map(lambda text: MARK + text)
_VERDICTS = st.sampled_from(("accepted", "rejected"))
TRIAGES = st.just(UNTOUCHED) | st.builds(
    Triage,
    round=st.integers(0, 10**9 - 1),
    claim=st.none() | st.builds(Claim, _PEOPLE, _MOMENTS),
    snooze=st.none() | st.builds(Snooze, _MOMENTS, _PEOPLE, _MOMENTS, _REASONS),
    proposal=st.none() | st.builds(Proposal, _PEOPLE, _MOMENTS, _REASONS),
    underway=st.none()
    | st.builds(Underway, st.sampled_from(("pending", "accepted", "rejected")), _PEOPLE, _MOMENTS),
    settled=st.none()
    | st.builds(
        Settled,
        decision=st.integers(1),
        status=_VERDICTS,
        by=_PEOPLE,
        proposed_by=st.none() | _PEOPLE,
        at=_MOMENTS,
        reason=_REASONS,
        undo_until=_MOMENTS,
    ),
    notes=st.integers(0, 10**6),
)
"""All that may be kept of an image, possible or not."""
SIGHTINGS = st.builds(
    Sighting,
    image=IMAGES,
    first_seen=_MOMENTS,
    gone_at=st.none() | _MOMENTS,
    how=st.sampled_from((None, "accepted", "rejected", "withdrawn")),
    by=st.none() | _PEOPLE,
)


def resting(days: int) -> Triage:
    """Snoozed until so many days from now; over where it is negative."""
    assert SNOOZED.snooze is not None
    until = NOW + timedelta(days=days)
    return Triage(snooze=msgspec.structs.replace(SNOOZED.snooze, until=until))


RESULTS = st.builds(
    Result,
    kind=st.sampled_from(typing.get_args(Result.__annotations__["kind"])),
    status=st.none() | st.sampled_from(("pending", "accepted", "rejected")) | CLOUD,
    by=st.none() | _PEOPLE,
    at=st.none() | _MOMENTS,
    taken=st.booleans(),
    settled=st.none() | st.builds(settled, _VERDICTS, by=_PEOPLE, proposed_by=st.none() | _PEOPLE),
    problem=CLOUD | st.just(""),
    remedy=CLOUD | st.just(""),
)


def provenance_of(**fields: Any) -> Provenance:
    """Of an owner of whom nothing else was seen."""
    none = dict.fromkeys(("shared", "accepted", "rejected", "withdrawn", "unknown", "waiting"), 0)
    own: dict[str, Any] = {"same_checksum": (), "lookalikes": (), "mixed_scripts": False}
    return Provenance(**(none | own | {"owner_known": True} | fields))


def stakes_of(shown: PendingImage, status: Any = "accepted", **fields: Any) -> Stakes:
    """What is at stake with an image of which little is known."""
    own: dict[str, Any] = {
        "provenance": provenance_of(),
        "triage": UNTOUCHED,
        "first_seen": NOW - timedelta(days=3),
        "needs_second": False,
        "origin": ORIGIN,
        "api_version": "1.3",
    }
    return Stakes(image=shown, status=status, **(own | fields))


PROVENANCES = st.builds(
    Provenance,
    **dict.fromkeys(
        ("shared", "accepted", "rejected", "withdrawn", "unknown", "waiting"),
        st.integers(0, 10**6),
    ),
    same_checksum=st.lists(IMAGES, max_size=5),
    lookalikes=st.lists(IMAGES, max_size=5),
    mixed_scripts=st.booleans(),
    owner_known=st.booleans(),
)
STAKES = st.builds(
    Stakes,
    image=IMAGES,
    status=_VERDICTS,
    provenance=PROVENANCES,
    triage=TRIAGES,
    first_seen=st.none() | _MOMENTS,
    needs_second=st.booleans(),
    origin=st.builds(Origin, st.none() | CLOUD, CLOUD, CLOUD),
    api_version=st.sampled_from(("", "1.3")),
)
METADATA = st.builds(
    CardMetadata,
    ref=st.builds(details_value, st.uuids().map(str) | st.text(min_size=1) | CLOUD),
    round=st.integers(0, 10**9 - 1),
    status=st.sampled_from(("pending", "accepted", "rejected")),
    expected=st.sampled_from(("pending", "accepted", "rejected")),
    channel=st.sampled_from(("", "C012ABCDEF")),
    response_url=st.none() | st.just("https://hooks.slack.example/actions/T0/1/" + "x" * 200),
    state=st.none() | st.builds(ListingState, QUERIES, st.integers(1, 10**6)),
    details_id=st.sampled_from(("", "V012ABCDEF")),
)

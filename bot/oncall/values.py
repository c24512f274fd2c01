"""What on-call does with pending images, as values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec

from bot.images import PendingImage

MemberStatus: TypeAlias = Literal["pending", "accepted", "rejected"]
"""What our account has said of an image that is shared with it (``scp/facts.md``)."""

Verdict: TypeAlias = Literal["accepted", "rejected"]
"""A member status that takes an image off the pending list."""

ACTIONS: Mapping[MemberStatus, str] = MappingProxyType(
    {"accepted": "accept", "rejected": "reject", "pending": "undo"}
)
"""What the record calls a wish, by what the membership is to become."""

REASON_MAX = 300
"""Characters of a reason."""

NOTE_MAX = 1000
"""Characters of a note."""

SETTLED_HOLDS = timedelta(minutes=2)
"""For so long after a decision SCP may still list the image as pending. If it does later, somebody
has made it pending again, and it waits for a decision like any other."""


class Claim(msgspec.Struct, frozen=True):
    """Somebody looks after the image."""

    by: str
    """The Slack user; so wherever a value says by whom."""
    at: datetime


class Snooze(msgspec.Struct, frozen=True):
    """The image rests: no digest shows it, and nobody is called for it, until a moment."""

    until: datetime
    by: str
    at: datetime
    reason: str = ""


class Proposal(msgspec.Struct, frozen=True):
    """One approver would accept the image; where two must agree, another one has to as well."""

    by: str
    at: datetime
    reason: str = ""


class Underway(msgspec.Struct, frozen=True):
    """A decision that SCP is being told of, or of which it is not known whether SCP took it."""

    status: MemberStatus
    """What the image's membership is to become."""
    by: str
    since: datetime


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The last decision that the bot has made on the image, unless it was undone."""

    decision: int
    """Its number."""
    status: Verdict
    by: str
    proposed_by: str | None = None
    """Who had proposed it, where two had to agree."""
    at: datetime
    reason: str = ""
    undo_until: datetime
    claim: Claim | None = None
    """Who looked after the image until then."""
    snooze: Snooze | None = None
    """The rest that it took until then."""


class Triage(msgspec.Struct, frozen=True, kw_only=True):
    """What on-call has done with one image."""

    round: int = 0
    """How often the bot has decided or undone; a button of another round is out of date."""
    claim: Claim | None = None
    snooze: Snooze | None = None
    """It may be over: see ``sleeps``."""
    proposal: Proposal | None = None
    underway: Underway | None = None
    settled: Settled | None = None
    notes: int = 0

    def sleeps(self, now: datetime) -> bool:
        """Tell whether it is snoozed still."""
        return self.snooze is not None and now < self.snooze.until

    def as_of(self, moment: datetime) -> "Triage":
        """Return who had claimed it at a moment, and its rest then, as far as is still known.

        What somebody has ended, or replaced, is not kept, but for what a decision ended.
        """
        settled = self.settled
        source = settled if settled and moment <= settled.at else self
        claim, snooze = source.claim, source.snooze
        return Triage(
            claim=claim if claim and claim.at <= moment else None,
            snooze=snooze if snooze and snooze.at <= moment else None,
        )

    def lately_settled(self, now: datetime) -> Settled | None:
        """Return the decision that holds even where SCP lists the image still."""
        settled = self.settled
        return settled if settled and now < settled.at + SETTLED_HOLDS else None


UNTOUCHED = Triage()
"""Of an image with which nobody has done anything."""

Triages: TypeAlias = Mapping[str, Triage]
"""By image id; one that is not in it is ``UNTOUCHED``."""

NOTHING_DONE: Triages = MappingProxyType({})


class Note(msgspec.Struct, frozen=True):
    """A comment on an image."""

    by: str
    at: datetime
    text: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One person's wish to set the membership of one image."""

    image: PendingImage
    """As the bot knows it; what is decided on is its id."""
    status: MemberStatus
    """``pending`` undoes."""
    round: int
    """Of the card that was pressed."""
    expected: MemberStatus = "pending"
    """What the membership has to be for the wish to make sense."""
    by: str
    channel: str
    """Where it was asked; empty for the App Home."""
    reason: str = ""
    proposal_seen: bool = False
    """Whether the person was shown that another had proposed it; else theirs is no second yet."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wish: a sentence is made of it in ``bot.blocks``."""

    kind: Literal[
        "done",
        "proposed",
        "already_proposed",
        "proposed_meanwhile",
        "underway",
        "settled",
        "out_of_date",
        "withdrawn",
        "elsewhere",
        "too_late",
        "refused",
        "unsure",
        "interrupted",
        "unrecorded",
    ]
    """``done``: SCP has it, and it is recorded. ``proposed``: another approver has to agree.
    ``already_proposed``: by the same person, who cannot be the other one. ``proposed_meanwhile``:
    by another (``by``, ``at``) since this one's form was drawn; pressed once more, theirs decides.
    ``underway``: somebody else's is being told to SCP just now (``by``, ``status``). ``settled``:
    decided by somebody through the bot (``by``, ``at``, ``status``). ``out_of_date``: the card is
    older than the last decision, which was undone since. ``withdrawn``: SCP knows of no such
    membership any more. ``elsewhere``: the membership is ``status``, and not through the bot.
    ``too_late``: to undo, since ``at``. ``refused``: SCP, or the bot on its way there, failed
    (``problem``, ``remedy``); nothing has changed. ``unsure``: SCP may have taken it; the bot goes
    on looking, and the card will tell. ``interrupted``: the bot stopped before it asked SCP;
    nothing has changed. ``unrecorded``: SCP has it, and the database fails; the record follows."""
    status: str | None = None
    by: str | None = None
    at: datetime | None = None
    settled: Settled | None = None
    """With ``done``, unless it undid."""
    shown: bool = True
    """With ``done``: whether SCP shows it already; it may have taken it and show it later."""
    taken: bool = False
    """With ``elsewhere`` and ``withdrawn``: whether SCP had taken what was wished before that."""
    problem: str = ""
    remedy: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the record, as it is kept for ever."""

    number: int
    """From 1, without gaps."""
    at: datetime
    actor: str
    """A Slack user, or ``bot``."""
    channel: str
    """Where it was asked; empty where in none."""
    action: str
    """``claim``, ``release``, ``snooze``, ``wake``, ``note``, ``propose``, ``accept``, ``reject``,
    ``undo``, ``escalate``, ``seen``, ``gone``, or another of a newer release."""
    outcome: str
    """``done``, ``refused`` (the person may not), ``failed`` (SCP or the bot), ``unsure``."""
    image_id: str
    image_name: str
    owner: str
    """Id of the account that owns the image."""
    reason: str = ""
    """What the person wrote."""
    detail: str = ""
    """What went wrong, by whom it was proposed, until when it sleeps, and the like."""
    request_id: str = ""
    """SCP's, of the request that changed the membership, where it sent one."""
    before: str = ""
    after: str = ""
    """Member status, or whose claim, before and after."""
    previous_hash: str
    hash: str
    """Of all of the above, in hexadecimal (``bot.oncall.chain``)."""

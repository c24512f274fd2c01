"""What was wanted against what stands in the channels and in the records. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from bot.digests.posting import EVENT_TYPE
from bot.schedule import Delivery, DeliveryState


class Wanted(NamedTuple):
    """An occurrence that is to arrive once."""

    channel: str
    occurrence: str
    due: datetime


class Post(NamedTuple):
    """A message that stands in a channel."""

    channel: str
    ts: str
    metadata: Mapping[str, Any] | None

    @property
    def occurrence(self) -> str | None:
        """What its metadata names."""
        if self.metadata is None or self.metadata.get("event_type") != EVENT_TYPE:
            return None
        named: str | None = self.metadata["event_payload"].get("occurrence")
        return named

    @property
    def at(self) -> datetime:
        """When it was posted, by Slack's clock."""
        return datetime.fromtimestamp(float(self.ts), UTC)


class Tally(msgspec.Struct, frozen=True):
    """What became of the wanted occurrences; ``at_fault`` names every list that ought be empty."""

    wanted: int
    messages: int
    """All that stand in the channels, whatever they are."""
    lost: list[str]
    """Occurrences without a message."""
    duplicated: dict[str, int]
    """Occurrences with more than one, and how many."""
    strays: list[str]
    """Messages that are nobody's: without metadata, or of what was not wanted there."""
    early: list[str]
    """Occurrences with a message before they were due, by Slack's clock."""
    recorded_wrongly: list[str]
    """Occurrences whose record does not name their message, or of which there is none, or two."""

    @property
    def at_fault(self) -> list[str]:
        """The names of what should be empty and is not."""
        names = ("lost", "duplicated", "strays", "early", "recorded_wrongly")
        return [name for name in names if getattr(self, name)]

    def lines(self) -> list[str]:
        """Return the figures as a report."""
        return [
            f"wanted {self.wanted}, messages in the channels {self.messages}",
            (
                f"lost {len(self.lost)}, duplicated {len(self.duplicated)}, "
                f"strays {len(self.strays)}, early {len(self.early)}, "
                f"recorded wrongly {len(self.recorded_wrongly)}"
            ),
            *(f"  lost: {occurrence}" for occurrence in self.lost),
            *(f"  {count} times: {occurrence}" for occurrence, count in self.duplicated.items()),
            *(f"  stray: {stray}" for stray in self.strays),
            *(f"  early: {occurrence}" for occurrence in self.early),
            *(f"  recorded wrongly: {occurrence}" for occurrence in self.recorded_wrongly),
        ]


def tally(wanted: Sequence[Wanted], posts: Sequence[Post], records: Sequence[Delivery]) -> Tally:
    """Count. Nothing is believed that the records say: they are only compared."""
    found: dict[tuple[str, str | None], list[Post]] = defaultdict(list)
    for post in posts:
        found[post.channel, post.occurrence].append(post)
    known: dict[str, list[Delivery]] = defaultdict(list)
    for record in records:
        known[record.occurrence].append(record)
    here = {(want.channel, want.occurrence) for want in wanted}
    counts = Counter({w.occurrence: len(found[w.channel, w.occurrence]) for w in wanted})
    return Tally(
        wanted=len(wanted),
        messages=len(posts),
        lost=[occurrence for occurrence, count in counts.items() if not count],
        duplicated={occurrence: count for occurrence, count in counts.items() if count > 1},
        strays=[
            f"{post.channel} {post.ts} {post.occurrence}"
            for post in posts
            if (post.channel, post.occurrence) not in here
        ],
        early=[
            want.occurrence
            for want in wanted
            if any(post.at < want.due for post in found[want.channel, want.occurrence])
        ],
        recorded_wrongly=[
            want.occurrence
            for want in wanted
            if not _agrees(known[want.occurrence], found[want.channel, want.occurrence])
        ]
        + [occurrence for occurrence in known if occurrence not in counts],
    )


def _agrees(records: Sequence[Delivery], posts: Sequence[Post]) -> bool:
    if len(records) != 1:
        return False
    arrived = records[0].state in {DeliveryState.POSTED, DeliveryState.NOTICE}
    return arrived == bool(posts) and (not posts or records[0].ts in {p.ts for p in posts})

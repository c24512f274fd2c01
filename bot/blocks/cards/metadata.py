"""What a window over one image must remember."""

import json

import msgspec

from bot.blocks.state import ListingState, StaleMessage, from_value, to_value
from bot.oncall.values import MemberStatus

_RELEASE = "cm1"
_IN_JSON = (
    "round",
    "status",
    "expected",
    "channel",
    "response_url",
    "details_id",
    "timezone",
    "proposal_seen",
)


class CardMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Which image, as what it was shown, what is wanted of it, and where somebody looks at it."""

    ref: str = ""
    """As ``card.details_value`` writes it."""
    round: int = 0
    """Of the card that was pressed."""
    status: MemberStatus = "pending"
    """What its membership is to become, in the form of a decision."""
    expected: MemberStatus = "pending"
    channel: str = ""
    """Empty for the App Home."""
    response_url: str | None = None
    state: ListingState | None = None
    """Of the list of their own, where they look at one."""
    details_id: str = ""
    """The window of details under this one, if there is."""
    timezone: str = ""
    """Of whoever opened the form, where it asks for a moment."""
    proposal_seen: bool = False
    """Whether the form of a decision told that another has proposed it."""

    def encode(self) -> str:
        """Return the text for ``private_metadata``."""
        # What is long stands after what is JSON: escaped, it could be too long for Slack.
        state = "" if self.state is None else to_value(self.state)
        parts = (getattr(self, field) for field in _IN_JSON)
        head = json.dumps([_RELEASE, *parts, len(self.ref)])
        return f"{head}~{self.ref}~{state}"

    @classmethod
    def decode(cls, text: str) -> "CardMetadata":
        """Return what ``encode`` wrote; raise StaleMessage if it did not."""
        head, _, rest = text.partition("]~")
        shape = tuple[str, int, MemberStatus, MemberStatus, str, str | None, str, str, bool, int]
        try:
            release, *parts, length = msgspec.json.decode(f"{head}]", type=shape)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise StaleMessage from error
        if release != _RELEASE or rest[length : length + 1] != "~":
            raise StaleMessage
        state = rest[length + 1 :]
        return cls(
            ref=rest[:length],
            state=from_value(state) if state else None,
            **dict(zip(_IN_JSON, parts, strict=True)),
        )

"""What the form that decides on several images must remember."""

import json
import re
from collections.abc import Sequence

import msgspec

from bot.blocks.state import ListingState, StaleMessage, from_value, to_value
from bot.oncall.values import Verdict

_RELEASE = "bm1"
_ITEM = re.compile(r"([0-9]{1,9})(p?)~([0-9]{1,2})~")


class Picked(msgspec.Struct, frozen=True):
    """One of the images."""

    ref: str
    """As ``card.details_value`` writes it; OPTION_REF_MAX long at most."""
    round: int
    """Of its triage when it was picked."""
    proposal_seen: bool = False
    """Whether the form told that another has proposed it."""


class BulkMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with which images, and where somebody has asked for it."""

    channel: str
    response_url: str | None = None
    state: ListingState = ListingState()
    """Of the list that is drawn anew afterwards."""
    status: Verdict = "rejected"
    items: Sequence[Picked] = ()
    """BULK_MAX at most; none while they are being picked."""

    def encode(self) -> str:
        """Return the text for ``private_metadata``."""
        head = [_RELEASE, self.channel, self.response_url, self.status, len(self.items)]
        # as in CardMetadata: what is long is not escaped
        items = "".join(map(_item_text, self.items))
        return f"{json.dumps(head)}~{items}{to_value(self.state)}"

    @classmethod
    def decode(cls, text: str) -> "BulkMetadata":
        """Return what ``encode`` wrote; raise StaleMessage if it did not."""
        head, _, rest = text.partition("]~")
        shape = tuple[str, str, str | None, Verdict, int]
        try:
            release, channel, url, status, count = msgspec.json.decode(f"{head}]", type=shape)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise StaleMessage from error
        if release != _RELEASE:
            raise StaleMessage
        items: list[Picked] = []
        for _ in range(count):
            item, rest = _first(rest)
            items.append(item)
        return cls(
            channel=channel,
            response_url=url,
            state=from_value(rest),
            status=status,
            items=tuple(items),
        )


def _item_text(item: Picked) -> str:
    proposal = "p" if item.proposal_seen else ""
    return f"{item.round}{proposal}~{len(item.ref)}~{item.ref}"


def _first(text: str) -> tuple[Picked, str]:
    """Return the first image in a text, and what comes after it."""
    matched = _ITEM.match(text)
    if matched is None:
        raise StaleMessage
    end = matched.end() + int(matched[3])
    return Picked(text[matched.end() : end], int(matched[1]), bool(matched[2])), text[end:]

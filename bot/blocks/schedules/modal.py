"""The modal around a digest's form: what it must remember, and how it says that it was refused."""

import json
from collections.abc import Sequence

import msgspec

from bot.blocks.failures import failure_blocks
from bot.blocks.ids import LOADING, SCHEDULE
from bot.blocks.limits import MODAL_TITLE_MAX, REASON_MAX
from bot.blocks.message import Block, View, mrkdwn, plain, rich_text, section, words
from bot.blocks.state import StaleMessage
from bot.blocks.text import clip
from bot.errors import BotError, StoreError
from bot.schedule import Draft, Schedule, format_draft

_RELEASE = "pf1"
_WHY = "why."
"""What the block ids of a refusal begin with."""


class FormMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the form must remember: where it was asked for, and what it changes."""

    channel_id: str
    """Where the person is looking, which need not be where the digest goes."""
    response_url: str
    replace: bool = False
    """Whether it was opened over the channel's digests, which it shows anew when saved."""
    schedule_id: int | None = None
    """None for a digest that is to be."""
    revision: int = 0
    """As the person has seen it."""

    def encode(self) -> str:
        """Return the text for ``private_metadata``."""
        return json.dumps([_RELEASE, *msgspec.structs.astuple(self)])

    @classmethod
    def decode(cls, text: str) -> "FormMetadata":
        """Return what ``encode`` wrote; raise StaleMessage if it did not."""
        shape = tuple[str, str, str, bool, int | None, int]
        try:
            release, *parts = msgspec.json.decode(text, type=shape)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise StaleMessage from error
        if release != _RELEASE:
            raise StaleMessage
        return cls(**dict(zip(cls.__struct_fields__, parts, strict=True)))


def form_title(schedule_id: int | None) -> str:
    """Return the modal's title."""
    return "New digest" if schedule_id is None else f"Digest {schedule_id}"


def form_modal(metadata: FormMetadata, blocks: Sequence[Block]) -> View:
    """Return the modal around the form's blocks."""
    return {
        "type": "modal",
        "callback_id": SCHEDULE,
        "title": plain(form_title(metadata.schedule_id), MODAL_TITLE_MAX),
        "submit": plain("Save", MODAL_TITLE_MAX),
        "close": plain("Cancel", MODAL_TITLE_MAX),
        "private_metadata": metadata.encode(),
        "blocks": list(blocks),
    }


def refused_modal(metadata: FormMetadata, blocks: Sequence[Block], error: BotError) -> View:
    """Return the form as it is on the screen, with above it why it was not saved.

    Its inputs keep their ids, and so what was typed into them.
    """
    return _under(metadata, [*failure_blocks(error), *_look_first(error)], blocks)


def overtaken_modal(metadata: FormMetadata, blocks: Sequence[Block], now: Schedule) -> View:
    """Return the form as it is on the screen, with above it what somebody else has saved meanwhile.

    Saved again, it replaces that: whoever saves has seen it.
    """
    saved = words(clip(format_draft(now), REASON_MAX), code=True)
    why = [
        section(
            mrkdwn(":warning: *Somebody changed it meanwhile*, so nothing of yours was saved.")
        ),
        rich_text([[words("It is now: ", bold=True), saved]]),
        section(mrkdwn(f"It goes to <#{now.channel}>. *Save* again to replace that with this:")),
    ]
    return _under(msgspec.structs.replace(metadata, revision=now.revision), why, blocks)


def saving_view(metadata: FormMetadata) -> View:
    """Return what takes the form's place while the database takes its time."""
    return _notice(metadata, [section(mrkdwn(":hourglass_flowing_sand: Saving …"))])


def saved_view(metadata: FormMetadata, said: str) -> View:
    """Return ``said``, our own words of what was done, in the place of ``saving_view``."""
    return _notice(metadata, [section(mrkdwn(said))])


def not_saved_view(metadata: FormMetadata, error: BotError, draft: Draft) -> View:
    """Return why nothing was saved after all, with what was asked for in a form to type."""
    deed = "add" if metadata.schedule_id is None else f"edit {metadata.schedule_id}"
    typed = words(
        clip(f"/pending-images digest {deed} {format_draft(draft)}", REASON_MAX), code=True
    )
    asked = rich_text([[words("What you asked for, to be typed instead: ", bold=True), typed]])
    return _notice(metadata, [*failure_blocks(error), *_look_first(error), asked])


def _under(metadata: FormMetadata, why: Sequence[Block], blocks: Sequence[Block]) -> View:
    """Return the form's blocks under the reason why it was not saved, in place of an earlier."""
    kept = [block for block in blocks if not block.get("block_id", "").startswith(_WHY)]
    above = [block | {"block_id": f"{_WHY}{number}"} for number, block in enumerate(why)]
    return form_modal(metadata, [*above, *kept])


def _notice(metadata: FormMetadata, blocks: list[Block]) -> View:
    """Return a modal with nothing to fill in."""
    return {
        "type": "modal",
        "callback_id": LOADING,
        "title": plain(form_title(metadata.schedule_id), MODAL_TITLE_MAX),
        "close": plain("Close", MODAL_TITLE_MAX),
        "blocks": blocks,
    }


def _look_first(error: BotError) -> list[Block]:
    """Return what to do before saving again: a database that breaks off may have done it."""
    if not isinstance(error, StoreError):
        return []
    text = "Look at `/pending-images digest` before you save again: it may have been saved."
    return [section(mrkdwn(text))]

"""The form of a comment on an image."""

from bot.blocks import ids
from bot.blocks.cards.card import shown_name
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.inputs import FormErrors, Values, input_block, text_element, written
from bot.blocks.limits import MODAL_TITLE_MAX, NAME_MAX
from bot.blocks.message import View, plain, section
from bot.images import PendingImage
from bot.oncall.values import NOTE_MAX

NOTE_TITLE = "Note on an image"

_NOTE = "note"


def note_view(image: PendingImage, metadata: CardMetadata) -> View:
    """Return the form."""
    example = "What whoever looks at it next should know"
    element = text_element(_NOTE, "", example, NOTE_MAX) | {"multiline": True}
    hint = "Kept with the image, with your name; its details show it to everybody here."
    return {
        "type": "modal",
        "callback_id": ids.NOTE_FORM,
        "title": plain(NOTE_TITLE, MODAL_TITLE_MAX),
        "submit": plain("Keep", MODAL_TITLE_MAX),
        "close": plain("Cancel", MODAL_TITLE_MAX),
        "private_metadata": metadata.encode(),
        "blocks": [
            section(plain(shown_name(image), NAME_MAX)),
            input_block(_NOTE, "Note", element, hint, optional=False),
        ],
    }


def read_note(values: Values) -> str:
    """Return the note that was submitted; raise FormErrors where it is missing or too long."""
    text = written(values, _NOTE)
    if not text:
        raise FormErrors({_NOTE: "Write something to keep."})
    if len(text) > NOTE_MAX:
        raise FormErrors({_NOTE: f"At most {NOTE_MAX:,} characters, please."})
    return text

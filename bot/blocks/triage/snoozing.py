"""The form that asks until when an image is to rest, and why."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import ids
from bot.blocks.cards.card import shown_name
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.inputs import (
    FormErrors,
    Values,
    field_error,
    input_block,
    state_of,
    text_element,
    written,
)
from bot.blocks.limits import MODAL_TITLE_MAX, NAME_MAX
from bot.blocks.message import View, context, mrkdwn, option, plain, section
from bot.images import PendingImage
from bot.oncall.snoozing import Choice, until_of
from bot.oncall.values import REASON_MAX

SNOOZE_TITLE = "Snooze image"

_UNTIL = "until"
_DAY = "day"
_REASON = "reason"
_MEANING = (
    "Until then no digest shows it, and nobody is called for it. `snoozed:yes` lists what rests, "
    "and anybody can wake it."
)


def snooze_view(image: PendingImage, choices: Sequence[Choice], metadata: CardMetadata) -> View:
    """Return the form; the labels of the choices name the day and the time."""
    options = [option(choice.label, choice.value) for choice in choices]
    until = {
        "type": "radio_buttons",
        "action_id": _UNTIL,
        "options": options,
        "initial_option": options[0],
    }
    day = {"type": "datepicker", "action_id": _DAY}
    reason = text_element(_REASON, "", "The owner is asked, and not back until then", REASON_MAX)
    return {
        "type": "modal",
        "callback_id": ids.SNOOZE_FORM,
        "title": plain(SNOOZE_TITLE, MODAL_TITLE_MAX),
        "submit": plain("Snooze", MODAL_TITLE_MAX),
        "close": plain("Cancel", MODAL_TITLE_MAX),
        "private_metadata": metadata.encode(),
        "blocks": [
            section(plain(shown_name(image), NAME_MAX)),
            input_block(_UNTIL, "Until when", until, optional=False),
            input_block(_DAY, "Date", day, "Where you have chosen a date above."),
            input_block(_REASON, "Reason", reason),
            context(mrkdwn(_MEANING)),
        ],
    }


def read_snooze(values: Values, now: datetime, timezone: str) -> tuple[datetime, str]:
    """Return until when and why, as submitted; raise FormErrors."""
    chosen = (state_of(values, _UNTIL).get("selected_option") or {}).get("value") or ""
    reason = written(values, _REASON)
    if len(reason) > REASON_MAX:
        raise FormErrors({_REASON: f"At most {REASON_MAX} characters, please."})
    try:
        until = until_of(chosen, state_of(values, _DAY).get("selected_date"), now, timezone)
    except ValueError as error:
        field = _DAY if chosen == "date" else _UNTIL
        raise FormErrors({field: field_error(str(error))}) from error
    return until, reason

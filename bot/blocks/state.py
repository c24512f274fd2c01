"""The state of a listing, carried by the message itself.

Slack sends no ``message`` with a click in an ephemeral message: only what identifies and what
belongs to the clicked element comes back. So each button carries the state in its value, and each
menu, which has no value of its own, in its block id, continued in its action id.
"""

import msgspec

from bot.blocks.ids import MENU
from bot.blocks.limits import BLOCK_ID_MAX
from bot.errors import BotError, QueryError
from bot.query import Query, format_query, parse_query, utf16_units

_RELEASE = "pi1"
_SWAPPED = str.maketrans("<>&\u2039\u203a\uff06", "\u2039\u203a\uff06<>&")


class StaleMessage(BotError):
    """What was clicked carries nothing that this release understands."""

    def __init__(self) -> None:
        super().__init__(
            "This message is from another release of the bot, and its buttons no longer work.",
            "Run /pending-images again.",
        )


class ListingState(msgspec.Struct, frozen=True):
    """What a listing shows: a query, and a page of what it matches (from 1)."""

    query: Query = Query()
    page: int = 1


def to_value(state: ListingState) -> str:
    """Return the state as the value of a button."""
    return f"{_RELEASE}~{_state_text(state)}"


def from_value(value: str) -> ListingState:
    """Return the state in a button's value; raise StaleMessage if there is none."""
    release, _, text = value.partition("~")
    if release != _RELEASE:
        raise StaleMessage
    return _read(text)


def cut_for_menus(state: ListingState, nonce: str) -> tuple[str, str]:
    """Return the block id of the menus' row, and what the menus' action ids must carry on.

    The block id is new with every nonce. Both parts end in a tilde, so that no blank stands at
    an end, where Slack might trim it.
    """
    start, text = f"{_RELEASE}~{nonce}~", _state_text(state)
    room = BLOCK_ID_MAX - len(start) - 1
    end = min(len(text), room)
    while utf16_units(text[:end]) > room:
        end -= 1
    return f"{start}{text[:end]}~", f"{text[end:]}~"


def menu_action_id(field: str, carried: str) -> str:
    """Return the action id of one menu, with what ``cut_for_menus`` left to it."""
    return f"menu.{field}~{carried}"


def from_menu(block_id: str, action_id: str) -> tuple[str, ListingState]:
    """Return a menu's field and the state in the two ids; raise StaleMessage if there is none."""
    menu = MENU.match(action_id)
    release, _, start = block_id.partition("~")
    _, _, start = start.partition("~")
    if menu is None or release != _RELEASE or not (start[-1:] == action_id[-1:] == "~"):
        raise StaleMessage
    return menu[1], _read(start[:-1] + action_id[menu.end() : -1])


def swap_signs(text: str) -> str:
    """Return the text with ``<>&`` in the places of three lookalikes, and the other way round.

    Slack escapes these three in some payloads and not in others (slackapi/bolt-python issue 513),
    so what must come back to us unchanged goes without them. Of the same length; its own inverse.
    """
    return text.translate(_SWAPPED)


def _state_text(state: ListingState) -> str:
    return swap_signs(f"{state.page}~{format_query(state.query)}")


def _read(text: str) -> ListingState:
    page, separator, query = swap_signs(text).partition("~")
    if not separator or not page.isascii() or not page.isdigit():
        raise StaleMessage
    try:
        return ListingState(parse_query(query), int(page))
    except (QueryError, ValueError) as error:  # ValueError: more digits than Python reads
        raise StaleMessage from error

"""The state of a listing, carried by the message itself.

Slack sends no ``message`` with a click in an ephemeral message: only what identifies and what
belongs to the clicked element comes back. So each button carries the state in its value, and each
menu, which has no value of its own, in its block id, continued in its action id.
"""

import msgspec

from bot.blocks.ids import MENU
from bot.blocks.limits import BLOCK_ID_MAX
from bot.blocks.text import units
from bot.errors import BotError, QueryError
from bot.query import Query, format_query, parse_query

_RELEASE = "pi1"
_SAFE = str.maketrans("<>&‹›＆", "‹›＆<>&")
"""Slack escapes ``<>&`` in some payloads and not in others, so these three trade places with
lookalikes that it leaves alone. Its own inverse, and of the same length."""


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


def menu_block_id(state: ListingState, nonce: str) -> str:
    """Return the block id of the menus' row: new with every nonce, holding the state's start."""
    return _cut(state, nonce)[0]


def menu_action_id(field: str, state: ListingState, nonce: str) -> str:
    """Return the action id of one menu, holding what the block id had no room for."""
    return f"menu.{field}~{_cut(state, nonce)[1]}~"


def from_menu(block_id: str, action_id: str) -> tuple[str, ListingState]:
    """Return a menu's field and the state in the two ids; raise StaleMessage if there is none."""
    menu = MENU.match(action_id)
    release, _, start = block_id.partition("~")
    _, _, start = start.partition("~")
    if menu is None or release != _RELEASE or not (start[-1:] == action_id[-1:] == "~"):
        raise StaleMessage
    return menu[1], _read(start[:-1] + action_id[menu.end() : -1])


def _state_text(state: ListingState) -> str:
    return f"{state.page}~{format_query(state.query)}".translate(_SAFE)


def _cut(state: ListingState, nonce: str) -> tuple[str, str]:
    """Return the block id, and what is left over for the action id.

    Both parts end in a tilde, so that no blank stands at an end where Slack might trim it.
    """
    start, text = f"{_RELEASE}~{nonce}~", _state_text(state)
    end = min(len(text), BLOCK_ID_MAX - len(start) - 1)
    while units(text[:end]) > BLOCK_ID_MAX - len(start) - 1:
        end -= 1
    return f"{start}{text[:end]}~", text[end:]


def _read(text: str) -> ListingState:
    page, separator, query = text.translate(_SAFE).partition("~")
    if not separator or not page.isascii() or not page.isdigit():
        raise StaleMessage
    try:
        return ListingState(parse_query(query), int(page))
    except (QueryError, ValueError) as error:  # ValueError: more digits than Python reads
        raise StaleMessage from error

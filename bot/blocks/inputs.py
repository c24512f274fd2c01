"""The inputs of a modal: how they are drawn, and what of them is submitted."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from bot.blocks.limits import FIELD_ERROR_MAX, HINT_MAX, PLACEHOLDER_MAX
from bot.blocks.message import Block, plain
from bot.blocks.text import clip, inert, is_visible
from bot.errors import BotError

Values: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What a view holds (``view.state.values``): by block id, by action id, an element's state."""


class FormErrors(BotError):
    """Some inputs cannot be understood: ``errors`` goes into ``response_action: errors``."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Some of the fields cannot be understood.")
        self.errors = errors
        """What is wrong, by block id."""


def input_block(
    block_id: str, label: str, element: Block, hint: str = "", *, optional: bool = True
) -> Block:
    """Return an input of our own words, with one element."""
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label),
        **({"hint": plain(hint, HINT_MAX)} if hint else {}),
        "element": element,
    }


def text_element(action_id: str, value: str, example: str, longest: int) -> Block:
    """Return a line to type into, at most ``longest`` characters, filled with a value if any."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": longest,
        "placeholder": plain(example, PLACEHOLDER_MAX),
    }
    return element | {"initial_value": value} if value else element


def state_of(values: Values, block_id: str) -> Mapping[str, Any]:
    """Return the state of an input's only element; empty where there is no such input."""
    states: Mapping[str, Mapping[str, Any]] = values.get(block_id, {})
    return next(iter(states.values()), {})


def typed(values: Values, block_id: str) -> str:
    """Return what was typed into an input; empty where nothing was."""
    return state_of(values, block_id).get("value") or ""


def written(values: Values, block_id: str) -> str:
    """Return what somebody wrote for others to read; empty where nobody could see any of it."""
    text = typed(values, block_id).strip()
    return text if is_visible(text) else ""


def error_text(error: BotError) -> str:
    """Return what is wrong and what to do, to stand at an input."""
    return field_error(f"{error} {error.remedy}")


def field_error(text: str) -> str:
    """Return a text from anywhere, to stand at an input."""
    return clip(inert(text.strip()), FIELD_ERROR_MAX)

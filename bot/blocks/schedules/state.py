"""What the buttons under a channel's digests carry, so that any replica serves any click."""

import re

import msgspec

from bot.blocks.state import StaleMessage

_VALUE = re.compile(r"pd1~([0-9]{1,9})~([0-9]{0,9})")


class ScheduleState(msgspec.Struct, frozen=True):
    """The page of the channel's digests that was looked at, and the digest that is meant."""

    page: int = 1
    schedule_id: int | None = None
    """None for the channel as a whole."""

    @property
    def schedule(self) -> int:
        """The digest that is meant; raise StaleMessage where none is named."""
        if self.schedule_id is None:
            raise StaleMessage
        return self.schedule_id


def schedule_value(state: ScheduleState) -> str:
    """Return the state as the value of a button."""
    named = "" if state.schedule_id is None else state.schedule_id
    return f"pd1~{state.page}~{named}"


def read_schedule_value(value: str) -> ScheduleState:
    """Return the state in a button's value; raise StaleMessage if there is none."""
    matched = _VALUE.fullmatch(value)
    if matched is None:
        raise StaleMessage
    page, named = matched.groups()
    return ScheduleState(int(page), int(named) if named else None)

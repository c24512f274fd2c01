"""Keeps the blocks of old messages small, so that a simulation may run for long."""

import json
import zlib
from typing import Any, overload

_FASTEST = 1


class Blocks:
    """The attribute ``blocks`` of a message: what is packed unpacks anew at each reading."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._held = f"_{name}"

    @overload
    def __get__(self, message: None, owner: type) -> "Blocks": ...

    @overload
    def __get__(self, message: object, owner: type) -> list[dict[str, Any]]: ...

    def __get__(self, message: object, owner: type) -> "Blocks | list[dict[str, Any]]":
        if message is None:
            # A dataclass asks the class for a default; there is none.
            raise AttributeError(self._held)
        held = vars(message)[self._held]
        blocks: list[dict[str, Any]] = (
            json.loads(zlib.decompress(held)) if isinstance(held, bytes) else held
        )
        return blocks

    def __set__(self, message: object, blocks: list[dict[str, Any]]) -> None:
        vars(message)[self._held] = blocks


def pack(message: object) -> None:
    """Compress the blocks of a message: from now on they change as a whole only."""
    held = vars(message)["_blocks"]
    if isinstance(held, list):
        vars(message)["_blocks"] = zlib.compress(json.dumps(held).encode(), _FASTEST)

"""The modal of further filters: name, status, created, updated, size."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.blocks.message import View
from bot.blocks.state import ListingState
from bot.errors import BotError
from bot.pick import Facet
from bot.query import Query


class FiltersMetadata(msgspec.Struct, frozen=True):
    """What the modal must remember: the listing it was opened over, and how to update that."""

    state: ListingState
    channel_id: str
    response_url: str

    def encode(self) -> str:
        """Return the text for ``private_metadata``."""
        raise NotImplementedError

    @classmethod
    def decode(cls, text: str) -> "FiltersMetadata":
        """Return what ``encode`` wrote; raise StaleMessage if it did not."""
        raise NotImplementedError


class FilterErrors(BotError):
    """Some filters cannot be understood: ``errors`` goes into ``response_action: errors``."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Some filters cannot be understood.")
        self.errors = errors
        """What is wrong, by block id."""


def filters_view(metadata: FiltersMetadata, statuses: Sequence[Facet]) -> View:
    """Return the modal, filled with what the listing's query says."""
    raise NotImplementedError


def read_filters(values: Mapping[str, Mapping[str, Any]], query: Query) -> Query:
    """Return the query with what was submitted (``view.state.values``); raise FilterErrors."""
    raise NotImplementedError

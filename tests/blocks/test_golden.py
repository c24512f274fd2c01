"""Messages as they are sent, to be read in a review of any change of wording.

``GOLDEN_WRITE=1 pytest tests/blocks/test_golden.py`` writes the files anew.
"""

import json
import os
from pathlib import Path

import pytest

from bot.blocks.details import details_view
from bot.blocks.digest import digest_message
from bot.blocks.failures import failure_message, query_error_message
from bot.blocks.filters import FiltersMetadata, filters_view
from bot.blocks.help import help_message
from bot.blocks.listing import listing_message, shared_message
from bot.blocks.message import Message, View
from bot.blocks.state import ListingState
from bot.errors import Forbidden, QueryError
from bot.images import PendingImages, UnreadableImage
from bot.pick import facets, pick
from bot.query import Query, parse_query
from tests.blocks.examples import FETCHED, NOW, ORIGIN, SHARER, image, listing_of

_FOLDER = Path(__file__).with_name("golden")
_IMAGES = [image(number) for number in range(47)]
_BROKEN = [UnreadableImage("0badf00d-2c7b-4dea-b3b0-3394f80b0550", "size is a list")]
_QUERY = parse_query("server -046 type:custom,k8s os:ubuntu created:>30d sort:-size")
_FORBIDDEN = Forbidden(
    "SCP refused the request: no permission.",
    "Grant virtualserver:ListPendingImages to the bot's user.",
    request_id="req-0a1b2c3d",
    action="virtualserver:ListPendingImages",
)


def _drawn() -> dict[str, Message | View]:
    listing = listing_of(_IMAGES, page=2, unreadable=_BROKEN)
    filtered = listing_of(_IMAGES, _QUERY)
    state = ListingState(_QUERY, 1)
    metadata = FiltersMetadata(state, "C012ABCDEF", "https://hooks.slack.example/actions/T0/1/x")
    answer = PendingImages(_IMAGES, _BROKEN, FETCHED, "1.3")
    return {
        "listing": listing_message(listing, NOW),
        "listing_filtered": listing_message(filtered, NOW),
        "listing_empty": listing_message(listing_of([]), NOW),
        "shared": shared_message(filtered, SHARER, NOW),
        "digest": digest_message(
            answer, pick(_IMAGES, Query(sort="updated"), NOW), Query(), ORIGIN, NOW
        ),
        "details": details_view(_IMAGES[3], NOW, origin=ORIGIN, api_version="1.3"),
        "filters": filters_view(metadata, facets(_IMAGES, "status")),
        "help": help_message(),
        "error": failure_message(_FORBIDDEN, state),
        "query_error": query_error_message(_mistake("typ:custom"), "typ:custom"),
    }


def _mistake(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    return caught.value


_NAMES = [
    "listing",
    "listing_filtered",
    "listing_empty",
    "shared",
    "digest",
    "details",
    "filters",
    "help",
    "error",
    "query_error",
]


@pytest.mark.parametrize("name", _NAMES)
def test_what_is_sent_is_what_was_reviewed(name: str) -> None:
    drawn = _drawn()[name]
    sent = {"text": drawn.text, "blocks": drawn.blocks} if isinstance(drawn, Message) else drawn
    text = json.dumps(sent, indent=1, ensure_ascii=False) + "\n"
    path = _FOLDER / f"{name}.json"
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")

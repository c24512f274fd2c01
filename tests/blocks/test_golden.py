"""Messages as they are sent, to be read in a review of any change of wording.

``GOLDEN_WRITE=1 pytest tests/blocks/test_golden.py`` writes the files anew.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.blocks.cards.details import details_view
from bot.blocks.failures import failure_message, query_error_message
from bot.blocks.help import help_message
from bot.blocks.listings.filters import FiltersMetadata, filters_view
from bot.blocks.listings.listing import listing_message, shared_message
from bot.blocks.message import Message, View
from bot.blocks.state import ListingState
from bot.errors import Forbidden, QueryError
from bot.images import UnreadableImage
from bot.pick import facets
from bot.query import parse_query
from bot.sim.slack.limits import message_problems, view_problems
from tests.blocks.digest_examples import DIGESTS
from tests.blocks.examples import NOW, ORIGIN, SHARER, image, listing_of
from tests.blocks.golden_triage import TRIAGE

_FOLDER = Path(__file__).with_name("golden")
_IMAGES = [image(number) for number in range(47)]
_FIRST_SEEN = {image.id: NOW - number * timedelta(hours=5) for number, image in enumerate(_IMAGES)}
_BROKEN = [UnreadableImage("0badf00d-2c7b-4dea-b3b0-3394f80b0550", "size is a list")]
_QUERY = parse_query("server -046 type:custom,k8s os:ubuntu created:>30d sort:-size")
_FORBIDDEN = Forbidden(
    "SCP refused the request: no permission.",
    "Grant virtualserver:ListPendingImages to the bot's user.",
    request_id="req-0a1b2c3d",
    action="virtualserver:ListPendingImages",
)


def _filters() -> View:
    url = "https://hooks.slack.example/actions/T0/1/x"
    metadata = FiltersMetadata(ListingState(_QUERY, 1), "C012ABCDEF", url)
    return filters_view(metadata, facets(_IMAGES, "status"))


def _details() -> View:
    third = _IMAGES[3]
    return details_view(
        third, NOW, origin=ORIGIN, api_version="1.3", first_seen=_FIRST_SEEN[third.id]
    )


def _mistake(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    return caught.value


_DRAWN: Mapping[str, Callable[[], Message | View]] = {
    "listing": lambda: listing_message(
        listing_of(_IMAGES, page=2, unreadable=_BROKEN, first_seen=_FIRST_SEEN), NOW
    ),
    "listing_filtered": lambda: listing_message(listing_of(_IMAGES, _QUERY), NOW),
    "listing_empty": lambda: listing_message(listing_of([]), NOW),
    "shared": lambda: shared_message(listing_of(_IMAGES, _QUERY), SHARER, NOW),
    "details": _details,
    "filters": _filters,
    "help": help_message,
    "error": lambda: failure_message(_FORBIDDEN, ListingState(_QUERY, 1)),
    "query_error": lambda: query_error_message(_mistake("typ:custom"), "typ:custom"),
    **DIGESTS,
    **TRIAGE,
}


@pytest.mark.parametrize("name", _DRAWN)
def test_what_is_sent_is_what_was_reviewed(name: str) -> None:
    drawn = _DRAWN[name]()
    sent = {"text": drawn.text, "blocks": drawn.blocks} if isinstance(drawn, Message) else drawn
    text = json.dumps(sent, indent=1, ensure_ascii=False) + "\n"
    path = _FOLDER / f"{name}.json"
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TRIAGE)
def test_slack_takes_what_on_call_sees(name: str) -> None:
    drawn = TRIAGE[name]()
    if isinstance(drawn, Message):
        assert message_problems({"text": drawn.text, "blocks": drawn.blocks}) == []
    else:
        assert view_problems(drawn) == []

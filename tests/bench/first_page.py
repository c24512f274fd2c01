"""From SCP's body to the first page, without any wire: time and memory beside a bare decode."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from bot.blocks.listings.listing import listing_message
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.images import PendingImages
from bot.listeners.listings.listings import compose
from bot.query import parse_query
from bot.scp.decoding import decode_images
from bot.sim.sample import SAMPLE_NOW, sample_images
from tests.bench.figures import Line, Pair, pair_of, ratio_line, value_line
from tests.bench.floors import decoder

GOALS = {1_000: 2.0, 100_000: 2.5}
QUERIES = {
    "all": "",
    "filtered": "ubuntu type:custom -owner:ml-research created:<300d",
}
ORIGIN = Origin(account="bench", region="kr-west1", environment="e")
BATCH = 20_000
"""Images decoded a sample, so that a short list is measured as well as a long one."""


def body_of(count: int) -> bytes:
    """Return SCP's body of that many images."""
    return msgspec.json.encode({"images": sample_images(count)})


def measure_first_page(count: int, rounds: int) -> list[Line]:
    """Measure the first page of ``count`` images, of all and of a query's."""
    body = body_of(count)
    lines = []
    for what, query in QUERIES.items():
        page = _first_page(body, query)
        goal = GOALS.get(count)
        pairs = [_round(body, page, count) for _ in range(rounds)]
        lines.append(ratio_line(f"first page of {count:,}, {what} / decode", pairs, goal))
    peaks = [_peak(_first_page(body, "")) / _peak(lambda: decoder.decode(body))]
    lines.append(value_line(f"first page of {count:,}: peak memory / decode", "x", peaks))
    return lines


def _first_page(body: bytes, query: str) -> Callable[[], object]:
    def page() -> object:
        images, unreadable = decode_images(body)
        answer = PendingImages(images, unreadable, SAMPLE_NOW, "1.3")
        now = datetime.now(UTC)
        listing = compose(ListingState(parse_query(query)), answer, answer.total, None, ORIGIN, now)
        message = listing_message(listing, now)
        return images, msgspec.json.encode(message.blocks)

    return page


def _round(body: bytes, page: Callable[[], object], count: int) -> Pair:
    floors, subjects = [], []
    for _ in range(max(1, BATCH // count)):
        floors.append(_seconds(lambda: decoder.decode(body)))
        subjects.append(_seconds(page))
    return pair_of(floors, subjects)


def _seconds(work: Callable[[], object]) -> float:
    """Time the work; what it made is let go of afterwards."""
    started = time.perf_counter()
    made = work()
    seconds = time.perf_counter() - started
    del made
    return seconds


def _peak(work: Callable[[], object]) -> int:
    """Return the most memory held at once, in bytes, what the work made included."""
    gc.collect()
    tracemalloc.start()
    try:
        made = work()
        peak = tracemalloc.get_traced_memory()[1]
        del made
    finally:
        tracemalloc.stop()
    return peak

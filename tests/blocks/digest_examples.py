"""Digests for the tests of ``bot.blocks``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from bot.blocks.digests.digest import (
    LONGEST_WAITING,
    DigestContent,
    digest_failure_message,
    digest_message,
)
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.changes import Changes
from bot.errors import Unavailable
from bot.images import PendingImage, PendingImages, UnreadableImage
from bot.pick import pick
from bot.query import Query, parse_query
from bot.schedule import DeliveryState, Draft, Timetable
from bot.sightings import Sighting
from tests.blocks.examples import (
    CLOUD,
    FETCHED,
    IMAGES,
    NOW,
    ORIGIN,
    QUERIES,
    SEEN_AT,
    UNREADABLE,
    image,
)
from tests.blocks.limits import MARK, check_message, texts
from tests.blocks.schedule_examples import delivery, schedule

LAST = NOW - timedelta(days=3)
"""When the digest before was posted."""
MANY = [image(number) for number in range(23)]
FIRST_SEEN = {shown.id: NOW - timedelta(hours=31 * n + 1) for n, shown in enumerate(MANY)}
"""Of ``MANY`` the last has waited longest: 28 days."""
TREND = [None, None, 18, 18, 19, 25, 24, 24, 20, 20, 20, 21, 22, 23]
BROKEN = UnreadableImage("0badf00d-2c7b-4dea-b3b0-3394f80b0550", "size is a list")
GONE = [
    Sighting(image=image(60), first_seen=LAST, gone_at=NOW, how="accepted", by="U0DECIDER"),
    Sighting(image=image(61), first_seen=LAST, gone_at=NOW, how="rejected"),
    Sighting(image=image(62), first_seen=LAST, gone_at=NOW, how="withdrawn"),
    Sighting(image=image(63), first_seen=LAST, gone_at=NOW),
]
SKIPPED = delivery(
    state=DeliveryState.SKIPPED, missed=2, outcome="the bot was not running", due=LAST
)
FAILED = delivery(
    state=DeliveryState.FAILED, outcome="The channel is archived. Restore it.", due=LAST
)
UNSURE = delivery(state=DeliveryState.UNSURE, due=LAST)
NOTICE = delivery(state=DeliveryState.NOTICE, due=LAST)


def content_of(
    images: Sequence[PendingImage] = MANY,
    query: str | Query = "",
    *,
    new: Sequence[int] = (),
    woken: Sequence[int] = (),
    unreadable: Sequence[UnreadableImage] = (),
    **parts: Any,
) -> DigestContent:
    """What the bot would show of the images, an hour of whose watch is behind it.

    ``new`` are the places, in ``images``, of those that the last digest did not know, ``woken`` of
    those that slept then; other parts of the content as they are called there, and of the schedule
    under ``schedule``.
    """
    wanted = parse_query(query) if isinstance(query, str) else query
    seen = parts.pop("first_seen", FIRST_SEEN)
    picked = pick(images, wanted.with_sort(wanted.sort or LONGEST_WAITING), NOW, seen)
    ids, slept = ({images[place].id for place in places} for places in (new, woken))
    changes = Changes(
        since=LAST,
        new=[shown for shown in picked if shown.id in ids],
        woken=[shown for shown in picked if shown.id in slept],
        gone=parts.pop("gone", ()),
        left=parts.pop("left", 0),
    )
    values: dict[str, Any] = {
        "schedule": schedule(query=wanted),
        "answer": PendingImages(images, unreadable, FETCHED, "1.3"),
        "picked": picked,
        "changes": changes,
        "first_seen": seen,
        "trend": TREND,
        "origin": ORIGIN,
        "now": NOW,
    }
    return DigestContent(**(values | parts))


def checked(content: DigestContent) -> Message:
    """Draw the digest; fail where Slack would not take it or something in it is live."""
    message = digest_message(content)
    check_message(message.text, message.blocks)
    return message


def shown(message: Message) -> str:
    """All its text, a line for each piece."""
    return "\n".join(texts(message.blocks))


def names(message: Message) -> list[str]:
    """The names on its cards."""
    return [block["text"]["text"] for block in message.blocks if "accessory" in block]


def headings(message: Message) -> list[str]:
    """Its sections of our own words."""
    return [
        block["text"]["text"]
        for block in message.blocks
        if block["type"] == "section" and block["text"]["type"] == "mrkdwn"
    ]


def _late() -> DigestContent:
    return content_of(
        new=[0, 1],
        gone=GONE,
        late_seconds=47 * 60 + 12,
        late_reason="restarted",
        troubles=[SKIPPED, FAILED, UNSURE, NOTICE],
        version_warning="API version 1.0 is not served from 2026-12-31 on.",
    )


def _watching() -> DigestContent:
    kept = schedule(only_changes=True, made_by=None)
    return content_of(schedule=kept, still_watching=True)


def _narrowed() -> DigestContent:
    query = parse_query("type:custom waiting:>3d")
    kept = schedule(query=query, mentions=("U0ONCALL", "S0ONCALL"), mention_after=5 * 86400)
    return content_of(MANY, query, schedule=kept, new=[8], left=1)


def _awake_again() -> DigestContent:
    return content_of(MANY[:6], new=[0], woken=[1, 2], sleeping=2)


def _notice() -> Message:
    error = Unavailable("SCP answered 503.", "Try again in a minute.", request_id="req-0a1b2c3d")
    return digest_failure_message(error, schedule(), ORIGIN, NOW)


DIGESTS: Mapping[str, Callable[[], Message]] = {
    "digest_first": lambda: digest_message(content_of(changes=None, unreadable=[BROKEN])),
    "digest_changes": lambda: digest_message(content_of(new=[0, 1], gone=GONE)),
    "digest_watching": lambda: digest_message(_watching()),
    "digest_late": lambda: digest_message(_late()),
    "digest_empty": lambda: digest_message(content_of([], gone=GONE[:1])),
    "digest_narrowed": lambda: digest_message(_narrowed()),
    "digest_awake": lambda: digest_message(_awake_again()),
    "digest_failure": _notice,
}
"""Those that a review of wording reads, by the names of their golden files."""

_TIMES = st.lists(st.times(), min_size=1, max_size=24).map(
    lambda times: tuple(sorted({time(at.hour, at.minute) for at in times}))
)
_TIMETABLES = st.builds(
    Timetable,
    times=_TIMES,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    timezone=st.sampled_from(("UTC", "Asia/Seoul", "America/Argentina/ComodRivadavia")),
    holidays=st.sampled_from((None, "KR", "GS")),
)
_PEOPLE = st.sampled_from(("U012ABCDEF", "W0AB", "S012ABCDEF", MARK, "U1> <!here"))
_MENTIONS = st.lists(_PEOPLE, max_size=40).map(tuple)
_OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "timetable": _TIMETABLES,
    "query": QUERIES,
    "only_changes": st.booleans(),
    "mentions": _MENTIONS,
    "mention_after": st.sampled_from((0, 90 * 60, 3 * 86400)),
}
SCHEDULES: st.SearchStrategy[Draft] = st.builds(
    schedule,
    st.integers(1, 10**9),
    made_by=st.none() | st.just("U012ABCDEF"),
    **_OPTIONS,
) | st.builds(Draft, channel=st.just("C1"), **_OPTIONS)
DELIVERIES = st.builds(
    delivery,
    state=st.sampled_from(DeliveryState),
    missed=st.integers(0, 1000),
    outcome=CLOUD | st.just(""),
    delay=CLOUD | st.just(""),
)
_SIGHTINGS = st.builds(
    Sighting,
    image=IMAGES,
    first_seen=st.just(LAST),
    gone_at=st.none() | st.just(NOW),
    how=st.sampled_from((None, "accepted", "rejected", "withdrawn")),
    by=st.none() | _PEOPLE,
)


@st.composite
def contents(draw: st.DrawFn) -> DigestContent:
    """Any digest: of hostile images, long or short, with all that may befall one."""
    images = draw(st.lists(IMAGES, max_size=14))
    kept = draw(SCHEDULES)
    seen_at = draw(st.lists(SEEN_AT, min_size=len(images), max_size=len(images)))
    seen: dict[str, datetime] = {
        shown.id: at for shown, at in zip(images, seen_at, strict=True) if at is not None
    }
    news = draw(st.lists(st.integers(0, len(images) - 1), unique=True)) if images else []
    new = draw(st.integers(0, len(news)))
    whole = content_of(
        images,
        kept.query,
        new=news[:new],
        woken=news[new:],
        sleeping=draw(st.integers(0, len(images))),
        gone=draw(st.lists(_SIGHTINGS, max_size=20)),
        left=draw(st.integers(0, 2)),
        first_seen=seen,
        unreadable=draw(UNREADABLE),
        schedule=kept,
        trend=draw(st.lists(st.none() | st.integers(0, 10**6), max_size=14)),
        origin=draw(st.builds(Origin, st.none() | CLOUD, CLOUD, CLOUD)),
        late_seconds=draw(st.integers(0, 10**9)),
        late_reason=draw(CLOUD | st.just("")),
        troubles=draw(st.lists(DELIVERIES, max_size=8)),
        version_warning=draw(st.none() | CLOUD),
        still_watching=draw(st.booleans()),
        asked_by=draw(st.none() | st.just("U012ABCDEF")),
        preview=draw(st.booleans()),
    )
    return msgspec.structs.replace(whole, changes=draw(st.sampled_from((whole.changes, None))))

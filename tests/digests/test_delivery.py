"""One occurrence of a digest, between an SCP and a Slack that do as the test says."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time

import pytest
from structlog.testing import capture_logs

from bot.blocks.digest import digest_failure_message, digest_message
from bot.blocks.message import Message
from bot.blocks.origin import Origin
from bot.digests.delivery import DigestDelivery, Failed, Posted
from bot.errors import (
    BodyUnreadable,
    Forbidden,
    RateLimited,
    ScpError,
    ServerFailed,
    SignatureRefused,
    SlackError,
    TimedOut,
    Unavailable,
    Unreachable,
)
from bot.images import PendingImage, PendingImages
from bot.query import Query, parse_query
from bot.schedule import Occurrence, Schedule, next_occurrence

NOW = datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC)
ORIGIN = Origin(account="our-account", region="kr-west1", environment="e")
IMAGES = [
    PendingImage(id="b", name="beta", os_distro="ubuntu", updated_at="2026-11-20T00:00:00Z"),
    PendingImage(id="a", name="alpha", os_distro="rocky", updated_at="2026-01-02T00:00:00Z"),
    PendingImage(id="c", name="gamma", os_distro="ubuntu"),
]
ANSWER = PendingImages(images=IMAGES, unreadable=[], fetched_at=NOW, api_version="1.3")
ALPHA_BETA_GAMMA = [IMAGES[1], IMAGES[0], IMAGES[2]]

Answer = PendingImages | ScpError


class Scp:
    """Gives the answers in turn, the last one ever after; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers or (ANSWER,)
        self.asked: list[bool] = []

    async def get(self, *, fresh: bool) -> PendingImages:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(fresh)
        if isinstance(answer, ScpError):
            raise answer
        return answer


class Slack:
    """Takes posts; fails with each channel's codes in turn before it does."""

    def __init__(self, **failures: list[str]) -> None:
        self.failures: Mapping[str, Iterator[str]] = {c: iter(f) for c, f in failures.items()}
        self.tried: list[str] = []
        self.posted: dict[str, list[tuple[Message, Mapping[str, object]]]] = {}

    async def post(self, channel: str, message: Message, metadata: Mapping[str, object]) -> str:
        self.tried.append(channel)
        code = next(self.failures.get(channel, iter(())), None)
        if code == "bug":
            raise RuntimeError(code)
        if code:
            raise SlackError(f"Slack did not post: {code}.", "Do something.", code=code)
        self.posted.setdefault(channel, []).append((message, metadata))
        return f"{channel}.{len(self.posted[channel])}"


class Naps:
    """Sleeps without taking time; keeps for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class World:
    """A delivery and all that surrounds it."""

    def __init__(self, scp: Scp | None = None, slack: Slack | None = None) -> None:
        self.scp = scp or Scp()
        self.slack = slack or Slack()
        self.naps = Naps()
        self.observed: list[str] = []
        self.delivery = DigestDelivery(
            fetch=self.scp.get,
            post=self.slack.post,
            origin=ORIGIN,
            clock=lambda: NOW,
            observe=self.observed.append,
            sleep=self.naps,
        )


def schedule(*channels: str, query: Query | None = None) -> Schedule:
    days = frozenset(range(7))
    return Schedule("settings", channels or ("C1",), time(9), days, "Asia/Seoul", query or Query())


def occurrence() -> Occurrence:
    return next_occurrence(schedule(), datetime(2026, 11, 22, 12, tzinfo=UTC))


async def test_the_digest_is_posted_to_each_channel_with_its_occurrence() -> None:
    world = World()
    outcomes = await world.delivery.deliver(schedule("C1", "C2"), occurrence())
    assert outcomes == [Posted("C1", "C1.1", notice=False), Posted("C2", "C2.1", notice=False)]
    digest = digest_message(ANSWER, ALPHA_BETA_GAMMA, Query(), ORIGIN, NOW)
    metadata = {
        "event_type": "pending_images_digest",
        "event_payload": {
            "occurrence": "settings/2026-11-23T09:00/Asia/Seoul",
            "schedule": "settings",
        },
    }
    assert world.slack.posted == {"C1": [(digest, metadata)], "C2": [(digest, metadata)]}
    assert world.observed == ["posted", "posted"]
    assert world.naps.seconds == []


async def test_the_longest_unchanged_come_first_and_the_undated_last() -> None:
    message = await World().delivery.compose(schedule())
    shown = str(message.blocks)
    assert 0 < shown.index("alpha") < shown.index("beta") < shown.index("gamma")


async def test_a_query_filters_and_its_own_sort_wins() -> None:
    query = parse_query("os:ubuntu sort:-name")
    message = await World().delivery.compose(schedule(query=query))
    assert message == digest_message(ANSWER, [IMAGES[2], IMAGES[0]], query, ORIGIN, NOW)


async def test_the_whole_list_is_fetched_fresh_so_that_totals_are_of_everything() -> None:
    world = World()
    query = parse_query("type:custom original:standard os:none")
    await world.delivery.deliver(schedule(query=query), occurrence())
    assert world.scp.asked == [True]


async def test_a_channel_named_twice_gets_one_message() -> None:
    world = World()
    await world.delivery.deliver(schedule("C1", "C2", "C1"), occurrence())
    assert world.slack.tried == ["C1", "C2"]


@pytest.mark.parametrize(
    "error", [RateLimited, Unavailable, TimedOut, Unreachable, ServerFailed, BodyUnreadable]
)
async def test_a_passing_failure_of_scp_is_waited_out(error: type[ScpError]) -> None:
    world = World(Scp(error("Not now."), error("Not now."), ANSWER))
    outcomes = await world.delivery.deliver(schedule(), occurrence())
    assert outcomes == [Posted("C1", "C1.1", notice=False)]
    assert world.naps.seconds == [5, 15]
    assert world.scp.asked == [True] * 3


async def test_when_scp_stays_down_each_channel_gets_one_notice() -> None:
    first, last = Unavailable("Down."), TimedOut("Still down.", "Look at the status page.")
    world = World(Scp(first, first, first, last))
    with capture_logs() as logs:
        outcomes = await world.delivery.deliver(schedule("C1", "C2"), occurrence())
    assert outcomes == [Posted("C1", "C1.1", notice=True), Posted("C2", "C2.1", notice=True)]
    assert world.naps.seconds == [5, 15, 40]
    notice = digest_failure_message(last, ORIGIN, NOW)
    assert [m for posts in world.slack.posted.values() for m, _ in posts] == [notice, notice]
    assert world.observed == ["notice", "notice"]
    warning = next(line for line in logs if line["log_level"] == "warning")
    assert warning["error"] == "Still down."
    assert warning["remedy"] == "Look at the status page."
    assert warning["occurrence"] == occurrence().id


@pytest.mark.parametrize("error", [SignatureRefused("Keys."), Forbidden("IAM.")])
async def test_what_waiting_cannot_cure_is_told_at_once(error: ScpError) -> None:
    world = World(Scp(error))
    await world.delivery.deliver(schedule(), occurrence())
    assert len(world.scp.asked) == 1
    assert world.slack.posted["C1"][0][0] == digest_failure_message(error, ORIGIN, NOW)


async def test_composing_for_a_dry_run_raises_what_scp_said() -> None:
    world = World(Scp(Forbidden("IAM.")))
    with pytest.raises(Forbidden):
        await world.delivery.compose(schedule())
    assert world.slack.tried == []


async def test_a_bad_channel_never_stops_the_others() -> None:
    world = World(slack=Slack(C2=["not_in_channel"] * 9))
    with capture_logs() as logs:
        outcomes = await world.delivery.deliver(schedule("C1", "C2", "C3"), occurrence())
    assert outcomes == [
        Posted("C1", "C1.1", notice=False),
        Failed("C2", "not_in_channel", "Slack did not post: not_in_channel. Do something."),
        Posted("C3", "C3.1", notice=False),
    ]
    assert world.slack.tried == ["C1", "C2", "C3"]
    assert sorted(world.observed) == ["failed", "posted", "posted"]
    warning = next(line for line in logs if line["log_level"] == "warning")
    assert (warning["channel"], warning["code"]) == ("C2", "not_in_channel")
    assert warning["remedy"] == "Do something."


async def test_a_channel_that_waits_does_not_delay_the_others() -> None:
    posted_meanwhile = asyncio.Event()
    world = World(slack=Slack(C1=["unreachable"]))

    async def post(channel: str, message: Message, metadata: Mapping[str, object]) -> str:
        ts = await world.slack.post(channel, message, metadata)
        posted_meanwhile.set()
        return ts

    async def sleep(_seconds: float) -> None:
        await posted_meanwhile.wait()

    delivery = DigestDelivery(
        fetch=world.scp.get,
        post=post,
        origin=ORIGIN,
        clock=lambda: NOW,
        observe=world.observed.append,
        sleep=sleep,
    )
    outcomes = await delivery.deliver(schedule("C1", "C2"), occurrence())
    assert [type(outcome) for outcome in outcomes] == [Posted, Posted]
    assert world.slack.tried == ["C1", "C2", "C1"]


@pytest.mark.parametrize("code", ["unreachable", "ratelimited", "rate_limited"])
async def test_a_post_that_slack_certainly_did_not_accept_is_repeated(code: str) -> None:
    world = World(slack=Slack(C1=[code, code, code]))
    outcomes = await world.delivery.deliver(schedule(), occurrence())
    assert outcomes == [Posted("C1", "C1.1", notice=False)]
    assert world.naps.seconds == [5, 15, 40]


async def test_a_post_is_given_up_after_the_last_wait() -> None:
    world = World(slack=Slack(C1=["unreachable"] * 9))
    outcomes = await world.delivery.deliver(schedule(), occurrence())
    assert [type(outcome) for outcome in outcomes] == [Failed]
    assert len(world.slack.tried) == 4


@pytest.mark.parametrize(
    "code", ["no_answer", "internal_error", "fatal_error", "http_502", "channel_not_found", ""]
)
async def test_a_post_that_may_have_arrived_or_never_will_is_not_repeated(code: str) -> None:
    async def refuse(_channel: str, _message: Message, _metadata: Mapping[str, object]) -> str:
        tries.append(code)
        raise SlackError("Slack did not post.", code=code)

    tries: list[str] = []
    world = World()
    delivery = DigestDelivery(
        fetch=world.scp.get,
        post=refuse,
        origin=ORIGIN,
        clock=lambda: NOW,
        observe=world.observed.append,
        sleep=world.naps,
    )
    outcomes = await delivery.deliver(schedule(), occurrence())
    assert outcomes == [Failed("C1", code, "Slack did not post.")]
    assert tries == [code]
    assert world.naps.seconds == []


async def test_a_bug_at_one_channel_is_raised_after_the_others_had_their_turn() -> None:
    world = World(slack=Slack(C1=["bug"], C2=["unreachable"]))
    with pytest.raises(ExceptionGroup) as caught:
        await world.delivery.deliver(schedule("C1", "C2"), occurrence())
    assert [str(error) for error in caught.value.exceptions] == ["bug"]
    assert list(world.slack.posted) == ["C2"]

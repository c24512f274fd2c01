"""The watch channel: new images as cards, calls of on-call, and what became of them, each once."""

import asyncio
from datetime import timedelta

import pytest

from bot.images import PendingImage
from bot.oncall.escalating import parse_working_hours
from bot.oncall.values import Asked
from bot.sending import FIRST_WAIT, POSTING_LEASE, SEND_WITHIN, UNANSWERED_WAIT
from bot.sim.scp import Route
from bot.store import Begun, Deed
from bot.triage import deciding, posting
from bot.triage.messages import UNRECORDED_FOR
from bot.triage.posting import LEASE
from bot.triage.watching import UNEXPLAINED_FOR
from tests.digests.clocks import DAY, HOUR, MINUTE, NINE, SECOND
from tests.digests.world import Meanwhile, sqlite_only
from tests.listeners.scene import CHANNEL, Alarms, images, labels, names, shown
from tests.triage.world import ADA, BOB, Replica, World, image_of

POST, HISTORY, REPLIES = "chat.postMessage", "conversations.history", "conversations.replies"
POLL = 5 * MINUTE + SECOND
UNSURE = timedelta(seconds=UNANSWERED_WAIT)


async def dies() -> None:
    raise asyncio.CancelledError


async def settle(world: World, *replicas: Replica, seconds: int = 8) -> None:
    """Let replicas look for some seconds: Slack takes one message a second."""
    for _ in range(seconds):
        for replica in replicas:
            await replica.look()
        world.clock.shift(SECOND)


async def watch(world: World, *replicas: Replica, seconds: int = 8) -> None:
    """Let the next poll come, and what follows."""
    world.clock.shift(POLL)
    for replica in replicas:
        await replica.digests.watch.look()
    await settle(world, *replicas, seconds=seconds)


@pytest.fixture
async def posted(world: World, replica: Replica) -> Replica:
    """One process, which has posted the card of the only image."""
    del world.scp.images[1:]
    await watch(world, replica)
    assert len(world.posts()) == 1
    return replica


async def test_each_new_image_is_posted_once_as_a_card(world: World, replica: Replica) -> None:
    others = [await world.replica() for _ in range(2)]
    for _ in range(3):
        await watch(world, replica, *others)
    posts = world.posts()
    assert sorted(name for post in posts for name in names(post)) == [
        "image-001",
        "image-002",
        "image-003",
    ]
    assert len(posts) == 3
    assert {"Claim", "Snooze", "Accept", "Reject"} <= set(labels(posts[0].blocks))


async def test_many_new_ones_share_posts(world: World, replica: Replica) -> None:
    world.scp.images = images(23)
    await watch(world, replica)
    assert sorted(len(names(post)) for post in world.posts()) == [3, 10, 10]


async def test_one_that_is_new_later_is_posted_within_a_poll(world: World, posted: Replica) -> None:
    world.scp.images += images(1)
    await watch(world, posted)
    assert len(world.posts()) == 2


async def test_without_a_watch_channel_nothing_is_posted(world: World) -> None:
    replica = await world.replica(watch_channel=None)
    await watch(world, replica)
    assert world.posts() == []


async def test_one_that_has_gone_before_it_could_be_posted_is_not(
    world: World, replica: Replica
) -> None:
    world.slack.remove_bot(CHANNEL)
    await watch(world, replica)
    world.scp.images.clear()
    await watch(world, replica)
    world.slack.invite_bot(CHANNEL)
    world.clock.shift(HOUR)
    await settle(world, replica)
    assert world.posts() == []


async def test_one_that_comes_back_after_it_could_not_be_posted_is_posted(
    world: World, replica: Replica
) -> None:
    """SCP left it out of one list; the bot was not invited yet."""
    del world.scp.images[1:]
    world.slack.remove_bot(CHANNEL)
    await watch(world, replica)
    (missing,) = world.scp.images
    world.scp.images.clear()
    await watch(world, replica)
    world.slack.invite_bot(CHANNEL)
    await settle(world, replica)
    world.scp.images.append(missing)
    for _ in range(2):
        await watch(world, replica)
    assert len(world.posts()) == 1
    world.clock.shift(DAY)
    await settle(world, replica)
    assert len(world.thread()) == 1, "on-call is called for it too"


async def test_one_that_is_shared_anew_before_it_was_posted_has_one_card(
    world: World, replica: Replica
) -> None:
    del world.scp.images[1:]
    world.slack.remove_bot(CHANNEL)
    await watch(world, replica)
    (image,) = world.scp.images
    world.scp.images.clear()
    world.clock.shift(POLL)
    await replica.digests.watch.look()
    world.clock.shift(2 * HOUR)
    world.scp.images.append(image)
    world.slack.invite_bot(CHANNEL)
    await watch(world, replica)
    assert len(world.posts()) == 1


async def test_a_new_one_does_not_wait_for_what_became_of_others(
    world: World, posted: Replica, meanwhile: Meanwhile
) -> None:
    seen = []

    async def look() -> None:
        await posted.look()
        seen.extend(world.posts())

    world.scp.withdraw(world.image().id)
    world.scp.images += images(1)
    meanwhile.before(posted.store.sightings, "explain", look)
    world.clock.shift(POLL)
    await posted.digests.watch.look()
    assert len(seen) == 2


async def test_where_the_bot_is_not_invited_yet_it_waits(world: World, replica: Replica) -> None:
    world.slack.remove_bot(CHANNEL)
    await watch(world, replica)
    world.slack.invite_bot(CHANNEL)
    world.clock.shift(HOUR)
    await settle(world, replica)
    assert len(world.posts()) == 3


async def test_a_posted_card_is_painted(world: World, posted: Replica) -> None:
    await world.claim(BOB)
    await settle(world, posted)
    assert f"<@{BOB}>" in shown(world.posts()[0])


async def test_what_is_done_between_composing_and_posting_is_painted(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    del world.scp.images[1:]
    meanwhile.before(replica.store.outbox, "begin_posting", world.claim)
    await watch(world, replica)
    assert f"<@{ADA}>" in shown(world.posts()[0])


async def test_what_slack_took_before_the_connection_broke_is_found_and_not_repeated(
    world: World, replica: Replica
) -> None:
    del world.scp.images[1:]
    world.slack.fail(POST, drop="after")
    await watch(world, replica, seconds=2)
    world.clock.shift(UNSURE)
    await settle(world, replica)
    assert len(world.posts()) == 1
    assert (world.calls(POST), world.calls(HISTORY)) == (1, 1)
    await world.claim(BOB)
    await settle(world, replica)
    assert f"<@{BOB}>" in shown(world.posts()[0]), "it is painted like any other"


async def test_what_slack_never_took_is_posted_again_once(world: World, replica: Replica) -> None:
    del world.scp.images[1:]
    world.slack.fail(POST, drop="before")
    await watch(world, replica, seconds=2)
    world.clock.shift(UNSURE)
    await settle(world, replica)
    assert len(world.posts()) == 1


@pytest.mark.parametrize(
    ("point", "when", "lease"),
    [
        ("begin_posting", "before", LEASE),
        ("begin_posting", "after", POSTING_LEASE),
        ("finish", "before", POSTING_LEASE),
        ("finish", "after", timedelta()),
    ],
)
async def test_what_a_dead_process_had_in_hand_is_posted_once(
    world: World, replica: Replica, meanwhile: Meanwhile, point: str, when: str, lease: timedelta
) -> None:
    del world.scp.images[1:]
    getattr(meanwhile, when)(replica.store.outbox, point, dies)
    await watch(world, replica, seconds=1)
    other = await world.replica()
    world.clock.shift(lease)
    await settle(world, other)
    assert len(world.posts()) == 1


@pytest.mark.parametrize("error", ["invalid_auth", "internal_error"])
async def test_what_cannot_be_looked_for_yet_is_not_repeated(
    world: World, replica: Replica, error: str
) -> None:
    del world.scp.images[1:]
    world.slack.fail(POST, drop="after")
    await watch(world, replica, seconds=2)
    world.slack.fail(HISTORY, error=error, times=2)
    for _ in range(3):
        world.clock.shift(UNSURE)
        await settle(world, replica)
    assert (world.calls(POST), world.calls(HISTORY)) == (1, 3)
    await world.claim(BOB)
    await settle(world, replica)
    assert f"<@{BOB}>" in shown(world.posts()[0])


async def test_where_slack_asks_a_look_to_wait_others_may_be_posted(world: World) -> None:
    """It is another limit than that of posts to the channel."""
    first, second = await world.replica(), await world.replica()
    others = world.scp.images[1:2]
    del world.scp.images[1:]
    world.slack.fail(POST, drop="after")
    await watch(world, first, seconds=2)
    world.clock.shift(UNSURE)
    world.slack.fail(HISTORY, retry_after=600)
    await settle(world, first)
    assert (len(world.posts()), world.calls(HISTORY)) == (1, 1)
    world.scp.images += others
    await watch(world, second)
    assert len(world.posts()) == 2


async def test_a_card_that_can_never_be_looked_for_is_posted_again_and_called_for(
    world: World, replica: Replica
) -> None:
    """Whether it had arrived or not: rather twice than never."""
    del world.scp.images[1:]
    world.slack.fail(POST, drop="before")
    world.slack.fail(HISTORY, error="missing_scope", times=1000)
    await watch(world, replica, seconds=2)
    world.clock.shift(UNSURE)
    await settle(world, replica)
    assert (len(world.posts()), world.calls(POST)) == (1, 2)
    world.clock.shift(DAY)
    await settle(world, replica)
    assert len(world.thread()) == 1


async def test_a_call_that_can_never_be_looked_for_counts_as_made(
    world: World, posted: Replica
) -> None:
    world.clock.shift(DAY)
    world.slack.fail(POST, drop="after")
    world.slack.fail(REPLIES, error="missing_scope", times=1000)
    await settle(world, posted, seconds=2)
    world.clock.shift(UNSURE)
    await settle(world, posted)
    assert len(world.thread()) == 1
    assert await world.ended() == [("escalate", "unsure")]
    world.clock.shift(DAY)
    await settle(world, posted)
    assert "call number 2" in shown(world.thread()[1])


async def test_who_has_lost_its_claim_posts_nothing(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    del world.scp.images[1:]
    other = await world.replica()

    async def taken_over() -> None:
        world.clock.shift(LEASE + SECOND)
        await other.look()

    meanwhile.before(replica.store.outbox, "begin_posting", taken_over)
    await watch(world, replica)
    assert (len(world.posts()), world.calls(POST)) == (1, 1)


async def test_a_process_that_was_held_up_does_not_post_before_it_has_asked_again(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    del world.scp.images[1:]

    async def held_up() -> None:
        world.clock.shift(timedelta(seconds=SEND_WITHIN + 1))

    meanwhile.after(replica.store.outbox, "begin_posting", held_up)
    await watch(world, replica, seconds=1)
    assert len(world.posts()) == 1
    assert world.calls(POST) == 1


async def test_slacks_rate_limit_is_honoured(world: World, replica: Replica) -> None:
    world.slack.fail(POST, retry_after=20)
    await watch(world, replica)
    assert world.posts() == []
    world.clock.shift(14 * SECOND)
    await settle(world, replica)
    assert len(world.posts()) == 3


async def test_that_slack_was_busy_is_no_failure_after_which_it_waits_for_longer(
    world: World, replica: Replica
) -> None:
    del world.scp.images[1:]
    world.slack.fail(POST, retry_after=1, times=8)
    await watch(world, replica, seconds=20)
    assert len(world.posts()) == 1


async def test_after_many_busy_answers_a_failure_is_the_first(
    world: World, replica: Replica
) -> None:
    del world.scp.images[1:]
    world.slack.fail(POST, retry_after=1, times=8)
    await watch(world, replica, seconds=8)
    world.slack.fail(POST, error="not_in_channel")
    await settle(world, replica, seconds=int(FIRST_WAIT) + 15)
    assert (len(world.posts()), world.calls(POST)) == (1, 10)


async def test_oncall_is_called_once_when_nobody_claims(world: World, posted: Replica) -> None:
    others = [await world.replica() for _ in range(2)]
    world.clock.shift(DAY - MINUTE)
    await settle(world, posted, *others)
    assert world.thread() == []
    world.clock.shift(MINUTE)
    await settle(world, posted, *others)
    (call,) = world.thread()
    assert "<!subteam^S0SIM0001>" in shown(call)
    entry = (await world.record())[-1]
    assert (entry.action, entry.actor, entry.outcome) == ("escalate", "bot", "done")
    world.clock.shift(DAY - MINUTE)
    await settle(world, posted, *others)
    assert len(world.thread()) == 1
    world.clock.shift(MINUTE)
    await settle(world, posted, *others)
    assert "call number 2" in shown(world.thread()[1])


async def test_once_only_where_it_is_not_to_be_repeated(world: World) -> None:
    del world.scp.images[1:]
    replica = await world.replica(escalate_again=None)
    await watch(world, replica)
    for _ in range(3):
        world.clock.shift(DAY)
        await settle(world, replica)
    assert len(world.thread()) == 1


@pytest.mark.parametrize("done", ["claimed", "snoozed", "accepted"])
async def test_nobody_is_called_for_what_somebody_has_taken_up(
    world: World, posted: Replica, done: str
) -> None:
    if done == "claimed":
        await world.claim()
    elif done == "snoozed":
        until = await world.store.now() + 3 * DAY
        await world.store.triage.snooze(Deed(world.image(), ADA, CHANNEL), until, "")
    else:
        await posted.decide(world.asked())
        await watch(world, posted)
    world.clock.shift(2 * DAY)
    await settle(world, posted)
    assert not [call for call in world.thread() if ":bell:" in shown(call)]


async def test_nobody_is_called_for_what_was_decided_since_the_watch_has_looked(
    world: World, posted: Replica
) -> None:
    await posted.decide(world.asked("rejected"))
    world.clock.shift(DAY)
    await posted.look()
    assert not [call for call in world.thread() if ":bell:" in shown(call)]


@pytest.mark.parametrize("again", [DAY, None])
async def test_who_claims_before_the_call_is_sent_puts_it_off_until_the_image_is_released(
    world: World, meanwhile: Meanwhile, again: timedelta | None
) -> None:
    """It is the first call still."""
    del world.scp.images[1:]
    replica = await world.replica(escalate_again=again)
    await watch(world, replica)
    meanwhile.before(replica.store.outbox, "claim", world.claim)
    world.clock.shift(DAY)
    await settle(world, replica)
    assert world.thread() == []
    await world.store.triage.release(Deed(world.image(), ADA, CHANNEL), anybodys=False)
    await settle(world, replica)
    (call,) = world.thread()
    assert "call number" not in shown(call)
    await settle(world, replica)
    assert len(world.thread()) == 1


async def test_a_bot_that_finds_an_old_queue_calls_once_for_each_post(world: World) -> None:
    world.scp.images = images(23)
    replicas = [await world.replica(watch_channel=watched) for watched in (None, CHANNEL, CHANNEL)]
    await watch(world, replicas[0])
    world.clock.shift(3 * DAY)
    await watch(world, *replicas[1:], seconds=4)
    await settle(world, *replicas[1:])
    posts = world.posts()
    assert sorted(len(names(post)) for post in posts) == [3, 10, 10]
    for number, post in enumerate(posts):
        (call,) = world.thread(number)
        assert all(name in shown(call) for name in names(post))


async def test_a_call_names_no_image_that_was_claimed_before_it_was_sent(
    world: World, replica: Replica, meanwhile: Meanwhile
) -> None:
    """For that one on-call is called, for the first time, when it is released."""
    world.scp.images = images(11)
    await watch(world, replica)
    image = next(i for i in map(image_of, world.scp.images) if i.name in names(world.posts()[0]))

    async def claim() -> None:
        await world.claim(ADA, image)

    meanwhile.before(replica.store.outbox, "claim", claim)
    world.clock.shift(DAY)
    await settle(world, replica)
    (call,) = world.thread()
    assert "these 9 images" in shown(call)
    assert image.name
    assert image.name not in shown(call)
    await world.store.triage.release(Deed(image, ADA, CHANNEL), anybodys=False)
    await settle(world, replica)
    (_, late) = world.thread()
    assert image.name in shown(late)
    assert "call number" not in shown(late)


@pytest.mark.parametrize(
    ("point", "when", "lease"),
    [
        ("begin_posting", "before", LEASE),
        ("begin_posting", "after", POSTING_LEASE),
        ("finish", "before", POSTING_LEASE),
        ("finish", "after", timedelta()),
    ],
)
async def test_a_call_that_a_dead_process_had_in_hand_is_made_and_counted_once(
    world: World, posted: Replica, meanwhile: Meanwhile, point: str, when: str, lease: timedelta
) -> None:
    getattr(meanwhile, when)(posted.store.outbox, point, dies)
    world.clock.shift(DAY)
    await settle(world, posted, seconds=1)
    other = await world.replica()
    world.clock.shift(lease)
    await settle(world, other)
    assert len(world.thread()) == 1
    assert await world.ended() == [("escalate", "done")]
    world.clock.shift(DAY)
    await settle(world, other)
    assert "call number 2" in shown(world.thread()[1])


async def test_who_is_called_is_called_in_working_hours(world: World) -> None:
    """The image comes at eight on a Monday; four hours of work are over at one o'clock."""
    del world.scp.images[1:]
    hours = parse_working_hours("mon-fri 09:00-18:00", "Asia/Seoul")
    replica = await world.replica(escalate_after=4 * HOUR, escalate_hours=hours)
    await watch(world, replica)
    world.clock.set(NINE + 4 * HOUR - MINUTE)
    await settle(world, replica)
    assert world.thread() == []
    world.clock.set(NINE + 4 * HOUR + MINUTE)
    await settle(world, replica)
    assert len(world.thread()) == 1


async def test_a_call_that_slack_took_before_the_connection_broke_is_not_repeated(
    world: World, posted: Replica
) -> None:
    world.clock.shift(DAY)
    world.slack.fail(POST, drop="after")
    await settle(world, posted, seconds=2)
    world.clock.shift(UNSURE)
    await settle(world, posted)
    assert len(world.thread()) == 1
    assert world.calls(REPLIES) == 1


async def test_the_thread_says_by_whom_it_was_decided(world: World, posted: Replica) -> None:
    await posted.decide(world.asked(by=BOB))
    for _ in range(2):
        await watch(world, posted)
    (resolved,) = world.thread()
    assert "accepted" in shown(resolved)
    assert f"<@{BOB}>" in shown(resolved)
    assert f"Accepted* by <@{BOB}>" in shown(world.posts()[0])


async def test_the_thread_is_told_of_a_decision_before_the_watch_looks_again_and_once(
    world: World, posted: Replica
) -> None:
    await posted.decide(world.asked(by=BOB))
    await settle(world, posted)
    (resolved,) = world.thread()
    assert "accepted" in shown(resolved)
    assert f"<@{BOB}>" in shown(resolved)
    for _ in range(2):
        await watch(world, posted)
    assert len(world.thread()) == 1


@pytest.mark.parametrize("recorded", [True, False])
async def test_the_thread_waits_for_a_decision_to_be_recorded_but_not_for_ever(
    world: World, posted: Replica, recorded: bool
) -> None:
    """Its process was killed when SCP had taken it, and the watch sees first what became of it."""
    image = world.image()
    world.clock.shift(POLL)
    begun = await world.store.decisions.begin(
        world.asked(by=BOB), "killed", deciding.LEASE, needs_second=False, undo_for=MINUTE
    )
    assert isinstance(begun, Begun)
    assert await world.store.decisions.sending(begun)
    world.scp.members.decide(image.id, "accepted", 0)
    await posted.digests.watch.look()
    world.scp.fail("server_500", routes=[Route.MEMBER])
    await settle(world, posted, seconds=2)
    assert world.thread() == []
    if recorded:
        world.scp.heal()
    world.clock.shift(deciding.LEASE if recorded else UNRECORDED_FOR)
    await settle(world, posted, seconds=12)
    (resolved,) = world.thread()
    assert "accepted" in shown(resolved)
    assert (f"<@{BOB}>" in shown(resolved)) == recorded


async def test_the_thread_is_told_of_what_was_undone_and_decided_anew(
    world: World, posted: Replica
) -> None:
    await posted.decide(world.asked(by=BOB))
    await settle(world, posted)
    await posted.decide(world.asked("pending", expected="accepted", round=1, by=ADA))
    await settle(world, posted)
    await posted.decide(world.asked("rejected", round=2, by=BOB))
    for _ in range(2):
        await watch(world, posted)
    told = [shown(reply) for reply in world.thread()]
    assert [f"<@{ADA}> undid the decision" in text for text in told] == [False, True, False]
    assert "accepted* by" in told[0]
    assert "rejected* by" in told[2]


@pytest.mark.parametrize("gone", [False, True])
async def test_the_thread_is_told_of_what_was_made_pending_again_elsewhere_and_decided_anew(
    world: World, posted: Replica, gone: bool
) -> None:
    """Whether the watch has seen that it was gone or not."""
    image = world.image()
    await posted.decide(world.asked(by=BOB))
    await (watch if gone else settle)(world, posted)
    world.scp.members.decide(image.id, "pending", 0)
    for _ in range(3):
        await watch(world, posted)
    assert len(world.thread()) == 2
    assert "pending again" in shown(world.thread()[1])
    world.scp.members.decide(image.id, "rejected", 0)
    for _ in range(2):
        await watch(world, posted)
    told = [shown(reply) for reply in world.thread()]
    assert len(told) == 3
    assert "This image was rejected" in told[2]


def undoing(world: World) -> Asked:
    """What undoes the first decision on the image, as its card offers."""
    return world.asked("pending", expected="accepted", round=1, by=ADA)


def change_elsewhere(world: World, image: PendingImage, status: str) -> None:
    """Withdraw an image, or set its status in the console."""
    if status == "withdrawn":
        world.scp.withdraw(image.id)
    else:
        world.scp.members.decide(image.id, status, 0)


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("withdrawn", "This image was withdrawn"),
        ("rejected", "This image was rejected"),
        ("pending", "This image is pending again"),
    ],
)
async def test_the_thread_is_told_what_undoing_shows_to_have_changed_elsewhere_and_once(
    world: World, posted: Replica, status: str, said: str, seen: bool
) -> None:
    """Whether the watch has seen that the decided image was gone or not."""
    image = world.image()
    await posted.decide(world.asked(by=BOB))
    await (watch if seen else settle)(world, posted)
    wish = undoing(world)
    change_elsewhere(world, image, status)
    assert (await posted.decide(wish)).kind in {"elsewhere", "withdrawn"}
    await settle(world, posted)
    accepted, changed = [shown(reply) for reply in world.thread()]
    assert f"accepted* by <@{BOB}>" in accepted
    assert said in changed
    assert "<@" not in changed
    for _ in range(4):
        await watch(world, posted)
    assert len(world.thread()) == 2


async def test_the_thread_of_what_is_changed_elsewhere_before_it_could_be_told_says_both(
    world: World, posted: Replica
) -> None:
    await posted.decide(world.asked(by=BOB))
    wish = undoing(world)
    world.scp.withdraw(wish.image.id)
    assert (await posted.decide(wish)).kind == "withdrawn"
    for _ in range(2):
        await watch(world, posted)
    accepted, withdrawn = [shown(reply) for reply in world.thread()]
    assert f"accepted* by <@{BOB}>" in accepted
    assert "This image was withdrawn" in withdrawn


async def test_what_the_watch_has_found_out_is_not_told_again_by_who_decides(
    world: World, posted: Replica
) -> None:
    image = world.image()
    await posted.decide(world.asked(by=BOB))
    await settle(world, posted)
    for status in ("pending", "rejected"):
        change_elsewhere(world, image, status)
        for _ in range(3):
            await watch(world, posted, seconds=2)
    wish = world.asked("rejected", expected="accepted", round=1)
    assert (await posted.decide(wish)).kind == "elsewhere"
    await watch(world, posted)
    told = [shown(reply) for reply in world.thread()]
    assert ["was rejected" in text for text in told] == [False, False, True]


async def test_the_thread_says_who_has_turned_a_decision_round(
    world: World, posted: Replica
) -> None:
    """Where it cannot be undone the opposite is offered."""
    await posted.decide(world.asked(by=BOB))
    await settle(world, posted)
    wish = world.asked("rejected", expected="accepted", round=1, by=ADA)
    assert (await posted.decide(wish)).kind == "done"
    for _ in range(2):
        await watch(world, posted)
    accepted, rejected = [shown(reply) for reply in world.thread()]
    assert f"accepted* by <@{BOB}>" in accepted
    assert f"rejected* by <@{ADA}>" in rejected


async def test_what_was_undone_long_after_it_went_is_not_said_to_be_gone(
    world: World,
) -> None:
    """Before the watch has seen that it is back."""
    del world.scp.images[1:]
    replica = await world.replica(undo_minutes=60)
    await watch(world, replica)
    await replica.decide(world.asked(by=BOB))
    await watch(world, replica)
    world.clock.shift(UNEXPLAINED_FOR)
    assert (await replica.decide(undoing(world))).kind == "done"
    await settle(world, replica)
    assert "pending again" in shown(world.thread()[-1])
    assert len(world.thread()) == 2


async def test_where_nobody_is_on_call_nobody_is_called(world: World) -> None:
    replica = await world.replica(oncall=())
    await watch(world, replica)
    world.clock.shift(2 * DAY)
    await settle(world, replica)
    assert world.thread() == []


@pytest.mark.parametrize(("what", "said"), [("withdrawn", "withdrawn"), ("console", "rejected")])
async def test_the_thread_says_what_happened_elsewhere(
    world: World, posted: Replica, what: str, said: str
) -> None:
    image = world.image()
    if what == "withdrawn":
        world.scp.withdraw(image.id)
    else:
        world.scp.members.decide(image.id, "rejected", world.scp.clock())
    await watch(world, posted)
    (resolved,) = world.thread()
    assert said in shown(resolved)
    assert said.capitalize() in shown(world.posts()[0])


async def test_what_cannot_be_explained_is_said_to_be_gone_after_a_while(
    world: World, posted: Replica
) -> None:
    world.scp.withdraw(world.image().id)
    world.scp.fail("server_500", routes=[Route.MEMBER])
    await watch(world, posted)
    assert world.thread() == []
    world.clock.shift(UNEXPLAINED_FOR)
    await settle(world, posted)
    assert len(world.thread()) == 1


@sqlite_only
async def test_what_does_not_arrive_is_given_up_until_the_watch_sees_it_again(
    world: World, replica: Replica, monkeypatch: pytest.MonkeyPatch, alarms: Alarms
) -> None:
    alarms.expect("given up a post to the watch channel")
    monkeypatch.setattr(posting, "GIVE_UP_AFTER", 2)
    del world.scp.images[1:]
    world.slack.remove_bot(CHANNEL)
    await watch(world, replica, seconds=30)
    assert world.calls(POST) == 2
    world.slack.invite_bot(CHANNEL)
    for _ in range(2):
        await watch(world, replica)
    assert len(world.posts()) == 1


async def test_the_thread_is_told_of_what_was_withdrawn_and_is_shared_again(
    world: World, posted: Replica
) -> None:
    (image,) = world.scp.images
    world.scp.withdraw(str(image["id"]))
    await watch(world, posted)
    world.scp.images.append(image)
    for _ in range(2):
        await watch(world, posted)
    withdrawn, again = world.thread()
    assert "withdrawn" in shown(withdrawn)
    assert "pending again" in shown(again)

"""What a digest says over the days: what is new, gone and waiting, and what there is to know."""

import re
from datetime import UTC, datetime, time, timedelta

from bot.query import parse_query
from bot.schedule import DeliveryState
from bot.sim.scp import Route
from bot.sim.slack import Actor
from tests.digests.clocks import DAY, HOUR, MINUTE, NINE, SECOND
from tests.digests.world import ADA, Replica, World, draft, sqlite_only
from tests.listeners.scene import Json, image, names, title

FIRST = "This is the first digest here"


async def on_day(world: World, replica: Replica, number: int) -> str:
    """Let the digest of that day come due; return all that the newest post says, in one line."""
    # A second later each day, lest one is up to a second earlier than the one before.
    world.clock.set(NINE + number * DAY + (number + 1) * SECOND)
    await replica.look()
    return " ".join(world.last().split()) if world.posts() else ""


def image_id(image: Json) -> str:
    return str(image["id"])


@sqlite_only
async def test_the_first_digest_says_that_it_is_the_first_and_who_made_it(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    said = await on_day(world, replica, 0)
    assert FIRST in said
    assert f"made by <@{ADA}>" in said
    said = await on_day(world, replica, 1)
    assert FIRST not in said
    assert ADA not in said, "Slack would notify her every day"


async def test_each_digest_is_compared_with_the_one_before(world: World, replica: Replica) -> None:
    """New, gone with what became of it, and still waiting, the longest first."""
    await world.release_watch()
    await world.schedule()
    accepted, rejected, withdrawn = world.scp.images
    world.scp.images.append(image("old"))
    await on_day(world, replica, 0)
    world.clock.set(NINE + HOUR)
    world.scp.images.append(image("between"))
    await replica.look()
    world.clock.set(NINE + DAY - HOUR)
    world.scp.members.decide(image_id(accepted), "accepted", 0)
    world.scp.members.decide(image_id(rejected), "rejected", 0)
    world.scp.withdraw(image_id(withdrawn))
    world.scp.images.append(image("fresh"))
    await replica.look()
    said = await on_day(world, replica, 1)
    assert "2 new, 3 gone" in said
    assert re.search(r"image-001 · \w+ · accepted", said)
    assert re.search(r"image-002 · \w+ · rejected", said)
    assert re.search(r"image-003 · \w+ · withdrawn", said)
    assert names(world.posts()[-1]) == ["between", "fresh", "old"]
    assert "1 still waiting" in said
    assert "waiting 23 hours" in said
    assert "waiting 1 hour" in said
    assert "waiting 1 day" in said
    assert "nothing new or gone" in await on_day(world, replica, 2)
    assert names(world.posts()[-1]) == ["old", "between", "fresh"]


@sqlite_only
async def test_what_scp_does_not_explain_went_elsewhere(world: World, replica: Replica) -> None:
    await world.schedule()
    await on_day(world, replica, 0)
    world.scp.withdraw(image_id(world.scp.images[0]))
    world.scp.fail("iam", routes=[Route.MEMBER])
    said = await on_day(world, replica, 1)
    assert re.search(r"image-001 · \w+ · decided or withdrawn elsewhere", said)


@sqlite_only
async def test_a_digest_asks_what_became_of_what_no_watch_has_seen_going(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    await on_day(world, replica, 0)
    accepted, rejected, withdrawn = map(image_id, list(world.scp.images))
    world.scp.members.decide(accepted, "accepted", NINE.timestamp())
    world.scp.members.decide(rejected, "rejected", NINE.timestamp())
    world.scp.withdraw(withdrawn)
    said = await on_day(world, replica, 1)
    for name, how in (("001", "accepted"), ("002", "rejected"), ("003", "withdrawn")):
        assert re.search(rf"image-{name} · \w+ · {how}", said)


@sqlite_only
async def test_what_left_the_query_but_not_the_list_is_not_called_gone(
    world: World, replica: Replica
) -> None:
    await world.schedule(query=parse_query("type:custom"))
    await on_day(world, replica, 0)
    world.scp.images[0]["scp_image_type"] = "k8s"
    said = await on_day(world, replica, 1)
    assert "nothing new or gone" in said
    assert "1 more still waits and matches the query no longer." in said


@sqlite_only
async def test_two_schedules_of_one_channel_do_not_share_what_they_showed(
    world: World, replica: Replica
) -> None:
    await world.schedule(query=parse_query("image-001"))
    await world.schedule(times=(time(10),))
    await on_day(world, replica, 0)
    world.clock.set(NINE + HOUR + SECOND)
    await replica.look()
    assert FIRST in world.last()
    assert title(world.posts()[0]) == "1 of 3 pending images matches"


@sqlite_only
async def test_it_counts_by_type_and_owner(world: World, replica: Replica) -> None:
    world.scp.images += [
        image(scp_image_type="k8s", owner_account_name="Partner", owner="partner"),
        image(scp_image_type="k8s", owner_account_name="Partner", owner="partner"),
    ]
    await world.schedule()
    said = await on_day(world, replica, 0)
    assert "By type: custom 3 · k8s 2" in said
    assert "By owner: AccountName 3 · Partner 2" in said


@sqlite_only
async def test_the_trend_is_of_fourteen_days(world: World, replica: Replica) -> None:
    await world.schedule()
    world.scp.images = world.scp.images[:1]
    assert "Last 14 days" not in await on_day(world, replica, 0), "one day is no trend"
    for number in range(1, 14):
        world.scp.images.append(image())
        await on_day(world, replica, number)
    said = " ".join(world.last().split())
    drawing = re.search(r"Last 14 days: (\S+) from 1, 13 days ago, to 14 now", said)
    assert drawing
    assert len(drawing[1]) == 14
    assert list(drawing[1]) == sorted(drawing[1])
    assert len(set(drawing[1])) > 4
    said = await on_day(world, replica, 14)
    assert "from 2, 13 days ago, to 14 now" in said


@sqlite_only
async def test_only_changes_is_silent_but_once_a_week_says_that_it_watches(
    world: World, replica: Replica
) -> None:
    await world.schedule(only_changes=True)
    await on_day(world, replica, 0)
    for number in range(1, 7):
        await on_day(world, replica, number)
        assert (await world.record()).state is DeliveryState.SILENT
    assert len(world.posts()) == 1
    assert "The bot is still watching." in await on_day(world, replica, 7)
    await on_day(world, replica, 8)
    assert len(world.posts()) == 2
    world.scp.images.append(image("fresh"))
    assert "1 new, 0 gone" in await on_day(world, replica, 9)
    world.scp.images.pop()
    assert "0 new, 1 gone" in await on_day(world, replica, 10)
    assert "still watching" not in world.last()
    await on_day(world, replica, 16)
    assert len(world.posts()) == 4
    assert "The bot is still watching." in await on_day(world, replica, 17)


@sqlite_only
async def test_send_now_is_never_silent(world: World, replica: Replica) -> None:
    schedule = await world.schedule(only_changes=True)
    await on_day(world, replica, 0)
    world.clock.shift(HOUR)
    await world.store.deliveries.plan_now(schedule.id, ADA)
    await replica.look()
    assert "nothing new or gone" in world.last()


@sqlite_only
async def test_a_digest_that_waited_says_what_is_pending_when_it_is_posted(
    world: World, replica: Replica
) -> None:
    await world.schedule()
    world.slack.fail("chat.postMessage", retry_after=60)
    await on_day(world, replica, 0)
    world.scp.images.append(image("fresh"))
    world.clock.shift(MINUTE + SECOND)
    await replica.look()
    assert title(world.posts()[0]) == "4 pending images wait for a decision"


@sqlite_only
async def test_send_now_asks_scp_anew(world: World, replica: Replica) -> None:
    """What was just told to the digest of another moment is no answer."""
    schedule = await world.schedule()
    await on_day(world, replica, 0)
    world.scp.images.append(image("fresh"))
    world.clock.shift(5 * SECOND)
    await world.store.deliveries.plan_now(schedule.id, ADA)
    await replica.look()
    assert title(world.posts()[-1]) == "4 pending images wait for a decision"


async def test_people_are_mentioned_from_a_waiting_time_on(
    world: World, replica: Replica, bob: Actor
) -> None:
    world.slack.user_group("S0SIM0001")
    whom = (bob.id, "S0SIM0001")
    await world.schedule(mentions=whom, mention_after=2 * 86400)
    await on_day(world, replica, 0)
    assert world.posts()[-1].mentions == [ADA]
    await on_day(world, replica, 1)
    assert world.posts()[-1].mentions == []
    assert "3 images have waited 2 days or longer" in await on_day(world, replica, 2)
    assert set(world.posts()[-1].mentions) == set(whom)
    world.scp.images = [image("fresh")]
    await on_day(world, replica, 3)
    assert world.posts()[-1].mentions == []


@sqlite_only
async def test_an_end_of_the_api_version_is_warned_of(world: World, replica: Replica) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=10)
    assert world.scp.versions
    world.scp.versions = [
        {**entry, "not_before": f"{soon}T00:00:00Z"} for entry in world.scp.versions
    ]
    await world.schedule()
    said = await on_day(world, replica, 0)
    assert f"API version 1.3 is supported only until {soon}." in said


@sqlite_only
async def test_the_query_decides_what_is_shown(world: World, replica: Replica) -> None:
    world.scp.images.append(image("cluster", scp_image_type="k8s"))
    await world.schedule(query=parse_query("type:k8s"))
    said = await on_day(world, replica, 0)
    assert title(world.posts()[0]) == "1 of 4 pending images matches"
    assert names(world.posts()[0]) == ["cluster"]
    assert "type:k8s" in said
    record = await world.record()
    assert (record.total, record.matched) == (4, 1)


@sqlite_only
async def test_the_querys_order_is_kept(world: World, replica: Replica) -> None:
    await world.schedule(query=parse_query("sort:-name"))
    await on_day(world, replica, 0)
    assert names(world.posts()[0]) == ["image-003", "image-002", "image-001"]


async def test_waiting_counts_from_when_the_bot_first_saw_an_image(
    world: World, replica: Replica
) -> None:
    await world.schedule(query=parse_query("waiting:>3d"))
    await on_day(world, replica, 0)
    assert title(world.posts()[0]) == "0 of 3 pending images match"
    assert "None of the pending images matches" in world.last()
    await on_day(world, replica, 2)
    world.scp.images.append(image("fresh"))
    said = await on_day(world, replica, 4)
    assert title(world.posts()[-1]) == "3 of 4 pending images match"
    assert "3 new, 0 gone" in said
    assert "fresh" not in said


@sqlite_only
async def test_where_nothing_waits_it_says_so(world: World, replica: Replica) -> None:
    world.scp.images.clear()
    await world.schedule()
    await on_day(world, replica, 0)
    assert title(world.posts()[0]) == "Nothing is waiting"


@sqlite_only
async def test_a_preview_shows_what_would_come_and_posts_nothing(
    world: World, replica: Replica
) -> None:
    """Of a draft and of a schedule, which is compared with its last digest."""
    preview = await replica.digests.composer.preview(draft())
    assert preview.text.startswith("Preview of a digest: 3 pending images wait for a decision.")
    schedule = await world.schedule()
    await on_day(world, replica, 0)
    world.scp.images.append(image("fresh"))
    world.clock.shift(MINUTE)
    preview = await replica.digests.composer.preview(schedule)
    assert "Since the last one: 1 new, 0 gone." in preview.text
    assert len(world.posts()) == 1
    assert len(await world.history()) == 1
    assert "1 new, 0 gone" in await on_day(world, replica, 1), "the preview was no digest"


@sqlite_only
async def test_what_went_long_ago_is_still_named(world: World, replica: Replica) -> None:
    """Also where the last digest lies further back than the trend."""
    schedule = await world.schedule()
    await on_day(world, replica, 0)
    await world.store.schedules.pause(schedule.id, ADA)
    world.clock.set(NINE + DAY)
    await world.store.deliveries.plan_now((await world.schedule(channel="C0SIM0002")).id, None)
    world.scp.images.pop(0)
    await replica.look()
    world.clock.set(NINE + 30 * DAY - HOUR)
    await world.store.schedules.resume(schedule.id)
    assert "image-001" in await on_day(world, replica, 30)

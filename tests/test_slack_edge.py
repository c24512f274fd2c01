"""The edge to Slack: threads, updates, windows, the Home, groups, persons and files."""

import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.blocks.message import Message, actions, button, context, mrkdwn
from bot.errors import SlackError
from bot.sim.slack import Actor, SlackSim
from bot.sim.slack.gate import Drop
from bot.slack import (
    PASSING,
    RATE_LIMITED,
    UNCERTAIN,
    UNREACHABLE,
    Found,
    Slack,
    slack_session,
    web_client,
)
from tests.listeners.scene import CHANNEL, ELSEWHERE
from tests.sim.slack_app import fake_app

CARD = Message("a card", [context(mrkdwn("a card"), block_id="card")])
CHANGED = Message("changed", [context(mrkdwn("changed"), block_id="card2")])
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "One"}}
HOME = {"type": "home", "blocks": CARD.blocks}
CSV = "who,when\r\n애다,now\r\n".encode()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def edge(slack: SlackSim) -> AsyncIterator[Slack]:
    async with slack_session() as session:
        yield Slack(web_client(slack.bot_token, slack.api_url, session), session)


def named(occurrence: str, event_type: str = "kind") -> dict[str, object]:
    return {"event_type": event_type, "event_payload": {"occurrence": occurrence}}


def calls(slack: SlackSim, method: str) -> int:
    return len([call for call in slack.calls if call.method == method])


async def test_the_token_is_of_a_workspace(slack: SlackSim, edge: Slack) -> None:
    assert (await edge.identity()).team_id == slack.team_id


async def test_an_update_replaces_text_and_blocks_and_keeps_the_metadata(
    slack: SlackSim, edge: Slack
) -> None:
    ts = await edge.post_once(CHANNEL, CARD, named("1"))
    await edge.update(CHANNEL, ts, CHANGED)
    (message,) = slack.messages(CHANNEL)
    assert (message.text, message.blocks) == (CHANGED.text, CHANGED.blocks)
    assert message.metadata == named("1")


async def test_an_update_asks_once_and_tells_how_long_slack_wants_to_wait(
    slack: SlackSim, edge: Slack
) -> None:
    ts = await edge.post(CHANNEL, CARD)
    slack.fail("chat.update", retry_after=7)
    with pytest.raises(SlackError) as caught:
        await edge.update(CHANNEL, ts, CHANGED)
    assert caught.value.code in RATE_LIMITED
    assert caught.value.retry_after == 7
    assert calls(slack, "chat.update") == 1


async def test_an_update_without_an_answer_may_be_made_again(slack: SlackSim, edge: Slack) -> None:
    ts = await edge.post(CHANNEL, CARD)
    slack.fail("chat.update", drop="after")
    with pytest.raises(SlackError) as caught:
        await edge.update(CHANNEL, ts, CHANGED)
    assert caught.value.code == UNREACHABLE
    assert calls(slack, "chat.update") == 1


async def test_an_update_of_what_is_gone_is_told(edge: Slack) -> None:
    with pytest.raises(SlackError) as caught:
        await edge.update(CHANNEL, "1.000001", CHANGED)
    assert caught.value.code == "message_not_found"
    assert caught.value.code not in PASSING


async def test_a_post_may_go_into_a_thread(slack: SlackSim, edge: Slack) -> None:
    root = await edge.post(CHANNEL, CARD)
    first = await edge.post(CHANNEL, CARD, thread_ts=root)
    second = await edge.post_once(CHANNEL, CARD, thread_ts=root)
    assert [message.ts for message in slack.thread(CHANNEL, root)] == [first, second]


async def test_a_post_is_found_with_what_it_shows(edge: Slack) -> None:
    await edge.post_once(CHANNEL, CHANGED, named("2"))
    ts = await edge.post_once(CHANNEL, CARD, named("1"))
    found = await edge.find_post(CHANNEL, "kind", "1", LONG_AGO)
    assert found == Found(ts, CARD.text, CARD.blocks)


async def test_a_post_of_another_kind_name_or_time_is_not_found(edge: Slack) -> None:
    await edge.post_once(CHANNEL, CARD, named("1"))
    assert await edge.find_post(CHANNEL, "another kind", "1", LONG_AGO) is None
    assert await edge.find_post(CHANNEL, "kind", "2", LONG_AGO) is None
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await edge.find_post(CHANNEL, "kind", "1", later) is None


@pytest.mark.parametrize("page", [None, 1])
async def test_an_answer_is_found_in_its_thread_alone(
    slack: SlackSim, edge: Slack, page: int | None
) -> None:
    root = await edge.post_once(CHANNEL, CARD, named("root"))
    other = await edge.post(CHANNEL, CARD)
    for number in range(3):
        await edge.post_once(CHANNEL, CARD, named(str(number)), thread_ts=root)
    slack.limit_history(page)
    found = await edge.find_post(CHANNEL, "kind", "2", LONG_AGO, thread_ts=root)
    assert found is not None
    assert found.ts == slack.thread(CHANNEL, root)[2].ts
    assert await edge.find_post(CHANNEL, "kind", "3", LONG_AGO, thread_ts=root) is None
    assert await edge.find_post(CHANNEL, "kind", "2", LONG_AGO, thread_ts=other) is None
    assert await edge.find_post(CHANNEL, "kind", "2", LONG_AGO) is None


async def test_a_look_into_a_thread_asks_once(slack: SlackSim, edge: Slack) -> None:
    root = await edge.post(CHANNEL, CARD)
    slack.fail("conversations.replies", retry_after=3)
    with pytest.raises(SlackError) as caught:
        await edge.find_post(CHANNEL, "kind", "1", LONG_AGO, thread_ts=root)
    assert caught.value.retry_after == 3
    assert calls(slack, "conversations.replies") == 1


async def test_a_window_opens_on_top_of_another(slack: SlackSim, edge: Slack, ada: Actor) -> None:
    async with fake_app(slack):
        trigger = (await ada.command("/open", "", CHANNEL)).payload["trigger_id"]
        below = MODAL | {"blocks": [actions("a", [button("More", "more", "1")])]}
        first = await edge.open_view(trigger, below)
        pressed = await ada.press(ada.modal(), "more")
        second = await edge.push_view(pressed.payload["trigger_id"], MODAL | {"blocks": []})
    assert [view.id for view in slack.views_of(ada.id)] == [first, second]


async def test_a_window_that_slack_has_no_time_for_is_not_asked_for_again(
    slack: SlackSim, edge: Slack
) -> None:
    slack.fail("views.push", retry_after=1)
    with pytest.raises(SlackError, match="slow down") as caught:
        await edge.push_view("1.2.3", MODAL | {"blocks": []})
    assert caught.value.code in RATE_LIMITED
    assert calls(slack, "views.push") == 1


async def test_the_home_is_shown_to_one_person(
    slack: SlackSim, edge: Slack, ada: Actor, bob: Actor
) -> None:
    await edge.publish_home(ada.id, HOME)
    home = slack.home_of(ada.id)
    assert home is not None
    assert home.content["blocks"] == HOME["blocks"]
    assert slack.home_of(bob.id) is None


async def test_a_group_has_members(slack: SlackSim, edge: Slack) -> None:
    slack.user_group("S0SIM0001", users=["U0SIM0001", "U0SIM0002"])
    slack.user_group("S0SIM0002")
    assert await edge.group_members("S0SIM0001") == {"U0SIM0001", "U0SIM0002"}
    assert await edge.group_members("S0SIM0002") == frozenset()


async def test_a_group_that_is_not_in_use_has_none_to_tell(slack: SlackSim, edge: Slack) -> None:
    slack.user_group("S0SIM0001", users=["U0SIM0001"], disabled=True)
    for group in ("S0SIM0001", "S0SIM0404"):
        with pytest.raises(SlackError) as caught:
            await edge.group_members(group)
        assert caught.value.code == "no_such_subteam"


async def test_without_its_scope_a_group_tells_which_to_grant(slack: SlackSim, edge: Slack) -> None:
    slack.user_group("S0SIM0001", users=["U0SIM0001"])
    slack.scopes.remove("usergroups:read")
    with pytest.raises(SlackError) as caught:
        await edge.group_members("S0SIM0001")
    assert caught.value.code == "missing_scope"
    assert "manifest.yaml" in caught.value.remedy


async def test_a_member_of_the_workspace_is_told_of(
    slack: SlackSim, edge: Slack, ada: Actor
) -> None:
    person = await edge.person(ada.id)
    assert (person.id, person.name, person.timezone) == (ada.id, "ada", "Asia/Seoul")
    assert (person.team_id, person.teams) == (slack.team_id, frozenset())
    told = (person.is_admin, person.is_guest, person.is_stranger, person.deleted, person.is_bot)
    assert told == (False,) * 5


@pytest.mark.parametrize("kind", ["is_restricted", "is_ultra_restricted"])
async def test_both_kinds_of_guests_are_guests(
    slack: SlackSim, edge: Slack, ada: Actor, kind: str
) -> None:
    setattr(slack.workspace.people[ada.id], kind, True)
    assert (await edge.person(ada.id)).is_guest


async def test_somebody_of_another_workspace_is_of_that_one(
    slack: SlackSim, edge: Slack, ada: Actor
) -> None:
    person = slack.workspace.people[ada.id]
    person.team_id, person.is_stranger = "T0OTHER", True
    told = await edge.person(ada.id)
    assert (told.team_id, told.is_stranger) == ("T0OTHER", True)


async def test_somebody_of_an_organization_may_be_of_several_workspaces(
    slack: SlackSim, edge: Slack, ada: Actor
) -> None:
    slack.workspace.people[ada.id].teams = ("T1", slack.team_id)
    assert (await edge.person(ada.id)).teams == {"T1", slack.team_id}


async def test_who_has_left_and_who_is_a_bot_is_told(
    slack: SlackSim, edge: Slack, ada: Actor
) -> None:
    slack.workspace.people[ada.id].deleted = True
    assert (await edge.person(ada.id)).deleted
    assert (await edge.person(slack.bot_user_id)).is_bot


async def test_a_file_is_shared_in_a_direct_message(
    slack: SlackSim, edge: Slack, ada: Actor
) -> None:
    direct = await edge.open_dm(ada.id)
    await edge.upload(direct, "audit.csv", CSV, title="The record", comment="Here it is.")
    (message,) = slack.messages(direct)
    (file,) = message.files
    assert message.text == "Here it is."
    assert (file.name, file.title, file.content) == ("audit.csv", "The record", CSV)


async def test_nobody_unknown_is_written_to(edge: Slack) -> None:
    with pytest.raises(SlackError) as caught:
        await edge.open_dm("U0SIM0404")
    assert caught.value.code == "user_not_found"


async def test_a_file_for_a_channel_without_the_bot_is_refused(edge: Slack) -> None:
    with pytest.raises(SlackError) as caught:
        await edge.upload(ELSEWHERE, "audit.csv", CSV, title="The record", comment="")
    assert caught.value.code == "not_in_channel"
    assert "/invite" in caught.value.remedy


@pytest.mark.parametrize("drop", get_args(Drop))
@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload"])
async def test_a_file_that_got_lost_before_it_was_shared_leaves_nothing_behind(
    slack: SlackSim, edge: Slack, step: str, drop: Drop
) -> None:
    slack.fail(step, drop=drop)
    with pytest.raises(SlackError) as caught:
        await edge.upload(CHANNEL, "audit.csv", CSV, title="The record", comment="")
    assert caught.value.code == UNREACHABLE
    assert slack.messages(CHANNEL) == []
    assert "/upload/" not in "".join(traceback.format_exception(caught.value))


async def test_bytes_that_slack_does_not_take_are_not_shared(slack: SlackSim, edge: Slack) -> None:
    slack.fail("upload", status=503)
    with pytest.raises(SlackError) as caught:
        await edge.upload(CHANNEL, "audit.csv", CSV, title="The record", comment="")
    assert caught.value.code in PASSING
    assert calls(slack, "files.completeUploadExternal") == 0


async def test_a_file_whose_sharing_had_no_answer_may_be_there(
    slack: SlackSim, edge: Slack
) -> None:
    slack.fail("files.completeUploadExternal", drop="after")
    with pytest.raises(SlackError) as caught:
        await edge.upload(CHANNEL, "audit.csv", CSV, title="The record", comment="")
    assert caught.value.code == UNCERTAIN
    assert len(slack.messages(CHANNEL)) == 1
    assert calls(slack, "files.completeUploadExternal") == 1

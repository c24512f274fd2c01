"""Who may read, and who may decide, as Slack tells it now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import pytest

from bot.errors import NotAllowed, NotKnown
from bot.sim.slack import SlackSim
from bot.slack import Slack, slack_session, web_client
from bot.triage import acquaintance, kept
from bot.triage.access import KEPT_SECONDS, PERSON_HOLDS_SECONDS, Access
from bot.triage.acquaintance import Acquaintance
from tests.digests.clocks import Elapsed
from tests.listeners.scene import CHANNEL, ELSEWHERE

ADA, BOB, GUEST, STRANGER = "U0SIM0001", "U0SIM0002", "U0SIM0003", "U0SIM0900"
NOBODY = "U0NOBODY"
GROUP = "S0SIM0001"
TEAM, OTHER_TEAM = "T0SIMTEAM", "T0OTHER"


class Make(Protocol):
    """Makes the access that some settings describe."""

    def __call__(self, **settings: Any) -> Access: ...


@pytest.fixture
async def slack(no_proxy: None) -> AsyncIterator[SlackSim]:  # noqa: ARG001  a fixture that must come first
    """A workspace with two members, a guest, and somebody of another one; the group is Ada's."""
    async with SlackSim() as slack:
        slack.user(ADA, "ada")
        slack.user(BOB, "bob")
        slack.user(GUEST, "gil").person.is_restricted = True
        slack.stranger(STRANGER, "eve", OTHER_TEAM)
        slack.user_group(GROUP, users=[ADA])
        yield slack


@pytest.fixture
async def make(slack: SlackSim) -> AsyncIterator[Make]:
    async with slack_session() as session:
        edge = Slack(web_client(slack.bot_token, slack.api_url, session), session)

        def access(**settings: Any) -> Access:
            given: dict[str, Any] = {
                "approvers": frozenset(),
                "readers": frozenset(),
                "channels": (),
                "account": "our-account",
                "team": TEAM,
            }
            return Access(edge, **(given | settings))

        yield access


async def refused(
    access: Access, user: str, team: str = TEAM, channel: str = CHANNEL, *, acting: bool = False
) -> str:
    """Why somebody is not admitted; nothing where they are."""
    try:
        await access.admit(user, team, channel, acting=acting)
    except NotAllowed as error:
        return str(error)
    return ""


def asked(slack: SlackSim, method: str) -> int:
    return sum(call.method == method for call in slack.calls)


async def test_every_member_may_read_where_no_readers_are_set(make: Make) -> None:
    access = make()
    assert [await refused(access, user) for user in (ADA, BOB)] == ["", ""]


async def test_guests_are_refused(slack: SlackSim, make: Make) -> None:
    assert "guests" in await refused(make(readers=frozenset({GUEST})), GUEST)
    slack.user(GUEST).person.is_ultra_restricted = True
    assert "guests" in await refused(make(), GUEST)


async def test_strangers_are_refused(make: Make) -> None:
    assert "own workspace" in await refused(make(), STRANGER, OTHER_TEAM)
    assert "own workspace" in await refused(make(readers=frozenset({STRANGER})), STRANGER)


async def test_who_has_left_is_refused(slack: SlackSim, make: Make) -> None:
    slack.user(BOB).person.deleted = True
    assert "own workspace" in await refused(make(), BOB)


async def test_who_is_not_of_the_workspace_is_refused(make: Make) -> None:
    assert "own workspace" in await refused(make(), NOBODY)


async def test_members_of_another_workspace_of_the_organization_may_read(
    slack: SlackSim, make: Make
) -> None:
    person = slack.user(BOB).person
    person.team_id, person.teams = OTHER_TEAM, (OTHER_TEAM, TEAM)
    assert await refused(make(), BOB, OTHER_TEAM) == ""


async def test_whom_a_payload_alone_names_of_another_workspace_may_read_and_nothing_else(
    slack: SlackSim, make: Make
) -> None:
    access = make(approvers=frozenset({ADA}))
    assert await refused(access, ADA, OTHER_TEAM) == ""
    assert "own workspace" in await refused(access, ADA, OTHER_TEAM, acting=True)
    assert await refused(access, ADA, TEAM, acting=True) == ""
    slack.user(BOB).person.teams = (TEAM, OTHER_TEAM)
    assert await refused(access, BOB, OTHER_TEAM, acting=True) == ""


async def test_readers_are_users_and_members_of_groups(make: Make) -> None:
    by_group, by_name = make(readers=frozenset({GROUP})), make(readers=frozenset({BOB}))
    assert [bool(await refused(by_group, user)) for user in (ADA, BOB)] == [False, True]
    assert [bool(await refused(by_name, user)) for user in (ADA, BOB)] == [True, False]


async def test_approvers_may_read_whoever_the_readers_are(make: Make) -> None:
    access = make(readers=frozenset({BOB}), approvers=frozenset({GROUP}))
    assert await refused(access, ADA) == ""


async def test_where_slack_does_not_tell_everybody_may_read_who_is_not_known_to_be_odd(
    slack: SlackSim, make: Make
) -> None:
    slack.fail("users.info", error="missing_scope", times=9)
    assert await refused(make(), ADA) == ""
    assert "own workspace" in await refused(make(), STRANGER, OTHER_TEAM)


async def test_where_slack_does_not_tell_and_readers_are_set_nobody_may_read(
    slack: SlackSim, make: Make
) -> None:
    slack.fail("users.info", error="missing_scope", times=9)
    assert "Slack does not tell" in await refused(make(readers=frozenset({ADA})), ADA)
    slack.fail("usergroups.users.list", times=9)
    assert "Slack does not tell" in await refused(make(readers=frozenset({GROUP})), BOB)


async def test_where_slack_does_not_tell_who_was_never_seen_may_read_and_do_nothing_more(
    slack: SlackSim, make: Make
) -> None:
    """They may be guests."""
    access = make()
    slack.fail("users.info", error="missing_scope", times=9)
    assert await refused(access, GUEST) == ""
    assert "Slack does not tell" in await refused(access, GUEST, acting=True)


async def test_where_slack_does_not_tell_it_goes_by_what_slack_said_last(
    slack: SlackSim, make: Make, elapsed: Elapsed
) -> None:
    access = make()
    assert await refused(access, ADA, acting=True) == ""
    assert "guests" in await refused(access, GUEST)
    elapsed.by += PERSON_HOLDS_SECONDS + 1
    slack.fail("users.info", times=9)
    assert await refused(access, ADA, acting=True) == ""
    assert "guests" in await refused(access, GUEST)


async def test_person_and_groups_are_asked_for_at_once(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack waits three seconds for an answer, which must not be spent on two waits in turn."""
    both = asyncio.Barrier(2)

    def once_both_are_asked_for(ask: Callable[[Slack, str], Awaitable[Any]]) -> Any:
        async def asked_for(slack: Slack, key: str) -> Any:
            await both.wait()
            return await ask(slack, key)

        return asked_for

    for name in ("person", "group_members"):
        monkeypatch.setattr(Slack, name, once_both_are_asked_for(getattr(Slack, name)))
    assert await refused(make(readers=frozenset({GROUP})), ADA) == ""


async def test_nobody_is_admitted_before_the_bot_knows_its_workspace(make: Make) -> None:
    assert await refused(make(team=None), ADA) == "The bot is starting."


async def test_the_bot_answers_in_its_channels_and_in_the_home(make: Make) -> None:
    access = make(channels=(CHANNEL,))
    assert await refused(access, ADA, channel=CHANNEL) == ""
    assert await refused(access, ADA, channel="") == ""
    assert "this channel" in await refused(access, ADA, channel=ELSEWHERE)


async def test_approvers_are_users_and_members_of_groups(make: Make) -> None:
    access = make(approvers=frozenset({BOB, GROUP}))
    assert [await access.is_approver(user) for user in (ADA, BOB, NOBODY)] == [True, True, False]


async def test_no_guest_and_no_stranger_approves_whatever_the_settings_say(make: Make) -> None:
    access = make(approvers=frozenset({GUEST, STRANGER}))
    assert [await access.is_approver(user) for user in (GUEST, STRANGER)] == [False, False]


async def test_a_refusal_names_whom_to_ask(make: Make) -> None:
    with pytest.raises(NotAllowed) as refusal:
        await make(approvers=frozenset({BOB, GROUP})).check_approver(NOBODY)
    assert refusal.value.ask == (BOB,)
    assert "APPROVERS" in refusal.value.remedy


async def test_a_refusal_names_nobody_who_may_not_decide_either(
    slack: SlackSim, make: Make
) -> None:
    slack.user(ADA).person.deleted = True
    access = make(approvers=frozenset({ADA, BOB, GUEST, STRANGER}))
    for user in (ADA, BOB, STRANGER):
        await access.is_approver(user)
    with pytest.raises(NotAllowed, match="Only approvers") as refusal:
        await access.check_approver(GUEST)
    assert refusal.value.ask == (BOB,)


async def test_who_approves_and_of_whom_slack_does_not_tell_is_to_try_again_and_ask_no_approver(
    slack: SlackSim, make: Make
) -> None:
    slack.fail("users.info", error="internal_error", times=9)
    with pytest.raises(NotKnown) as unknown:
        await make(approvers=frozenset({ADA, BOB})).check_approver(ADA)
    assert "Try again in a minute" in unknown.value.remedy
    assert "an approver" not in unknown.value.remedy
    assert unknown.value.ask == ()


@pytest.mark.parametrize("method", ["usergroups.users.list", "users.info"])
async def test_where_slack_does_not_tell_nobody_may_decide(
    slack: SlackSim, make: Make, method: str
) -> None:
    slack.fail(method, error="missing_scope", times=9)
    with pytest.raises(NotKnown, match="does not tell the bot whether you are an approver"):
        await make(approvers=frozenset({GROUP})).check_approver(ADA)


@pytest.mark.parametrize(
    ("missing", "names"),
    [
        ({"approvers": frozenset()}, "APPROVERS"),
        ({"account": None}, "SCP_ACCOUNT_ID"),
        ({"approvers": frozenset(), "account": ""}, "APPROVERS and SCP_ACCOUNT_ID"),
    ],
)
async def test_decisions_are_off_unless_approvers_and_account_are_set(
    make: Make, missing: dict[str, Any], names: str
) -> None:
    access = make(**({"approvers": frozenset({ADA})} | missing))
    assert names in access.decisions_off
    assert not await access.is_approver(ADA)
    with pytest.raises(NotAllowed, match=names):
        await access.check_approver(ADA)


async def test_what_slack_said_is_kept_for_a_minute_and_no_longer(
    slack: SlackSim, make: Make, elapsed: Elapsed
) -> None:
    access = make(approvers=frozenset({GROUP}))
    assert await access.is_approver(ADA)
    slack.user_group(GROUP, users=[BOB])
    elapsed.by += KEPT_SECONDS - 1
    assert await access.is_approver(ADA)
    assert asked(slack, "usergroups.users.list") == 1
    elapsed.by += 2
    assert not await access.is_approver(ADA)
    assert await access.is_approver(BOB)


async def test_many_at_once_are_one_question(slack: SlackSim, make: Make) -> None:
    access = make(approvers=frozenset({GROUP}))
    assert all(await asyncio.gather(*(access.is_approver(ADA) for _ in range(50))))
    assert asked(slack, "usergroups.users.list") == asked(slack, "users.info") == 1


async def test_a_failure_is_not_kept(slack: SlackSim, make: Make) -> None:
    access = make(approvers=frozenset({GROUP}))
    slack.fail("usergroups.users.list", error="missing_scope")
    assert not await access.is_approver(ADA)
    assert await access.is_approver(ADA)


async def test_a_slow_slack_is_not_waited_for(
    slack: SlackSim, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PATIENCE_SECONDS", 0.05)
    slack.delay("users.info", 0.5)
    assert await refused(make(), ADA) == ""
    assert not await make(approvers=frozenset({ADA})).is_approver(ADA)


async def test_no_more_answers_are_kept_than_there_is_room_for(
    slack: SlackSim, make: Make, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those too old make room for others; whoever asks again is asked for again."""
    monkeypatch.setattr(kept, "KEPT_AT_MOST", 1)
    access = make()
    await refused(access, ADA)
    elapsed.by += PERSON_HOLDS_SECONDS + 1
    assert [await refused(access, user) for user in (BOB, ADA, BOB)] == ["", "", ""]
    assert asked(slack, "users.info") == 3


async def test_what_slack_said_of_a_person_is_asked_for_again_behind_the_scenes(
    slack: SlackSim, make: Make, elapsed: Elapsed
) -> None:
    """Whoever clicks meanwhile need not wait; the next click knows."""
    access = make()
    assert await refused(access, BOB) == ""
    assert await access.to_renew(9) == []
    slack.user(BOB).person.is_restricted = True
    elapsed.by += KEPT_SECONDS + 1
    assert await refused(access, BOB) == ""
    assert asked(slack, "users.info") == 1
    assert await access.to_renew(9) == [BOB]
    await access.renew(BOB)
    assert "guests" in await refused(access, BOB)
    assert await access.to_renew(9) == []


async def test_approvers_come_before_others_who_have_clicked(make: Make, elapsed: Elapsed) -> None:
    access = make(approvers=frozenset({BOB}))
    assert await refused(access, ADA) == ""
    elapsed.by += KEPT_SECONDS + 1
    assert await refused(access, ADA) == ""
    assert await access.to_renew(1) == [BOB]
    await access.renew(BOB)
    assert await access.to_renew(1) == [ADA], "whoever had no turn gets one"


async def test_approvers_are_looked_up_before_they_click(
    slack: SlackSim, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those named, and those of the groups; then their clicks ask Slack nothing."""
    monkeypatch.setattr(acquaintance, "PACE_SECONDS", 0.0)
    access = make(approvers=frozenset({BOB, GROUP}))
    knowing = Acquaintance(access)
    knowing.start()
    while asked(slack, "users.info") < 2:  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0.01)
    await knowing.stop()
    slack.fail("users.info", error="ratelimited", times=9)
    assert [await access.may_approve(user) for user in (ADA, BOB)] == [True, True]


async def test_of_whom_slack_does_not_tell_it_is_asked_again(
    slack: SlackSim, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PACE_SECONDS", "LOOK_SECONDS", "BACKOFF_SECONDS"):
        monkeypatch.setattr(acquaintance, name, 0.0)
    slack.fail("users.info", error="missing_scope")
    access = make(approvers=frozenset({BOB}))
    knowing = Acquaintance(access)
    knowing.start()
    while asked(slack, "users.info") < 2:  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0.01)
    await knowing.stop()
    assert await access.may_approve(BOB)

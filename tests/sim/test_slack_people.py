"""users.info and usergroups.list of the simulated Slack, driven with slack_sdk."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import ADA, refused

BOB = "U0SIM0002"


async def test_a_user_has_a_name_a_zone_and_roles(slack: SlackSim, api: AsyncWebClient) -> None:
    ada = (await api.users_info(user=ADA))["user"]
    assert (ada["name"], ada["tz"], ada["tz_offset"]) == ("ada", "Asia/Seoul", 9 * 3600)
    assert (ada["is_admin"], ada["is_owner"], ada["is_bot"]) == (False, False, False)
    slack.user(ADA, admin=True)
    assert (await api.users_info(user=ADA))["user"]["is_admin"] is True
    slack.user(ADA)
    assert (await api.users_info(user=ADA))["user"]["is_admin"] is True
    slack.user(ADA, admin=False)
    assert (await api.users_info(user=ADA))["user"]["is_admin"] is False


async def test_an_owner_is_an_admin_too(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.user(BOB, "bob", owner=True)
    bob = (await api.users_info(user=BOB))["user"]
    assert (bob["is_admin"], bob["is_owner"]) == (True, True)


async def test_a_user_may_have_no_zone(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.user(BOB, "bob", None)
    assert not (await api.users_info(user=BOB))["user"].keys() & {"tz", "tz_label", "tz_offset"}


async def test_of_who_left_slack_tells_neither_zone_nor_roles(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    slack.user(BOB, "bob", admin=True).person.deleted = True
    bob = (await api.users_info(user=BOB))["user"]
    assert bob["deleted"] is True
    assert not bob.keys() & {"tz", "is_admin", "is_owner"}


async def test_guests_are_restricted(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.user(BOB, "bob").person.is_restricted = True
    bob = (await api.users_info(user=BOB))["user"]
    assert (bob["is_restricted"], bob["is_ultra_restricted"]) == (True, False)
    slack.user(BOB).person.is_ultra_restricted = True
    bob = (await api.users_info(user=BOB))["user"]
    assert (bob["is_restricted"], bob["is_ultra_restricted"]) == (True, True)


async def test_people_of_other_workspaces_have_their_team_and_no_roles(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    assert "is_stranger" not in (await api.users_info(user=ADA))["user"]
    slack.user(BOB, "bob").person.team_id = "T0OTHER"
    bob = (await api.users_info(user=BOB))["user"]
    assert (bob["team_id"], bob["is_stranger"]) == ("T0OTHER", False)
    assert not bob.keys() & {"is_admin", "is_restricted"}
    slack.user(BOB).person.is_stranger = True
    assert (await api.users_info(user=BOB))["user"]["is_stranger"] is True


async def test_a_person_of_an_organisation_has_its_workspaces(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    assert "enterprise_user" not in (await api.users_info(user=ADA))["user"]
    slack.user(ADA).person.teams = [slack.team_id, "T0SECOND"]
    ada = (await api.users_info(user=ADA))["user"]
    assert ada["enterprise_user"]["teams"] == [slack.team_id, "T0SECOND"]


async def test_the_members_of_a_group(slack: SlackSim, api: AsyncWebClient) -> None:
    slack.user_group("S1", users=[ADA, BOB])
    slack.user_group("S2", users=[ADA], disabled=True)
    assert (await api.usergroups_users_list(usergroup="S1"))["users"] == [ADA, BOB]
    for group in ("S2", "S9", ""):
        call = api.usergroups_users_list(usergroup=group)
        assert (await refused(call))["error"] == "no_such_subteam"
    answer = await api.usergroups_users_list(usergroup="S2", include_disabled=True)
    assert answer["users"] == [ADA]
    slack.scopes.remove("usergroups:read")
    body = await refused(api.usergroups_users_list(usergroup="S1"))
    assert body["needed"] == "usergroups:read"


async def test_the_bot_is_a_user_and_strangers_are_not(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    assert (await api.users_info(user=slack.bot_user_id))["user"]["is_bot"] is True
    assert (await refused(api.users_info(user="U1")))["error"] == "user_not_found"
    slack.scopes.remove("users:read")
    assert (await refused(api.users_info(user=ADA)))["needed"] == "users:read"


async def test_user_groups_are_listed_with_what_was_asked(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    assert (await api.usergroups_list())["usergroups"] == []
    slack.user_group("S1", "on-call", "On-call", users=[ADA])
    slack.user_group("S2", "former", disabled=True)
    [group] = (await api.usergroups_list())["usergroups"]
    assert (group["id"], group["handle"], group["name"]) == ("S1", "on-call", "On-call")
    assert not group.keys() & {"users", "user_count"}
    [group] = (await api.usergroups_list(include_users=True, include_count=True))["usergroups"]
    assert (group["users"], group["user_count"]) == ([ADA], 1)
    everyone = (await api.usergroups_list(include_disabled=True))["usergroups"]
    assert [bool(group["date_delete"]) for group in everyone] == [False, True]
    slack.scopes.remove("usergroups:read")
    assert (await refused(api.usergroups_list()))["needed"] == "usergroups:read"

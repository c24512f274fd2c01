"""People of other workspaces in the simulated Slack (Slack Connect): what they send."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, SlackSim
from tests.sim.slack_app import CHANNEL, FakeApp, actions, button, modal


async def test_a_stranger_presses_with_the_own_team(slack: SlackSim, app: FakeApp) -> None:
    eve = slack.stranger()
    message = slack.plant(CHANNEL, "list", [actions(button())])
    await eve.press(message, "go")
    sent = app.payloads[-1]
    assert (sent["user"]["id"], sent["user"]["team_id"]) == (eve.id, "T0OTHER")
    assert sent["team"]["id"] == "T0OTHER"
    assert sent["container"]["channel_id"] == CHANNEL


async def test_a_view_of_a_stranger_names_both_teams(
    slack: SlackSim, app: FakeApp, api: AsyncWebClient
) -> None:
    eve = slack.stranger(team_id="T0THIRD")
    message = slack.plant(CHANNEL, "list", [actions(button())])
    pressed = await eve.press(message, "go")
    trigger_id = pressed.payload["trigger_id"]
    await api.views_open(trigger_id=trigger_id, view=modal(actions(button())))
    await eve.press(eve.modal(), "go")
    view = app.payloads[-1]["view"]
    assert (view["team_id"], view["app_installed_team_id"]) == ("T0THIRD", slack.team_id)


async def test_a_command_has_the_team_of_who_types_it(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    await ada.command("/x", "", CHANNEL)
    await slack.stranger().command("/x", "", CHANNEL)
    assert [sent["team_id"] for sent in app.payloads] == [slack.team_id, "T0OTHER"]


async def test_users_info_knows_strangers(slack: SlackSim, api: AsyncWebClient) -> None:
    eve = slack.stranger()
    assert slack.stranger(eve.id).person is eve.person
    shown = (await api.users_info(user=eve.id))["user"]
    assert (shown["team_id"], shown["is_stranger"]) == ("T0OTHER", False)

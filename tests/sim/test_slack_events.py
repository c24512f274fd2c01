"""The Events API of the simulated Slack: app_home_opened, its retries, and the request URL."""

import asyncio

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import ADA, FakeApp, Json, actions, button, modal, refused

HOME = {"type": "home", "blocks": [actions(button())]}


async def test_opening_the_home_is_a_signed_event(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    await ada.open_home()
    [sent] = app.payloads
    assert app.content_types == ["application/json"]
    assert (sent["type"], sent["team_id"]) == ("event_callback", slack.team_id)
    assert (sent["event"]["type"], sent["event"]["tab"]) == ("app_home_opened", "home")
    assert sent["event"]["user"] == ADA
    assert "view" not in sent["event"]
    [authorized] = sent["authorizations"]
    assert (authorized["team_id"], authorized["user_id"]) == (slack.team_id, slack.bot_user_id)
    assert "X-Slack-Retry-Num" not in app.headers[0]
    await ada.open_home()
    assert app.payloads[1]["event_id"] != sent["event_id"]


async def test_the_tab_of_messages_has_no_view(
    ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    await api.views_publish(user_id=ADA, view=HOME)
    await ada.open_home("messages")
    event = app.payloads[-1]["event"]
    assert (event["tab"], "view" in event) == ("messages", False)


async def test_an_event_that_is_not_acknowledged_comes_again(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    async def at_last(_payload: Json) -> web.Response:
        if len(app.payloads) == 1:
            return web.Response(status=500)
        if len(app.payloads) == 2:
            await asyncio.Event().wait()
        return web.Response()

    app.reply = at_last
    slack.ack_seconds = 0.2
    await ada.open_home(retries=3)
    assert len({payload["event_id"] for payload in app.payloads}) == 1
    retries = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for headers in app.headers
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_timeout")]
    assert len(slack.complaints) == 2


async def test_an_event_comes_no_more_often_than_told(ada: Actor, app: FakeApp) -> None:
    async def never(_payload: Json) -> web.Response:
        return web.Response(status=503)

    app.reply = never
    with pytest.raises(NotAcknowledged):
        await ada.open_home()
    with pytest.raises(NotAcknowledged):
        await ada.open_home(retries=1)
    assert len(app.payloads) == 3


async def test_an_event_may_come_twice_though_acknowledged(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    event = await ada.open_home()
    assert (await slack.redeliver(event)).status == 200
    assert app.payloads[0] == app.payloads[1]
    assert app.headers[1]["X-Slack-Retry-Num"] == "1"


async def test_a_request_url_answers_its_challenge(slack: SlackSim, app: FakeApp) -> None:
    async def answer(payload: Json) -> web.Response:
        assert payload["type"] == "url_verification"
        return web.json_response({"challenge": payload["challenge"]})

    async def text(payload: Json) -> web.Response:
        return web.Response(text=payload["challenge"])

    for app.reply in (answer, text):
        await slack.verify_url()
    app.answers({"challenge": "another"})
    with pytest.raises(NotAcknowledged, match="challenge_failed"):
        await slack.verify_url()


async def test_a_home_is_seen_and_pressed(ada: Actor, app: FakeApp, api: AsyncWebClient) -> None:
    with pytest.raises(LookupError, match="empty Home"):
        ada.home()
    await api.views_publish(user_id=ADA, view=HOME)
    home = ada.home()
    pressed = await ada.press(home, "go")
    sent = app.payloads[-1]
    assert sent["container"] == {"type": "view", "view_id": home.id}
    assert sent["view"]["id"] == home.id
    assert not sent.keys() & {"channel", "message", "response_url"}
    trigger_id = pressed.payload["trigger_id"]
    pushed = api.views_push(trigger_id=trigger_id, view=modal(actions(button())))
    assert (await refused(pushed))["error"] == "not_found"
    pressed = await ada.press(home, "go")
    trigger_id = pressed.payload["trigger_id"]
    await api.views_open(trigger_id=trigger_id, view=modal(actions(button())))
    await ada.press(ada.modal(), "go")
    sent = app.payloads[-1]
    assert sent["container"] == {"type": "view", "view_id": ada.modal().id}
    assert not sent.keys() & {"channel", "message", "response_url"}
    await ada.close(ada.modal())
    with pytest.raises(LookupError, match="no modal"):
        ada.modal()


@pytest.mark.parametrize(
    "home",
    [
        {**HOME, "title": {"type": "plain_text", "text": "Home"}},
        {**HOME, "submit": {"type": "plain_text", "text": "Send"}},
        {**HOME, "blocks": [{"type": "divider"}] * 101},
        modal(actions(button())),
    ],
    ids=["title", "submit", "101 blocks", "modal"],
)
async def test_a_home_has_neither_title_nor_submit(api: AsyncWebClient, home: Json) -> None:
    call = api.views_publish(user_id=ADA, view=home)
    assert (await refused(call))["error"] == "invalid_arguments"

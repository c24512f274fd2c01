"""The simulated Slack with slack_bolt as the app: a third party's idea of what Slack sends."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Json,
    actions,
    button,
    client,
    entry,
    modal,
    option,
    plain,
)


def bolt_app(slack: SlackSim) -> AsyncApp:
    app = AsyncApp(client=client(slack), signing_secret=slack.signing_secret)

    @app.command("/list")
    async def command(ack: AsyncAck, respond: AsyncRespond, command: Json) -> None:
        await ack()
        menu = {"type": "external_select", "action_id": "owner", "min_query_length": 0}
        blocks = [actions(button("open"), menu)]
        await respond(text=f"list of {command['text']}", blocks=blocks)

    @app.action("open")
    async def action(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(entry("name"), submit=plain("Send"), callback_id="form")
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.options("owner")
    async def options(ack: AsyncAck, payload: Json) -> None:
        await ack(options=[option(payload["value"] or "all")])

    @app.action("owner")
    async def owner(ack: AsyncAck, respond: AsyncRespond, payload: Json) -> None:
        await ack()
        await respond(text=payload["selected_option"]["value"], replace_original=True)

    @app.view("form")
    async def submission(ack: AsyncAck, view: Json) -> None:
        typed = view["state"]["values"]["name"]["name_typed"]["value"]
        await ack(response_action="errors", errors={"name": f"not {typed}"})

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    return app


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim() as running:
        running.channel(CHANNEL, members=[ADA])
        runner = web.AppRunner(bolt_app(running).web_app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        running.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield running
        await runner.cleanup()


@pytest.fixture
def ada(slack: SlackSim) -> Actor:
    return slack.user(ADA)


async def test_bolt_understands_everything_that_people_do(slack: SlackSim, ada: Actor) -> None:
    await ada.command("/list", "images", CHANNEL)
    [message] = await slack.wait_for(lambda: ada.messages(CHANNEL))
    assert message.text == "list of images"
    await ada.press(message, "open")
    [view] = await slack.wait_for(lambda: slack.views_of(ADA))
    assert (await ada.submit(view, {"name": "this"})).errors == {"name": "not this"}
    await ada.choose_suggested(message, "owner", "", "all")
    await slack.wait_for(lambda: message.text == "all")
    await ada.open_home()
    await slack.wait_for(lambda: slack.home_of(ADA))
    assert slack.complaints == []


async def test_bolt_refuses_a_wrong_signature(slack: SlackSim, ada: Actor) -> None:
    url = slack.events_url
    async with SlackSim() as other:
        other.channel(CHANNEL)
        other.events_url = url
        with pytest.raises(NotAcknowledged, match="status code 401"):
            await other.user(ADA).command("/list", "", CHANNEL)
    assert ada.messages(CHANNEL) == []

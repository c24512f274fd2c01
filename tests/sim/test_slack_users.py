"""People of the simulated Slack: what they send, and what an app may answer."""

import asyncio

import pytest
from aiohttp import web

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    FakeApp,
    Json,
    actions,
    button,
    client,
    mrkdwn,
    option,
    plain,
    post_json,
    section,
    select,
)

BOB = "U0SIM0002"


async def test_a_command_is_a_signed_form_with_escaped_text(ada: Actor, app: FakeApp) -> None:
    result = await ada.command("/x", "size:>1GB & <b>", CHANNEL)
    [sent] = app.payloads
    assert app.content_types == ["application/x-www-form-urlencoded"]
    assert (sent["command"], sent["text"]) == ("/x", "size:&gt;1GB &amp; &lt;b&gt;")
    assert (sent["user_id"], sent["user_name"]) == (ADA, "ada")
    assert (sent["channel_id"], sent["channel_name"]) == (CHANNEL, "general")
    assert sent["is_enterprise_install"] == "false"
    keys = {"token", "team_id", "team_domain", "api_app_id", "response_url", "trigger_id"}
    assert keys <= sent.keys()
    assert (result.status, result.body) == (200, "")
    assert 0 < result.elapsed < 3


async def test_private_channels_and_direct_messages_have_no_name(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    slack.channel("G1", "secret", private=True)
    direct = slack.workspace.direct_channel(ADA)
    await ada.command("/x", "", "G1")
    await ada.command("/x", "", direct.id)
    names = [payload["channel_name"] for payload in app.payloads]
    assert names == ["privategroup", "directmessage"]


async def test_the_ack_of_a_command_may_be_a_message(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    app.answers({"response_type": "in_channel", "text": "hi", "blocks": [section()]})
    await ada.command("/x", "", CHANNEL)

    async def text(_payload: Json) -> web.Response:
        return web.Response(text="just text")

    app.reply = text
    await ada.command("/x", "", CHANNEL)
    assert [message.text for message in slack.messages(CHANNEL)] == ["hi"]
    assert [message.text for message in ada.messages(CHANNEL)] == ["hi", "just text"]
    assert slack.user(BOB).messages(CHANNEL) == slack.messages(CHANNEL)


async def test_a_command_ack_with_invalid_blocks_is_refused(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    app.answers({"text": "hi", "blocks": [section("x" * 3001)]})
    with pytest.raises(NotAcknowledged, match="invalid_command_response: invalid_blocks"):
        await ada.command("/x", "", CHANNEL)
    assert len(slack.complaints) == 1


async def test_an_app_that_is_slow_broken_or_down(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    async def never(_payload: Json) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def lost(_payload: Json) -> web.Response:
        return web.Response(status=404)

    async def code() -> str:
        with pytest.raises(NotAcknowledged) as caught:
            await ada.command("/x", "", CHANNEL)
        return caught.value.code

    assert slack.ack_seconds == 3
    slack.ack_seconds = 0.05
    app.reply = never
    assert await code() == "operation_timeout"
    slack.ack_seconds = 3
    app.reply = lost
    assert await code() == "dispatch_failed"
    slack.events_url = "http://127.0.0.1:1/slack/events"
    assert await code() == "dispatch_failed"
    assert len(slack.complaints) == 3
    assert slack.events_url.endswith(":1/slack/events")


async def test_a_public_message_travels_with_its_buttons(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    message = slack.plant(CHANNEL, "list", [actions(button(value="page 2", style="danger"))])
    await ada.press(message, label="Go")
    sent = app.payloads[-1]
    assert (sent["type"], sent["message"]["text"]) == ("block_actions", "list")
    assert sent["container"]["is_ephemeral"] is False
    assert sent["container"]["message_ts"] == message.ts
    assert (sent["enterprise"], sent["is_enterprise_install"]) == (None, False)
    assert sent["channel"] == {"id": CHANNEL, "name": "general"}
    [action] = sent["actions"]
    assert (action["action_id"], action["block_id"]) == ("go", message.blocks[0]["block_id"])
    assert (action["type"], action["value"], action["style"]) == ("button", "page 2", "danger")
    assert action["text"]["text"] == "Go"


async def test_an_ephemeral_message_does_not_travel_but_its_state_does(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    blocks = [actions(button(), select("menu", initial_option=option("b")), block_id="b")]
    message = slack.plant(CHANNEL, "list", blocks, ephemeral_to=ADA)
    await ada.press(message, "go")
    sent = app.payloads[-1]
    assert "message" not in sent
    assert sent["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": CHANNEL,
        "is_ephemeral": True,
    }
    assert sent["state"]["values"]["b"]["menu"]["selected_option"]["value"] == "b"
    await ada.choose(message, "menu", "A")
    assert app.payloads[-1]["actions"][0]["selected_option"]["value"] == "a"
    await ada.press(message, "go")
    assert app.payloads[-1]["state"]["values"]["b"]["menu"]["selected_option"]["value"] == "a"
    with pytest.raises(LookupError, match="does not see this"):
        await slack.user(BOB).press(message, "go")


async def test_a_choice_outlives_an_update_with_the_same_ids(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    def blocks(block_id: str, *values: str) -> list[Json]:
        menu = select("menu", *values, initial_option=option("b"))
        return [actions(menu, button(), block_id=block_id)]

    async def shown() -> str:
        await ada.press(message, "go")
        [menu] = app.payloads[-1]["state"]["values"].values()
        return str(menu["menu"]["selected_option"]["value"])

    message = slack.plant(CHANNEL, "list", blocks("one", "a", "b"))
    at = {"channel": CHANNEL, "ts": message.ts, "text": "list"}
    await ada.choose(message, "menu", "a")
    await client(slack).api_call("chat.update", json={**at, "blocks": blocks("one", "a", "b")})
    assert await shown() == "a"
    await client(slack).api_call("chat.update", json={**at, "blocks": blocks("one", "b", "c")})
    assert await shown() == "b"
    await client(slack).api_call("chat.update", json={**at, "blocks": blocks("two", "a", "b")})
    assert await shown() == "b"


async def test_a_reply_tells_its_thread(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    message = slack.plant(CHANNEL, "reply", [actions(button())])
    message.thread_ts = "1.000001"
    await ada.press(message, "go")
    assert app.payloads[-1]["container"]["thread_ts"] == "1.000001"


CHOICES: list[tuple[Json, object, Json]] = [
    (select(), "a", {"selected_option": "a"}),
    (select(), None, {"selected_option": None}),
    ({**select(), "type": "multi_static_select"}, ["A", "b"], {"selected_options": ["a", "b"]}),
    ({**select(), "type": "multi_static_select"}, "a", {"selected_options": ["a"]}),
    ({**select(), "type": "checkboxes"}, [], {"selected_options": []}),
    ({**select(), "type": "radio_buttons"}, "b", {"selected_option": "b"}),
    ({**select(), "type": "overflow"}, "b", {"selected_option": "b"}),
    ({"type": "users_select", "action_id": "menu"}, BOB, {"selected_user": BOB}),
    ({"type": "multi_users_select", "action_id": "menu"}, [BOB], {"selected_users": [BOB]}),
    ({"type": "datepicker", "action_id": "menu"}, "2026-11-23", {"selected_date": "2026-11-23"}),
]


@pytest.mark.parametrize(("element", "choice", "expected"), CHOICES)
async def test_a_choice_travels_as_its_element_type_has_it(
    slack: SlackSim,
    ada: Actor,
    app: FakeApp,
    element: Json,
    choice: str | list[str] | None,
    expected: Json,
) -> None:
    slack.user(BOB, "bob")
    message = slack.plant(CHANNEL, "list", [actions(element)])
    await ada.choose(message, "menu", choice)
    [action] = app.payloads[-1]["actions"]
    [(key, value)] = expected.items()
    if key == "selected_option":
        value = value and option(value)["value"]
        assert (action[key] and action[key]["value"]) == value
    elif key == "selected_options":
        assert [chosen["value"] for chosen in action[key]] == value
    else:
        assert action[key] == value


async def test_people_cannot_do_what_they_do_not_see(slack: SlackSim, ada: Actor) -> None:
    message = slack.plant(CHANNEL, "list", [actions(button("a"), button("b"), select())])
    for wrong in (
        ada.press(message, "c"),
        ada.press(message, label="Go"),
        ada.press(message, "menu"),
        ada.choose(message, "a", "x"),
        ada.choose(message, "menu", "c"),
    ):
        with pytest.raises(LookupError):
            await wrong
    message.deleted = True
    with pytest.raises(LookupError, match="not any more"):
        await ada.press(message, "a")
    with pytest.raises(KeyError):
        await ada.command("/x", "", "C1")


async def test_the_ack_of_an_action_has_no_body(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    message = slack.plant(CHANNEL, "list", [actions(button())])
    app.answers({"text": "ignored"})
    await ada.press(message, "go")
    assert slack.complaints == ["block_actions: the body of this ack is ignored"]
    assert len(slack.messages(CHANNEL)) == 1


async def test_a_menu_asks_the_app_for_options(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    menu = {"type": "external_select", "action_id": "menu", "placeholder": plain("Owner")}
    message = slack.plant(CHANNEL, "list", [actions(menu, block_id="b")])
    with pytest.raises(LookupError, match="from 3 characters"):
        await ada.suggest(message, "menu", "ab")
    app.answers({"options": [option("abc")]})
    assert await ada.suggest(message, "menu", "abc") == [option("abc")]
    sent = app.payloads[-1]
    assert (sent["type"], sent["value"]) == ("block_suggestion", "abc")
    assert (sent["action_id"], sent["block_id"]) == ("menu", "b")
    app.answers({"option_groups": [{"label": plain("g"), "options": [option("abc")]}]})

    async def reply(payload: Json) -> web.Response:
        if payload["type"] == "block_actions":
            return web.Response()
        return web.json_response({"options": [option("abc")]})

    assert await ada.suggest(message, "menu", "abc") == [option("abc")]
    app.reply = reply
    await ada.choose_suggested(message, "menu", "abc", "ABC")
    assert app.payloads[-1]["actions"][0]["selected_option"] == option("abc")


@pytest.mark.parametrize(
    "answer",
    [
        {"options": [option(str(number)) for number in range(101)]},
        {},
        "",
        {"options": [{"text": mrkdwn("a"), "value": "a"}]},
    ],
    ids=["too many", "nothing", "empty", "mrkdwn"],
)
async def test_wrong_options_are_refused(
    slack: SlackSim, ada: Actor, app: FakeApp, answer: object
) -> None:
    menu = {"type": "external_select", "action_id": "menu", "min_query_length": 0}
    message = slack.plant(CHANNEL, "list", [section(accessory=menu)])
    app.answers(answer)
    with pytest.raises(NotAcknowledged, match="invalid_options"):
        await ada.suggest(message, "menu", "")
    assert len(slack.complaints) == 1


async def test_a_button_may_be_pressed_after_it_is_gone(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    message = slack.plant(CHANNEL, "old", [actions(button(value="1"))])
    seen = message.snapshot()
    await client(slack).chat_update(channel=CHANNEL, ts=message.ts, text="new", blocks=[section()])
    with pytest.raises(LookupError):
        await ada.press(message, "go")
    pressed = await ada.press(seen, "go")
    sent = app.payloads[-1]
    assert (sent["actions"][0]["value"], sent["container"]["message_ts"]) == ("1", message.ts)
    url = pressed.payload["response_url"]
    await post_json(url, {"text": "newest", "replace_original": True})
    assert (message.text, seen.text) == ("newest", "old")


async def test_a_message_may_be_of_long_ago(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    slack.plant(CHANNEL, "today", [])
    old = slack.plant(CHANNEL, "a month ago", [actions(button())], age=30 * 86_400)
    assert [message.text for message in slack.messages(CHANNEL)] == ["a month ago", "today"]
    assert float(old.ts) == slack.clock() - 30 * 86_400
    await ada.press(old, "go")
    assert app.payloads[-1]["container"]["message_ts"] == old.ts
    await client(slack).chat_update(channel=CHANNEL, ts=old.ts, text="new")
    assert old.text == "new"


async def test_a_crowd_presses_at_once(slack: SlackSim, app: FakeApp) -> None:
    crowd = [slack.user(f"U0CROWD{number:03}", f"u{number}") for number in range(150)]
    message = slack.plant(CHANNEL, "list", [actions(button())])
    everybody = asyncio.Event()

    async def together(_payload: Json) -> web.Response:
        if len(app.payloads) == len(crowd):
            everybody.set()
        await everybody.wait()
        return web.Response()

    app.reply = together
    await asyncio.gather(*(one.press(message, "go") for one in crowd))
    assert len({payload["user"]["id"] for payload in app.payloads}) == len(crowd)

"""People filling forms of the simulated Slack: each element, as Slack's reference has it."""

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, OpenView, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    FakeApp,
    Json,
    actions,
    button,
    entry,
    modal,
    opened,
    option,
    plain,
    post_json,
    refused,
    section,
    select,
)
from tests.sim.slack_blocks import CONFIRM, SUBMIT

BOB = "U0SIM0002"
SECRET = "G0SIM0001"
OPTIONS = [option("a"), option("b"), option("c")]


@pytest.fixture(autouse=True)
def world(slack: SlackSim) -> None:
    slack.user(BOB, "bob")
    slack.channel(SECRET, "secret", private=True, members=[ADA])
    slack.channel("C0SIM0009", "old", archived=True)


def field(kind: str, block_id: str = "f", **fields: object) -> Json:
    """An input block with one element, both of one id."""
    element = {"type": kind, "action_id": block_id, **fields}
    return {"type": "input", "block_id": block_id, "label": plain("L"), "element": element}


def loud(block: Json, **config: object) -> Json:
    """The block, sending an action upon a change."""
    element = {**block["element"], **config}
    return {**block, "dispatch_action": True, "element": element}


async def form(slack: SlackSim, ada: Actor, *blocks: Json) -> OpenView:
    await opened(slack, ada, modal(*blocks, submit=SUBMIT))
    return slack.views_of(ADA)[-1]


def held(payload: Json, name: str = "f") -> Json:
    value: Json = payload["view"]["state"]["values"][name][name]
    return value


FIELDS: list[tuple[Json, str | list[str] | None, Json]] = [
    (field("static_select", options=OPTIONS), "B", {"selected_option": option("b")}),
    (field("radio_buttons", options=OPTIONS), "c", {"selected_option": option("c")}),
    (
        field("checkboxes", options=OPTIONS),
        ["a", "c"],
        {"selected_options": [OPTIONS[0], OPTIONS[2]]},
    ),
    (field("multi_static_select", options=OPTIONS), ["b"], {"selected_options": [option("b")]}),
    (field("users_select"), "@bob", {"selected_user": BOB}),
    (field("users_select"), BOB, {"selected_user": BOB}),
    (field("multi_users_select"), ["bob", ADA], {"selected_users": [BOB, ADA]}),
    (field("conversations_select"), "#general", {"selected_conversation": CHANNEL}),
    (field("conversations_select"), "secret", {"selected_conversation": SECRET}),
    (field("multi_conversations_select"), [SECRET], {"selected_conversations": [SECRET]}),
    (field("channels_select"), "general", {"selected_channel": CHANNEL}),
    (field("multi_channels_select"), ["general"], {"selected_channels": [CHANNEL]}),
    (field("datepicker"), "2026-11-24", {"selected_date": "2026-11-24"}),
    (field("timepicker"), "09:00", {"selected_time": "09:00"}),
    (field("datetimepicker"), "1800000000", {"selected_date_time": 1_800_000_000}),
    (field("plain_text_input"), "type:custom", {"value": "type:custom"}),
    (field("number_input", is_decimal_allowed=False, max_value="9"), "3", {"value": "3"}),
]


@pytest.mark.parametrize(
    ("block", "choice", "state"), FIELDS, ids=[row[0]["element"]["type"] for row in FIELDS]
)
async def test_a_field_travels_in_the_state_of_the_view(
    slack: SlackSim,
    ada: Actor,
    app: FakeApp,
    block: Json,
    choice: str | list[str] | None,
    state: Json,
) -> None:
    view = await form(slack, ada, block)
    await ada.submit(view, {"f": choice})
    sent = held(app.payloads[-1])
    spelt = [*sent.get("selected_options", []), sent.get("selected_option") or {}]
    for one in spelt:  # Slack spells out the emoji switch of a plain_text
        if one:
            assert one["text"].pop("emoji") is True
    assert sent == {"type": block["element"]["type"], **state}


@pytest.mark.parametrize(
    ("block", "state"),
    [
        (field("radio_buttons", options=OPTIONS), {"selected_option": None}),
        (field("checkboxes", options=OPTIONS), {"selected_options": []}),
        (field("users_select"), {"selected_user": None}),
        (field("multi_users_select"), {"selected_users": []}),
        (field("conversations_select"), {"selected_conversation": None}),
        (
            field("conversations_select", initial_conversation=CHANNEL),
            {"selected_conversation": CHANNEL},
        ),
        (field("timepicker"), {"selected_time": None}),
        (field("timepicker", initial_time="17:30"), {"selected_time": "17:30"}),
        (field("plain_text_input"), {"value": None}),
        (field("multi_external_select"), {"selected_options": []}),
    ],
)
async def test_an_untouched_field_travels_as_it_started(
    slack: SlackSim, ada: Actor, app: FakeApp, block: Json, state: Json
) -> None:
    view = await form(slack, ada, {**block, "optional": True})
    await ada.submit(view)
    assert held(app.payloads[-1]) == {"type": block["element"]["type"], **state}


@pytest.mark.parametrize(
    ("block", "choice"),
    [
        (field("users_select"), "eve"),
        (field("conversations_select"), "old"),
        (field("conversations_select", filter={"include": ["public"]}), "secret"),
        (field("conversations_select", filter={"include": ["im"]}), "general"),
        (field("channels_select"), "secret"),
        (field("multi_users_select", max_selected_items=1), ["bob", "ada"]),
        (field("radio_buttons", options=OPTIONS), "d"),
        (field("radio_buttons", options=OPTIONS), ["a", "b"]),
        (field("timepicker"), "9 o'clock"),
        (field("datepicker"), "tomorrow"),
        (field("number_input", is_decimal_allowed=False), "1.5"),
        (field("number_input", is_decimal_allowed=True, max_value="9"), "9.5"),
        (field("number_input", is_decimal_allowed=True), "nine"),
    ],
)
async def test_a_client_does_not_offer_or_send_what_is_wrong(
    slack: SlackSim, ada: Actor, app: FakeApp, block: Json, choice: str | list[str]
) -> None:
    view = await form(slack, ada, block)
    sent = len(app.payloads)
    with pytest.raises(LookupError):
        await ada.submit(view, {"f": choice})
    assert len(app.payloads) == sent


async def test_a_private_channel_is_listed_to_its_members_alone(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    slack.channel(SECRET, "secret", private=True, members=[BOB])
    view = await form(slack, ada, field("conversations_select"))
    with pytest.raises(LookupError, match="does not list 'secret'"):
        await ada.fill(view, "f", "secret")
    assert len(app.payloads) == 1


async def test_direct_messages_with_bots_can_be_left_out(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    direct = slack.workspace.direct_channel(ADA).id
    people = field("conversations_select", "p", filter={"exclude_bot_users": True})
    view = await form(slack, ada, field("conversations_select"), {**people, "optional": True})
    with pytest.raises(LookupError):
        await ada.fill(view, "p", direct)
    await ada.submit(view, {"f": direct})
    assert held(app.payloads[-1])["selected_conversation"] == direct


async def test_a_menu_may_start_with_the_channel_of_the_command(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    here: Json = {"default_to_current_conversation": True}
    blocks = [
        field("conversations_select", "here", **here),
        field("conversations_select", "there", **here, initial_conversation=SECRET),
        field("multi_conversations_select", "all", **here, initial_conversations=[SECRET]),
        {
            **field("conversations_select", "im", **here, filter={"include": ["im"]}),
            "optional": True,
        },
    ]
    view = await form(slack, ada, *blocks, actions(button()))
    pressed = await ada.press(view, "go")
    assert held(pressed.payload, "here")["selected_conversation"] == CHANNEL
    assert held(pressed.payload, "there")["selected_conversation"] == SECRET
    assert held(pressed.payload, "all")["selected_conversations"] == [CHANNEL]
    assert held(pressed.payload, "im")["selected_conversation"] is None
    pushed = modal(field("conversations_select", **here), submit=SUBMIT)
    await api.views_push(trigger_id=pressed.payload["trigger_id"], view=pushed)
    await ada.submit(slack.views_of(ADA)[-1])
    assert held(app.payloads[-1])["selected_conversation"] == CHANNEL


async def test_a_menu_may_ask_for_leave_to_answer_in_what_is_chosen(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    block = field("conversations_select", response_url_enabled=True)
    view = await form(slack, ada, block, field("conversations_select", "quiet"))
    await ada.submit(view, {"f": CHANNEL, "quiet": CHANNEL})
    [leave] = app.payloads[-1]["response_urls"]
    assert (leave["block_id"], leave["action_id"], leave["channel_id"]) == ("f", "f", CHANNEL)
    answer = {"text": "hi", "response_type": "in_channel"}
    assert (await post_json(leave["response_url"], answer))[0] == 200
    assert [message.text for message in slack.messages(CHANNEL)] == ["hi"]


async def test_typing_sends_each_letter_or_enter_as_the_input_says(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    letters = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    view = await form(
        slack,
        ada,
        loud(field("plain_text_input", "letters"), **letters),
        loud(field("plain_text_input", "enter")),
        field("plain_text_input", "quiet"),
    )
    sent = await ada.type(view, "letters", "abc", enter=True)
    assert [result.payload["actions"][0]["value"] for result in sent] == ["a", "ab", "abc"]
    assert held(sent[1].payload, "letters")["value"] == "ab"
    assert sent[0].payload["view"]["hash"] == view.hash
    assert await ada.type(view, "enter", "abc") == []
    [entered] = await ada.type(view, "enter", "abc", enter=True)
    [action] = entered.payload["actions"]
    assert (action["type"], action["action_id"], action["value"]) == (
        "plain_text_input",
        "enter",
        "abc",
    )
    assert await ada.type(view, "quiet", "abc", enter=True) == []
    await ada.submit(view)
    assert held(app.payloads[-1], "quiet")["value"] == "abc"


async def test_an_emptied_input_holds_null(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    config = {"trigger_actions_on": ["on_character_entered", "on_enter_pressed"]}
    block = loud(field("plain_text_input", initial_value="a"), dispatch_action_config=config)
    view = await form(slack, ada, {**block, "optional": True}, entry("other"))
    changed, entered = await ada.type(view, "f", "", enter=True)
    assert changed.payload["actions"][0]["value"] is None
    assert held(entered.payload)["value"] is None
    assert len(app.payloads) == 3


async def test_only_inputs_are_typed_into(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    view = await form(slack, ada, field("timepicker"))
    with pytest.raises(LookupError, match="is a timepicker"):
        await ada.type(view, "f", "09:00")
    assert len(app.payloads) == 1


async def test_options_are_loaded_in_a_view(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    async def reply(payload: Json) -> web.Response:
        if payload["type"] == "block_suggestion":
            return web.json_response({"options": [option(payload["value"] + "x")]})
        return web.Response()

    one = field("external_select", "one", min_query_length=0)
    several = field("multi_external_select", "several", min_query_length=1)
    view = await form(slack, ada, one, loud(several))
    app.reply = reply
    await ada.fill(view, "one", "kst-x", typed="kst-")
    asked = app.payloads[-1]
    assert (asked["type"], asked["action_id"], asked["value"]) == (
        "block_suggestion",
        "one",
        "kst-",
    )
    assert asked["container"] == {"type": "view", "view_id": view.id}
    assert asked["view"]["id"] == view.id
    await ada.choose_suggested(view, "several", "a", "ax")
    await ada.choose_suggested(view, "several", "b", ["ax", "bx"])
    assert app.payloads[-1]["actions"][0]["selected_options"] == [option("ax"), option("bx")]
    with pytest.raises(LookupError, match="there are"):
        await ada.fill(view, "one", "other", typed="kst-")
    await ada.submit(view)
    assert held(app.payloads[-1], "one")["selected_option"] == option("kst-x")


async def test_an_action_echoes_what_the_element_started_with(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    menu = {"type": "users_select", "action_id": "who", "initial_user": ADA}
    time = {"type": "timepicker", "action_id": "when", "initial_time": "09:00"}
    view = await form(slack, ada, actions(menu, time))
    await ada.choose(view, "who", "bob")
    assert app.payloads[-1]["actions"][0]["initial_user"] == ADA
    await ada.choose(view, "when", "10:00")
    [action] = app.payloads[-1]["actions"]
    assert (action["initial_time"], action["selected_time"]) == ("09:00", "10:00")


async def test_entries_stay_where_ids_and_sort_do(
    slack: SlackSim, ada: Actor, api: AsyncWebClient, app: FakeApp
) -> None:
    view = await form(slack, ada, entry("kept"), entry("moved"), field("users_select", "sort"))
    await ada.fill(view, "kept", "a")
    await ada.fill(view, "moved", "b")
    await ada.fill(view, "sort", "bob")
    changed = [
        {**entry("kept"), "hint": plain("is it?")},
        {**entry("moved"), "block_id": "elsewhere", "optional": True},
        {**field("timepicker", "sort"), "optional": True},
    ]
    await api.views_update(view_id=view.id, view=modal(*changed, submit=SUBMIT))
    await api.views_update(
        view_id=view.id, view=modal(entry("kept"), entry("moved"), submit=SUBMIT)
    )
    with pytest.raises(LookupError, match="'moved' is required"):
        await ada.submit(view)
    await ada.submit(view, {"moved": "c"})
    values = app.payloads[-1]["view"]["state"]["values"]
    assert (values["kept"]["kept_typed"]["value"], values["moved"]["moved_typed"]["value"]) == (
        "a",
        "c",
    )


async def test_a_late_update_conflicts_with_a_newer_one(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    config = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    block = loud(entry("query"), **config)
    view = await form(slack, ada, block)
    first, second = await ada.type(view, "query_typed", "ab")
    hashes = [result.payload["view"]["hash"] for result in (first, second)]
    assert hashes == [view.hash, view.hash]
    newer = modal(block, section("2 match"), submit=SUBMIT)
    await api.views_update(view_id=view.id, hash=hashes[1], view=newer)
    late = api.views_update(view_id=view.id, hash=hashes[0], view=modal(block, submit=SUBMIT))
    assert (await refused(late))["error"] == "hash_conflict"
    assert view.blocks[1]["text"]["text"] == "2 match"
    await ada.submit(view)
    assert app.payloads[-1]["view"]["state"]["values"]["query"]["query_typed"]["value"] == "ab"


async def test_a_dialog_asks_before_anything_is_sent(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    blocks = [actions(button("delete", "Delete", confirm=CONFIRM), button(), select())]
    message = slack.plant(CHANNEL, "list", blocks)
    dialog = ada.asked(message, "delete")
    assert dialog is not None
    assert (dialog["title"]["text"], dialog["deny"]["text"]) == ("Sure?", "No")
    assert ada.asked(message, label="Go") is None
    assert app.payloads == []

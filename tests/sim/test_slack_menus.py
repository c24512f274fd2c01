"""What the simulated Slack refuses in menus, pickers and inputs (Slack's reference)."""

import pytest

from bot.sim.slack.limits import view_problems
from tests.sim.slack_app import Json, actions, entry, modal, mrkdwn, option, plain
from tests.sim.slack_blocks import SUBMIT, whats

USER_FORM = "must be a valid user ID"
CONVERSATION_FORM = "must be a valid conversation ID"
TRIGGERS = "must be one or both of on_character_entered, on_enter_pressed"
INCLUDE = "must be one or more of im, mpim, private, public"
RADIO = {"type": "radio_buttons", "options": [option("a"), option("b")]}
BOXES = {"type": "checkboxes", "options": [option("a"), option("b")]}


def menu(kind: str, **fields: object) -> Json:
    return {"type": kind, "action_id": "x", **fields}


def field(element: Json, **fields: object) -> Json:
    """An input block around an element."""
    return {"type": "input", "label": plain("L"), "element": element, **fields}


REFUSED: list[tuple[Json, str]] = [
    ({**RADIO, "initial_option": option("c")}, "an initial option must equal one of the options"),
    (
        {**RADIO, "initial_option": {**option("a"), "description": plain("d")}},
        "an initial option must equal one of the options",
    ),
    (
        {**BOXES, "initial_options": [option("c")]},
        "an initial option must equal one of the options",
    ),
    (
        {**menu("multi_static_select", options=[option("a")]), "initial_options": [option("b")]},
        "an initial option must equal one of the options",
    ),
    (
        menu("multi_users_select", initial_users=["U1", "U2"], max_selected_items=1),
        "must be less than 2 items, is 2",
    ),
    (menu("multi_users_select", max_selected_items=0), "must be more than 0"),
    (menu("users_select", initial_user="ada"), USER_FORM),
    (menu("multi_users_select", initial_users=["S1"]), USER_FORM),
    (menu("conversations_select", initial_conversation="#general"), CONVERSATION_FORM),
    (menu("channels_select", initial_channel="G1"), "must be a valid channel ID"),
    (menu("conversations_select", filter={}), "must have at least one field"),
    (menu("conversations_select", filter={"include": []}), INCLUDE),
    (menu("conversations_select", filter={"include": ["channels"]}), INCLUDE),
    (menu("conversations_select", filter={"only": ["im"]}), "unknown key: only"),
    (menu("datepicker", initial_date="24.11.2026"), "must be in the format YYYY-MM-DD"),
    (menu("datepicker", initial_date="2026-02-30"), "must be in the format YYYY-MM-DD"),
    (menu("timepicker", initial_time="9:00"), "must be in the format HH:mm"),
    (menu("timepicker", initial_time="24:00"), "must be in the format HH:mm"),
    (menu("timepicker", timezone="Seoul"), "must be an IANA time zone"),
    (menu("plain_text_input", dispatch_action_config={"trigger_actions_on": []}), TRIGGERS),
    (menu("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_tab"]}), TRIGGERS),
    (
        {**RADIO, "options": [option(str(n)) for n in range(11)]},
        "must be less than 11 items, is 11",
    ),
    ({**BOXES, "options": []}, "must be more than 0 items, is 0"),
    (menu("plain_text_input", confirm={}), "unknown key: confirm"),
]


@pytest.mark.parametrize(("element", "what"), REFUSED)
def test_a_wrong_field_is_refused(element: Json, what: str) -> None:
    assert what in whats([field(element)], "modal")


@pytest.mark.parametrize(
    "element",
    [
        menu("timepicker", initial_time="09:00", timezone="Asia/Seoul", placeholder=plain("p")),
        menu("conversations_select", default_to_current_conversation=True),
        menu("conversations_select", initial_conversation="C1", response_url_enabled=True),
        menu("conversations_select", filter={"include": ["public", "private"]}),
        menu("conversations_select", filter={"exclude_bot_users": True}),
        menu("multi_conversations_select", initial_conversations=["C1", "D1"]),
        menu("channels_select", initial_channel="C1", response_url_enabled=True),
        menu("multi_users_select", initial_users=["U1", "W2"], max_selected_items=2),
        menu("multi_external_select", initial_options=[option("z")], min_query_length=0),
        menu(
            "plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]}
        ),
        menu("number_input", is_decimal_allowed=False, min_value="0", max_value="9"),
        {**RADIO, "initial_option": option("b")},
        {**BOXES, "initial_options": [option("a")], "focus_on_load": True},
        {**BOXES, "options": [{"text": mrkdwn("*a*"), "value": "a", "description": mrkdwn("d")}]},
    ],
    ids=lambda element: str(element["type"]),
)
def test_a_right_field_is_taken(element: Json) -> None:
    block = field(element, optional=True, dispatch_action=True, hint=plain("h"))
    assert view_problems(modal(block, submit=SUBMIT)) == []


@pytest.mark.parametrize(
    ("kind", "surface"),
    [
        ("number_input", "message"),
        ("number_input", "home"),
        ("url_text_input", "message"),
        ("email_text_input", "home"),
        ("datetimepicker", "home"),
        ("rich_text_input", "message"),
    ],
)
def test_an_element_is_refused_on_a_surface_that_is_not_its_own(kind: str, surface: str) -> None:
    more = {"is_decimal_allowed": True} if kind == "number_input" else {}
    block = field(menu(kind, **more))
    assert whats([block], surface) == [f"unsupported element in a {surface}: {kind}"]
    assert whats([block], "modal") == []


def test_a_workflow_button_stands_in_messages_alone() -> None:
    block = actions(menu("workflow_button", text=plain("a"), workflow={}))
    assert whats([block], "message") == []
    assert whats([block], "modal") == ["unsupported element in a modal: workflow_button"]


def test_a_text_input_stands_everywhere() -> None:
    assert [whats([entry()], surface) for surface in ("message", "modal", "home")] == [[], [], []]

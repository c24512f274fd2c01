"""What people do with modals of the simulated Slack: submit, close, choose."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import (
    ADA,
    FakeApp,
    actions,
    button,
    entry,
    modal,
    opened,
    plain,
    section,
    select,
)

FORM = modal(entry("name"), submit=plain("Send"), callback_id="form", private_metadata="p")


async def test_a_submission_carries_the_state_and_closes(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    await opened(slack, ada, FORM)
    [view] = slack.views_of(ADA)
    await ada.submit(view, {"name": "ubuntu"})
    sent = app.payloads[-1]
    assert sent["type"] == "view_submission"
    assert sent["view"]["state"]["values"] == {
        "name": {"name_typed": {"type": "plain_text_input", "value": "ubuntu"}}
    }
    assert (sent["view"]["private_metadata"], sent["view"]["callback_id"]) == ("p", "form")
    assert "response_url" not in sent
    assert (view.closed, slack.views_of(ADA)) == (True, [])


async def test_a_client_does_not_submit_what_is_missing_or_too_long(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    optional = {**entry("more"), "optional": True}
    form = modal(entry("name", max_length=3), optional, submit=plain("Send"))
    await opened(slack, ada, form)
    [view] = slack.views_of(ADA)
    with pytest.raises(LookupError, match="'name' is required"):
        await ada.submit(view)
    with pytest.raises(LookupError, match="0 to 3 characters"):
        await ada.submit(view, {"name_typed": "abcd"})
    assert len(app.payloads) == 1
    await ada.submit(view, {"name_typed": "abc", "more": "long enough"})
    with pytest.raises(LookupError, match="no submit button"):
        await ada.submit(view, {"name_typed": "abc"})


async def test_fields_outside_input_blocks_need_no_entry(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    mail = {"type": "email_text_input", "action_id": "mail"}
    asked = {"type": "input", "block_id": "m", "label": plain("m"), "element": mail}
    await opened(slack, ada, modal(actions(select()), asked, submit=plain("Send")))
    await ada.submit(slack.views_of(ADA)[0], {"mail": "a@b.test"})
    values = app.payloads[-1]["view"]["state"]["values"]
    assert values["m"]["mail"]["value"] == "a@b.test"


async def test_errors_keep_the_modal_and_its_entries(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    await opened(slack, ada, FORM)
    [view] = slack.views_of(ADA)
    app.answers({"response_action": "errors", "errors": {"name": "too short"}})
    assert (await ada.submit(view, {"name": "a"})).errors == {"name": "too short"}
    await api.views_update(view_id=view.id, view=FORM)
    app.answers({"response_action": "clear"})
    await ada.submit(view)
    assert app.payloads[-1]["view"]["state"]["values"]["name"]["name_typed"]["value"] == "a"
    assert slack.views_of(ADA) == []


async def test_a_submission_updates_or_pushes(slack: SlackSim, ada: Actor, app: FakeApp) -> None:
    await opened(slack, ada, modal(submit=plain("Next")))
    [view] = slack.views_of(ADA)
    app.answers({"response_action": "update", "view": FORM})
    await ada.submit(view)
    assert view.content["callback_id"] == "form"
    app.answers({"response_action": "push", "view": modal(section("above"), submit=plain("OK"))})
    await ada.submit(view, {"name": "a"})
    assert [shown.blocks[0]["type"] for shown in slack.views_of(ADA)] == ["input", "section"]
    app.answers({"response_action": "clear"})
    await ada.submit(slack.views_of(ADA)[-1])
    assert slack.views_of(ADA) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"response_action": "close"}, "invalid_response_action"),
        ({"response_action": "clear", "view": FORM}, "invalid_response_action"),
        ("ok", "invalid_response_action"),
        ({"response_action": "errors", "errors": {}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {"other": "bad"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {"name": ""}}, "invalid_errors"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_view"),
    ],
)
async def test_a_wrong_answer_to_a_submission_is_refused(
    slack: SlackSim, ada: Actor, app: FakeApp, body: object, code: str
) -> None:
    await opened(slack, ada, FORM)
    [view] = slack.views_of(ADA)
    app.answers(body)
    with pytest.raises(NotAcknowledged) as caught:
        await ada.submit(view, {"name": "a"})
    assert caught.value.code == code
    assert slack.complaints == [str(caught.value)]
    assert slack.views_of(ADA) == [view]


async def test_closing_is_told_on_request_only(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    await opened(slack, ada, modal(actions(button()), notify_on_close=True))
    pressed = await ada.press(slack.views_of(ADA)[0], "go")
    above = modal(notify_on_close=True)
    await api.views_push(trigger_id=pressed.payload["trigger_id"], view=above)
    root, top = slack.views_of(ADA)
    await ada.close(top)
    assert (app.payloads[-1]["type"], app.payloads[-1]["is_cleared"]) == ("view_closed", False)
    assert slack.views_of(ADA) == [root]
    await ada.close(root, cleared=True)
    assert app.payloads[-1]["is_cleared"] is True
    assert slack.views_of(ADA) == []


async def test_an_input_sends_actions_only_if_it_dispatches(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    label = plain("L")
    quiet = {"type": "input", "block_id": "q", "label": label, "element": select("quiet")}
    loud = {**quiet, "block_id": "l", "element": select("loud"), "dispatch_action": True}
    await opened(slack, ada, modal(quiet, loud, submit=plain("Send")))
    [view] = slack.views_of(ADA)
    with pytest.raises(LookupError, match="input block"):
        await ada.choose(view, "quiet", "a")
    assert len(app.payloads) == 1
    await ada.choose(view, "loud", "b")
    sent = app.payloads[-1]
    values = sent["view"]["state"]["values"]
    assert values["q"]["quiet"]["selected_option"]["value"] == "a"
    assert values["l"]["loud"]["selected_option"]["value"] == "b"
    assert sent["container"] == {"type": "view", "view_id": view.id}
    assert not sent.keys() & {"response_url", "message", "channel"}


async def test_a_view_that_an_ack_updated_may_be_updated_later(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    await opened(slack, ada, FORM)
    [view] = slack.views_of(ADA)
    app.answers({"response_action": "update", "view": modal(section("Working"))})
    result = await ada.submit(view, {"name": "ubuntu"})
    assert (result.errors, view.blocks[0]["text"]["text"]) == ({}, "Working")
    assert slack.views_of(ADA) == [view]
    await api.views_update(view_id=view.id, view=modal(section("Done")))
    assert view.blocks[0]["text"]["text"] == "Done"
    with pytest.raises(LookupError, match="no submit button"):
        await ada.submit(view)


async def test_a_field_of_one_line_takes_one_line(
    slack: SlackSim, ada: Actor, app: FakeApp
) -> None:
    lines = modal(entry("name"), entry("more", multiline=True), submit=plain("Send"))
    await opened(slack, ada, lines)
    [view] = slack.views_of(ADA)
    with pytest.raises(LookupError, match="'name' takes one line"):
        await ada.submit(view, {"name": "a\nb", "more": "a"})
    await ada.submit(view, {"name": "a", "more": "a\nb"})
    assert app.payloads[-1]["view"]["state"]["values"]["more"]["more_typed"]["value"] == "a\nb"

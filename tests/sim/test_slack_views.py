"""Modals and Homes of the simulated Slack, driven with slack_sdk."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, NotAcknowledged, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    FakeApp,
    Json,
    actions,
    button,
    client,
    entry,
    fake_app,
    modal,
    opened,
    plain,
    refused,
    section,
    select,
)

FORM = modal(entry("name"), submit=plain("Send"), callback_id="form", private_metadata="p")


@pytest.fixture
async def slack() -> AsyncIterator[SlackSim]:
    async with SlackSim(clock=Clock()) as running:
        running.channel(CHANNEL, members=[ADA])
        yield running


@pytest.fixture
async def app(slack: SlackSim) -> AsyncIterator[FakeApp]:
    async with fake_app(slack) as running:
        yield running


@pytest.fixture
def ada(slack: SlackSim, app: FakeApp) -> Actor:
    assert app.payloads == []
    return slack.user(ADA)


@pytest.fixture
def api(slack: SlackSim) -> AsyncWebClient:
    return client(slack)


async def trigger(ada: Actor) -> str:
    return str((await ada.command("/open", "", CHANNEL)).payload["trigger_id"])


async def test_a_trigger_opens_one_view(slack: SlackSim, ada: Actor, api: AsyncWebClient) -> None:
    trigger_id = await trigger(ada)
    answer = await api.views_open(trigger_id=trigger_id, view=FORM)
    [view] = slack.views_of(ADA)
    assert (answer["view"]["id"], answer["view"]["hash"]) == (view.id, view.hash)
    again = api.views_open(trigger_id=trigger_id, view=FORM)
    assert (await refused(again))["error"] == "exchanged_trigger_id"


async def test_a_trigger_lives_three_seconds(
    slack: SlackSim, ada: Actor, api: AsyncWebClient
) -> None:
    clock = slack.clock
    assert isinstance(clock, Clock)
    early, late = await trigger(ada), await trigger(ada)
    clock.now += 3
    assert (await api.views_open(trigger_id=early, view=FORM))["ok"]
    clock.now += 0.1
    body = await refused(api.views_open(trigger_id=late, view=FORM))
    assert body["error"] == "expired_trigger_id"
    unknown = api.views_open(trigger_id="1.2.3", view=FORM)
    assert (await refused(unknown))["error"] == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("view", "error"),
    [
        ({"type": "home", "blocks": []}, "invalid_arguments"),
        ({"type": "modal", "blocks": []}, "invalid_arguments"),
        (modal(entry()), "invalid_arguments"),
        (modal(*[section("x" * 3000) for _ in range(90)]), "view_too_large"),
    ],
    ids=["home", "no title", "no submit", "too large"],
)
async def test_a_wrong_view_is_refused_and_keeps_the_trigger(
    ada: Actor, api: AsyncWebClient, view: Json, error: str
) -> None:
    trigger_id = await trigger(ada)
    assert (await refused(api.views_open(trigger_id=trigger_id, view=view)))["error"] == error
    assert (await api.views_open(trigger_id=trigger_id, view=FORM))["ok"]


async def test_a_view_must_be_an_object(api: AsyncWebClient) -> None:
    call = api.api_call("views.open", json={"trigger_id": "1", "view": []})
    assert (await refused(call))["error"] == "invalid_arguments"


async def test_an_update_is_guarded_by_the_hash(
    slack: SlackSim, ada: Actor, api: AsyncWebClient
) -> None:
    await opened(slack, ada, {**FORM, "external_id": "mine"})
    [view] = slack.views_of(ADA)
    old = view.hash
    await api.views_update(view_id=view.id, hash=old, view=modal(section("new")))
    assert view.blocks[0]["text"]["text"] == "new"
    assert view.hash != old
    late = api.views_update(view_id=view.id, hash=old, view=FORM)
    assert (await refused(late))["error"] == "hash_conflict"
    gone = api.views_update(external_id="mine", view=FORM)
    assert (await refused(gone))["error"] == "not_found"


async def test_an_update_names_one_view_that_is_open(
    slack: SlackSim, ada: Actor, api: AsyncWebClient
) -> None:
    named = {**FORM, "external_id": "mine"}
    await opened(slack, ada, named)
    [view] = slack.views_of(ADA)
    await api.views_update(external_id="mine", view=named)
    names = {"external_id": "mine", "view_id": view.id}
    both = api.api_call("views.update", json={**names, "view": FORM})
    assert (await refused(both))["error"] == "invalid_arguments"
    body = await refused(api.views_open(trigger_id=await trigger(ada), view=named))
    assert body["error"] == "duplicate_external_id"
    assert await ada.close(view) is None
    late = api.views_update(view_id=view.id, view=FORM)
    assert (await refused(late))["error"] == "not_found"


async def test_a_stack_has_three_views(slack: SlackSim, ada: Actor, api: AsyncWebClient) -> None:
    await opened(slack, ada, modal(actions(button())))
    for _ in range(2):
        pressed = await ada.press(slack.views_of(ADA)[-1], "go")
        trigger_id = pressed.payload["trigger_id"]
        await api.views_push(trigger_id=trigger_id, view=modal(actions(button())))
    root, second, third = slack.views_of(ADA)
    assert (third.root_view_id, third.previous_view_id) == (root.id, second.id)
    pressed = await ada.press(third, "go")
    call = api.views_push(trigger_id=pressed.payload["trigger_id"], view=FORM)
    assert (await refused(call))["error"] == "push_limit_reached"
    outside = api.views_push(trigger_id=await trigger(ada), view=FORM)
    assert (await refused(outside))["error"] == "not_found"


async def test_a_home_is_published_to_a_user(
    slack: SlackSim, ada: Actor, app: FakeApp, api: AsyncWebClient
) -> None:
    home = {"type": "home", "blocks": [actions(button())]}
    assert slack.home_of(ADA) is None
    first = await api.views_publish(user_id=ADA, view=home)
    await api.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])
    late = api.views_publish(user_id=ADA, view=home, hash=first["view"]["hash"])
    assert (await refused(late))["error"] == "hash_conflict"
    assert (await refused(api.views_publish(user_id="U1", view=home)))["error"] == "user_not_found"
    published = slack.home_of(ADA)
    assert published is not None
    await ada.press(published, "go")
    assert app.payloads[-1]["view"]["type"] == "home"
    await ada.open_home()
    assert app.content_types[-1] == "application/json"
    assert app.payloads[-1]["event"]["view"]["id"] == published.id


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
    await ada.submit(view, {"name_typed": "abc"})
    with pytest.raises(LookupError, match="no submit button"):
        await ada.submit(view, {"name_typed": "abc"})


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

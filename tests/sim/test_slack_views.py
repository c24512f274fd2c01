"""Modals and Homes of the simulated Slack, driven with slack_sdk."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import Actor, SlackSim
from tests.sim.slack_app import (
    ADA,
    CHANNEL,
    Clock,
    FakeApp,
    Json,
    actions,
    button,
    entry,
    modal,
    opened,
    plain,
    refused,
    section,
)

FORM = modal(entry("name"), submit=plain("Send"), callback_id="form", private_metadata="p")


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

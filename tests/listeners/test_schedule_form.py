"""The form of a digest: opened, helped while it is filled in, saved or refused."""

import json
from collections.abc import Mapping

import pytest

from bot.app import utc_now
from bot.blocks.inputs import Values
from bot.schedule import Schedule, draft_of, format_draft
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, OpenView, SlackSim
from bot.sim.slack.elements import Choice, state_values
from bot.store import open_store
from tests.listeners.digest_scene import NINE, rows, typed
from tests.listeners.scene import (
    CHANNEL,
    ELSEWHERE,
    Json,
    Mode,
    Scene,
    both_modes,
    images,
    settings_for,
    shown,
)

QUERY = "schedule.query"
CHECKED = "query_check"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode, sqlite_url: str) -> Settings:
    """With a database that the tests can read too."""
    slack.mode = mode
    return settings_for(scp, slack, mode, database_url=sqlite_url)


async def stored(scene: Scene) -> Schedule:
    """The first digest, as it is kept."""
    url = scene.settings.database_url.get_secret_value()
    async with open_store(url, now=utc_now) as store:
        schedule = await store.schedules.get(1)
    assert schedule is not None
    return schedule


async def kept(scene: Scene) -> str:
    """The first digest in its canonical text, after its channel."""
    schedule = await stored(scene)
    return f"{schedule.channel} {format_draft(draft_of(schedule))}"


async def form(scene: Scene, text: str = "") -> OpenView:
    """The form of a new digest with the query of a list."""
    return await scene.opened(await scene.command(text), "Make this a digest")


async def test_a_list_of_my_claims_makes_no_digest_and_says_so_before_the_form(
    scene: Scene,
) -> None:
    message = await scene.command("claimed:me")
    said = shown(await scene.press(message, "Make this a digest"))
    assert "A digest is for everybody" in said
    assert "claimed:U0123456789" in said
    assert scene.calls("views.open") == []


def holding(view: OpenView) -> Values:
    """What the form's inputs hold, by block id."""
    return {
        block_id: next(iter(states.values()))
        for block_id, states in state_values(view, view.user_id).items()
    }


def line(view: OpenView) -> str:
    """The line under the query."""
    block = next(b for b in view.blocks if b.get("block_id") == CHECKED)
    return " ".join(element["text"] for element in block["elements"])


def above(view: OpenView) -> str:
    """What stands above the form's first input."""
    first = next(n for n, block in enumerate(view.blocks) if block["type"] == "input")
    return shown_in(view.blocks[:first])


def shown_in(blocks: list[Json]) -> str:
    return "\n".join(b["text"]["text"] for b in blocks if b["type"] == "section")


@both_modes
async def test_a_list_is_made_a_digest_of_its_query_in_its_channel(scene: Scene) -> None:
    scene.scp.images = images(3)
    view = await form(scene, "web type:custom sort:-size")
    answer = await scene.answer(scene.ada.submit(view))
    assert view.closed
    assert answer.ephemeral_to == scene.ada.id
    assert answer.channel_id == CHANNEL
    assert "Digest *#1* is set up." in shown(answer)
    (row,) = rows(answer)
    assert "Next: " in row
    expected = f"{CHANNEL} 09:00 weekdays Asia/Seoul web type:custom sort:-size"
    assert await kept(scene) == expected


async def test_a_shared_list_is_made_a_digest_by_whoever_likes(scene: Scene, bob: Actor) -> None:
    shared = await scene.press(await scene.command("web"), "Share to channel")
    await bob.press(shared, label="Make this a digest")
    (view,) = await scene.slack.wait_for(
        lambda: [v for v in scene.slack.views_of(bob.id) if v.edits]
    )
    answer = await scene.answer(bob.submit(view))
    assert answer.ephemeral_to == bob.id
    assert (await stored(scene)).made_by == bob.id
    assert await kept(scene) == f"{CHANNEL} 09:00 weekdays Europe/Berlin web"


async def test_everything_that_is_filled_in_is_kept(scene: Scene, bob: Actor) -> None:
    scene.slack.user_group("S0TEAM", "on-call", "On-call")
    view = await form(scene)
    await scene.ada.fill(view, "timezone", "Europe/Berlin", typed="ber")
    await scene.ada.fill(view, "holidays", "South Korea (KR)", typed="korea")
    entered: Mapping[str, Choice] = {
        "times": "17:30, 9:00",
        "days": ["Monday", "Sunday"],
        "query": "type:custom waiting:>3d",
        "only_changes": ["only_changes"],
        "mentions": [bob.person.name],
        "groups": ["@on-call · On-call"],
        "mention_after": "3d",
        "grace": "Up to 12 hours late",
        "if_unsure": "never_twice",
    }
    await scene.answer(scene.ada.submit(view, entered))
    assert await kept(scene) == (
        f"{CHANNEL} 09:00,17:30 mon,sun Europe/Berlin only-changes skip:KR "
        "mention:U0SIM0002,S0TEAM mention-after:3d grace:12h if-unsure:never-twice "
        "type:custom waiting:>3d"
    )


async def test_the_digests_that_the_form_was_opened_over_are_shown_anew(scene: Scene) -> None:
    message = await typed(scene, "")
    view = await scene.opened(message, "Add")
    answer = await scene.answer(scene.ada.submit(view))
    assert answer is message
    assert "Digest *#1* is set up" in shown(message)
    assert len(rows(message)) == 1
    edited = await scene.opened(message, "Edit")
    assert await scene.answer(scene.ada.submit(edited, {"times": "10:00"})) is message
    assert "Digest *#1* is changed" in shown(message)
    assert "10:00 weekdays" in rows(message)[0]


async def test_a_digest_for_another_channel_says_where_it_is(scene: Scene) -> None:
    scene.slack.invite_bot(ELSEWHERE)
    view = await form(scene)
    answer = await scene.answer(scene.ada.submit(view, {"channel": ELSEWHERE}))
    assert answer.channel_id == CHANNEL
    assert f"It goes to <#{ELSEWHERE}>" in shown(answer)
    assert rows(answer) == []
    assert (await kept(scene)).startswith(ELSEWHERE)


async def test_a_person_whose_zone_is_not_told_starts_with_seoul(scene: Scene) -> None:
    message = await scene.command()  # from which the bot knows that Ada is no guest
    scene.slack.scopes.remove("users:read")
    view = await scene.opened(message, "Make this a digest")
    assert holding(view)["timezone"]["selected_option"]["value"] == "Asia/Seoul"


async def test_without_the_scope_for_user_groups_the_form_says_so(scene: Scene) -> None:
    scene.slack.scopes.remove("usergroups:read")
    view = await form(scene)
    assert "groups" not in holding(view)
    assert "usergroups:read" in shown(view)
    hinted = next(word for word in shown(view).split() if word.startswith("mention:"))
    await typed(scene, f"add {NINE} {hinted}")
    assert hinted in await kept(scene)


@pytest.mark.parametrize(
    ("channel", "what"),
    [(ELSEWHERE, "not a member of #elsewhere"), ("C0SIM0003", "#old is archived")],
)
async def test_a_channel_that_no_digest_can_go_to_is_told_at_its_field(
    scene: Scene, channel: str, what: str
) -> None:
    scene.slack.channel("C0SIM0003", "old", members=[scene.ada.id])
    view = await form(scene)
    await scene.ada.fill(view, "channel", channel)
    scene.slack.archive("C0SIM0003")  # no menu offers it any more
    result = await scene.ada.submit(view, {"times": "10:00"})
    assert list(result.errors) == ["channel"]
    assert what in result.errors["channel"]
    assert not view.closed
    await scene.answer(scene.ada.submit(view, {"channel": CHANNEL}))
    assert (await kept(scene)).startswith(f"{CHANNEL} 10:00")


async def test_where_slack_does_not_tell_of_the_channel_it_is_taken(scene: Scene) -> None:
    view = await form(scene)
    scene.slack.fail("conversations.info", error="missing_scope")
    answer = await scene.answer(scene.ada.submit(view))
    assert (await kept(scene)).startswith(CHANNEL)
    assert f"did not tell the bot whether it is in <#{CHANNEL}>" in shown(answer)


async def test_a_waiting_time_without_anybody_to_mention_is_told_at_its_field(
    scene: Scene, bob: Actor
) -> None:
    view = await form(scene)
    result = await scene.ada.submit(view, {"mention_after": "3d"})
    assert list(result.errors) == ["mention_after"]
    assert "Nobody is mentioned" in result.errors["mention_after"]
    await scene.answer(scene.ada.submit(view, {"mentions": [bob.person.name]}))
    assert (await kept(scene)).endswith(f"mention:{bob.id} mention-after:3d")


async def test_a_digest_for_everybody_cannot_ask_for_the_claims_of_whoever_reads_it(
    scene: Scene,
) -> None:
    view = await form(scene)
    result = await scene.ada.submit(view, {"query": "claimed:me"})
    assert list(result.errors) == ["query"]
    assert "A digest is for everybody" in result.errors["query"]


async def test_whoever_was_overtaken_is_told_by_what_and_can_replace_it(
    scene: Scene, bob: Actor
) -> None:
    scene.slack.user(bob.id, admin=True)
    view = await scene.opened(await typed(scene, f"add {NINE}"), "Edit")
    await typed(scene, "edit 1 11:15 type:k8s", bob)
    await scene.ada.submit(view, {"times": "10:00"})
    assert "Somebody changed it meanwhile" in above(view)
    assert "11:15 weekdays Asia/Seoul type:k8s" in shown(view)
    assert (await kept(scene)).endswith("11:15 weekdays Asia/Seoul type:k8s")
    assert holding(view)["times"]["value"] == "10:00"
    await typed(scene, "edit 1 12:30", bob)
    await scene.ada.submit(view)
    assert "12:30 weekdays Asia/Seoul type:k8s" in shown(view)
    assert "11:15" not in shown(view)
    await scene.answer(scene.ada.submit(view))
    assert view.closed
    assert (await kept(scene)).endswith("10:00 weekdays Asia/Seoul")


async def test_whoever_asks_for_what_another_has_saved_meanwhile_is_content(
    scene: Scene, bob: Actor
) -> None:
    scene.slack.user(bob.id, admin=True)
    view = await scene.opened(await typed(scene, f"add {NINE}"), "Edit")
    await typed(scene, "edit 1 10:00", bob)
    answer = await scene.answer(scene.ada.submit(view, {"times": "10:00"}))
    assert "is like that already" in shown(answer)


@pytest.mark.parametrize(
    ("field", "state"),
    [
        ("channel", {"selected_conversation": "<!channel>"}),
        ("days", {"selected_options": [{"value": "x"}]}),
        ("days", {"selected_options": [{"value": "7"}]}),
        ("timezone", {"selected_option": {"value": "Mars/Base"}}),
        ("holidays", {"selected_option": {"value": "XX"}}),
        ("mentions", {"selected_users": ["<!channel>"]}),
        ("groups", {"selected_options": [{"value": "on-call"}]}),
        ("grace", {"selected_option": {"value": "x"}}),
        ("if_unsure", {"selected_option": {"value": "both"}}),
    ],
)
async def test_what_no_form_offers_is_refused_at_its_field_in_our_own_words(
    scene: Scene, field: str, state: Json
) -> None:
    scene.slack.user_group("S0TEAM", "on-call", "On-call")
    view = await form(scene)
    payload = (await scene.ada.submit(view, {"times": "x"})).payload
    values = payload["view"]["state"]["values"]
    values["times"] = {"schedule.times": {"type": "plain_text_input", "value": "9:00"}}
    values[field] = {action: held | state for action, held in values[field].items()}
    status, answer = await scene.post_payload("interactive", payload)
    errors = json.loads(answer)["errors"]
    assert (status, list(errors)) == (200, [field])
    assert not any(word in errors[field] for word in ("invalid literal", "int()", "KeyError"))
    assert "No digest comes" in shown(await typed(scene, "list"))


@both_modes
async def test_each_wrong_field_is_told_there_and_nothing_typed_is_lost(scene: Scene) -> None:
    view = await form(scene)
    result = await scene.ada.submit(
        view, {"times": "9 o'clock", "query": "typ:custom", "mention_after": "soon"}
    )
    assert list(result.errors) == ["times", "query", "mention_after"]
    assert not view.closed
    await scene.answer(
        scene.ada.submit(view, {"times": "9:00", "query": None, "mention_after": None})
    )
    assert (await kept(scene)).endswith("09:00 weekdays Asia/Seoul")

"""Who may do what where: every role in every place with every action of on-call."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    ELSEWHERE,
    Scene,
    image,
    images,
    menu,
    running,
    shown,
)
from tests.listeners.triage_scene import (
    ADA,
    BOB,
    DAN,
    block_ids,
    decided,
    deeds,
    listed,
    oncall_settings,
    pressed,
    shared,
)

READERS = "S0READERS"
ROLES = (
    "approver",
    "reader",
    "other member",
    "guest",
    "guest of one channel",
    "stranger",
    "deactivated",
)
PLACES = ("allowed channel", "other channel", "direct message", "Home")
BY_COMMAND = {"list": "", "handoff": "handoff", "history": "history i", "export": "audit export"}
BY_BUTTON = {
    "details": "Details",
    "claim": "Claim",
    "snooze": "Snooze",
    "note": "Note",
    "accept": "Accept",
    "reject": "Reject",
    "undo": "Undo",
    "bulk": "Select several",
}
AT_HOME = ("details", "claim", "snooze", "note", "accept", "reject")
APPROVERS_ALONE = {"accept", "reject", "undo", "bulk", "export"}
RECORDED = {each: each for each in (*BY_BUTTON, *BY_COMMAND) if each not in {"details", "list"}}
RECORDED["export"] = "audit export"
"""What the record calls what somebody may not."""
REFUSED = "You may not do that"


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, sqlite_url: str) -> Settings:
    scp.images = images(2)
    settings = oncall_settings(
        scp, slack, sqlite_url, readers=READERS, channels=CHANNEL, approvers=ADA
    )
    people = {role: person(slack, role).id for role in ROLES}
    slack.user_group(READERS, "readers", users=[people[r] for r in ROLES if r != "other member"])
    slack.invite_bot(ELSEWHERE)
    return settings


def person(slack: SlackSim, role: str) -> Actor:
    """Somebody of a role."""
    if role == "stranger":
        return slack.stranger()
    known = {"approver": ADA, "reader": BOB, "other member": DAN}
    made = slack.user(known.get(role, f"U0{role.replace(' ', '').upper()}"), role)
    made.person.is_restricted = role.startswith("guest")
    made.person.is_ultra_restricted = role == "guest of one channel"
    made.person.deleted = role == "deactivated"
    return made


def may(role: str, place: str, action: str) -> bool:
    if place not in {"allowed channel", "Home"} or role not in {"approver", "reader"}:
        return False
    return role == "approver" or action not in APPROVERS_ALONE


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", ROLES)
async def test_whoever_may_not_is_told_so_and_nothing_happens(
    scene: Scene, role: str, place: str
) -> None:
    await prepare(scene)
    who = person(scene.slack, role)
    before, told = await deeds(scene), {}
    tried = AT_HOME if place == "Home" else (*BY_BUTTON, *BY_COMMAND)
    puts = len(scene.scp.puts)
    for action in tried:
        told[action] = REFUSED not in await attempt(scene, who, place, action)
        await leave(scene, who)
    assert told == {action: may(role, place, action) for action in tried}
    refused = {(a, o) for by, a, o in await deeds(scene) if by == who.id and o == "refused"}
    wanted = {RECORDED[a] for a in tried if a in RECORDED and not may(role, place, a)}
    assert refused == {(action, "refused") for action in wanted}
    if not any(told.values()):
        assert [deed for deed in await deeds(scene) if deed[2] == "done"] == before
        assert len(scene.scp.puts) == puts


async def test_elsewhere_people_are_told_where_to_go(scene: Scene) -> None:
    said = await scene.command(channel=ELSEWHERE)
    assert "does not answer in this channel" in shown(said)
    assert f"<#{CHANNEL}>" in shown(said)


@pytest.mark.parametrize("role", ["guest", "stranger", "other member"])
async def test_menus_offer_nothing_to_whom_the_bot_does_not_answer(scene: Scene, role: str) -> None:
    scene.scp.images = [image(f"i{n}", owner_account_name=f"owner {n:03}") for n in range(150)]
    async with running(scene.settings, scene.slack):
        message = await scene.command()
        who = person(scene.slack, role)
        planted = scene.slack.plant(CHANNEL, "Old", list(message.blocks))
        owners = menu(message, "owner")["action_id"]
        assert await scene.ada.suggest(message, owners, "owner")
        assert await who.suggest(planted, owners, "owner") == []


async def prepare(scene: Scene) -> None:
    """The first image waits, the second was accepted by Ada a moment ago."""
    message = await listed(scene)
    await decided(scene, scene.ada, message, "Accept", number=1)
    await scene.slack.wait_for(lambda: block_ids(message, "Undo"))


async def attempt(scene: Scene, who: Actor, place: str, action: str) -> str:
    """Do something; return what the person then sees that was not there before."""
    if action in BY_COMMAND:
        channel = channel_of(scene, who, place)
        return await seen_after(scene, who, who.command(COMMAND, BY_COMMAND[action], channel))
    target = await seen_by(scene, who, place, action)
    return await seen_after(scene, who, pressed(who, target, BY_BUTTON[action]))


def channel_of(scene: Scene, who: Actor, place: str) -> str:
    direct = scene.slack.workspace.direct_channel(who.id).id
    return {"allowed channel": CHANNEL, "other channel": ELSEWHERE}.get(place, direct)


async def seen_by(scene: Scene, who: Actor, place: str, action: str) -> Message | OpenView:
    """What has the button: drawn when the person, or the place, was allowed still."""
    if place == "Home":
        may_look = REFUSED not in await seen_after(scene, who, who.open_home())
        owner = who if may_look else scene.ada
        await seen_after(scene, owner, owner.open_home())
        scene.slack.workspace.homes[who.id] = replace(owner.home(), user_id=who.id)
        return who.home()
    if action == "claim" and place == "allowed channel":
        return await shared(scene)  # which is repainted
    blocks = list((await listed(scene)).blocks)
    return scene.slack.plant(channel_of(scene, who, place), "Old", blocks, ephemeral_to=who.id)


async def seen_after(scene: Scene, who: Actor, doing: Awaitable[Any]) -> str:
    before = traces(scene, who)
    await doing

    def news() -> str:
        new = [text for key, text in traces(scene, who).items() if key not in before]
        return "\n".join(text for text in new if "Loading …" not in text)

    return await scene.slack.wait_for(news)


def traces(scene: Scene, who: Actor) -> dict[tuple[int, int], str]:
    """What the person sees, by what and how often it was changed."""
    world = scene.slack.workspace
    direct = world.direct_channel(who.id).id
    posts = [m for m in world.posts if m.ephemeral_to in {None, who.id}]
    posts = [m for m in posts if m.ephemeral_to or m.channel_id in {CHANNEL, direct}]
    home = scene.slack.home_of(who.id)
    views = [*scene.slack.views_of(who.id), *([home] if home else [])]
    said = {(id(post), post.edits): shown(post) or post.text for post in posts}
    return said | {(id(view), view.edits): shown(view) for view in views}


async def leave(scene: Scene, who: Actor) -> None:
    for view in scene.slack.views_of(who.id):
        await who.close(view)

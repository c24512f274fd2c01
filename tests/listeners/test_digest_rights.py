"""Who may do what with a digest: asked at every click and every command."""

from collections.abc import Callable

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim
from tests.listeners.digest_scene import NINE, added, pressed, rows, typed
from tests.listeners.scene import CHANNEL, COMMAND, Mode, Scene, images, settings_for, shown

CONFIGURED = "U0CONFIG1"
MAKER, ADMIN, OWNER, OTHER = "maker", "workspace admin", "workspace owner", "other"
MAY = [MAKER, "configured admin", ADMIN, OWNER]
CHANGES = {
    "edit": "is changed",
    "pause": "is paused",
    "resume": "is not paused",
    "send": "on its way",
    "delete": "Delete digest",
}
"""Typed word -> what is said where it is done."""
BUTTONS = {"Pause": "is paused", "Send now": "on its way", "Delete": "is deleted"}
OPEN = {"list": "1 digest", "preview": "image", "history": "History"}
"""What everybody may."""


@pytest.fixture
def settings(scp: ScpSim, slack: SlackSim, mode: Mode) -> Settings:
    slack.mode = mode
    return settings_for(scp, slack, mode, digest_admins=CONFIGURED, database_url="sqlite://")


@pytest.fixture
def who(scene: Scene) -> Callable[[str], Actor]:
    """One person of each kind; the maker is ada."""
    slack = scene.slack
    people = {
        MAKER: scene.ada,
        "configured admin": slack.user(CONFIGURED, "cleo"),
        ADMIN: slack.user("U0ADMIN01", "dora", admin=True),
        OWNER: slack.user("U0OWNER01", "egon", owner=True),
        OTHER: slack.user("U0OTHER01", "fred"),
    }
    return people.__getitem__


@pytest.fixture
async def number(scene: Scene) -> int:
    """A digest of ada's."""
    scene.scp.images = images(1)
    return await added(scene, NINE)


def tail(word: str) -> str:
    return " 10:00" if word == "edit" else ""


@pytest.mark.parametrize("word", CHANGES)
@pytest.mark.parametrize("person", MAY)
async def test_its_maker_and_administrators_may_change_it_by_command(
    scene: Scene, who: Callable[[str], Actor], number: int, person: str, word: str
) -> None:
    answer = await typed(scene, f"{word} {number}{tail(word)}", who(person))
    assert CHANGES[word] in shown(answer)


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("label", BUTTONS)
@pytest.mark.parametrize("person", MAY)
async def test_its_maker_and_administrators_may_change_it_by_button(
    scene: Scene, who: Callable[[str], Actor], person: str, label: str
) -> None:
    message = await typed(scene, "", who(person))
    await pressed(scene, message, label, who=who(person))
    assert BUTTONS[label] in shown(message)


@pytest.mark.parametrize("word", CHANGES)
async def test_others_are_told_whom_to_ask_by_command(
    scene: Scene, who: Callable[[str], Actor], number: int, word: str
) -> None:
    answer = await typed(scene, f"{word} {number}{tail(word)}", who(OTHER))
    assert_refused(answer, scene)
    assert f"/pending-images digest {word} {number}{tail(word)}" in shown(answer)
    assert_unchanged(await typed(scene, ""))


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("label", BUTTONS)
async def test_others_are_told_whom_to_ask_by_button(
    scene: Scene, who: Callable[[str], Actor], label: str
) -> None:
    message = await typed(scene, "", who(OTHER))
    assert_refused(await pressed(scene, message, label, who=who(OTHER)), scene)
    assert_unchanged(await typed(scene, ""))


@pytest.mark.parametrize("by", ["button", "command"])
async def test_others_are_told_whom_to_ask_in_place_of_the_form(
    scene: Scene, who: Callable[[str], Actor], number: int, by: str
) -> None:
    other = who(OTHER)
    if by == "button":
        message = await typed(scene, "", other)
        row = next(b["block_id"] for b in message.blocks if "digest." in b.get("block_id", ""))
        await other.press(message, label="Edit", block_id=row)
    else:
        await other.command(COMMAND, f"digest edit {number}", CHANNEL)
    view = await filled(scene, other)
    assert_refused(view, scene)
    assert "submit" not in view.content


@pytest.mark.parametrize("person", MAY)
async def test_its_maker_and_administrators_may_open_the_form(
    scene: Scene, who: Callable[[str], Actor], number: int, person: str
) -> None:
    await who(person).command(COMMAND, f"digest edit {number}", CHANNEL)
    assert "submit" in (await filled(scene, who(person))).content


@pytest.mark.parametrize("word", CHANGES)
@pytest.mark.parametrize("person", [ADMIN, OWNER])
async def test_without_the_scope_workspace_administrators_are_not_known(
    scene: Scene, who: Callable[[str], Actor], number: int, person: str, word: str
) -> None:
    await typed(scene, "list", who(person))  # from which the bot knows that this is no guest
    scene.slack.scopes.remove("users:read")
    assert_refused(await typed(scene, f"{word} {number}{tail(word)}", who(person)), scene)


@pytest.mark.parametrize("person", [MAKER, "configured admin"])
async def test_without_the_scope_maker_and_configured_administrators_still_may(
    scene: Scene, who: Callable[[str], Actor], number: int, person: str
) -> None:
    await typed(scene, "list", who(person))
    scene.slack.scopes.remove("users:read")
    assert "is paused" in shown(await typed(scene, f"pause {number}", who(person)))


@pytest.mark.parametrize("word", OPEN)
async def test_everybody_may_look(
    scene: Scene, who: Callable[[str], Actor], number: int, word: str
) -> None:
    text = word if word == "list" else f"{word} {number}"
    assert OPEN[word] in shown(await typed(scene, text, who(OTHER)))


@pytest.mark.usefixtures("number")
async def test_everybody_may_add_and_owns_what_they_added(
    scene: Scene, who: Callable[[str], Actor]
) -> None:
    theirs = await added(scene, "10:00", who(OTHER))
    assert "is paused" in shown(await typed(scene, f"pause {theirs}", who(OTHER)))
    assert "somebody else's" in shown(await typed(scene, f"pause {theirs}"))


@pytest.mark.usefixtures("number")
async def test_rights_are_asked_at_the_click_and_not_when_the_button_was_drawn(
    scene: Scene, who: Callable[[str], Actor]
) -> None:
    admin = who(ADMIN)
    message = await typed(scene, "", admin)
    admin.person.is_admin = False
    assert_refused(await pressed(scene, message, "Pause", who=admin), scene)
    admin.person.is_admin = True
    await pressed(scene, message, "Pause", who=admin)
    assert "is paused" in shown(message)


async def test_whoever_lost_their_rights_cannot_confirm_a_deletion(
    scene: Scene, who: Callable[[str], Actor], number: int
) -> None:
    admin = who(ADMIN)
    question = await typed(scene, f"delete {number}", admin)
    admin.person.is_admin = False
    assert_refused(await scene.answer(admin.press(question, label="Delete")), scene)


async def filled(scene: Scene, who: Actor) -> OpenView:
    """Somebody's modal once it is more than loading."""
    (view,) = await scene.slack.wait_for(
        lambda: [v for v in scene.slack.views_of(who.id) if v.edits]
    )
    return view


def assert_refused(answer: Message | OpenView, scene: Scene) -> None:
    assert "You may not do that" in shown(answer)
    assert "Ask the one who made it, or an administrator." in shown(answer)
    assert f"They may: <@{scene.ada.id}> <@{CONFIGURED}>" in shown(answer)


def assert_unchanged(message: Message) -> None:
    (row,) = rows(message)
    assert "09:00 weekdays" in row
    assert "Next: " in row
    assert "Last: none yet" in row

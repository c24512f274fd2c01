"""On-call at work: people, cards, and what became of them."""

from collections.abc import Awaitable
from typing import Any

from bot.app import utc_now
from bot.oncall.values import AuditEntry
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim
from bot.store import open_store
from tests.listeners.scene import (
    CHANNEL,
    COMMAND,
    Mode,
    Scene,
    elements,
    settings_for,
    shown,
)

ADA, BOB, CAROL, DAN = "U0SIM0001", "U0SIM0002", "U0SIM0003", "U0SIM0004"
"""Ada and Carol are approvers; Bob and Dan are members like everybody else."""
APPROVERS = f"{ADA},{CAROL}"


def oncall_settings(
    scp: ScpSim, slack: SlackSim, database_url: str, mode: Mode = "http", **changes: Any
) -> Settings:
    """Settings of a bot through which Ada and Carol decide."""
    slack.mode = mode
    channel = slack.workspace.channels[CHANNEL]
    for user_id, name in ((CAROL, "carol"), (DAN, "dan")):
        slack.user(user_id, name)
        channel.members.add(user_id)
    given: dict[str, Any] = {
        "approvers": APPROVERS,
        "scp_account_id": scp.account_id,
        "database_url": database_url,
    }
    return settings_for(scp, slack, mode, **(given | changes))


def block_ids(target: Message | OpenView, label: str) -> list[str]:
    """Where buttons of that label are, in order."""
    return [
        block["block_id"]
        for block in target.blocks
        if any(e.get("text", {}).get("text") == label for e in elements([block]))
    ]


def card_labels(target: Message | OpenView, number: int = 0) -> list[str]:
    """The buttons of the ``number``-th card, but Details."""
    acts = [b for b in target.blocks if b.get("block_id", "").endswith(".acts")]
    return [element["text"]["text"] for element in acts[number]["elements"]]


async def pressed(who: Actor, target: Message | OpenView, label: str, number: int = 0) -> None:
    """Press the ``number``-th button of a label."""
    await who.press(target, label=label, block_id=block_ids(target, label)[number])


async def listed(scene: Scene, who: Actor | None = None, text: str = "") -> Message:
    """Type the command; return somebody's own list."""
    person, before = who or scene.ada, set(scene.slack.workspace.posts)
    await person.command(COMMAND, text, CHANNEL)

    def lists() -> list[Message]:
        new = [m for m in scene.slack.workspace.posts if m not in before]
        mine = [message for message in new if message.ephemeral_to == person.id]
        return [message for message in mine if message.blocks[0]["type"] == "header"]

    return (await scene.slack.wait_for(lists))[0]


async def redrawn(
    scene: Scene, who: Actor, target: Message | OpenView, label: str, number: int = 0
) -> None:
    """Press a button; return when what it stands in was drawn anew."""
    before = target.edits
    await pressed(who, target, label, number)
    await scene.slack.wait_for(lambda: target.edits > before)


async def form(
    scene: Scene, who: Actor, target: Message | OpenView, label: str, number: int = 0
) -> OpenView:
    """Press a button; return the filled window that this opens."""
    before = scene.slack.views_of(who.id)
    await pressed(who, target, label, number)

    def ready() -> list[OpenView]:
        new = [view for view in scene.slack.views_of(who.id) if view not in before]
        return [view for view in new if "Loading …" not in shown(view)]

    return (await scene.slack.wait_for(ready))[-1]


async def decided(
    scene: Scene,
    who: Actor,
    target: Message | OpenView,
    label: str,
    reason: str = "",
    number: int = 0,
) -> str:
    """Accept or reject by the form; return what its window says in the end."""
    view = await form(scene, who, target, label, number)
    return await submitted(scene, who, view, {"reason": reason} if reason else {})


async def submitted(
    scene: Scene, who: Actor, view: OpenView, entered: dict[str, Any] | None = None
) -> str:
    """Submit a decision's form; return what its window says in the end."""
    await who.submit(view, entered or {})
    return await outcome(scene, view)


async def outcome(scene: Scene, view: OpenView) -> str:
    """What a decision's window says in the end."""
    await scene.slack.wait_for(lambda: "Working …" not in shown(view) and view.edits)
    return shown(view)


async def told(scene: Scene, who: Actor, doing: Awaitable[Any]) -> Message:
    """Do something; return the new message that only this person sees."""
    before = set(scene.slack.workspace.posts)
    await doing
    new = await scene.slack.wait_for(
        lambda: [
            m
            for m in scene.slack.workspace.posts
            if m not in before and (m.ephemeral_to == who.id or m.channel_id.startswith("D"))
        ]
    )
    return new[0]


async def shared(scene: Scene, text: str = "") -> Message:
    """Share a list; return the message that all see."""
    message = await listed(scene, text=text)
    return await told_all(scene, scene.ada.press(message, label="Share to channel"))


async def told_all(scene: Scene, doing: Awaitable[Any], channel: str = CHANNEL) -> Message:
    """Do something; return the new message that all of a channel see."""
    before = set(scene.slack.workspace.posts)
    await doing
    new = await scene.slack.wait_for(
        lambda: [
            m
            for m in scene.slack.workspace.posts
            if m not in before and not m.ephemeral and m.channel_id == channel
        ]
    )
    return new[0]


def puts(scene: Scene) -> list[str]:
    """The PUTs that SCP has seen."""
    return [request.target for request in scene.scp.requests if request.method == "PUT"]


def status(scene: Scene, number: int = 0) -> str:
    """What our account has said of an image."""
    return scene.scp.members.status(scene.scp.images[number]["id"])


async def record(scene: Scene) -> list[AuditEntry]:
    """The whole record, the oldest first; its chain is whole."""
    url = scene.settings.database_url.get_secret_value()
    async with open_store(url, now=utc_now) as store:
        assert (await store.audit.verify()).problem is None
        return [entry async for entry in store.audit.every()]


async def deeds(scene: Scene) -> list[tuple[str, str, str]]:
    """Who has done what, and its outcome, as recorded; what the watch has seen is left out."""
    return [
        (entry.actor, entry.action, entry.outcome)
        for entry in await record(scene)
        if entry.actor != "bot"
    ]

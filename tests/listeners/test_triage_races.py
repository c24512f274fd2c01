"""Many people at once on three replicas: one decision, one record, and a clear answer for each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest

from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim
from bot.triage import acquaintance, kept
from tests.listeners.scene import CHANNEL, Mode, Scene, images, running, shown
from tests.listeners.triage_scene import (
    deeds,
    form,
    oncall_settings,
    outcome,
    pressed,
    shared,
    status,
)

CROWD = 200
GROUP = "S0APPROVE"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def crowd(slack: SlackSim, monkeypatch: pytest.MonkeyPatch) -> list[Actor]:
    """Two hundred approvers, all of one user group."""
    # One process is the crowd, Slack, Samsung Cloud and three bots: how soon each is answered
    # where they are apart, the bench measures.
    slack.ack_seconds = 20
    slack.patience_seconds = 100
    monkeypatch.setattr(kept, "PATIENCE_SECONDS", 20.0)
    people = [slack.user(f"U0CROWD{n:03}", f"person-{n}") for n in range(CROWD)]
    slack.workspace.channels[CHANNEL].members |= {person.id for person in people}
    slack.user_group(GROUP, "approvers", users=[person.id for person in people])
    return people


@pytest.fixture
def settings(
    scp: ScpSim,
    slack: SlackSim,
    mode: Mode,
    database_url: str,
    crowd: list[Actor],  # noqa: ARG001  who has to be there
) -> Settings:
    scp.images = images(1)
    return oncall_settings(scp, slack, database_url, mode, approvers=GROUP)


@pytest.fixture
async def replicas(scene: Scene) -> AsyncIterator[None]:
    """Three bots share the work."""
    urls = [scene.slack.events_url]
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(running(scene.settings, scene.slack))
            urls.append(scene.slack.events_url)
        scene.slack.events_urls = urls
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bots need no minutes to have asked Slack of all approvers."""
    monkeypatch.setattr(acquaintance, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(acquaintance, "LOOK_SECONDS", 0.1)


async def the_one(scene: Scene) -> str:
    """Who has decided; SCP was told once, and one decision is recorded."""
    assert len(scene.scp.puts) == 1
    ((winner, action, result),) = await deeds(scene)
    assert action in {"accept", "reject"}
    assert result == "done"
    return winner


async def forms(
    scene: Scene, crowd: Sequence[Actor], public: Message, label: str
) -> list[OpenView]:
    """The filled form of each."""
    return await asyncio.gather(*(form(scene, person, public, label) for person in crowd))


@pytest.mark.usefixtures("replicas")
async def test_of_two_hundred_who_accept_at_once_one_does(scene: Scene, crowd: list[Actor]) -> None:
    public = await shared(scene)
    views = await forms(scene, crowd, public, "Accept")
    await asyncio.gather(*(p.submit(v) for p, v in zip(crowd, views, strict=True)))
    said = await asyncio.gather(*(outcome(scene, view) for view in views))
    winner = await the_one(scene)
    assert [f"*Accepted* by <@{winner}>. Samsung Cloud confirms it." in t for t in said].count(
        True
    ) == 1
    assert all(f"<@{winner}>" in text for text in said)
    assert status(scene) == "accepted"
    await scene.slack.wait_for(lambda: f"*Accepted* by <@{winner}>" in shown(public))


@pytest.mark.usefixtures("quick", "replicas")
async def test_a_crowd_whom_slack_would_not_tell_of_at_once_is_known_before_it_clicks(
    scene: Scene, crowd: list[Actor]
) -> None:
    """Slack takes some hundred ``users.info`` a minute, and not six hundred in a second."""

    def known() -> bool:
        answered = sum(c.method == "users.info" and c.ok for c in scene.slack.calls)
        return answered >= 3 * CROWD

    await scene.slack.wait_for(known)
    scene.slack.limit_method("users.info", 100 / 60, burst=5)
    public = await shared(scene)
    clicking = crowd[:: CROWD // 50]  # more at once than Slack would tell of
    views = await forms(scene, clicking, public, "Accept")
    await asyncio.gather(*(p.submit(v) for p, v in zip(clicking, views, strict=True)))
    said = await asyncio.gather(*(outcome(scene, view) for view in views))
    winner = await the_one(scene)
    assert all(f"<@{winner}>" in text for text in said)


@pytest.mark.usefixtures("replicas")
async def test_of_those_who_accept_and_those_who_reject_one_wins(
    scene: Scene, crowd: list[Actor]
) -> None:
    public = await shared(scene)
    half = CROWD // 2
    accepting = await forms(scene, crowd[:half], public, "Accept")
    rejecting = await forms(scene, crowd[half:], public, "Reject")
    views = [view for pair in zip(accepting, rejecting, strict=True) for view in pair]
    for view in rejecting:
        await scene.slack.user(view.user_id).fill(view, "reason", "no")
    await asyncio.gather(*(scene.slack.user(view.user_id).submit(view) for view in views))
    said = await asyncio.gather(*(outcome(scene, view) for view in views))
    winner = await the_one(scene)
    assert ["Samsung Cloud confirms it." in text for text in said].count(True) == 1
    assert all(f"<@{winner}>" in text for text in said)
    wanted = "accepted" if int(winner[-3:]) < half else "rejected"
    assert status(scene) == wanted


@pytest.mark.usefixtures("replicas")
async def test_of_two_hundred_who_claim_at_once_one_has_it(
    scene: Scene, crowd: list[Actor]
) -> None:
    public = await shared(scene)
    snapshot = public.snapshot()
    await asyncio.gather(*(pressed(person, snapshot, "Claim") for person in crowd))

    def answered() -> list[Message]:
        told = [m for m in scene.slack.workspace.posts if m.ephemeral_to and "Nothing" in shown(m)]
        return told if len(told) == CROWD - 1 else []

    told = await scene.slack.wait_for(answered)
    ((winner, action, _),) = await deeds(scene)
    assert action == "claim"
    others = [text for m in told if f"*Claimed* by <@{winner}>" not in (text := shown(m))]
    assert others == []

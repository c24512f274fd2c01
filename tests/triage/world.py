"""Replicas that triage on one database, between an SCP and a Slack."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from bot.app import Edges, access_of, digests_of, open_edges, triage_of
from bot.images import PendingImage
from bot.metrics import Metrics
from bot.oncall.values import UNTOUCHED, Asked, AuditEntry, MemberStatus, Result, Triage
from bot.settings import Settings
from bot.sim.scp import ScpSim
from bot.sim.slack import Message, SlackSim
from bot.sim.slack.state import TEAM_ID
from bot.store import Deed, Store
from bot.tasks import RunningTasks
from tests.digests.clocks import Clock
from tests.listeners.scene import AT_ONCE, CHANNEL

ADA, BOB, CARL = "U0SIM0001", "U0SIM0002", "U0SIM0003"
"""Approvers are the first two."""


class Replica:
    """What triages, watches and posts in one process, looked for when the test says so."""

    def __init__(self, settings: Settings, edges: Edges, metrics: Metrics) -> None:
        self.tasks = RunningTasks()
        access = access_of(settings, edges.slack)
        access.team = TEAM_ID
        self.triage = triage_of(settings, edges, metrics, self.tasks.start, access)
        self.digests = digests_of(settings, edges, metrics, self.tasks.start, self.triage.observed)
        self.store = edges.store
        self.images = edges.images
        self.scp = edges.scp
        self.metrics = metrics

    async def decide(self, asked: Asked) -> Result:
        """Decide as somebody asks."""
        return await self.triage.deciding.decide(asked)

    async def watch(self) -> None:
        """Look at what is pending, if it is time."""
        await self.digests.watch.look()
        await self.look()

    async def look(self) -> None:
        """Let triage look, and wait until all is done that came of it."""
        await self.triage.look()
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while len(self.tasks):
            assert not await self.tasks.drain(20)


class World:
    """The far ends, the database, and the replicas that are started."""

    def __init__(
        self, scp: ScpSim, slack: SlackSim, clock: Clock, store: Store, settings: Settings
    ) -> None:
        self.scp = scp
        self.slack = slack
        self.clock = clock
        self.store = store
        self.settings = settings
        self.processes = AsyncExitStack()

    async def replica(self, **changes: object) -> Replica:
        """Start one more process, with settings of its own if need be."""
        settings = self.settings.model_copy(update=changes)
        metrics = Metrics()
        opening = open_edges(settings, metrics, now=self.clock.now, retries=AT_ONCE)
        edges = await self.processes.enter_async_context(opening)
        replica = Replica(settings, edges, metrics)
        self.processes.push_async_callback(replica.tasks.drain, 0.1)
        await replica.digests.prepare()
        return replica

    def image(self, number: int = 0) -> PendingImage:
        """One of the images that SCP shares with us, as the bot knows it."""
        return image_of(self.scp.images[number])

    async def triage(self, image: PendingImage | None = None) -> Triage:
        """What was done with an image, by default the first."""
        image_id = (image or self.image()).id
        return (await self.store.triage.of([image_id])).get(image_id, UNTOUCHED)

    def asked(self, status: MemberStatus = "accepted", by: str = ADA, **more: Any) -> Asked:
        """What somebody asks for, by default of the first image, as its first card offers it."""
        given: dict[str, Any] = {"image": self.image(), "round": 0, "channel": CHANNEL} | more
        return Asked(status=status, by=by, **given)

    async def claim(self, by: str = ADA, image: PendingImage | None = None) -> None:
        """Have somebody look after an image."""
        change = await self.store.triage.claim(Deed(image or self.image(), by, CHANNEL))
        assert change.done

    async def record(self, image: PendingImage | None = None) -> list[AuditEntry]:
        """What people did with an image, as recorded, the oldest first."""
        found = await self.store.audit.of((image or self.image()).id, 1000)
        seen = {"seen", "gone", "explained"}
        return [entry for entry in reversed(found) if entry.action not in seen]

    async def ended(self, image: PendingImage | None = None) -> list[tuple[str, str]]:
        """What was recorded of an image, as action and outcome."""
        return [(entry.action, entry.outcome) for entry in await self.record(image)]

    def status(self, image: PendingImage | None = None) -> str:
        """The membership as it is in SCP."""
        return self.scp.members.status((image or self.image()).id)

    def posts(self, channel: str = CHANNEL) -> list[Message]:
        """What everybody sees in a channel, oldest first."""
        return [m for m in self.slack.messages(channel) if m.thread_ts is None]

    def thread(self, number: int = 0, channel: str = CHANNEL) -> list[Message]:
        """The answers to one of the posts."""
        return self.slack.thread(channel, self.posts(channel)[number].ts)

    def calls(self, method: str) -> int:
        """How often a method of Slack was called, in vain or not."""
        return sum(call.method == method for call in self.slack.calls)


def image_of(shared: Mapping[str, Any]) -> PendingImage:
    """Return an image of SCP's wire as the bot knows it."""
    return PendingImage(id=shared["id"], name=shared["name"], owner=shared["owner"])

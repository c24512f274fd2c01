"""Where the demo plays: both simulators and the real bot between them, all on loopback."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bot.app import build
from bot.demo.clock import DemoClock, opening
from bot.demo.images import custom_images, demo_images, new_image, remember
from bot.lifecycle import Bot
from bot.schedule import OPEN_STATES, Delivery
from bot.settings import GivenSettings, Settings
from bot.sim.api_page import Image
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim
from bot.store import Store, Verification, open_store

CHANNEL = "C0CLOUDOPS"
CHANNEL_NAME = "cloud-ops"
WATCH_CHANNEL = "C0IMAGES"
WATCH_CHANNEL_NAME = "image-watch"
APPROVER = "U0ADA"
ONCALL = "S0ONCALL"
_WATCH_EVERY = timedelta(hours=1)
"""Seldom enough that the story knows what every request to Samsung Cloud is for."""
_NOT_OURS = ("SLACK_", "SSL_CERT_")
"""How variables begin that Bolt or httpx would read behind our settings' back."""
_PATIENCE_SECONDS = 15.0
"""Longer than anything takes that the story waits for."""
_LOOK_SECONDS = 0.02
_AT_WORK = ":hourglass_flowing_sand:"
"""How a window begins that the bot is about to fill."""

T = TypeVar("T")

Seen = Mapping[str, int]
"""How often each message and window was changed, by its id."""


class Stage:
    """The simulators, the people, the bot and its database. ``open_stage`` sets it."""

    def __init__(
        self, scp: ScpSim, slack: SlackSim, clock: DemoClock, bot: Bot, store: Store
    ) -> None:
        self.scp = scp
        self.slack = slack
        self.ada = slack.user(APPROVER, "ada")
        self.ben = slack.user("U0BEN", "ben")
        self.people = {actor.person.name: actor for actor in (self.ada, self.ben)}
        self._clock = clock
        self._bot = bot
        self._store = store
        everybody = [self.ada.id, self.ben.id]
        slack.channel(CHANNEL, CHANNEL_NAME, members=everybody)
        slack.channel(WATCH_CHANNEL, WATCH_CHANNEL_NAME, members=everybody)
        slack.user_group(ONCALL, "on-call", users=[self.ben.id])

    async def go_on(self) -> Delivery | None:
        """Set the clock to when the next digest is due; return its ended delivery.

        None where no digest is due ever.
        """
        due = (await self._store.agenda([])).next_due
        if due is None:
            return None
        self._clock.set(due)
        self._bot.wake()
        return await _soon(lambda: self._ended(due))

    async def night_falls(self) -> list[str]:
        """Let one image be accepted, one be withdrawn and one be new; return their names.

        The bot's watch has seen it at the end.
        """
        custom = custom_images(self.scp.images)
        accepted, withdrawn, new = custom[2], custom[4], new_image(self._clock.now())
        self.decide_in_console(accepted)
        self.scp.withdraw(str(withdrawn["id"]))
        await self.somebody_shares(new)
        await _soon(lambda: self._known_gone([str(accepted["id"]), str(withdrawn["id"])]))
        return [str(image["name"]) for image in (accepted, withdrawn, new)]

    async def somebody_shares(self, image: Image) -> Message:
        """Share an image; return its post to the watch channel, once the watch has seen it."""
        before = len(self.watch_posts())
        self.scp.share(image)
        self.pass_time(_WATCH_EVERY)
        posted = await self.slack.wait_for(lambda: self.watch_posts()[before:], _PATIENCE_SECONDS)
        return posted[0]

    def decide_in_console(self, image: Image) -> None:
        """Accept an image without the bot."""
        self.scp.members.decide(str(image["id"]), "accepted", self._clock.time())

    def now(self) -> datetime:
        """Return the moment by everybody's clock."""
        return self._clock.now()

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, and the bot notice."""
        self._clock.set(self._clock.now() + span)
        self._bot.wake()

    def watch_posts(self) -> list[Message]:
        """Return what was posted to the watch channel, the oldest first; no replies."""
        return [m for m in self.slack.messages(WATCH_CHANNEL) if not m.is_reply]

    def thread_of(self, message: Message) -> Message:
        """Return what a reply answers; another message is its own thread's beginning."""
        found = self.slack.workspace.find(message.channel_id, message.thread_ts or message.ts)
        return found or message

    def place_of(self, message: Message) -> str:
        """Return what a message's channel is called."""
        channel = self.slack.workspace.channels[message.channel_id]
        return "a direct message" if channel.is_im else f"#{channel.name}"

    async def verify_record(self) -> Verification:
        """Return whether the record of what was done is as it was written."""
        return await self._store.audit.verify()

    def seen(self, actor: Actor) -> Seen:
        """Return what a person has seen, to be asked for ``news`` later."""
        shown = self._shown(actor)
        return {_id(target): target.edits for target in shown}

    async def news(
        self,
        actor: Actor,
        seen: Seen,
        seconds: float = 5,
        *,
        acted_on: Message | OpenView | None = None,
    ) -> Message | OpenView:
        """Return the window or message that came or changed since; raise TimeoutError if none.

        What everybody sees is repainted at any time: that it has changed is news only to whoever
        has ``acted_on`` it.
        """

        def fresh() -> list[Message | OpenView]:
            changed = [t for t in self._shown(actor) if seen.get(_id(t)) != t.edits]
            news = [t for t in changed if _id(t) not in seen or t.owner or t is acted_on]
            return [] if any(map(_is_loading, news)) else news

        return (await self.slack.wait_for(fresh, seconds))[-1]

    def messages_of(self, actor: Actor) -> list[Message]:
        """Return the messages that a person sees, of all channels, in the order of posting."""
        workspace = self.slack.workspace
        others = {
            c.id for c in workspace.channels.values() if c.is_im and actor.id not in c.members
        }
        return [
            message
            for message in workspace.posts
            if message.owner in {None, actor.id}
            and message.channel_id not in others
            and not message.gone
        ]

    def _shown(self, actor: Actor) -> list[Message | OpenView]:
        """Return what a person has before them, the foremost last."""
        home = self.slack.home_of(actor.id)
        homes = [home] if home else []
        return [*self.messages_of(actor), *homes, *self.slack.views_of(actor.id)]

    async def _ended(self, due: datetime) -> Delivery | None:
        """Return the delivery that was due at a moment, once it has ended."""
        found = await self._store.deliveries.history(CHANNEL, limit=1)
        ended = [d for d in found if d.due == due and d.state not in OPEN_STATES]
        return ended[0] if ended else None

    async def _known_gone(self, image_ids: list[str]) -> bool:
        """Return whether the bot knows what became of images."""
        known = await self._store.sightings.of(image_ids)
        return all(image_id in known and known[image_id].how for image_id in image_ids)


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start everything, and stop it at the end."""
    clock = DemoClock()
    clock.set(opening(clock.now()))
    scp = ScpSim(images=demo_images(clock.now()), clock=clock.time)
    with _own_environment(), tempfile.TemporaryDirectory() as directory:
        address = f"sqlite:///{Path(directory) / 'demo.db'}"
        await remember(address, scp.images, clock.now(), _WATCH_EVERY, WATCH_CHANNEL)
        async with scp, SlackSim(clock=clock.time) as slack:
            settings = _settings(scp, slack, address)
            async with (
                build(settings, now=clock.now, scp_clock=clock.time) as bot,
                open_store(address, now=clock.now) as store,
            ):
                try:
                    await bot.start()
                    slack.events_url = f"http://127.0.0.1:{bot.port}/slack/events"
                    yield Stage(scp, slack, clock, bot, store)
                finally:
                    await bot.stop()


def _settings(scp: ScpSim, slack: SlackSim, database_url: str) -> Settings:
    return GivenSettings.model_validate(
        {
            "bot_mode": "http",
            "port": 0,
            "slack_bot_token": slack.bot_token,
            "slack_signing_secret": slack.signing_secret,
            "slack_api_url": slack.api_url,
            "scp_access_key": scp.access_key,
            "scp_secret_key": scp.secret_key,
            "scp_endpoint": scp.base_url,
            "scp_account_id": scp.account_id,
            "approvers": APPROVER,
            "watch_channel": WATCH_CHANNEL,
            "oncall": ONCALL,
            "database_url": database_url,
            "watch_seconds": _WATCH_EVERY.total_seconds(),
        }
    )


async def _soon(look: Callable[[], Awaitable[T | None]]) -> T:
    """Look until something is found, and return it; raise TimeoutError where it never is."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def _own_environment() -> Iterator[None]:
    """Hide what libraries would read from the environment: an installation's tokens, proxies."""
    hidden = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(_NOT_OURS) or name.upper().endswith("_PROXY")
    }
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def _id(target: Message | OpenView) -> str:
    return target.ts if isinstance(target, Message) else target.id


def _is_loading(target: Message | OpenView) -> bool:
    if isinstance(target, Message):
        return False
    text = target.blocks[0].get("text", {}).get("text", "")
    return str(text).startswith(_AT_WORK)

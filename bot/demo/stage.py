"""Where the demo plays: both simulators and the real bot between them, all on loopback."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from bot.app import build, digest_by_hand, open_images, open_slack, schedule_of, utc_now
from bot.blocks import ids
from bot.digests.delivery import DigestDelivery
from bot.metrics import Metrics
from bot.schedule import Schedule, next_occurrence
from bot.settings import GivenSettings, Settings
from bot.sim.api_page import Image
from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.slack import Actor, Message, OpenView, SlackSim

CHANNEL = "C0CLOUDOPS"
CHANNEL_NAME = "cloud-ops"
IMAGE_COUNT = 23
_SEED = 24
"""Of the sample images: with it 12 of the 23 are custom images, which is two pages."""
_HOSTILE_NAMES: Mapping[int, str] = {
    1: "*FREE GPUs* <https://evil.example|click here> @here",
    -1: "<!channel> <@U0ADA> `urgent` :rotating_light:",
}
"""Names for custom images, by their place among them from the newest."""
_NOT_OURS = ("SLACK_", "SSL_CERT_")
"""How variables begin that Bolt or httpx would read behind our settings' back."""

Seen = Mapping[str, int]
"""How often each message and window was changed, by its id."""


class Stage:
    """The simulators, the people and the digest. ``open_stage`` sets it."""

    def __init__(self, scp: ScpSim, slack: SlackSim, delivery: DigestDelivery) -> None:
        self.scp = scp
        self.slack = slack
        self.ada = slack.user("U0ADA", "ada")
        self.ben = slack.user("U0BEN", "ben")
        self.people = {actor.person.name: actor for actor in (self.ada, self.ben)}
        self._delivery = delivery
        slack.channel(CHANNEL, CHANNEL_NAME, members=[self.ada.id, self.ben.id])

    async def deliver_digest(self, schedule: Schedule) -> None:
        """Deliver the next digest now, by the code that delivers it every morning."""
        await self._delivery.deliver(schedule, next_occurrence(schedule, utc_now()))

    def seen(self, actor: Actor) -> Seen:
        """Return what a person has seen, to be asked for ``news`` later."""
        shown = self._shown(actor)
        return {_id(target): target.edits for target in shown}

    async def news(self, actor: Actor, seen: Seen, seconds: float = 5) -> Message | OpenView:
        """Return the window or message that came or changed since; raise TimeoutError if none."""
        fresh = await self.slack.wait_for(lambda: self._fresh(actor, seen), seconds)
        return fresh[-1]

    def _fresh(self, actor: Actor, seen: Seen) -> list[Message | OpenView]:
        fresh = [t for t in self._shown(actor) if seen.get(_id(t)) != t.edits]
        return [] if any(map(_is_loading, fresh)) else fresh

    def _shown(self, actor: Actor) -> list[Message | OpenView]:
        """Return what a person has before them, the foremost last."""
        posts = self.slack.workspace.posts
        messages = [m for m in posts if m.owner in {None, actor.id} and not m.gone]
        return [*messages, *self.slack.views_of(actor.id)]


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start everything, and stop it at the end."""
    images = demo_images(utc_now())
    with _own_environment():
        async with ScpSim(images=images) as scp, SlackSim() as slack:
            settings = _settings(scp, slack)
            async with (
                build(settings) as bot,
                open_slack(settings) as api,
                open_images(settings, Metrics()) as fetched,
            ):
                stage = Stage(scp, slack, digest_by_hand(settings, fetched.get, api.post))
                try:
                    await bot.start()
                    slack.events_url = f"http://127.0.0.1:{bot.port}/slack/events"
                    yield stage
                finally:
                    await bot.stop()


def demo_images(now: datetime) -> list[Image]:
    """Return the pending images of the demo, two of them with hostile names."""
    images = sample_images(IMAGE_COUNT, _SEED, now)
    custom = [image for image in images if image["scp_image_type"] == "custom"]
    custom.sort(key=lambda image: str(image["created_at"]), reverse=True)
    for place, name in _HOSTILE_NAMES.items():
        custom[place]["name"] = name
    return images


def digest_schedule(channel: str = CHANNEL) -> Schedule:
    """Return the default schedule, for the demo's channel."""
    return schedule_of(GivenSettings(digest_channels=(channel,)))


def _settings(scp: ScpSim, slack: SlackSim) -> Settings:
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
            "scp_account_id": "our-account",
        }
    )


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
    return isinstance(target, OpenView) and target.content.get("callback_id") == ids.LOADING

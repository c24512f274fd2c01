"""The demo's pending images, and what its bot remembers of them from the days before."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.demo.clock import DemoClock
from bot.images import PendingImage, PendingImages, parse_timestamp
from bot.sim.api_page import Image
from bot.sim.sample import sample_images
from bot.store import open_store

IMAGE_COUNT = 23
_SEED = 24
"""Of the sample images: with it 12 of the 23 are custom images, which is two pages."""
_HOSTILE_NAMES: Mapping[int, str] = {
    1: "*FREE GPUs* <https://evil.example|click here> @here",
    -1: "<!channel> <@U0ADA> `urgent` :rotating_light:",
}
"""Names for custom images, by their place among them from the newest."""
_DAYS_SEEN = (16, 13, 9, 8, 6, 5, 3, 2)
"""How many days ago the bot first saw the images, in turn; it has watched since the first."""

_WATCHER = "the process before"


def demo_images(now: datetime) -> list[Image]:
    """Return the pending images of the demo, two of them with hostile names."""
    images = sample_images(IMAGE_COUNT, _SEED, now)
    custom = custom_images(images)
    for place, name in _HOSTILE_NAMES.items():
        custom[place]["name"] = name
    return images


def custom_images(images: Sequence[Image]) -> list[Image]:
    """Return the custom images, the newest first."""
    custom = [image for image in images if image["scp_image_type"] == "custom"]
    return sorted(custom, key=lambda image: str(image["created_at"]), reverse=True)


def new_image(now: datetime) -> Image:
    """Return a custom image that is made right now."""
    samples = custom_images(sample_images(IMAGE_COUNT, _SEED + 1, now))
    image = next(sample for sample in samples if sample["status"] == "active")
    kind, _, _ = str(image["name"]).rpartition(" ")
    made = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**image, "name": f"{kind} {now:%Y%m%d}", "created_at": made, "updated_at": made}


async def remember(
    address: str, images: Sequence[Image], now: datetime, watch_again_in: timedelta
) -> None:
    """Write into a database what a bot has seen that watched for some time, and just now."""
    moments = [now - timedelta(days=days, hours=2) for days in _DAYS_SEEN]
    clock = DemoClock(behind=now - moments[0] + timedelta(hours=1))
    turns = [_turn(image, n % len(moments), moments) for n, image in enumerate(images)]
    async with open_store(address, now=clock.now) as store:
        await store.migrate()
        for turn, moment in enumerate(moments):
            clock.set(moment)
            seen = [image for image, first in zip(images, turns, strict=True) if first <= turn]
            await store.sightings.observe(_answer(seen, moment), timedelta(0))
        clock.set(now)
        await store.sightings.claim_watch(_WATCHER, watch_again_in)
        await store.sightings.end_watch(_WATCHER, watch_again_in)


def _turn(image: Image, wanted: int, moments: Sequence[datetime]) -> int:
    """Return at which of the moments it is seen first: not before it was made."""
    made = parse_timestamp(str(image["created_at"])) or moments[0]
    fitting = (turn for turn in range(wanted, len(moments)) if moments[turn] >= made)
    return next(fitting, len(moments))


def _answer(images: Sequence[Image], moment: datetime) -> PendingImages:
    known = [PendingImage(id=str(image["id"]), name=str(image["name"])) for image in images]
    return PendingImages(images=known, unreadable=(), fetched_at=moment, api_version="1.3")

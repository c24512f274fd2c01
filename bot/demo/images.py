"""The demo's pending images, and what its bot remembers of them from the days before."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.demo.clock import DemoClock
from bot.images import PendingImage, PendingImages, parse_timestamp
from bot.sim.api_page import Image
from bot.sim.sample import sample_images
from bot.store import Store, open_store

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
_CYRILLIC_IE = "\u0435"
"""Looks like a Latin e."""

_WATCHER = "the process before"
_LEASE = timedelta(minutes=1)


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


def look_alike(image: Image, now: datetime) -> Image:
    """Return an image of an account that nobody knows, whose name looks like another's."""
    made = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        **another(image),
        "name": str(image["name"]).replace("e", _CYRILLIC_IE, 1),
        "owner": "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
        "owner_account_name": "ml-research-2",
        "owner_user_name": "j.park@example.org",
        "created_at": made,
        "updated_at": made,
    }


def another(image: Image) -> Image:
    """Return an image of the same kind, with an id and a content of its own."""
    image_id = str(uuid.uuid4())
    seed = image_id.encode()
    return {
        **image,
        "id": image_id,
        "file": f"/v2/images/{image_id}/file",
        "checksum": hashlib.md5(seed, usedforsecurity=False).hexdigest(),
        "os_hash_value": hashlib.sha512(seed).hexdigest(),
    }


async def remember(
    address: str,
    images: Sequence[Image],
    now: datetime,
    watch_again_in: timedelta,
    watch_channel: str,
) -> None:
    """Write into a database what a bot has seen that watched for some time, and just now.

    What waits now is not posted to the watch channel, nor is anybody called for it: there was no
    such channel then.
    """
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
        await _leave_unposted(store, watch_channel)
        await store.sightings.claim_watch(_WATCHER, watch_again_in)
        await store.sightings.end_watch(_WATCHER, watch_again_in)


async def _leave_unposted(store: Store, channel: str) -> None:
    first_seen = await store.sightings.first_seen()
    await store.outbox.plan_cards(channel, list(first_seen.items()))
    while outgoing := await store.outbox.claim(_WATCHER, _LEASE):
        await store.outbox.finish(outgoing, ts=None, outcome="Older than the channel.", again=False)


def _turn(image: Image, wanted: int, moments: Sequence[datetime]) -> int:
    """Return at which of the moments it is seen first: not before it was made."""
    made = parse_timestamp(str(image["created_at"])) or moments[0]
    fitting = (turn for turn in range(wanted, len(moments)) if moments[turn] >= made)
    return next(fitting, len(moments))


def _answer(images: Sequence[Image], moment: datetime) -> PendingImages:
    known = [msgspec.convert(image, PendingImage) for image in images]
    return PendingImages(images=known, unreadable=(), fetched_at=moment, api_version="1.3")

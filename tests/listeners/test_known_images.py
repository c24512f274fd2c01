"""What an image has to do with is told of what was seen, and of what SCP lists since."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks.cards.card import details_value
from bot.images import PendingImage, PendingImages
from bot.listeners.listings.known_images import KnownImages
from bot.oncall.provenance import provenance
from bot.store import Store, open_store

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
NEW = PendingImage(id="new", name="web", owner="acc-1")
OTHERS = PendingImage(id="others", name="WEB", owner="acc-2")
OWN = PendingImage(id="own", name="db", owner="acc-1")
ODD = PendingImage(id="odd<\x00>", name="odd")


class Listed:
    """SCP's list as it was last."""

    def __init__(self, *images: PendingImage) -> None:
        self._answer = PendingImages(images, [], MONDAY, "1.3")

    async def get(self, *_: object, **__: object) -> PendingImages:
        return self._answer

    def kept(self) -> PendingImages | None:
        return self._answer

    def recent(self, _: float) -> PendingImages | None:
        return self._answer


async def seen(store: Store, *images: PendingImage) -> None:
    await store.migrate()
    await store.sightings.observe(PendingImages(images, [], MONDAY, "1.3"), timedelta())


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_listed_and_not_seen_yet_counts_once(database_url: str, told: bool) -> None:
    """Whether or not this process has heard of what another one has seen."""
    async with open_store(database_url, now=lambda: MONDAY) as store:
        await seen(store, OWN)
        first_seen = await store.sightings.first_seen() if told else {}
        known = KnownImages(Listed(NEW, OTHERS, OWN), store)
        kin = await known.kin([NEW, OTHERS], first_seen)
        found = provenance(NEW, kin[NEW.id])
        assert (found.shared, found.waiting) == (1, 1)
        assert [image.id for image in found.lookalikes] == ["others"]
        assert provenance(OTHERS, kin[OTHERS.id]).first_ever


async def test_an_image_with_an_odd_id_is_found_when_it_is_not_listed(database_url: str) -> None:
    async with open_store(database_url, now=lambda: MONDAY) as store:
        await seen(store, ODD, OWN)
        known = KnownImages(Listed(), store)
        for image in (ODD, OWN):
            found = await known.find(details_value(image.id))
            assert found is not None
            assert (found.image, found.pending) == (image, False)
        assert await known.find(details_value("odd<\x00\x00>")) is None

from datetime import datetime, timedelta

import pytest

from bot.sim.hostile import HOSTILE_TEXTS
from bot.sim.sample import SAMPLE_NOW, api_page_image, hostile_images, sample_images
from tests.sim.wire import validate, validate_fields


@pytest.mark.parametrize("images", [sample_images(300), hostile_images(), [api_page_image()]])
def test_every_image_conforms_to_the_official_schema(images: list[dict[str, object]]) -> None:
    validate({"images": images}, "ImageListResponse")
    for image in images:
        validate_fields(image, "1.3")


def test_samples_are_the_same_for_the_same_seed_and_differ_for_another() -> None:
    assert sample_images(50) == sample_images(50)
    assert sample_images(50) != sample_images(50, seed=2)
    assert sample_images(50)[:10] == sample_images(10)
    assert sample_images(0) == []


def test_samples_have_ids_of_their_own() -> None:
    assert len({image["id"] for image in sample_images(2000)}) == 2000
    assert len({image["id"] for image in hostile_images()}) == len(hostile_images())


def test_samples_are_varied() -> None:
    images = sample_images(300)
    assert {image["scp_image_type"] for image in images} == {
        "standard",
        "custom",
        "gpu_standard",
        "gpu_custom",
        "k8s",
        "k8s_gpu",
    }
    assert {image["status"] for image in images} == {"active", "queued", "importing", "deactivated"}
    assert len({image["owner"] for image in images}) == 5
    assert None in {image["owner_account_name"] for image in images}
    assert any(not str(image["name"]).isascii() for image in images)
    assert {"[]", None} < {image["volumes"] for image in images}


def test_queued_samples_have_no_content_yet() -> None:
    queued = [image for image in sample_images(300) if image["status"] == "queued"]
    assert queued
    assert all(image["size"] is None and image["checksum"] is None for image in queued)


def test_gpu_driver_and_kubernetes_version_are_only_where_they_belong() -> None:
    for image in sample_images(300):
        kinds = f"{image['scp_image_type']} {image['scp_original_image_type']}"
        assert (image["scp_gpu_driver"] is not None) == ("gpu" in kinds)
        assert (image["scp_k8s_version"] is not None) == ("k8s" in kinds)


def test_sample_times_lie_before_now_and_follow_it() -> None:
    later = SAMPLE_NOW + timedelta(days=10)
    for image, moved in zip(sample_images(100), sample_images(100, now=later), strict=True):
        created = datetime.fromisoformat(str(image["created_at"]))
        updated = datetime.fromisoformat(str(image["updated_at"]))
        assert created <= updated <= SAMPLE_NOW
        moved_created = datetime.fromisoformat(str(moved["created_at"]))
        assert moved_created - created == timedelta(days=10)


def test_hostile_texts_stand_in_names_and_owners() -> None:
    for text in HOSTILE_TEXTS:
        assert any(
            image["name"] == text == image["owner_account_name"] for image in hostile_images()
        )


def test_callers_may_change_what_they_get() -> None:
    api_page_image()["name"] = "changed"
    hostile_images()[0]["name"] = "changed"
    assert api_page_image()["name"] == "imagename"
    assert hostile_images()[0]["name"] == HOSTILE_TEXTS[0]

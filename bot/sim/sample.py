"""Pending images to play with: everyday ones, hostile ones, and the given API page's own.

All are dictionaries as on the wire and conform to the official OpenAPI extract.
"""

import hashlib
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.sim.api_page import Image, api_page_image, volumes
from bot.sim.hostile import hostile_images

__all__ = ["SAMPLE_NOW", "api_page_image", "hostile_images", "sample_images"]

SAMPLE_NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
_GIB = 2**30
_OWNERS: Sequence[tuple[str, str | None, str | None]] = (
    ("a8f10467abfc4b87b64614ab36eb9ae4", "PartnerAccount", "partner@example.com"),
    (
        "3f1c9e0d5b7a4c2e8d6f0a1b2c3d4e5f",
        "물류플랫폼팀",
        "minji.kim@example.com",
    ),
    ("b2d4f6a8c0e24466888aaccee0f1a3c5", "ml-research", "j.park@example.com"),
    ("77aa55cc33ee11dd99bb88ff66dd44aa", "Retail Shared Services", None),
    ("0d9c8b7a6f5e4d3c2b1a09f8e7d6c5b4", None, None),
)
"""Id, account name, user name."""
_OS_VERSIONS: Mapping[str, Sequence[str]] = {
    "ubuntu": ("20.04", "22.04", "24.04"),
    "rocky": ("8.10", "9.4"),
    "rhel": ("8.8", "9.2"),
    "alma": ("8.8", "9.4"),
    "oracle": ("8.9",),
    "centos": ("7.9",),
    "windows": ("2019", "2022"),
}
_TYPES: Sequence[tuple[str, str]] = (
    *[("custom", "standard")] * 6,
    *[("gpu_custom", "gpu_standard")] * 2,
    ("k8s", "k8s"),
    ("k8s", "k8s_gpu"),
    ("k8s_gpu", "k8s_gpu"),
    ("standard", "standard"),
    ("gpu_standard", "gpu_standard"),
)
"""Image type and original image type, as often as they occur."""
_STATUSES = (*["active"] * 20, "queued", "queued", "importing", "deactivated")
_PURPOSES = (
    "web-base",
    "postgres",
    "golden",
    "jenkins-agent",
    "cuda-train",
    "ad-joined",
    "결제 서버",
    "공통 이미지",
)
_GPU_DRIVERS = ("535.183.06", "550.90.07", "570.124.06")
_K8S_VERSIONS = ("v1.28.7", "v1.29.8", "v1.30.4")


def sample_images(count: int, seed: int = 1, now: datetime = SAMPLE_NOW) -> list[Image]:
    """Return varied everyday images, the same for the same arguments; ``now`` is aware."""
    rng = random.Random(seed)  # noqa: S311  made-up values, no secrets
    return [_sample(rng, now) for _ in range(count)]


def _sample(rng: random.Random, now: datetime) -> Image:
    image_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    owner, account_name, user_name = rng.choice(_OWNERS)
    distro = rng.choice(list(_OS_VERSIONS))
    os_version = rng.choice(_OS_VERSIONS[distro])
    created = now - timedelta(seconds=rng.randrange(60, 400 * 86_400))
    updated = created + (now - created) * rng.random() * rng.randrange(2)
    build = created.strftime("%Y%m%d")
    return {
        "container_format": "bare",
        "created_at": _stamp(created),
        "disk_format": "qcow2",
        "file": f"/v2/images/{image_id}/file",
        "id": image_id,
        "min_disk": rng.choice((0, 20, 50, 100)),
        "min_ram": rng.choice((0, 0, 2, 4)),
        "name": f"{distro}-{os_version} {rng.choice(_PURPOSES)} {build}",
        "os_distro": distro,
        "os_hidden": False,
        "owner": owner,
        "owner_account_name": account_name,
        "owner_user_name": user_name,
        "protected": rng.choice((True, *[False] * 9)),
        "root_device_name": "/dev/vda",
        "scp_os_build_version": build,
        "scp_os_version": os_version,
        "updated_at": _stamp(updated),
        "visibility": "shared",
        **_typed(rng),
        **_content(rng, image_id),
    }


def _typed(rng: random.Random) -> Image:
    image_type, original = rng.choice(_TYPES)
    kinds = f"{image_type} {original}"
    return {
        "scp_gpu_driver": rng.choice(_GPU_DRIVERS) if "gpu" in kinds else None,
        "scp_image_type": image_type,
        "scp_k8s_version": rng.choice(_K8S_VERSIONS) if "k8s" in kinds else None,
        "scp_original_image_type": original,
    }


def _content(rng: random.Random, image_id: str) -> Image:
    status = rng.choice(_STATUSES)
    if status in {"queued", "importing"}:
        names = ("checksum", "os_hash_algo", "os_hash_value", "size", "virtual_size", "url")
        return {"status": status, **dict.fromkeys(names), "volumes": None}
    seed = image_id.encode()
    disk = rng.choice((16, 32, 100, 512))
    url = f"https://object-store.kr-west1.e.samsungsdscloud.com/images/{image_id}.qcow2"
    return {
        "checksum": hashlib.md5(seed, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(seed).hexdigest(),
        "size": rng.randrange(300 * 2**20, disk * _GIB),
        "status": status,
        "url": rng.choice((url, None, None)),
        "virtual_size": disk * _GIB,
        "volumes": rng.choice((volumes(image_id, disk), "[]", None)),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

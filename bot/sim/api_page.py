"""The given API page's example of a pending image (``scp/list-pending-images-1.0.txt``)."""

import json
from typing import TypeAlias

Image: TypeAlias = dict[str, object]
"""A pending image as on the wire."""

NULLABLE = (
    "checksum",
    "os_distro",
    "os_hash_algo",
    "os_hash_value",
    "owner_account_name",
    "owner_user_name",
    "root_device_name",
    "scp_gpu_driver",
    "scp_image_type",
    "scp_k8s_version",
    "scp_original_image_type",
    "scp_os_build_version",
    "scp_os_version",
    "size",
    "url",
    "virtual_size",
    "volumes",
)
"""The fields that may be null (``image_fields.json``)."""


def api_page_image() -> Image:
    """Return the example of the given API page, ``scp/list-pending-images-1.0.txt``."""
    return {
        "checksum": "7538e0fcb56e0e272cfd89eb384d6613",
        "container_format": "bare",
        "created_at": "2025-07-22T09:00:00Z",
        "disk_format": "qcow2",
        "file": "/v2/images/e08a37c1-2162-416e-b7fa-19902419170b/file",
        "id": "70a599e0-31e7-49b7-b260-868f441e862b",
        "min_disk": 100,
        "min_ram": 0,
        "name": "imagename",
        "os_distro": "alma",
        "os_hash_algo": "sha512",
        "os_hash_value": "c6a32fc3b7c909b8900b46f5e6066c028a1d799c0a263cf064a600c430a71462"
        "7c21f98ac248e2f2bf29870a1a2773c7908244745016878e1a5f31dc2c405b99",
        "os_hidden": False,
        "owner": "a8f10467abfc4b87b64614ab36eb9ae4",
        "owner_account_name": "AccountName",
        "owner_user_name": "user@samsung.com",
        "protected": False,
        "root_device_name": "/dev/vda",
        "scp_image_type": "custom",
        "scp_k8s_version": "v1.28.7",
        "scp_original_image_type": "standard",
        "scp_os_build_version": "20250101",
        "scp_os_version": "8.8",
        "size": 2429747200,
        "status": "active",
        "updated_at": "2025-07-26T12:00:00Z",
        "url": "https://object-store.kr-west1.s.samsungsdscloud.com"
        "/8989447062e04a818baf9e073fd04fa7/bucket/object.qcow2",
        "virtual_size": 17179869184,
        "visibility": "private",
        "volumes": volumes("abde9e38-2ed5-4ecd-b23c-b0120e30690e", 104),
    }


def volumes(snapshot_id: str, size: int) -> str:
    """Return a block device mapping of one disk, ``size`` in GB: JSON in a string."""
    mapping = {
        "tag": None,
        "volume_id": None,
        "encryption_options": None,
        "encryption_secret_uuid": None,
        "encryption_format": None,
        "device_name": "/dev/vda",
        "disk_bus": "virtio",
        "volume_type": None,
        "encrypted": None,
        "image_id": None,
        "device_type": "disk",
        "source_type": "snapshot",
        "delete_on_termination": False,
        "volume_size": size,
        "guest_format": None,
        "boot_index": 0,
        "destination_type": "volume",
        "snapshot_id": snapshot_id,
        "no_device": None,
    }
    return json.dumps([mapping])

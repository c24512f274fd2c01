"""Pending images as values.

A *pending image* is a virtual-server image that another account has shared with ours and that
ours has neither accepted nor rejected (shared fact sheet ``scp/facts.md``).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""As the OpenAPI document has it; beyond it a number is an attack, and no float can hold it."""


API_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
"""The versions whose answers we have read the documents of, oldest first."""


POSSIBLE_CAPS = frozenset({20, 25, 100, 1000})
"""Glance's default and greatest page and other round ones: a list of just that length may have
been cut without a word (``scp/facts.md``, "Request")."""


FirstSeen: TypeAlias = Mapping[str, datetime]
"""When the bot first saw each image that waits, by the image's id. SCP does not say when an image
was shared, so this is what waiting is counted from."""

NONE_SEEN: FirstSeen = MappingProxyType({})
"""Where the bot has seen nothing yet."""


class PendingImage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One pending image: the 31 fields of API versions 1.0 to 1.3 (``image_fields.json``).

    Only the id is needed to show an image, so only the id is required: the server may leave out
    or null any other field, add new ones, and use words that no document knows.
    """

    id: str
    name: str | None = None
    status: str | None = None
    scp_image_type: str | None = None
    scp_original_image_type: str | None = None
    os_distro: str | None = None
    scp_os_version: str | None = None
    scp_os_build_version: str | None = None
    scp_k8s_version: str | None = None
    scp_gpu_driver: str | None = None
    size: Int64 | None = None
    """Bytes; null while the image is queued."""
    virtual_size: Int64 | None = None
    """Bytes."""
    min_disk: Int64 | None = None
    """GB."""
    min_ram: Int64 | None = None
    """GB by one document, MB by another: show the number with the field's name."""
    owner: str | None = None
    """Id of the account that owns the image."""
    owner_account_name: str | None = None
    owner_user_name: str | None = None
    created_at: str | None = None
    """When the image was made. When it was shared, the API does not say."""
    updated_at: str | None = None
    """When the image last changed."""
    checksum: str | None = None
    os_hash_algo: str | None = None
    os_hash_value: str | None = None
    os_hidden: bool | None = None
    protected: bool | None = None
    visibility: str | None = None
    container_format: str | None = None
    disk_format: str | None = None
    root_device_name: str | None = None
    file: str | None = None
    url: str | None = None
    """May point into the owner's object store: for details only, never unfurled."""
    volumes: str | None = None
    """A JSON array in a string: see ``parse_volumes``."""


class UnreadableImage(msgspec.Struct, frozen=True):
    """An entry of the list that is no image we can read."""

    id: str | None
    """Its id, where at least that could be read."""
    reason: str


class ImageMember(msgspec.Struct, frozen=True, kw_only=True):
    """An account's membership in an image that is shared with it.

    Only the status tells anything new, so only the status is required.
    """

    image_id: str | None = None
    member_id: str | None = None
    """Id of the account."""
    status: str
    """``pending``, ``accepted``, ``rejected``, or a word that no document knows."""
    created_at: str | None = None
    updated_at: str | None = None
    request_id: str | None = None
    """SCP's id of the request that was answered so, where its headers tell one."""


class PendingImages(msgspec.Struct, frozen=True):
    """One answer of SCP, decoded."""

    images: Sequence[PendingImage]
    unreadable: Sequence[UnreadableImage]
    fetched_at: datetime
    """When SCP answered, in UTC by our clock."""
    api_version: str
    """The version asked for, such as ``1.3``."""

    @property
    def total(self) -> int:
        """How many images SCP listed, readable or not."""
        return len(self.images) + len(self.unreadable)

    @property
    def possibly_cut(self) -> bool:
        """Whether SCP may have more of what was asked for than it listed."""
        return self.total in POSSIBLE_CAPS


def parse_timestamp(text: str | None) -> datetime | None:
    """Return the moment in UTC, or None where the text is no timestamp.

    SCP's timestamps are untyped strings: ``Z``, an offset, fractions and naive forms (taken as
    UTC, as Samsung's SDK does) all occur (``scp/facts.md``). RFC 3339 allows a lower-case ``z``.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        tidy = text.strip().upper()  # nearly all can be read without
        return parse_timestamp(tidy) if tidy != text else None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        return None


def parse_volumes(text: str | None) -> list[Mapping[str, Any]] | None:
    """Return the block device mapping, or None where the text holds none that can be read."""
    if text is None:
        return None
    try:
        volumes = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if not isinstance(volumes, list) or not all(isinstance(v, dict) for v in volumes):
        return None
    return volumes

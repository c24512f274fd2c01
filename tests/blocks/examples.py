"""Images, queries and listings for the tests of ``bot.blocks``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from hypothesis import strategies as st

from bot.blocks.limits import PAGE_SIZE
from bot.blocks.listings.listing import Listing
from bot.blocks.origin import Origin
from bot.images import NONE_SEEN, FirstSeen, PendingImage, UnreadableImage
from bot.pick import facets, paginate, pick
from bot.query import BOUNDED, KEYED, SORTS, Bound, Query, Terms, Word, format_query
from tests.blocks.limits import MARK, units

NOW = datetime(2026, 11, 23, 9, 0, 8, tzinfo=UTC)
FETCHED = NOW - timedelta(seconds=8)
ORIGIN = Origin(account="a8f10467abfc4b87b64614ab36eb9ae4", region="kr-west1", environment="e")
SHARER = "U012ABCDEF"

_HOSTILE = (
    "<!here>",
    "<@U012ABCDEF>",
    "@everyone #general",
    "<https://evil.example|ok>",
    "https://evil.example/x",
    "*bold* `code` ~x~ :tada:",
    "&&&<<<>>>",
    "\u202eevil\u2066\u200b\u2028\ud800\x00\n\t",
    "한국어 이미지 😀",
    "\U0001f600" * 40,
    '"quoted", \\ and :colon',
    "",
)
CLOUD = st.builds(
    lambda pieces, times: ("".join(MARK + piece for piece in pieces) * times)[:5000],
    st.lists(st.sampled_from(_HOSTILE) | st.text(max_size=12), min_size=1, max_size=3),
    st.sampled_from((1, 1, 1, 30, 5000)),
)
_MAYBE = st.none() | st.just("") | CLOUD
_MOMENTS = st.sampled_from(
    (
        None,
        "",
        "2025-07-22T09:00:00Z",
        "2026-11-23T08:59:00.123456+09:00",
        "2031-01-01 00:00",
        "0001-01-01T00:00:00Z",
        MARK + "soon",
    )
)
_FULL_VOLUME = (
    '[{"device_name":"/dev/vda","volume_size":104,"disk_bus":"virtio","encrypted":false,'
    '"boot_index":0,"snapshot_id":"abde9e38","tag":null,"x_\u2620":{"y":["\\u202e",1e300]}}]'
)
_VOLUMES = st.sampled_from(
    (
        None,
        "",
        "[]",
        "{}",
        MARK + "[" * 3000,
        _FULL_VOLUME,
        '[{"a\u2620":"' + "z" * 900 + '"}' + ',{"\u2620b":true},{}' * 30 + "]",
        "[{" + ",".join(f'"key{n}":"{"v" * 99}"' for n in range(40)) + "}]",
    )
)
_NUMBERS = st.none() | st.integers(-10, 10**13) | st.just(10**60)
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "size": _NUMBERS,
    "virtual_size": _NUMBERS,
    "min_disk": _NUMBERS,
    "min_ram": _NUMBERS,
    "os_hidden": st.none() | st.booleans(),
    "protected": st.none() | st.booleans(),
    "created_at": _MOMENTS,
    "updated_at": _MOMENTS,
    "volumes": _VOLUMES,
    "id": st.uuids().map(str) | CLOUD,
}
IMAGES = st.builds(
    PendingImage, **{f: _FIELDS.get(f, _MAYBE) for f in PendingImage.__struct_fields__}
)
_VALUES = st.sampled_from(("custom", "none", "Acme Corp", "x" * 160)) | st.builds(
    lambda text: MARK + text, st.text(max_size=9)
)
_TERMS = st.builds(
    Terms,
    st.sampled_from(KEYED),
    st.lists(_VALUES, min_size=1, max_size=3).map(tuple),
    st.booleans(),
)
_BOUNDS = st.builds(
    lambda field, op: Bound(field, op, "1.5", "GB" if field == "size" else "d"),
    st.sampled_from(BOUNDED),
    st.sampled_from("<>"),
)
SEEN_AT = st.none() | st.datetimes(timezones=st.just(UTC))
"""When the bot first saw an image, perhaps in what a crooked clock calls the future; or not."""
EVER = datetime.min.replace(tzinfo=UTC)
"""The widest of waiting times."""
_WORDS = st.builds(Word, st.text(min_size=1, max_size=30).map(lambda t: MARK + t), st.booleans())
QUERIES = (
    st.builds(
        Query,
        st.lists(_WORDS, max_size=2).map(tuple),
        st.lists(_TERMS, max_size=4).map(tuple),
        st.lists(_BOUNDS, max_size=3).map(tuple),
        st.none() | st.sampled_from([*SORTS, *(f"-{sort}" for sort in SORTS)]),
    )
    | st.just(Query())
    | st.just(Query((Word("&" * 400),)))
    | st.just(Query((Word("\U0001f600" * 200),)))
).filter(lambda query: units(format_query(query)) <= 400)
UNREADABLE = st.lists(st.builds(UnreadableImage, st.none() | CLOUD, CLOUD), max_size=8)


def listing_of(
    images: Sequence[PendingImage],
    query: Query = Query(),
    page: int = 1,
    *,
    unreadable: Sequence[UnreadableImage] = (),
    total_known: bool = True,
    origin: Origin = ORIGIN,
    first_seen: FirstSeen = NONE_SEEN,
    **parts: Any,
) -> Listing:
    """Return what the listener would show of the images."""
    picked = pick(images, query, NOW, first_seen)
    return Listing(
        query=query,
        page=paginate(picked, page, PAGE_SIZE),
        matched=len(picked),
        total=len(images) + len(unreadable) if total_known else None,
        facets={field: facets(images, field) for field in KEYED},
        unreadable=unreadable,
        origin=origin,
        api_version="1.3",
        fetched_at=FETCHED,
        first_seen=first_seen,
        **parts,
    )


_SAME: dict[str, Any] = {
    "scp_original_image_type": "standard",
    "checksum": "760c42f61460bc679c578bb16a412c19",
    "os_hash_algo": "sha512",
    "os_hash_value": "ba793c5bea8b6fc4b776c06e8d23e861354cea26f2c5f5898eafb6785f094c44" * 2,
    "os_hidden": False,
    "protected": False,
    "visibility": "shared",
    "container_format": "bare",
    "disk_format": "qcow2",
    "min_disk": 100,
    "min_ram": 0,
    "virtual_size": 107_374_182_400,
    "root_device_name": "/dev/vda",
    "url": "https://object-store.example/bucket/image.qcow2",
    "volumes": '[{"device_name":"/dev/vda","disk_bus":"virtio","device_type":"disk",'
    '"source_type":"snapshot","volume_size":104,"boot_index":0,"destination_type":"volume",'
    '"snapshot_id":"abde9e38-2ed5-4ecd-b23c-b0120e30690e","encrypted":null,"tag":null}]',
}
_TYPES = ("custom", "custom", "gpu_custom", "k8s")
_SYSTEMS = (("ubuntu", "22.04"), ("rocky", "8.8"), ("windows", "2022"))
_ACCOUNTS = ("PartnerAccount", "Research", None, "Platform Team", "Research")


def image(number: int, **fields: Any) -> PendingImage:
    """Return an ordinary image, the same for each number."""
    distro, version = _SYSTEMS[number % 3]
    created = datetime(2025, 7, 22, 9, tzinfo=UTC) + timedelta(hours=37 * number)
    updated = created + timedelta(days=number % 9)
    own = {
        "id": f"{number:08x}-2c7b-4dea-b3b0-3394f80b0550",
        "file": f"/v2/images/{number:08x}-2c7b-4dea-b3b0-3394f80b0550/file",
        "name": f"web-server-{number:03}",
        "status": "queued" if number % 7 == 6 else "active",
        "scp_image_type": _TYPES[number % 4],
        "os_distro": distro,
        "scp_os_version": version,
        "scp_gpu_driver": "535.183.06" if number % 4 == 2 else None,
        "scp_k8s_version": "v1.28.7" if number % 4 == 3 else None,
        "size": None if number % 7 == 6 else 2_400_000_000 + 137_000_000 * number,
        "owner": md5(b"%d" % (number % 5), usedforsecurity=False).hexdigest(),
        "owner_account_name": _ACCOUNTS[number % 5],
        "owner_user_name": f"user{number % 5}@example.com",
        "created_at": created.isoformat().replace("+00:00", "Z"),
        "updated_at": updated.isoformat().replace("+00:00", "Z"),
    }
    return PendingImage(**{**_SAME, **own, **fields})

"""``python -m bot preview``: what the bot sends, as JSON and as a link to Slack's builder."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from bot.blocks.cards.card import CardLook, details_value
from bot.blocks.cards.details import DetailsOnCall, details_view
from bot.blocks.cards.metadata import CardMetadata
from bot.blocks.digests.digest import LONGEST_WAITING, DigestContent, digest_message
from bot.blocks.failures import failure_message
from bot.blocks.help import help_message
from bot.blocks.home import HomeContent, Queue, home_view
from bot.blocks.ids import FILTERED
from bot.blocks.limits import PAGE_SIZE
from bot.blocks.listings.listing import Listing, listing_message
from bot.blocks.message import Message, View
from bot.blocks.origin import Origin
from bot.blocks.state import ListingState
from bot.blocks.triage.deciding import decide_view
from bot.blocks.triage.stakes import Stakes
from bot.changes import Changes
from bot.errors import ScpError
from bot.images import FirstSeen, PendingImage, PendingImages, UnreadableImage
from bot.oncall.provenance import Earlier, kin_of, provenance
from bot.oncall.values import UNTOUCHED, Claim, Note, Triage, Triages
from bot.pick import facets, paginate, pick
from bot.query import parse_query
from bot.schedule import Schedule, Timetable
from bot.scp.responses import Reply, body_of
from bot.sightings import Sighting

BUILDER = "https://app.slack.com/block-kit-builder/#"

NOW = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)
"""One moment for all, so that the same release previews the same."""

ORIGIN = Origin(account="8989447062e04a818baf9e073fd04fa7", region="kr-west1", environment="e")

_VOLUMES = (
    '[{"boot_index":0,"volume_size":100,"volume_type":"SSD","device_name":"/dev/vda",'
    '"disk_bus":"virtio","source_type":"snapshot","destination_type":"volume"}]'
)

UBUNTU = PendingImage(
    id="5b2f0c1e-7a34-4a59-9d0e-2c6b8f1d4e70",
    name="ubuntu-24.04 web-base 20261020",
    status="active",
    scp_image_type="custom",
    scp_original_image_type="standard",
    os_distro="ubuntu",
    scp_os_version="24.04",
    scp_os_build_version="20261020",
    size=2_415_919_104,
    virtual_size=107_374_182_400,
    min_disk=100,
    min_ram=0,
    owner="a8f10467abfc4b87b64614ab36eb9ae4",
    owner_account_name="PartnerAccount",
    owner_user_name="partner@example.com",
    created_at="2026-10-20T01:12:00Z",
    updated_at="2026-10-20T01:31:44Z",
    checksum="1c4f0b7e5d8a49c3b2e6f7081929a3b4",
    os_hash_algo="sha512",
    os_hash_value="b5d4045c" * 16,
    os_hidden=False,
    protected=True,
    visibility="shared",
    container_format="bare",
    disk_format="qcow2",
    root_device_name="/dev/vda",
    file="/v2/images/5b2f0c1e-7a34-4a59-9d0e-2c6b8f1d4e70/file",
    volumes=_VOLUMES,
)

WINDOWS = PendingImage(
    id="c3a9e5d4-1f60-4c7e-b1a8-0d9c8b7a6f5e",
    name="windows-2022 결제 서버",
    status="queued",
    scp_image_type="custom",
    scp_original_image_type="standard",
    os_distro="windows",
    scp_os_version="2022",
    owner="3f1c9e0d5b7a4c2e8d6f0a1b2c3d4e5f",
    owner_account_name="물류플랫폼팀",
    owner_user_name="minji.kim@example.com",
    created_at="2026-11-22T23:58:00Z",
    updated_at="2026-11-22T23:58:00Z",
)

ROCKY = PendingImage(
    id="90d1b7c2-3c55-4f0b-8a6f-64a0b7f1c2d3",
    name="rocky-9.4 cuda-train 20261105",
    status="active",
    scp_image_type="gpu_custom",
    scp_original_image_type="gpu_standard",
    os_distro="rocky",
    scp_os_version="9.4",
    scp_gpu_driver="570.124.06",
    size=18_790_481_920,
    owner="b2d4f6a8c0e24466888aaccee0f1a3c5",
    owner_account_name="ml-research",
    owner_user_name="j.park@example.com",
    created_at="2026-11-05T08:40:10Z",
    updated_at="2026-11-20T23:05:00Z",
)

IMAGES: Sequence[PendingImage] = (
    UBUNTU,
    ROCKY,
    WINDOWS,
    PendingImage(
        id="e7f6a5b4-9c8d-4e7f-a0b1-c2d3e4f5a6b7",
        name="<!channel> *free* <https://evil.example|update> invoice\u202egpj.exe",
        status="active",
        scp_image_type="custom",
        scp_original_image_type="standard",
        os_distro="ubuntu",
        scp_os_version="22.04",
        size=1_288_490_188,
        owner="77aa55cc33ee11dd99bb88ff66dd44aa",
        owner_account_name="@here &lt;!here&gt;",
        created_at="2026-06-01T00:00:00Z",
        updated_at="2026-06-01T00:00:00Z",
    ),
)
"""A few images that a day may bring; the last is what a hostile account may share."""

ANSWER = PendingImages(
    images=IMAGES,
    unreadable=(UnreadableImage("0d9c8b7a-6f5e-4d3c-8b1a-09f8e7d6c5b4", "size is no number"),),
    fetched_at=NOW - timedelta(seconds=12),
    api_version="1.3",
)

FIRST_SEEN: FirstSeen = {
    image.id: NOW - timedelta(days=days, hours=2)
    for image, days in zip(IMAGES, (34, 17, 0, 5), strict=True)
}

SCHEDULE = Schedule(
    id=3,
    revision=1,
    channel="C012ABCDEF",
    timetable=Timetable(
        times=(time(9), time(17, 30)), days=frozenset(range(5)), timezone="Asia/Seoul"
    ),
    mentions=("S012ABCDEF",),
    mention_after=14 * 86_400,
    made_by="U012ABCDEF",
    made_at=NOW - timedelta(days=60),
    next_due=NOW + timedelta(hours=8, minutes=30),
)

GONE = Sighting(
    image=PendingImage(
        id="1d2c3b4a-5f6e-4c7d-8a9b-0e1f2a3b4c5d",
        name="debian-12 build-runner 20261117",
        owner_account_name="PartnerAccount",
    ),
    first_seen=NOW - timedelta(days=5),
    gone_at=NOW - timedelta(days=1),
    how="accepted",
    by="U012ABCDEF",
)


TRIAGES: Triages = {
    UBUNTU.id: Triage(claim=Claim("U012ABCDEF", NOW - timedelta(hours=2))),
}

METADATA = CardMetadata(ref=details_value(UBUNTU.id), channel="C012ABCDEF")


def preview(what: str) -> str:
    """Return the JSON of one of ``_PREVIEWS``, then a link.

    The link opens the same in Slack's Block Kit Builder. Raise KeyError for any other word.
    """
    shown = _PREVIEWS[what]()
    if isinstance(shown, Message):
        body: dict[str, Any] = {"text": shown.text, "blocks": shown.blocks}
        built: dict[str, Any] = {"blocks": shown.blocks}
    else:
        body = built = shown
    compact = json.dumps(built, ensure_ascii=False, separators=(",", ":"))
    return f"{json.dumps(body, ensure_ascii=False, indent=2)}\n\n{BUILDER}{quote(compact, safe='')}"


def _listing() -> Message:
    query = parse_query("type:custom sort:-created")
    picked = pick(ANSWER.images, query, NOW, FIRST_SEEN)
    listing = Listing(
        query=query,
        page=paginate(picked, 1, PAGE_SIZE),
        matched=len(picked),
        total=ANSWER.total,
        facets={name: facets(ANSWER.images, name) for name in FILTERED},
        unreadable=ANSWER.unreadable,
        origin=ORIGIN,
        api_version=ANSWER.api_version,
        fetched_at=ANSWER.fetched_at,
        first_seen=FIRST_SEEN,
        triages=TRIAGES,
        decisions=True,
    )
    return listing_message(listing, NOW)


def _digest() -> Message:
    order = SCHEDULE.query.with_sort(LONGEST_WAITING)
    changes = Changes(since=NOW - timedelta(days=3), new=[WINDOWS], gone=[GONE], left=0)
    awake = [image for image in ANSWER.images if image.id != ROCKY.id]
    return digest_message(
        DigestContent(
            schedule=SCHEDULE,
            answer=ANSWER,
            picked=pick(awake, order, NOW, FIRST_SEEN),
            changes=changes,
            first_seen=FIRST_SEEN,
            trend=[2, 2, 3, 3, 3, 2, 1, 1, 3, 3, 3, 4, 4, 4],
            origin=ORIGIN,
            now=NOW,
            late_seconds=47 * 60,
            late_reason="restarted",
            triages=TRIAGES,
            decisions=True,
            sleeping=1,
        )
    )


def _details() -> View:
    return details_view(
        UBUNTU,
        NOW,
        origin=ORIGIN,
        api_version=ANSWER.api_version,
        first_seen=FIRST_SEEN[UBUNTU.id],
        oncall=DetailsOnCall(
            metadata=METADATA,
            triage=TRIAGES[UBUNTU.id],
            notes=[Note("U012ABCDEF", NOW - timedelta(hours=1), "asked the owner for a checksum")],
            decisions=True,
        ),
    )


def _decision() -> View:
    stakes = Stakes(
        image=WINDOWS,
        status="accepted",
        provenance=provenance(
            WINDOWS, kin_of(WINDOWS, [Earlier(image=GONE.image, end="accepted")])
        ),
        triage=UNTOUCHED,
        first_seen=FIRST_SEEN[WINDOWS.id],
        needs_second=True,
        origin=ORIGIN,
        api_version=ANSWER.api_version,
    )
    return decide_view(stakes, METADATA, NOW)


def _home() -> View:
    look = CardLook(now=NOW, first_seen=FIRST_SEEN, triages=TRIAGES, decisions=True)
    return home_view(
        HomeContent(
            user_id="U012ABCDEF",
            queue=Queue(images=ANSWER.images, look=look, fetched_at=ANSWER.fetched_at),
            schedules=[SCHEDULE],
            may_decide=True,
            origin=ORIGIN,
            now=NOW,
        )
    )


def _error() -> Message:
    """Return what a refused signature comes to, in the words that the client finds for it."""
    refusal = Reply(
        status=401,
        headers={"date": "Mon, 23 Nov 2026 00:05:00 GMT"},
        body=b'{"message":"HmacValidFail"}',
        arrived_at=NOW.timestamp(),
    )
    try:
        body_of(refusal)
    except ScpError as error:
        return failure_message(error, ListingState())
    raise AssertionError("a refusal raises")


_PREVIEWS: Mapping[str, Callable[[], Message | View]] = {
    "listing": _listing,
    "digest": _digest,
    "details": _details,
    "decision": _decision,
    "home": _home,
    "help": help_message,
    "error": _error,
}

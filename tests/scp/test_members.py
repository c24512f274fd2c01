"""An account's membership in an image, asked over the wire."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import errors
from bot.images import ImageMember
from bot.scp.auth import Credentials
from bot.scp.client import ScpClient
from bot.sim.sample import sample_images
from bot.sim.scp import Route, ScpSim
from tests.scp.conftest import KEYS, QUICK, meet
from tests.scp.far_end import FarEnd, images, reply, right_signature

ACCOUNT = "8989447062e04a818baf9e073fd04fa7"
MEMBER = {
    "image_id": "a",
    "member_id": ACCOUNT,
    "status": "accepted",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T00:00:00Z",
}


@pytest.fixture
async def sim() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(3), account_id=ACCOUNT) as running:
        yield running
        assert running.complaints == []


@pytest.fixture
async def client(sim: ScpSim) -> AsyncIterator[ScpClient]:
    keys = Credentials(sim.access_key, sim.secret_key)
    async with ScpClient(base_url=sim.base_url, credentials=keys, retries=QUICK) as asking:
        yield asking


def first(sim: ScpSim) -> str:
    return str(sim.images[0]["id"])


async def test_an_image_that_nobody_decided_on_is_pending(sim: ScpSim, client: ScpClient) -> None:
    member = await client.get_image_member(first(sim), ACCOUNT)
    assert member is not None
    assert (member.image_id, member.member_id) == (first(sim), ACCOUNT)
    assert member.status == "pending"
    assert member.created_at is not None
    assert member.updated_at is not None


@pytest.mark.parametrize("status", ["accepted", "rejected"])
async def test_a_decision_made_anywhere_is_told(
    sim: ScpSim, client: ScpClient, status: str
) -> None:
    sim.members.decide(first(sim), status, sim.clock())
    member = await client.get_image_member(first(sim), ACCOUNT)
    assert member is not None
    assert member.status == status


async def test_a_withdrawn_image_has_no_member(sim: ScpSim, client: ScpClient) -> None:
    image_id = first(sim)
    sim.withdraw(image_id)
    assert await client.get_image_member(image_id, ACCOUNT) is None


async def test_an_unknown_image_or_account_has_no_member(sim: ScpSim, client: ScpClient) -> None:
    assert await client.get_image_member("no such image", ACCOUNT) is None
    assert await client.get_image_member(first(sim), "another account") is None


async def test_it_is_asked_by_the_version_agreed_on(sim: ScpSim, client: ScpClient) -> None:
    await client.get_image_member(first(sim), ACCOUNT)
    await client.list_pending_images()
    root, *asked = sim.requests
    assert root.target == "/"
    assert [seen.headers["Scp-Api-Version"] for seen in asked] == ["virtualserver 1.3"] * 2
    assert all(seen.refused is None for seen in asked)


async def test_iam_names_the_action_that_is_missing(sim: ScpSim, client: ScpClient) -> None:
    sim.fail("iam", routes=[Route.MEMBER])
    with pytest.raises(errors.Forbidden) as caught:
        await client.get_image_member(first(sim), ACCOUNT)
    assert caught.value.action == "virtualserver:ShowImageMember"


async def test_an_unnamed_action_is_the_one_that_was_needed() -> None:
    async with meet(FarEnd(reply(403))) as client:
        with pytest.raises(errors.Forbidden, match="ShowImageMember"):
            await client.get_image_member("a", ACCOUNT)
        with pytest.raises(errors.Forbidden, match="ListPendingImages"):
            await client.list_pending_images()


@pytest.mark.parametrize("failure", ["rate_limited", "unavailable_503", "drop", "truncated"])
async def test_passing_failures_are_tried_again(
    sim: ScpSim, client: ScpClient, failure: str
) -> None:
    sim.fail(failure, 2, routes=[Route.MEMBER])
    assert await client.get_image_member(first(sim), ACCOUNT) is not None
    assert len([seen for seen in sim.requests if "/members/" in seen.target]) == 3


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ("header_stripped", errors.AuthHeadersMissing),
        ("portal_html", errors.NotTheApi),
        ("hmac", errors.SignatureRefused),
        ("server_500", errors.ServerFailed),
        ("not_json", errors.BodyUnreadable),
        ("wrong_shape", errors.BodyUnreadable),
    ],
)
async def test_every_other_failure_is_told_and_never_taken_for_withdrawn(
    sim: ScpSim, client: ScpClient, failure: str, expected: type[errors.ScpError]
) -> None:
    sim.fail(failure, routes=[Route.MEMBER])
    with pytest.raises(expected):
        await client.get_image_member(first(sim), ACCOUNT)


async def test_every_attempt_is_observed() -> None:
    outcomes: list[str] = []
    far = FarEnd(reply(503), reply(body=MEMBER), reply(404, {"errors": []}))
    async with meet(far, observe=lambda name, _: outcomes.append(name)) as client:
        await client.get_image_member("a", ACCOUNT)
        await client.get_image_member("b", ACCOUNT)
    assert outcomes == ["Unavailable", "ok", "NotFound"]


@pytest.mark.parametrize(
    ("image_id", "member_id", "target"),
    [
        ("a", "b", "/v1/images/a/members/b"),
        ("a b/c?d#e", "f%2F&g", "/v1/images/a%20b%2Fc%3Fd%23e/members/f%252F%26g"),
        ("..", ".", "/v1/images/%2E%2E/members/%2E"),
        ("a.b", "한", "/v1/images/a.b/members/%ED%95%9C"),
        ("\ud800", "b", "/v1/images/%3F/members/b"),
    ],
)
async def test_ids_travel_as_one_segment_each_and_are_signed_as_sent(
    image_id: str, member_id: str, target: str
) -> None:
    far = FarEnd(reply(body=MEMBER))
    async with meet(far) as client:
        await client.get_image_member(image_id, member_id)
    (seen,) = far.seen
    assert (seen.method, seen.target) == ("GET", target)
    assert seen.headers["scp-signature"] == right_signature(seen, KEYS.secret_key)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MEMBER, ImageMember(**MEMBER)),
        ({"status": "deferred", "new": [1]}, ImageMember(status="deferred")),
        (MEMBER | {"created_at": None, "updated_at": 5}, None),
        (b'{"status": "accepted\\ud800"}', ImageMember(status="accepted\ufffd")),
        (b'\xef\xbb\xbf{"status": "pending"}', ImageMember(status="pending")),
    ],
)
async def test_a_status_is_enough(body: Any, expected: ImageMember | None) -> None:
    async with meet(FarEnd(reply(body=body))) as client:
        member = await client.get_image_member("a", ACCOUNT)
    assert member is not None
    if expected is None:
        expected = ImageMember(image_id="a", member_id=ACCOUNT, status="accepted")
    assert member == expected


@pytest.mark.parametrize("body", [[], {}, {"status": None}, {"status": 1}, "accepted", None])
async def test_without_a_status_the_body_is_unreadable(body: object) -> None:
    async with meet(FarEnd(reply(body=body))) as client:
        with pytest.raises(errors.BodyUnreadable, match="no status"):
            await client.get_image_member("a", ACCOUNT)


async def test_a_clock_that_the_member_corrected_is_right_for_the_list() -> None:
    hmac = {"message": "HmacValidFail"}
    late = reply(401, hmac, Date="Thu, 01 Jan 2026 12:15:00 GMT")
    far = FarEnd(late, reply(body=MEMBER), images("a"))
    async with meet(far, clock=lambda: 1_767_268_800.0) as client:
        await client.get_image_member("a", ACCOUNT)
        await client.list_pending_images()
    stamps = [int(seen.headers["scp-timestamp"]) // 1000 for seen in far.seen]
    assert stamps == [1_767_268_800, 1_767_269_700, 1_767_269_700]

import json
from collections.abc import AsyncIterator

import pytest

from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from tests.sim.wire import Answer, send, signed, validate


@pytest.fixture
async def sim() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(3)) as running:
        yield running


def member(sim: ScpSim, image_id: str | None = None, member_id: str | None = None) -> str:
    image_id = str(sim.images[0]["id"]) if image_id is None else image_id
    return f"/v1/images/{image_id}/members/{member_id or sim.account_id}"


async def put(sim: ScpSim, status: object, target: str | None = None) -> Answer:
    body = json.dumps({"status": status}).encode()
    return await send(sim, target or member(sim), method="PUT", body=body)


async def listed(sim: ScpSim) -> list[object]:
    return [image["id"] for image in (await send(sim)).images]


async def test_an_undecided_image_is_pending(sim: ScpSim) -> None:
    answer = await send(sim, member(sim))
    assert answer.status == 200
    validate(answer.json, "ImageMemberShowResponse")
    assert answer.json["status"] == "pending"
    assert answer.json["member_id"] == sim.account_id
    assert answer.json["image_id"] == sim.images[0]["id"]


@pytest.mark.parametrize("status", ["accepted", "rejected"])
async def test_a_decided_image_leaves_the_list_at_once_and_pending_returns_it(
    sim: ScpSim, status: str
) -> None:
    everything = await listed(sim)
    answer = await put(sim, status)
    assert answer.status == 200
    validate(answer.json, "ImageMemberShowResponse")
    assert answer.json["status"] == status
    assert await listed(sim) == everything[1:]
    assert (await send(sim, member(sim))).json["status"] == status
    assert (await put(sim, "pending")).status == 200
    assert await listed(sim) == everything
    assert sim.complaints == []


async def test_deciding_is_idempotent_and_may_change(sim: ScpSim) -> None:
    for status in ("accepted", "accepted", "rejected", "accepted", "pending", "pending"):
        assert (await put(sim, status)).json["status"] == status


async def test_deciding_moves_updated_at_alone(sim: ScpSim) -> None:
    sim.clock = lambda: 1_800_000_000
    before = (
        await send(sim, member(sim), signed(sim, member(sim), timestamp="1800000000000"))
    ).json
    sim.clock = lambda: 1_800_000_060
    sim.members.decide(str(sim.images[0]["id"]), "accepted", sim.clock())
    after = (await send(sim, member(sim), signed(sim, member(sim), timestamp="1800000060000"))).json
    assert before["created_at"] == after["created_at"] == "2027-01-15T08:00:00Z"
    assert after["updated_at"] == "2027-01-15T08:01:00Z"


@pytest.mark.parametrize("status", ["ACCEPTED", "Accepted", "approved", "", None, 1, ["accepted"]])
async def test_an_unknown_status_is_a_bad_request(sim: ScpSim, status: object) -> None:
    answer = await put(sim, status)
    assert answer.status == 400
    assert answer.error["title"] == "Bad Request"
    assert len(await listed(sim)) == 3


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"accepted"', b"\xff", b"{}"])
async def test_a_body_of_another_shape_is_a_bad_request(sim: ScpSim, body: bytes) -> None:
    assert (await send(sim, member(sim), method="PUT", body=body)).status == 400


async def test_a_stranger_gets_404(sim: ScpSim) -> None:
    target = member(sim, member_id="0" * 32)
    assert (await put(sim, "accepted", target)).error["code"] == "NotFound"
    assert (await send(sim, target)).status == 404
    assert (await put(sim, "accepted", member(sim, "no-such-image"))).status == 404


async def test_the_owner_gets_403(sim: ScpSim) -> None:
    sim.images[0]["owner"] = sim.account_id
    assert (await put(sim, "accepted")).status == 403
    assert (await send(sim, member(sim))).status == 404


async def test_a_withdrawn_image_is_gone_and_pending_when_shared_again(sim: ScpSim) -> None:
    image = sim.images[0]
    target = member(sim)
    await put(sim, "accepted")
    sim.withdraw(str(image["id"]))
    assert len(await listed(sim)) == 2
    assert (await put(sim, "accepted", target)).status == 404
    asked = await send(sim, target)
    assert (asked.status, asked.error["code"]) == (404, "NotFound")
    sim.images.append(image)
    assert len(await listed(sim)) == 3


async def test_a_queued_image_can_be_accepted(sim: ScpSim) -> None:
    sim.images[0].update(status="queued", size=None, checksum=None)
    assert (await put(sim, "accepted")).status == 200


async def test_members_are_signed_like_everything_else(sim: ScpSim) -> None:
    headers = signed(sim, member(sim), method="GET")
    body = b'{"status":"accepted"}'
    assert (await send(sim, member(sim), headers, "PUT", body)).status == 401
    assert len(await listed(sim)) == 3


async def test_the_effect_may_come_before_the_lost_answer(sim: ScpSim) -> None:
    sim.fail("unavailable_504", times=1, after_effect=True)
    assert (await put(sim, "accepted")).status == 504
    assert (await send(sim, member(sim))).json["status"] == "accepted"
    sim.fail("unavailable_504", times=1)
    assert (await put(sim, "rejected")).status == 504
    assert (await send(sim, member(sim))).json["status"] == "accepted"


async def test_a_put_that_is_not_declared_as_json_is_complained_of(sim: ScpSim) -> None:
    headers = signed(sim, member(sim), "PUT")
    headers["Content-Type"] = "text/plain"
    await send(sim, member(sim), headers, "PUT", b'{"status":"accepted"}')
    assert sim.complaints == ["PUT with Content-Type text/plain"]


def test_the_console_cannot_set_an_unknown_status_either() -> None:
    with pytest.raises(ValueError, match="approved"):
        ScpSim().members.decide("x", "approved", 0)

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest

from bot.sim.sample import sample_images
from bot.sim.scp import ScpSim
from bot.sim.scp_members import Lag
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


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"accepted"', b"\xff", b"{}", b'{"status":"accepted","x":1}']
)
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


async def statuses(sim: ScpSim, reads: int) -> list[object]:
    """What so many reads of the first image's member show."""
    return [(await send(sim, member(sim))).json["status"] for _ in range(reads)]


async def test_the_list_stays_behind_for_so_many_reads(sim: ScpSim) -> None:
    sim.list_lag = Lag(reads=2)
    everything = await listed(sim)
    assert (await put(sim, "accepted")).json["status"] == "accepted"
    assert await statuses(sim, 1) == ["accepted"]
    assert [len(await listed(sim)) for _ in range(3)] == [3, 3, 2]
    await put(sim, "pending")
    assert [len(await listed(sim)) for _ in range(3)] == [2, 2, 3]
    assert await listed(sim) == everything


async def test_a_member_stays_behind_for_so_many_reads(sim: ScpSim) -> None:
    sim.member_lag = Lag(reads=2)
    before = (await send(sim, member(sim))).json
    answer = await put(sim, "rejected")
    validate(answer.json, "ImageMemberShowResponse")
    assert answer.json["status"] == "rejected"
    assert len(await listed(sim)) == 2
    assert (await send(sim, member(sim))).json == before
    assert await statuses(sim, 2) == ["pending", "rejected"]
    await put(sim, "rejected")
    assert await statuses(sim, 1) == ["rejected"]


async def test_both_stay_behind_for_so_many_seconds(sim: ScpSim) -> None:
    start = sim.clock()
    sim.clock = lambda: start
    sim.list_lag, sim.member_lag = Lag(seconds=5), Lag(seconds=9)
    await put(sim, "accepted")
    assert (len(await listed(sim)), await statuses(sim, 3)) == (3, ["pending"] * 3)
    sim.clock = lambda: start + 5
    assert (len(await listed(sim)), await statuses(sim, 1)) == (2, ["pending"])
    sim.clock = lambda: start + 9
    assert await statuses(sim, 1) == ["accepted"]


async def test_what_was_decided_before_the_lag_is_not_forgotten(sim: ScpSim) -> None:
    await put(sim, "accepted")
    sim.list_lag = sim.member_lag = Lag(reads=9)
    assert (len(await listed(sim)), await statuses(sim, 1)) == (2, ["accepted"])


async def test_a_failure_may_be_for_puts_alone(sim: ScpSim) -> None:
    sim.fail("server_500", times=1, methods=("PUT",), after_effect=True)
    assert await statuses(sim, 1) == ["pending"]
    assert (await put(sim, "accepted")).status == 500
    assert await statuses(sim, 1) == ["accepted"]
    # Twice: aiohttp's client repeats a PUT once by itself.
    sim.fail("drop", times=2, methods=("PUT",), after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await put(sim, "rejected")
    assert await statuses(sim, 1) == ["rejected"]
    sim.fail("slow", times=1, methods=("PUT",), after_effect=True)
    going = asyncio.create_task(put(sim, "accepted"))
    while sim.members.status(str(sim.images[0]["id"])) != "accepted":  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0)
    assert not going.done()
    going.cancel()
    assert await statuses(sim, 1) == ["accepted"]


async def test_a_put_is_kept_with_its_body(sim: ScpSim) -> None:
    sim.fail("unavailable_503", times=1, methods=("PUT",))
    await put(sim, "accepted")
    await put(sim, "rejected")
    await listed(sim)
    assert [json.loads(seen.body)["status"] for seen in sim.puts] == ["accepted", "rejected"]
    assert [seen.target for seen in sim.puts] == [member(sim)] * 2


async def test_the_owner_may_withdraw_between_the_read_and_the_put(sim: ScpSim) -> None:
    first, second = (str(image["id"]) for image in sim.images[:2])
    sim.withdraw_before_put(second)
    assert (await put(sim, "accepted", member(sim, first))).status == 200
    assert (await send(sim, member(sim, second))).status == 200
    assert (await put(sim, "accepted", member(sim, second))).status == 404
    assert second not in await listed(sim)


async def test_a_colleague_may_decide_between_the_read_and_the_put(sim: ScpSim) -> None:
    sim.decide_before_put("rejected")
    sim.fail("unavailable_503", times=1, methods=("PUT",))
    assert (await put(sim, "accepted")).status == 503
    assert await statuses(sim, 1) == ["pending"]
    sim.undo_refused = 403
    assert (await put(sim, "pending")).status == 403
    assert await statuses(sim, 1) == ["rejected"]


async def test_a_put_may_take_effect_after_its_client_has_gone(sim: ScpSim) -> None:
    come, going = asyncio.Event(), asyncio.Event()

    async def held_up(_image_id: str) -> None:
        come.set()
        await going.wait()

    sim.before_put(held_up)
    client = asyncio.create_task(put(sim, "accepted"))
    await come.wait()
    client.cancel()
    with pytest.raises(asyncio.CancelledError):
        await client
    assert await statuses(sim, 1) == ["pending"]
    going.set()
    assert await statuses(sim, 1) == ["accepted"]


@pytest.mark.parametrize("status", [400, 403])
async def test_undoing_may_be_refused(sim: ScpSim, status: int) -> None:
    sim.undo_refused = status
    assert (await put(sim, "pending")).status == 200
    await put(sim, "accepted")
    assert (await put(sim, "pending")).status == status
    assert await statuses(sim, 1) == ["accepted"]
    assert (await put(sim, "rejected")).status == 200


async def test_a_read_only_role_may_read_and_not_decide(sim: ScpSim) -> None:
    sim.denied.add("SetImageMember")
    answer = await put(sim, "accepted")
    response = answer.error["response"]
    assert isinstance(response, dict)
    assert (answer.status, response["action_name"]) == (403, "virtualserver:SetImageMember")
    assert await statuses(sim, 1) == ["pending"]
    assert len(await listed(sim)) == 3


@pytest.mark.parametrize("image_id", ["a/b", "a b?c#d", "é%2F", "..", "a%b"])
async def test_an_id_of_any_characters_is_percent_encoded(sim: ScpSim, image_id: str) -> None:
    sim.images[0]["id"] = image_id
    encoded = quote(image_id, safe="").replace(".", "%2E")
    answer = await put(sim, "accepted", member(sim, encoded))
    assert (answer.status, answer.json["image_id"]) == (200, image_id)
    assert image_id not in await listed(sim)


async def test_an_image_shared_again_is_pending_again(sim: ScpSim) -> None:
    image = sim.images[0]
    sim.list_lag = sim.member_lag = Lag(reads=5)
    await put(sim, "accepted")
    sim.share(image)
    assert await listed(sim) == [one["id"] for one in sim.images]
    assert (await send(sim, member(sim, str(image["id"])))).json["status"] == "pending"
    assert len(sim.images) == 3


async def test_an_answer_has_a_request_id_where_a_header_is_named(sim: ScpSim) -> None:
    sim.request_id_header = "X-Request-Id"
    first, second = await put(sim, "accepted"), await put(sim, "accepted")
    ids = {answer.headers["X-Request-Id"] for answer in (first, second)}
    assert len(ids) == 2
    sim.request_id_header = None
    assert "X-Request-Id" not in (await send(sim)).headers

"""What our account decides on an image, told to SCP over the wire: never twice by itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, get_args

import msgspec
import pytest

from bot import errors
from bot.oncall.values import MemberStatus
from bot.scp.auth import Credentials
from bot.scp.client import ScpClient
from bot.scp.responses import REQUEST_ID_HEADERS
from bot.sim.sample import sample_images
from bot.sim.scp import DEFAULT_ACCOUNT, Route, ScpSim
from tests.scp.conftest import KEYS, QUICK, meet
from tests.scp.far_end import FarEnd, reply, right_signature, running

PUT = ("PUT",)
MEMBER = {"image_id": "a", "member_id": "b", "status": "accepted"}


@pytest.fixture
async def sim() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(3)) as running:
        yield running
        assert running.complaints == []


def asking(sim: ScpSim, **options: Any) -> ScpClient:
    settings: dict[str, Any] = {
        "base_url": sim.base_url,
        "credentials": Credentials(sim.access_key, sim.secret_key),
        "retries": QUICK,
    }
    return ScpClient(**(settings | options))


@pytest.fixture
async def client(sim: ScpSim) -> AsyncIterator[ScpClient]:
    async with asking(sim) as client:
        yield client


def first(sim: ScpSim) -> str:
    return str(sim.images[0]["id"])


async def accept(client: ScpClient, sim: ScpSim) -> str:
    member = await client.set_image_member(first(sim), DEFAULT_ACCOUNT, "accepted")
    return member.status


async def failure(client: ScpClient, sim: ScpSim) -> errors.ScpError:
    with pytest.raises(errors.ScpError) as caught:
        await accept(client, sim)
    assert caught.value.remedy
    return caught.value


async def failure_of(far: FarEnd, **options: Any) -> errors.ScpError:
    async with meet(far, **options) as client:
        with pytest.raises(errors.ScpError) as caught:
            await client.set_image_member("a", "b", "accepted")
    return caught.value


@pytest.mark.parametrize("status", get_args(MemberStatus))
async def test_a_decision_is_told_once_and_holds(
    sim: ScpSim, client: ScpClient, status: MemberStatus
) -> None:
    sim.members.decide(first(sim), "rejected", sim.clock())
    told = await client.set_image_member(first(sim), DEFAULT_ACCOUNT, status)
    assert (told.image_id, told.member_id) == (first(sim), DEFAULT_ACCOUNT)
    assert told.status == sim.members.status(first(sim)) == status
    assert len(sim.puts) == 1


async def test_a_decision_travels_as_json_and_is_signed_as_the_put_that_it_is() -> None:
    far = FarEnd(reply(body=MEMBER))
    async with meet(far) as client:
        await client.set_image_member("a b", "c", "accepted")
    (seen,) = far.seen
    assert (seen.method, seen.target) == ("PUT", "/v1/images/a%20b/members/c")
    assert seen.headers["content-type"] == "application/json"
    assert msgspec.json.decode(seen.body) == {"status": "accepted"}
    assert seen.headers["scp-signature"] == right_signature(seen, KEYS.secret_key)
    assert seen.headers["scp-api-version"] == "virtualserver 1.0"


async def test_a_question_carries_no_body(sim: ScpSim, client: ScpClient) -> None:
    await client.get_image_member(first(sim), DEFAULT_ACCOUNT)
    assert not {"Content-Type", "Content-Length"} & set(sim.requests[-1].headers)


async def test_a_decision_that_no_connection_carried_changed_nothing() -> None:
    outcomes: list[str] = []
    async with running(FarEnd(reply())) as far:
        url = far.url
    async with ScpClient(
        base_url=url,
        credentials=KEYS,
        api_version="1.0",
        retries=QUICK,
        observe=lambda name, _: outcomes.append(name),
    ) as client:
        with pytest.raises(errors.Unreachable) as caught:
            await client.set_image_member("a", "b", "accepted")
    assert not caught.value.may_have_applied
    assert outcomes == ["Unreachable"]


async def test_a_decision_for_which_no_way_opened_in_time_changed_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.scp.client.CHANGE_SECONDS", 0.2)
    asked: list[bytes] = []
    left = asyncio.Event()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    async with ScpClient(
        base_url="https://scp.example", credentials=KEYS, api_version="1.0"
    ) as client:
        with pytest.raises(errors.TimedOut, match=r"within 0\.2 s") as caught:
            await client.set_image_member("a", "b", "accepted")
    await left.wait()
    server.close()
    assert not caught.value.may_have_applied
    assert asked == [b"CONNECT scp.example:443 HTTP/1.1\r\n"]


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("drop", errors.Unreachable),
        ("server_500", errors.ServerFailed),
        ("unavailable_502", errors.Unavailable),
        ("unavailable_503", errors.Unavailable),
        ("unavailable_504", errors.Unavailable),
        ("truncated", errors.BodyUnreadable),
        ("not_json", errors.BodyUnreadable),
        ("wrong_shape", errors.BodyUnreadable),
        ("garbage_gzip", errors.BodyUnreadable),
    ],
)
async def test_a_decision_that_scp_may_have_taken_is_not_repeated_and_told_as_such(
    sim: ScpSim, client: ScpClient, kind: str, expected: type[errors.ScpError], applied: bool
) -> None:
    sim.fail(kind, methods=PUT, after_effect=applied)
    error = await failure(client, sim)
    assert isinstance(error, expected)
    assert error.may_have_applied
    assert len(sim.puts) == 1
    member = await client.get_image_member(first(sim), DEFAULT_ACCOUNT)
    assert member is not None
    assert member.status == ("accepted" if applied else "pending")


async def test_an_answer_too_large_may_be_to_a_decision_that_scp_took(sim: ScpSim) -> None:
    sim.fail("oversized", methods=PUT, size=10_000)
    async with asking(sim, max_body_bytes=1_000) as client:
        error = await failure(client, sim)
    assert isinstance(error, errors.BodyTooLarge)
    assert error.may_have_applied


@pytest.mark.parametrize("applied", [False, True])
async def test_a_decision_without_an_answer_ends_by_its_own_deadline_and_is_unsure(
    sim: ScpSim, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    """However long it takes until the PUT has come."""
    monkeypatch.setattr("bot.scp.client.CHANGE_SECONDS", 5)
    outcomes: list[str] = []
    sim.fail("slow", methods=PUT, after_effect=applied)
    patient = msgspec.structs.replace(QUICK, deadline=1000)
    loop = asyncio.get_running_loop()
    async with asking(sim, retries=patient, observe=lambda n, _: outcomes.append(n)) as client:
        failing = asyncio.create_task(failure(client, sim))
        while not sim.puts:  # noqa: ASYNC110  the simulator tells nobody
            await asyncio.sleep(0)
        monkeypatch.setattr(loop, "time", lambda: time.monotonic() + 5)
        error = await failing
    assert isinstance(error, errors.TimedOut)
    assert "within 5 s" in str(error)
    assert error.may_have_applied
    assert len(sim.puts) == 1
    assert outcomes == ["TimedOut"]


async def test_a_decision_whose_version_is_still_asked_for_at_the_deadline_changed_nothing(
    sim: ScpSim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scp.client.CHANGE_SECONDS", 0.1)
    sim.fail("slow", routes=[Route.ROOT])
    async with asking(sim) as client:
        error = await failure(client, sim)
    assert isinstance(error, errors.TimedOut)
    assert not error.may_have_applied
    assert sim.puts == []


@pytest.mark.parametrize("wait", ["0", "3600"])
async def test_a_decision_that_scp_had_no_time_for_is_not_repeated_and_changed_nothing(
    sim: ScpSim, client: ScpClient, wait: str
) -> None:
    sim.fail("rate_limited", 1, methods=PUT, retry_after=wait)
    error = await failure(client, sim)
    assert isinstance(error, errors.RateLimited)
    assert not error.may_have_applied
    assert len(sim.puts) == 1


async def test_a_wrong_clock_is_corrected_once(sim: ScpSim) -> None:
    async with asking(sim, clock=lambda: time.time() - 3600) as client:
        assert await accept(client, sim) == "accepted"
        assert await accept(client, sim) == "accepted"
    assert [seen.refused is None for seen in sim.puts] == [False, True, True]


async def test_a_signature_that_stays_wrong_changed_nothing(sim: ScpSim) -> None:
    sim.fail("hmac", methods=PUT)
    async with asking(sim, clock=lambda: time.time() - 3600) as client:
        error = await failure(client, sim)
    assert isinstance(error, errors.SignatureRefused)
    assert not error.may_have_applied
    assert len(sim.puts) == 2


async def test_iam_names_the_action_that_is_missing(sim: ScpSim, client: ScpClient) -> None:
    sim.denied.add("SetImageMember")
    error = await failure(client, sim)
    assert isinstance(error, errors.Forbidden)
    assert error.action == "virtualserver:SetImageMember"
    assert "virtualserver:SetImageMember" in error.remedy
    assert not error.may_have_applied


async def test_an_unnamed_action_is_the_one_that_was_needed() -> None:
    error = await failure_of(FarEnd(reply(403)))
    assert "virtualserver:SetImageMember" in str(error)


async def test_a_withdrawn_image_is_not_found(sim: ScpSim, client: ScpClient) -> None:
    image_id = first(sim)
    sim.withdraw(image_id)
    with pytest.raises(errors.NotFound) as caught:
        await client.set_image_member(image_id, DEFAULT_ACCOUNT, "accepted")
    assert "SCP_ACCOUNT_ID" in caught.value.remedy
    assert not caught.value.may_have_applied


async def test_an_image_of_our_own_is_not_ours_to_decide_on(sim: ScpSim, client: ScpClient) -> None:
    sim.images[0]["owner"] = DEFAULT_ACCOUNT
    assert isinstance(await failure(client, sim), errors.Forbidden)


async def test_a_refused_parameter_changed_nothing(sim: ScpSim, client: ScpClient) -> None:
    sim.fail("bad_parameter", methods=PUT, form="korean")
    error = await failure(client, sim)
    assert isinstance(error, errors.BadParameter)
    assert "filter" not in error.remedy
    assert not error.may_have_applied
    assert len(sim.puts) == 1


@pytest.mark.parametrize(
    ("answer", "unsure"),
    [
        (reply(200, b"<html>"), True),
        (reply(204), True),
        (reply(302, Location="/elsewhere"), False),
        (reply(404, b"<html>"), False),
        (reply(404, {"requestId": "r"}), False),
        (reply(408), False),
        (reply(409), False),
        (reply(599), True),
    ],
)
async def test_only_a_clear_refusal_leaves_no_doubt(answer: bytes, unsure: bool) -> None:
    far = FarEnd(answer)
    assert (await failure_of(far)).may_have_applied is unsure
    assert len(far.seen) == 1


@pytest.mark.parametrize("name", REQUEST_ID_HEADERS)
async def test_the_id_of_the_request_is_told_where_scp_sends_one(name: str) -> None:
    headers: dict[str, Any] = {name: "req-1"}
    async with meet(FarEnd(reply(body=MEMBER, **headers))) as client:
        told = await client.set_image_member("a", "b", "accepted")
        asked = await client.get_image_member("a", "b")
    assert told.request_id == "req-1"
    assert asked is not None
    assert asked.request_id == "req-1"
    assert (await failure_of(FarEnd(reply(503, **headers)))).request_id == "req-1"


async def test_a_request_without_an_id_has_none(sim: ScpSim, client: ScpClient) -> None:
    told = await client.set_image_member(first(sim), DEFAULT_ACCOUNT, "accepted")
    assert told.request_id is None
    sim.request_id_header = "X-Request-Id"
    told = await client.set_image_member(first(sim), DEFAULT_ACCOUNT, "pending")
    assert told.request_id


async def test_the_id_in_the_body_of_a_refusal_counts_more() -> None:
    body = {"errors": [{"request_id": "req-of-the-body"}]}
    error = await failure_of(FarEnd(reply(500, body, X_Request_Id="req-of-a-proxy")))
    assert error.request_id == "req-of-the-body"


async def test_an_id_that_no_record_should_keep_is_cut_and_made_harmless() -> None:
    hostile = f"{KEYS.access_key}\tx" + "y" * 500
    async with meet(FarEnd(reply(body=MEMBER, X_Request_Id=hostile))) as client:
        told = await client.set_image_member("a", "b", "accepted")
    assert told.request_id is not None
    assert told.request_id.startswith("*** xyyy")
    assert len(told.request_id) == 100

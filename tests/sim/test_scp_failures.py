import asyncio
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sim.sample import sample_images
from bot.sim.scp import API_ROUTES, Route, ScpSim
from bot.sim.scp_errors import RESPONDERS, Failure
from tests.sim.wire import LIST, send, signed

ACCOUNT = "8989447062e04a818baf9e073fd04fa7"


@pytest.fixture
async def sim() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(3)) as running:
        yield running


def test_every_failure_can_be_played() -> None:
    assert RESPONDERS.keys() == set(Failure)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("header_stripped", 404),
        ("hmac", 401),
        ("not_entitled", 401),
        ("iam", 403),
        ("bad_parameter", 400),
        ("not_found", 404),
        ("server_500", 500),
        ("unavailable_502", 502),
        ("unavailable_503", 503),
        ("unavailable_504", 504),
        ("rate_limited", 429),
        ("portal_html", 404),
        ("redirect", 302),
    ],
)
async def test_each_failure_has_its_documented_status(sim: ScpSim, kind: str, status: int) -> None:
    sim.fail(kind)
    assert (await send(sim)).status == status
    sim.heal()
    assert (await send(sim)).status == 200


async def test_a_failure_lasts_for_so_many_requests_and_the_next_one_follows(sim: ScpSim) -> None:
    sim.fail("server_500", times=2)
    sim.fail(Failure.RATE_LIMITED, times=1)
    assert [(await send(sim)).status for _ in range(4)] == [500, 500, 429, 200]
    assert [one.failure for one in sim.requests] == [
        Failure.SERVER_500,
        Failure.SERVER_500,
        Failure.RATE_LIMITED,
        None,
    ]
    assert all(one.refused is None for one in sim.requests)


async def test_the_root_fails_only_when_named(sim: ScpSim) -> None:
    sim.fail("server_500")
    assert (await send(sim, "/")).status == 200
    sim.fail("unavailable_503", routes=[Route.ROOT])
    assert (await send(sim, "/")).status == 503


async def test_an_unknown_kind_or_parameter_is_refused(sim: ScpSim) -> None:
    with pytest.raises(ValueError, match="no_such_failure"):
        sim.fail("no_such_failure")
    with pytest.raises(TypeError, match="seconds"):
        sim.fail("hmac", seconds=1)


async def test_the_two_refusals_of_the_gateway_differ_in_their_message(sim: ScpSim) -> None:
    sim.fail("hmac", times=1)
    assert b"HmacValidFail" in (await send(sim)).body
    sim.fail("not_entitled", times=1)
    answer = await send(sim)
    assert b"HmacValidFail" not in answer.body
    assert answer.json.keys() == {"status", "name", "message"}
    assert answer.json["name"] == "Request was rejected by gateway"
    assert answer.json["status"] == "UNAUTHORIZED"


async def test_iam_names_the_action_of_each_call(sim: ScpSim) -> None:
    sim.fail("iam")
    member = f"/v1/images/x/members/{ACCOUNT}"
    answers = [
        await send(sim),
        await send(sim, member),
        await send(sim, member, method="PUT", body=b"{}"),
    ]
    responses = [answer.error["response"] for answer in answers]
    assert [answer.error["code"] for answer in answers] == ["Forbidden"] * 3
    assert [isinstance(one, dict) and one["action_name"] for one in responses] == [
        "virtualserver:ListPendingImages",
        "virtualserver:ShowImageMember",
        "virtualserver:SetImageMember",
    ]
    assert answers[0].error.keys() == {
        "code",
        "detail",
        "title",
        "status",
        "request_id",
        "global_request_id",
        "response",
    }
    assert isinstance(responses[0], dict)
    assert responses[0].keys() == {"access_level", "action_name", "caused_auths", "message"}


async def test_the_detail_of_a_bad_parameter_has_every_form(sim: ScpSim) -> None:
    details = []
    for form in ("string", "list", "printed_list", "korean"):
        sim.fail("bad_parameter", times=1, form=form)
        details.append((await send(sim)).error["detail"])
    assert isinstance(details[1], list)
    assert str(details[2]).startswith("['")
    assert not str(details[3]).isascii()
    assert str(details[0]).isascii()


async def test_the_services_errors_carry_their_codes(sim: ScpSim) -> None:
    sim.fail("not_found", times=1)
    sim.fail("server_500", times=1)
    assert (await send(sim)).error["code"] == "NotFound"
    assert (await send(sim)).error["code"] == "ContactAdminForAssistance"


async def test_retry_after_is_sent_only_when_given(sim: ScpSim) -> None:
    sim.fail("rate_limited", times=1)
    sim.fail("rate_limited", times=1, retry_after="7")
    assert "Retry-After" not in (await send(sim)).headers
    assert (await send(sim)).headers["Retry-After"] == "7"


async def test_a_redirect_points_where_it_is_told(sim: ScpSim) -> None:
    sim.fail("redirect", location="https://elsewhere.example/")
    assert (await send(sim)).headers["Location"] == "https://elsewhere.example/"


async def test_bodies_that_are_no_list_of_images(sim: ScpSim) -> None:
    sim.fail("not_json", times=1)
    sim.fail("wrong_shape", times=1)
    sim.fail("wrong_shape", times=1, body=[1])
    answer = await send(sim)
    assert answer.headers["Content-Type"].startswith("application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)
    assert (await send(sim)).json == {"images": {"total": 0}}
    assert (await send(sim)).body == b"[1]"


async def test_an_oversized_body_has_the_size_asked_for_and_no_length(sim: ScpSim) -> None:
    sim.fail("oversized", size=200_000)
    answer = await send(sim)
    assert len(answer.body) == 200_000
    assert answer.json == {"images": []}
    assert "Content-Length" not in answer.headers


async def test_a_client_that_hangs_up_on_an_oversized_body_is_no_error(
    sim: ScpSim, caplog: pytest.LogCaptureFixture
) -> None:
    sim.fail("oversized", times=1)
    async with (
        aiohttp.ClientSession() as session,
        session.get(sim.base_url + LIST, headers=signed(sim)) as response,
    ):
        await response.content.readany()
        response.close()
    assert (await send(sim)).status == 200
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_dropped_connection_brings_no_answer(sim: ScpSim) -> None:
    sim.fail("drop")  # for good: aiohttp's client repeats a GET once by itself
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await send(sim)
    sim.heal()
    assert (await send(sim)).status == 200


async def test_a_truncated_body_is_shorter_than_its_length(sim: ScpSim) -> None:
    sim.fail("truncated")
    with pytest.raises(aiohttp.ClientPayloadError):
        await send(sim)


async def test_garbage_is_declared_as_gzip(sim: ScpSim) -> None:
    sim.fail("garbage_gzip")
    with pytest.raises(aiohttp.ClientPayloadError):
        await send(sim)


async def test_a_slow_answer_ends_in_504(sim: ScpSim) -> None:
    sim.fail("slow", seconds=0.01)
    assert (await send(sim)).status == 504


async def test_a_stopping_server_lets_nobody_wait() -> None:
    arrived = asyncio.Event()

    def clock() -> float:
        arrived.set()
        return time.time()

    async with ScpSim(clock=clock) as sim:
        sim.fail("slow")
        waiting = asyncio.create_task(send(sim))
        await arrived.wait()
    assert (await waiting).status == 503


async def test_latency_is_kept(sim: ScpSim) -> None:
    sim.latency_seconds = 0.02
    begun = time.monotonic()
    await send(sim)
    assert time.monotonic() - begun >= 0.02


async def test_a_failure_does_not_hide_what_the_checks_say(sim: ScpSim) -> None:
    sim.fail("server_500")
    await send(sim, LIST, signed(sim, secret="another"))
    assert "signature" in str(sim.requests[0].refused)
    assert set(API_ROUTES) == {Route.LIST, Route.MEMBER}

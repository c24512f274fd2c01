import asyncio
import email.utils
import time
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import errors
from bot.scp.auth import Credentials
from bot.scp.client import ScpClient
from bot.scp.retries import Attempts, Retries
from tests.scp.conftest import KEYS, meet
from tests.scp.far_end import FarEnd, images, reply, right_signature, running

HMAC = {"message": "HmacValidFail", "requestId": "r-1"}
NOW = 1_767_268_800.0


def date(seconds: float) -> str:
    return email.utils.formatdate(seconds, usegmt=True)


async def test_listing_sends_the_six_headers_of_the_api_page() -> None:
    far = FarEnd(images("a"))
    async with meet(far, language="ko-KR", clock=lambda: NOW) as client:
        listed = await client.list_pending_images()
    (seen,) = far.seen
    assert (seen.method, seen.target) == ("GET", "/v1/pending-images")
    sent = {name: seen.headers[name] for name in seen.headers if name.startswith("scp-")}
    assert sent == {
        "scp-accesskey": KEYS.access_key,
        "scp-signature": right_signature(seen, KEYS.secret_key),
        "scp-timestamp": "1767268800000",
        "scp-clienttype": "Openapi",
        "scp-api-version": "virtualserver 1.0",
    }
    assert seen.headers["accept-language"] == "ko-KR"
    assert [image.id for image in listed.images] == ["a"]
    assert listed.fetched_at == datetime.fromtimestamp(NOW, UTC)
    assert listed.api_version == "1.0"


@pytest.mark.parametrize(
    ("filters", "target"),
    [
        ({"image_type": "custom"}, "?scp_image_type=custom"),
        ({"original_image_type": "standard"}, "?scp_original_image_type=standard"),
        (
            {"image_type": "my image", "original_image_type": "a+b"},
            "?scp_image_type=my%20image&scp_original_image_type=a%2Bb",
        ),
        ({"image_type": "", "original_image_type": None}, "?scp_image_type="),
    ],
)
async def test_only_filters_that_are_set_are_sent(filters: dict[str, str], target: str) -> None:
    far = FarEnd(images())
    async with meet(far) as client:
        await client.list_pending_images(**filters)
    (seen,) = far.seen
    assert seen.target == f"/v1/pending-images{target}"
    assert seen.headers["scp-signature"] == right_signature(seen, KEYS.secret_key)


async def test_base_url_may_end_in_a_slash() -> None:
    async with running(FarEnd(images())) as far:
        client = ScpClient(base_url=f"{far.url}/", credentials=KEYS)
        await client.list_pending_images()
        await client.aclose()
    assert [seen.target for seen in far.seen] == ["/", "/v1/pending-images"]


async def test_filter_too_long_for_a_url_is_a_bad_parameter() -> None:
    async with meet(FarEnd(images())) as client:
        with pytest.raises(errors.BadParameter):
            await client.list_pending_images("x" * 70_000)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_transient_refusal_is_repeated_and_signed_afresh(status: int, logged: Any) -> None:
    ticks = iter(range(1000, 2000))
    far = FarEnd(reply(status), reply(status), images("a"))
    async with meet(far, clock=lambda: next(ticks)) as client:
        assert (await client.list_pending_images()).total == 1
    stamps = [seen.headers["scp-timestamp"] for seen in far.seen]
    assert len(set(stamps)) == 3
    assert all(s.headers["scp-signature"] == right_signature(s, KEYS.secret_key) for s in far.seen)
    retries = [entry for entry in logged if entry["event"] == "scp.retry"]
    assert [(entry["attempt"], entry["status"]) for entry in retries] == [(1, status), (2, status)]
    assert {entry["log_level"] for entry in retries} == {"warning"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(400), errors.BadParameter),
        (reply(401), errors.Unauthorized),
        (reply(403), errors.Forbidden),
        (reply(404, {"errors": []}), errors.NotFound),
        (reply(500), errors.ServerFailed),
        (reply(302, Location="/elsewhere"), errors.NotTheApi),
        (reply(200, b"not json"), errors.BodyUnreadable),
        (reply(200, {"images": None}), errors.BodyUnreadable),
        (reply(200, b"x" * 200), errors.BodyTooLarge),
        (reply(200, b"<html>"), errors.NotTheApi),
    ],
)
async def test_nothing_else_is_repeated(answer: bytes, expected: type[errors.ScpError]) -> None:
    far = FarEnd(answer)
    async with meet(far, max_body_bytes=100) as client:
        with pytest.raises(expected):
            await client.list_pending_images()
    assert len(far.seen) == 1


async def test_attempts_end_with_the_last_error() -> None:
    far = FarEnd(reply(503), reply(503), reply(502), reply(429))
    async with meet(far) as client:
        with pytest.raises(errors.RateLimited):
            await client.list_pending_images()
    assert len(far.seen) == 4


async def test_retry_after_is_waited_for(logged: Any) -> None:
    far = FarEnd(reply(429, Retry_After=date(NOW + 1)), images())
    started = time.monotonic()
    async with meet(far, clock=lambda: NOW + 0.9) as client:
        await client.list_pending_images()
    assert time.monotonic() - started >= 0.09
    (told,) = logged
    assert 0.09 <= told["wait_seconds"] < 0.2


async def test_retry_after_beyond_the_deadline_is_told_at_once(logged: Any) -> None:
    far = FarEnd(reply(429, Retry_After="3600"))
    async with meet(far) as client:
        with pytest.raises(errors.RateLimited, match="fewer requests") as caught:
            await client.list_pending_images()
    assert "3600 seconds" in caught.value.remedy
    assert len(far.seen) == 1
    assert not logged


async def test_pause_that_would_end_after_the_deadline_is_not_begun(logged: Any) -> None:
    far = FarEnd(reply(503))
    patience = Retries(attempts=4, wait_initial=30, wait_max=30, deadline=20)
    async with meet(far, retries=patience) as client:
        with pytest.raises(errors.Unavailable):
            await client.list_pending_images()
    assert len(far.seen) == 1
    assert not logged


def test_call_whose_deadline_ends_a_pause_tells_the_last_error() -> None:
    attempts = Attempts(Retries(), None)
    error = errors.Unavailable("down")
    with pytest.raises(errors.Unavailable), attempts.attempt():
        raise error
    assert attempts.out_of_time() is error


def test_pause_doubles_up_to_its_limit_with_jitter() -> None:
    attempts = Attempts(Retries(attempts=9, wait_initial=1, wait_max=4, deadline=100), None)
    pauses = [attempts.pause(errors.TimedOut("late")) for _ in range(5)]
    for pause, floor in zip(pauses, [1, 2, 4, 4, 4], strict=True):
        assert pause is not None
        assert floor <= pause <= floor + 1
    assert len(set(pauses)) == 5


async def test_every_attempt_is_observed_with_its_outcome() -> None:
    outcomes: list[tuple[str, float]] = []
    far = FarEnd(reply(503), images())
    async with meet(far, observe=lambda name, took: outcomes.append((name, took))) as client:
        await client.list_pending_images()
    assert [name for name, _ in outcomes] == ["Unavailable", "ok"]
    assert all(0 <= took < 5 for _, took in outcomes)


async def trickle(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.002)


async def silence(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("answer", [trickle, silence])
async def test_whole_call_ends_by_its_deadline(answer: Any) -> None:
    outcomes: list[str] = []
    retries = Retries(attempts=4, wait_initial=0.001, wait_max=0.001, deadline=0.1)
    options = {"retries": retries, "observe": lambda name, _: outcomes.append(name)}
    async with meet(FarEnd(answer), **options) as client, asyncio.timeout(30):
        with pytest.raises(errors.TimedOut, match=r"within 0\.1 s") as caught:
            await client.list_pending_images()
    assert caught.value.remedy
    assert outcomes == ["TimedOut"]


async def test_deadline_during_negotiation_ends_the_call() -> None:
    retries = Retries(deadline=0.05)
    far = FarEnd(images(), root=silence)
    async with meet(far, retries=retries, api_version="auto") as client:
        with pytest.raises(errors.TimedOut):
            await client.list_pending_images()


async def test_cancelled_caller_stops_the_call() -> None:
    async with meet(FarEnd(silence)) as client:
        task = asyncio.create_task(client.list_pending_images())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_wrong_clock_is_corrected_once_by_the_date_header(logged: Any) -> None:
    far = FarEnd(reply(401, HMAC, Date=date(NOW + 900)), images("a"), images("b"))
    async with meet(far, clock=lambda: NOW) as client:
        await client.list_pending_images()
        await client.list_pending_images()
    stamps = [int(seen.headers["scp-timestamp"]) // 1000 for seen in far.seen]
    assert stamps == [NOW, NOW + 900, NOW + 900]
    assert all(s.headers["scp-signature"] == right_signature(s, KEYS.secret_key) for s in far.seen)
    (entry,) = logged
    assert (entry["event"], entry["skew_seconds"]) == ("scp.clock_corrected", 900)
    assert entry["log_level"] == "warning"


async def test_clock_that_was_set_right_is_corrected_back() -> None:
    clock = [NOW]
    far = FarEnd(
        reply(401, HMAC, Date=date(NOW + 900)),
        images(),
        reply(401, HMAC, Date=date(NOW + 900)),
        images(),
    )
    async with meet(far, clock=lambda: clock[0]) as client:
        await client.list_pending_images()
        clock[0] = NOW + 900
        await client.list_pending_images()
    stamps = [int(seen.headers["scp-timestamp"]) // 1000 for seen in far.seen]
    assert stamps == [NOW, NOW + 900, NOW + 1800, NOW + 900]


async def test_clock_is_corrected_only_once_a_call() -> None:
    far = FarEnd(reply(401, HMAC, Date=date(NOW + 900)), reply(401, HMAC, Date=date(NOW + 9000)))
    async with meet(far, clock=lambda: NOW) as client:
        with pytest.raises(errors.SignatureRefused) as caught:
            await client.list_pending_images()
    assert len(far.seen) == 2
    assert caught.value.skew_seconds == 9000


async def test_clock_is_corrected_once_a_call_even_between_retries() -> None:
    far = FarEnd(
        reply(401, HMAC, Date=date(NOW + 900)),
        reply(503),
        reply(401, HMAC, Date=date(NOW + 9000)),
    )
    async with meet(far, clock=lambda: NOW) as client:
        with pytest.raises(errors.SignatureRefused):
            await client.list_pending_images()
    assert len(far.seen) == 3


@pytest.mark.parametrize("fields", [{}, {"Date": date(NOW + 60)}, {"Date": "soon"}])
async def test_right_or_unknown_clock_is_left_alone(fields: dict[str, str]) -> None:
    far = FarEnd(reply(401, HMAC, **fields))
    async with meet(far, clock=lambda: NOW) as client:
        with pytest.raises(errors.SignatureRefused):
            await client.list_pending_images()
    assert len(far.seen) == 1


@pytest.mark.parametrize("count", [20, 25, 100, 1000])
async def test_list_of_a_round_length_is_warned_of(count: int, logged: Any) -> None:
    async with meet(FarEnd(images(*map(str, range(count))), images("a"))) as client:
        await client.list_pending_images()
        await client.list_pending_images()
    (entry,) = logged
    assert (entry["event"], entry["images"]) == ("scp.list_possibly_cut", count)


async def test_partly_readable_list_is_told_apart() -> None:
    far = FarEnd(reply(body={"images": [{"id": "a"}, {"id": "b", "size": "x"}]}))
    async with meet(far) as client:
        listed = await client.list_pending_images()
    assert [image.id for image in listed.images] == ["a"]
    assert [bad.id for bad in listed.unreadable] == ["b"]


async def test_unreadable_images_are_logged_once_a_fetch_with_the_reasons(logged: Any) -> None:
    entries = [{"id": f"b{n}", "size": "x"} for n in range(60)]
    async with meet(FarEnd(reply(body={"images": [{"id": "a"}, *entries]}), images("a"))) as client:
        await client.list_pending_images()
        await client.list_pending_images()
    (entry,) = logged
    assert (entry["event"], entry["images"]) == ("scp.images_unreadable", 60)
    assert len(entry["first"]) == 50
    assert entry["first"][0].startswith("b0: Expected `int")


async def test_one_connection_serves_call_after_call() -> None:
    connections: list[object] = []

    class Counting(FarEnd):
        async def connected(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            connections.append(writer)
            await super().connected(reader, writer)

    async with meet(Counting(images())) as client:
        for _ in range(5):
            await client.list_pending_images()
        assert len(connections) == 1
        await asyncio.gather(*(client.list_pending_images() for _ in range(20)))
        assert len(connections) <= 4


async def test_no_secret_is_in_any_error_or_log_line(
    logged: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """The far end repeats all it was sent, in every place it can."""
    keys = Credentials("CANARY-ACCESS", "CANARY-SECRET")
    caught: list[BaseException] = []
    for status in (200, 302, 400, 401, 403, 404, 418, 429, 500, 503, 0):
        far = FarEnd()

        async def echo(writer: asyncio.StreamWriter, far: FarEnd = far, code: int = status) -> None:
            text = f"{far.seen[-1].headers} CANARY-SECRET HmacValidFail".replace("'", "")
            echoed = {"errors": [{"detail": text, "request_id": text}]}
            answer = reply(code, echoed, Location=text) if code else f"{text}\r\n\r\n".encode()
            writer.write(answer)
            writer.close()

        far.answers = [echo]
        async with meet(far, credentials=keys, retries=Retries(2, 0.001, 0.001, 5)) as client:
            with pytest.raises(errors.ScpError) as info:
                await client.list_pending_images()
        caught.append(info.value)
        signature = far.seen[-1].headers["scp-signature"]
        shown = f"{_whole(info.value)} {logged} {capfd.readouterr()}"
        assert signature not in shown
        assert "CANARY" not in shown
    assert len(caught) == 11


def _whole(error: BaseException) -> str:
    remedy = getattr(error, "remedy", "")
    return "".join(traceback.format_exception(error)) + repr(error) + remedy

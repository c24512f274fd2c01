import asyncio
import time
from typing import Any

import pytest

from bot.scp.exchange import Exchange
from bot.scp.negotiation import KEEP_SECONDS, RETRY_SECONDS, Negotiation
from bot.scp.versions import ApiVersion
from tests.scp.conftest import KEYS, meet
from tests.scp.far_end import FarEnd, images, reply, running

NOW = 1_780_272_000.0  # 2026-06-01


def root(*entries: tuple[str, str, str]) -> bytes:
    listed = [{"id": f"v{v}", "status": s, "not_before": until} for v, s, until in entries]
    return reply(body={"versions": listed})


CURRENT = root(("1.3", "CURRENT", ""), ("1.2", "SUPPORTED", "2026-08-31"))


async def test_newest_version_is_asked_for_after_one_unsigned_look_at_the_root() -> None:
    far = FarEnd(images(), root=CURRENT)
    async with meet(far, api_version="auto") as client:
        first = await client.list_pending_images()
        await client.list_pending_images()
        status = await client.api_version_status()
    assert [seen.target for seen in far.seen] == ["/", "/v1/pending-images", "/v1/pending-images"]
    assert not [name for name in far.seen[0].headers if name.startswith("scp-")]
    assert {seen.headers["scp-api-version"] for seen in far.lists} == {"virtualserver 1.3"}
    assert first.api_version == "1.3"
    assert status == ApiVersion("1.3", "negotiated", "CURRENT", None)


async def test_pinned_version_asks_nothing() -> None:
    far = FarEnd(images(), root=CURRENT)
    async with meet(far, api_version="1.2") as client:
        assert (await client.list_pending_images()).api_version == "1.2"
        assert await client.api_version_status() == ApiVersion("1.2", "pinned")
    assert not far.roots


async def test_concurrent_calls_negotiate_once() -> None:
    far = FarEnd(images(), root=CURRENT)
    async with meet(far, api_version="auto") as client:
        listed = await asyncio.gather(*(client.list_pending_images() for _ in range(10)))
    assert {each.api_version for each in listed} == {"1.3"}
    assert len(far.roots) == 1


async def test_list_under_status_300_is_taken() -> None:
    answer = CURRENT.replace(b"200", b"300", 1)
    async with meet(FarEnd(images(), root=answer), api_version="auto") as client:
        assert (await client.api_version_status()).version == "1.3"


@pytest.mark.parametrize(
    "answer",
    [
        reply(404),
        reply(503),
        reply(200, b""),
        reply(200, b"<html>"),
        reply(200, {"versions": []}),
        reply(404, {"versions": [{"id": "v1.3", "status": "CURRENT"}]}),
        root(("2.0", "CURRENT", "")),
        b"garbage\r\n\r\n",
    ],
)
async def test_without_a_usable_list_1_0_is_asked_for_and_nothing_fails(
    answer: bytes, logged: Any
) -> None:
    far = FarEnd(images("a"), root=answer)
    async with meet(far, api_version="auto") as client:
        assert (await client.list_pending_images()).api_version == "1.0"
        await client.list_pending_images()
        assert await client.api_version_status() == ApiVersion("1.0", "assumed")
    assert len(far.roots) == 1
    assert [entry["event"] for entry in logged] == ["scp.no_version_list"]


async def test_failed_negotiation_is_repeated_minutes_later() -> None:
    now = [NOW]
    far = FarEnd(images(), root=reply(503))
    async with meet(far, api_version="auto", clock=lambda: now[0]) as client:
        assert (await client.list_pending_images()).api_version == "1.0"
        far.root = CURRENT
        now[0] += RETRY_SECONDS - 1
        assert (await client.list_pending_images()).api_version == "1.0"
        now[0] += 1
        assert (await client.list_pending_images()).api_version == "1.3"


async def test_version_is_refreshed_hours_later_and_kept_if_that_fails() -> None:
    now = [NOW]
    far = FarEnd(images(), root=root(("1.2", "CURRENT", "")))
    async with meet(far, api_version="auto", clock=lambda: now[0]) as client:
        assert (await client.list_pending_images()).api_version == "1.2"
        now[0] += KEEP_SECONDS
        far.root = reply(503)
        assert (await client.list_pending_images()).api_version == "1.2"
        now[0] += RETRY_SECONDS
        far.root = CURRENT
        assert (await client.list_pending_images()).api_version == "1.3"
    assert len(far.roots) == 3


async def test_slow_root_delays_no_longer_than_its_own_timeout(logged: Any) -> None:
    async def silence(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with running(FarEnd(root=silence)) as far:
        exchange = Exchange(credentials=KEYS, max_body_bytes=100, language="en-US")
        negotiation = Negotiation(exchange, far.url, "auto", time.time, timeout_seconds=0.05)
        assert (await negotiation.version()).version == "1.0"
        assert [entry["reason"] for entry in logged] == ["no answer in time"]
        assert (await negotiation.version()).version == "1.0"
        await negotiation.aclose()
        await exchange.aclose()
    assert len(far.roots) == 1


async def test_caller_who_goes_away_does_not_end_the_negotiation_of_others() -> None:
    far = FarEnd(images(), root=CURRENT)
    async with meet(far, api_version="auto") as client:
        first = asyncio.create_task(client.api_version_status())
        second = asyncio.create_task(client.api_version_status())
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).version == "1.3"
    assert first.cancelled()
    assert len(far.roots) == 1


async def test_end_of_the_chosen_version_is_logged_once(logged: Any) -> None:
    now = [NOW]
    far = FarEnd(images(), root=root(("1.1", "SUPPORTED", "2026-06-10")))
    async with meet(far, api_version="auto", clock=lambda: now[0]) as client:
        await client.list_pending_images()
        now[0] += KEEP_SECONDS
        await client.list_pending_images()
    assert len(far.roots) == 2
    (entry,) = logged
    assert entry["event"] == "scp.api_version_ends"
    assert "2026-06-10" in entry["what"]

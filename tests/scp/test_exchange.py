import asyncio
import gzip
import socket
import ssl
import zlib
from typing import Any

import httpx
import pytest
import trustme

from bot import errors
from bot.scp.client import ScpClient
from bot.scp.exchange import Exchange
from bot.scp.retries import Retries
from bot.scp.transport_errors import BodyTruncated, translated
from tests.scp.conftest import KEYS, meet
from tests.scp.far_end import FarEnd, images, reply, running

ONCE = Retries(attempts=1)
LIST = b'{"images":[{"id":"a"}]}'


async def error_of(far: FarEnd, **options: Any) -> errors.ScpError:
    async with meet(far, **options) as client:
        with pytest.raises(errors.ScpError) as caught:
            await client.list_pending_images()
    assert caught.value.remedy
    return caught.value


async def ids_of(*answers: bytes, **options: Any) -> list[str]:
    async with meet(FarEnd(*answers), **options) as client:
        return [image.id for image in (await client.list_pending_images()).images]


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def breaking(raw: bytes) -> Any:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    return answer


async def test_plain_chunked_and_compressed_lists_are_read() -> None:
    assert await ids_of(reply(body=LIST)) == ["a"]
    assert await ids_of(chunked(LIST[:5], LIST[5:], b"")) == ["a"]
    assert await ids_of(reply(body=gzip.compress(LIST), Content_Encoding="GZIP")) == ["a"]
    assert await ids_of(reply(body=LIST, Content_Encoding="identity")) == ["a"]


async def test_large_compressed_list_is_read_whole() -> None:
    name = "x" * 3_000_000
    body = b'{"images":[{"id":"a","name":"%b"}]}' % name.encode()
    async with meet(FarEnd(reply(body=gzip.compress(body), Content_Encoding="gzip"))) as client:
        (image,) = (await client.list_pending_images()).images
    assert image.name == name


async def test_declared_length_over_the_limit_is_refused_at_once() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"

    async def never_ends(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.sleep(60)

    error = await error_of(FarEnd(never_ends), max_body_bytes=100)
    assert type(error) is errors.BodyTooLarge
    assert "100 bytes" in str(error)


async def test_body_of_exactly_the_limit_is_read() -> None:
    assert await ids_of(reply(body=LIST), max_body_bytes=len(LIST)) == ["a"]
    error = await error_of(FarEnd(reply(body=LIST)), max_body_bytes=len(LIST) - 1)
    assert type(error) is errors.BodyTooLarge


async def test_streamed_body_is_cut_off_at_the_limit() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
            await writer.drain()

    error = await error_of(FarEnd(endless), max_body_bytes=100_000)
    assert type(error) is errors.BodyTooLarge


async def test_compression_bomb_is_cut_off_at_the_limit() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    far = FarEnd(reply(body=bomb, Content_Encoding="gzip"))
    assert type(await error_of(far, max_body_bytes=1_000_000)) is errors.BodyTooLarge


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(LIST, "gzip"), (zlib.compress(LIST), "gzip"), (LIST, "br"), (LIST, "gzip, gzip")],
)
async def test_garbled_compression_is_unreadable_and_not_repeated(
    body: bytes, encoding: str
) -> None:
    far = FarEnd(reply(body=body, Content_Encoding=encoding))
    assert type(await error_of(far)) is errors.BodyUnreadable
    assert len(far.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        breaking(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        breaking(chunked(LIST)),
        reply(body=gzip.compress(LIST)[:-9], Content_Encoding="gzip"),
    ],
)
async def test_truncated_body_is_repeated_then_told(answer: Any) -> None:
    far = FarEnd(answer)
    error = await error_of(far)
    assert isinstance(error, BodyTruncated)
    assert isinstance(error, errors.BodyUnreadable)
    assert len(far.seen) == 4
    assert await ids_of(answer, images("a")) == ["a"]


async def test_connection_that_breaks_before_an_answer_is_repeated_then_told() -> None:
    far = FarEnd(breaking(b""))
    assert type(await error_of(far)) is errors.Unreachable
    assert len(far.seen) == 4


async def test_what_is_no_http_is_unreachable() -> None:
    error = await error_of(FarEnd(breaking(b"SSH-2.0-OpenSSH_9.6\r\n")))
    assert type(error) is errors.Unreachable
    assert "SSH" not in str(error)


async def test_status_of_a_refusal_counts_even_if_its_body_breaks_off() -> None:
    for raw in (
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 403 Forbidden\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ):
        assert type(await error_of(FarEnd(breaking(raw)))) is errors.Forbidden


async def test_huge_page_of_a_refusal_is_not_read_to_its_end() -> None:
    far = FarEnd(reply(503, b"x" * 1_000_000))
    error = await error_of(far, max_body_bytes=100, retries=ONCE)
    assert type(error) is errors.Unavailable
    assert len(str(error)) < 400


async def test_refused_connection_is_unreachable() -> None:
    async with running(FarEnd(images())) as far:
        url = far.url
    async with ScpClient(base_url=url, credentials=KEYS, api_version="1.0", retries=ONCE) as client:
        with pytest.raises(errors.Unreachable, match="No connection") as caught:
            await client.list_pending_images()
    assert "network" in caught.value.remedy


async def test_unknown_host_is_told_as_such() -> None:
    async with ScpClient(
        base_url="https://virtualserver.invalid", credentials=KEYS, api_version="1.0", retries=ONCE
    ) as client:
        with pytest.raises(errors.Unreachable, match="name cannot be resolved") as caught:
            await client.list_pending_images()
    assert "SCP_REGION" in caught.value.remedy


def server_context(host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(host).configure_cert(context)
    return context


async def test_untrusted_certificate_is_told_and_not_repeated() -> None:
    outcomes: list[str] = []
    async with (
        running(FarEnd(images()), server_context("127.0.0.1")) as far,
        ScpClient(
            base_url=f"https://127.0.0.1:{far.port}",
            credentials=KEYS,
            api_version="1.0",
            observe=lambda name, _: outcomes.append(name),
        ) as client,
    ):
        with pytest.raises(errors.TlsFailed, match="not trusted") as caught:
            await client.list_pending_images()
    assert "SSL_CERT_FILE" in caught.value.remedy
    assert outcomes == ["TlsFailed"]


async def test_certificate_of_another_host_is_told_in_one_sentence() -> None:
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    async with (
        running(FarEnd(images()), theirs) as far,
        ScpClient(
            base_url=f"https://127.0.0.1:{far.port}",
            credentials=KEYS,
            api_version="1.0",
            verify=ours,
        ) as client,
    ):
        with pytest.raises(errors.TlsFailed) as caught:
            await client.list_pending_images()
    assert str(caught.value).endswith("certificate is not valid for '127.0.0.1'.")


async def test_server_without_tls_is_told_and_not_repeated() -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with ScpClient(
        base_url=f"https://127.0.0.1:{port}", credentials=KEYS, api_version="1.0", retries=ONCE
    ) as client:
        with pytest.raises(errors.TlsFailed, match="handshake"):
            await client.list_pending_images()
    server.close()


async def test_proxy_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with ScpClient(
        base_url="https://scp.example", credentials=KEYS, api_version="1.0", retries=ONCE
    ) as client:
        with pytest.raises(errors.Unreachable, match="proxy") as caught:
            await client.list_pending_images()
    assert "HTTPS_PROXY" in caught.value.remedy
    server.close()


async def test_loopback_is_reached_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await ids_of(images("a"), retries=ONCE) == ["a"]


@pytest.mark.parametrize("proxy", ["ftp://user:PASSWORD@proxy:1", "socks5://user:PASSWORD@h:1"])
def test_unusable_proxy_is_a_settings_error_without_its_password(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(errors.SettingsError, match="HTTPS_PROXY") as caught:
        Exchange(credentials=KEYS, max_body_bytes=1, language="en-US")
    assert "PASSWORD" not in str(caught.value)


@pytest.mark.parametrize("missing", [True, False])
def test_unusable_certificate_file_is_a_settings_error(
    missing: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    file = tmp_path / "ca.pem"
    if not missing:
        file.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(errors.SettingsError, match="SSL_CERT_FILE"):
        Exchange(credentials=KEYS, max_body_bytes=1, language="en-US")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (httpx.ConnectTimeout(""), "No connection to SCP in time."),
        (httpx.ReadTimeout(""), "SCP did not answer in time."),
        (httpx.WriteTimeout(""), "SCP did not answer in time."),
        (httpx.PoolTimeout(""), "Too many requests to SCP are under way."),
    ],
)
def test_each_timeout_of_the_transport_is_timed_out(error: httpx.HTTPError, what: str) -> None:
    for reading in (True, False):
        told = translated(error, reading=reading)
        assert type(told) is errors.TimedOut
        assert str(told) == what


def test_connection_that_ends_in_the_tls_handshake_is_worth_a_retry() -> None:
    error = httpx.ConnectError("")
    error.__cause__ = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")
    assert type(translated(error)) is errors.Unreachable


def test_cause_is_found_in_a_group_of_failed_addresses_even_in_a_ring() -> None:
    error = httpx.ConnectError("")
    ring = OSError("all failed")
    ring.__context__ = error
    ring.__cause__ = ExceptionGroup("several", [OSError("one"), socket.gaierror(-2, "unknown")])
    error.__cause__ = ring
    assert "resolved" in str(translated(error))

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.scp.auth import Credentials, ScpAuth, signature
from bot.scp.client import PATH, ScpClient
from bot.scp.endpoint import default_base_url, with_query
from bot.scp.exchange import Exchange
from tests.scp.far_end import FarEnd, images, reply, right_signature, running

Vector = dict[str, str]
VECTORS: list[Vector] = json.loads(
    (Path(__file__).parents[1] / "data" / "sign_vectors.json").read_text()
)["cases"]
LISTS = [vector for vector in VECTORS if urlsplit(vector["url"]).path == PATH]
ROOTS = [vector for vector in VECTORS if urlsplit(vector["url"]).path != PATH]


def name(vector: Vector) -> str:
    return vector["id"]


def keys_of(vector: Vector) -> Credentials:
    return Credentials(vector["access_key"], vector["secret_key"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificates(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    contexts = {}
    for host in {str(urlsplit(vector["url"]).hostname) for vector in VECTORS}:
        contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(contexts[host])
    return contexts


@pytest.fixture
def trust(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The authority is trusted by the environment alone, as behind a company's proxy."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with authority.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield monkeypatch


def test_there_are_forty_vectors() -> None:
    assert len(LISTS) + len(ROOTS) == 40
    assert len(LISTS) == 31


@pytest.mark.parametrize("vector", VECTORS, ids=name)
def test_pure_signature_equals_vector(vector: Vector) -> None:
    signed = signature(
        vector["method"],
        vector["url"],
        vector["timestamp"],
        vector["access_key"],
        vector["secret_key"],
        "Openapi",
    )
    assert signed == vector["expected_signature"]


@pytest.mark.parametrize("vector", VECTORS, ids=name)
def test_auth_signs_the_url_as_it_is(vector: Vector) -> None:
    auth = ScpAuth(keys_of(vector), clock=lambda: int(vector["timestamp"]) / 1000)
    request = httpx.Request(vector["method"], vector["url"])
    next(auth.auth_flow(request))
    assert request.headers["Scp-Signature"] == vector["expected_signature"]
    assert request.headers["Scp-Timestamp"] == vector["timestamp"]


@pytest.mark.parametrize("vector", LISTS, ids=name)
async def test_listing_over_tls_arrives_with_the_vectors_url_and_signature(
    vector: Vector, certificates: dict[str, ssl.SSLContext], trust: pytest.MonkeyPatch
) -> None:
    """From the filter's value to the wire; compared is what arrived under the vector's host."""
    url = urlsplit(vector["url"])
    far = FarEnd(images("a"))
    far.certificates = certificates
    async with running(far):
        trust.setenv("HTTPS_PROXY", far.url)
        async with ScpClient(
            base_url=f"https://{url.hostname}",
            credentials=keys_of(vector),
            api_version="1.0",
            clock=lambda: int(vector["timestamp"]) / 1000,
        ) as client:
            value = unquote(url.query.removeprefix("scp_image_type=")) or None
            await client.list_pending_images(value)
    (seen,) = far.seen
    assert far.connects == [f"{url.hostname}:443"]
    assert f"https://{seen.headers['host']}{seen.target}" == vector["url"]
    assert seen.headers["scp-signature"] == vector["expected_signature"]
    assert seen.headers["scp-timestamp"] == vector["timestamp"]
    assert seen.headers["scp-accesskey"] == vector["access_key"]
    assert seen.headers["scp-clienttype"] == "Openapi"
    assert right_signature(seen, vector["secret_key"], "https") == vector["expected_signature"]


@pytest.mark.parametrize("vector", ROOTS, ids=name)
async def test_root_signed_over_tls_arrives_with_the_vectors_signature(
    vector: Vector, certificates: dict[str, ssl.SSLContext], trust: pytest.MonkeyPatch
) -> None:
    """The client never signs the root, so here its exchange is asked to."""
    url = urlsplit(vector["url"])
    far = FarEnd(root=reply(body={}))
    far.certificates = certificates
    async with running(far):
        trust.setenv("HTTPS_PROXY", far.url)
        exchange = Exchange(
            credentials=keys_of(vector),
            max_body_bytes=100,
            language="en-US",
            clock=lambda: int(vector["timestamp"]) / 1000,
        )
        await exchange.get(vector["url"])
        await exchange.aclose()
    (seen,) = far.seen
    assert (seen.headers["host"], seen.target) == (url.hostname, "/")
    assert seen.headers["scp-signature"] == vector["expected_signature"]


@given(st.text())
def test_every_filter_survives_the_url_unchanged(value: str) -> None:
    wire = str(httpx.URL(with_query("https://h/p", {"x": value, "unset": None})))
    sent = wire.removeprefix("https://h/p?x=")
    assert unquote(sent) == value
    assert sent.isascii()
    assert not set(sent) & set(" +&#=")


def test_lone_surrogate_in_a_filter_does_not_fail() -> None:
    assert with_query("u", {"x": "\ud800"}) == "u?x=%3F"


def test_default_address_is_the_documented_one() -> None:
    expected = "https://virtualserver.kr-west1.e.samsungsdscloud.com"
    assert default_base_url("kr-west1", "e") == expected


def test_credentials_are_hidden_in_every_representation() -> None:
    keys = Credentials("AKIAEXAMPLE", "very-secret")
    shown = f"{keys!r} {keys} {keys.__rich_repr__()} {ScpAuth(keys)!r}"
    assert "AKIAEXAMPLE" not in shown
    assert "very-secret" not in shown


@pytest.mark.parametrize("key", ["", "two\nlines", "tail ", "키", "tab\t"])
def test_access_key_that_no_header_carries_is_a_settings_error(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Credentials(key, "secret")
    assert "SCP_ACCESS_KEY" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "\udc80"])
def test_secret_that_cannot_be_signed_with_is_a_settings_error(secret: str) -> None:
    with pytest.raises(SettingsError, match="SCP_SECRET_KEY"):
        Credentials("key", secret)


def test_timestamp_carries_the_offset() -> None:
    auth = ScpAuth(Credentials("k", "s"), clock=lambda: 1000.0)
    auth.offset_seconds = -3.5
    request = httpx.Request("GET", "https://h/")
    next(auth.auth_flow(request))
    assert request.headers["Scp-Timestamp"] == "996500"

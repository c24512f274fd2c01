import asyncio
import json
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import pytest

from bot.sim.sample import api_page_image, hostile_images, sample_images
from bot.sim.scp import ScpSim
from bot.sim.scp_checks import signature
from tests.sim.wire import DATA, LIST, Answer, send, sign, signed, validate, validate_fields

AUTH_HEADERS = ("Scp-Accesskey", "Scp-Signature", "Scp-Timestamp", "Scp-ClientType")
VECTORS = json.loads((DATA / "sign_vectors.json").read_text(encoding="utf-8"))["cases"]


@pytest.fixture
async def sim() -> AsyncIterator[ScpSim]:
    async with ScpSim(images=sample_images(40)) as running:
        yield running


def ids(answer: Answer) -> set[object]:
    return {image["id"] for image in answer.images}


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_both_signers_agree_with_the_vectors(case: dict[str, str]) -> None:
    secret, key, expected = case["secret_key"], case["access_key"], case["expected_signature"]
    method, url, timestamp = case["method"], case["url"], case["timestamp"]
    assert signature(secret, method, url, timestamp, key) == expected
    assert sign(secret, method, url, timestamp, f"{key}Openapi") == expected


class TestList:
    async def test_a_signed_request_gets_every_pending_image(self, sim: ScpSim) -> None:
        answer = await send(sim)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.json == {"images": sim.images}
        assert sim.requests[0].refused is None
        assert sim.complaints == []

    @pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", ""])
    async def test_every_version_conforms_to_its_schema(self, sim: ScpSim, version: str) -> None:
        sim.images += [api_page_image(), *hostile_images()]
        answer = await send(sim, headers=signed(sim, version=version))
        validate(answer.json, "ImageListResponse")
        assert len(answer.images) == len(sim.images)
        for image in answer.images:
            validate_fields(image, version or "1.3")
        has_driver = any("scp_gpu_driver" in image for image in answer.images)
        assert has_driver == (version not in {"1.0", "1.1"})

    async def test_a_filter_is_one_exact_case_sensitive_string(self, sim: ScpSim) -> None:
        custom = {one["id"] for one in sim.images if one["scp_image_type"] == "custom"}
        assert ids(await send(sim, f"{LIST}?scp_image_type=custom")) == custom
        for text in ("Custom", "custo", "custom%20", "custom,k8s"):
            assert ids(await send(sim, f"{LIST}?scp_image_type={text}")) == set()

    async def test_both_filters_apply_together(self, sim: ScpSim) -> None:
        target = f"{LIST}?scp_image_type=k8s&scp_original_image_type=k8s_gpu"
        wanted = ("k8s", "k8s_gpu")
        expected = {
            one["id"]
            for one in sim.images
            if (one["scp_image_type"], one["scp_original_image_type"]) == wanted
        }
        assert expected
        assert ids(await send(sim, target)) == expected

    async def test_a_percent_encoded_filter_is_decoded_after_the_signature(
        self, sim: ScpSim
    ) -> None:
        sim.images[0]["scp_image_type"] = "한글 a+b"
        target = f"{LIST}?scp_image_type=%ED%95%9C%EA%B8%80%20a%2Bb"
        assert ids(await send(sim, target)) == {sim.images[0]["id"]}
        assert sim.requests[-1].target == target

    async def test_other_parameters_are_ignored_and_recorded(self, sim: ScpSim) -> None:
        assert len((await send(sim, f"{LIST}?size=1&page=2")).images) == 40
        assert sim.requests[-1].ignored_parameters == ("size", "page")

    async def test_a_repeated_or_empty_filter_is_complained_of(self, sim: ScpSim) -> None:
        target = f"{LIST}?scp_image_type=k8s&scp_image_type=custom&scp_original_image_type="
        assert (await send(sim, target)).images == []
        assert sim.complaints == [
            "scp_image_type is sent more than once",
            "scp_original_image_type is sent empty",
        ]

    async def test_a_lone_surrogate_travels_as_an_escape(self, sim: ScpSim) -> None:
        sim.images = [{**api_page_image(), "name": "\ud83d"}]
        answer = await send(sim)
        assert b'"\\ud83d"' in answer.body
        assert answer.images == sim.images


class TestRefusals:
    @pytest.mark.parametrize("name", AUTH_HEADERS)
    async def test_without_an_auth_header_the_gateway_answers_404(
        self, sim: ScpSim, name: str
    ) -> None:
        headers = signed(sim)
        del headers[name]
        answer = await send(sim, headers=headers)
        assert answer.status == 404
        assert answer.json.keys() == {"timestamp", "path", "status", "error", "requestId"}
        assert answer.json["path"] == LIST
        assert sim.requests[0].refused == f"missing {name}"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"secret": "another"},
            {"key": "another"},
            {"kind": "openapi"},
            {"kind": "Console"},
            {"verb": "get"},
            {"verb": "PUT"},
            {"timestamp": "0"},
            {"timestamp": "soon"},
            {"timestamp": "1795476251.045"},
            {"timestamp": "-1"},
            {"url": "https://virtualserver.kr-west1.e.samsungsdscloud.com/v1/pending-images"},
            {"url": LIST},
        ],
        ids=str,
    )
    async def test_a_wrongly_signed_request_gets_hmac_valid_fail(
        self, sim: ScpSim, wrong: dict[str, str]
    ) -> None:
        answer = await send(sim, headers=signed(sim, **wrong))
        assert answer.status == 401
        assert b"HmacValidFail" in answer.body
        assert sim.requests[0].refused

    async def test_a_timestamp_in_seconds_is_refused(self, sim: ScpSim) -> None:
        answer = await send(sim, headers=signed(sim, timestamp=str(int(time.time()))))
        assert answer.status == 401

    @pytest.mark.parametrize(
        ("on_the_wire", "in_the_signature"),
        [
            ("%ED%95%9C", "%25ED%2595%259C"),
            ("%ED%95%9C", "%ed%95%9c"),
            ("%ED%95%9C", "한"),
            ("a%20b", "a+b"),
            ("a%2Fb", "a/b"),
        ],
    )
    async def test_a_url_encoded_otherwise_than_on_the_wire_is_refused(
        self, sim: ScpSim, on_the_wire: str, in_the_signature: str
    ) -> None:
        target = f"{LIST}?scp_image_type="
        url = f"{sim.base_url}{target}{in_the_signature}"
        headers = signed(sim, url=url)
        assert (await send(sim, target + on_the_wire, headers)).status == 401
        assert (await send(sim, target + on_the_wire)).status == 200

    async def test_a_query_left_out_of_the_signature_is_refused(self, sim: ScpSim) -> None:
        assert (await send(sim, f"{LIST}?scp_image_type=k8s", signed(sim, LIST))).status == 401

    @pytest.mark.parametrize(
        ("seconds", "status"), [(890, 200), (-890, 200), (910, 401), (-910, 401)]
    )
    async def test_the_clock_may_differ_by_the_allowed_skew(
        self, sim: ScpSim, seconds: int, status: int
    ) -> None:
        sim.clock = lambda: 1_800_000_000
        answer = await send(sim, headers=signed(sim, timestamp=f"{1_800_000_000 + seconds}000"))
        assert answer.status == status

    async def test_the_date_header_follows_the_servers_clock(self, sim: ScpSim) -> None:
        sim.clock = lambda: 1_800_000_000
        answer = await send(sim)
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == 1_800_000_000
        assert answer.status == 401

    async def test_changed_keys_are_known_at_once(self, sim: ScpSim) -> None:
        old = signed(sim)
        sim.secret_key = "rotated-비밀"
        assert (await send(sim, headers=old)).status == 401
        assert (await send(sim)).status == 200

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    async def test_an_unknown_call_gets_the_portals_page(self, sim: ScpSim, method: str) -> None:
        answer = await send(sim, method=method)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert (await send(sim, "/v1/pending-images/")).body.startswith(b"<!DOCTYPE html>")

    async def test_a_lower_case_method_on_the_wire_is_refused(self, sim: ScpSim) -> None:
        lines = [f"get {LIST} HTTP/1.1", f"Host: {sim.base_url.removeprefix('http://')}"]
        lines += [f"{name}: {value}" for name, value in signed(sim, method="get").items()]
        host, port = sim.base_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert status.split()[1] in {b"400", b"401", b"404"}


class TestComplaints:
    async def test_an_account_id_is_complained_of_and_answered(self, sim: ScpSim) -> None:
        headers = signed(sim)
        headers["Scp-AccountId"] = ""
        assert (await send(sim, headers=headers)).status == 200
        assert sim.complaints == ["Scp-AccountId is sent"]

    @pytest.mark.parametrize("name", ["Accept-Language", "Scp-Api-Version"])
    async def test_a_missing_other_header_is_complained_of(self, sim: ScpSim, name: str) -> None:
        headers = signed(sim)
        del headers[name]
        assert (await send(sim, headers=headers)).status == 200
        assert sim.complaints == [f"{name} is missing"]

    async def test_an_undocumented_language_is_complained_of(self, sim: ScpSim) -> None:
        headers = signed(sim)
        headers["Accept-Language"] = "en"
        await send(sim, headers=headers)
        assert sim.complaints == ["Accept-Language is 'en'"]

    async def test_a_header_sent_twice_is_complained_of(self, sim: ScpSim) -> None:
        headers = signed(sim)
        headers.add("Scp-ClientType", "Openapi")
        await send(sim, headers=headers)
        assert sim.complaints == ["Scp-ClientType is sent more than once"]


class TestVersions:
    async def test_the_root_lists_the_versions_unsigned(self, sim: ScpSim) -> None:
        headers = signed(sim)
        headers.clear()
        answer = await send(sim, "/", headers)
        versions = answer.json["versions"]
        assert isinstance(versions, list)
        assert [one["id"] for one in versions] == ["v1.0", "v1.1", "v1.2", "v1.3"]
        assert versions[0]["not_before"] == "2025-12-31"
        assert versions[0]["links"] == [{"href": f"{sim.base_url}/v1", "rel": "self"}]
        assert versions[3]["status"] == "CURRENT"
        assert sim.complaints == []

    async def test_a_signed_root_request_is_complained_of(self, sim: ScpSim) -> None:
        assert (await send(sim, "/")).status == 200
        assert sim.complaints == ["the root is asked with a signature"]

    async def test_a_server_without_versions_answers_lists_all_the_same(self, sim: ScpSim) -> None:
        sim.versions = None
        assert (await send(sim, "/")).status == 404
        assert (await send(sim)).status == 200

    @pytest.mark.parametrize(
        "header",
        [
            "virtualserver 1.4",
            "virtualserver 2.0",
            "virtualserver 1",
            "virtualserver v1.3",
            "1.3",
            "iam 1.3",
            "Virtualserver 1.3",
            "virtualserver  1.3",
        ],
    )
    async def test_a_version_not_offered_is_refused(self, sim: ScpSim, header: str) -> None:
        headers = signed(sim)
        headers["Scp-Api-Version"] = header
        answer = await send(sim, headers=headers)
        assert answer.status == 400
        assert "ersion" in str(answer.error["detail"])

    async def test_a_planned_version_is_not_callable(self, sim: ScpSim) -> None:
        assert sim.versions is not None
        sim.versions[3]["status"] = "PLANNED"
        sim.versions[2]["status"] = "CURRENT"
        sim.unsupported_version_status = 406
        assert (await send(sim, headers=signed(sim, version="1.3"))).status == 406
        assert (await send(sim, headers=signed(sim, version=""))).status == 200

    async def test_without_any_current_version_the_header_is_needed(self, sim: ScpSim) -> None:
        sim.versions = []
        assert (await send(sim, headers=signed(sim, version=""))).status == 400
